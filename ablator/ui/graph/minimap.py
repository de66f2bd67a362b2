"""The small map in the corner: the whole graph, and a frame round what the view shows."""

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from ablator.ui.graph.camera import Camera
from ablator.ui.graph.faces import say
from ablator.ui.graph.look import Look, cosmetic, mixed
from ablator.ui.graph.overview import Overview
from ablator.ui.graph.scene import GraphScene, paint_bands

WIDE, HIGH = 176, 112
ZOOM = 0.1
LOW = 320
"""Height in pixels of the view below which it would cover more than it shows."""


class MiniMap(QWidget):
    """Click or drag in it to go there. Hidden while the view shows everything."""

    wanted = Signal(QPointF)
    """The scene point that shall be in the middle."""

    def __init__(self, parent: QWidget, scene: GraphScene, camera: Camera, look: Look) -> None:
        super().__init__(parent)
        self._scene = scene
        self._camera = camera
        self.look = look
        self._picture = Overview(scene, ZOOM)
        self.allowed = self.roomy = True
        """Whether a person wants it, and whether the view is large enough for it."""
        self.resize(WIDE, HIGH)
        self.setAccessibleName(say("Map of the graph"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        camera.moved.connect(self.follow)
        scene.touched.connect(self.repaint_all)

    def allow(self, wanted: bool) -> None:
        """Show it where it is of use, or put it away."""
        self.allowed = wanted
        self.follow()

    def place(self, area: QRect) -> None:
        """Lie in the lower right corner of the view's area, the smaller the smaller that is."""
        size = QSize(WIDE, HIGH) * min(max(min(area.width() / 1200, area.height() / 560), 0.5), 1.0)
        self.roomy = area.height() >= LOW
        self.resize(size)
        self.move(area.right() - size.width() - 11, area.bottom() - size.height() - 11)
        self.follow()

    def repaint_all(self) -> None:
        """The graph changed."""
        self._picture.forget()
        self.follow()

    def follow(self) -> None:
        """The view moved."""
        content = self._scene.content
        whole = content.isEmpty() or self._camera.seen().adjusted(-24, -24, 24, 24).contains(content)
        self.setVisible(self.allowed and self.roomy and not whole)
        self.update()

    def _scale(self) -> tuple[float, QPointF]:
        """(pixels a scene unit, place of the scene's origin)."""
        content = self._scene.content.adjusted(-40, -40, 40, 40)
        scale = min((self.width() - 8) / max(content.width(), 1.0), (self.height() - 8) / max(content.height(), 1.0))
        middle = QPointF(self.width() / 2, self.height() / 2)
        return scale, middle - content.center() * scale

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        look = self.look
        scale, origin = self._scale()
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setOpacity(1.0 if self.underMouse() else 0.8)
        painter.fillRect(self.rect(), look.window)
        painter.save()
        painter.setClipRect(box)
        painter.translate(origin)
        painter.scale(scale, scale)
        area = QRectF(-origin / scale, self.rect().size().toSizeF() / scale)
        paint_bands(painter, look, self._scene.bands, area)
        self._picture.paint(painter, area, self.devicePixelRatioF())
        seen = self._camera.seen()
        shade = mixed(look.window, look.text, 0.25)
        shade.setAlphaF(0.22)
        for part in _around(seen, area):
            painter.fillRect(part, shade)
        painter.setPen(cosmetic(look.accent, 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(seen)
        painter.restore()
        painter.setPen(cosmetic(look.border, 1.0))
        painter.drawRect(box)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._go(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event)

    def _go(self, event: QMouseEvent) -> None:
        scale, origin = self._scale()
        self.wanted.emit((event.position() - origin) / scale)
        event.accept()


def _around(hole: QRectF, area: QRectF) -> list[QRectF]:
    """What is left of an area when a hole is cut out, as rectangles."""
    inner = hole.intersected(area)
    return [
        QRectF(area.left(), area.top(), area.width(), inner.top() - area.top()),
        QRectF(area.left(), inner.bottom(), area.width(), area.bottom() - inner.bottom()),
        QRectF(area.left(), inner.top(), inner.left() - area.left(), inner.height()),
        QRectF(inner.right(), inner.top(), area.right() - inner.right(), inner.height()),
    ]
