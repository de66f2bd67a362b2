"""Groups of ideas: where they stand, what their verdict does to their members, and what they cost."""

import pytest

from ablator.api import Study
from ablator.plan.planner import all_runs
from ablator.plan.types import GROUP, Step


@pytest.fixture(scope="module")
def open_gate() -> Study:
    """A decoder with more ideas than its budget pays one by one, its lower floors settled."""
    study = Study.new(
        "template:decoder-lm", metric="loss", goal="min", baseline=3.1, effect=0.03, noise=0.005, hours_per_run=1.0
    ).set("budget", 100.0)
    low = {s.id: "fine" for s in study.plan().steps if s.stage in {"observe", "reach"}}
    return study.record(verdicts=low, reason="looked at")


def groups(study: Study) -> list[Step]:
    return [s for s in study.plan().steps if s.id.startswith(GROUP)]


def members(study: Study, group: Step) -> list[Step]:
    return [s for s in study.plan().steps if group.id in s.after]


def answered(study: Study, step: str, worse: float) -> Study:
    """The study with every run of a step on record, the arms worse than the baseline by so much."""
    for _ in range(4):
        known = {e.run for e in study.value.evidence.values()}
        runs = [r for r in all_runs(study.value, beyond=False).values() if r.step == step and r.run not in known]
        values = {r.run: 3.0 + 0.002 * (r.seed or 0) + (0.0 if r.arm == "base" else worse) for r in runs}
        study = study.record({k: {"loss": v} for k, v in values.items()}) if values else study
    return study


def test_groups_stand_only_where_single_ideas_are_more_than_the_budget(open_gate: Study) -> None:
    assert groups(open_gate)
    assert not groups(open_gate.set("budget", None))
    assert not groups(open_gate.set("budget", 100_000.0))
    assert not groups(open_gate.set("design", "ladder"))


def test_a_group_holds_what_its_members_hold_and_comes_before_them(open_gate: Study) -> None:
    group = groups(open_gate)[0]
    inside = members(open_gate, group)
    assert len(inside) >= 2
    assert {s.probability for s in inside} == {0.0}
    assert all(s.order > group.order and s.state == "locked" for s in inside)
    alone = {s.id: s for s in open_gate.set("budget", None).plan().steps}
    assert group.probability == pytest.approx(sum(alone[s.id].probability for s in inside), rel=1e-3)
    assert group.cost_hours < sum(s.cost_hours for s in inside)
    assert "saved" in group.why
    assert set(group.arms[-1].removes) >= {s.element for s in inside}
    assert all(group.id in s.why for s in inside)


def test_what_is_redundant_together_needs_no_step_of_its_own(open_gate: Study) -> None:
    group = groups(open_gate)[0]
    study = answered(open_gate, group.id, 0.0)
    found = {s.id: s for s in study.plan().steps}
    assert found[group.id].verdict == "redundant"
    for step in members(open_gate, group):
        assert found[step.id].state == "done"
        assert found[step.id].verdict == "redundant"
        assert group.id in found[step.id].reason
    row = next(e.id for e in study.value.evidence.values() if e.run.startswith(group.id))
    assert study.undo(row).plan().value.step(members(open_gate, group)[0].id).state != "done"  # type: ignore[union-attr]


def test_members_are_taken_one_by_one_where_the_group_matters(open_gate: Study) -> None:
    group = groups(open_gate)[0]
    study = answered(open_gate, group.id, 0.4)
    found = {s.id: s for s in study.plan().steps}
    assert found[group.id].verdict == "critical"
    inside = [found[s.id] for s in members(open_gate, group)]
    assert all(s.verdict is None and s.probability > 0 for s in inside)
    assert any(s.state == "ready" for s in inside)


def test_a_word_on_the_group_settles_its_members_too_and_its_undoing_restores_the_plan(open_gate: Study) -> None:
    group = groups(open_gate)[0]
    study = open_gate.record(verdicts={group.id: "redundant"}, reason="known from the last model")
    assert all(study.plan().value.step(s.id).state == "done" for s in members(open_gate, group))  # type: ignore[union-attr]
    last = max(study.value.decisions, key=lambda k: int(k.partition("-")[2]))
    assert study.undo(last).plan().value == open_gate.plan().value
    assert groups(study.set("budget", None)), "a group on record stays"
