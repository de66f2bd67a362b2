"""Parameters of a transformer's ideas, counted from the sizes in its configuration."""

import re
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from ablator.importers.hf_part import Part


PARTLY = re.compile(
    r"convbert|squeezebert|longformer|m?luke|xmod|layoutlm.*|markuplm|rembert|tapas|canine|csm.*|higgs.*|aria_text|"
    r"gemma4.*|gemma3n.*|embedding_gemma2.*|emu3.*|molmo2.*|deepseek_ocr2_.*|clvp.*|dia.*|blip.*|canary.*|esmc|"
    r"aimv2.*|blt.*|eurobert|decision_transformer|qwen3_omni.*|sam3.*|groupvit.*|ernie4_5_vl.*|video_llava|flava.*"
)
"""Types whose layers hold parts beside those counted here: shares are given, the total is not."""


class Sizes(msgspec.Struct, frozen=True):
    """The numbers that the count needs; None where the configuration does not tell."""

    width: int | None
    layers: int | None
    heads: int | None
    kv_heads: int | None
    head_dim: int | None
    ffn: int | None
    vocab: int | None
    context: int | None
    experts: int | None
    expert_ffn: int | None
    gated: bool
    biased: bool
    qkv_biased: bool
    tied: bool
    here: frozenset[str]
    partly: bool = False
    """Whether the type's layers hold parts that the count does not know."""

    @classmethod
    def of(cls, part: "Part", here: set[str]) -> "Sizes":
        """Sizes of one part, given the ideas that stand in it."""
        width, heads = part.size("width"), part.size("heads")
        own = part.value("head_dim")
        head_dim = (
            int(own) if isinstance(own, int) and 0 < own < 100_000 else (width // heads if width and heads else None)
        )
        ffn_seen = part.look("ffn")
        ffn = part.size("ffn")
        ratio = ffn_seen is not None and ffn_seen[0] in {"mlp_ratio", "expansion_ratio"}
        if ratio and width and ffn_seen is not None:
            ffn = round(width * float(ffn_seen[1])) if isinstance(ffn_seen[1], int | float) else None
        named = part.look("width")
        if (
            ffn is None
            and width
            and ((named and named[0] == "n_embd") or "n_inner" in part.body or _four(part.model_type))
        ):
            ffn = 4 * width
        biased = bool(here & {"layernorm"}) and part.value("use_bias") is not False and part.value("bias") is not False
        expert = part.value("moe_intermediate_size")
        return cls(
            width=width,
            layers=part.size("layers"),
            heads=heads,
            kv_heads=_kv_heads(part, here) or heads,
            head_dim=head_dim,
            ffn=ffn,
            vocab=part.size("vocab_size"),
            context=part.size("context"),
            experts=part.size("experts"),
            expert_ffn=None if isinstance(expert, list) else int(expert) if _whole(expert) else ffn,
            gated="gated_mlp" in here,
            biased=biased,
            qkv_biased=biased or "qkv_bias" in here,
            tied="weight_tying" in here,
            here=frozenset(here),
            partly=PARTLY.fullmatch(part.model_type.lower()) is not None or isinstance(expert, list),
        )


def _kv_heads(part: "Part", here: set[str]) -> int | None:
    """One head of keys and values where all queries share it, even where the file has a count that no class reads."""
    if part.flag("multi_query") is True and part.flag("new_decoder_architecture") is not True:
        return 1
    return part.size("kv_heads") or (1 if "multi_query_attention" in here else None)


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**7


def _four(model_type: str) -> bool:
    """Types whose MLP is four times as wide as the model where no key says otherwise."""
    return model_type.lower() in {"falcon", "refinedweb", "refinedwebmodel", "bloom", "gpt_neo", "codegen"}


class Share(msgspec.Struct, frozen=True):
    """What one idea owns in the whole model, in how many equal blocks, and the sizes of one block."""

    parameters: int
    blocks: int | None = None
    sizes: dict[str, int] = msgspec.field(default_factory=dict)


class Counted(msgspec.Struct, frozen=True):
    """Shares by idea, and the total where all that stands in the model is understood."""

    by_idea: dict[str, Share]
    total: int | None


FOREIGN = frozenset(
    {
        "state_space_layer",
        "linear_attention",
        "latent_kv_compression",
        "hybrid_mixer_stack",
        "convolution",
        "depthwise_conv",
        "disentangled_attention",
        "cross_attention",
        "hierarchical_stages",
        "cross_layer_sharing",
        "conv_position",
        "relative_position_bias",
        "shifted_window_attention",
        "pooling_mixing",
        "fourier_mixing",
        "dense_sparse_interleave",
        "shared_expert",
        "factorized_embedding",
        "encoder_decoder_split",
        "masked_image_modeling",
        "gated_delta_rule",
        "recurrence",
    }
)
"""Ideas whose parameters this count does not know: shares are still given for what it knows, the total is not."""


def count(s: Sizes) -> Counted:
    """Weights and biases of attention, MLP or experts, norms, embeddings and head."""
    out: dict[str, Share] = {}
    if not s.width or not s.layers:
        return Counted({}, None)
    d, n = s.width, s.layers
    total = 0
    if "softmax_attention" in s.here and s.heads and s.head_dim and s.kv_heads:
        inner, kv = s.heads * s.head_dim, s.kv_heads * s.head_dim
        block = 2 * d * inner + 2 * d * kv
        block += (inner + 2 * kv if s.qkv_biased else 0) + (d if s.biased else 0)
        if "latent_kv_compression" not in s.here:
            out["softmax_attention"] = Share(
                block * n,
                n,
                {"inputs": d, "outputs": d, "heads": s.heads, "kv_heads": s.kv_heads, "head_dim": s.head_dim},
            )
        total += block * n
    matrices = 3 if s.gated else 2
    if "moe_layer" in s.here and s.experts and s.expert_ffn:
        block = s.experts * matrices * d * s.expert_ffn + d * s.experts
        out["moe_layer"] = Share(
            block * n,
            n,
            {"inputs": d, "outputs": d, "hidden": s.expert_ffn, "matrices": matrices, "experts": s.experts},
        )
        total += block * n
    elif "ffn_mlp" in s.here and s.ffn:
        block = matrices * d * s.ffn + ((s.ffn * (matrices - 1) + d) if s.biased else 0)
        out["ffn_mlp"] = Share(block * n, n, {"inputs": d, "outputs": d, "hidden": s.ffn, "matrices": matrices})
        if s.gated:
            out["gated_mlp"] = Share(
                d * s.ffn * n, n, {"inputs": d, "outputs": d, "hidden": s.ffn, "matrices": matrices}
            )
        total += block * n
    for norm, per in (("rmsnorm", 1), ("layernorm", 2)):
        if norm in s.here:
            each = 4 if "sandwich_norm" in s.here else 1 if "parallel_block" in s.here else 2
            owned = per * d * (each * n + ("final_norm" in s.here) + ("embedding_norm" in s.here))
            out[norm] = Share(owned, n)
            total += owned
    if s.vocab and "token_embedding" in s.here:
        out["token_embedding"] = Share(s.vocab * d, 1)
        total += s.vocab * d * (1 if s.tied or "next_token_prediction" not in s.here else 2)
    if s.context and "learned_absolute_position" in s.here and s.vocab:
        out["learned_absolute_position"] = Share(s.context * d, 1)
        total += s.context * d
    understood = (
        not (s.here & FOREIGN)
        and ("softmax_attention" in s.here)
        and not s.partly
        and bool(out.keys() & {"ffn_mlp", "moe_layer"})
        and s.vocab
    )
    return Counted(out, total if understood else None)
