"""The next step's card: short where there is no room, and honest about who is suspected."""

import pytest
from pytestqt.qtbot import QtBot

from ablator.app.document import Document
from ablator.app.next_step import main_suspect
from ablator.app.plain import span
from ablator.app.theme import Theme
from ablator.core import edits
from ablator.diagnose.diagnosis import QUIET
from ablator.ui.plan_panel import SHORT, PlanPanel
from tests.ui.panel_studies import loaded, replan, symptom


@pytest.fixture
def suspicious(qapp: object) -> Document:
    """A document in which a step that is not the next is about the likeliest culprit."""
    document = loaded()
    assert document.plan is not None
    last = [s for s in document.plan.steps if s.state == "ready"][-1]
    assert document.attempt(edits.record_evidence, [symptom("seen", **{last.element: 400.0})])
    replan(document)
    return document


def shown(qtbot: QtBot, document: Document, height: int) -> PlanPanel:
    panel = PlanPanel(document, Theme("light"))
    qtbot.addWidget(panel)
    panel.resize(1000, height)
    panel.show()
    return panel


def test_the_card_names_the_main_suspect_and_leads_to_it(qtbot: QtBot, suspicious: Document) -> None:
    panel = shown(qtbot, suspicious, 700)
    assert suspicious.plan is not None
    found = main_suspect(suspicious.plan)
    assert found is not None
    if panel.card.step_id == found.id:
        assert not panel.card.suspect.isVisible()
        return
    assert panel.card.suspect.isVisible()
    assert str(found.order) in panel.card.suspect.text()
    panel.card.suspect.click()
    assert panel.table.current_step == found.id


def test_nobody_is_a_suspect_while_nothing_points_anywhere(qapp: object) -> None:
    document = loaded()
    assert document.plan is not None
    assert max(s.probability for s in document.plan.steps) < QUIET
    assert main_suspect(document.plan) is None


def test_a_short_panel_keeps_what_matters(qtbot: QtBot, suspicious: Document) -> None:
    panel = shown(qtbot, suspicious, 700)
    high = panel.card.height()
    panel.resize(1000, SHORT - 100)
    qtbot.waitUntil(lambda: panel.card.height() < high)
    assert panel.card.record_button.isVisible()
    assert panel.card.waive_button.isVisible()
    assert not panel.card.copy_button.isVisible()
    assert not panel.why.text.isVisible()
    assert panel.why.head.text().startswith(str(suspicious.plan.step(panel.card.step_id).order))  # type: ignore[union-attr]
    assert "Why here" in panel.why.head.text()
    panel.resize(1000, 700)
    assert panel.why.text.isVisible()


@pytest.mark.parametrize(
    ("hours", "text"),
    [
        (0.0, "–"),
        (0.001, "< 1 min"),
        (0.02, "1 min"),
        (0.09, "5 min"),
        (0.1, "0.1 h"),
        (3.04, "3.0 h"),
        (204.2, "204 h"),
    ],
)
def test_times_are_said_in_the_unit_that_tells_something(hours: float, text: str) -> None:
    assert span(hours) == text
