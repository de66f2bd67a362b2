"""Paints the cells of the plan table: one call a cell instead of one for each of its roles."""

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from ablator.app.plan_cells import NUMERIC_COLUMNS
from ablator.app.plan_model import PlanModel
from ablator.app.theme import Theme

PAD = 8
"""Pixels at both sides of a cell; the heads of the columns have as many."""
BAR = 3
"""Width of the sign at the left of a selected row."""
KEPT = 8000
"""Shortened texts that are kept."""
RIGHT = Qt.AlignmentFlag.AlignRight.value | Qt.AlignmentFlag.AlignVCenter.value | Qt.TextFlag.TextSingleLine.value
LEFT = Qt.AlignmentFlag.AlignLeft.value | Qt.AlignmentFlag.AlignVCenter.value | Qt.TextFlag.TextSingleLine.value


class RowPainter(QStyledItemDelegate):
    """Asks the model for a whole cell and paints it; sizes and editors stay Qt's own."""

    def __init__(self, model: PlanModel, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model, self._theme = model, theme
        self._short: dict[tuple[str, int], str] = {}
        self.chosen: set[int] = set()
        """Rows that are selected; the view keeps it, since Qt's own flag costs as much as the text."""
        self.tint()
        theme.changed.connect(self.tint)

    def tint(self) -> None:
        """Take the colours of the theme."""
        c = self._theme.colour
        self._text, self._chosen, self._accent = c("text"), c("selection"), c("accent")

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Fill what is pale or selected, then the text, shortened to its column."""
        row, column = index.row(), index.column()
        text, colour, ground = self._model.cell(row, column)
        box: QRect = option.rect
        if row in self.chosen:
            painter.fillRect(box, self._chosen)
            colour = None
            if box.x() <= 0:
                painter.fillRect(0, box.y(), BAR, box.height(), self._accent)
        elif ground is not None:
            painter.fillRect(box, ground)
        if not text:
            return
        room = box.width() - 2 * PAD
        key = (text, room)
        shown = self._short.get(key)
        if shown is None:
            if len(self._short) >= KEPT:
                self._short.clear()
            metrics: QFontMetrics = option.fontMetrics
            shown = self._short[key] = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        painter.setPen(self._text if colour is None else colour)
        flags = RIGHT if column in NUMERIC_COLUMNS else LEFT
        painter.drawText(box.x() + PAD, box.y(), room, box.height(), flags, shown)
