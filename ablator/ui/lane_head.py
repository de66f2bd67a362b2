"""A head that begins with the symbol of a lane, its index set low."""

from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

from ablator.app.plain import one_line
from ablator.core.lanes import SYMBOLS, Lane
from ablator.ui.style import sized

GAP = 8.0
DROP = 0.22
"""How far the index lies below the line, as a share of the height of letters."""
SMALLER = 0.75


class LaneHead(QLabel):
    """Symbol and words on one line; to a screen reader it is the words with the symbol before them."""

    def __init__(self, lane: Lane, words: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._letter, _, self._index = SYMBOLS[lane].partition("_")
        self._words = one_line(words)
        sized(self, "strong")
        self.setAccessibleName(f"{self._letter}{self._index}  {self._words}")

    def _pieces(self) -> list[tuple[QFont, str, float, float]]:
        """(font, text, left, how far below the line) of each piece."""
        low = QFont(self.font())
        low.setPointSizeF(low.pointSizeF() * SMALLER)
        letter = QFontMetricsF(self.font()).horizontalAdvance(self._letter)
        index = QFontMetricsF(low).horizontalAdvance(self._index)
        drop = QFontMetricsF(self.font()).ascent() * DROP
        return [
            (self.font(), self._letter, 0.0, 0.0),
            (low, self._index, letter + 0.5, drop),
            (self.font(), self._words, letter + index + GAP, 0.0),
        ]

    def sizeHint(self) -> QSize:
        font, words, left, _ = self._pieces()[-1]
        metrics = QFontMetricsF(font)
        return QSize(round(left + metrics.horizontalAdvance(words)) + 1, round(metrics.height() * (1 + DROP / 2)))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        base = QFontMetricsF(self.font()).ascent()
        for font, text, left, drop in self._pieces():
            painter.setFont(font)
            painter.drawText(QPointF(left, base + drop), text)
        painter.end()
