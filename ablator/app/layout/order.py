"""The order of cards and passing edges within rows: barycentre sweeps and swaps of neighbours until crossings end."""

import itertools
from collections.abc import Sequence

SWEEPS = 10
PATIENCE = 4
MANY = 8000
"""With more nodes than this, few sweeps must do."""
FEW_SWEEPS = 2
"""Sweeps without a better order before it ends."""

Rows = list[list[int]]
Links = Sequence[Sequence[int]]


def crossings(rows: Rows, down: Links, at: list[int]) -> int:
    """How often lines between neighbouring rows cross; `at` holds each node's index in its row."""
    total = 0
    for upper, lower in itertools.pairwise(rows):
        ends: list[int] = []
        for node in upper:
            links = down[node]
            if len(links) == 1:
                ends.append(at[links[0]])
            elif links:
                ends.extend(sorted([at[x] for x in links]))
        total += _inversions(ends, len(lower))
    return total


def _inversions(ends: list[int], size: int) -> int:
    """Pairs that stand in the wrong order, counted with a tree of partial sums."""
    if len(ends) < 2:
        return 0
    tree = [0] * (size + 1)
    found = 0
    for seen, end in enumerate(ends):
        at = end + 1
        below = 0
        while at:
            below += tree[at]
            at &= at - 1
        found += seen - below
        at = end + 1
        while at <= size:
            tree[at] += 1
            at += at & -at
    return found


def ordered(rows: Rows, up: Links, down: Links, rank: Sequence[int], *, effort: int | None = None) -> Rows:
    """The rows in an order with few crossings, starting from the given one, in which `rank` never falls in a row."""
    at = [0] * len(up)
    many = len(up) > MANY
    if effort is None:
        effort = FEW_SWEEPS if many else SWEEPS
    for row in rows:
        _number(row, at)
    best, fewest = [list(r) for r in rows], crossings(rows, down, at)
    idle = 0
    for sweep in range(effort):
        if not fewest or idle >= PATIENCE:
            break
        order = range(1, len(rows)) if sweep % 2 == 0 else range(len(rows) - 2, -1, -1)
        links = up if sweep % 2 == 0 else down
        for r in order:
            _by_centre(rows[r], links, at, rank, turn=sweep % 4 >= 2)
        _swap(rows, up, down, at, rank, passes=1 if many else 3, turn=sweep % 4 >= 2)
        found = crossings(rows, down, at)
        idle += 1
        if found < fewest:
            best, fewest, idle = [list(r) for r in rows], found, 0
    for row in best:
        _number(row, at)
    _swap(best, up, down, at, rank, passes=2 if many else 10)
    return best


def _number(row: list[int], at: list[int]) -> None:
    for i, node in enumerate(row):
        at[node] = i


def _by_centre(row: list[int], links: Links, at: list[int], rank: Sequence[int], *, turn: bool) -> None:
    """Sort one row by the mean place of its neighbours; nodes without any stay where they are.

    Nodes with the same mean change places if `turn`.
    """
    held = [n for n in row if links[n]]
    if turn:
        held.reverse()
    centre = {n: (rank[n], sum([at[x] for x in links[n]]) / len(links[n])) for n in held}
    held.sort(key=centre.__getitem__)
    rest = iter(held)
    row[:] = [next(rest) if links[n] else n for n in row]
    _number(row, at)


def _swap(
    rows: Rows, up: Links, down: Links, at: list[int], rank: Sequence[int], *, passes: int, turn: bool = False
) -> None:
    """Swap neighbours wherever that takes crossings away; in the first pass also where it costs nothing, if `turn`."""
    live = set(range(len(rows)))
    for one in range(passes):
        least = 0 if turn and not one else 1
        again: set[int] = set()
        for r in sorted(live):
            if _swap_row(rows[r], up, down, at, rank, least):
                again |= {r - 1, r, r + 1}
        live = {r for r in again if 0 <= r < len(rows)}
        if not live:
            break


def _swap_row(row: list[int], up: Links, down: Links, at: list[int], rank: Sequence[int], least: int) -> bool:
    changed = False
    above = [[at[x] for x in up[n]] for n in row]
    below = [[at[x] for x in down[n]] for n in row]
    for i in range(len(row) - 1):
        gain = 0
        if above[i] and above[i + 1]:
            gain = _gain(above[i], above[i + 1])
        if below[i] and below[i + 1]:
            gain += _gain(below[i], below[i + 1])
        if gain >= least and rank[row[i]] == rank[row[i + 1]]:
            row[i], row[i + 1] = row[i + 1], row[i]
            above[i], above[i + 1] = above[i + 1], above[i]
            below[i], below[i + 1] = below[i + 1], below[i]
            changed = True
    if changed:
        _number(row, at)
    return changed


def _gain(left: list[int], right: list[int]) -> int:
    """Crossings of two neighbours' lines as they stand, less those when swapped."""
    if len(left) == 1 and len(right) == 1:
        a, b = left[0], right[0]
        return (a > b) - (a < b)
    return sum([(a > b) - (a < b) for a in left for b in right])
