"""What a step costs, in hours: compute, trials, seeds, and people's time at 480 minutes a run."""

from ablator.core.elements import MINUTES_PER_RUN, Element, Info

CHEAP_RUNS = 0.15
"""A check that costs at most this many runs is cheap: the gate waits for all of them (planner.md)."""

DEFAULT_TRIAL_RUNS = 0.2
"""Compute of one tuning trial where the study has no learning-rate factor to tell (1.6 runs over 8 points)."""


def hours_per_run(info: Info) -> float:
    """Hours of one full training run; 1 where the study does not say, so that costs then read as runs."""
    return info.hours_per_run or 1.0


def effective_runs(element: Element) -> float:
    """Cost of settling an element in full runs: `cost_runs + minutes / 480`."""
    return element.cost_runs + element.minutes / MINUTES_PER_RUN


def is_cheap(element: Element) -> bool:
    """Whether settling the element costs at most 0.15 run."""
    return effective_runs(element) <= CHEAP_RUNS


def rounded(hours: float) -> float:
    """Hours to a tenth of a millihour, so that sums print alike on every machine."""
    return round(hours, 4)
