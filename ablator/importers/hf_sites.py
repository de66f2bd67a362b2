"""Where the ideas of one part stand: encoder and decoder, and the block kinds of a mixed stack, are sites."""

from collections.abc import Iterable, Mapping

import msgspec

from ablator.importers.found import FoundIdea
from ablator.importers.hf_ideas import RANK, Ideas
from ablator.library import library

ENCODER_ONLY = frozenset({"bidirectional_context", "conv_stem", "waveform_frontend", "patch_embedding"})
DECODER_ONLY = frozenset({"causal_masking", "cross_attention"})
SHARED = frozenset(
    {
        "encoder_decoder_split",
        "token_embedding",
        "weight_tying",
        "vocab_size",
        "embedding_scale",
        "subword_tokenization",
        "shared_encdec_weights",
        "width",
        "input_representation",
    }
)
"""Ideas of an encoder–decoder that stand once, at no site."""

BLOCKS: Mapping[str, str] = {
    "softmax_attention": "attention",
    "state_space_layer": "mamba",
    "linear_attention": "linear",
    "causal_convolution": "conv",
    "linear_recurrence_decay": "recurrent",
    "convolution": "conv",
    "depthwise_conv": "conv",
}
"""Names of block kinds by their token mixer."""

ATTENTION_CATEGORIES = frozenset({"attention", "multi_head_diversity", "positional_encoding"})


def at_sites(ideas: Ideas) -> tuple[FoundIdea, ...]:
    """Every idea at its site or sites, with at most one filler a slot and site."""
    if ideas.has("encoder_decoder_split"):
        placed = list(_two_sides(ideas))
    else:
        mixers = [k for k, i in ideas.here.items() if library().ideas[k].slot == "token_mixing" and i.present]
        if "depthwise_conv" in mixers and "convolution" in mixers:
            mixers.remove("convolution")
            ideas.drop("convolution")
        placed = list(_block_kinds(ideas, mixers) if len(mixers) > 1 else ideas.here.values())
    return tuple(_one_filler(placed))


def _two_sides(ideas: Ideas) -> Iterable[FoundIdea]:
    rows = library().ideas
    convolutional = ideas.has("convolution") and ideas.has("softmax_attention")
    for key, idea in sorted(ideas.here.items()):
        row = rows[key]
        if (
            key in SHARED
            or row.category == "objective"
            or row.level != "instantiation"
            or (row.is_slot and not idea.present)
        ):
            yield _moved(idea, ideas.site)
        elif convolutional and (row.category == "convolution" or key in {"batchnorm", "hierarchical_stages"}):
            yield _moved(idea, joined(ideas.site, "backbone"))
        elif key == "sinusoidal_position" and ideas.has("learned_absolute_position"):
            yield _moved(idea, joined(ideas.site, "encoder"))
        elif key == "learned_absolute_position" and ideas.has("sinusoidal_position"):
            yield _moved(idea, joined(ideas.site, "decoder"))
        else:
            sides = [s for s, other in (("encoder", DECODER_ONLY), ("decoder", ENCODER_ONLY)) if key not in other]
            for side in sides:
                share = idea.parameters // len(sides) if idea.parameters else idea.parameters
                yield msgspec.structs.replace(idea, site=joined(ideas.site, side), parameters=share)


def _block_kinds(ideas: Ideas, mixers: list[str]) -> Iterable[FoundIdea]:
    """Each token mixer of a mixed stack at a site of its own; what both kinds share stands at none."""
    rows = library().ideas
    recurrent = next((m for m in mixers if m != "softmax_attention"), "")
    for key, idea in sorted(ideas.here.items()):
        category = rows[key].category
        if key in mixers:
            yield _moved(idea, joined(ideas.site, BLOCKS.get(key, key)))
        elif key == "token_mixing":
            for mixer in mixers:
                yield _moved(idea, joined(ideas.site, BLOCKS.get(mixer, mixer)))
        elif category in ATTENTION_CATEGORIES and "softmax_attention" in mixers and key != "causal_masking":
            yield _moved(idea, joined(ideas.site, "attention"))
        elif (category == "state_recurrence" and key != "hybrid_mixer_stack") or key in {
            "short_conv",
            "ssm_output_gate",
        }:
            yield _moved(idea, joined(ideas.site, BLOCKS.get(recurrent, recurrent)))
        else:
            yield _moved(idea, ideas.site)


def _one_filler(placed: list[FoundIdea]) -> Iterable[FoundIdea]:
    """Where two fillers claim one slot at a site, the surer one keeps it, among equals the first in the alphabet."""
    rows = library().ideas
    best: dict[tuple[str, str], FoundIdea] = {}
    for idea in placed:
        slot = rows[idea.idea].slot
        if not slot or not idea.present:
            continue
        seat = (idea.site, slot)
        known = best.get(seat)
        if known is None or _order(idea) < _order(known):
            best[seat] = idea
    for idea in placed:
        slot = rows[idea.idea].slot
        if not slot or not idea.present or best[idea.site, slot] is idea:
            yield idea


def _order(idea: FoundIdea) -> tuple[int, int, str]:
    preferred = {"patch_embedding": 0, "waveform_frontend": 0}.get(idea.idea, 1)
    return -RANK.get(idea.status, 0), preferred, idea.idea


def _moved(idea: FoundIdea, site: str) -> FoundIdea:
    return msgspec.structs.replace(idea, site=site)


def joined(outer: str, inner: str) -> str:
    """A site inside a site: `text` and `encoder` give `text-encoder`."""
    return f"{outer}-{inner}" if outer and inner else outer or inner
