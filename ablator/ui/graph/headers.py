"""The heads of the five lanes at the left edge, which stay while the graph is panned."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGraphicsView, QWidget

from ablator.core.lanes import LANES, SYMBOLS
from ablator.ui.graph.faces import say
from ablator.ui.graph.look import Look, cosmetic, readable
from ablator.ui.graph.scene import GraphScene, reach

WIDE = 92
NAMES = {
    "noumenon": "Noumenon",
    "perception": "Perception",
    "instantiation": "Instantiation",
    "reachability": "Reachability",
    "observation": "Observation",
}


class LaneHeaders(QWidget):
    """Paints symbol, name and number of cards of each lane beside its band."""

    def __init__(self, view: QGraphicsView, scene: GraphScene, look: Look) -> None:
        super().__init__(view)
        self._view = view
        self._scene = scene
        self.look = look
        self.setAccessibleName(say("Lanes"))
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def sizeHint(self) -> QSize:
        return QSize(WIDE, 400)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look = self.look
        painter.fillRect(self.rect(), look.window)
        to_view = self._view.viewportTransform()
        offset = self._view.viewport().y() - self.y()
        counts: dict[str, int] = dict.fromkeys(LANES, 0)
        for card in self._scene.cards.values():
            counts[card.face.lane] += card.id not in self._scene.hidden
        for lane in LANES:
            if lane not in self._scene.bands:
                continue
            top, bottom = (to_view.map(QPointF(0, y)).y() + offset for y in self._scene.bands[lane])
            top, bottom = reach(lane, (top, bottom), QRectF(self.rect()))
            if bottom < 0 or top > self.height():
                continue
            band = QRectF(0, top, self.width(), bottom - top)
            painter.fillRect(band, look.headers[lane])
            painter.setPen(cosmetic(look.rule, 1.6 if lane == "noumenon" else 1.0))
            painter.drawLine(band.bottomLeft(), band.bottomRight())
            self._head(painter, lane, band, counts[lane])
        painter.setPen(cosmetic(look.rule, 1.0))
        painter.drawLine(QPointF(self.width() - 0.5, 0), QPointF(self.width() - 0.5, self.height()))
        painter.end()

    def _head(self, painter: QPainter, lane: str, band: QRectF, count: int) -> None:
        """Symbol and words in the middle of what is to be seen of the band."""
        look = self.look
        seen = band.intersected(QRectF(self.rect()))
        if seen.height() < 14:
            return
        whole = seen.height() >= 50
        y = seen.center().y() + (-8.0 if whole else 5.0)
        letter, index = SYMBOLS[lane].split("_")  # type: ignore[index]
        painter.setPen(readable(look.inks[lane], look.headers[lane], 4.5))
        painter.setFont(look.symbol_font)
        painter.drawText(QPointF(12, y), letter)
        painter.setFont(look.index_font)
        painter.drawText(QPointF(24, y + 3), index)
        painter.setFont(look.small_font)
        ground = readable(look.muted, look.headers[lane], 4.5)
        painter.setPen(ground)
        painter.drawText(
            QRectF(36, y - 12, self.width() - 46, 16),
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
            str(count) if count else "–",
        )
        if whole:
            painter.setPen(readable(look.text, look.headers[lane], 4.5))
            painter.drawText(QPointF(12, y + 20), say(NAMES[lane]))
