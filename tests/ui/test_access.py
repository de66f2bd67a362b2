"""What a screen reader is told: every control that takes the focus has a role and a name, and so has every card."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QDialog, QWidget
from pytestqt.qtbot import QtBot

from ablator.app.document import Document
from ablator.app.settings import Settings
from ablator.app.theme import Theme
from ablator.ui.window import MainWindow
from tests.ui.scenes import Answers

DIALOGS = (
    "edit.palette",
    "edit.preferences",
    "study.settings",
    "help.pages",
    "help.shortcuts",
    "help.method",
    "help.about",
)
OF_ELEMENT = ("study.record", "study.waive", "study.believe")


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> MainWindow:
    settings = Settings(tmp_path / "s.ini")
    settings.set("help/tour", False)
    made = MainWindow(Document(), settings, Theme("light"), asking=Answers())
    qtbot.addWidget(made)
    made.resize(1400, 900)
    made.show()
    qtbot.waitExposed(made)
    return made


def controls(root: QWidget) -> Iterator[QWidget]:
    """What can have the keyboard and is seen."""
    for widget in (root, *root.findChildren(QWidget)):
        if widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            yield widget


def nameless(root: QWidget) -> list[str]:
    """Controls that a screen reader would call nothing."""
    out = []
    for widget in controls(root):
        told = QAccessible.queryAccessibleInterface(widget)
        name = told.text(QAccessible.Text.Name) if told is not None else ""
        role = told.role() if told is not None else QAccessible.Role.NoRole
        if not name.strip() or role == QAccessible.Role.NoRole:
            path, at = [], widget
            while at is not None and len(path) < 4:
                path.append(f"{type(at).__name__}:{at.objectName()}")
                at = at.parentWidget()
            out.append(" < ".join(path))
    return out


def ready(window: MainWindow, qtbot: QtBot) -> None:
    window.files.open_example()
    qtbot.waitUntil(lambda: window.document.plan is not None, timeout=20_000)


def test_controls_of_the_first_pages(window: MainWindow) -> None:
    assert nameless(window) == []
    window.new_study(["template:mlp"])
    assert nameless(window) == []


@pytest.mark.parametrize("dock", ["plan", "symptoms", "curves", "plots", "findings", "library", "inspector"])
def test_controls_of_the_workspace(window: MainWindow, qtbot: QtBot, dock: str) -> None:
    ready(window, qtbot)
    work = window._work()
    work.show_dock(dock)
    qtbot.waitUntil(work.panel(dock).isVisible)
    plan = window.document.plan
    assert plan is not None
    window.document.select([plan.steps[0].element])
    assert nameless(window) == []


def test_controls_of_the_dialogs(window: MainWindow, qtbot: QtBot) -> None:
    ready(window, qtbot)
    plan = window.document.plan
    assert plan is not None
    window.document.select([next(s.element for s in plan.steps if s.state == "ready")])
    for action in (*DIALOGS, *OF_ELEMENT):
        window.actions_made.run(action)
        box = next(d for d in window.findChildren(QDialog) if d.isVisible())
        assert box.windowTitle()
        assert nameless(box) == [], action
        box.close()


def test_every_card_has_a_name_and_a_role(window: MainWindow, qtbot: QtBot) -> None:
    ready(window, qtbot)
    graph = window._work().graph
    told = QAccessible.queryAccessibleInterface(graph.view)
    assert told is not None
    assert told.childCount() > 0
    names, roles, waiting = set(), set(), [told]
    while waiting:
        here = waiting.pop()
        for n in range(here.childCount()):
            child = here.child(n)
            if child is not None:
                waiting.append(child)
                names.add(child.text(QAccessible.Text.Name))
                roles.add(child.role())
    titles = {e.name for e in window.document.study.elements.values()}
    assert all(any(title in name for name in names) for title in titles if title)
    assert QAccessible.Role.NoRole not in roles
