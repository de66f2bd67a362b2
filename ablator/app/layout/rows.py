"""Which row of its lane each card lies in, and how many columns make the whole fit a wide screen."""

from collections.abc import Mapping, Sequence

from ablator.app.layout.types import GUTTER, Measures
from ablator.core.lanes import LANES

FEWEST = 4
MOST = 200


def depths(ids: Sequence[str], below: Mapping[str, Sequence[str]]) -> tuple[dict[str, int], dict[str, int]]:
    """(longest chain above, that below) of each card; edges that close a circle or leave `ids` never count."""
    order: list[str] = []
    kept: dict[str, list[str]] = {k: [] for k in ids}
    state: dict[str, int] = {}
    for root in ids:
        if root in state:
            continue
        stack = [(root, iter(below.get(root, ())))]
        state[root] = 1
        while stack:
            key, rest = stack[-1]
            for other in rest:
                if other not in kept or state.get(other) == 1:
                    continue
                kept[key].append(other)
                if other not in state:
                    state[other] = 1
                    stack.append((other, iter(below.get(other, ()))))
                    break
            else:
                state[key] = 2
                order.append(key)
                stack.pop()
    low = dict.fromkeys(ids, 0)
    for key in order:
        low[key] = max((low[o] + 1 for o in kept[key]), default=0)
    high = dict.fromkeys(ids, 0)
    for key in reversed(order):
        for other in kept[key]:
            high[other] = max(high[other], high[key] + 1)
    return high, low


def fill(ids: Sequence[str], below: Mapping[str, Sequence[str]], columns: int, *, upright: bool) -> list[list[str]]:
    """Rows of one lane, at most `columns` cards each, sources above targets.

    `ids` come in the order in which they shall lie from left to right where nothing else tells. Without any chain
    they fill row by row, or column by column if `upright`. With chains, cards that have none fill the upper rows, a
    place left free in each for edges that pass.
    """
    if not any(below.get(k) for k in ids):
        count = max(-(-len(ids) // columns), 1)
        if not upright:
            return [list(ids[i * columns : (i + 1) * columns]) for i in range(count)]
        rows: list[list[str]] = [[] for _ in range(count)]
        for i, key in enumerate(ids):
            rows[i % count].append(key)
        return rows
    high, low = depths(ids, below)
    rank = {key: i for i, key in enumerate(ids)}
    least = dict(high)
    chained = [k for k in ids if high[k] or low[k]]
    out: list[list[str]] = [[] for _ in range(max(max(high.values()) + 1, -(-len(ids) // columns)))]

    def put(key: str, row: int) -> int:
        while row < len(out) and len(out[row]) >= columns:
            row += 1
        if row >= len(out):
            out.append([])
            row = len(out) - 1
        out[row].append(key)
        return row

    for key in sorted(chained, key=lambda k: (high[k], -low[k], rank[k])):
        row = put(key, least[key])
        for other in below.get(key, ()):
            if high.get(other, -1) > high[key]:
                least[other] = max(least[other], row + 1)
    for key in ids:
        if not (high[key] or low[key]):
            airy = (r for r, row in enumerate(out) if len(row) < columns - 1)
            put(key, next(airy, 0))
    return out


def columns_for(
    counts: Mapping[str, int], chains: Mapping[str, int], measures: Mapping[str, Measures], width: float, aspect: float
) -> int:
    """The number of columns with which the whole comes nearest to `aspect`."""
    best, found = float("inf"), FEWEST
    for columns in range(FEWEST, min(max([FEWEST, *counts.values()]), MOST) + 1):
        high = sum(measures[lane].band(max(-(-counts[lane] // columns), chains[lane])) for lane in LANES)
        ratio = (columns * (width + GUTTER)) / high / aspect
        miss = max(ratio, 1 / ratio)
        if miss < best:
            best, found = miss, columns
    return found
