"""How a chart is painted: on the screen, and on paper or into a file with the light colours."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QLocale, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from ablator.app.curves import Chart, Curve, Sign, runs_of, ticks
from ablator.app.plain import one_line, tick_text
from ablator.app.theme import Theme

PAD = 12.0
DOT = 8.0
"""Radius of a numbered mark, in logical pixels."""


class ChartPainter:
    """Paints one chart into a rectangle; afterwards `to_step` tells the step under a point of it."""

    def __init__(self, chart: Chart, signs: Sequence[Sign], theme: Theme, font: QFont) -> None:
        self.chart, self.signs, self._theme, self._font = chart, signs, theme, font
        self._small = QFont(font)
        if font.pixelSize() > 0:  # on paper
            self._small.setPixelSize(max(round(font.pixelSize() * 0.85), 9))
        else:
            self._small.setPointSizeF(max(font.pointSizeF() * 0.85, 7.0))
        self._metrics = QFontMetricsF(self._small)
        low, high = chart.reach
        room = (high - low) * 0.06 or abs(high) * 0.1 or 1.0
        self._low, self._high = low - room, high + room
        self._first, self._last = chart.span
        if self._last <= self._first:
            self._last = self._first + 1.0
        self._field = QRectF()

    def paint(self, painter: QPainter, rect: QRectF, chosen: str = "", step: float | None = None) -> None:
        """Draw title, axes, curves and marks; the marks of the symptom `chosen` stand out, `step` is pointed at."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = self._metrics.height()
        levels = ticks(self._low, self._high, max(2, int(rect.height() / (line * 2.6))))
        side = max((self._metrics.horizontalAdvance(tick_text(v, levels)) for v in levels), default=24.0)
        top = rect.top() + line * 1.3 + 10
        self._field = QRectF(rect.left() + PAD + side + 8, top, 0, 0)
        self._field.setRight(rect.right() - PAD)
        self._field.setBottom(rect.bottom() - line - 12)
        if self._field.width() < 40 or self._field.height() < 24:
            return
        self._head(painter, rect, line)
        self._axes(painter, levels, line)
        for curve in self.chart.curves:
            self._line(painter, curve)
        self._marks(painter, chosen)
        if step is not None:
            self._pointed_at(painter, step)

    def to_step(self, x: float) -> float | None:
        """The step at a horizontal place; None outside of the axes."""
        if self._field.width() <= 0 or not self._field.left() <= x <= self._field.right():
            return None
        return self._first + (x - self._field.left()) / self._field.width() * (self._last - self._first)

    def mark_at(self, place: QPointF) -> str | None:
        """The symptom whose mark lies under a point."""
        for sign, _, where in reversed(self._placed()):
            if (where - place).manhattanLength() <= DOT * 1.6:
                return sign.symptom
        return None

    def _colour(self, curve: Curve) -> QColor:
        return self._theme.colour("warning" if curve.heldout else "accent")

    def _point(self, step: float, value: float) -> QPointF:
        f = self._field
        x = f.left() + (step - self._first) / (self._last - self._first) * f.width()
        return QPointF(x, f.bottom() - (value - self._low) / (self._high - self._low) * f.height())

    def _head(self, painter: QPainter, rect: QRectF, line: float) -> None:
        """The names of the curves, each behind a piece of its line."""
        painter.setFont(self._small)
        x, y = self._field.left(), rect.top() + 6
        for curve in self.chart.curves:
            painter.setPen(self._pen(curve))
            painter.drawLine(QPointF(x, y + line / 2), QPointF(x + 18, y + line / 2))
            painter.setPen(self._theme.colour("text"))
            room = max(self._field.right() - x - 24, 0.0)
            name = self._metrics.elidedText(one_line(curve.name, 200), Qt.TextElideMode.ElideRight, room)
            painter.drawText(QRectF(x + 24, y, room, line), int(Qt.AlignmentFlag.AlignVCenter), name)
            x += 24 + self._metrics.horizontalAdvance(name) + 16

    def _axes(self, painter: QPainter, levels: Sequence[float], line: float) -> None:
        f, c = self._field, self._theme.colour
        painter.setFont(self._small)
        for value in levels:
            y = self._point(self._first, value).y()
            painter.setPen(QPen(c("rule"), 1))
            painter.drawLine(QPointF(f.left(), y), QPointF(f.right(), y))
            painter.setPen(c("muted"))
            box = QRectF(f.left() - 200 - 6, y - line / 2, 200, line)
            painter.drawText(
                box, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), tick_text(value, levels)
            )
        painter.setPen(c("faint"))
        word = QCoreApplication.translate("Curves", "step")
        painter.drawText(QRectF(f.left() - 200 - 6, f.bottom() + 5, 200, line), int(Qt.AlignmentFlag.AlignRight), word)
        steps = ticks(self._first, self._last, max(2, int(f.width() / 80)))
        for step in steps:
            x = self._point(step, self._low).x()
            painter.setPen(QPen(c("edge"), 1))
            painter.drawLine(QPointF(x, f.bottom()), QPointF(x, f.bottom() + 4))
            painter.setPen(c("muted"))
            text = tick_text(step, steps)
            wide = self._metrics.horizontalAdvance(text)
            left = min(x - wide / 2, f.right() - wide + PAD / 2)
            painter.drawText(QRectF(left, f.bottom() + 5, wide + 2, line), 0, text)
        painter.setPen(QPen(c("edge"), 1))
        painter.drawLine(f.bottomLeft(), f.bottomRight())

    def _pen(self, curve: Curve) -> QPen:
        """Held-out curves are dashed too, so that colour alone tells nothing."""
        pen = QPen(self._colour(curve), 1.8)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        if curve.heldout:
            pen.setDashPattern([4, 2])
        return pen

    def _line(self, painter: QPainter, curve: Curve) -> None:
        for part in runs_of(curve.values):
            shape = QPolygonF([self._point(curve.steps[i], curve.values[i] or 0.0) for i in part])
            painter.setPen(self._pen(curve))
            if len(part) > 1:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawPolyline(shape)
            else:
                painter.setBrush(self._colour(curve))
                painter.drawEllipse(shape.at(0), 2.0, 2.0)

    def _placed(self) -> list[tuple[Sign, QPointF, QPointF]]:
        """The point of each mark and where the mark stands; those that would cover one another move apart."""
        curves = {c.name: c for c in self.chart.curves}
        out: list[tuple[Sign, QPointF, QPointF]] = []
        for sign in self.signs:
            for series, step in sign.points:
                curve = curves.get(series)
                if curve is None:
                    continue
                at, value = curve.at(step)
                if value is None:
                    continue
                point = self._point(at, value)
                spot = point - QPointF(0, DOT + 6)
                spot.setX(min(max(spot.x(), self._field.left() + DOT), self._field.right() - DOT))
                spot.setY(max(spot.y(), self._field.top() + DOT))
                while spot.x() > self._field.left() and any(_near(spot, other) for _, _, other in out):
                    spot.setX(spot.x() - 2)
                out.append((sign, point, spot))
        return out

    def _marks(self, painter: QPainter, chosen: str) -> None:
        c = self._theme.colour
        bold = QFont(self._small)
        bold.setWeight(QFont.Weight.DemiBold)
        painter.setFont(bold)
        placed = self._placed()
        for _, point, spot in placed:
            painter.setPen(QPen(c("danger"), 1.2))
            painter.drawLine(point, spot)
            painter.setBrush(c("danger"))
            painter.drawEllipse(point, 2.0, 2.0)
        for sign, _, spot in placed:
            mine = sign.symptom == chosen
            painter.setPen(QPen(c("danger"), 2.0 if mine else 1.2))
            painter.setBrush(c("danger") if mine else c("card"))
            painter.drawEllipse(spot, DOT, DOT)
            painter.setPen(c("card") if mine else c("danger"))
            box = QRectF(spot.x() - DOT, spot.y() - DOT, 2 * DOT, 2 * DOT)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), QLocale().toString(sign.number))

    def _pointed_at(self, painter: QPainter, step: float) -> None:
        f, c = self._field, self._theme.colour
        near = [(curve, *curve.at(step)) for curve in self.chart.curves]
        x = self._point(near[0][1], self._low).x()
        painter.setPen(QPen(c("faint"), 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(x, f.top()), QPointF(x, f.bottom()))
        for curve, at, value in near:
            if value is not None:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(self._colour(curve))
                painter.drawEllipse(self._point(at, value), 3.0, 3.0)


def _near(one: QPointF, other: QPointF) -> bool:
    """Whether two marks would touch."""
    apart = one - other
    return apart.x() ** 2 + apart.y() ** 2 < (2 * DOT + 2) ** 2
