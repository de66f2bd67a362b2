"""Three-way merge of tables of rows, atom by atom: a row exists or not, and each of its attributes has a value."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

Rows = Mapping[str, Mapping[str, Any]]
Tables = Mapping[str, Rows]
"""Table → row id → attribute → JSON value. Plain values are merged as a table with one row."""


class _Missing:
    """An atom that is not there."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = _Missing()


class Clash(msgspec.Struct, frozen=True):
    """Both sides changed the same thing differently; `took` is what the result shows. Values may be MISSING.

    An empty `attribute` is about the whole row.
    """

    kind: str
    table: str
    row: str
    attribute: str
    base: Any
    ours: Any
    theirs: Any
    took: Any


class Ends(msgspec.Struct, frozen=True):
    """Attributes of a table's rows that name rows of another one."""

    table: str
    attributes: tuple[str, ...]
    target: str


def exact(value: Any) -> str:
    """A value as text: equal texts are the same value, and the smaller text wins where nothing else decides."""
    return "" if value is MISSING else json.dumps(value, sort_keys=True, ensure_ascii=False)


def merge_tables(
    base: Tables, ours: Tables, theirs: Tables, ends: Ends
) -> tuple[dict[str, dict[str, Any]], list[Clash]]:
    """The merged tables and what both sides changed differently.

    Swapping `ours` and `theirs` gives the same tables. A row that one side deleted comes back where the other side
    changed it, or where a row that stays names it by `ends`.
    """
    clashes: list[Clash] = []
    merged: dict[str, dict[str, Mapping[str, Any]]] = {}
    for table in sorted({*base, *ours, *theirs}):
        sides = (base.get(table, {}), ours.get(table, {}), theirs.get(table, {}))
        merged[table] = {}
        for row in sorted({*sides[0], *sides[1], *sides[2]}):
            b, o, t = (side.get(row) for side in sides)
            kept = _row(table, row, b, o, t, clashes)
            if kept is not None:
                merged[table][row] = kept
    _bring_back_ends(merged, base, ours, theirs, ends, clashes)
    return merged, clashes


def _row(
    table: str,
    row: str,
    base: Mapping[str, Any] | None,
    ours: Mapping[str, Any] | None,
    theirs: Mapping[str, Any] | None,
    clashes: list[Clash],
) -> Mapping[str, Any] | None:
    if ours is theirs or ours is base:
        return theirs
    if theirs is base:
        return ours
    out: dict[str, Any] = {}
    for key in sorted({*(base or ()), *(ours or ()), *(theirs or ())}):
        b, o, t = ((side or {}).get(key, MISSING) for side in (base, ours, theirs))
        value = _atom(table, row, key, (b, o, t), clashes)
        if value is not MISSING:
            out[key] = value
    if (ours is None) == (theirs is None):
        return None if ours is None else out
    stays = base is None  # only one side has the row: it is new there, or the other side deleted it
    if not stays and out:
        side = ours if ours is not None else theirs
        clashes.append(Clash("deleted but edited", table, row, "", base, *_whole(ours, theirs), took=side))
        return side
    return out if stays else None


def _whole(ours: Mapping[str, Any] | None, theirs: Mapping[str, Any] | None) -> tuple[Any, Any]:
    return (MISSING if ours is None else ours), (MISSING if theirs is None else theirs)


def _atom(table: str, row: str, key: str, values: tuple[Any, Any, Any], clashes: list[Clash]) -> Any:
    base, ours, theirs = values
    x, y, z = map(exact, values)
    if y == z or z == x:
        return ours
    if y == x:
        return theirs
    if ours is MISSING or theirs is MISSING:
        took, kind = (theirs if ours is MISSING else ours), "edited and deleted"
    else:
        took, kind = (ours if y < z else theirs), "edited twice"
    clashes.append(Clash(kind, table, row, key, base, ours, theirs, took))
    return took


def _bring_back_ends(
    merged: dict[str, dict[str, Mapping[str, Any]]],
    base: Tables,
    ours: Tables,
    theirs: Tables,
    ends: Ends,
    clashes: list[Clash],
) -> None:
    there = merged.setdefault(ends.target, {})
    for row in sorted(merged.get(ends.table, {})):
        for attribute in ends.attributes:
            end: str = merged[ends.table][row].get(attribute, "")
            if end in there:
                continue
            left, right = (side.get(ends.target, {}).get(end) for side in (ours, theirs))
            back = left if left is not None else right
            if back is None:
                back = base.get(ends.target, {}).get(end)
            if back is not None:
                there[end] = back
                clashes.append(Clash("deleted but used", ends.target, end, "", back, *_whole(left, right), took=back))


def cut_circles(
    rows: dict[str, Mapping[str, Any]],
    circle: Callable[[Mapping[str, Any]], list[str]],
    old: Callable[[str], bool],
    table: str,
    sides: tuple[Rows, Rows],
) -> list[Clash]:
    """Take out of `rows` the edges of circles that only the merge made; `circle` names the edges of one, or nothing.

    Edges that the base has as they are (`old`) stay, unless all of a circle are such.
    """
    clashes = []
    while cycle := circle(rows):
        for key in sorted([k for k in cycle if not old(k)] or cycle):
            gone = rows.pop(key)
            ours, theirs = (side.get(key, MISSING) for side in sides)
            clashes.append(Clash("circle", table, key, "", gone, ours, theirs, took=MISSING))
    return clashes
