"""The eye of the graph: zoom, pan, fit and flights; never changes what is in the scene."""

from PySide6.QtCore import QEasingCurve, QObject, QPoint, QPointF, QRectF, QVariantAnimation, Signal
from PySide6.QtGui import QTransform
from PySide6.QtWidgets import QGraphicsView

LEAST = 0.04
MOST = 4.0
STEP = 1.25
LEGIBLE = 0.7
"""Below this zoom the small text of cards is hard to read; the first view of a study does not go there."""
NAMED = 0.4
"""The same where cards show their names in large type."""
WHOLE = 0.3
"""Down to this zoom all lanes are shown from top to bottom rather than some of them larger."""
FLIGHT_MS = 220
MARGIN = 12.0
"""Pixels left free round what is fitted."""
LANE_MARGIN = 4.0
"""The same above and below together: lanes end in a margin of their own."""


class Camera(QObject):
    """Owns which part of the scene a view shows. `steered` holds once a person has zoomed or panned by hand."""

    moved = Signal()

    def __init__(self, view: QGraphicsView) -> None:
        super().__init__(view)
        self._view = view
        self._content = QRectF()
        self.steered = False
        view.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        view.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        view.horizontalScrollBar().valueChanged.connect(self.moved)
        view.verticalScrollBar().valueChanged.connect(self.moved)
        self._flight = QVariantAnimation(self)
        self._flight.setDuration(FLIGHT_MS)
        self._flight.setStartValue(0.0)
        self._flight.setEndValue(1.0)
        self._flight.setEasingCurve(QEasingCurve.Type.InOutCubic)
        self._flight.valueChanged.connect(self._fly)
        self._from: tuple[QPointF, float] = (QPointF(), 1.0)
        self._to: tuple[QPointF, float] = (QPointF(), 1.0)

    @property
    def zoom(self) -> float:
        """Pixels per scene unit."""
        return self._view.transform().m11()

    @property
    def flying(self) -> bool:
        """Whether a flight is under way."""
        return self._flight.state() == QVariantAnimation.State.Running

    def centre(self) -> QPointF:
        """The scene point in the middle of the view."""
        return self._view.mapToScene(self._view.viewport().rect().center())

    def seen(self) -> QRectF:
        """The part of the scene that is on the screen."""
        return self._view.mapToScene(self._view.viewport().rect()).boundingRect()

    def set_content(self, content: QRectF) -> None:
        """Tell how far the cards reach, so that nobody gets lost beyond them. Nothing moves on the screen."""
        corner = self._view.mapToScene(QPoint(0, 0))
        self._content = QRectF(content)
        self._bound()
        self._bring(corner, QPointF(0, 0))

    def _bound(self) -> None:
        area = self._view.viewport().rect()
        x, y = area.width() * 0.85 / self.zoom, area.height() * 0.85 / self.zoom
        self._view.setSceneRect(self._content.adjusted(-x, -y, x, y))

    def _bring(self, point: QPointF, to: QPointF) -> None:
        """Scroll until a scene point lies at a place in the viewport."""
        now = self._view.viewportTransform().map(point)
        across, down = self._view.horizontalScrollBar(), self._view.verticalScrollBar()
        across.setValue(round(across.value() + now.x() - to.x()))
        down.setValue(round(down.value() + now.y() - to.y()))

    def look(self, centre: QPointF, zoom: float) -> None:
        """Show this point in the middle at this zoom."""
        zoom = min(max(zoom, LEAST), MOST)
        self._view.setTransform(QTransform.fromScale(zoom, zoom))
        self._bound()
        self._bring(centre, QPointF(self._view.viewport().rect().center()))
        self.moved.emit()

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom by hand; the scene point under the viewport place `at` (or the middle) stays where it is."""
        self.stop()
        self.steered = True
        place = at if at is not None else QPointF(self._view.viewport().rect().center())
        fixed = self._view.viewportTransform().inverted()[0].map(place)
        zoom = min(max(self.zoom * factor, LEAST), MOST)
        self._view.setTransform(QTransform.fromScale(zoom, zoom))
        self._bound()
        self._bring(fixed, place)
        self.moved.emit()

    def pan_by(self, pixels: QPointF) -> None:
        """Move by hand."""
        self.stop()
        self.steered = True
        across, down = self._view.horizontalScrollBar(), self._view.verticalScrollBar()
        across.setValue(round(across.value() - pixels.x()))
        down.setValue(round(down.value() - pixels.y()))

    def fitting(self, area: QRectF) -> float:
        """The zoom at which an area just fits, at most 1."""
        room = self._view.viewport().rect()
        if area.isEmpty():
            return 1.0
        return min(
            (room.width() - 2 * MARGIN) / area.width(), (room.height() - LANE_MARGIN) / max(area.height(), 1.0), 1.0
        )

    def fit(self, area: QRectF) -> None:
        """Show an area as a whole."""
        self.stop()
        self.look(area.center(), self.fitting(area))

    def home(self, area: QRectF, least: float = LEGIBLE, wanted: QRectF | None = None, whole: float = LEGIBLE) -> None:
        """The first view: the whole where that can be read at zoom `least`, else all lanes, else a part that can.

        All lanes are shown where that zoom is `whole` at least. What does not show everything begins at the upper left,
        moved just so far that `wanted` is seen.
        """
        self.stop()
        self.steered = False
        zoom = self.fitting(area)
        if zoom >= least or area.isEmpty():
            self.look(area.center(), zoom)
            return
        room = self._view.viewport().rect()
        lanes = (room.height() - LANE_MARGIN) / max(area.height(), 1.0)
        across = (room.width() - 2 * MARGIN) / area.width()
        zoom = min(lanes, least) if lanes >= whole else min(max(across, least), 1.0)
        seen = QRectF(area.topLeft(), room.size().toSizeF() / zoom)
        fits_across = area.width() * zoom <= room.width()
        x = area.center().x() if fits_across else seen.center().x() - MARGIN / zoom
        fits_down = area.height() * zoom <= room.height()
        y = area.center().y() if fits_down else seen.center().y() - MARGIN / zoom
        if wanted is not None:
            half, edge = room.size().toSizeF() / zoom / 2, 3 * MARGIN / zoom
            x = min(max(x, wanted.right() + edge - half.width()), wanted.left() - edge + half.width())
            if not fits_down:
                y = min(max(y, wanted.bottom() + edge - half.height()), wanted.top() - edge + half.height())
        self.look(QPointF(x, y), zoom)

    def fly_to(self, area: QRectF, *, at_once: bool = False) -> None:
        """Bring an area to the middle, near enough to read."""
        zoom = min(max(self.zoom, 0.85), 1.5)
        self.steered = True
        self._from, self._to = (self.centre(), self.zoom), (area.center(), zoom)
        self._flight.stop()
        if at_once or not self._view.isVisible():
            self.look(*self._to)
        else:
            self._flight.start()

    def reveal(self, area: QRectF) -> None:
        """Scroll just so far that an area is on the screen."""
        seen = self.seen().adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        if seen.contains(area):
            return
        x = max(area.right() - seen.right(), 0.0) or min(area.left() - seen.left(), 0.0)
        y = max(area.bottom() - seen.bottom(), 0.0) or min(area.top() - seen.top(), 0.0)
        self.pan_by(QPointF(-x, -y) * self.zoom)

    def stop(self) -> None:
        """End a flight where it is."""
        self._flight.stop()

    def _fly(self, done: float) -> None:
        (a, before), (b, after) = self._from, self._to
        self.look(a + (b - a) * done, before * (after / before) ** done)
