"""How many seeds an effect needs, and which effect a number of seeds can show (two-sample t)."""

import math
from functools import lru_cache

MAX_SEEDS = 100
"""More runs an arm are never asked for: what needs them is not worth finding (judged)."""


def power_of(effect: float, noise: float, seeds: int, alpha: float = 0.05) -> float:
    """Power of a two-sided two-sample t test with `seeds` runs per arm, effect and noise in the same units.

    Noncentral t, both tails (Cohen 1988, 2.3). `noise` is the standard deviation between seeds.
    """
    if seeds < 2 or noise <= 0:
        return 1.0 if noise <= 0 < effect and seeds >= 2 else 0.0
    return power_of_t(abs(effect) / noise * math.sqrt(seeds / 2), 2 * seeds - 2, alpha)


def power_of_t(shift: float, df: int, alpha: float = 0.05) -> float:
    """Power of a two-sided t test with `df` degrees of freedom; `shift` is the effect in its standard errors."""
    from scipy.special import nctdtr, stdtrit

    limit = float(stdtrit(df, 1 - alpha / 2))
    if shift > limit + 8:
        return 1.0  # scipy's nctdtr gives nan far out, where nothing is left of the tail
    below, above = float(nctdtr(df, shift, -limit)), 1 - float(nctdtr(df, shift, limit))
    return above + (0.0 if math.isnan(below) else below)


def seeds_needed(effect: float, noise: float, alpha: float = 0.05, power: float = 0.8) -> int:
    """Smallest number of runs per arm whose power reaches `power`; at least 2, at most MAX_SEEDS."""
    low, high = 2, MAX_SEEDS
    if power_of(effect, noise, high, alpha) < power:
        return high
    while low < high:
        middle = (low + high) // 2
        if power_of(effect, noise, middle, alpha) >= power:
            high = middle
        else:
            low = middle + 1
    return low


@lru_cache(maxsize=1024)
def detectable(noise: float, seeds: int, alpha: float = 0.05, power: float = 0.8) -> float | None:
    """Smallest effect that `seeds` runs per arm show with the given power, in units of `noise`; None below 2."""
    if seeds < 2 or noise <= 0:
        return None
    low, high = 0.0, 1.0
    while power_of(high * noise, noise, seeds, alpha) < power:
        high *= 2
        if high > 1e6:
            return None
    for _ in range(50):
        middle = (low + high) / 2
        if power_of(middle * noise, noise, seeds, alpha) < power:
            low = middle
        else:
            high = middle
    return float(f"{high * noise:.6g}")
