"""Settings against the ranges that nearly all training runs keep to: whatever lies outside is worth a look."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from ablator.core.elements import Evidence
from ablator.diagnose.log import as_value
from ablator.library import library

NAME = "setting-out-of-range"
CLUSTER = "settings"

OUTSIDE = 10.0
"""Ratio of the direction that an outlying setting points to (judged: 30 % of such culprits show, 3 % of others)."""

TENFOLD = 3.0
"""The ratio grows by this much for each ten times that the setting lies outside (judged)."""

MOST = 100.0
"""Up to this ratio (judged): some runs work with any setting."""

INSIDE = 0.72
"""Ratio of a direction whose setting lies within its range: (1 - 0.30) / (1 - 0.03)."""


class Usual(msgspec.Struct, frozen=True):
    """A range, and the factor and its direction that a value below or above points to (an empty one: nothing)."""

    names: tuple[str, ...]
    low: float
    high: float
    factor: str
    below: str = ""
    above: str = ""
    zero_is_off: bool = True


RANGES = (
    Usual(("adam_beta1", "beta1"), 0.8, 0.99, "optimizer-choice", "wrong-settings", "wrong-settings", False),
    Usual(("adam_beta2", "beta2"), 0.9, 0.9999, "optimizer-choice", "wrong-settings", "wrong-settings", False),
    Usual(("adam_epsilon", "opt_eps", "eps"), 1e-12, 1e-4, "optimizer-choice", "wrong-settings", "wrong-settings"),
    Usual(("momentum", "sgd_momentum"), 0.5, 0.995, "optimizer-choice", "wrong-settings", "wrong-settings"),
    Usual(
        ("max_grad_norm", "grad_clip", "clip_grad", "gradient_clip_val"),
        0.05,
        50.0,
        "gradient-clipping",
        "too-tight",
        "absent",
    ),
    Usual(("label_smoothing_factor", "smoothing", "label_smoothing"), 0.0, 0.25, "label-smoothing", "", "high"),
    Usual(("label_noise",), 0.0, 0.05, "label-noise", "", "high"),
    Usual(("weight_decay", "wd"), 0.0, 0.5, "weight-decay", "", "too-strong"),
    Usual(("warmup_ratio",), 0.0, 0.25, "warmup", "", "too-long"),
    Usual(("mixup", "cutmix", "reprob", "color_jitter"), 0.0, 1.0, "data-augmentation", "", "too-strong"),
    Usual(("gradient_accumulation_steps", "accumulate_grad_batches"), 1.0, 512.0, "batch-size", "", "too-large"),
)
"""Judged from common practice; outside of them lies almost no published recipe."""

DECAYS = frozenset({"beta1", "beta2", "sgd_momentum"})


def usual_rows(settings: Mapping[str, Any], elements: Iterable[str]) -> list[Evidence]:
    """A row for each setting that has a range: present where it lies outside, absent where inside."""
    there = set(elements)
    out = []
    for row in RANGES:
        name = next((n for n in row.names if as_value(settings.get(n)) is not None), "")
        value = as_value(settings.get(name)) if name else None
        if value is None or not math.isfinite(value) or row.factor not in there:
            continue
        if value == 0 and row.zero_is_off:
            continue
        made = _row(row, name, value)
        if made is not None:
            out.append(made)
    return out


def _row(row: Usual, name: str, value: float) -> Evidence | None:
    outside = _outside(row, value)
    aims = {row.below, row.above} - {""}
    if outside:
        aims = {row.below if value < row.low else row.above} - {""}
    if not aims:
        return None
    ratio = float(f"{min(MOST, OUTSIDE * TENFOLD ** math.log10(outside)):.3g}") if outside else INSIDE
    modes = {m.id: ratio if m.id in aims else 1.0 for m in library().factors[row.factor].modes}
    words = f"{name} is {value:g}, usual is {row.low:g} to {row.high:g}"
    return Evidence(
        id=f"symptom-{NAME}-{name}",
        kind="symptom",
        name=NAME,
        value={row.factor: modes or ratio},
        status="inferred",
        source=f"settings: {name}",
        strength=1.0 if outside else 0.0,
        cluster=CLUSTER,
        note=f"a setting outside its usual range: {words}",
    )


def _outside(row: Usual, value: float) -> float:
    """How many times outside the range; 0 inside. Decays are told by what they leave: 0.99999 is ten times."""
    if row.low <= value <= row.high:
        return 0.0
    if row.names[-1] in DECAYS:
        left = 1 - row.high if value > row.high else 1 - row.low
        return max(left / max(1 - value, 1e-12), (1 - value) / left) if value < 1 else math.inf
    if value > row.high:
        return value / row.high
    return row.low / value if value > 0 else math.inf
