"""Pins and moves: they hold as far as the laws go, keep their reason, and say what became of them."""

import pytest

from ablator.api import Study
from ablator.core.errors import EditRefused
from ablator.plan.types import CLOSED, Step


@pytest.fixture(scope="module")
def study() -> Study:
    return Study.new("template:decoder-lm", metric="loss")


def open_steps(study: Study) -> list[Step]:
    return [s for s in study.plan().steps if s.state not in CLOSED]


def test_a_move_is_kept_with_its_reason(study: Study) -> None:
    steps = open_steps(study)
    late = next(s for s in reversed(steps) if s.stage == "reach" and not s.after)
    early = steps[0]
    moved = study.place(late.id, "the data is open anyway", before=early.id, author="ada")
    found = {s.id: s for s in moved.plan().steps}
    assert found[late.id].order < found[early.id].order
    assert f"moved before {early.id} by ada: the data is open anyway" in found[late.id].why


def test_a_pin_brings_what_it_waits_for(study: Study) -> None:
    late = next(s for s in reversed(open_steps(study)) if s.stage in {"observe", "reach"} and s.after)
    found = study.place(late.id, "we suspect it", author="ada").plan().steps
    mine = next(s for s in found if s.id == late.id)
    assert "pinned first of its floor by ada: we suspect it" in mine.why
    place = {s.id: s.order for s in found}
    todo, ahead = [late.id], set[str]()
    after = {s.id: s.after for s in found}
    while todo:
        for key in after[todo.pop()]:
            if key not in ahead:
                ahead.add(key)
                todo.append(key)
    settled = sum(1 for s in found if s.state in CLOSED)
    assert mine.order == settled + len(ahead) + 1
    assert all(place[k] < mine.order for k in ahead)


def test_a_place_that_a_law_forbids_is_refused_with_the_reason(study: Study) -> None:
    steps = open_steps(study)
    idea = next(s for s in steps if s.stage == "instantiate")
    reach = next(s for s in steps if s.stage == "reach")
    with pytest.raises(EditRefused, match="a step of instantiate"):
        study.place(idea.id, "now", before=reach.id)
    waits = next(s for s in steps if s.after and s.stage == "reach")
    with pytest.raises(EditRefused, match="waits for"):
        study.place(waits.id, "now", before=waits.after[0])
    with pytest.raises(EditRefused, match="reason"):
        study.place(reach.id, " ")
    with pytest.raises(EditRefused, match="has no step"):
        study.place("tune-nothing", "now")


def test_of_two_moves_in_a_circle_the_older_holds(study: Study) -> None:
    one, two = [s.id for s in open_steps(study) if s.stage == "reach" and not s.after][:2]
    both = study.place(two, "first this", before=one).place(one, "no, this", before=two)
    found = {s.id: s for s in both.plan().steps}
    assert found[two].order < found[one].order
    assert "not so, since" in found[one].why


def test_undoing_restores_the_plan(study: Study) -> None:
    key = next(s.id for s in reversed(open_steps(study)) if s.stage == "reach")
    pinned = study.place(key, "we suspect it")
    row = next(iter(set(pinned.value.decisions) - set(study.value.decisions)))
    assert pinned.plan().value != study.plan().value
    assert pinned.undo(row).plan().value == study.plan().value
