"""A Change is the way from one study to the next, and back."""

import pytest
from hypothesis import given, settings

from ablator.core.change import Cell, Change, between
from ablator.core.elements import Element, Info
from ablator.core.errors import EditRefused
from ablator.core.study import Study, study_from
from tests.core.any_study import studies

IDEA = Element(id="rope", lane="instantiation", kind="idea", name="RoPE", value=1)


@settings(max_examples=40)
@given(studies(), studies())
def test_between_leads_there_and_its_inverse_back(a: Study, b: Study) -> None:
    change = between(a, b)
    assert change.apply(a).same_as(b)
    assert change.inverse().apply(b).same_as(a)
    assert bool(change) == (not a.same_as(b))


@settings(max_examples=40)
@given(studies(5), studies(5), studies(5))
def test_then_is_one_after_the_other(a: Study, b: Study, c: Study) -> None:
    both = between(a, b, "first").then(between(b, c))
    assert both.label == "first"
    assert both.apply(a).same_as(c)
    assert both.inverse().apply(c).same_as(a)
    assert both.inverse().inverse() == both


@settings(max_examples=40)
@given(studies())
def test_nothing_changes_between_a_study_and_itself(a: Study) -> None:
    assert not between(a, a)
    assert Change("nothing").apply(a) is a


@settings(max_examples=40)
@given(studies(), studies())
def test_touched_names_exactly_the_rows_that_differ(a: Study, b: Study) -> None:
    change = between(a, b)
    for table in change.tables() - {"study", "extra"}:
        for key in change.touched(table):
            assert a.table(table).get(key) is not b.table(table).get(key)


def test_a_number_and_a_boolean_are_not_the_same() -> None:
    a = study_from(Info(), [IDEA])
    b = study_from(Info(), [Element(id="rope", lane="instantiation", kind="idea", name="RoPE", value=True)])
    (cell,) = between(a, b).cells
    assert (cell.attribute, cell.before, cell.after) == ("value", 1, True)


@pytest.mark.parametrize(
    "cell",
    [
        Cell("elements", "rope", "name", "something else", "x"),
        Cell("elements", "gone", "name", "", "x"),
        Cell("elements", "rope", "", None, IDEA),
        Cell("elements", "gone", "", IDEA, None),
        Cell("study", "info", "name", "something else", "x"),
        Cell("extra", "key", "", (1,), None),
        Cell("nowhere", "rope", "name", "", "x"),
    ],
)
def test_a_change_made_for_another_study_is_refused(cell: Cell) -> None:
    study = study_from(Info(), [IDEA])
    with pytest.raises(EditRefused):
        Change("late", (cell,)).apply(study)
