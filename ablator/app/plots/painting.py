"""Draws a figure with QPainter: the same code for the screen, PNG, SVG, PDF and paper."""

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from ablator.app.plain import one_line
from ablator.app.plots.figure import Area, Axis, Dots, Figure, Interval, Layer, Line, Row, Rule, Shape, Strip
from ablator.app.plots.ticks import ticks, written

# Okabe and Ito (2008); on dark their yellow sisters and lighter tints, on light darker ones.
LIGHT: Mapping[str, str] = {
    "text": "#1b2026", "muted": "#57606b", "rule": "#e0e3e7", "ground": "#ffffff",
    "blue": "#0072b2", "orange": "#b87400", "green": "#00805d", "purple": "#a8527f", "red": "#c24f00",
}  # fmt: skip
DARK: Mapping[str, str] = {
    "text": "#e4e7ea", "muted": "#a2abb5", "rule": "#343a42", "ground": "#22262b",
    "blue": "#56b4e9", "orange": "#e69f00", "green": "#2fc79a", "purple": "#dd97bd", "red": "#f58a55",
}  # fmt: skip

PAD = 12.0
DOT = 4.0
SHADE = 44
"""Opacity of bands, of 255."""

LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
CENTRE = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter)
WRAPPED = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
Place = tuple[float, float]


def height_needed(figure: Figure, font: QFont) -> float:
    """The least height in which the figure is legible, in pixels of the font."""
    line = QFontMetricsF(font).height()
    below = (len(figure.notes) + 4) * (line + 2)
    return below + (len(figure.rows) * (line + 8) + 3 * line if figure.rows else 170)


class Painter:
    """Paints one figure into a rectangle. Holds the painter, the colours and where the plot itself lies.

    Rows outside `seen` are left out, so that scrolling a long figure costs little.
    """

    def __init__(
        self, figure: Figure, painter: QPainter, room: QRectF, font: QFont, *, dark: bool, seen: QRectF | None = None
    ) -> None:
        self._f, self._p, self._room, self._font = figure, painter, room, font
        self._colours = {k: QColor(v) for k, v in (DARK if dark else LIGHT).items()}
        # A picture on paper has other dots to the inch than the screen: all is measured on what is painted on.
        self._m = QFontMetricsF(font, painter.device())
        self._line = self._m.height()
        self._plot = QRectF()
        self._seen = seen or room

    def paint(self) -> None:
        """Paint title, key, axes, layers and notes."""
        p = self._p
        p.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        p.setFont(self._font)
        p.fillRect(self._room, self._colours["ground"])
        inner = self._room.adjusted(PAD, PAD - 2, -PAD, -PAD + 2)
        top = self._title(inner)
        if self._f.empty:
            p.setPen(self._colours["muted"])
            p.drawText(QRectF(inner.left(), top, inner.width(), inner.bottom() - top), WRAPPED, self._f.empty)
            return
        top = self._key(inner, top)
        bottom = self._notes(inner)
        self._lay_out(inner, top, bottom)
        self._axes()
        p.save()
        p.setClipRect(self._plot.adjusted(-DOT - 1, -DOT - 1, DOT + 1, DOT + 1))
        for kind in ((Strip, Area), (Rule,), (Line, Interval), (Dots,)):
            for layer in self._f.layers:
                if isinstance(layer, kind):
                    self._layer(layer)
        p.restore()
        self._row_texts(inner)

    # What stands around the plot

    def _title(self, inner: QRectF) -> float:
        strong = QFont(self._font)
        strong.setWeight(QFont.Weight.DemiBold)
        self._p.setFont(strong)
        self._p.setPen(self._colours["text"])
        text = QFontMetricsF(strong, self._p.device()).elidedText(
            one_line(self._f.title, 300), Qt.TextElideMode.ElideRight, inner.width()
        )
        self._p.drawText(QRectF(inner.left(), inner.top(), inner.width(), self._line), LEFT, text)
        self._p.setFont(self._font)
        return inner.top() + self._line + 4

    def _key(self, inner: QRectF, top: float) -> float:
        x, named = inner.left(), [layer for layer in (*self._f.layers, *self._f.key) if getattr(layer, "name", "")]
        for layer in named:
            name = str(getattr(layer, "name", ""))
            width = 24 + self._m.horizontalAdvance(name) + 16
            if x + width > inner.right() and x > inner.left():
                x, top = inner.left(), top + self._line + 2
            self._sample(layer, QRectF(x, top, 18, self._line))
            self._p.setPen(self._colours["muted"])
            self._p.drawText(QRectF(x + 24, top, width, self._line), LEFT, name)
            x += width
        return top + (self._line + 4 if named else 0)

    def _sample(self, layer: Layer, box: QRectF) -> None:
        middle = box.center().y()
        if isinstance(layer, Strip | Area):
            self._p.fillRect(QRectF(box.left(), middle - 5, 18, 10), self._shade(layer.ink))
            return
        if isinstance(layer, Dots):
            self._mark(box.center(), layer.shape, layer.ink, hollow=layer.hollow)
            return
        self._p.setPen(self._pen(layer.ink, dashed=getattr(layer, "dashed", False)))
        self._p.drawLine(QPointF(box.left(), middle), QPointF(box.right(), middle))

    def _notes(self, inner: QRectF) -> float:
        """Paint the notes from the bottom up; the y where the plot's own room ends."""
        bottom = inner.bottom()
        self._p.setPen(self._colours["muted"])
        for note in reversed(self._f.notes):
            box = self._p.boundingRect(QRectF(inner.left(), 0, inner.width(), 1e5), WRAPPED, note)
            bottom -= box.height()
            self._p.drawText(QRectF(inner.left(), bottom, inner.width(), box.height() + 1), WRAPPED, note)
            bottom -= 2
        return bottom - (4 if self._f.notes else 0)

    def _lay_out(self, inner: QRectF, top: float, bottom: float) -> None:
        left, right = inner.left(), inner.right()
        if self._f.rows:
            names = max(self._m.horizontalAdvance(one_line(r.name, 300)) for r in self._f.rows)
            left += min(names, inner.width() * 0.36) + 12
            right -= self._figures_width(inner)
        else:
            texts = written(ticks(self._f.y, 8))
            left += max((self._m.horizontalAdvance(t) for t in texts), default=0) + 8
            top += self._line + 8  # the name of the y axis stands above it, level
            right -= 8
        bottom -= 2 * self._line + 8
        self._plot = QRectF(left, top + 4, max(right - left, 20), max(bottom - top - 4, 20))

    def _figures_width(self, inner: QRectF) -> float:
        widest = max(self._m.horizontalAdvance(r.figures) for r in self._f.rows)
        return widest + 12 if widest < inner.width() * 0.34 else 0.0

    def _axes(self) -> None:
        p, plot = self._p, self._plot
        widest = max((self._m.horizontalAdvance(t) for t in written(ticks(self._f.x, 8))), default=0.0) + 14
        values = ticks(self._f.x, max(2, min(12, int(plot.width() / max(widest, 40)))))
        faint = QPen(self._colours["rule"], 1)
        for value, text in zip(values, written(values), strict=True):
            x = self._x(value)
            p.setPen(faint)
            p.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
            p.setPen(self._colours["muted"])
            p.drawText(QRectF(x - 60, plot.bottom() + 4, 120, self._line), CENTRE, text)
        most = self._room.width() - 2 * PAD
        name = self._m.elidedText(self._f.x.label, Qt.TextElideMode.ElideRight, most)
        width = self._m.horizontalAdvance(name) + 2
        left = min(max(plot.center().x() - width / 2, self._room.left() + PAD), self._room.right() - PAD - width)
        p.drawText(QRectF(left, plot.bottom() + 4 + self._line, width, self._line), CENTRE, name)
        if not self._f.rows:
            values = ticks(self._f.y, max(2, min(8, int(plot.height() / (self._line + 6)))))
            for value, text in zip(values, written(values), strict=True):
                y = self._y(value)
                p.setPen(faint)
                p.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
                p.setPen(self._colours["muted"])
                p.drawText(QRectF(plot.left() - 208, y - self._line / 2, 200, self._line), RIGHT, text)
            over = QRectF(self._room.left() + PAD, plot.top() - self._line - 10, plot.right(), self._line)
            p.drawText(over, LEFT, self._f.y.label)
        p.setPen(QPen(self._colours["muted"], 1))
        p.drawLine(plot.bottomLeft(), plot.bottomRight())

    def _row_texts(self, inner: QRectF) -> None:
        figures = bool(self._f.rows) and self._figures_width(inner) > 0
        for n, row in enumerate(self._f.rows):
            box = QRectF(inner.left(), self._row_y(n) - self._line / 2, inner.width(), self._line)
            if not box.intersects(self._seen):
                continue
            self._row_text(row, box)
            if figures and row.figures:
                self._p.setPen(self._colours["muted"])
                self._p.drawText(box, RIGHT, row.figures)

    def _row_text(self, row: Row, box: QRectF) -> None:
        width = self._plot.left() - 12 - box.left() if not row.heading else box.width()
        self._p.setPen(self._colours["muted" if row.heading else "text"])
        text = self._m.elidedText(one_line(row.name, 300), Qt.TextElideMode.ElideRight, width)
        self._p.drawText(box, LEFT, text)

    # The layers

    def _layer(self, layer: Layer) -> None:
        p, plot = self._p, self._plot
        if isinstance(layer, Strip):
            if layer.upright:
                box = QRectF(QPointF(self._x(layer.low), plot.top()), QPointF(self._x(layer.high), plot.bottom()))
            else:
                box = QRectF(QPointF(plot.left(), self._y(layer.high)), QPointF(plot.right(), self._y(layer.low)))
            p.fillRect(box.intersected(plot), self._shade(layer.ink))
        elif isinstance(layer, Area):
            upper = [QPointF(self._x(x), self._y(high)) for x, _, high in layer.points]
            lower = [QPointF(self._x(x), self._y(low)) for x, low, _ in reversed(layer.points)]
            p.setPen(Qt.PenStyle.NoPen)
            p.setBrush(self._shade(layer.ink))
            p.drawPolygon(QPolygonF([*upper, *lower]))
            p.setBrush(Qt.BrushStyle.NoBrush)
        elif isinstance(layer, Rule):
            p.setPen(self._pen(layer.ink, dashed=layer.dashed))
            if layer.upright:
                p.drawLine(QPointF(self._x(layer.at), plot.top()), QPointF(self._x(layer.at), plot.bottom()))
            else:
                p.drawLine(QPointF(plot.left(), self._y(layer.at)), QPointF(plot.right(), self._y(layer.at)))
        elif isinstance(layer, Line):
            p.setPen(self._pen(layer.ink, dashed=layer.dashed))
            p.drawPolyline(QPolygonF([QPointF(self._x(x), self._y(y)) for x, y in layer.points]))
        elif isinstance(layer, Dots):
            for x, y in layer.points:
                self._mark(QPointF(self._x(x), self._y(y)), layer.shape, layer.ink, hollow=layer.hollow)
        else:
            self._interval(layer)

    def _interval(self, layer: Interval) -> None:
        y, low, high = self._row_y(layer.row), self._x(layer.low), self._x(layer.high)
        if not self._seen.top() - 8 <= y <= self._seen.bottom() + 8:
            return
        self._p.setPen(self._pen(layer.ink))
        self._p.drawLine(QPointF(low, y), QPointF(high, y))
        for end in (low, high):
            self._p.drawLine(QPointF(end, y - 4), QPointF(end, y + 4))
        self._mark(QPointF(self._x(layer.estimate), y), layer.shape, layer.ink, hollow=layer.hollow)

    def _mark(self, at: QPointF, shape: Shape, ink: str, *, hollow: bool) -> None:
        p = self._p
        p.setPen(QPen(self._colours[ink], 1.5))
        p.setBrush(self._colours["ground"] if hollow else self._colours[ink])
        if shape == "circle":
            p.drawEllipse(at, DOT, DOT)
        elif shape == "square":
            p.drawRect(QRectF(at.x() - DOT, at.y() - DOT, 2 * DOT, 2 * DOT))
        else:
            r = DOT * 1.35
            corners = [QPointF(0, -r), QPointF(r, 0), QPointF(0, r), QPointF(-r, 0)]
            p.drawPolygon(QPolygonF([at + c for c in corners]))
        p.setBrush(Qt.BrushStyle.NoBrush)

    def _x(self, value: float) -> float:
        return self._plot.left() + self._plot.width() * _share(value, self._f.x)

    def _y(self, value: float) -> float:
        return self._plot.bottom() - self._plot.height() * _share(value, self._f.y)

    def _row_y(self, row: int) -> float:
        return self._plot.top() + self._plot.height() * (row + 0.5) / len(self._f.rows)

    def _pen(self, ink: str, *, dashed: bool = False) -> QPen:
        return QPen(self._colours[ink], 1.6, Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine)

    def _shade(self, ink: str) -> QColor:
        colour = QColor(self._colours[ink])
        colour.setAlpha(SHADE)
        return colour


def _share(value: float, axis: Axis) -> float:
    """Where a value lies along an axis; kept near it, for Qt draws nothing at numbers that are too large."""
    return min(max((value - axis.low) / (axis.high - axis.low), -10.0), 11.0)
