"""Findings about the document itself."""

from typing import Any

import pytest
from hypothesis import given, settings

from ablator.core.checks import document_findings
from ablator.core.elements import Conflict, Decision, Element, Evidence, Info, Relation
from ablator.core.study import Study, study_from
from tests.core.any_study import studies


def idea(key: str, **more: Any) -> Element:
    return Element(id=key, lane="instantiation", kind="idea", **more)


A, B = idea("a"), idea("b")


@pytest.mark.parametrize(
    ("code", "study"),
    [
        (
            "ABL501",
            study_from(
                Info(),
                [A, B],
                [
                    Relation(source="a", target="b", kind="requires"),
                    Relation(source="b", target="a", kind="requires"),
                ],
            ),
        ),
        ("ABL502", study_from(Info(), [A], [Relation(source="a", target="gone", kind="requires")])),
        ("ABL503", study_from(Info(), [A])),
        ("ABL504", study_from(Info(), [A, B], [Relation(source="a", target="b", kind="excludes")])),
        ("ABL505", study_from(Info(), [], [], [Evidence(id="e", kind="fact", element="gone")])),
        ("ABL506", study_from(Info(), [], [], [], [Decision(id="d", kind="verdict", step="remove-gone")])),
        (
            "ABL507",
            Study(conflicts={"study/name": Conflict(id="study/name", kind="edited twice", table="study", row="info")}),
        ),
    ],
)
def test_each_finding_has_its_code_a_place_and_a_mend(code: str, study: Study) -> None:
    (finding,) = document_findings(study)
    assert finding.code == code
    assert finding.place
    assert finding.sentence
    assert finding.mend


def test_a_study_in_order_has_no_findings() -> None:
    study = study_from(Info(), [A, B], [Relation(source="b", target="a", kind="requires")])
    assert document_findings(study) == []


@given(studies())
@settings(max_examples=40)
def test_findings_come_sorted(study: Study) -> None:
    found = [(f.code, f.place) for f in document_findings(study)]
    assert found == sorted(found)
