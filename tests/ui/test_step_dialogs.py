"""Freezing the plan, moving a step, the page of a finding, and how dialogs treat what was typed."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from ablator.app.document import Document
from ablator.ui import finding_page
from ablator.ui.freeze_dialog import FreezeDialog
from ablator.ui.place_dialog import PlaceDialog
from ablator.ui.waive_dialog import WaiveDialog
from tests.ui.panel_studies import replan


def test_the_plan_is_frozen_with_its_rules_and_undone(parent: QWidget, document: Document) -> None:
    dialog = FreezeDialog(document, parent)
    assert not dialog.buttons.button(dialog.buttons.StandardButton.Ok).isEnabled()
    dialog.reason.setPlainText("what matters most")
    dialog.rules.setPlainText("stop after 40 h\n\nstop at a loss of 3")
    dialog.take()
    (made,) = document.study.decisions.values()
    assert (made.kind, made.reason) == ("freeze", "what matters most")
    assert made.value["stop_rules"] == ["stop after 40 h", "stop at a loss of 3"]
    document.undo()
    assert not document.study.decisions
    replan(document)


def test_a_step_is_moved_or_the_law_that_forbids_it_is_named(parent: QWidget, document: Document) -> None:
    assert document.plan is not None
    step = next(s for s in document.plan.steps if s.state == "ready")
    dialog = PlaceDialog(document, step, parent)
    dialog.reason.setPlainText("the data is suspect")
    dialog.take()
    (made,) = document.study.decisions.values()
    assert (made.kind, made.step, made.reason) == ("pin", step.id, "the data is suspect")
    replan(document)


def test_esc_loses_what_was_typed_only_when_pressed_twice(qtbot: QtBot, parent: QWidget, document: Document) -> None:
    assert document.plan is not None
    dialog = WaiveDialog(document, document.plan.steps[0].id, parent)
    dialog.open()
    dialog.reason.setPlainText("the loader was rewritten")
    qtbot.keyClick(dialog.reason, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    assert "Esc" in dialog.why.text()
    with qtbot.waitSignal(dialog.rejected):
        qtbot.keyClick(dialog.reason, Qt.Key.Key_Escape)


def test_ctrl_return_does_it_from_a_field_of_text(qtbot: QtBot, parent: QWidget, document: Document) -> None:
    assert document.plan is not None
    dialog = WaiveDialog(document, document.plan.steps[0].id, parent)
    dialog.open()
    dialog.reason.setPlainText("the loader was rewritten")
    with qtbot.waitSignal(dialog.accepted):
        qtbot.keyClick(dialog.reason, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert document.study.decisions
    replan(document)


def test_the_page_of_a_finding_is_shown_in_its_parts(qtbot: QtBot, parent: QWidget) -> None:
    found = finding_page.parts(finding_page.page_of("ABL101"))
    assert found[0][0] == 1
    assert (2, "Why") in found
    assert not any(text.startswith("#") for _, text in found)
    dialog = finding_page.FindingDialog("ABL101", parent)
    dialog.open()
    assert "ABL101" in dialog.windowTitle()
    dialog.reject()


@pytest.mark.parametrize("code", ["../../x", "ABL999", ""])
def test_a_code_without_a_page_has_none(code: str) -> None:
    assert not finding_page.has_page(code)
    with pytest.raises(FileNotFoundError):
        finding_page.page_of(code)
