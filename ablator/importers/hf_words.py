"""Plain words and switches by which a configuration says that an idea is there, absent, or of a kind."""

from collections.abc import Mapping

from ablator.importers.hf_ideas import Ideas
from ablator.importers.hf_part import is_number, word
from ablator.library import library

OFF_WORDS = frozenset({"none", "no", "off", "nope", "null", ""})
SWITCHES: Mapping[str, str] = {
    "residual": "residual_connection",
    "use_residual": "residual_connection",
    "use_mlp": "ffn_mlp",
    "is_causal": "causal_masking",
    "causal": "causal_masking",
    "scale_attn_weights": "attention_scaling",
    "scale_attention": "attention_scaling",
}
"""Keys that hold true or false for one idea."""

POSITIONS: Mapping[str, str] = {
    "absolute": "learned_absolute_position",
    "learned": "learned_absolute_position",
    "rotary": "rope",
    "rope": "rope",
    "alibi": "alibi",
    "sinusoidal": "sinusoidal_position",
    "sine": "sinusoidal_position",
    "relative_key": "relative_position_bias",
    "relative_key_query": "relative_position_bias",
    "relative": "relative_position_bias",
}
MIXERS: Mapping[str, str] = {
    **dict.fromkeys(("mean", "mean_pool", "avg", "average", "pool", "pooling"), "pooling_mixing"),
    "attention": "softmax_attention",
    "conv": "convolution",
    "fourier": "fourier_mixing",
    "mlp": "spatial_mlp_mixing",
    "mamba": "state_space_layer",
}
NORMS: Mapping[str, str] = {
    "layernorm": "layernorm",
    "layer_norm": "layernorm",
    "ln": "layernorm",
    "rmsnorm": "rmsnorm",
    "rms_norm": "rmsnorm",
    "rms": "rmsnorm",
    "batchnorm": "batchnorm",
    "batch_norm": "batchnorm",
    "bn": "batchnorm",
    "groupnorm": "groupnorm",
    "group_norm": "groupnorm",
    "low_precision_layernorm": "layernorm",
}


TYING = frozenset({"falcon", "refinedweb", "refinedwebmodel", "opt", "bloom", "mpt", "gpt_neo", "gpt_bigcode", "xglm"})
"""Language models that tie their head to the embedding where the file does not say."""

ACTIVATIONS = (
    ("relu2", "relu_squared"),
    ("relu_squared", "relu_squared"),
    ("squared_relu", "relu_squared"),
    ("gelu", "gelu"),
    ("geglu", "gelu"),
    ("silu", "silu"),
    ("swi", "silu"),
    ("relu", "relu"),
)
"""What a word holds and the activation that it then names; the first that fits."""


def words(ideas: Ideas) -> None:
    """All of them; what the file says in words stands above what its type's code implies."""
    _rope(ideas)
    _switches(ideas)
    _named(ideas, ("norm_type", "normalization", "normalization_type", "norm"), "normalization", NORMS)
    _placement(ideas)
    position = _named(
        ideas, ("position_embedding_type", "position_encoding", "pe_type"), "position_information", POSITIONS
    )
    if ideas.part.look("alibi_starting_size") is not None:  # MosaicBERT keeps the word "absolute" beside it
        key = ideas.part.key("alibi_starting_size")
        ideas.fill("position_information", "alibi", "read", [key], keys=["alibi_starting_size"])
    elif position is None:
        _rotary(ideas)
    _activation(ideas)
    mixer = _named(ideas, ("token_mixer",), "token_mixing", MIXERS)
    if mixer is not None and mixer != "softmax_attention":
        rows = library().ideas
        ideas.drop(*[k for k in ideas.here if rows[k].category in {"attention", "multi_head_diversity"} and k != mixer])
        if ideas.part.look("heads") is not None:
            # Heads without attention: the usual mixer was taken out, and whether that hurts is a question of the study.
            ideas.put("softmax_attention", "read", [ideas.part.key("token_mixer")], present=False, keys=["token_mixer"])
    _contradicted(ideas)


def _rotary(ideas: Ideas) -> None:
    """A plain switch for rotary positions."""
    for name in ("rope", "use_rope", "use_rotary", "use_rotary_embeddings"):
        on = ideas.part.flag(name)
        if on is True:
            key = ideas.part.key(name)
            ideas.fill("position_information", "rope", "read", [key], keys=[name], value=True)
        elif on is False:
            ideas.drop("rope")


def _named(ideas: Ideas, keys: tuple[str, ...], slot: str, known: Mapping[str, str]) -> str | None:
    """A slot named by a word: its filler, an empty text where a word empties it, None where no word was understood."""
    for key in keys:
        kind = word(ideas.part.body.get(key))
        if kind is None:
            continue
        where = [ideas.part.key(key)]
        if kind in OFF_WORDS:
            ideas.empty(slot, where, value=kind, keys=[key])
            return ""
        if kind not in known:
            continue
        filler = known[kind]
        beaten = filler == "learned_absolute_position" and ideas.filler(slot) not in {"", filler, "sinusoidal_position"}
        if beaten and ideas.part.model_type:
            return None
        ideas.fill(slot, filler, "read", where, value=kind, keys=[key])
        return filler
    return None


def _activation(ideas: Ideas) -> None:
    """Spellings of activations beyond the library's rules: `quick_gelu`, `gated-gelu`, `swiglu`."""
    for key in ("hidden_act", "activation_function", "feed_forward_proj", "activation", "hidden_activation", "act_fn"):
        kind = word(ideas.part.body.get(key))
        if kind is None:
            continue
        where = [ideas.part.key(key)]
        plain = kind.removeprefix("gated-")
        filler = next((idea for start, idea in ACTIVATIONS if start in plain), "")
        if filler and (filler != "relu" or plain == "relu"):
            ideas.fill("activation_function", filler, "read", where, value=kind[:80], keys=[key])
        if plain != kind or kind in {"swiglu", "geglu", "reglu"}:
            ideas.put("gated_mlp", "read", where, value=kind[:80], keys=[key])
            ideas.put("ffn_mlp", "read", where)
        return


def _rope(ideas: Ideas) -> None:
    """Old and new spellings of the rotary settings."""
    part = ideas.part
    if part.model_type.lower() in {"falcon", "refinedweb", "refinedwebmodel"} and not ideas.filler(
        "position_information"
    ):
        ideas.put("rope", "inferred", ["model_type (rotary positions unless alibi is set)"])
    if not ideas.has("rope"):
        ideas.drop("partial_rope", "rope_scaling", "rope_local_global_theta")
        return
    theta = part.body.get("rope_theta")
    for key in ("rope_parameters", "rope_scaling"):
        inner = part.body.get(key)
        if not isinstance(inner, dict):
            continue
        kind = inner.get("rope_type", inner.get("type"))
        if isinstance(kind, str) and kind not in {"default", "mrope"}:
            ideas.put("rope_scaling", "read", [part.key(key)], value=kind[:80], keys=[key])
        elif isinstance(kind, str):
            ideas.drop("rope_scaling")
        theta = inner.get("rope_theta", theta)
        _partial(ideas, inner.get("partial_rotary_factor"), f"{key}.partial_rotary_factor")
        if any(isinstance(v, dict) for v in inner.values()) or is_number(part.body.get("rope_local_base_freq")):
            ideas.put("rope_local_global_theta", "read", [part.key(key)], keys=[key])
    for key in ("rotary_pct", "partial_rotary_factor", "rotary_emb_fraction"):
        _partial(ideas, part.body.get(key), key)
    if is_number(theta):
        ideas.put("rope", "read", [part.key("rope_theta")], value=f"theta {theta:g}", keys=["rope_theta"])


def _partial(ideas: Ideas, share: object, key: str) -> None:
    if not is_number(share):
        return
    if 0 < share < 1:
        ideas.put("partial_rope", "read", [ideas.part.key(key)], value=share, keys=[key])
    elif share == 1:
        ideas.drop("partial_rope")


def _switches(ideas: Ideas) -> None:
    body = ideas.part.body
    for key, idea in SWITCHES.items():
        value = body.get(key)
        if not isinstance(value, bool):
            continue
        where = [ideas.part.key(key)]
        ideas.put(idea, "read", where, present=value, value=value, keys=[key], switches={key: not value})
        if not value and idea == "ffn_mlp":
            ideas.drop("ffn_expansion_ratio", "gated_mlp", "gelu", "relu", "silu", "relu_squared")
        if not value and idea == "causal_masking" and ideas.has("softmax_attention"):
            ideas.put("bidirectional_context", "read", where)
    if ideas.part.model_type and body.get("is_decoder") is True and ideas.has("bidirectional_context"):
        where = [ideas.part.key("is_decoder")]
        ideas.put("causal_masking", "read", where, value=True, keys=["is_decoder"])
        ideas.drop("bidirectional_context", "masked_language_modeling", "next_sentence_prediction", "dynamic_masking")
        if not ideas.filler("pretraining_objective"):
            ideas.put("next_token_prediction", "inferred", where)
    if body.get("add_cross_attention") is True:
        where = [ideas.part.key("add_cross_attention")]
        ideas.put("cross_attention", "read", where, value=True, keys=["add_cross_attention"])


def _placement(ideas: Ideas) -> None:
    where = word(ideas.part.body.get("norm_position"))
    if "normalization" in ideas.here and ideas.here["normalization"].present is False:
        ideas.drop("pre_norm", "post_norm", "sandwich_norm", "reordered_post_norm", "final_norm", "norm_placement")
    elif where in {"pre", "post", "sandwich"}:
        key = ideas.part.key("norm_position")
        ideas.fill("norm_placement", f"{where}_norm", "read", [key], value=where, keys=["norm_position"])
    for key in ("pre_norm", "normalize_before", "do_stable_layer_norm"):
        before = ideas.part.body.get(key)
        if isinstance(before, bool) and "softmax_attention" in ideas.here:
            filler = "pre_norm" if before else "post_norm"
            kept = {"value": True, "keys": [key]} if before else {}
            ideas.fill("norm_placement", filler, "read", [ideas.part.key(key)], **kept)
    if ideas.part.flag("do_layer_norm_before") is False and ideas.has("post_norm"):
        ideas.drop("final_norm")


def _contradicted(ideas: Ideas) -> None:
    """What the type's code implies and the file's own words rule out."""
    part = ideas.part
    if not ideas.has("rope"):
        ideas.drop("partial_rope", "rope_scaling", "rope_local_global_theta")
    tie = part.look("tie_word_embeddings")
    if tie is not None and tie[1] is False:
        ideas.drop("weight_tying")
        if tie[2] == "read" and ideas.has("token_embedding"):
            where, key = [part.key(tie[0])], tie[0]
            ideas.put("weight_tying", "read", where, present=False, value=False, keys=[key], switches={key: True})
    if part.body.get("multi_query") is False and part.size("kv_heads") != 1:
        ideas.drop("multi_query_attention")
    if part.body.get("use_absolute_embeddings") is False:
        ideas.drop("learned_absolute_position")
    if tie is None and part.model_type.lower() in TYING and ideas.has("token_embedding"):
        ideas.put("weight_tying", "inferred", [f"model_type ({part.model_type}: ties unless told otherwise)"])
    experts = part.look("experts")
    if experts is not None and experts[2] == "read" and experts[1] in (0, 1):
        rows = library().ideas
        ideas.drop(*[k for k in ideas.here if rows[k].category == "routing"])
    if ideas.has("causal_masking") and not ideas.has("encoder_decoder_split"):
        ideas.drop("bidirectional_context")
    if not (ideas.has("softmax_attention") or ideas.has("linear_attention")):
        ideas.drop("multi_head_attention", "grouped_query_attention", "multi_query_attention", "head_dim")
    if not ideas.has("ffn_mlp"):
        ideas.drop("gated_mlp", "ffn_expansion_ratio")
