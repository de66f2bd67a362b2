"""The charts of a log on one sheet with the symptoms that are marked on them, for a picture: light always."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from ablator.app.chart_painting import ChartPainter
from ablator.app.curves import Chart, Sign, summary
from ablator.app.plain import number, one_line
from ablator.app.theme import Theme

WIDE, HIGH = 480, 280
"""Of one chart, in logical pixels."""
PAD = 12.0
COLUMNS = 2
WRAPPED = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)


class ChartSheet:
    """Charts two beside each other, and below them the symptoms by their numbers."""

    def __init__(self, charts: Sequence[Chart], signs: Sequence[Sign], font: QFont) -> None:
        self._charts, self._theme = charts, Theme("light")
        self._font = QFont(font)
        self._font.setPixelSize(13)
        self._signs = signs
        self._columns = min(COLUMNS, max(len(charts), 1))
        self._lines = [f"{s.number}  {one_line(s.text, 300)}" for s in signs]
        width = WIDE * self._columns
        metrics = QFontMetricsF(self._font)
        box = QRectF(0, 0, width - 2 * PAD, 1e5)
        self._heights = [metrics.boundingRect(box, WRAPPED, line).height() + 4.0 for line in self._lines]
        rows = -(-len(charts) // self._columns)
        self._below = HIGH * rows + PAD / 2
        self.size = QSize(width, round(self._below + sum(self._heights) + PAD))

    @property
    def summary(self) -> str:
        """The sheet in words."""
        parts = [
            f"{one_line(name, 100)}: {number(first)} … {number(last)}"
            for chart in self._charts
            for name, _, first, _, last, _ in summary(chart)
        ]
        return "; ".join([*parts, *self._lines])

    def paint(self, painter: QPainter, room: QRectF) -> None:
        """Paint the sheet with its corner at that of `room`."""
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        painter.fillRect(QRectF(room.topLeft(), self.size.toSizeF()), self._theme.colour("card"))
        for n, chart in enumerate(self._charts):
            row, column = divmod(n, self._columns)
            box = QRectF(room.left() + column * WIDE, room.top() + row * HIGH, WIDE, HIGH)
            ChartPainter(chart, self._signs, self._theme, self._font).paint(painter, box)
        painter.setFont(self._font)
        painter.setPen(self._theme.colour("text"))
        y = room.top() + self._below
        for line, high in zip(self._lines, self._heights, strict=True):
            painter.drawText(QRectF(room.left() + PAD, y, self.size.width() - 2 * PAD, high), WRAPPED, line)
            y += high
