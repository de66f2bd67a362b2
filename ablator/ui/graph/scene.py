"""The scene: cards, lines and bands of one study, patched cell by cell and never rebuilt for an edit."""

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import QEasingCurve, QObject, QPointF, QRect, QRectF, QVariantAnimation, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsScene

from ablator.app.layout import Arrangement
from ablator.core.change import Change
from ablator.core.lanes import LANES
from ablator.core.queries import falls_with
from ablator.core.study import Study
from ablator.ui.graph.card import CardItem
from ablator.ui.graph.faces import face
from ablator.ui.graph.lines import Line, LinesItem
from ablator.ui.graph.look import Look, cosmetic

GLIDE_MS = 160
MOST_GLIDING = 400
"""More cards than this jump to their places: moving them would take more than a frame."""
FEW = 400
"""Up to so many cards, names stay legible when zoomed out; with more of them a frame would take too long."""
PAD = 10.0


class GraphScene(QGraphicsScene):
    """Items of one study. Holds no state of its own but places and light: everything else comes from the study."""

    touched = Signal()
    """Something looks different: overview and small map are to be painted again."""

    def __init__(self, look: Look, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.look = look
        self.study = Study()
        self.cards: dict[str, CardItem] = {}
        self.bands: dict[str, tuple[float, float]] = {}
        self.content = QRectF()
        self.lit: frozenset[str] | None = None
        self.hidden: frozenset[str] = frozenset()
        self._routes: Mapping[str, Sequence[QPointF]] = {}
        self._drawn: dict[str, tuple[object, ...]] = {}
        self._standings: Mapping[str, str] = {}
        self.lines = LinesItem(look)
        self.addItem(self.lines)
        self._glide = QVariantAnimation(self)
        self._glide.setDuration(GLIDE_MS)
        self._glide.setStartValue(0.0)
        self._glide.setEndValue(1.0)
        self._glide.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._glide.valueChanged.connect(self._step_glide)
        self._glide.finished.connect(self._end_glide)
        self._from: dict[str, QPointF] = {}
        self._to: dict[str, QPointF] = {}

    # What is in the scene

    def load(self, study: Study, standings: Mapping[str, str]) -> None:
        """Show another study; its cards wait at the origin until `arrange`."""
        self._glide.stop()
        for card in self.cards.values():
            self.removeItem(card)
        self.cards = {}
        self.lines.replace(())
        self.bands = {}
        self._routes = {}
        self._drawn = {}
        self.lit = None
        self.hidden = frozenset()
        self.lines.set_hidden(self.hidden)
        self.lines.set_focus(frozenset(), frozenset())
        self.study = study
        self._standings = standings
        for key in sorted(study.elements):
            self._add(key)
        self._count()
        self.touched.emit()

    def patch(self, study: Study, change: Change) -> bool:
        """Follow one change; True where elements or lines came or went, so that places must be found anew."""
        self.study = study
        structural = False
        for key in change.touched("elements"):
            if key not in study.elements:
                structural |= self._remove(key)
            elif key not in self.cards:
                self._add(key)
                structural = True
            else:
                self._refresh(key)
        for cell in change.cells:
            if cell.table == "elements" and cell.attribute == "place":
                structural |= not self._follow_pin(cell.id)
        relations = change.touched("relations")
        if relations:
            self._redraw(relations)
            structural |= any(c.table == "relations" and not c.attribute for c in change.cells)
        self._count()
        self.touched.emit()
        return structural

    def set_standings(self, standings: Mapping[str, str]) -> None:
        """Show the verdicts and states of a new plan; only cards whose word changed are painted again."""
        before, self._standings = self._standings, standings
        for key in before.keys() | standings.keys():
            if before.get(key) != standings.get(key) and key in self.cards:
                self._refresh(key)
        self.touched.emit()

    def set_look(self, look: Look) -> None:
        """Paint everything with another theme."""
        self.look = look
        self.lines.look = look
        for card in self.cards.values():
            card.set_look(look)
        self._count()
        self.update()
        self.touched.emit()

    def state_of(self, element_id: str) -> str:
        """The verdict or state shown on a card."""
        return self._standings.get(element_id, "")

    def _add(self, key: str) -> None:
        card = CardItem(face(self.study.elements[key], self._standings.get(key, "")), self.look)
        self.cards[key] = card
        self.addItem(card)

    def _remove(self, key: str) -> bool:
        card = self.cards.pop(key, None)
        if card is None:
            return False
        self._from.pop(key, None)
        self._to.pop(key, None)
        self.lines.drop(self.lines.touching(key))
        self.removeItem(card)
        return True

    def _refresh(self, key: str) -> None:
        self.cards[key].set_face(face(self.study.elements[key], self._standings.get(key, "")))

    def _count(self) -> None:
        self.look.names_far = len(self.cards) <= FEW

    # Where things are

    def arrange(self, found: Arrangement, *, glide: bool) -> None:
        """Put cards where the layout found room, pinned ones where they are pinned; move there if `glide`."""
        self._glide.stop()
        self.bands = dict(found.bands)
        self._routes = {k: [QPointF(*p) for p in way] for k, way in found.routes.items()}
        wanted = {key: QPointF(*found.places[key]) for key in self.cards if key in found.places}
        moving = {k: p for k, p in wanted.items() if self.cards[k].pos() != p}
        if glide and 0 < len(moving) <= MOST_GLIDING:
            self._from = {k: self.cards[k].pos() for k in moving}
            self._to = moving
            self._measure(wanted)
            self._glide.start()
        else:
            self._put(moving)
            self._measure(wanted)
            self._redraw(self.study.relations)
        self.touched.emit()

    def _put(self, places: Mapping[str, QPointF]) -> None:
        """Put many cards at once. Cards that lie on each other, as new ones do, cost the index their number each."""
        many = len(places) > FEW
        if many:
            self.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        for key, place in places.items():
            self.cards[key].setPos(place)
        if many:
            self.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.BspTreeIndex)

    def settle(self) -> None:
        """End a movement at once."""
        if self._glide.state() == QVariantAnimation.State.Running:
            self._glide.stop()
            self._end_glide()

    def move_cards(self, places: Mapping[str, QPointF]) -> None:
        """Put cards somewhere by hand, for as long as a drag lasts; their lines follow."""
        self.settle()
        lines: set[str] = set()
        for key, place in places.items():
            self.cards[key].setPos(place)
            lines |= self.lines.touching(key)
        self._redraw(lines)
        self.touched.emit()

    def confined(self, key: str, place: QPointF) -> QPointF:
        """The place nearest to `place` on the 4-pixel grid that lies in the card's own lane."""
        x, y = round(place.x() / 4) * 4.0, round(place.y() / 4) * 4.0
        band = self.bands.get(self.cards[key].face.lane)
        if band:
            y = min(max(y, band[0] + PAD), max(band[1] - self.cards[key].body.height() - PAD, band[0] + PAD))
        return QPointF(x, y)

    def measure(self) -> None:
        """Find out anew how far the content reaches."""
        self._measure({k: c.pos() for k, c in self.cards.items()})

    def card_at(self, point: QPointF) -> CardItem | None:
        """The card under a point of the scene."""
        for item in self.items(point):
            if isinstance(item, CardItem):
                return item
        return None

    def cards_in(self, area: QRectF) -> list[str]:
        """Ids of the cards that touch an area, sorted."""
        return sorted(i.id for i in self.items(area) if isinstance(i, CardItem) and i.rect().intersects(area))

    def _follow_pin(self, key: str) -> bool:
        """Put a card where its pin now is; False: others may have to make way, or the layout must place it again."""
        element = self.study.elements.get(key)
        if element is None or key not in self.cards:
            return True
        if element.place is None:
            return False
        self.move_cards({key: self.confined(key, QPointF(*element.place))})
        self.measure()
        return False

    def _measure(self, places: Mapping[str, QPointF]) -> None:
        area = QRectF()
        for key, place in places.items():
            area = area.united(self.cards[key].body.translated(place))
        for top, bottom in self.bands.values():
            area = area.united(QRectF(area.left(), top, max(area.width(), 1.0), bottom - top))
        self.content = area
        self.lines.set_area(area.adjusted(-200, -200, 200, 200))

    def _step_glide(self, done: float) -> None:
        lines: set[str] = set()
        for key, end in self._to.items():
            start = self._from[key]
            self.cards[key].setPos(start + (end - start) * done)
            lines |= self.lines.touching(key)
        self._redraw(lines)

    def _end_glide(self) -> None:
        for key, place in self._to.items():
            self.cards[key].setPos(place)
        self._from, self._to = {}, {}
        self._redraw(self.study.relations)
        self.touched.emit()

    def _redraw(self, ids: Iterable[str]) -> None:
        gone, there = [], []
        for rid in ids:
            relation = self.study.relations.get(rid)
            if relation is None or relation.source not in self.cards or relation.target not in self.cards:
                gone.append(rid)
                self._drawn.pop(rid, None)
                continue
            a, b = self.cards[relation.source].rect(), self.cards[relation.target].rect()
            way = self._route(rid, a, b)
            made_of = (relation, a, b, way)
            if self._drawn.get(rid) != made_of or rid not in self.lines.lines:
                self._drawn[rid] = made_of
                there.append(Line(relation, a, b, way))
        if gone:
            self.lines.drop(gone)
        if there:
            self.lines.put(there)

    def _route(self, rid: str, source: QRectF, target: QRectF) -> Sequence[QPointF] | None:
        """The layout's way, as long as both ends still lie where the layout put them."""
        way = self._routes.get(rid)
        if not way:
            return None
        meets = source.adjusted(-2, -2, 2, 2).contains(way[0]) and target.adjusted(-2, -2, 2, 2).contains(way[-1])
        return way if meets else None

    # What is lit

    def light(self, roots: Iterable[str]) -> None:
        """Light up what falls if `roots` go and what they relate to; fade the rest. No roots: everything as usual."""
        held = frozenset(k for k in roots if k in self.cards)
        if not held:
            falls: frozenset[str] = frozenset()
            self.lit = None
        else:
            ideas = [k for k in held if self.study.elements[k].kind == "idea"]
            falls = falls_with(self.study, ideas) if ideas else frozenset()
            near = {
                end
                for key in held
                for rid in self.lines.touching(key)
                for end in (self.lines.lines[rid].source, self.lines.lines[rid].target)
            }
            self.lit = held | falls | near
        self.lines.set_focus(held, falls)
        for key, card in self.cards.items():
            card.falls = key in falls
            card.faded = self.lit is not None and key not in self.lit
        self.update()

    def mark(self, ids: Iterable[str] | None) -> None:
        """Fade all cards but these; None: as usual."""
        held = None if ids is None else frozenset(ids)
        self.lit = held
        for key, card in self.cards.items():
            card.faded = held is not None and key not in held
        self.update()

    def hide(self, ids: frozenset[str]) -> None:
        """Leave these cards out, with their lines."""
        for key in ids ^ self.hidden:
            if key in self.cards:
                self.cards[key].setVisible(key not in ids)
        self.hidden = ids
        self.lines.set_hidden(ids)
        self.touched.emit()

    def in_order(self) -> list[str]:
        """Ids of the visible cards as one reads them: lane by lane from the top, row by row, left to right."""
        rank: dict[str, int] = {lane: n for n, lane in enumerate(LANES)}
        visible = (c for k, c in self.cards.items() if k not in self.hidden)
        return [c.id for c in sorted(visible, key=lambda c: (rank[c.face.lane], c.pos().y(), c.pos().x(), c.id))]

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        paint_bands(painter, self.look, self.bands, QRectF(rect))


def reach(lane: str, band: tuple[float, float], area: QRectF) -> tuple[float, float]:
    """Top and bottom of a band as it is painted: the uppermost and the lowest go on to the edge of the area."""
    top, bottom = band
    if lane == LANES[0]:
        top = min(top, area.top())
    if lane == LANES[-1]:
        bottom = max(bottom, area.bottom())
    return top, bottom


def paint_bands(painter: QPainter, look: Look, bands: Mapping[str, tuple[float, float]], area: QRectF) -> None:
    """Five quiet tints from edge to edge; below the noumenon runs the horizon."""
    painter.fillRect(area, look.window)
    for lane in LANES:
        if lane not in bands:
            continue
        top, bottom = reach(lane, bands[lane], area)
        painter.fillRect(QRectF(area.left(), top, area.width(), bottom - top), look.bands[lane])
        painter.setPen(cosmetic(look.rule, 1.6 if lane == "noumenon" else 1.0))
        painter.drawLine(QPointF(area.left(), bottom), QPointF(area.right(), bottom))
