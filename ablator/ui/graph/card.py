"""One card of the graph: the item in the scene, and how it is painted at each zoom."""

import math
import re
from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QTextLayout, QTextOption
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from ablator.ui.graph.faces import Face, say
from ablator.ui.graph.glyphs import glyph, mark
from ablator.ui.graph.look import Look, cosmetic, mixed

WIDTH = 176.0
HEIGHT = 64.0
LOW = 50.0
HEIGHTS: Mapping[str, float] = {
    "noumenon": LOW,
    "perception": HEIGHT,
    "instantiation": HEIGHT,
    "reachability": LOW,
    "observation": LOW,
}
"""By lane: factors and instruments are many and quiet, so their cards are low."""
RADIUS = 6.0
QUIET = frozenset({"locked"})
"""States that nearly every card has: their marks are pale."""
TEXT_FROM = 0.5
"""Zoom from which cards carry text."""
NEAR = 0.62
"""Below this zoom the small text of a card gives way to its name in larger type, as long as there are few cards."""
HANDLE = 5.0
"""Radius of the handle from which a relation is drawn."""

_NAME_LEFT = 32.0
_NAME_WIDTH = WIDTH - _NAME_LEFT - 28.0
_TEXT_WIDTH = WIDTH - _NAME_LEFT - 10.0
_LINE = 15.0
FAR_WIDTH = WIDTH - 14.0
FAR_LEAST, FAR_MOST = 16, 32
"""Sizes of names in far views, in scene units."""
LEAST_PIXELS = 9.0
"""A name in a far view is no smaller on the screen, down to the zoom at which it would not fit its card."""
FAR_LINE = 1.05
"""Height of a line of such a name, as a share of its size."""
FAR_SMALLER = 0.8
"""Two lines this much smaller say more than one line."""
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
        self._far: tuple[int, tuple[int, list[str]]] = (0, (0, []))

    @property
    def id(self) -> str:
        """The element's id."""
        return self.face.id

    def set_face(self, face: Face) -> None:
        """Say something else from now on."""
        if face != self.face:
            self.face = face
            self._forget()
            self.update()

    def set_look(self, look: Look) -> None:
        """Paint with another theme."""
        self.look = look
        self._forget()
        self.update()

    def _forget(self) -> None:
        self._texts, self._far = None, (0, (0, []))

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
            detail = "" if self.low and face.quiet and face.present is not False else face.detail
            if self.low and detail:
                lines = [look.name_metrics.elidedText(face.name, Qt.TextElideMode.ElideRight, _NAME_WIDTH)]
            else:
                second = _NAME_WIDTH + 2.0 if self.low else _TEXT_WIDTH
                lines = _wrapped(face.name, look.name_font, look.name_metrics, _NAME_WIDTH, second)
            room = _TEXT_WIDTH
            if face.tag:
                room -= look.small_metrics.horizontalAdvance(face.tag) + 10.0
            self._texts = lines, look.small_metrics.elidedText(detail, Qt.TextElideMode.ElideRight, room)
        return self._texts

    def far_texts(self, wanted: int) -> tuple[int, list[str]]:
        """The name cut to the lines for which the card has room, and the size of its type near to the wanted one."""
        if self._far[0] != wanted:
            twice = int(self.body.height() / (2 * FAR_LINE))
            size = min(wanted, twice) if twice >= FAR_SMALLER * wanted else wanted
            first = FAR_WIDTH - (20.0 if self.face.state else 0.0)
            if size <= twice:
                size = self._unbroken(size, first)
            font, metrics = self.look.far_font(size)
            if size <= twice:
                lines = _wrapped(self.face.name, font, metrics, first, FAR_WIDTH)
            else:
                lines = [metrics.elidedText(self.face.name, Qt.TextElideMode.ElideRight, first)]
            self._far = wanted, (size, lines)
        return self._far[1]

    def _unbroken(self, size: int, room: float) -> int:
        """The size, a little smaller where that keeps the longest word whole."""
        word = max(re.split(r"[\s/-]+", self.face.name), key=len)
        for tried in range(size, math.ceil(FAR_SMALLER * size) - 1, -1):
            if self.look.far_font(tried)[1].horizontalAdvance(word) <= room:
                return tried
        return size

    @property
    def low(self) -> bool:
        """Whether the card has room for two lines only."""
        return self.body.height() < HEIGHT

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        paint_card(painter, self, painter.worldTransform().m11())


def _wrapped(name: str, font: QFont, metrics: QFontMetricsF, first: float, second: float) -> list[str]:
    """The name on at most two lines so wide, the second cut short."""
    layout = QTextLayout(name, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.beginLayout()
    line = layout.createLine()
    line.setLineWidth(first)
    used = line.textLength()
    layout.endLayout()
    if used >= len(name):
        return [name]
    return [name[:used].rstrip(), metrics.elidedText(name[used:].strip(), Qt.TextElideMode.ElideRight, second)]


def paint_card(painter: QPainter, card: CardItem, zoom: float) -> None:
    """Paint one card with its corner at the painter's origin; `zoom` decides how much of it."""
    look, face = card.look, card.face
    _body(painter, card)
    if zoom >= (NEAR if look.names_far else TEXT_FROM):
        _words(painter, card)
    elif zoom >= 0.3 and look.names_far:
        _far_words(painter, card, far_size(zoom))
    elif zoom >= 0.3:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.faded_muted if card.faded else look.border)
        painter.drawRect(QRectF(_NAME_LEFT, 14, min(_NAME_WIDTH, 7.0 * len(face.name)), 7))
    if face.share is not None and face.present is not False:
        _share_bar(painter, card)
    if face.state:
        size = 14.0 if zoom >= TEXT_FROM else 18.0
        inset = 8.0 if zoom >= TEXT_FROM else 5.0
        box = QRectF(WIDTH - 1 - inset - size, inset, size, size)
        paint_mark(painter, look, face.state, box, faded=card.faded or face.state in QUIET, sign=zoom >= 0.3)
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
    low = card.low
    rows = len(lines) + bool(detail or face.tag)
    first = (card.body.height() - _LINE * rows) / 2 + 11.5 if low else (18.0 if rows > 2 else 23.0)
    painter.save()
    painter.translate(10, first - 12.0)
    painter.setPen(QPen(ink, 1.4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(glyph(face.category, face.kind))
    painter.restore()
    painter.setFont(look.name_font)
    painter.setPen(strong)
    for row, line in enumerate(lines):
        painter.drawText(QPointF(_NAME_LEFT, first + _LINE * row), line)
    under = first + _LINE * len(lines) + (0.0 if rows > 2 or low else 2.0)
    if detail or face.tag:
        painter.setFont(look.small_font)
    if detail:
        painter.setPen(quiet if face.quiet else strong)
        painter.drawText(QPointF(_NAME_LEFT, under), detail)
    if face.tag:
        painter.setPen(quiet)
        width = look.small_metrics.horizontalAdvance(face.tag)
        painter.drawText(QPointF(WIDTH - 10 - width, under), face.tag)
    if face.present is None:
        painter.setPen(quiet)
        painter.setFont(look.name_font)
        painter.drawText(QPointF(14.5, first + _LINE), "?")


def far_size(zoom: float) -> int:
    """Size of the names in a far view, in scene units: what stays legible on the screen, as long as cards hold it."""
    return min(max(math.ceil(LEAST_PIXELS / zoom), FAR_LEAST), FAR_MOST)


def _far_words(painter: QPainter, card: CardItem, wanted: int) -> None:
    """Only the name, large."""
    look = card.look
    absent = card.face.present is False
    size, lines = card.far_texts(wanted)
    painter.setFont(look.far_font(size)[0])
    painter.setPen(look.faded_text if card.faded else (look.muted if absent else look.text))
    pitch = FAR_LINE * size
    first = (card.body.height() - pitch * len(lines)) / 2 + 0.86 * size
    for row, line in enumerate(lines):
        painter.drawText(QPointF(8.0, first + pitch * row), line)


def _share_bar(painter: QPainter, card: CardItem) -> None:
    look, share = card.look, card.face.share or 0.0
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(look.track)
    bar = QRectF(10, card.body.height() - 6, WIDTH - 20, 2.5)
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
