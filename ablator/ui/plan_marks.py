"""What is painted across all columns of the plan table: headings, the row of settled steps, the budget line."""

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen

from ablator.app.plan_words import Heading
from ablator.app.theme import Theme

OPENED = ((-4, -2), (0, 2), (4, -2))
FOLDED = ((-2, -4), (2, 0), (-2, 4))
"""The wedge before settled steps, as points round its middle."""


def paint_heading(painter: QPainter, theme: Theme, font: QFont, box: QRect, heading: Heading) -> None:
    """A heading over all columns."""
    c = theme.colour
    painter.fillRect(box, c("hover"))
    strong = _strong(font)
    painter.setFont(strong)
    painter.setPen(theme.state_colour(heading.state) if heading.state else c("muted"))
    room = box.adjusted(12, 0, -12, 0)
    text = QFontMetrics(strong).elidedText(heading.text, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)


def paint_fold(painter: QPainter, theme: Theme, font: QFont, box: QRect, heading: Heading, *, folded: bool) -> None:
    """The row that stands for settled steps: a wedge, how many, and what a click does."""
    c = theme.colour
    painter.fillRect(box, c("panel"))
    painter.fillRect(box.left(), box.bottom(), box.width(), 1, c("rule"))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(c("muted"), 1.5))
    middle = QPoint(box.left() + 14, box.center().y())
    painter.drawPolyline([middle + QPoint(x, y) for x, y in (FOLDED if folded else OPENED)])
    painter.restore()
    painter.setFont(font)
    metrics = QFontMetrics(font)
    room = box.adjusted(28, 0, -12, 0)
    left = room.width() - metrics.horizontalAdvance(heading.deed) - 16
    text = metrics.elidedText(heading.text, Qt.TextElideMode.ElideRight, left)
    painter.setPen(c("muted"))
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)
    painter.setPen(c("accent"))
    room.setLeft(room.left() + metrics.horizontalAdvance(text) + 16)
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, heading.deed)


def paint_budget(painter: QPainter, theme: Theme, font: QFont, y: int, width: int, text: str) -> None:
    """The line below what the budget pays for, with its hours at the right."""
    accent = theme.colour("accent")
    painter.setPen(QPen(accent, 2))
    painter.drawLine(0, y, width, y)
    strong = _strong(font)
    painter.setFont(strong)
    measure = QFontMetrics(strong)
    box = QRect(0, 0, measure.horizontalAdvance(text) + 16, measure.height() + 4)
    box.moveTopRight(QPoint(width - 8, y - box.height() if y > box.height() else y + 1))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(accent)
    painter.drawRoundedRect(box, 3, 3)
    painter.setPen(theme.colour("accent_text"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def _strong(font: QFont) -> QFont:
    made = QFont(font)
    made.setWeight(QFont.Weight.DemiBold)
    return made
