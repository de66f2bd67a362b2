"""One card of the graph: the item in the scene, and how it is painted at each zoom."""

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QTextLayout, QTextOption
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from ablator.ui.graph.faces import Face, say
from ablator.ui.graph.glyphs import glyph, mark
from ablator.ui.graph.look import Look, cosmetic, mixed

WIDTH = 176.0
HEIGHT = 56.0
HEIGHTS: Mapping[str, float] = {
    "noumenon": 40.0,
    "perception": HEIGHT,
    "instantiation": HEIGHT,
    "reachability": 40.0,
    "observation": 40.0,
}
"""By lane: factors and instruments are many and quiet, so their cards are low."""
RADIUS = 6.0
TEXT_FROM = 0.5
"""Zoom from which cards carry text."""
HANDLE = 5.0
"""Radius of the handle from which a relation is drawn."""

_NAME_LEFT = 32.0
_NAME_WIDTH = WIDTH - _NAME_LEFT - 28.0
_BODIES = {lane: QRectF(0, 0, WIDTH, height) for lane, height in HEIGHTS.items()}


def body_of(lane: str) -> QRectF:
    """The outline of a lane's cards, with its corner at the origin."""
    return _BODIES[lane]


class CardItem(QGraphicsItem):
    """One element in the scene. Holds its face and how it is lit; what it says is decided elsewhere.

    Always a top-level item without a cache: the scene's index then finds it fast and zooming stays cheap.
    """

    def __init__(self, face: Face, look: Look) -> None:
        super().__init__()
        self.face = face
        self.look = look
        self.body = body_of(face.lane)
        self.selected = False
        self.hovered = False
        self.current = False
        self.falls = False
        self.faded = False
        self._texts: tuple[list[str], str] | None = None

    @property
    def id(self) -> str:
        """The element's id."""
        return self.face.id

    def set_face(self, face: Face) -> None:
        """Say something else from now on."""
        if face != self.face:
            self.face = face
            self._texts = None
            self.update()

    def set_look(self, look: Look) -> None:
        """Paint with another theme."""
        self.look = look
        self._texts = None
        self.update()

    def rect(self) -> QRectF:
        """The card's outline in scene units."""
        return self.body.translated(self.pos())

    def boundingRect(self) -> QRectF:
        return self.body.adjusted(-8, -8, 8, 8)

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addRect(self.body)
        return path

    def handle_at(self, scene_point: QPointF, reach: float) -> bool:
        """Whether the point lies within `reach` scene units of a handle."""
        local = scene_point - self.pos()
        return any((local - h).manhattanLength() <= reach * 1.4 for h in self.handles())

    def handles(self) -> tuple[QPointF, QPointF]:
        """Where relations are drawn from: the middles of the right and lower edges, in the card's own units."""
        return QPointF(WIDTH, self.body.height() / 2), QPointF(WIDTH / 2, self.body.height())

    def texts(self) -> tuple[list[str], str]:
        """(lines of the name, second row), cut to the card's width."""
        if self._texts is None:
            face, look = self.face, self.look
            lines = (
                _wrapped(face.name, look)
                if not face.detail
                else [look.name_metrics.elidedText(face.name, Qt.TextElideMode.ElideRight, _NAME_WIDTH)]
            )
            room = WIDTH - _NAME_LEFT - 12.0
            if face.tag:
                room -= look.small_metrics.horizontalAdvance(face.tag) + 10.0
            self._texts = lines, look.small_metrics.elidedText(face.detail, Qt.TextElideMode.ElideRight, room)
        return self._texts

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        paint_card(painter, self, painter.worldTransform().m11())


def _wrapped(name: str, look: Look) -> list[str]:
    """The name on at most two lines, the second cut short."""
    layout = QTextLayout(name, look.name_font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WordWrap)
    layout.setTextOption(option)
    layout.beginLayout()
    line = layout.createLine()
    line.setLineWidth(_NAME_WIDTH)
    used = line.textLength()
    layout.endLayout()
    if used >= len(name):
        return [name]
    rest = look.name_metrics.elidedText(name[used:].strip(), Qt.TextElideMode.ElideRight, WIDTH - _NAME_LEFT - 12.0)
    return [name[:used].rstrip(), rest]


def paint_card(painter: QPainter, card: CardItem, zoom: float) -> None:
    """Paint one card with its corner at the painter's origin; `zoom` decides how much of it."""
    look, face = card.look, card.face
    _body(painter, card)
    if zoom >= TEXT_FROM:
        _words(painter, card)
    elif zoom >= 0.3:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.faded_muted if card.faded else look.border)
        painter.drawRect(QRectF(_NAME_LEFT, 14, min(_NAME_WIDTH, 7.0 * len(face.name)), 7))
    if face.share is not None and face.present is not False:
        _share_bar(painter, card)
    if face.state:
        size = 14.0 if zoom >= TEXT_FROM else 18.0
        paint_mark(
            painter, look, face.state, QRectF(WIDTH - 10 - size, 9, size, size), faded=card.faded, sign=zoom >= 0.3
        )
    if card.falls:
        _falls(painter, look, zoom)
    if card.hovered and zoom >= TEXT_FROM:
        painter.setPen(cosmetic(look.accent, 1.5))
        painter.setBrush(look.card_brush)
        for point in card.handles():
            painter.drawEllipse(point, HANDLE, HANDLE)


def _body(painter: QPainter, card: CardItem) -> None:
    look, absent = card.look, card.face.present is False
    if card.current:
        painter.setPen(cosmetic(mixed(look.accent, look.bands[card.face.lane], 0.45), 2.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(card.body.adjusted(-4, -4, 4, 4), RADIUS + 3, RADIUS + 3)
    pen: QPen
    if card.selected:
        pen = cosmetic(look.accent, 2.0)
    elif card.falls:
        pen = cosmetic(look.fall, 1.6)
    elif card.hovered:
        pen = cosmetic(look.accent, 1.4)
    elif absent:
        pen = look.hollow_pen
    elif card.faded:
        pen = cosmetic(look.faded_border, 1.0)
    else:
        pen = look.border_pen
    painter.setPen(pen)
    ground = mixed(look.bands[card.face.lane], look.card, 0.3) if absent else look.card
    painter.setBrush(mixed(ground, look.accent, 0.07) if card.selected else QBrush(ground))
    painter.drawRoundedRect(card.body, RADIUS, RADIUS)


def _words(painter: QPainter, card: CardItem) -> None:
    look, face = card.look, card.face
    lines, detail = card.texts()
    absent = face.present is False
    strong = look.faded_text if card.faded else (look.muted if absent else look.text)
    quiet = look.faded_muted if card.faded else look.muted
    ink: QColor = quiet if absent or card.faded else look.inks[face.lane]
    painter.save()
    painter.translate(10, 11)
    painter.setPen(QPen(ink, 1.4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(glyph(face.category, face.kind))
    painter.restore()
    painter.setFont(look.name_font)
    painter.setPen(strong)
    for row, line in enumerate(lines):
        painter.drawText(QPointF(_NAME_LEFT, 23.0 + 16.0 * row), line)
    if detail or face.tag:
        painter.setFont(look.small_font)
    if detail:
        painter.setPen(quiet if face.quiet else strong)
        painter.drawText(QPointF(_NAME_LEFT, 41.0), detail)
    if face.tag:
        painter.setPen(quiet)
        width = look.small_metrics.horizontalAdvance(face.tag)
        painter.drawText(QPointF(WIDTH - 12 - width, 41.0), face.tag)
    if face.present is None:
        painter.setPen(quiet)
        painter.setFont(look.name_font)
        painter.drawText(QPointF(14.5, 43.0), "?")


def _share_bar(painter: QPainter, card: CardItem) -> None:
    look, share = card.look, card.face.share or 0.0
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(look.track)
    bar = QRectF(12, card.body.height() - 7, WIDTH - 24, 3)
    painter.drawRect(bar)
    painter.setBrush(look.faded_muted if card.faded else look.inks[card.face.lane])
    painter.drawRect(QRectF(bar.left(), bar.top(), max(bar.width() * share, 2.0), bar.height()))


def paint_mark(
    painter: QPainter, look: Look, word: str, box: QRectF, *, faded: bool = False, sign: bool = True
) -> None:
    """Paint the mark of a verdict or state into `box`: an outline and a sign, each telling by itself."""
    colour, on_it = look.state(word)
    if faded:
        colour = mixed(colour, look.card, 0.6)
    outline, filled, inside = mark(word)
    painter.save()
    painter.translate(box.topLeft())
    painter.scale(box.width() / 16.0, box.height() / 16.0)
    painter.setPen(Qt.PenStyle.NoPen if filled else QPen(colour, 1.5))
    painter.setBrush(QBrush(colour) if filled else Qt.BrushStyle.NoBrush)
    painter.drawPath(outline)
    if sign:
        pen = QPen(on_it if filled else colour, 1.7, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(inside)
    painter.restore()


def _falls(painter: QPainter, look: Look, zoom: float) -> None:
    """A tag on the upper edge that says that this card falls."""
    if zoom < TEXT_FROM:
        return
    text = say("falls")
    painter.setFont(look.small_font)
    width = look.small_metrics.horizontalAdvance(text) + 24.0
    tag = QRectF(10, -8, width, 16)
    painter.setPen(cosmetic(look.fall, 1.2))
    painter.setBrush(look.card_brush)
    painter.drawRoundedRect(tag, 4, 4)
    painter.setPen(cosmetic(look.fall, 1.6))
    painter.drawPolyline([QPointF(16, -3), QPointF(19.5, 2), QPointF(23, -3)])
    painter.setPen(look.text)
    painter.drawText(QPointF(28, 4), text)
