"""Symptoms of the model and its data budget: sizes, initial scale, dropout, and ideas that are absent."""

from ablator.diagnose.seen import DETECTORS, Seen, above, below, silent, sure
from ablator.diagnose.trace import Trace
from ablator.library import library

NO_MODEL = "the model's configuration is not at hand"
NOT_SAID = "the model's configuration does not say"
OFF = frozenset({"none", "identity", "false", "off", "0", "no", ""})


def _off(value: object) -> bool:
    return value is False or value == 0 or str(value).lower() in OFF


@DETECTORS.reads("strong-dropout")
def strong_dropout(t: Trace) -> Seen:
    """The largest dropout rate."""
    if t.dropout is None:
        return silent(NO_MODEL)
    return above(t.dropout, 0.4, f"dropout is {t.dropout:g}", place="dropout", certain=1.5)


@DETECTORS.reads("mode-dependent-layers")
def mode_dependent_layers(t: Trace) -> Seen:
    """Whether training and evaluation mode differ at all."""
    norm = str(t.model.get("norm_type") or t.model.get("norm") or "").lower()
    if t.dropout is None and not norm:
        return silent(NO_MODEL)
    return sure(bool(t.dropout) or "batch" in norm, f"dropout is {t.dropout or 0:g}", place="dropout")


@DETECTORS.reads("init-scale-unusual")
def init_scale_unusual(t: Trace) -> Seen:
    """The deviation of the initial weights against the usual at this width."""
    value = t.size("initializer_range", "init_std") or t.setting("init_std", "initializer_range")
    if value is None or not t.width or t.tuned:
        return silent("the initial scale or the width is unknown, or the start is pretrained")
    usual = max(0.02, t.width**-0.5)
    says = f"weights start with deviation {value:g}, usual at this width is about {usual:.2g}"
    if value < 0.05 * min(0.02, usual):
        return sure(True, says, place="initializer_range")
    return above(value / usual, 2.5, says, place="initializer_range")


@DETECTORS.reads("few-tokens-per-parameter")
def few_tokens_per_parameter(t: Trace) -> Seen:
    """Tokens seen against parameters; a fine-tune needs few."""
    if not t.tokens or not t.parameters or t.tuned:
        return silent("tokens or parameters are unknown, or the start is pretrained")
    figure = t.tokens / t.parameters
    place = t.extent.place if t.extent else ""
    return below(figure, 1.0, f"{figure:.2g} tokens a parameter", place=place)


@DETECTORS.reads("little-unique-data")
def little_unique_data(t: Trace) -> Seen:
    """Distinct training tokens against parameters."""
    count = t.setting("train_samples", "max_train_samples", "num_train_examples")
    if not count or count < 1 or not t.parameters or t.tuned:
        return silent("the size of the training set or of the model is unknown")
    figure = count * (t.length or 1.0) / t.parameters
    says = f"{figure:.2g} distinct tokens a parameter"
    return below(figure, 0.25, says, place=t.place("train_samples", "max_train_samples"))


@DETECTORS.reads("model-tiny-for-its-data")
def model_tiny_for_its_data(t: Trace) -> Seen:
    """Tokens seen against parameters, from the other side."""
    if not t.tokens or not t.parameters or t.tuned:
        return silent("tokens or parameters are unknown, or the start is pretrained")
    figure = t.tokens / t.parameters
    return above(figure, 100.0, f"{figure:.3g} tokens a parameter", place="hidden_size")


@DETECTORS.reads("width-very-small")
def width_very_small(t: Trace) -> Seen:
    """The hidden size."""
    return below(t.width, 24, f"the hidden size is {t.width:g}", place="hidden_size") if t.width else silent(NO_MODEL)


@DETECTORS.reads("position-signal-absent")
def position_signal_absent(t: Trace) -> Seen:
    """No position type and no rotary, ALiBi or table."""
    own = t.ideas.get("position_information")
    if own is not None:
        return sure(not own, "positions are " + ("given" if own else "not given"), place="position_information")
    keys = (
        "position_embedding_type",
        "rope_theta",
        "rope_parameters",
        "rope_scaling",
        "alibi",
        "n_positions",
        "use_rope",
    )
    if not any(k in t.model for k in keys):
        return silent(NOT_SAID if t.model else NO_MODEL)
    other = any(t.model.get(k) for k in keys[1:])
    none = _off(t.model.get("position_embedding_type", "absolute"))
    return sure(none and not other, f"positions are {t.model.get('position_embedding_type')}", place=keys[0])


def _switch(t: Trace, idea: str, *keys: str) -> Seen:
    own = t.ideas.get(idea)
    if own is not None:
        return sure(not own, f"{idea.replace('_', ' ')} is " + ("there" if own else "absent"), place=idea)
    key = next((k for k in keys if k in t.model), "")
    if not key:
        return silent(NOT_SAID if t.model else NO_MODEL)
    return sure(_off(t.model[key]), f"{key} is {t.model[key]}", place=key)


@DETECTORS.reads("residual-absent")
def residual_absent(t: Trace) -> Seen:
    """Residual connections are off."""
    return _switch(t, "residual_connection", "residual", "use_residual", "skip_connections")


@DETECTORS.reads("normalisation-absent")
def normalisation_absent(t: Trace) -> Seen:
    """No normalisation."""
    return _switch(t, "normalization", "norm_type", "use_norm", "norm")


@DETECTORS.reads("feed-forward-absent")
def feed_forward_absent(t: Trace) -> Seen:
    """No feed-forward part."""
    return _switch(
        t, "ffn_mlp", "use_mlp", "intermediate_size", "n_inner" if t.model.get("n_inner") == 0 else "use_ffn"
    )


@DETECTORS.reads("attention-scale-absent")
def attention_scale_absent(t: Trace) -> Seen:
    """Attention scores are not scaled."""
    return _switch(t, "attention_scaling", "scale_attn_weights", "scale_attention")


@DETECTORS.reads("causal-mask-absent")
def causal_mask_absent(t: Trace) -> Seen:
    """A causal language model whose mask is off."""
    names = t.model.get("architectures")
    names = names if isinstance(names, list | tuple) else ()
    causal = any("CausalLM" in str(a) or "LMHead" in str(a) for a in names)
    if "is_causal" in t.model and causal:
        return sure(_off(t.model["is_causal"]), f"is_causal is {t.model['is_causal']}", place="is_causal")
    own = t.ideas.get("causal_masking") if causal or t.ideas.get("next_token_prediction") else None
    if own is None:
        return silent(NOT_SAID if t.model else NO_MODEL)
    return sure(not own, "the causal mask is " + ("on" if own else "off"), place="causal_masking")


@DETECTORS.reads("mixer-not-attention")
def mixer_not_attention(t: Trace) -> Seen:
    """The token mixer is something else than attention."""
    rows = library().ideas
    mixers = sorted(k for k, there in t.ideas.items() if there and k in rows and rows[k].slot == "token_mixing")
    if mixers and t.ideas.get("softmax_attention") is not True:
        attends = any(k.endswith("_attention") for k in mixers)
        names = ", ".join(k.replace("_", " ") for k in mixers)
        return sure(not attends, f"tokens are mixed by {names}", place="token_mixing")
    if t.ideas.get("softmax_attention"):
        return sure(False, "tokens are mixed by attention", place="softmax_attention")
    if "token_mixer" not in t.model:
        return silent(NOT_SAID if t.model else NO_MODEL)
    mixer = str(t.model["token_mixer"]).lower()
    return sure(
        mixer not in {"attention", "self_attention", "attn"}, f"tokens are mixed by {mixer}", place="token_mixer"
    )


@DETECTORS.reads("norm-after-residual")
def norm_after_residual(t: Trace) -> Seen:
    """Post-norm blocks."""
    if t.ideas.get("post_norm") or t.ideas.get("pre_norm"):
        post = bool(t.ideas.get("post_norm"))
        return sure(post, f"the norm stands {'after' if post else 'before'} the block", place="norm_placement")
    if "norm_position" not in t.model:
        return silent(NOT_SAID if t.model else NO_MODEL)
    return sure(
        str(t.model["norm_position"]).lower() == "post", f"norm is {t.model['norm_position']}", place="norm_position"
    )
