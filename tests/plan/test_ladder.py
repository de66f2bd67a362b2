"""The cumulative ladder: each removal on top of those before it, every rung a valid model."""

from ablator.api import Study
from ablator.core.queries import present_ideas, problems_of


def test_each_rung_is_measured_against_the_rung_before() -> None:
    study = Study.new("template:decoder-lm", metric="loss")
    alone = {s.id: s for s in study.plan().steps}
    steps = [s for s in study.set("design", "ladder").plan().steps if "of a ladder" in s.why]
    assert len(steps) > 5
    assert {s.id for s in study.set("design", "ladder").plan().steps} == set(alone)
    rungs = sorted(steps, key=lambda s: int(s.why.partition("rung ")[2].partition(" ")[0]))
    before: set[str] = set()
    found = present_ideas(study.value)
    problems = set(problems_of(study.value, found))
    for step in rungs:
        arms = {a.id: a for a in step.arms}
        assert set(arms["base"].removes) == before
        assert before < set(arms["without"].removes)
        before = set(arms["without"].removes)
        assert set(problems_of(study.value, found - before)) <= problems
        assert set(step.runs) <= set(alone[step.id].runs)


def test_one_at_a_time_is_the_default() -> None:
    assert not [s for s in Study.new("template:mlp", metric="loss").plan().steps if "ladder" in s.why]
