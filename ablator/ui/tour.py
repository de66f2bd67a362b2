"""The tour: five steps on the example, each a card beside what it speaks of; skipped once, it never comes again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ablator.app.theme import Theme
from ablator.ui.style import label

WIDE = 340
GAP = 12


@dataclass(frozen=True, slots=True)
class Stop:
    """One step of the tour: its head, what it says, and what it points at (brought into view first)."""

    head: str
    text: str
    target: Callable[[], QWidget]


class Frame(QWidget):
    """A frame in the accent colour round what a step speaks of; the pointer goes through it."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.colour("accent"), 2.0))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 6, 6)
        painter.end()


class Tour(QFrame):
    """The card of the present step over a window. Never modal: the program goes on below it."""

    def __init__(self, window: QWidget, theme: Theme, stops: Sequence[Stop], ended: Callable[[], None]) -> None:
        super().__init__(window)
        self._window, self._stops, self._theme, self._ended = window, stops, theme, ended
        self.at = -1
        self.setProperty("role", "panel")
        self.setAutoFillBackground(True)
        self.setFixedWidth(WIDE)
        self.setAccessibleName(self.tr("Tour"))
        self.frame = Frame(theme, window)
        self.head = label("", "strong", wrap=True)
        self.text = label("", wrap=True)
        self.place = label("", "small", "muted")
        self.skip = QPushButton(self.tr("Skip the tour"))
        self.skip.setProperty("quiet", True)
        self.further = QPushButton()
        self.further.setProperty("leading", True)
        foot = QHBoxLayout()
        foot.addWidget(self.place)
        foot.addStretch(1)
        foot.addWidget(self.skip)
        foot.addWidget(self.further)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 12, 12)
        column.setSpacing(8)
        column.addWidget(self.head)
        column.addWidget(self.text)
        column.addLayout(foot)
        self.skip.clicked.connect(self.end)
        self.further.clicked.connect(self.go_on)
        window.installEventFilter(self)
        self.go_on()

    def go_on(self) -> None:
        """Show the next step, or end after the last."""
        self.at += 1
        if self.at >= len(self._stops):
            self.end()
            return
        stop = self._stops[self.at]
        self.head.setText(stop.head)
        self.text.setText(stop.text)
        self.setAccessibleDescription(f"{stop.head} {stop.text}")
        last = self.at == len(self._stops) - 1
        self.place.setText(self.tr("{0} of {1}").format(self.at + 1, len(self._stops)))
        self.further.setText(self.tr("Done") if last else self.tr("Next"))
        self.skip.setVisible(not last)
        self.follow()
        self.show()
        self.raise_()

    def end(self) -> None:
        """Go, and tell that the tour need not come again."""
        self._window.removeEventFilter(self)
        self.frame.hide()
        self.frame.deleteLater()
        self.hide()
        self.deleteLater()
        self._ended()

    def follow(self) -> None:
        """Lie beside the target, inside the window."""
        window = self._window
        target = self._stops[min(self.at, len(self._stops) - 1)].target()
        area = QRect(target.mapTo(window, QPoint(0, 0)), target.size()).intersected(window.rect())
        self.frame.setGeometry(area)
        self.frame.setVisible(target.isVisible())
        self.frame.raise_()
        # Labels that wrap tell their height only for a width.
        inner = self.layout()
        high = inner.totalHeightForWidth(WIDE) if inner is not None else 160
        self.resize(WIDE, max(high, 96))
        room = window.rect().adjusted(GAP, GAP, -GAP, -GAP)
        spots = (
            QPoint(area.left() + GAP, area.bottom() + GAP),
            QPoint(area.left() + GAP, area.top() - GAP - self.height()),
            QPoint(area.left() - GAP - WIDE, area.top()),
            QPoint(area.right() - GAP - WIDE, area.bottom() - GAP - self.height()),
        )
        spot = next((s for s in spots if room.contains(QRect(s, self.size()))), room.topLeft())
        self.move(spot)
        self.raise_()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.end()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self.follow()
        return False
