"""Settings that only together are unusual: the size of a head, an average longer than the run, too few updates."""

import math
from collections.abc import Callable, Iterable, Mapping

import msgspec

from ablator.core.elements import Evidence, Json
from ablator.core.study import base_id
from ablator.diagnose.trace import RATES, Trace
from ablator.diagnose.usual import CLUSTER, NAME
from ablator.library import library


class Proportion(msgspec.Struct, frozen=True):
    """A figure of a run with its usual range, and the ratio of each culprit (or `factor/mode`) outside of it."""

    id: str
    figure: Callable[[Trace], float | None]
    low: float
    high: float
    words: str
    """The sentence, with `{:g}` for the figure."""
    place: str
    ratios: Mapping[str, float]


def head_size(t: Trace) -> float | None:
    """Width of one attention head."""
    own, heads = t.size("head_dim"), t.size("num_attention_heads", "n_head", "num_heads")
    if own:
        return own
    return t.width / heads if t.width and heads and heads > 0 else None


def average_share(t: Trace) -> float | None:
    """Steps that the average of the weights remembers, as a share of the run."""
    decay = t.setting("ema_decay", "model_ema_decay")
    if decay is None or not 0 < decay < 1 or t.extent is None or t.extent.steps < 1:
        return None
    return 1 / (1 - decay) / t.extent.steps


def updates_left(t: Trace) -> float | None:
    """Updates in the whole run, of one that goes over its data at least once from scratch."""
    passes = t.setting("num_train_epochs", "num_epochs", "epochs", "max_epochs")
    if t.finished and t.epoch is not None:
        passes = t.epoch
    if t.extent is None or passes is None or passes < 1 or not t.scratch:
        return None
    return t.extent.steps


def reached(t: Trace) -> float | None:
    """The highest logged rate of a finished run as a share of the rate that is set."""
    own = t.setting(*RATES)
    if not own or own <= 0 or len(t.rates) < 5 or not t.finished or not t.shows_peak:
        return None
    return max(t.rates) / own


def sixteen_bits(t: Trace) -> float | None:
    """1 where the weights themselves are kept and updated in sixteen bits."""
    value = t.raw("pure_bf16", "pure_fp16", "full_bf16_training")
    return None if value is None else float(str(value).lower() in {"true", "1", "yes"})


PROPORTIONS = (
    Proportion(
        "head-size", head_size, 8, 256, "a head is {:g} wide", "num_attention_heads",
        {"head_dim": 10.0, "multi_head_attention": 5.0, "model-as-intended": 2.0},
    ),
    Proportion(
        "average-length", average_share, 0, 0.25, "the average of the weights remembers {:.2g} of the run",
        "ema_decay", {"weight-averaging": 10.0},
    ),
    Proportion(
        "updates", updates_left, 150, math.inf, "the run has {:g} updates, and goes over its data all the same",
        "per_device_train_batch_size", {"batch-size/too-large": 10.0, "training-length/too-short": 2.0},
    ),
    Proportion(
        "rate-reached", reached, 0.5, math.inf, "the logged rate reaches {:.2g} of the rate that is set",
        "learning_rate", {"warmup/too-long": 10.0, "lr-schedule/wrong-family": 10.0},
    ),
    Proportion(
        "sixteen-bit-weights", sixteen_bits, 0, 0.5, "weights are updated in sixteen bits", "pure_bf16",
        {"low-precision-updates": 6.0},
    ),
)  # fmt: skip
"""Ranges and ratios are judged; outside of them lies almost no published recipe."""


def proportion_rows(trace: Trace, elements: Iterable[str]) -> list[Evidence]:
    """A row for each proportion that lies outside its range; inside, nothing is said."""
    there = tuple(sorted(elements))
    out = []
    for row in PROPORTIONS:
        figure = row.figure(trace)
        if figure is None or not math.isfinite(figure) or row.low <= figure <= row.high:
            continue
        value = _value(row.ratios, there)
        if value:
            out.append(
                Evidence(
                    id=f"symptom-{NAME}-{row.id}",
                    kind="symptom",
                    name=NAME,
                    value=value,
                    status="inferred",
                    source=f"settings: {row.place}",
                    strength=1.0,
                    cluster=CLUSTER,
                    note=f"a setting outside its usual range: {row.words.format(figure)}",
                )
            )
    return out


def _value(ratios: Mapping[str, float], elements: tuple[str, ...]) -> dict[str, Json]:
    """Element id → ratio, or mode → ratio for a factor with directions."""
    known = library()
    out: dict[str, Json] = {}
    for culprit, ratio in ratios.items():
        name, _, mode = culprit.partition("/")
        factor = known.factors.get(name)
        for element in (e for e in elements if base_id(e) == name):
            if factor is not None and factor.modes and mode:
                out[element] = {m.id: ratio if m.id == mode else 1.0 for m in factor.modes}
            else:
                out[element] = ratio
    return dict(sorted(out.items()))
