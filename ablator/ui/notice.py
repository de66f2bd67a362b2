"""Notices: what went wrong or is worth knowing, in a strip above the page, with buttons, never in the way."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from ablator.app.icons import icon, pixmap
from ablator.app.theme import Theme
from ablator.ui.style import label

Choice = tuple[str, Callable[[], None]]
MOST = 3


class Notice(QFrame):
    """One notice. Any of its buttons closes it."""

    closed = Signal()

    def __init__(
        self, theme: Theme, text: str, tone: str, choices: Sequence[Choice], details: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("role", "bar")
        self.setAccessibleName(text[:200])
        self.text = text
        self.details = details
        self._theme, self._tone = theme, tone
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 8, 6)
        row.setSpacing(8)
        self._mark = QLabel()
        row.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        sentence = label(text, wrap=True)
        sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row.addWidget(sentence, 1)
        self.buttons: dict[str, QPushButton] = {}
        for name, do in choices:
            self._button(row, name, do, closes=True)
        if details:
            self._button(row, self.tr("Copy details"), self._copy, closes=False)
        self._close = QToolButton()
        self._close.setAutoRaise(True)
        self._close.setToolTip(self.tr("Close"))
        self._close.setAccessibleName(self.tr("Close this notice"))
        self._close.clicked.connect(self.closed)
        row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self.tint()

    def tint(self) -> None:
        """Take the colours of the theme."""
        name = {"danger": "warning", "warning": "warning", "success": "check"}.get(self._tone, "about")
        ratio = self.devicePixelRatioF()
        self._mark.setPixmap(pixmap(name, self._theme.colour(self._tone), 20, ratio))
        self._close.setIcon(icon("close", self._theme, "muted"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def _button(self, row: QHBoxLayout, name: str, do: Callable[[], None], *, closes: bool) -> None:
        button = QPushButton(name)
        button.setAutoDefault(False)
        if closes:
            button.clicked.connect(self.closed)
        button.clicked.connect(lambda _checked=False: do())
        self.buttons[name] = button
        row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.details)


class NoticeStrip(QWidget):
    """Notices above a page, newest first, at most three; a notice said again is not shown twice."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.notices: list[Notice] = []
        theme.changed.connect(self._tint)
        self.hide()

    def say(self, text: str, tone: str = "warning", choices: Sequence[Choice] = (), details: str = "") -> Notice:
        """Show a notice until a person closes it; `tone` is danger, warning, success or muted."""
        for old in [n for n in self.notices if n.text == text]:
            self._drop(old)
        notice = Notice(self._theme, text, tone, choices, details, self)
        notice.closed.connect(lambda: self._drop(notice))
        self.notices.insert(0, notice)
        self._column.insertWidget(0, notice)
        for old in self.notices[MOST:]:
            self._drop(old)
        self.show()
        return notice

    def clear(self) -> None:
        """Close all."""
        for notice in list(self.notices):
            self._drop(notice)

    def _drop(self, notice: Notice) -> None:
        if notice in self.notices:
            self.notices.remove(notice)
            self._column.removeWidget(notice)
            notice.hide()
            notice.deleteLater()
        self.setVisible(bool(self.notices))

    def _tint(self) -> None:
        for notice in self.notices:
            notice.tint()
