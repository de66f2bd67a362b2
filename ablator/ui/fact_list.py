"""Sections of lines, some of which are links: what the inspector shows below its fields."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from ablator.app.inspection import Line, Section
from ablator.app.plain import one_line, tip
from ablator.app.theme import Theme
from ablator.ui.style import label

SHOWN = 8
"""Lines of a section that are shown at first."""


class Link(QAbstractButton):
    """A line that leads somewhere; looks like text in the colour of links, underlined under the pointer."""

    def __init__(self, text: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setText(one_line(text, 400))
        self.setAccessibleName(self.text())
        self.setToolTip(tip(self.text()))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(120, self.fontMetrics().height() + 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        p = QPainter(self)
        font = QFont(self.font())
        font.setUnderline(self.underMouse() or self.hasFocus())
        p.setFont(font)
        p.setPen(self._theme.colour("accent"))
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        p.drawText(self.rect(), int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), text)
        p.end()


class FactList(QWidget):
    """Shows sections; rebuilt only where they differ from those shown."""

    element_clicked = Signal(str)
    step_clicked = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shown: tuple[Section, ...] = ()
        self.links: list[Link] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._body: QWidget | None = None

    def show_sections(self, sections: Sequence[Section]) -> None:
        """Show these sections."""
        if tuple(sections) == self._shown and self._body is not None:
            return
        self._shown = tuple(sections)
        self.links = []
        if self._body is not None:
            self._column.removeWidget(self._body)
            self._body.hide()
            self._body.deleteLater()
        self._body = QWidget()
        column = QVBoxLayout(self._body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for section in self._shown:
            column.addSpacing(8)
            column.addWidget(label(section.head, "small", "muted"))
            for line in section.lines[:SHOWN]:
                column.addWidget(self._line(line))
            if len(section.lines) > SHOWN:
                self._more(column, section.lines[SHOWN:])
        self._column.addWidget(self._body)

    def text(self) -> str:
        """All that is shown, line by line."""
        return "\n".join(line.text for section in self._shown for line in (Line(section.head), *section.lines))

    def _line(self, line: Line) -> QWidget:
        if not (line.element or line.step):
            made: QLabel = label(line.text, tone="muted" if line.muted else "", wrap=True)
            made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            return made
        link = Link(line.text, self._theme)
        if line.element:
            link.clicked.connect(lambda: self.element_clicked.emit(line.element))
        else:
            link.clicked.connect(lambda: self.step_clicked.emit(line.step))
        self.links.append(link)
        return link

    def _more(self, column: QVBoxLayout, lines: Sequence[Line]) -> None:
        button = QPushButton(self.tr("{0} more").format(len(lines)))
        button.setFlat(True)
        column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)

        def open_all() -> None:
            at = column.indexOf(button)
            button.hide()
            for n, line in enumerate(lines):
                column.insertWidget(at + n, self._line(line))

        button.clicked.connect(open_all)
