"""Sizes of one part as ideas with values, and the parameters that its ideas own."""

import msgspec

from ablator.importers.hf_counts import Sizes, count
from ablator.importers.hf_ideas import Ideas
from ablator.importers.hf_part import is_number

PER_LAYER = (
    "residual_connection",
    "pre_norm",
    "post_norm",
    "sandwich_norm",
    "reordered_post_norm",
    "causal_masking",
    "rope",
    "alibi",
    "attention_scaling",
    "gated_mlp",
)
"""Ideas that stand once a layer and own no parameters, or share those of another."""


def sizes(ideas: Ideas) -> None:
    """Width, depth, heads, vocabulary, MLP and experts, with contradictions between them."""
    part = ideas.part
    width, heads = part.size("width"), part.size("heads")
    for idea, canonical in (("width", "width"), ("depth", "layers"), ("vocab_size", "vocab_size")):
        _sized(ideas, idea, canonical)
    if "multi_head_attention" in ideas.here:
        _sized(ideas, "multi_head_attention", "heads")
    if ideas.has("moe_layer"):
        _sized(ideas, "moe_layer", "experts")
    if ideas.has("topk_routing"):
        _sized(ideas, "topk_routing", "topk")
    kv, kv_seen = part.size("kv_heads"), part.look("kv_heads")
    if kv and heads and kv_seen is not None and "grouped_query_attention" in ideas.here:
        where = [part.key(kv_seen[0])]
        ideas.put("grouped_query_attention", kv_seen[2], where, value=f"{kv} of {heads}", keys=[kv_seen[0]])
        if heads % kv:
            ideas.contradictions.append(f"{part.file}: {heads} heads do not divide into {kv} key-value heads")
    if heads and width and ideas.has("softmax_attention"):
        _head_dim(ideas, width, heads)
    ffn, seen = part.size("ffn"), part.look("ffn")
    if ffn and width and seen is not None and ideas.has("ffn_mlp"):
        ratio = f"{round(ffn / width, 3):g} × width"
        ideas.put("ffn_expansion_ratio", seen[2], [part.key(seen[0])], value=ratio, keys=[seen[0]])
    topk, experts = part.size("topk"), part.size("experts")
    if topk and experts and topk > experts:
        ideas.contradictions.append(f"{part.file}: {topk} experts a token, but only {experts} experts")


def _sized(ideas: Ideas, idea: str, canonical: str) -> None:
    seen, value = ideas.part.look(canonical), ideas.part.size(canonical)
    if seen is not None and value is not None:
        ideas.put(idea, seen[2], [ideas.part.key(seen[0])], value=value, keys=[seen[0]])


def _head_dim(ideas: Ideas, width: int, heads: int) -> None:
    part = ideas.part
    own = part.look("head_dim")
    staged = isinstance(part.value("heads"), list) or isinstance(part.value("width"), list)
    if own is not None and is_number(own[1]) and 0 < own[1] < 1e5:
        ideas.put("head_dim", own[2], [part.key("head_dim")], value=int(own[1]), keys=["head_dim"])
    elif width % heads == 0 and not staged:
        seen = part.look("width")
        where = [part.key(seen[0])] if seen else []
        ideas.put("head_dim", "inferred", where, value=width // heads)
    elif not staged and not ideas.has("latent_kv_compression") and part.value("d_kv") is None:
        ideas.contradictions.append(f"{part.file}: width {width} does not divide into {heads} heads")


def parameters(ideas: Ideas) -> int | None:
    """Give each idea the parameters it owns; the total where every block is understood."""
    here = {k for k, i in ideas.here.items() if i.present}
    table = count(Sizes.of(ideas.part, here))
    for key, share in table.by_idea.items():
        if key in here:
            ideas.here[key] = msgspec.structs.replace(
                ideas.here[key], parameters=share.parameters, blocks=share.blocks, sizes=share.sizes
            )
    layers = ideas.part.size("layers")
    for key in PER_LAYER:
        idea = ideas.here.get(key)
        if idea is not None and idea.blocks is None and layers:
            ideas.here[key] = msgspec.structs.replace(idea, blocks=layers)
    return table.total
