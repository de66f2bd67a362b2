"""All relations of the graph as one item: routes, pens, and which of them show."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from ablator.core.elements import Relation
from ablator.ui.graph.look import Look, cosmetic, mixed

ALWAYS = ("instantiates", "requires", "excludes")
"""Kinds that show at rest; the others only round an element in focus, or the picture is a hairball."""

ORDER = ("reopens", "retunes", "needs", "observes", "interacts", "instantiates", "requires", "excludes")
"""Painted in this order: what matters most lies on top."""

TILE = 800.0
MANY = 600
"""With more relations than this, those at rest are paler."""
Tiles = dict[tuple[str, int, int], tuple[QPainterPath, QPainterPath, QRectF]]
DASHED_FROM = 0.34
"""Zoom from which lines show their kind by dashes and heads."""
_DASHES: Mapping[str, Sequence[float]] = {
    "instantiates": (1.0, 3.0),
    "interacts": (5.0, 4.0),
    "excludes": (4.0, 3.0),
    "reopens": (1.0, 5.0),
    "observes": (2.0, 2.0),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """How a line is drawn: its path from source to target, and the head at the target."""

    path: QPainterPath
    head: QPolygonF
    middle: QPointF
    pieces: tuple[QPainterPath, ...] = ()
    """The path row by row, so that only what can be seen of a long one is painted; empty for a short one."""


class Line:
    """One relation between two cards. Never changes; its shape is found when it is first painted."""

    def __init__(
        self, relation: Relation, source: QRectF, target: QRectF, route: Sequence[QPointF] | None = None
    ) -> None:
        self.id, self.kind = relation.id, relation.kind
        self.source, self.target = relation.source, relation.target
        self._ends = source, target, route

    @cached_property
    def shape(self) -> Shape:
        """Along the way the layout found, or a calm curve."""
        return shape(*self._ends)


def shape(source: QRectF, target: QRectF, route: Sequence[QPointF] | None = None) -> Shape:
    """The shape of a line between two cards; `route` is the way the layout found."""
    points = list(route) if route and len(route) > 1 else None
    pieces = _threaded(points) if points else ()
    path = _joined(pieces) if pieces else curve(source, target)
    if points:
        end, middle = points[-1], points[len(points) // 2]
        before = QPointF(end.x(), end.y() - (8.0 if points[0].y() < end.y() else -8.0))
    else:
        end, middle = path.pointAtPercent(1.0), path.pointAtPercent(0.5)
        before = path.pointAtPercent(max(0.0, 1.0 - 8.0 / max(path.length(), 16.0)))
    return Shape(path, _head(before, end), middle, pieces if len(pieces) > 1 else ())


def curve(source: QRectF, target: QRectF) -> QPainterPath:
    """A calm curve between two cards: between facing edges, or over the row where they stand side by side."""
    a, b = source.center(), target.center()
    dx, dy = b.x() - a.x(), b.y() - a.y()
    path = QPainterPath()
    if source.bottom() <= target.top() or target.bottom() <= source.top():
        down = 1.0 if dy > 0 else -1.0
        start, end = (
            QPointF(a.x(), a.y() + down * source.height() / 2),
            QPointF(b.x(), b.y() - down * target.height() / 2),
        )
        bend = max(abs(end.y() - start.y()) * 0.5, 14.0) * down
        path.moveTo(start)
        path.cubicTo(QPointF(start.x(), start.y() + bend), QPointF(end.x(), end.y() - bend), end)
    elif source.width() < abs(dx) < source.width() * 1.5:
        right = 1.0 if dx > 0 else -1.0
        half = QPointF(right * source.width() / 2, 0)
        start, end = a + half, b - half
        path.moveTo(start)
        path.lineTo(end)
    else:
        start, end = QPointF(a.x(), source.top()), QPointF(b.x(), target.top())
        lift = min(20.0 + abs(dx) * 0.03, 44.0)
        path.moveTo(start)
        path.cubicTo(
            QPointF(start.x() + dx * 0.15, start.y() - lift), QPointF(end.x() - dx * 0.15, end.y() - lift), end
        )
    return path


def _threaded(points: Sequence[QPointF]) -> tuple[QPainterPath, ...]:
    """A way past rows of cards: straight where it passes a row, a calm curve from row to row."""
    pieces = []
    for a, b in itertools.pairwise(points):
        path = QPainterPath(a)
        if abs(a.x() - b.x()) < 0.5:
            path.lineTo(b)
        else:
            middle = (a.y() + b.y()) / 2
            path.cubicTo(QPointF(a.x(), middle), QPointF(b.x(), middle), b)
        pieces.append(path)
    return tuple(pieces)


def _joined(pieces: Sequence[QPainterPath]) -> QPainterPath:
    """The pieces as one path."""
    path = QPainterPath(pieces[0])
    for piece in pieces[1:]:
        path.connectPath(piece)
    return path


def _head(before: QPointF, end: QPointF, size: float = 7.0) -> QPolygonF:
    way = end - before
    length = (way.x() ** 2 + way.y() ** 2) ** 0.5 or 1.0
    ux, uy = way.x() / length, way.y() / length
    back = QPointF(end.x() - ux * size, end.y() - uy * size)
    side = QPointF(-uy * size * 0.45, ux * size * 0.45)
    return QPolygonF([end, back + side, back - side, end])


class LinesItem(QGraphicsItem):
    """Every relation of the study in one item, so that the scene has one thing to ask instead of thousands.

    Owns the lines and which elements are hidden or in focus. Never answers a hit test: cards lie above it.
    """

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self.setZValue(-1.0)
        self.look = look
        self.lines: dict[str, Line] = {}
        self._of: dict[str, set[str]] = {}
        self._hidden: frozenset[str] = frozenset()
        self._focus: frozenset[str] = frozenset()
        self._falls: frozenset[str] = frozenset()
        self._area = QRectF()
        self._tiles: Tiles | None = None

    def boundingRect(self) -> QRectF:
        return self._area

    def shape(self) -> QPainterPath:
        return QPainterPath()

    def set_area(self, area: QRectF) -> None:
        """Cover this part of the scene."""
        if area != self._area:
            self.prepareGeometryChange()
            self._area = area

    def replace(self, lines: Iterable[Line]) -> None:
        """Draw these lines and no others."""
        self.lines = {}
        self._of = {}
        self.put(lines)

    def put(self, lines: Iterable[Line]) -> None:
        """Draw these lines besides, in place of older ones with the same ids."""
        for one in lines:
            self.lines[one.id] = one
            self._of.setdefault(one.source, set()).add(one.id)
            self._of.setdefault(one.target, set()).add(one.id)
        self._tiles = None
        self.update()

    def drop(self, ids: Iterable[str]) -> None:
        """Draw these lines no more."""
        for key in ids:
            gone = self.lines.pop(key, None)
            if gone is not None:
                self._of[gone.source].discard(key)
                self._of[gone.target].discard(key)
        self._tiles = None
        self.update()

    def touching(self, element_id: str) -> frozenset[str]:
        """Ids of the lines that begin or end at an element."""
        return frozenset(self._of.get(element_id, ()))

    def set_hidden(self, ids: frozenset[str]) -> None:
        """Leave out every line that touches one of these elements."""
        if ids != self._hidden:
            self._hidden = ids
            self._tiles = None
            self.update()

    def set_focus(self, roots: frozenset[str], falls: frozenset[str]) -> None:
        """Make the lines of `roots` strong, and the requirements by which `falls` fall; fade the rest."""
        if (roots, falls) != (self._focus, self._falls):
            self._focus, self._falls = roots, falls
            self.update()

    def shown(self) -> list[Line]:
        """Lines in focus: all kinds round the roots, and the requirements among what falls with them."""
        if not self._focus:
            return []
        out: dict[str, Line] = {}
        for key in sorted(self._focus | self._falls):
            for one in (self.lines[i] for i in sorted(self._of.get(key, ()))):
                if one.source in self._hidden or one.target in self._hidden:
                    continue
                inner = (
                    one.kind == "requires"
                    and one.source in self._falls
                    and (one.target in self._falls or one.target in self._focus)
                )
                if inner or one.source in self._focus or one.target in self._focus:
                    out[one.id] = one
        return sorted(out.values(), key=lambda x: ORDER.index(x.kind))

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        exposed: QRectF = option.exposedRect
        self.paint_lines(painter, exposed, painter.worldTransform().m11())

    def paint_lines(self, painter: QPainter, exposed: QRectF, zoom: float, *, focus: bool = True) -> None:
        """Paint the lines that meet `exposed`; heads and signs only where they can be seen."""
        look = self.look
        lit = self.shown() if focus else []
        for kind in ORDER:
            if kind not in ALWAYS:
                continue
            pen, fill = self._pen(kind, zoom, strong=False, faded=bool(lit))
            for (of, _, _), (path, heads, rect) in self._base().items():
                if of != kind or not rect.intersects(exposed):
                    continue
                painter.setPen(pen)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawPath(path)
                if zoom >= DASHED_FROM:
                    painter.setPen(cosmetic(fill, 1.4) if kind == "excludes" else QPen(Qt.PenStyle.NoPen))
                    painter.setBrush(QBrush(fill) if kind != "excludes" else QBrush())
                    painter.drawPath(heads)
        for one in lit:
            falls = one.kind == "requires" and one.source in self._falls
            pen, fill = self._pen(one.kind, zoom, strong=True, faded=False)
            if falls:
                pen, fill = cosmetic(look.fall, 2.0), look.fall
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(one.shape.path)
            if one.kind == "excludes":
                painter.setPen(cosmetic(fill, 2.0))
                painter.drawPath(_cross(one.shape.middle))
            elif one.kind != "interacts":
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(fill)
                painter.drawPolygon(one.shape.head)

    def pen_of(self, kind: str) -> QPen:
        """What draws a kind of relation at rest."""
        return self._pen(kind, 1.0, strong=False, faded=False)[0]

    def _pen(self, kind: str, zoom: float, *, strong: bool, faded: bool) -> tuple[QPen, QColor]:
        look = self.look
        colour = look.edge
        if kind == "excludes":
            colour = look.danger
        elif strong:
            colour = look.accent if kind in {"requires", "instantiates", "observes"} else look.muted
        if not strong:
            rest = 0.42 if kind == "instantiates" else (0.0 if len(self.lines) < MANY else 0.35)
            colour = mixed(colour, look.window, 0.75 if faded else rest)
        pen = cosmetic(colour, (1.8 if kind in {"requires", "instantiates", "excludes"} else 1.3) if strong else 1.0)
        if kind in _DASHES and (strong or zoom >= DASHED_FROM):
            pen.setDashPattern(list(_DASHES[kind]))
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        return pen, colour

    def _base(self) -> Mapping[tuple[str, int, int], tuple[QPainterPath, QPainterPath, QRectF]]:
        """What shows at rest, joined to one path a kind and tile, so that a frame makes few calls."""
        if self._tiles is None:
            tiles: Tiles = {}
            for one in self.lines.values():
                if one.kind not in ALWAYS or one.source in self._hidden or one.target in self._hidden:
                    continue
                form = one.shape
                tip = form.middle if one.kind == "excludes" else form.head.value(0)
                _tile(tiles, one.kind, tip)[1].addPath(_tip(one))
                _grow(tiles, one.kind, tip, QRectF(tip, tip).adjusted(-8, -8, 8, 8))
                for piece in form.pieces or (form.path,):
                    box = piece.controlPointRect()
                    _tile(tiles, one.kind, box.center())[0].addPath(piece)
                    _grow(tiles, one.kind, box.center(), box.adjusted(-2, -2, 2, 2))
            self._tiles = tiles
        return self._tiles


def _tile(tiles: Tiles, kind: str, at: QPointF) -> tuple[QPainterPath, QPainterPath, QRectF]:
    key = (kind, int(at.x() // TILE), int(at.y() // TILE))
    if key not in tiles:
        tiles[key] = (QPainterPath(), QPainterPath(), QRectF())
    return tiles[key]


def _grow(tiles: Tiles, kind: str, at: QPointF, box: QRectF) -> None:
    path, heads, rect = _tile(tiles, kind, at)
    tiles[kind, int(at.x() // TILE), int(at.y() // TILE)] = (path, heads, rect.united(box))


def _tip(one: Line) -> QPainterPath:
    """What a line ends in: a head, or a cross in its middle."""
    if one.kind == "excludes":
        return _cross(one.shape.middle)
    path = QPainterPath()
    path.addPolygon(one.shape.head)
    return path


def _cross(middle: QPointF, size: float = 4.0) -> QPainterPath:
    path = QPainterPath(middle + QPointF(-size, -size))
    path.lineTo(middle + QPointF(size, size))
    path.moveTo(middle + QPointF(size, -size))
    path.lineTo(middle + QPointF(-size, size))
    return path
