"""What can be done now: the steps that nothing holds back, and their runs that have no result yet."""

from collections.abc import Collection

import msgspec

from ablator.plan.types import CLOSED, Plan, Run, Step

ACTIONABLE = frozenset({"ready", "running", "stale"})

AWAITED = frozenset({"planned", "running"})
"""What a run may be while its result is still awaited; failed and diverged runs have ended."""


class Upcoming(msgspec.Struct, frozen=True):
    """Ready steps in plan order, and the runs they still need."""

    steps: tuple[Step, ...]
    runs: tuple[Run, ...]


def upcoming(plan: Plan) -> Upcoming:
    """The ready steps and their runs; both empty when nothing is left to do."""
    open_steps = {s.id for s in plan.steps if s.state not in CLOSED}
    steps = tuple(s for s in plan.steps if s.state in ACTIONABLE and open_steps.isdisjoint(s.after))
    return Upcoming(steps, awaited(plan, {s.id for s in steps}))


def awaited(plan: Plan, steps: Collection[str]) -> tuple[Run, ...]:
    """The runs that some steps need next, in plan order.

    Confirming seeds wait until their arm's trials are done, since they run on the best of them.
    """
    left = [r for r in plan.runs if r.step in steps and r.status in AWAITED]
    tuning = {(r.step, r.arm) for r in left if r.kind == "tune"}
    return tuple(r for r in left if r.kind != "confirm" or (r.step, r.arm) not in tuning)
