"""What can be done now: the steps that nothing holds back, and their runs that have no result yet."""

from collections.abc import Collection

import msgspec

from ablator.plan.results import FIRST_SEEDS
from ablator.plan.types import CLOSED, Plan, Run, Step

ACTIONABLE = frozenset({"ready", "running", "stale"})

AWAITED = frozenset({"planned", "running"})
"""What a run may be while its result is still awaited; failed and diverged runs have ended."""

OFFERED = AWAITED | {"failed", "pruned"}
"""What a run may be that is offered: one that failed or was cut short has no result, and holds nothing up either."""


class Upcoming(msgspec.Struct, frozen=True):
    """Ready steps in plan order, and the runs they still need."""

    steps: tuple[Step, ...]
    runs: tuple[Run, ...]


def upcoming(plan: Plan) -> Upcoming:
    """The ready steps and their runs; both empty when nothing is left to do.

    Ideas are ablated one by one (method.md): a step on an idea is offered once those before it wait for no more runs,
    so that what is spent ends in verdicts rather than in many arms half tuned. Of those that wait, one whose arms
    settings alone make goes before one whose arms must first be written.
    """
    open_steps = {s.id for s in plan.steps if s.state not in CLOSED}
    free = [s for s in plan.steps if s.state in ACTIONABLE and open_steps.isdisjoint(s.after)]
    busy = {r.step for r in plan.runs if r.status in AWAITED}
    waiting = [s for s in free if s.stage == "instantiate" and s.id in busy]
    first = next((s for s in waiting if by_settings(s)), waiting[0] if waiting else None)
    steps = tuple(
        s
        for s in free
        if s.stage != "instantiate" or first is None or s is first or (s.order < first.order and s.id not in busy)
    )
    return Upcoming(steps, awaited(plan, {s.id for s in steps}))


def by_settings(step: Step) -> bool:
    """Whether settings alone make every arm of a step, the baseline aside."""
    return all(a.overrides and not a.to_write for a in step.arms if a.id != "base")


def awaited(plan: Plan, steps: Collection[str]) -> tuple[Run, ...]:
    """The runs that some steps need next, in plan order.

    Confirming seeds wait until their arm's trials are done, since they run on the best of them; on ideas, all but the
    first wait for the first of every arm, since these may decide. A run that failed or was cut short is offered again.
    """
    ideas = {s.id for s in plan.steps if s.stage == "instantiate"}
    left = [r for r in plan.runs if r.step in steps and r.status in OFFERED]
    tuning = {(r.step, r.arm) for r in left if r.kind == "tune" and r.status in AWAITED}
    looking = {r.step for r in left if r.step in ideas and r.status in AWAITED and not _later(r)}
    return tuple(
        r
        for r in left
        if r.kind != "confirm" or ((r.step, r.arm) not in tuning and not (_later(r) and r.step in looking))
    )


def _later(run: Run) -> bool:
    return run.kind == "confirm" and (run.seed or 0) > FIRST_SEEDS
