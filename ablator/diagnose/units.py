"""Units of logged figures: accuracies in percent, and losses that are sums where others are means."""

import math
from collections.abc import Sequence

from ablator.diagnose.signals import interpolate, median, running_median

TWICE = 1.8
"""Train and evaluation loss that differ by less may well be one loss (judged: label noise and dropout reach 1.6)."""

APART = 3.0
"""From here on no regularisation explains a steady factor, whole or not (judged)."""

STEADY = 0.15
"""Spread of the factor over the run, relative to it, up to which it is one factor (judged)."""

WHOLE = 0.12

WORST_GUESS = 12.5
"""ln of 260,000 classes: a first loss above it comes from the initial weights, not from guessing."""


def honest_guess(guess: float, *, known: bool) -> float:
    """The yardstick of what is too good to be true: where classes are unknown, at most what guessing can cost."""
    return guess if known else min(guess, WORST_GUESS)


def as_shares(values: Sequence[float]) -> list[float]:
    """Accuracies between 0 and 1; those that pass 1.5 and keep to 100 are percent."""
    most, least = max(values, default=0.0), min(values, default=0.0)
    return [v / 100 for v in values] if 1.5 < most <= 100 and least >= 0 else list(values)


def steady_factor(xs: Sequence[float], losses: Sequence[float], at: Sequence[float], evals: Sequence[float]) -> float:
    """How many times the evaluation loss the training loss is, where it is so from first to last; else 1.

    `xs` and `at` are the places of training and evaluation losses on one axis. Noise, dropout and learning by heart
    move the two apart as training goes on; a sum in the place of a mean does so from the first evaluation.
    """
    if len(losses) < 5 or len(evals) < 3 or min(evals) <= 0 or min(losses) <= 0:
        return 1.0
    smooth = running_median(losses)
    ratios = [interpolate(x, xs, smooth) / e for x, e in zip(at, evals, strict=True)]
    k = median(ratios)
    if not math.isfinite(k) or k <= 0:
        return 1.0
    spread = math.sqrt(sum((r - k) ** 2 for r in ratios) / len(ratios)) / k
    size = max(k, 1 / k)
    whole = abs(size - round(size)) < WHOLE * (1 if k >= 1 else 2)
    return k if spread < STEADY and (size >= APART or (size >= TWICE and whole)) else 1.0
