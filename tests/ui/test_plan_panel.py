"""The plan room: table and document select together, the budget is one undo step, keys do everything."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from ablator.app.document import Document
from ablator.app.theme import Theme
from ablator.core.elements import Info
from ablator.core.study import study_from
from ablator.ui.plan_panel import PlanPanel
from tests.ui.panel_studies import decoder, loaded, replan


@pytest.fixture
def document(qapp: object) -> Document:
    return loaded()


@pytest.fixture
def panel(qtbot: QtBot, document: Document) -> PlanPanel:
    panel = PlanPanel(document, Theme("light"))
    qtbot.addWidget(panel)
    panel.resize(1200, 700)
    panel.show()
    return panel


def test_selecting_a_step_selects_its_element_and_the_other_way_round(panel: PlanPanel, document: Document) -> None:
    assert document.plan is not None
    first, other = document.plan.steps[2], document.plan.steps[5]
    panel.show_step(first.id)
    assert document.selection == (first.element,)
    assert first.why in panel.why.text.toPlainText()
    document.select([other.element])
    assert panel.table.current_step == other.id


def test_dragging_the_budget_line_is_one_undo_step(panel: PlanPanel, document: Document, qtbot: QtBot) -> None:
    y = panel.table.line_y()
    assert y is not None
    panel.table.verticalScrollBar().setValue(panel.table.verticalScrollBar().maximum())
    panel.model.preview_budget(panel.model.hours_above(12))
    panel.table.scrollToTop()
    y = panel.table.line_y()
    assert y is not None
    view = panel.table.viewport()
    wanted = panel.table.rowViewportPosition(5)
    expected = panel.model.hours_above(5)
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(60, y))
    qtbot.mouseMove(view, QPoint(60, wanted + 8))
    qtbot.mouseMove(view, QPoint(60, wanted + 1))
    assert document.undo_stack.count() == 0
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(60, wanted + 1))
    assert document.study.info.budget == pytest.approx(expected)
    assert document.undo_stack.count() == 1
    document.undo()
    assert document.study.info.budget == 60.0
    replan(document)


def test_the_budget_can_be_typed_and_a_wrong_one_is_refused(panel: PlanPanel, document: Document) -> None:
    panel.budget.setText("12")
    panel.budget.editingFinished.emit()
    assert document.study.info.budget == 12
    panel.budget.setText("-3")
    panel.budget.editingFinished.emit()
    assert document.study.info.budget == 12
    assert panel.budget.text() == "12"
    panel.budget.setText("")
    panel.budget.editingFinished.emit()
    assert document.study.info.budget is None
    replan(document)


def test_keys_alone_filter_walk_record_waive_and_copy(panel: PlanPanel, document: Document, qtbot: QtBot) -> None:
    assert document.plan is not None
    asked: list[str] = []
    panel.record_requested.connect(lambda key: asked.append(f"record {key}"))
    panel.waive_requested.connect(lambda key: asked.append(f"waive {key}"))
    word = document.plan.steps[0].action
    qtbot.keyClick(panel.table, Qt.Key.Key_Down)
    qtbot.keyClicks(panel.filter, word)
    assert 0 < panel.model.shown < len(document.plan.steps)
    qtbot.keyClick(panel.filter, Qt.Key.Key_Return)
    step = panel.table.current_step
    assert step
    qtbot.keyClick(panel.table, Qt.Key.Key_Return)
    panel.waive.trigger()
    assert asked == [f"record {step}", f"waive {step}"]
    panel.copy_rows.trigger()
    head, row = QGuiApplication.clipboard().text().splitlines()
    assert head.startswith("order\tstage\tquestion")
    assert row.split("\t")[4] == word
    qtbot.keyClick(panel.table, Qt.Key.Key_Down)
    assert panel.table.current_step != step


def test_sorting_is_undone_by_the_method_button(panel: PlanPanel, document: Document) -> None:
    panel.table.sortByColumn(7, Qt.SortOrder.DescendingOrder)
    assert panel.method.isEnabled()
    assert panel.table.line_y() is None
    panel.method.click()
    step = panel.model.step_at(0)
    assert step is not None
    assert step.order == 1
    assert not panel.method.isEnabled()


def test_the_current_step_stays_through_sort_group_and_replan(panel: PlanPanel, document: Document) -> None:
    assert document.plan is not None
    key = document.plan.steps[4].id
    panel.show_step(key)
    panel.grouped.setChecked(True)
    panel.table.sortByColumn(2, Qt.SortOrder.AscendingOrder)
    current = panel.model.step_at(panel.table.currentIndex().row())
    assert current is not None
    assert current.id == key == panel.table.current_step


def test_the_card_names_the_first_ready_step_and_asks_for_its_result(
    panel: PlanPanel, document: Document, qtbot: QtBot
) -> None:
    assert document.plan is not None
    ready = next(s for s in document.plan.steps if s.state == "ready")
    assert panel.card.step_id == ready.id
    with qtbot.waitSignal(panel.record_requested) as asked:
        panel.card.record_button.click()
    assert asked.args == [ready.id]


def test_an_empty_plan_says_what_to_do(qtbot: QtBot, qapp: object) -> None:
    panel = PlanPanel(loaded(study_from(Info(name="nothing yet"))), Theme("dark"))
    qtbot.addWidget(panel)
    panel.show()
    assert not panel.table.isVisible()
    assert panel._empty.isVisible()
    assert panel.card.step_id == ""


def test_the_menu_offers_what_can_be_done(panel: PlanPanel, document: Document) -> None:
    assert document.plan is not None
    panel.show_step(document.plan.steps[0].id)
    menu = panel.menu()
    enabled = {a.text(): a.isEnabled() for a in menu.actions() if a.text()}
    assert enabled["Record result…"]
    assert enabled["Waive…"]
    assert not enabled["Take decision back"]
    menu.deleteLater()


def test_a_decision_can_be_taken_back(panel: PlanPanel, document: Document) -> None:
    from ablator.api import decision

    assert document.plan is not None
    step = document.plan.steps[0]
    document.do(decision(document.study, {step.id: step}, step.id, "verdict", "looked", "me", "fine"))
    replan(document)
    panel.show_step(step.id)
    panel.take_back.trigger()
    assert not document.study.decisions
    replan(document)


def test_the_fixture_study_holds_every_stage(document: Document) -> None:
    assert document.plan is not None
    assert {s.stage for s in document.plan.steps} == {"observe", "reach", "instantiate", "perceive"}
    assert decoder().info.budget == 60


def test_the_short_line_of_why_opens_by_click_and_by_key(panel: PlanPanel, document: Document, qtbot: QtBot) -> None:
    assert document.plan is not None
    panel.resize(900, 300)
    panel.show_step(document.plan.steps[0].id)
    why = panel.why
    assert why.more_button.isVisible()
    assert not why.text.isVisible()
    qtbot.mouseClick(why.head, Qt.MouseButton.LeftButton)
    assert why.text.isVisible()
    qtbot.keyClick(why.more_button, Qt.Key.Key_Space)
    assert not why.text.isVisible()
    why.more_button.setFocus()
    qtbot.keyClick(why.more_button, Qt.Key.Key_Return)
    assert why.text.isVisible()
    panel.resize(900, 700)
    assert not why.more_button.isVisible()
    assert why.text.isVisible()
