"""The rows of a layout as one layered graph: cards, and points where long edges pass, with their places."""

import itertools
from collections.abc import Mapping, Sequence

from ablator.app.layout.columns import spread, take
from ablator.app.layout.frame import Frame
from ablator.app.layout.order import ordered
from ablator.app.layout.types import Point

NEAR = 10.0
"""Between two edges that pass side by side."""
CLEAR = 8.0
"""Between a passing edge and a card."""
PORT = 14.0
"""Between the ends of edges at one side of a card, where there is room."""
ROUNDS = 5


class Layers:
    """Nodes of the layered graph: a card's id, or (edge, row) where an edge passes. Owns their order and places."""

    def __init__(self, frame: Frame, rows: Sequence[Sequence[str]]) -> None:
        self.frame = frame
        self.names: list[str] = []
        """Card id of each node, empty where an edge passes."""
        self.rows: list[list[int]] = []
        self.level: dict[str, int] = {}
        self.node: dict[str, int] = {}
        for r, row in enumerate(rows):
            self.rows.append([])
            for key in row:
                self.node[key] = self._new(key, r)
                self.level[key] = r
        self.up: list[list[int]] = [[] for _ in self.names]
        self.down: list[list[int]] = [[] for _ in self.names]
        self.chains: dict[str, list[int]] = {}
        """Nodes of each routed edge from its upper to its lower end."""
        for e in frame.routed:
            a, b = e.source, e.target
            if self.level[a] > self.level[b]:
                a, b = b, a
            if self.level[a] < self.level[b]:
                self.chains[e.id] = self._chain(a, b)
        self.x = [0.0] * len(self.names)
        self.rank = [0] * len(self.names)
        """Place of each node's cluster in its lane."""

    def _new(self, key: str, row: int) -> int:
        self.names.append(key)
        self.rows[row].append(len(self.names) - 1)
        return len(self.names) - 1

    def _chain(self, a: str, b: str) -> list[int]:
        chain = [self.node[a]]
        for r in range(self.level[a] + 1, self.level[b]):
            chain.append(self._new("", r))
            self.up.append([])
            self.down.append([])
        chain.append(self.node[b])
        for upper, lower in itertools.pairwise(chain):
            self.down[upper].append(lower)
            self.up[lower].append(upper)
        return chain

    def rank_clusters(self, lanes: Sequence[str]) -> None:
        """Keep the clusters of each lane apart; `lanes` names the lane of each row. Passing edges stay in theirs."""
        cards = self.frame.cards
        place = {lane: {name: i for i, name in enumerate(names)} for lane, names in self.frame.clusters.items()}
        for r, row in enumerate(self.rows):
            for n in row:
                if self.names[n]:
                    self.rank[n] = place[lanes[r]].get(cards[self.names[n]].cluster, 0)
        for chain in self.chains.values():
            ends = [cards[self.names[n]] for n in (chain[0], chain[-1])]
            first = self.level[ends[0].id]
            for i, n in enumerate(chain[1:-1], 1):
                lane = lanes[first + i]
                self.rank[n] = next((place[lane].get(e.cluster, 0) for e in ends if e.lane == lane), 0)

    def sort(self) -> None:
        """Find an order with few crossings, from where the passing points lie between their ends."""
        share = {}
        for row in self.rows:
            cards = [n for n in row if self.names[n]]
            for i, n in enumerate(cards):
                share[n] = (i + 0.5) / max(len(cards), 1)
        for chain in self.chains.values():
            self._between(chain, share)
        start = [sorted(row, key=lambda n: (self.rank[n], share[n], n)) for row in self.rows]
        self.rows = ordered(start, self.up, self.down, self.rank)

    @staticmethod
    def _between(chain: Sequence[int], at: dict[int, float]) -> None:
        first, last, steps = at[chain[0]], at[chain[-1]], len(chain) - 1
        for i, n in enumerate(chain[1:-1], 1):
            at[n] = first + (last - first) * i / steps

    # Places

    def place(self, columns: int) -> None:
        """Find a horizontal place for every node, cards near what they are joined to, in the order found."""
        pitch, width = self.frame.pitch, self.frame.width
        right = columns * pitch
        gaps = [self._gaps(row) for row in self.rows]
        weights = [[1.0 if self.names[n] else 2.0 for n in row] for row in self.rows]
        for row, gap in zip(self.rows, gaps, strict=True):
            middle = (right - sum(gap)) / 2
            at = 0.0
            for n, g in zip(row, gap, strict=True):
                at += g
                self.x[n] = max(middle, width / 2) + at
        linked = [bool(row) and any(self.up[n] or self.down[n] for n in row) for row in self.rows]
        for turn in range(ROUNDS):
            order = range(len(self.rows)) if turn % 2 == 0 else range(len(self.rows) - 1, -1, -1)
            for r in order:
                if linked[r]:
                    wanted = [self._wanted(n) for n in self.rows[r]]
                    found = spread(wanted, gaps[r], weights[r], width / 2, right - width / 2)
                    for n, x in zip(self.rows[r], found, strict=True):
                        self.x[n] = x

    def _gaps(self, row: Sequence[int]) -> list[float]:
        out, before = [], None
        half = self.frame.width / 2 + CLEAR
        for n in row:
            if before is None:
                out.append(0.0)
            elif self.names[n] and self.names[before]:
                out.append(self.frame.pitch)
            elif self.names[n] or self.names[before]:
                out.append(half)
            else:
                out.append(NEAR)
            before = n
        return out

    def _wanted(self, n: int) -> float:
        up, down, x = self.up[n], self.down[n], self.x
        count = len(up) + len(down)
        if not count:
            return x[n]
        return (sum([x[m] for m in up]) + sum([x[m] for m in down])) / count

    def snap(self, r: int, free: Sequence[int], blocks: Mapping[str, tuple[int, int]], *, packed: bool) -> None:
        """Put the cards of a row on columns out of `free`, each cluster in its own block where there is room.

        The rows of a lane without edges begin at the left.
        """
        pitch, half = self.frame.pitch, self.frame.width / 2
        cards = [n for n in self.rows[r] if self.names[n]]
        parts = [
            ([n for n in cards if self.frame.cards[self.names[n]].cluster == name], [c for c in free if a <= c < b])
            for name, (a, b) in blocks.items()
        ]
        if not parts or any(len(held) > len(room) for held, room in parts):
            parts = [(cards, list(free))]
        for held, room in parts:
            wanted = [float(i) if packed else (self.x[n] - half) / pitch for i, n in enumerate(held)]
            for n, column in zip(held, take(wanted, room), strict=True):
                self.x[n] = column * pitch + half

    def adopt(self, places: Mapping[str, float], ways: Mapping[str, Sequence[float]]) -> None:
        """Take the left edges of all cards as given, and the old ways of edges where they still fit."""
        half = self.frame.width / 2
        at = {self.node[k]: x + half for k, x in places.items()}
        for key, chain in self.chains.items():
            old = ways.get(key)
            if old is not None and len(old) == len(chain) - 2:
                at.update(zip(chain[1:-1], old, strict=True))
            else:
                self._between(chain, at)
        for n, x in at.items():
            self.x[n] = x
        for r, row in enumerate(self.rows):
            self.rows[r] = self._pass_cards(row)

    def _pass_cards(self, row: Sequence[int]) -> list[int]:
        """The row from left to right, with each passing edge beside the card it would hit."""
        cards = sorted((n for n in row if self.names[n]), key=lambda n: self.x[n])
        half = self.frame.width / 2 + 1.0
        for n in row:
            if self.names[n]:
                continue
            hit = next((c for c in cards if abs(self.x[c] - self.x[n]) < half), None)
            if hit is not None:
                side = 1.0 if self.x[n] >= self.x[hit] else -1.0
                self.x[n] = self.x[hit] + side * (half + 0.25 * abs(self.x[n] - self.x[hit]) / half)
        return sorted(row, key=lambda n: (self.x[n], n))

    def thread(self) -> None:
        """Draw passing edges into the gaps between the cards of their row, side by side."""
        half = self.frame.width / 2 + CLEAR
        for row in self.rows:
            low, group = -1e6, list[int]()
            for n in [*row, -1]:
                if n >= 0 and not self.names[n]:
                    group.append(n)
                    continue
                high = self.x[n] - half if n >= 0 else 1e6
                if group:
                    self._fit(group, low, high)
                low, group = (self.x[n] + half if n >= 0 else low), []

    def _fit(self, group: Sequence[int], low: float, high: float) -> None:
        step = min(NEAR, (high - low) / max(len(group) - 1, 1))
        gaps = [0.0] + [max(step, 0.0)] * (len(group) - 1)
        for n, x in zip(
            group, spread([self._wanted(n) for n in group], gaps, [1.0] * len(group), low, high), strict=True
        ):
            self.x[n] = x

    # Results

    def ways(self) -> dict[str, tuple[float, ...]]:
        """Where each long edge passes the rows between its ends."""
        return {k: tuple([self.x[n] for n in chain[1:-1]]) for k, chain in self.chains.items() if len(chain) > 2}

    def routes(self, tops: Sequence[float], heights: Sequence[float]) -> dict[str, tuple[Point, ...]]:
        """The points of each edge from source to target: from a card's edge, straight past rows, to a card's edge."""
        ports = self._ports()
        sources = {e.id: e.source for e in self.frame.routed}
        row_of = {n: r for r, row in enumerate(self.rows) for n in row}
        out = {}
        for key, chain in self.chains.items():
            first, last = chain[0], chain[-1]
            r = row_of[first]
            points: list[Point] = [(ports[first, chain[1], key, True], tops[r] + heights[r])]
            for i, n in enumerate(chain[1:-1], 1):
                points.append((self.x[n], tops[r + i]))
                points.append((self.x[n], tops[r + i] + heights[r + i]))
            points.append((ports[last, chain[-2], key, False], tops[row_of[last]]))
            out[key] = tuple(points if sources[key] == self.names[first] else reversed(points))
        return out

    def _ports(self) -> dict[tuple[int, int, str, bool], float]:
        """Where each edge leaves a card's lower side (True) or upper side (False), spread by where it leads."""
        ends: dict[tuple[int, bool], list[tuple[float, str, int]]] = {}
        for key, chain in self.chains.items():
            ends.setdefault((chain[0], True), []).append((self.x[chain[1]], key, chain[1]))
            ends.setdefault((chain[-1], False), []).append((self.x[chain[-2]], key, chain[-2]))
        out = {}
        room = self.frame.width - 48.0
        for (n, lower), held in ends.items():
            held.sort()
            step = min(PORT, room / max(len(held) - 1, 1))
            for i, (_, key, other) in enumerate(held):
                out[n, other, key, lower] = self.x[n] + (i - (len(held) - 1) / 2) * step
        return out
