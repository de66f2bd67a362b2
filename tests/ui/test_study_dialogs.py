"""The dialogs on the study put the same on record as the commands."""

import msgspec
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from ablator import api
from ablator.ui.study_dialogs import DATA, AdoptDialog
from tests.ui.panel_studies import loaded, replan


def test_an_arm_is_adopted_with_its_settings_as_on_the_command_line(qtbot: QtBot) -> None:
    document = loaded()
    assert document.plan is not None
    step = next(s for s in document.plan.steps if any(a.overrides for a in s.arms) or s.stage == "instantiate")
    steps = {s.id: s for s in document.plan.steps}
    document.do(api.decision(document.study, steps, step.id, "verdict", "seen", "me", "harmful"))
    replan(document)
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = AdoptDialog(document, parent)
    qtbot.addWidget(dialog)
    arm = dialog.arms.currentItem().data(DATA)
    dialog.reason.setPlainText("it won")
    wanted = api.adoption(document.study, arm, "it won")
    dialog.take()
    (made,) = (d for d in document.study.decisions.values() if d.kind == "adopt")
    (same,) = (c.after for c in wanted.cells)
    assert msgspec.structs.replace(made, date="") == msgspec.structs.replace(same, date="")
    assert set(made.value) == {"touches", "removes", "adds", "overrides", "gate"}
    document.undo_stack.clear()
