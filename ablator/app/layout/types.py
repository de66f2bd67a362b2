"""What the layout is asked and what it answers, as values that travel between processes."""

from collections.abc import Mapping

from msgspec import Struct

from ablator.core.lanes import Lane

Point = tuple[float, float]


class Card(Struct, frozen=True, array_like=True):
    """One card; `pin` is a corner kept exactly.

    Cards of the same `group` lie together where no edge says otherwise, those of one `cluster` in columns of their own.
    """

    id: str
    lane: Lane
    group: str = ""
    pin: Point | None = None
    cluster: str = ""


class Edge(Struct, frozen=True, array_like=True):
    """A relation that shapes the layout. Between cards of one lane the source lies above the target if `routed`.

    An edge that is not routed only draws its ends together.
    """

    id: str
    source: str
    target: str
    routed: bool = True


class Request(Struct, frozen=True, kw_only=True):
    """The cards and edges to lay out, sizes in scene units, and the layout before, which is kept where it can be."""

    cards: tuple[Card, ...]
    edges: tuple[Edge, ...] = ()
    width: float = 176.0
    heights: Mapping[str, float] = {}
    """Card height by lane; 56 where a lane is not named."""
    aspect: float = 2.0
    """Wished-for width of the whole divided by its height."""
    cells: Mapping[str, tuple[int, int]] = {}
    """(row in the lane, column) of cards in the layout before."""
    ways: Mapping[str, tuple[float, ...]] = {}
    """Where edges passed the rows between their ends in the layout before."""
    columns: int = 0
    """Columns of the layout before; 0 where there was none."""


class Arrangement(Struct, frozen=True, kw_only=True):
    """Corners of cards, (top, bottom) of bands and ways of edges, in scene units.

    `cells`, `ways` and `columns` are handed back with the next request so that it moves little.
    """

    places: Mapping[str, Point]
    bands: Mapping[str, Point]
    routes: Mapping[str, tuple[Point, ...]] = {}
    cells: Mapping[str, tuple[int, int]] = {}
    ways: Mapping[str, tuple[float, ...]] = {}
    columns: int = 0


GUTTER = 20.0
"""Between columns; edges pass there."""
OPEN_GAP = 26.0
"""Between rows of a lane whose cards are joined by edges."""
PACKED_GAP = 6.0
"""Between rows of a lane without edges."""
PAD = 12.0
"""Between a band's edge and its cards."""
OPEN_PAD = 16.0
"""The same in a lane whose cards are joined by edges."""
HEIGHT = 56.0


class Measures(Struct, frozen=True):
    """Heights of one lane's rows."""

    height: float
    gap: float
    pad: float

    def band(self, rows: int) -> float:
        """Height of a band with so many rows; an empty band is as high as one with one row."""
        rows = max(rows, 1)
        return 2 * self.pad + rows * self.height + (rows - 1) * self.gap
