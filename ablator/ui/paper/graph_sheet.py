"""The graph as one sheet: title, five lanes with their heads, cards and relations, a key, and the record."""

from collections.abc import Sequence
from functools import cached_property

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from ablator.app.layout import Arrangement, arrange
from ablator.app.theme import Theme
from ablator.app.words import said
from ablator.core.lanes import LANES, SYMBOLS
from ablator.core.study import Study
from ablator.plan.types import Plan
from ablator.ui.graph.card import NEAR, paint_card, paint_mark
from ablator.ui.graph.faces import say as graph_word
from ablator.ui.graph.faces import standings
from ablator.ui.graph.headers import NAMES
from ablator.ui.graph.lines import ALWAYS
from ablator.ui.graph.look import Look, cosmetic
from ablator.ui.graph.request import request_for
from ablator.ui.graph.scene import GraphScene, paint_bands
from ablator.ui.paper.ink import BODY, SMALL, STRONG, TITLE, WRAPPED, height_of, text, type_of
from ablator.ui.paper.words import facts, record, say, study_name

MARGIN = 32.0
HEAD = 124.0
"""Width of the heads of the lanes."""
AIR = 20.0
"""Between the cards and the edge of their bands."""
ASPECT = 1.5
LINE = 20.0
SAMPLE = 34.0


class GraphSheet:
    """The graph of one study at rest. Owns a scene of its own: nothing in a window is touched."""

    def __init__(self, study: Study, plan: Plan, aspect: float = ASPECT) -> None:
        self._study, self._plan = study, plan
        self.look = Look(Theme("light"))
        self.scene = GraphScene(self.look)
        self.scene.load(study, standings(plan))
        asked = request_for(study, aspect)
        self.scene.arrange(arrange(asked) if study.elements else Arrangement(places={}, bands={}), glide=False)
        content = self.scene.content
        self._lanes = QRectF(
            content.left() - AIR, content.top(), max(content.width(), 640.0) + 2 * AIR, content.height()
        )
        self._notes = record(study, plan)

    @property
    def title(self) -> str:
        """What the sheet is called."""
        return study_name(self._study)

    @property
    def summary(self) -> str:
        """The sheet in words."""
        counts = ", ".join(f"{graph_word(NAMES[lane])} {len(self._study.on_lane(lane))}" for lane in LANES)
        return f"{self.title}. {facts(self._study, self._plan)}. {counts}."

    @cached_property
    def size(self) -> QSizeF:
        """Width and height in scene units."""
        width = self._lanes.width() + HEAD + 2 * MARGIN
        return QSizeF(width, self._top + self._lanes.height() + self._below(width - 2 * MARGIN) + MARGIN)

    @property
    def _top(self) -> float:
        return MARGIN + 68.0

    def _below(self, width: float) -> float:
        rows = self._key_rows(width)
        return 16.0 + LINE * len(rows) + (12.0 + sum(self._note_heights(width)) if self._notes else 0.0)

    def _note_heights(self, width: float) -> list[float]:
        return [height_of(note, type_of(SMALL), width) + 3.0 for note in self._notes]

    def paint(self, painter: QPainter, zoom: float = 1.0) -> None:
        """Paint the sheet with its corner at the painter's origin; `zoom` is how large a scene unit will be seen."""
        look, size = self.look, self.size
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        painter.fillRect(QRectF(QPointF(0, 0), size), look.card)
        width = size.width() - 2 * MARGIN
        text(painter, QRectF(MARGIN, MARGIN, width, 32), self.title, type_of(TITLE, STRONG), look.text)
        under = QRectF(MARGIN, MARGIN + 32, width, 22)
        text(painter, under, facts(self._study, self._plan), type_of(BODY), look.muted)
        self._paint_lanes(painter, zoom)
        y = self._top + self._lanes.height() + 16.0
        for row in self._key_rows(width):
            self._paint_key(painter, row, y)
            y += LINE
        y += 12.0
        painter.setFont(type_of(SMALL))
        painter.setPen(look.muted)
        for note, high in zip(self._notes, self._note_heights(width), strict=True):
            painter.drawText(QRectF(MARGIN, y, width, high), WRAPPED, note)
            y += high

    def _paint_lanes(self, painter: QPainter, zoom: float) -> None:
        look, lanes = self.look, self._lanes
        for lane in LANES:
            if lane in self.scene.bands:
                self._paint_head(painter, lane, *self.scene.bands[lane])
        painter.save()
        painter.translate(MARGIN + HEAD - lanes.left(), self._top - lanes.top())
        painter.setClipRect(lanes)
        paint_bands(painter, look, self.scene.bands, lanes)
        self.scene.lines.paint_lines(painter, lanes, max(zoom, NEAR), focus=False)
        for key in self.scene.in_order():
            card = self.scene.cards[key]
            painter.save()
            painter.translate(card.pos())
            paint_card(painter, card, zoom)
            painter.restore()
        painter.restore()
        painter.setPen(cosmetic(look.rule, 1.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(MARGIN, self._top, HEAD + lanes.width(), lanes.height()))

    def _paint_head(self, painter: QPainter, lane: str, top: float, bottom: float) -> None:
        look = self.look
        band = QRectF(MARGIN, self._top + top - self._lanes.top(), HEAD, bottom - top)
        painter.fillRect(band, look.headers[lane])
        painter.setPen(cosmetic(look.rule, 1.0))
        painter.drawLine(band.bottomLeft(), band.bottomRight())
        middle = band.center().y()
        letter, index = SYMBOLS[lane].split("_")  # type: ignore[index]
        painter.setPen(look.inks[lane])
        painter.setFont(look.symbol_font)
        painter.drawText(QPointF(band.left() + 12, middle - 3), letter)
        painter.setFont(look.index_font)
        painter.drawText(QPointF(band.left() + 24, middle), index)
        count = str(sum(c.face.lane == lane for c in self.scene.cards.values()) or "–")
        small = type_of(SMALL)
        text(painter, QRectF(band.left() + 44, middle - 16, HEAD - 56, 18), count, small, look.muted, right=True)
        text(painter, QRectF(band.left() + 12, middle + 2, HEAD - 20, 18), graph_word(NAMES[lane]), small, look.text)

    # The key

    def _key(self) -> list[tuple[str, str]]:
        """(word of a relation or a state, what it is called) of all that the sheet shows."""
        kinds = {r.kind for r in self._study.relations.values()}
        rows = [(kind, say(kind)) for kind in ALWAYS if kind in kinds]
        states = sorted({c.face.state for c in self.scene.cards.values()} - {""})
        return rows + [(word, said(word)) for word in states]

    def _key_rows(self, width: float) -> Sequence[Sequence[tuple[float, str, str]]]:
        """The key in rows: (x, word, name)."""
        metrics = QFontMetricsF(type_of(SMALL))
        rows: list[list[tuple[float, str, str]]] = [[]]
        x = 0.0
        for word, name in self._key():
            wide = (SAMPLE if word in ALWAYS else 14.0) + 8.0 + metrics.horizontalAdvance(name) + 24.0
            if x + wide > width and rows[-1]:
                rows.append([])
                x = 0.0
            rows[-1].append((x, word, name))
            x += wide
        return rows

    def _paint_key(self, painter: QPainter, row: Sequence[tuple[float, str, str]], y: float) -> None:
        for x, word, name in row:
            left = MARGIN + x
            if word in ALWAYS:
                wide = SAMPLE
                painter.setPen(self.scene.lines.pen_of(word))
                painter.drawLine(QPointF(left, y + LINE / 2), QPointF(left + SAMPLE, y + LINE / 2))
            else:
                wide = 14.0
                paint_mark(painter, self.look, word, QRectF(left, y + (LINE - 14) / 2, 14, 14))
            text(painter, QRectF(left + wide + 8, y, 400, LINE), name, type_of(SMALL), self.look.muted)
