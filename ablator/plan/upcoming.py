"""What can be done now: the steps that nothing holds back, and their runs that have no result yet."""

import msgspec

from ablator.plan.types import Plan, Run, Step

ACTIONABLE = frozenset({"ready", "running", "stale"})


class Upcoming(msgspec.Struct, frozen=True):
    """Ready steps in plan order, and the runs they still need."""

    steps: tuple[Step, ...]
    runs: tuple[Run, ...]


def upcoming(plan: Plan) -> Upcoming:
    """The ready steps and their runs; both empty when nothing is left to do."""
    steps = tuple(s for s in plan.steps if s.state in ACTIONABLE)
    wanted = {s.id for s in steps}
    runs = tuple(r for r in plan.runs if r.step in wanted and r.status in {"planned", "failed", "pruned"})
    return Upcoming(steps, runs)
