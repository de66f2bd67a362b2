"""Settled steps are one row that opens: never dropped in silence, and the choice is remembered."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from ablator.app.document import Document
from ablator.app.settings import Settings
from ablator.app.theme import Theme
from ablator.core import edits
from ablator.core.elements import Decision
from ablator.ui.plan_panel import PlanPanel
from tests.ui.panel_studies import loaded, replan


def settle(document: Document, count: int) -> list[str]:
    """Put a verdict on the first steps; their ids."""
    assert document.plan is not None
    ids = [s.id for s in document.plan.steps[:count]]
    for key in ids:
        decision = Decision(id=f"d-{key}", kind="verdict", step=key, verdict="fine", reason="looked at")
        assert document.attempt(edits.decide, decision)
    replan(document)
    return ids


@pytest.fixture
def document(qapp: object) -> Document:
    return loaded()


def shown(panel: PlanPanel, qtbot: QtBot) -> PlanPanel:
    qtbot.addWidget(panel)
    panel.resize(1200, 700)
    panel.show()
    return panel


def test_settled_steps_are_one_row_and_the_next_step_is_current(qtbot: QtBot, document: Document) -> None:
    settled = settle(document, 3)
    panel = shown(PlanPanel(document, Theme("light")), qtbot)
    assert all(panel.model.row_of(key) < 0 for key in settled)
    head = panel.model.heading_at(0)
    assert head is not None
    assert head.fold
    assert "3 with a verdict" in head.text
    assert panel.table.current_step == panel.card.step_id
    assert document.selection == ()
    assert panel.table.visualRect(panel.model.index(panel.model.row_of(panel.card.step_id), 0)).top() >= 0


def test_a_click_or_a_key_shows_them_and_folds_them(qtbot: QtBot, document: Document, tmp_path: Path) -> None:
    settled = settle(document, 2)
    settings = Settings(tmp_path / "s.ini")
    panel = shown(PlanPanel(document, Theme("light"), settings=settings), qtbot)
    view = panel.table.viewport()
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(60, panel.table.rowHeight(0) // 2))
    assert all(panel.model.row_of(key) > 0 for key in settled)
    assert settings.get("plan/settled") is True
    assert panel.settled.isChecked()
    assert panel.table.currentIndex().row() == 0
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Return):
        before = panel.model.folded
        qtbot.keyClick(panel.table, key)
        assert panel.model.folded is not before
    panel.settled.trigger()
    assert panel.model.folded
    assert settings.get("plan/settled") is False


def test_a_settled_step_that_is_asked_for_is_shown(qtbot: QtBot, document: Document) -> None:
    settled = settle(document, 2)
    panel = shown(PlanPanel(document, Theme("light")), qtbot)
    panel.show_step(settled[1])
    assert panel.table.current_step == settled[1]
    assert panel.model.row_of(settled[1]) >= 0


def test_a_filter_finds_settled_steps_too(qtbot: QtBot, document: Document) -> None:
    settled = settle(document, 2)
    panel = shown(PlanPanel(document, Theme("light")), qtbot)
    panel.filter.setText(settled[0])
    assert panel.model.row_of(settled[0]) >= 0


def test_a_plan_with_nothing_left_still_shows_its_row(qtbot: QtBot, document: Document) -> None:
    assert document.plan is not None
    settle(document, len(document.plan.steps))
    panel = shown(PlanPanel(document, Theme("light")), qtbot)
    assert panel.table.isVisible()
    assert panel.model.shown == 0
    assert panel.model.rowCount() >= 1


def test_a_verdict_folds_its_step_away(qtbot: QtBot, document: Document) -> None:
    panel = shown(PlanPanel(document, Theme("light")), qtbot)
    first = panel.card.step_id
    settle(document, 1)
    assert panel.model.row_of(first) < 0
    head = panel.model.heading_at(0)
    assert head is not None
    assert head.fold
