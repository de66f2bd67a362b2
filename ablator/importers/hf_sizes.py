"""Sizes of one part as ideas with values, and the parameters that its ideas own."""

import msgspec

from ablator.core.elements import Status
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
    for idea, key in (("depth", "depths"), ("width", "hidden_sizes"), ("width", "block_out_channels")):
        _staged(ideas, idea, key)
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


def _staged(ideas: Ideas, idea: str, key: str) -> None:
    """Depth as the sum, width as the largest of a list with one number a stage."""
    value = ideas.part.body.get(key, ideas.part.defaults.get(key))
    if isinstance(value, list) and 0 < len(value) < 100 and all(is_number(v) and 0 < v < 10**6 for v in value):
        size = sum(value) if idea == "depth" else max(value)
        if size == int(size):
            status: Status = "read" if key in ideas.part.body else "default"
            ideas.put(idea, status, [ideas.part.key(key)], value=int(size))


def _head_dim(ideas: Ideas, width: int, heads: int) -> None:
    part = ideas.part
    own = part.look("head_dim")
    staged = isinstance(part.value("heads"), list) or isinstance(part.value("width"), list)
    latent = [part.value(k) for k in ("qk_nope_head_dim", "qk_rope_head_dim")]
    if ideas.has("latent_kv_compression"):
        if all(is_number(v) and 0 < v < 1e5 for v in latent):
            where = [part.key("qk_nope_head_dim"), part.key("qk_rope_head_dim")]
            ideas.put("head_dim", "read", where, value=int(sum(latent)))
    elif own is not None and is_number(own[1]) and 0 < own[1] < 1e5:
        ideas.put("head_dim", own[2], [part.key("head_dim")], value=int(own[1]), keys=["head_dim"])
    elif width % heads == 0 and not staged:
        seen = part.look("width")
        where = [part.key(seen[0])] if seen else []
        ideas.put("head_dim", "inferred", where, value=width // heads)
    elif not staged and part.value("d_kv") is None:
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
