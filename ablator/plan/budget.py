"""What a budget pays for: the best set of steps under it, what is lost, and how long it takes on several devices."""

import heapq
from collections.abc import Mapping, Sequence

import msgspec

from ablator.plan.types import CLOSED, Plan, Step

EXACT_STEPS = 60
"""Up to this many open steps the best set is exact."""

EXACT_SECONDS = 2.0
"""Longest search for the exact set; the greedy one stands in where it is not proven by then."""


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """One run on one device, in hours from the start."""

    run: str
    step: str
    device: int
    start_h: float
    end_h: float


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """The steps that a budget is best spent on, in plan order, and what it leaves unanswered."""

    steps: tuple[str, ...]
    lost: tuple[str, ...]
    hours: float
    probability: float
    """Sum of the probabilities of the chosen steps."""
    exact: bool


def schedule(plan: Plan, devices: int) -> tuple[Slot, ...]:
    """Rows of the open runs on so many devices (1 or more), a step's only after all that it waits for.

    List scheduling in plan order (Graham 1966): never longer than 2 - 1/devices times the shortest.
    """
    if devices < 1:
        raise ValueError(f"{devices} devices: there must be one or more")
    steps = {s.id: s for s in plan.steps if s.state not in CLOSED}
    hours = {r.run: r.cost_hours for r in plan.runs}
    waits = {key: {a for a in s.after if a in steps} for key, s in steps.items()}
    follow: dict[str, list[str]] = {key: [] for key in steps}
    for key, needed in waits.items():
        for a in needed:
            follow[a].append(key)
    left = {key: len(needed) for key, needed in waits.items()}
    ready = [(s.order, s.id) for s in steps.values() if not left[s.id]]
    heapq.heapify(ready)
    free = list(range(devices))
    queue: list[tuple[int, str, int, float, str]] = []
    working: list[tuple[float, int, str]] = []
    undone: dict[str, int] = {}
    out: list[Slot] = []
    now = 0.0
    while ready or queue or working:
        while ready:
            order, key = heapq.heappop(ready)
            parts = [(r, hours[r]) for r in steps[key].runs if r in hours] or [("", steps[key].cost_hours)]
            undone[key] = len(parts)
            for i, (run, cost) in enumerate(parts):
                heapq.heappush(queue, (order, key, i, cost, run))
        while queue and free:
            _, key, _, cost, run = heapq.heappop(queue)
            device = heapq.heappop(free)
            out.append(Slot(run=run, step=key, device=device, start_h=now, end_h=now + cost))
            heapq.heappush(working, (now + cost, device, key))
        now, device, key = heapq.heappop(working)
        heapq.heappush(free, device)
        undone[key] -= 1
        if undone[key]:
            continue
        for later in follow[key]:
            left[later] -= 1
            if not left[later]:
                heapq.heappush(ready, (steps[later].order, later))
    return tuple(out)


def makespan(slots: Sequence[Slot]) -> float:
    """Hours until the last run ends; 0 without runs."""
    return max((s.end_h for s in slots), default=0.0)


def best_set(plan: Plan, hours: float) -> Choice:
    """The open steps that hold the most probability within so many hours, none without what it waits for."""
    steps = [s for s in plan.steps if s.state not in CLOSED]
    place = {s.id: i for i, s in enumerate(steps)}
    before = {s.id: tuple(a for a in s.after if a in place) for s in steps}
    chosen = _greedy(steps, before, hours)
    exact = sum(s.cost_hours for s in steps) <= hours
    if not exact and len(steps) <= EXACT_STEPS:
        solved = _solved(steps, place, before, hours)
        chosen, exact = (solved, True) if solved is not None else (chosen, False)
    kept = [s for s in steps if s.id in chosen]
    return Choice(
        steps=tuple(s.id for s in kept),
        lost=tuple(s.id for s in steps if s.id not in chosen),
        hours=sum(s.cost_hours for s in kept),
        probability=sum(s.probability for s in kept),
        exact=exact,
    )


def _greedy(steps: Sequence[Step], before: Mapping[str, tuple[str, ...]], hours: float) -> set[str]:
    """Steps with all below them, the densest such set first, as long as it can be paid."""
    place = {s.id: i for i, s in enumerate(steps)}
    below = [sorted(place[k] for k in _below(s.id, before)) for s in steps]
    above: list[list[int]] = [[] for _ in steps]
    for i, needed in enumerate(below):
        for k in needed:
            above[k].append(i)
    cost = [sum(steps[k].cost_hours for k in needed) for needed in below]
    gain = [sum(steps[k].probability for k in needed) for needed in below]
    open_ = dict.fromkeys(range(len(steps)))
    chosen: set[int] = set()
    left = hours + 1e-9
    while True:
        payable = [i for i in open_ if cost[i] <= left]
        if not payable:
            return {steps[i].id for i in chosen}
        best = max(payable, key=lambda i: (gain[i] / cost[i] if cost[i] > 1e-12 else float("inf"), -i))
        for k in below[best]:
            if k in chosen:
                continue
            chosen.add(k)
            del open_[k]
            left -= steps[k].cost_hours
            for i in above[k]:
                cost[i] -= steps[k].cost_hours
                gain[i] -= steps[k].probability


def _below(key: str, before: Mapping[str, tuple[str, ...]]) -> set[str]:
    seen, stack = {key}, [key]
    while stack:
        for a in before[stack.pop()]:
            if a not in seen:
                seen.add(a)
                stack.append(a)
    return seen


def _solved(
    steps: Sequence[Step], place: Mapping[str, int], before: Mapping[str, tuple[str, ...]], hours: float
) -> set[str] | None:
    """The exact set by integer programming; None where it is not proven in time."""
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp

    edges = [(place[key], place[a]) for key, needed in before.items() for a in needed]
    rows = np.zeros((len(edges) + 1, len(steps)))
    rows[0] = [s.cost_hours for s in steps]
    for i, (later, first) in enumerate(edges, 1):
        rows[i, later], rows[i, first] = 1, -1
    top = np.zeros(len(edges) + 1)
    top[0] = max(0.0, hours)
    found = milp(
        -np.array([s.probability for s in steps]),
        constraints=LinearConstraint(rows, -np.inf, top),
        integrality=np.ones(len(steps), dtype=np.int64),
        bounds=Bounds(0, 1),
        options={"time_limit": EXACT_SECONDS, "mip_rel_gap": 0.0},
    )
    if found.status != 0 or found.x is None:
        return None
    return {s.id for s, x in zip(steps, found.x, strict=True) if x > 0.5}
