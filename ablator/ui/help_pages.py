"""Help: the sheet of shortcuts made from the action rows, and the method on one page."""

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ablator.app import actions
from ablator.core.lanes import LANES
from ablator.ui.lane_head import LaneHead
from ablator.ui.style import label

IN_THE_GRAPH = (
    ("Wheel", "Zoom to the pointer"),
    ("Space + drag, middle button", "Move the view"),
    ("Arrow keys", "Walk from card to card"),
    ("Double click, F2", "Rename a card"),
    ("Drag from a card's edge", "Relate it to another"),
    ("Esc", "Stop a gesture"),
)
LANE_TEXTS = {
    "noumenon": "The model that nature uses. Nobody sees it; it can only be aimed at.",
    "perception": "The claim: what you believe about its logic. It may be wrong, or too strong.",
    "instantiation": "The ideas merged to make the claim computable. Which are critical? Which could go?",
    "reachability": "What training reaches: data, optimizer, settings, length. Exhaust this before anything above.",
    "observation": "What evaluation shows: a finite set of tasks and seeds. Is it itself flawed?",
}
RETRACE = (
    ("Observe", "Is the observation itself flawed, or too small to tell?"),
    ("Reach", "Enough data, clean data, the right optimizer and settings, long enough? Exhaust this."),
    ("Instantiate", "Ablate the merged ideas one by one, respecting which stands on which."),
    ("Perceive", "Only now question the claim, by an experiment that it and its challenger predict differently."),
)


def _said(text: str) -> str:
    return QCoreApplication.translate("Help", text)


class Page(QDialog):
    """A dialog with a page that scrolls and a button to close it."""

    def __init__(self, name: str, page: QWidget, size: tuple[int, int], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(name)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        scroll = QScrollArea()
        scroll.setAccessibleName(name)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(page)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.addWidget(scroll)
        column.addWidget(buttons)
        self.resize(*size)


class ShortcutsDialog(Page):
    """Every action that has keys, by menu, and the gestures of the graph."""

    def __init__(self, parent: QWidget) -> None:
        page = QWidget()
        grid = QGridLayout(page)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(4)
        line = 0
        for menu in actions.MENUS:
            rows = [r for r in actions.ROWS if r.menu.partition("/")[0] == menu and r.keys]
            line = _head(grid, line, actions.said(actions.TITLES[menu]).replace("&", ""))
            for row in rows:
                shown = (QKeySequence(k).toString(QKeySequence.SequenceFormat.NativeText) for k in row.keys)
                line = _line(grid, line, row.label, "  ".join(shown))
        line = _head(grid, line, _said("In the graph"))
        for keys, what in IN_THE_GRAPH:
            line = _line(grid, line, _said(what), _said(keys))
        grid.setColumnStretch(0, 1)
        grid.setRowStretch(line, 1)
        super().__init__(_said("Keyboard shortcuts"), page, (520, 600), parent)


class MethodDialog(Page):
    """The five models and the retrace, on one page."""

    def __init__(self, parent: QWidget) -> None:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setSpacing(8)
        first = (
            "When you call a model frustrating, first say which model you mean. "
            "There are five, each a degradation of the one above."
        )
        column.addWidget(label(_said(first), wrap=True))
        for lane in LANES:
            column.addWidget(LaneHead(lane, _said(lane.capitalize())))
            column.addWidget(label(_said(LANE_TEXTS[lane]), tone="muted", wrap=True))
        column.addSpacing(8)
        second = "Degradation runs down, diagnosis runs up, and never skips a floor:"
        column.addWidget(label(_said(second), wrap=True))
        for n, (stage, text) in enumerate(RETRACE, 1):
            column.addWidget(label(f"{n}. {_said(stage)}", "strong"))
            column.addWidget(label(_said(text), tone="muted", wrap=True))
        last = (
            "The retrace is a cycle: a clearer claim hands back to observation. "
            "Any default may be overridden with a reason, and the reason is kept beside the step."
        )
        column.addWidget(label(_said(last), wrap=True))
        column.addStretch()
        super().__init__(_said("The method"), page, (560, 660), parent)


def _head(grid: QGridLayout, line: int, text: str) -> int:
    if line:
        grid.setRowMinimumHeight(line, 8)
        line += 1
    grid.addWidget(label(text, "strong"), line, 0)
    return line + 1


def _line(grid: QGridLayout, line: int, what: str, keys: str) -> int:
    grid.addWidget(label(what), line, 0)
    grid.addWidget(label(keys, tone="muted"), line, 1)
    return line + 1
