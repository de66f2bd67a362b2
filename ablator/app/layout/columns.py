"""Which column each card of a row takes, and where edges pass between the cards."""

from bisect import bisect_left
from collections.abc import Sequence


def isotonic(wanted: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The never falling sequence nearest to `wanted` in weighted squares (pool adjacent violators)."""
    blocks: list[list[float]] = []
    for value, weight in zip(wanted, weights, strict=True):
        block = [value * weight, weight, 1.0]
        while blocks and blocks[-1][0] * block[1] >= block[0] * blocks[-1][1]:
            last = blocks.pop()
            block = [last[0] + block[0], last[1] + block[1], last[2] + block[2]]
        blocks.append(block)
    out: list[float] = []
    for total, weight, count in blocks:
        out += [total / weight] * int(count)
    return out


def spread(
    wanted: Sequence[float], gaps: Sequence[float], weights: Sequence[float], low: float, high: float
) -> list[float]:
    """Places in their order as near to `wanted` as may be; `gaps[i]` lies between place i-1 and place i at least."""
    offset, total = [], 0.0
    for gap in gaps:
        total += gap
        offset.append(total)
    flat = isotonic([w - o for w, o in zip(wanted, offset, strict=True)], weights)
    top = max(high - total, low)
    return [min(max(f, low), top) + o for f, o in zip(flat, offset, strict=True)]


def free_columns(blocked: Sequence[tuple[float, float]], pitch: float, width: float, least: int) -> list[int]:
    """At least `least` columns that keep clear of the (left, right) spans of pinned cards."""
    out: list[int] = []
    column = 0
    while len(out) < least:
        left = column * pitch
        if all(left >= b or left + width <= a for a, b in blocked):
            out.append(column)
        column += 1
    return out


def take(wanted: Sequence[float], columns: Sequence[int]) -> list[int]:
    """A column for each card, in their order and each another, as near to the wanted column as may be."""
    if not wanted:
        return []
    places = [_nearest(columns, w) - i for i, w in enumerate(wanted)]
    flat = isotonic([float(p) for p in places], [1.0] * len(places))
    last = len(columns) - len(wanted)
    return [columns[min(max(round(f), 0), last) + i] for i, f in enumerate(flat)]


def _nearest(columns: Sequence[int], wanted: float) -> float:
    """Where `wanted` would stand in the list of columns, as a fraction of an index."""
    i = bisect_left(columns, wanted)
    if i == 0:
        return wanted - columns[0]
    if i == len(columns):
        return i - 1 + (wanted - columns[-1])
    step = columns[i] - columns[i - 1]
    return i - 1 + (wanted - columns[i - 1]) / step
