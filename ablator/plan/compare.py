"""Comparing an arm with the baseline: intervals, corrected p values, equivalence, and what more tuning could gain."""

import math
from collections.abc import Mapping, Sequence

import msgspec

RESAMPLES = 400
"""Bootstrap resamples behind the band of the expected best, from a fixed sequence: the same on every machine."""


class Comparison(msgspec.Struct, frozen=True):
    """Mean difference arm − baseline, its 95 % interval, standard error, degrees of freedom, p value and seeds."""

    estimate: float
    low: float
    high: float
    error: float
    freedom: float
    p: float
    n: int
    paired: bool


def compare(arm: Mapping[int, float], base: Mapping[int, float], alpha: float = 0.05) -> Comparison | None:
    """Difference of two arms by seed: paired t where all seeds match, else Welch 1947; None below two seeds.

    Without any spread on record the interval is the estimate itself and p is 0, or 1 where there is no difference.
    """
    if len(arm) < 2 or len(base) < 2:
        return None
    paired = arm.keys() == base.keys()
    if paired:
        differences = [arm[k] - base[k] for k in sorted(arm)]
        estimate, spread = mean(differences), variance(differences)
        error, freedom = math.sqrt(spread / len(differences)), float(len(differences) - 1)
    else:
        a, b = list(arm.values()), list(base.values())
        estimate = mean(a) - mean(b)
        va, vb = variance(a) / len(a), variance(b) / len(b)
        error = math.sqrt(va + vb)
        parts = va**2 / (len(a) - 1) + vb**2 / (len(b) - 1)
        freedom = (va + vb) ** 2 / parts if parts > 0 else float(len(a) + len(b) - 2)
    half = _t_at(1 - alpha / 2, freedom) * error
    p = _two_sided(estimate, error, freedom)
    return Comparison(estimate, estimate - half, estimate + half, error, freedom, p, min(len(arm), len(base)), paired)


def equivalence_p(found: Comparison, margin: float) -> float:
    """p of two one-sided t tests that the difference lies within ±`margin` (Schuirmann 1987)."""
    from scipy.special import stdtr

    if found.error <= 0:
        return 0.0 if abs(found.estimate) < margin else 1.0
    above = 1 - float(stdtr(found.freedom, (found.estimate + margin) / found.error))
    below = float(stdtr(found.freedom, (found.estimate - margin) / found.error))
    return max(above, below)


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Adjusted p values that keep the chance of any false claim below the level (Holm 1979)."""
    out: dict[str, float] = {}
    highest = 0.0
    ranked = sorted(p_values, key=lambda k: (p_values[k], k))
    for i, key in enumerate(ranked):
        highest = max(highest, min(1.0, (len(ranked) - i) * p_values[key]))
        out[key] = highest
    return out


def more_to_gain(values: Sequence[float], more: int) -> float:
    """Upper 95 % band of what `more` further trials like these would add to the expected best (greater is better).

    The expected best of m draws comes from the order statistics of a bootstrap resample (Dodge et al. 2019);
    infinite below two trials.
    """
    import random

    n = len(values)
    if n < 2:
        return math.inf
    draw = random.Random(n).random
    gains = []
    for _ in range(RESAMPLES):
        again = sorted(values[int(draw() * n)] for _ in range(n))
        gains.append(_expected_best(again, n + more) - _expected_best(again, n))
    gains.sort()
    return gains[math.ceil(0.95 * RESAMPLES) - 1]


def mean(values: Sequence[float]) -> float:
    """Arithmetic mean, summed exactly."""
    return math.fsum(values) / len(values)


def variance(values: Sequence[float]) -> float:
    """Unbiased sample variance; 0 for a single value."""
    if len(values) < 2:
        return 0.0
    middle = mean(values)
    return math.fsum((v - middle) ** 2 for v in values) / (len(values) - 1)


def _expected_best(ordered: Sequence[float], draws: int) -> float:
    n = len(ordered)
    return math.fsum(x * ((i / n) ** draws - ((i - 1) / n) ** draws) for i, x in enumerate(ordered, 1))


def _t_at(share: float, freedom: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, share))


def _two_sided(estimate: float, error: float, freedom: float) -> float:
    from scipy.special import stdtr

    if error <= 0:
        return 1.0 if estimate == 0 else 0.0
    return min(1.0, 2 * (1 - float(stdtr(freedom, abs(estimate) / error))))
