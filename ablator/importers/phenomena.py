"""The phenomenon that a kind of model aims at: what nature shows of the perfect model."""

from collections.abc import Mapping, Set

_BY_FAMILY: Mapping[str, tuple[str, str]] = {
    "decoder_lm": ("next-token", "the next token, given those before it"),
    "moe": ("next-token", "the next token, given those before it"),
    "ssm": ("next-token", "the next token, given those before it"),
    "encoder_lm": ("hidden-token", "the hidden token, given those around it"),
    "encdec_lm": ("answer-text", "the answer, given the whole input"),
    "vit": ("image-label", "what an image shows"),
    "cnn": ("image-label", "what an image shows"),
    "clip": ("matching-pair", "which text belongs to which image"),
    "dit": ("clean-image", "the clean image, given a noisy one"),
    "unet": ("clean-image", "the clean image, given a noisy one"),
    "gnn": ("graph-property", "a property of a graph or of its nodes"),
    "rnn": ("next-in-sequence", "what comes next in a sequence"),
}


def phenomenon_of(family: str, ideas: Set[str]) -> tuple[str, str]:
    """(id, name) of the phenomenon for a family, or for what its ideas tell; a general one where nothing does."""
    if family in _BY_FAMILY:
        return _BY_FAMILY[family]
    if "next_token_prediction" in ideas:
        return _BY_FAMILY["decoder_lm"]
    if "patch_embedding" in ideas:
        return _BY_FAMILY["vit"]
    return "target", "what the model should tell"
