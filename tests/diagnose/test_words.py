"""The diagnosis in lines for people."""

import msgspec

from ablator.core.elements import Info
from ablator.core.study import study_from
from ablator.diagnose.diagnosis import diagnosis
from ablator.diagnose.words import diagnosis_lines
from ablator.library import library
from ablator.library.elements import factor_element


class Culprit(msgspec.Struct, frozen=True):
    id: str
    p: float
    reasons: tuple[str, ...] = ()


ELEMENTS = [factor_element(k) for k in library().factors]
ROWS = diagnosis([e.id for e in ELEMENTS], said=["gap-grows"], author="Ada")
STUDY = study_from(Info(), ELEMENTS, (), ROWS)


def test_symptoms_and_culprits() -> None:
    lines = diagnosis_lines(STUDY, [Culprit("data-quantity", 0.6, ("because: ×3",)), Culprit("dropout", 0.1)])
    assert lines[0] == "seen in logs and settings: 1 of 1 symptoms that could be judged"
    assert "said by Ada" in lines[1]
    assert lines[3] == f"  60%  {library().factors['data-quantity'].name}: because: ×3"


def test_when_nothing_points_anywhere_it_says_just_that() -> None:
    lines = diagnosis_lines(STUDY, [Culprit("data-quantity", 0.08), Culprit("dropout", 0.05)])
    assert lines[-1] == "nothing points anywhere: the likeliest culprit has 8%, below 15%"
    assert len(lines) == 3


def test_without_symptoms_there_is_nothing_to_say() -> None:
    assert diagnosis_lines(study_from(Info(), ELEMENTS), [Culprit("dropout", 0.9)]) == []
