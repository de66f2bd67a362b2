"""Changes from outside the plan make exactly those verdicts stale that rested on what changed."""

import pytest

from ablator.api import Study
from ablator.core.errors import EditRefused
from ablator.plan.changes import EVENTS, reopens


@pytest.fixture(scope="module")
def settled() -> Study:
    study = Study.new("template:decoder-lm", metric="loss")
    low = {s.id: "fine" for s in study.plan().steps if s.stage in {"observe", "reach"}}
    return study.record(verdicts=low, reason="looked at")


@pytest.mark.parametrize("event", sorted(EVENTS))
def test_an_event_reopens_what_it_reaches_and_nothing_else(settled: Study, event: str) -> None:
    assert not [s for s in settled.plan().steps if s.state == "stale"]
    after = changed_later(settled, event)
    stale = {s.element for s in after.plan().steps if s.state == "stale"}
    assert stale == set(reopens(settled.value)[f"*{event}"])
    assert stale
    step = next(s for s in after.plan().steps if s.state == "stale")
    assert EVENTS[event] in step.reason


def test_a_new_evaluation_reopens_all_observation(settled: Study) -> None:
    stale = {s.id for s in changed_later(settled, "evaluation").plan().steps if s.state == "stale"}
    assert stale == {s.id for s in settled.plan().steps if s.stage == "observe"}


def test_undoing_a_change_restores_the_plan(settled: Study) -> None:
    after = changed_later(settled, "data")
    assert after.undo("changed-1").plan().value == settled.plan().value


def test_what_is_not_there_cannot_change(settled: Study) -> None:
    with pytest.raises(EditRefused, match="neither an element"):
        settled.changed("weather")


def changed_later(study: Study, what: str) -> Study:
    """The change on record, dated after the verdicts."""
    import msgspec

    after = study.changed(what, "moved to the new set")
    row = msgspec.structs.replace(after.value.evidence["changed-1"], date="2999-01-01T00:00:00Z")
    rows = {**after.value.evidence, row.id: row}
    return Study(msgspec.structs.replace(after.value, evidence=rows))
