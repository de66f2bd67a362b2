"""The retrace as figures: what is done on each lane, which stage is present, and the cheapest way to open a gate."""

from collections.abc import Sequence
from dataclasses import dataclass

from ablator.core.lanes import LANES, STAGE_OF_LANE, Lane, Stage
from ablator.core.study import Study
from ablator.plan.beliefs import SETTLED
from ablator.plan.costs import is_cheap
from ablator.plan.types import CLOSED, Gate, Plan, Step


@dataclass(frozen=True, slots=True)
class LaneState:
    """One lane: its stage (none for the noumenon), steps done and in all, hours left, its gate, whether it is present.

    `elements` is how many elements lie on the lane.
    """

    lane: Lane
    stage: Stage | None
    elements: int
    done: int
    total: int
    hours: float
    gate: Gate | None
    present: bool


@dataclass(frozen=True, slots=True)
class Way:
    """Steps that would open a gate at the least cost, if each finds nothing, and their hours."""

    steps: tuple[Step, ...]
    hours: float


def lane_states(study: Study, plan: Plan | None) -> list[LaneState]:
    """The five lanes, noumenon first."""
    here = present_stage(plan)
    counts = dict.fromkeys(LANES, 0)
    for e in study.elements.values():
        counts[e.lane] += 1
    out = []
    for lane in LANES:
        stage = STAGE_OF_LANE.get(lane)
        steps = [s for s in plan.steps if s.stage == stage] if plan else []
        gate = next((g for g in plan.gates if g.stage == stage), None) if plan else None
        out.append(
            LaneState(
                lane=lane,
                stage=stage,
                elements=counts[lane],
                done=sum(s.state in CLOSED for s in steps),
                total=len(steps),
                hours=sum(s.cost_hours for s in steps if s.state not in CLOSED),
                gate=gate,
                present=stage is not None and stage == here,
            )
        )
    return out


def present_stage(plan: Plan | None) -> Stage | None:
    """The stage of the first step that can be done now; None where nothing can."""
    steps = plan.steps if plan else ()
    return next((s.stage for s in steps if s.state in {"ready", "running", "stale"}), None)


def way_to_open(study: Study, plan: Plan, gate: Gate) -> Way:
    """The cheapest steps that open a gate, provided that each finds nothing.

    Before instantiate: every cheap check, then the steps with most probability an hour until less than epsilon is left.
    Before perceive, or with epsilon 0: every open step below.
    """
    floors: tuple[Stage, ...] = ("observe", "reach")
    if gate.stage == "perceive":
        floors = ("observe", "reach", "instantiate")
    pending = [s for s in plan.steps if s.stage in floors and s.state not in CLOSED]
    epsilon = study.info.epsilon
    if gate.stage == "perceive" or epsilon <= 0:
        return _way(pending)
    must = [s for s in pending if s.element in study.elements and is_cheap(study.elements[s.element])]
    chosen = {s.id for s in must}
    rest = sorted(
        (s for s in pending if s.id not in chosen), key=lambda s: (-s.probability / max(s.cost_hours, 1e-9), s.order)
    )
    doubt = sum(s.probability for s in pending)
    settled = sum(s.probability for s in must)
    while rest and _left(doubt, settled) >= epsilon:
        step = rest.pop(0)
        chosen.add(step.id)
        settled += step.probability
    return _way([s for s in pending if s.id in chosen])


def _left(doubt: float, settled: float) -> float:
    """What of the probability stays open once steps that held `settled` of it found nothing."""
    return max(doubt - settled, 0.0) / max(1 - (1 - SETTLED) * settled, 1e-9)


def _way(steps: Sequence[Step]) -> Way:
    return Way(tuple(steps), sum(s.cost_hours for s in steps))
