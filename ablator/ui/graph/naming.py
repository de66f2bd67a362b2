"""The line in which a card is renamed in place."""

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from ablator.ui.graph.faces import say

NARROWEST = 180
LONGEST = 200


class NameEdit(QLineEdit):
    """Shown over a card; Enter or leaving it takes the name, Esc leaves the old one."""

    named = Signal(str, str)
    """(element id, new name)."""
    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.element_id = ""
        self.setMaxLength(LONGEST)
        self.setAccessibleName(say("Name"))
        self.hide()

    def open(self, element_id: str, name: str, place: QRect) -> None:
        """Begin to rename."""
        self.element_id = element_id
        self.setText(name)
        self.selectAll()
        width = max(place.width(), NARROWEST)
        over = self.parentWidget()
        room = over.rect() if over is not None else place
        left = min(max(place.left(), 0), max(room.width() - width, 0))
        self.setGeometry(left, max(place.top(), 0), width, max(min(place.height(), 36), 28))
        self.show()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def take(self) -> None:
        """Take the name as it stands."""
        key, self.element_id = self.element_id, ""
        if key:
            self._close()
            self.named.emit(key, self.text())

    def drop(self) -> None:
        """Leave the old name."""
        self.element_id = ""
        self._close()

    def _close(self) -> None:
        if self.isVisible():
            self.hide()
            self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.take()
        elif event.key() == Qt.Key.Key_Escape:
            self.drop()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.take()
