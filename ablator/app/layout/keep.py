"""A layout kept as it was: known cards stay in their cells, newcomers take the nearest free one."""

from collections.abc import Mapping

from ablator.app.layout.columns import free_columns
from ablator.app.layout.frame import Frame
from ablator.app.layout.types import Point
from ablator.core.lanes import LANES, Lane

Cell = tuple[int, int]
ENOUGH = 0.7
"""Share of the cards that must be known, or the layout is made afresh."""
STRETCH = 1.5
"""How much wider than wished the whole may grow before a lane gets another row instead."""


def kept_cells(frame: Frame) -> tuple[dict[str, Cell], int] | None:
    """(cells of all free cards, columns) near those of the layout before, or None where a fresh one is better."""
    old = frame.request.cells
    free = [k for lane in LANES for k in frame.free[lane]]
    known = {k for k in free if k in old}
    if not frame.request.columns or len(known) < ENOUGH * len(free):
        return None
    keeping = _Keeping(frame, {k: old[k] for k in sorted(known)}, frame.request.columns)
    keeping.dodge()
    for key in free:
        if key not in keeping.cells:
            keeping.settle(key)
    return keeping.cells, keeping.columns


class _Keeping:
    """Cells taken so far."""

    def __init__(self, frame: Frame, cells: dict[str, Cell], columns: int) -> None:
        self.frame = frame
        self.cells: dict[str, Cell] = {}
        self.columns = columns
        self.taken: dict[Lane, dict[Cell, str]] = {lane: {} for lane in LANES}
        for key, cell in cells.items():
            self._take(key, cell)
        self.neighbours = frame.neighbours()
        self.above: dict[str, list[str]] = {}
        for source, targets in frame.below.items():
            for target in targets:
                self.above.setdefault(target, []).append(source)

    def _take(self, key: str, cell: Cell) -> None:
        lane = self.frame.cards[key].lane
        if cell not in self.taken[lane]:
            self.taken[lane][cell] = key
            self.cells[key] = cell

    def rows(self) -> dict[str, int]:
        """How many rows each lane has."""
        return {lane: max((r + 1 for r, _ in self.taken[lane]), default=1) for lane in LANES}

    def dodge(self) -> None:
        """Let go of the cells that pinned cards now cover; a band that loses a row by it moves them once more."""
        covered = True
        while covered:
            covered = False
            bands = self.frame.bands(self.rows())
            pins = self.frame.pinned(bands)
            for lane in LANES if pins else ():
                for cell, key in list(self.taken[lane].items()):
                    if not self._is_clear(pins, bands, lane, cell):
                        del self.taken[lane][cell], self.cells[key]
                        covered = True

    def _is_clear(self, pins: Mapping[str, Point], bands: Mapping[str, Point], lane: Lane, cell: Cell) -> bool:
        spans = self.frame.blocked(pins, lane, self.frame.row_top(bands, lane, cell[0]))
        left = cell[1] * self.frame.pitch
        return all(left >= b or left + self.frame.width <= a for a, b in spans)

    def settle(self, key: str) -> None:
        """Give a newcomer the free cell that suits it best; make room where there is none."""
        lane = self.frame.cards[key].lane
        rows = self.rows()
        cell = self._best(key, lane, rows[lane])
        if cell is None and self._may_widen(rows):
            self.columns += 1
            cell = self._best(key, lane, rows[lane])
        if cell is None:
            top = self.frame.row_top(self.frame.bands({**rows, lane: rows[lane] + 1}), lane, rows[lane])
            pins = self.frame.pinned(self.frame.bands({**rows, lane: rows[lane] + 1}))
            wanted = self._wanted(key, lane)
            columns = free_columns(
                self.frame.blocked(pins, lane, top), self.frame.pitch, self.frame.width, self.columns
            )
            cell = (rows[lane], min(columns, key=lambda c: (abs(c - wanted[1]), c)))
        self._take(key, cell)

    def _best(self, key: str, lane: Lane, rows: int) -> Cell | None:
        row, column = self._wanted(key, lane)
        first = max((self.cells[k][0] + 1 for k in self.above.get(key, ()) if k in self.cells), default=0)
        last = min((self.cells[k][0] - 1 for k in self.frame.below.get(key, ()) if k in self.cells), default=rows)
        bands = self.frame.bands(self.rows())
        pins = self.frame.pinned(bands)
        best: tuple[float, Cell] | None = None
        for r in range(rows):
            for c in range(self.columns):
                if (r, c) in self.taken[lane] or (pins and not self._is_clear(pins, bands, lane, (r, c))):
                    continue
                cost = abs(c - column) + 1.5 * abs(r - row) + (0.0 if first <= r <= last else 100.0)
                if best is None or (cost, (r, c)) < best:
                    best = (cost, (r, c))
        return best[1] if best else None

    def _wanted(self, key: str, lane: Lane) -> tuple[float, float]:
        """(row, column) where a newcomer would like to be: by its neighbours, else at the end of its group."""
        joined = [k for k in self.neighbours[key] if k in self.cells]
        same = [self.cells[k][0] for k in joined if self.frame.cards[k].lane == lane]
        if joined and self.frame.open[lane]:
            row = sum(same) / len(same) if same else 0.0
            return row, sum(self.cells[k][1] for k in joined) / len(joined)
        group = self.frame.cards[key].group
        kin = [cell for cell, k in self.taken[lane].items() if self.frame.cards[k].group == group]
        row_end, column_end = max(kin or self.taken[lane], default=(0, -1))
        return float(row_end), float(column_end + 1)

    def _may_widen(self, rows: Mapping[str, int]) -> bool:
        high = sum(self.frame.measures[lane].band(rows[lane]) for lane in LANES)
        return (self.columns + 1) * self.frame.pitch / high <= self.frame.request.aspect * STRETCH
