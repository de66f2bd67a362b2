"""What the class names of modules say, in a tree that `ablator.describe` wrote or in the notes of an ONNX export."""

import re
from collections.abc import Iterable, Mapping
from functools import cache

from ablator.core.elements import Status
from ablator.importers.hf_aliases import HEADS
from ablator.importers.hf_ideas import Ideas
from ablator.importers.hf_kin import profile_of
from ablator.library import library

HUGGING_FACE = re.compile(r"^transformers\.models\.(\w+)\.")

MORE: tuple[tuple[str, str], ...] = (
    (r"^(LSTM|GRU|RNN)(Cell)?$", "recurrence"),
    (r"^(LSTM|GRU)(Cell)?$", "gated_cell"),
    (r"^Conv[123]d$", "convolution"),
    (r"^(GELU|GELUActivation|NewGELU|NewGELUActivation|QuickGELUActivation|GELUTanh|FastGELUActivation)$", "gelu"),
    (r"^(ReLU|ReLU6)$", "relu"),
    (r"^(SiLU|SiLUActivation|Swish|SwishMe)$", "silu"),
    (r"^(Mlp|MLP|FeedForward|\w+MLP|\w+FeedForward|\w+FFN|FFN)$", "ffn_mlp"),
    (r"(DepthwiseConv|ConvDepthwise)\w*$", "depthwise_conv"),
    (r"^(AdaptiveAvgPool2d|GlobalAvgPool\w*|FastAdaptiveAvgPool)$", "global_avg_pool"),
    (r"^(Bottleneck|ResNetBottleNeckLayer)$", "bottleneck_block"),
    (r"^(BasicBlock|Bottleneck|ResNet\w*Layer)$", "residual_connection"),
    (r"(Mamba\w*Mixer|MambaBlock|Mamba\d?|S4\w*|S6\w*)$", "state_space_layer"),
    (r"ALiBi|AlibiPositionalBias", "alibi"),
    (r"(MixerBlock|MlpMixer)$", "spatial_mlp_mixing"),
    (r"(ScaledSinusoidalEmbedding|SinusoidsPosition\w*)$", "sinusoidal_position"),
    (r"AbsolutePositionalEmbedding$", "learned_absolute_position"),
    (r"(CrossAttention|EncDecAttention|T5LayerCrossAttention)$", "cross_attention"),
    (r"^(GCNConv|GATConv|SAGEConv|GINConv|MessagePassing)$", "message_passing"),
)
"""Class names beyond the rules of the library."""

EXCLUSIVE: Mapping[str, re.Pattern[str]] = {
    "layernorm": re.compile(r"RMS"),
    "softmax_attention": re.compile(r"LinearAttention|Mamba|Delta"),
}
"""Names that fit a rule and mean something else."""


def read_classes(ideas: Ideas, classes: Mapping[str, str], status: Status = "read") -> tuple[str, dict[str, list[str]]]:
    """Note the ideas that class names show; (model type, paths by idea). `classes` gives the class at each path.

    The model type comes from the module path of a class of transformers, and with it what its code implies.
    """
    owners: dict[str, list[str]] = {}
    by_class: dict[str, list[str]] = {}
    for path, full in classes.items():
        by_class.setdefault(full, []).append(path)
    model_type = ""
    for full in sorted(by_class, key=lambda c: min(by_class[c], key=len)):
        seen = HUGGING_FACE.match(full)
        if seen and not model_type:
            model_type = seen.group(1)
    if model_type:
        base, implied = profile_of(model_type, library().detection.model_type_profiles)
        for idea in implied:
            if idea in library().ideas:
                ideas.put(idea, "inferred", [f"model type {model_type}: in its code{_kin(base, model_type)}"])
    for full, paths in sorted(by_class.items()):
        short = full.rpartition(".")[2]
        for idea in ideas_of_class(short):
            ideas.put(idea, status, [f"{paths[0] or 'the model'}: {short}"])
            owners.setdefault(idea, []).extend(paths)
        _head(ideas, short)
    if any(c.endswith("EncoderModel") for c in by_class):
        ideas.drop("encoder_decoder_split", "cross_attention", "causal_masking", "span_corruption")
    return model_type, owners


def _kin(base: str, own: str) -> str:
    return "" if base == own else f", kin of {base}"


def _head(ideas: Ideas, short: str) -> None:
    for pattern, implied in HEADS:
        if re.search(pattern, short):
            for idea in implied:
                slot = library().ideas[idea].slot
                if idea not in ideas.here and not (slot and ideas.filler(slot)):
                    ideas.put(idea, "inferred", [f"class {short}"])


def ideas_of_class(short: str) -> tuple[str, ...]:
    """Ideas that a class name without its module shows."""
    rows = library().ideas
    out = [i for p, i in _compiled() if i in rows and p.search(short)]
    return tuple(dict.fromkeys(i for i in out if i not in EXCLUSIVE or not EXCLUSIVE[i].search(short)))


@cache
def _compiled() -> tuple[tuple[re.Pattern[str], str], ...]:
    rules: Iterable[tuple[str, str]] = (
        *((r.regex, r.idea) for r in library().detection.module_class_rules),
        *MORE,
    )
    return tuple((re.compile(p), i) for p, i in rules)
