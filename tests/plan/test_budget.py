"""A budget is spent on the most probable causes, never on a step without what it waits for."""

from itertools import combinations
from random import Random

import pytest

from ablator.plan.budget import best_set, makespan, schedule
from ablator.plan.types import Plan, Run, Step


def _step(i: int, cost: float, p: float, after: tuple[str, ...] = (), runs: tuple[str, ...] = ()) -> Step:
    return Step(
        id=f"s{i}",
        order=i,
        stage="reach",
        element=f"e{i}",
        action="tune",
        question="",
        why="",
        probability=p,
        cost_hours=cost,
        cumulative_hours=0.0,
        within_budget=None,
        after=after,
        state="ready",
        verdict=None,
        arms=(),
        runs=runs,
        detectable_effect=None,
    )


def _random_plan(seed: int, n: int) -> Plan:
    rng = Random(seed)
    steps = [
        _step(i, rng.randint(1, 9), rng.random(), tuple(f"s{j}" for j in range(i) if rng.random() < 0.2))
        for i in range(n)
    ]
    return Plan(gates=(), steps=tuple(steps), runs=())


@pytest.mark.parametrize("seed", range(12))
def test_best_set_is_the_best_of_all_closed_sets(seed: int) -> None:
    plan = _random_plan(seed, 9)
    best = 0.0
    for size in range(10):
        for some in combinations(plan.steps, size):
            ids = {s.id for s in some}
            if sum(s.cost_hours for s in some) <= 20 and all(set(s.after) <= ids for s in some):
                best = max(best, sum(s.probability for s in some))
    choice = best_set(plan, 20)
    assert choice.exact
    assert choice.hours <= 20
    assert choice.probability == pytest.approx(best)
    assert {*choice.steps, *choice.lost} == {s.id for s in plan.steps}


def test_a_large_plan_is_chosen_greedily_and_stays_closed() -> None:
    plan = _random_plan(1, 90)
    choice = best_set(plan, 150)
    chosen = set(choice.steps)
    assert not choice.exact
    assert choice.hours <= 150
    assert all(set(s.after) <= chosen for s in plan.steps if s.id in chosen)


@pytest.mark.parametrize("devices", [1, 2, 3, 8])
def test_schedule_respects_order_and_devices(devices: int) -> None:
    plan = _random_plan(5, 30)
    slots = schedule(plan, devices)
    end = {s.step: s.end_h for s in slots}
    start = {s.step: s.start_h for s in slots}
    assert all(start[s.id] >= end[a] for s in plan.steps for a in s.after)
    for a, b in combinations(slots, 2):
        assert a.device != b.device or a.end_h <= b.start_h or b.end_h <= a.start_h
    total = sum(s.cost_hours for s in plan.steps)
    assert total / devices <= makespan(slots) <= total


def test_runs_of_a_step_share_the_devices() -> None:
    runs = tuple(Run(run=f"s0/a/s{i}", step="s0", arm="s0/a", kind="confirm", cost_hours=2.0) for i in (1, 2, 3))
    plan = Plan(
        gates=(), steps=(_step(0, 6, 0.5, (), tuple(r.run for r in runs)), _step(1, 1, 0.1, ("s0",))), runs=runs
    )
    assert makespan(schedule(plan, 3)) == 3.0
    assert makespan(schedule(plan, 1)) == 7.0


def test_no_device_is_refused() -> None:
    with pytest.raises(ValueError, match="one or more"):
        schedule(_random_plan(1, 2), 0)
