"""Comparing an arm with the baseline: intervals, corrected p values, equivalence, and what more tuning could gain."""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache

import msgspec

RESAMPLES = 400
"""Bootstrap resamples behind the band of the expected best, from a fixed sequence: the same on every machine."""

DRAWS = 200
"""Draws of the true values behind some trials, from a fixed sequence."""

SHOWN = 1.4
"""Variance of trials, in that of the noise, from which they show more than noise; with the share below, intervals hold
what they say and planned seeds have the power they promise (tests/benchmarks/verdicts.py)."""

CHOICE_SHARE = 0.6
"""Share of the wrong choice that the doubt counts: settings that lie near each other do alike, which the posterior of
single trials does not know (judged; see above)."""

MIN_PAIRS = 4
"""Seeds from which a correlation of two arms can be told from chance at all."""


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
    doubt: float = 0.0
    """The part of the standard error that comes from tuning, which no further seed makes smaller."""


def compare(
    arm: Mapping[int, float], base: Mapping[int, float], alpha: float = 0.05, doubt: float = 0.0
) -> Comparison | None:
    """Difference of two arms by seed: paired t where the seeds move both alike, else Welch 1947; None below two seeds.

    `doubt` is the standard deviation of the difference that comes from how well the arms are tuned; it widens the
    interval. Without any spread on record the interval is the estimate itself and p is 0, or 1 where there is no
    difference.
    """
    if len(arm) < 2 or len(base) < 2:
        return None
    paired = go_together(arm, base)
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
    if doubt > 0 and error > 0:  # Satterthwaite: the doubt counts as known
        both = math.hypot(error, doubt)
        freedom *= (both / error) ** 4
        error = both
    half = _t_at(1 - alpha / 2, freedom) * error
    p = _two_sided(estimate, error, freedom)
    return Comparison(
        estimate, estimate - half, estimate + half, error, freedom, p, min(len(arm), len(base)), paired, doubt
    )


def go_together(arm: Mapping[int, float], base: Mapping[int, float]) -> bool:
    """Whether both arms ran the same seeds and the seed moves them alike, so that pairs say more than they cost.

    A pair costs half the degrees of freedom. It is used where the correlation over the seeds is above chance
    (one-sided, 5 %), or exact; below four seeds that cannot be told.
    """
    n = len(arm)
    if n < MIN_PAIRS or arm.keys() != base.keys():
        return False
    va, vb = variance(list(arm.values())), variance(list(base.values()))
    if va <= 0 or vb <= 0:
        return False
    ma, mb = mean(list(arm.values())), mean(list(base.values()))
    shared = math.fsum((arm[k] - ma) * (base[k] - mb) for k in sorted(arm)) / (n - 1)
    r = shared / math.sqrt(va) / math.sqrt(vb)
    if r >= 1:
        return True
    return r > 0 and r * math.sqrt((n - 2) / (1 - r * r)) > _t_at(0.95, n - 2.0)


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
    return math.inf if len(values) < 2 else _more_to_gain(tuple(values), more)


@lru_cache(maxsize=4096)
def _more_to_gain(values: tuple[float, ...], more: int) -> float:
    """Kept, since a plan is made again after every result and most steps have no new one."""
    import random

    n = len(values)
    draw = random.Random(n).random
    gains = []
    for _ in range(RESAMPLES):
        again = sorted(values[int(draw() * n)] for _ in range(n))
        gains.append(_expected_best(again, n + more) - _expected_best(again, n))
    gains.sort()
    return gains[math.ceil(0.95 * RESAMPLES) - 1]


def tuning_doubt(values: Sequence[float], noise: float = 0.0) -> float:
    """How far the setting that won some trials may lie below the best that tuning can reach, as a standard deviation.

    Two parts: the gain that as many trials again would bring, from the order statistics of the trials themselves
    (Dodge et al. 2019), less what `noise` between runs alone would show (Blom 1958); and what choosing by noisy trials
    costs, from the posterior of their true values (James and Stein 1961). 0 below two trials.
    """
    return 0.0 if len(values) < 2 else _tuning_doubt(tuple(sorted(values)), noise)


@lru_cache(maxsize=4096)
def _tuning_doubt(ordered: tuple[float, ...], noise: float) -> float:
    from scipy.special import ndtri

    n = len(ordered)
    gain = max(0.0, _expected_best(ordered, 2 * n) - _expected_best(ordered, n))
    chance = noise * float(ndtri((2 * n - 0.375) / (2 * n + 0.25)) - ndtri((n - 0.375) / (n + 0.25)))
    return math.sqrt(max(0.0, gain**2 - chance**2) + CHOICE_SHARE * _chosen_wrongly(ordered, noise))


def _chosen_wrongly(ordered: Sequence[float], noise: float) -> float:
    """Mean square of what the trial that looked best lies below the one that is; 0 where the trials show noise only."""
    import random

    spread = variance(ordered)
    signal = spread - noise**2
    if noise <= 0 or spread <= SHOWN * noise**2:
        return 0.0
    keep = signal / spread
    middle, wide = mean(ordered), noise * math.sqrt(keep)
    centre = [middle + keep * (v - middle) for v in ordered]
    draw = random.Random(len(ordered)).gauss
    lost = 0.0
    for _ in range(DRAWS):
        own = [c + draw(0.0, wide) for c in centre]
        lost += (max(own) - own[-1]) ** 2
    return lost / DRAWS


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
