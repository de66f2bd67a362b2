"""What a person does with the mouse held down: pan, rubber band, move cards, draw a relation."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath

from ablator.core.elements import RelationKind
from ablator.ui.graph.camera import Camera
from ablator.ui.graph.faces import say
from ablator.ui.graph.look import Look, cosmetic, mixed
from ablator.ui.graph.relating import Fit, fit
from ablator.ui.graph.scene import GraphScene

SLACK = 4.0
"""Pixels that the mouse may move before a press counts as a drag."""


class Gesture(Protocol):
    """One press, drag and release. Points come in scene units and in pixels of the viewport."""

    cursor: Qt.CursorShape

    def move(self, point: QPointF, pixel: QPointF) -> None:
        """The mouse went on."""

    def end(self, point: QPointF, pixel: QPointF) -> None:
        """The button was let go: do it."""

    def cancel(self, reason: str) -> None:
        """Leave everything as it was before; the reason is for people."""

    def paint(self, painter: QPainter) -> None:
        """Paint over the scene, in scene units."""

    def label(self) -> tuple[str, bool]:
        """(words at the cursor, whether it may be let go here)."""


class Pan:
    """Moves the view."""

    cursor = Qt.CursorShape.ClosedHandCursor

    def __init__(self, camera: Camera, pixel: QPointF) -> None:
        self._camera = camera
        self._start = self._last = pixel

    def move(self, point: QPointF, pixel: QPointF) -> None:
        self._camera.pan_by(pixel - self._last)
        self._last = pixel

    def end(self, point: QPointF, pixel: QPointF) -> None:
        self.move(point, pixel)

    def cancel(self, reason: str) -> None:
        self._camera.pan_by(self._start - self._last)

    def paint(self, painter: QPainter) -> None:
        """Nothing to see."""

    def label(self) -> tuple[str, bool]:
        return "", True


class Band:
    """A rubber band: what it touches is selected, besides what was selected before if `base` says so."""

    cursor = Qt.CursorShape.ArrowCursor

    def __init__(
        self, scene: GraphScene, select: Callable[[Iterable[str]], None], point: QPointF, base: Sequence[str]
    ) -> None:
        self._scene = scene
        self._select = select
        self._start = self._now = point
        self._base = tuple(base)

    @property
    def area(self) -> QRectF:
        """From where it began to where it is."""
        return QRectF(self._start, self._now).normalized()

    def move(self, point: QPointF, pixel: QPointF) -> None:
        self._now = point
        self._select((*self._base, *(k for k in self._scene.cards_in(self.area) if k not in self._scene.hidden)))

    def end(self, point: QPointF, pixel: QPointF) -> None:
        self.move(point, pixel)

    def cancel(self, reason: str) -> None:
        self._select(self._base)

    def paint(self, painter: QPainter) -> None:
        accent = QColor(self._scene.look.accent)
        painter.setPen(cosmetic(accent, 1.0))
        accent.setAlphaF(0.12)
        painter.setBrush(accent)
        painter.drawRect(self.area)

    def label(self) -> tuple[str, bool]:
        return "", True


class Move:
    """Moves cards by hand, each within its lane; letting go pins them there."""

    cursor = Qt.CursorShape.SizeAllCursor

    def __init__(
        self,
        scene: GraphScene,
        ids: Sequence[str],
        point: QPointF,
        pixel: QPointF,
        pin: Callable[[dict[str, QPointF]], bool],
    ) -> None:
        self._scene = scene
        self._from = {k: QPointF(scene.cards[k].pos()) for k in ids if k in scene.cards}
        self._start, self._pixel = point, pixel
        self._pin = pin
        self.moving = False

    def _places(self, point: QPointF) -> dict[str, QPointF]:
        way = point - self._start
        return {k: self._scene.confined(k, p + way) for k, p in self._from.items() if k in self._scene.cards}

    def move(self, point: QPointF, pixel: QPointF) -> None:
        if not self.moving and (pixel - self._pixel).manhattanLength() < SLACK:
            return
        self.moving = True
        self._scene.move_cards(self._places(point))

    def end(self, point: QPointF, pixel: QPointF) -> None:
        self.move(point, pixel)
        if self.moving and not self._pin(self._places(point)):
            self.cancel("")

    def cancel(self, reason: str) -> None:
        if self.moving:
            self._scene.move_cards({k: p for k, p in self._from.items() if k in self._scene.cards})

    def paint(self, painter: QPainter) -> None:
        """The cards themselves show it."""

    def label(self) -> tuple[str, bool]:
        return "", True


class Relate:
    """Draws a relation from a card; the cursor says what would come of letting go here."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(
        self,
        scene: GraphScene,
        source: str,
        point: QPointF,
        choose: Callable[[str, str, Sequence[RelationKind]], None],
        refuse: Callable[[str], None],
    ) -> None:
        self._scene = scene
        self.source = source
        self.target: str | None = None
        self.fit = Fit((), "")
        self._now = point
        self._choose = choose
        self._refuse = refuse

    def move(self, point: QPointF, pixel: QPointF) -> None:
        self._now = point
        card = self._scene.card_at(point)
        target = card.id if card is not None and card.id != self.source else None
        if target != self.target:
            self.target = target
            self.fit = fit(self._scene.study, self.source, target) if target else Fit((), "")

    def end(self, point: QPointF, pixel: QPointF) -> None:
        self.move(point, pixel)
        if self.target is None:
            return
        if self.fit.kinds:
            self._choose(self.source, self.target, self.fit.kinds)
        else:
            self._refuse(self.fit.reason)

    def cancel(self, reason: str) -> None:
        self.target = None

    def paint(self, painter: QPainter) -> None:
        card = self._scene.cards.get(self.source)
        if card is None:
            return
        look = self._scene.look
        end = self._scene.cards[self.target].rect().center() if self.target in self._scene.cards else self._now
        start = min((card.pos() + h for h in card.handles()), key=lambda h: (h - end).manhattanLength())
        bad = self.target is not None and not self.fit.kinds
        colour = look.danger if bad else look.accent
        path = QPainterPath(start)
        bend = QPointF(0, (end.y() - start.y()) / 2)
        path.cubicTo(start + bend, end - bend, end)
        painter.setPen(cosmetic(colour, 2.0, Qt.PenStyle.DashLine if bad else Qt.PenStyle.SolidLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)
        if self.target in self._scene.cards:
            painter.drawRoundedRect(self._scene.cards[self.target].rect().adjusted(-3, -3, 3, 3), 8, 8)

    def label(self) -> tuple[str, bool]:
        if self.target is None:
            return say("drop on a card to relate"), True
        if self.fit.kinds:
            return say(" or ").join(say(k) for k in self.fit.kinds), True
        return self.fit.reason, False


def paint_label(painter: QPainter, look: Look, text: str, good: bool, pixel: QPointF, room: QRectF) -> None:
    """Words beside the cursor, in pixels, kept inside the room; a cross before them where it is refused."""
    metrics = QFontMetricsF(look.small_font)
    text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, min(420.0, room.width() - 60.0))
    lead = 0.0 if good else 16.0
    box = QRectF(pixel.x() + 14, pixel.y() + 18, metrics.horizontalAdvance(text) + 18.0 + lead, 24.0)
    if box.right() > room.right() - 4:
        box.moveRight(room.right() - 4)
    if box.bottom() > room.bottom() - 4:
        box.moveBottom(pixel.y() - 8)
    colour = look.accent if good else look.danger
    painter.setPen(cosmetic(colour, 1.2))
    painter.setBrush(mixed(look.card, colour, 0.06))
    painter.drawRoundedRect(box, 4, 4)
    if not good:
        x, y = box.left() + 14, box.center().y()
        painter.setPen(cosmetic(colour, 1.8))
        painter.drawLine(QPointF(x - 3.5, y - 3.5), QPointF(x + 3.5, y + 3.5))
        painter.drawLine(QPointF(x - 3.5, y + 3.5), QPointF(x + 3.5, y - 3.5))
    painter.setPen(look.text)
    painter.setFont(look.small_font)
    painter.drawText(box.adjusted(9 + lead, 0, -4, 0), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
