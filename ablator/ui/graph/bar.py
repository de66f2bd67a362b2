"""The bar over the graph: search that flies to the hit, filter, and zoom."""

from collections.abc import Callable, Iterable, Mapping

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QIcon, QKeyEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QMenu, QToolButton, QWidget

from ablator.core.lanes import LANES, SYMBOLS
from ablator.ui.graph.faces import Face, say
from ablator.ui.graph.filters import Filter
from ablator.ui.graph.glyphs import drawing
from ablator.ui.graph.headers import NAMES
from ablator.ui.graph.look import Look

ICONS: Mapping[str, str] = {
    "in": "M8 3 L8 13 M3 8 L13 8",
    "out": "M3 8 L13 8",
    "fit": "M2 6 L2 2 L6 2 M10 2 L14 2 L14 6 M14 10 L14 14 L10 14 M6 14 L2 14 L2 10 M6 6 L10 6 L10 10 L6 10 Z",
    "tidy": "M2 3 L6 3 L6 6 L2 6 Z M10 3 L14 3 L14 6 L10 6 Z M2 10 L6 10 L6 13 L2 13 Z M10 10 L14 10 L14 13 L10 13 Z",
    "filter": "M2 3.5 L14 3.5 M4.5 8 L11.5 8 M7 12.5 L9 12.5",
    "search": "O7 7 4.5 M10.4 10.4 L14 14",
}
STATE_WORDS = (
    "ready", "running", "locked", "stale", "waived", "done",
    "fixed", "fine", "unlikely", "critical", "replaceable", "redundant", "harmful", "undecided", "inconclusive",
    "absent", "unknown", "no-step",
)  # fmt: skip


def icon(name: str, look: Look) -> QIcon:
    """One of the bar's line drawings in the text colour, faint where disabled."""
    made = QIcon()
    for mode, ink in ((QIcon.Mode.Normal, look.text), (QIcon.Mode.Disabled, look.faded_muted)):
        for ratio in (1, 2):
            picture = QPixmap(QSize(16, 16) * ratio)
            picture.setDevicePixelRatio(ratio)
            picture.fill(Qt.GlobalColor.transparent)
            painter = QPainter(picture)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(ink, 1.3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
            painter.drawPath(drawing(ICONS[name]))
            painter.end()
            made.addPixmap(picture, mode)
    return made


class SearchField(QLineEdit):
    """Tells what is typed; Enter goes to the next hit, Shift+Enter to the one before, Esc gives up."""

    turned = Signal(int)
    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down, Qt.Key.Key_Up}:
            back = event.key() == Qt.Key.Key_Up or bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.turned.emit(-1 if back else 1)
        elif event.key() == Qt.Key.Key_Escape:
            self.clear()
            self.left.emit()
        else:
            super().keyPressEvent(event)


class FilterButton(QToolButton):
    """A menu of lanes, slots and states that can be ticked. Owns the filter."""

    filtered = Signal(object)
    """The Filter."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.filter = Filter()
        self.faces: Callable[[], Iterable[Face]] = tuple
        self.setText(say("Filter"))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolTip(say("Show only some lanes, slots or states"))
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self._fill)
        self.setMenu(self._menu)

    def set_filter(self, wanted: Filter) -> None:
        """Filter by this from now on."""
        self.filter = wanted
        count = len(wanted.lanes) + len(wanted.slots) + len(wanted.words)
        self.setText(say("Filter ({0})").format(count) if count else say("Filter"))
        self.filtered.emit(wanted)

    def _fill(self) -> None:
        self._menu.clear()
        faces = list(self.faces())
        clear = self._menu.addAction(say("Show everything"))
        clear.setEnabled(bool(self.filter))
        clear.triggered.connect(lambda _=False: self.set_filter(Filter()))
        self._menu.addSection(say("Lane"))
        for lane in LANES:
            self._tick(self._menu, f"{SYMBOLS[lane].replace('_', '')}  {say(NAMES[lane])}", "lanes", lane)
        self._menu.addSeparator()
        states = self._menu.addMenu(say("State"))
        there = {w for f in faces for w in f.words}
        for word in STATE_WORDS:
            if word in there or word in self.filter.words:
                self._tick(states, say(word.replace("-", " ")), "words", word)
        slots = self._menu.addMenu(say("Slot"))
        for slot in sorted({f.slot for f in faces if f.slot} | self.filter.slots):
            self._tick(slots, slot.replace("_", " ")[:80].replace("&", "&&"), "slots", slot)
        states.setEnabled(bool(states.actions()))
        slots.setEnabled(bool(slots.actions()))

    def _tick(self, menu: QMenu, text: str, part: str, word: str) -> QAction:
        action = menu.addAction(text)
        action.setCheckable(True)
        action.setChecked(word in getattr(self.filter, part))
        action.triggered.connect(lambda on, p=part, w=word: self._set(p, w, on=on))
        return action

    def _set(self, part: str, word: str, *, on: bool) -> None:
        parts = {p: set(getattr(self.filter, p)) for p in ("lanes", "slots", "words")}
        (parts[part].add if on else parts[part].discard)(word)
        self.set_filter(Filter(**{p: frozenset(v) for p, v in parts.items()}))


class GraphBar(QWidget):
    """One line of controls. Decides nothing: its signals go to the panel."""

    fit = Signal()
    zoomed = Signal(int)
    actual = Signal()
    tidied = Signal()

    def __init__(self, parent: QWidget, look: Look) -> None:
        super().__init__(parent)
        self.search = SearchField(self)
        self.search.setPlaceholderText(say("Search elements"))
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName(say("Search elements"))
        self.search.setMaximumWidth(280)
        self.search.setMaxLength(200)
        self.found = QLabel(self)
        self.found.setTextFormat(Qt.TextFormat.PlainText)
        self.filter = FilterButton(self)
        self.percent = QLabel("100 %", self)
        self.percent.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.percent.setMinimumWidth(44)
        self._buttons: dict[str, QToolButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        row.setSpacing(4)
        row.addWidget(self.search, 1)
        row.addWidget(self.found)
        row.addWidget(self.filter)
        row.addStretch(1)
        row.addWidget(self._button("tidy", say("Lay out afresh"), self.tidied.emit))
        row.addWidget(self._button("out", say("Zoom out"), lambda: self.zoomed.emit(-1)))
        row.addWidget(self.percent)
        row.addWidget(self._button("in", say("Zoom in"), lambda: self.zoomed.emit(1)))
        row.addWidget(self._button("fit", say("Fit the whole graph"), self.fit.emit))
        one = self._button("", say("Actual size"), self.actual.emit)
        one.setText("1:1")
        row.addWidget(one)
        self.set_look(look)

    def _button(self, name: str, tip: str, run: Callable[[], object]) -> QToolButton:
        button = QToolButton(self)
        button.setAutoRaise(True)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.clicked.connect(lambda _=False: run())
        if name:
            self._buttons[name] = button
        return button

    def set_look(self, look: Look) -> None:
        """Draw the icons with another theme."""
        for name, button in self._buttons.items():
            button.setIcon(icon(name, look))
        self.filter.setIcon(icon("filter", look))

    def set_found(self, number: int, count: int) -> None:
        """Say which of how many hits is shown; nothing is searched where count is negative."""
        text = "" if count < 0 else (say("{0} of {1}").format(number, count) if count else say("no hit"))
        self.found.setText(text)

    def set_zoom(self, zoom: float) -> None:
        """Say how large it is shown."""
        self.percent.setText(f"{round(zoom * 100)} %")

    def sizeHint(self) -> QSize:
        return QSize(400, 36)
