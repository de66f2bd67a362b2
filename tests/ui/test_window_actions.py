"""Every action: it may be done when it can be, and doing it on the example never fails, whatever the answers are."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from ablator.app.actions import ROWS
from ablator.app.jobs import Jobs
from tests.ui.hands import TestHands, turn
from tests.ui.scenes import Stage, staged

ENDS = {"file.quit", "file.welcome"}
"""Tried last: they let the study go."""
OTHERS = {"file.example", "file.open", "file.new"}
"""Tried first: they bring another study."""


@pytest.fixture(scope="module")
def jobs(qapp: object) -> Iterator[Jobs]:
    jobs = Jobs()
    jobs.warm_up()
    yield jobs
    jobs.stop()


@pytest.fixture
def stage(qtbot: QtBot, jobs: Jobs, tmp_path: Path) -> Stage:
    window, answers = staged(qtbot, jobs, tmp_path)
    answers.target = tmp_path / "out"
    return Stage(window, TestHands(window, qtbot), qtbot, tmp_path, answers=answers)


def close_dialogs(stage: Stage, *, accept: bool) -> list[str]:
    """Answer every open dialog; their titles."""
    titles = []
    for box in [d for d in stage.window.findChildren(QDialog) if d.isVisible()]:
        titles.append(box.windowTitle())
        (box.accept if accept else box.reject)()
    popup = QApplication.activePopupWidget()
    if popup is not None:
        popup.close()
    return titles


def walk(stage: Stage, selection: tuple[str, ...], leave: set[str], *, accept: bool) -> set[str]:
    """Trigger what may be done with this selection, one after the other; what was triggered."""
    done = set()
    for row in ROWS:
        while any(key not in stage.document.study.elements for key in selection):
            stage.document.undo()
        stage.document.select(selection)
        action = stage.window.actions_made[row.id]
        if row.id in leave or not action.isEnabled():
            continue
        action.trigger()
        turn(stage.qtbot)
        close_dialogs(stage, accept=accept)
        done.add(row.id)
        if stage.window.page == "new":
            stage.window.new_page.cancelled.emit()  # type: ignore[union-attr]
    return done


@pytest.mark.parametrize("accept", [False, True])
def test_every_action_that_may_be_done_can_be_done(stage: Stage, accept: bool) -> None:
    done = walk(stage, (), ENDS, accept=accept)
    assert stage.document.study.elements, "the example was opened"
    stage.settled()
    key = stage.idea()
    others = [k for k, e in stage.document.study.elements.items() if e.kind == "factor" and e.present is not False]
    plan = stage.document.plan
    assert plan is not None
    asked = next(step.element for step in plan.steps if step.state == "ready")
    for selection in ((), (asked,), (key, others[0])):
        done |= walk(stage, selection, ENDS | OTHERS, accept=accept)
        stage.settled()
    never = {r.id for r in ROWS} - done - ENDS
    assert never <= {"study.adopt", "study.conflicts"}, never
    for action_id in ("file.welcome", "file.quit"):
        stage.window.actions_made.run(action_id)
    assert not stage.window.isVisible()


def test_the_palette_runs_every_enabled_action(stage: Stage) -> None:
    """By its whole name, with Return, as a person without a mouse does."""
    from ablator.ui.palette_dialog import PaletteDialog

    stage.example()
    stage.document.select([stage.idea()])
    ran: list[str] = []
    made = stage.window.actions_made
    for row in ROWS:
        made[row.id].triggered.disconnect()
        made[row.id].triggered.connect(lambda _=False, key=row.id: ran.append(key))
    wanted = [r.id for r in ROWS if made[r.id].isEnabled() and r.id != "edit.palette"]
    for action_id in wanted:
        box = PaletteDialog(made, stage.window.theme, stage.window)
        box.open()
        box.field.setText(next(box.list.item(n).text() for n in range(box.list.count()) if _id(box, n) == action_id))
        assert box.visible_ids()[0] == action_id
        stage.hands.key("Return")
        turn(stage.qtbot)
    assert ran == wanted


def _id(box: object, n: int) -> str:
    from PySide6.QtCore import Qt

    from ablator.ui.palette_dialog import PaletteDialog

    assert isinstance(box, PaletteDialog)
    return str(box.list.item(n).data(Qt.ItemDataRole.UserRole))


def test_keys_are_given_once(stage: Stage) -> None:
    """Two actions with one key would both fall silent."""
    seen: dict[str, str] = {}
    for row in ROWS:
        for key in row.keys:
            assert key not in seen, (row.id, seen[key])
            seen[key] = row.id


def test_alt_and_a_letter_open_a_menu(stage: Stage) -> None:
    stage.hands.key("Alt+S")
    menu = stage.window.actions_made.menus["Study"]
    stage.until(menu.isVisible)
    menu.close()
