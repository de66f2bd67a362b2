"""The list of a comparison: each row is two cards side by side, with what is different written below the names."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ablator.app.comparison import Detail, Row, State
from ablator.app.comparison_model import ENTRY, ComparisonModel, group_name, said
from ablator.app.plain import one_line
from ablator.app.theme import Theme
from ablator.app.words import LANE_NAMES

EDGE, GAP, MIDDLE, PAD, STRIPE = 12, 6, 40, 10, 4
MOST = 6
"""Differences written on a card; the rest are counted."""
MARKS: dict[State, tuple[str, str]] = {
    "changed": ("≠", "warning"),
    "same": ("=", "muted"),
    "left": ("–", "danger"),
    "right": ("+", "success"),
}
"""Between two cards: what the right side has done to the left one, and the tone of it."""


class CompareList(QListView):
    """Shows the rows of a ComparisonModel; keys and the wheel walk through them as in any list."""

    def __init__(self, model: ComparisonModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setItemDelegate(_Pairs(theme, self))
        self.setAccessibleName(self.tr("Differences"))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setLayoutMode(QListView.LayoutMode.Batched)
        self.setBatchSize(200)
        self.verticalScrollBar().setSingleStep(20)


class _Pairs(QStyledItemDelegate):
    """Paints headings and pairs of cards. A key that differs stands on both cards in the same line."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        line = option.fontMetrics.height()
        entry = index.data(ENTRY)
        if not isinstance(entry, Row):
            return QSize(200, line + 18)
        lines = len(_lines(entry))
        return QSize(200, GAP + 2 * PAD + line + (4 + lines * (line + 2) if lines else 0))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        entry = index.data(ENTRY)
        rect: QRect = option.rect
        font: QFont = option.font
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if isinstance(entry, Row):
            state = option.state
            self._pair(painter, rect, font, entry, bool(state & QStyle.StateFlag.State_Selected))
        else:
            self._heading(painter, rect, font, str(entry))
        painter.restore()

    def _heading(self, painter: QPainter, rect: QRect, font: QFont, group: str) -> None:
        strong = QFont(font)
        strong.setWeight(QFont.Weight.DemiBold)
        painter.setFont(strong)
        painter.setPen(self._theme.colour("muted"))
        place = rect.adjusted(EDGE, 10, -EDGE, 0)
        painter.drawText(place, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), group_name(group))

    def _pair(self, painter: QPainter, rect: QRect, font: QFont, row: Row, chosen: bool) -> None:
        width = (rect.width() - 2 * EDGE - MIDDLE) // 2
        left = QRect(rect.left() + EDGE, rect.top() + GAP, width, rect.height() - GAP)
        right = left.translated(width + MIDDLE, 0)
        lines = _lines(row)
        self._card(painter, left, font, row, row.left, [(d.key, d.left) for d in lines], chosen)
        self._card(painter, right, font, row, row.right, [(d.key, d.right) for d in lines], chosen)
        mark, tone = MARKS[row.state]
        strong = QFont(font)
        strong.setWeight(QFont.Weight.Bold)
        strong.setPointSizeF(font.pointSizeF() * 1.2)
        painter.setFont(strong)
        painter.setPen(self._theme.colour(tone))
        middle = QRect(left.right() + 1, left.top(), MIDDLE, left.height())
        painter.drawText(middle, int(Qt.AlignmentFlag.AlignCenter), mark)

    def _card(
        self,
        painter: QPainter,
        rect: QRect,
        font: QFont,
        row: Row,
        name: str,
        lines: list[tuple[str, str]],
        chosen: bool,
    ) -> None:
        theme = self._theme
        box = QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5)
        inner = rect.adjusted(PAD + STRIPE, PAD, -PAD, -PAD)
        vcenter = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        if not name:
            painter.setPen(QPen(theme.colour("card_border"), 1, Qt.PenStyle.DashLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box, 5, 5)
            painter.setFont(font)
            painter.setPen(theme.colour("muted"))
            painter.drawText(inner, int(Qt.AlignmentFlag.AlignCenter), said("not here"))
            return
        painter.setPen(QPen(theme.colour("accent" if chosen else "card_border"), 1))
        painter.setBrush(theme.colour("card"))
        painter.drawRoundedRect(box, 5, 5)
        self._stripe(painter, box, row)
        strong = QFont(font)
        strong.setWeight(QFont.Weight.DemiBold if row.state != "same" else QFont.Weight.Normal)
        measure = QFontMetrics(strong)
        painter.setFont(strong)
        painter.setPen(theme.colour("text"))
        head = QRect(inner.left(), inner.top(), inner.width(), measure.height())
        painter.drawText(head, vcenter, measure.elidedText(one_line(name), Qt.TextElideMode.ElideRight, head.width()))
        painter.setFont(font)
        top = head.bottom() + 5
        for key, value in lines:
            top = self._line(painter, QRect(inner.left(), top, inner.width(), measure.height()), font, key, value)

    def _line(self, painter: QPainter, rect: QRect, font: QFont, key: str, value: str) -> int:
        """A key and its value; where the next line begins."""
        measure = QFontMetrics(font)
        vcenter = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        said_key = measure.elidedText(key.replace("_", " "), Qt.TextElideMode.ElideRight, rect.width() * 2 // 5)
        painter.setPen(self._theme.colour("muted"))
        painter.drawText(rect, vcenter, said_key)
        used = measure.horizontalAdvance(said_key) + 10 if key else 0
        rest = rect.adjusted(used, 0, 0, 0)
        painter.setPen(self._theme.colour("text" if value else "muted"))
        shown = one_line(value) if value or not key else "–"
        painter.drawText(rest, vcenter, measure.elidedText(shown, Qt.TextElideMode.ElideRight, rest.width()))
        return rect.bottom() + 3

    def _stripe(self, painter: QPainter, box: QRectF, row: Row) -> None:
        """The tint of the lane, a little stronger than on the graph's ground."""
        colour = QColor(self._theme.colour(f"lane_{row.group}" if row.group in LANE_NAMES else "rule"))
        shade = colour.darker(118) if not self._theme.dark else colour.lighter(190)
        painter.setPen(QPen(shade, STRIPE, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        x = box.left() + STRIPE + 1
        painter.drawLine(QPointF(x, box.top() + 7), QPointF(x, box.bottom() - 7))


def _lines(row: Row) -> list[Detail]:
    """The differences that are written on both cards; the name has its own line."""
    if row.state == "same":
        return []
    found = [d for d in row.details if not (d.key == "name" and row.state == "changed")]
    if len(found) <= MOST:
        return found
    more = said("and {0} more").format(len(found) - MOST + 1)
    return [*found[: MOST - 1], Detail("", more if row.left else "", more if row.right else "")]
