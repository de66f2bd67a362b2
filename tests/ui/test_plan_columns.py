"""The plan's columns: heads are whole, the question keeps its room, lesser columns give way, a choice is kept."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from ablator.app.plan_cells import COLUMNS, column_title
from ablator.app.settings import Settings
from ablator.app.theme import Theme
from ablator.ui.plan_columns import LEAST_QUESTION, QUESTION
from ablator.ui.plan_panel import PlanPanel
from tests.ui.panel_studies import loaded


def made(qtbot: QtBot, settings: Settings | None = None, width: int = 1200) -> PlanPanel:
    panel = PlanPanel(loaded(), Theme("light"), settings=settings)
    qtbot.addWidget(panel)
    panel.resize(width, 700)
    panel.show()
    return panel


@pytest.mark.parametrize("width", [1500, 1000, 760, 600])
def test_heads_are_whole_and_the_question_keeps_its_room(qtbot: QtBot, width: int) -> None:
    table = made(qtbot, width=width).table
    head = table.horizontalHeader()
    for name in table.columns.shown():
        number = COLUMNS.index(name)
        assert head.sectionSize(number) >= QFontMetrics(table.font()).horizontalAdvance(column_title(number)) + 16, name
    assert head.sectionSize(QUESTION) >= LEAST_QUESTION
    assert head.length() <= max(table.viewport().width(), 0)


def test_lesser_columns_give_way_and_come_back(qtbot: QtBot) -> None:
    panel = made(qtbot, width=1500)
    assert panel.table.columns.shown() == list(COLUMNS)
    panel.resize(760, 700)
    shown = panel.table.columns.shown()
    assert not {"action", "arms", "seeds", "after"} & set(shown)
    assert {"order", "question", "hours", "state"} <= set(shown)
    panel.resize(1500, 700)
    assert panel.table.columns.shown() == list(COLUMNS)


def test_a_column_that_a_person_chose_stays_and_is_remembered(qtbot: QtBot, tmp_path: Path) -> None:
    settings = Settings(tmp_path / "s.ini")
    panel = made(qtbot, settings, 760)
    menu = QMenu(panel)
    panel.table.columns.fill(menu)
    by_name = {a.text(): a for a in menu.actions()}
    assert not by_name["Question"].isEnabled()
    by_name["Action"].trigger()
    by_name["Verdict"].trigger()
    assert "action" in panel.table.columns.shown()
    assert "verdict" not in panel.table.columns.shown()
    again = made(qtbot, settings, 760).table.columns
    assert again.choice == ("+action", "-verdict")
    assert "action" in again.shown()
    by_name["Columns that fit"].trigger()
    assert settings.get("plan/columns") == ()


def test_choices_that_name_no_column_are_passed_over(qtbot: QtBot) -> None:
    columns = made(qtbot).table.columns
    columns.choose(["", "+", "nonsense", "-nothing", "-question", "-arms"])
    assert columns.choice == ("-arms",)


def test_a_column_that_was_dragged_keeps_its_width(qtbot: QtBot) -> None:
    panel = made(qtbot, width=1500)
    element = COLUMNS.index("element")
    panel.table.horizontalHeader().resizeSection(element, 240)
    panel.resize(1400, 700)
    assert panel.table.horizontalHeader().sectionSize(element) == 240


def test_the_head_offers_the_columns(qtbot: QtBot) -> None:
    panel = made(qtbot)
    head = panel.table.horizontalHeader()
    head.customContextMenuRequested.emit(QPoint(4, 4))
    menu = next(m for m in head.findChildren(QMenu) if m.isVisible())
    qtbot.keyClick(menu, Qt.Key.Key_Escape)
    assert not menu.isVisible()
