"""The frame of a layout: which cards take part, the heights of lanes and rows, and what pinned cards block."""

from collections.abc import Mapping, Sequence
from itertools import accumulate

from ablator.app.layout.types import (
    GUTTER,
    HEIGHT,
    OPEN_GAP,
    OPEN_PAD,
    PACKED_GAP,
    PAD,
    Card,
    Edge,
    Measures,
    Point,
    Request,
)
from ablator.core.lanes import LANES


class Frame:
    """What a request says, looked up by lane. Never changes once made."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.width = request.width
        self.pitch = request.width + GUTTER
        self.cards: Mapping[str, Card] = {c.id: c for c in sorted(request.cards, key=lambda c: (c.group, c.id))}
        self.free: dict[str, list[str]] = {
            lane: [k for k, c in self.cards.items() if c.lane == lane and c.pin is None] for lane in LANES
        }
        self.edges = [
            e
            for e in sorted(request.edges, key=lambda e: e.id)
            if e.source in self.cards and e.target in self.cards and e.source != e.target
        ]
        self.routed = [e for e in self.edges if e.routed and self._is_free(e)]
        joined = {k for e in self.routed for k in (e.source, e.target)}
        self.open: dict[str, bool] = {lane: any(k in joined for k in self.free[lane]) for lane in LANES}
        self.measures: dict[str, Measures] = {
            lane: Measures(
                request.heights.get(lane, HEIGHT),
                OPEN_GAP if self.open[lane] else PACKED_GAP,
                OPEN_PAD if self.open[lane] else PAD,
            )
            for lane in LANES
        }
        self.clusters: dict[str, list[str]] = {lane: self._clusters(lane) for lane in LANES}
        """Names of the clusters of each lane that has several, from left to right."""
        self.below: dict[str, list[str]] = {}
        for e in self.routed:
            if self.cards[e.source].lane == self.cards[e.target].lane:
                self.below.setdefault(e.source, []).append(e.target)

    def _clusters(self, lane: str) -> list[str]:
        found = sorted({self.cards[k].cluster for k in self.free[lane]})
        return found if len(found) > 1 else []

    def blocks(self, lane: str, columns: int) -> dict[str, tuple[int, int]]:
        """(first column, one past the last) of each cluster, by its share of the lane; none where there is no room."""
        names = self.clusters[lane]
        if not names or columns < 2 * len(names):
            return {}
        sizes = [sum(self.cards[k].cluster == name for k in self.free[lane]) for name in names]
        edges = [0]
        for i, total in enumerate(accumulate(sizes), 1):
            left = len(names) - i
            edges.append(min(max(round(columns * total / sum(sizes)), edges[-1] + 1), columns - left))
        return {name: (edges[i], edges[i + 1]) for i, name in enumerate(names)}

    def _is_free(self, e: Edge) -> bool:
        return self.cards[e.source].pin is None and self.cards[e.target].pin is None

    def neighbours(self) -> Mapping[str, list[str]]:
        """Ids at the other end of every edge of a card."""
        out: dict[str, list[str]] = {k: [] for k in self.cards}
        for e in self.edges:
            out[e.source].append(e.target)
            out[e.target].append(e.source)
        return out

    def bands(self, rows: Mapping[str, int]) -> dict[str, Point]:
        """(top, bottom) of each lane that holds so many rows."""
        out: dict[str, Point] = {}
        y = 0.0
        for lane in LANES:
            bottom = y + self.measures[lane].band(rows[lane])
            out[lane] = (y, bottom)
            y = bottom
        return out

    def row_top(self, bands: Mapping[str, Point], lane: str, row: int) -> float:
        """Upper edge of the cards in a row."""
        m = self.measures[lane]
        return bands[lane][0] + m.pad + row * (m.height + m.gap)

    def pinned(self, bands: Mapping[str, Point]) -> dict[str, Point]:
        """Corners of the pinned cards, kept inside their own band."""
        out = {}
        for key, card in self.cards.items():
            if card.pin is not None:
                top, bottom = bands[card.lane]
                height = self.measures[card.lane].height
                out[key] = (card.pin[0], min(max(card.pin[1], top), max(bottom - height, top)))
        return out

    def blocked(self, pins: Mapping[str, Point], lane: str, top: float) -> list[Point]:
        """(left, right) of what pinned cards take of a row, with a little air."""
        height = self.measures[lane].height
        return [
            (x - 4.0, x + self.width + 4.0)
            for key, (x, y) in pins.items()
            if self.cards[key].lane == lane and y < top + height + 4.0 and y + height + 4.0 > top
        ]


def levels(rows: Mapping[str, Sequence[Sequence[str]]]) -> list[tuple[str, int, list[str]]]:
    """All rows of all lanes from the top: (lane, row in the lane, ids)."""
    return [(lane, i, list(row)) for lane in LANES for i, row in enumerate(rows[lane])]
