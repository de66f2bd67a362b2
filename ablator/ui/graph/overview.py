"""A picture of the whole graph, kept until something changes: for far views and for the small map."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap

from ablator.ui.graph.card import paint_card
from ablator.ui.graph.look import mixed
from ablator.ui.graph.scene import GraphScene

LARGEST = 4096
"""Pixels of the picture's longer side at most."""


class Overview:
    """Owns one pixmap of the scene at a fixed zoom. Painting it costs the same however many cards there are."""

    def __init__(self, scene: GraphScene, zoom: float) -> None:
        self._scene = scene
        self._zoom = zoom
        self._picture: QPixmap | None = None
        self._area = QRectF()
        self._ratio = 1.0

    def forget(self) -> None:
        """Something changed: paint it anew when it is asked for."""
        self._picture = None

    def is_sharp(self, zoom: float, ratio: float) -> bool:
        """Whether the picture holds as many pixels as a view at this zoom shows."""
        return zoom * ratio <= self._scale(ratio)

    def _scale(self, ratio: float) -> float:
        """Pixels of the picture a scene unit."""
        area = self._scene.content.adjusted(-20, -20, 20, 20)
        return min(self._zoom * ratio, LARGEST / max(area.width(), area.height(), 1.0))

    def paint(self, painter: QPainter, area: QRectF, ratio: float) -> None:
        """Paint the part of the picture that shows `area` of the scene, in scene units."""
        picture = self._get(ratio)
        if picture is None:
            return
        part = area.intersected(self._area)
        if part.isEmpty():
            return
        scale = picture.width() / self._area.width()
        source = QRectF(
            (part.x() - self._area.x()) * scale,
            (part.y() - self._area.y()) * scale,
            part.width() * scale,
            part.height() * scale,
        )
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(part, picture, source)

    def _get(self, ratio: float) -> QPixmap | None:
        area = self._scene.content.adjusted(-20, -20, 20, 20)
        if self._scene.content.isEmpty():
            return None
        if self._picture is None or area != self._area or ratio != self._ratio:
            zoom = self._scale(ratio)
            size = QSize(max(round(area.width() * zoom), 1), max(round(area.height() * zoom), 1))
            picture = QPixmap(size)
            picture.fill(Qt.GlobalColor.transparent)
            self._draw(picture, area, size.width() / area.width(), zoom / ratio)
            self._picture, self._area, self._ratio = picture, area, ratio
        return self._picture

    def _draw(self, picture: QPixmap, area: QRectF, scale: float, zoom: float) -> None:
        scene = self._scene
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(scale, scale)
        painter.translate(-area.topLeft())
        scene.lines.paint_lines(painter, area, zoom, focus=False)
        for card in scene.cards.values():
            if card.id in scene.hidden:
                continue
            if zoom < 0.15:
                ink = scene.look.inks[card.face.lane]
                painter.fillRect(card.rect(), mixed(ink, scene.look.card, 0.8 if card.faded else 0.45))
                continue
            painter.save()
            painter.translate(QPointF(card.pos()))
            paint_card(painter, card, zoom)
            painter.restore()
        painter.end()
