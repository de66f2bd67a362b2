"""What a step costs, in hours: compute, trials, seeds, and people's time at 480 minutes a run."""

from ablator.core.elements import MINUTES_PER_RUN, Element, Info
from ablator.core.study import Study, base_id
from ablator.plan.types import CONTROL, Arm

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


LEAST_COMPUTE = 0.05
"""Share of a run's compute that no arm falls below: data, evaluation and start-up stay (judged)."""


def compute(study: Study, element: Element, arm: Arm) -> float:
    """Compute of one run of an arm in runs of the baseline.

    The blocks grow with the depth and by the square of the width, a table of words with its own size; what an arm
    takes out without a substitute, and what a control is narrower by, is saved.
    """
    if arm.id == "without":
        return max(LEAST_COMPUTE, 1.0 - sum(_share(study, k) for k in set(arm.removes)))
    if arm.id == CONTROL:
        element = study.elements[arm.changes[0]]
    ratio = _ratio(element, arm)
    if ratio is None:
        return 1.0
    return resized(study, element, ratio)


def resized(study: Study, element: Element, ratio: float) -> float:
    """Compute of a run in runs of the baseline where a size is `ratio` times what it is."""
    tables, size = _tables(study), base_id(element.id)
    if size == "depth":
        return max(LEAST_COMPUTE, tables + (1.0 - tables) * ratio)
    if size == "width":
        return max(LEAST_COMPUTE, tables * ratio + (1.0 - tables) * ratio**2)
    share = tables if size == "vocab_size" else _share(study, _layer(element))
    return max(LEAST_COMPUTE, 1.0 + share * (ratio - 1.0))


def _ratio(element: Element, arm: Arm) -> float | None:
    """How many times its present size an idea has in a resize arm."""
    if arm.id not in {"half", "double", CONTROL}:
        return None
    number = next((v for v in arm.overrides.values() if isinstance(v, int | float) and not isinstance(v, bool)), None)
    before = element.sizes.get("hidden") or element.value
    if isinstance(before, bool) or not isinstance(before, int | float) or before <= 0 or number is None:
        return 0.5 if arm.id == "half" else 2.0
    return number / before


def _layer(element: Element) -> str:
    """The idea that holds the parameters of a size."""
    site, slash, size = element.id.rpartition("/")
    return f"{site}{slash}{'ffn_mlp' if size == 'ffn_expansion_ratio' else size}"


def _share(study: Study, key: str) -> float:
    """Share of the compute that an idea takes: that of its parameters; a table of words is only looked up."""
    element = study.elements.get(key)
    if element is None or element.is_slot or element.category in {"embedding", "positional_encoding"}:
        return 0.0
    return element.parameter_share or 0.0


def _tables(study: Study) -> float:
    """Share of the parameters in tables, whose use as the head grows with neither depth nor the square of width."""
    found = (e for e in study.elements.values() if e.kind == "idea" and not e.is_slot and e.category == "embedding")
    return min(sum(e.parameter_share or 0.0 for e in found), 0.9)
