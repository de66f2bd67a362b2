"""Two studies side by side: which elements are the same, changed, or on one side only, and what differs in each."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any, Literal

import msgspec

from ablator.core.change import EXTRA, INFO, between
from ablator.core.elements import Element, Relation
from ablator.core.lanes import LANES
from ablator.core.study import Study, attributes
from ablator.files.diff import difference

State = Literal["same", "changed", "left", "right"]
STATES: tuple[State, ...] = ("changed", "left", "right", "same")
"""In the order in which they matter; `left` and `right` are on that side only."""

TELLING = ("slot", "value", "unit", "parameters", "blocks", "from_", "prior", "question", "note")
NAMED = ("id", "name", "source", "target", "kind")
LONGEST = 300
"""Characters of a value that are carried; more is not read in a comparison."""


class Detail(msgspec.Struct, frozen=True, array_like=True):
    """One attribute that is different: its key in the file, and both values as text, empty where there is none."""

    key: str
    left: str
    right: str


class Row(msgspec.Struct, frozen=True, array_like=True):
    """One thing on one or both sides. `group` is a lane, or the table of what lies on none.

    `left` and `right` are what it is called there, empty on the side that lacks it.
    """

    state: State
    group: str
    id: str
    left: str
    right: str
    details: tuple[Detail, ...] = ()


class Comparison(msgspec.Struct, frozen=True, array_like=True):
    """All rows, by lane from the horizon down, then settings and the other tables."""

    rows: tuple[Row, ...]

    def count(self, state: State) -> int:
        """How many rows are in this state."""
        return sum(row.state == state for row in self.rows)


GROUPS = (*LANES, INFO, "relations", "evidence", "decisions", "conflicts", EXTRA)


def compare(left: Study, right: Study) -> Comparison:
    """What two studies share and where they differ. What is the same is told of elements alone."""
    cells = sorted(between(left, right).cells, key=lambda c: (c.table, c.id))
    rows = []
    changed: set[str] = set()
    for (table, key), found in groupby(cells, key=lambda c: (c.table, c.id)):
        rows.append(_row(left, right, table, key, [difference(c) for c in found]))
        if table == "elements":
            changed.add(key)
    for key in left.elements.keys() - changed:
        said = _name(left.elements[key])
        rows.append(Row("same", left.elements[key].lane, key, said, said))
    order = {group: n for n, group in enumerate(GROUPS)}
    place = {state: n for n, state in enumerate(STATES)}
    rows.sort(key=lambda r: (order.get(r.group, len(order)), place[r.state], r.left or r.right, r.id))
    return Comparison(tuple(rows))


def _row(left: Study, right: Study, table: str, key: str, found: list[Any]) -> Row:
    if table in {INFO, EXTRA}:
        details = tuple(Detail(d.attribute or key, _text(d.before), _text(d.after)) for d in found)
        names = (left.info.name, right.info.name) if table == INFO else (key, key)
        return Row("changed", table, key, _short(names[0] or key), _short(names[1] or key), details)
    one, two = left.table(table).get(key), right.table(table).get(key)
    there: Any = two if one is None else one
    group = there.lane if table == "elements" else table
    if one is None or two is None:
        plain, said = _whole(there), _name(there)
        if two is None:
            return Row("left", group, key, said, "", tuple(Detail(k, v, "") for k, v in plain.items()))
        return Row("right", group, key, "", said, tuple(Detail(k, "", v) for k, v in plain.items()))
    details = tuple(Detail(d.attribute, _text(d.before), _text(d.after)) for d in found)
    return Row("changed", group, key, _name(one), _name(two), details)


def _whole(row: msgspec.Struct) -> Mapping[str, str]:
    """What a row says beyond its name: what its defaults do not say already; of elements what people ask about."""
    out = {}
    for name, key, default in attributes(type(row)):
        value = getattr(row, name)
        tells = name in TELLING if isinstance(row, Element) else name not in NAMED
        if tells and value != default:
            out[key] = _text(msgspec.to_builtins(value))
    return out


def _name(row: Any) -> str:
    if isinstance(row, Element):
        return _short(row.name or row.id)
    if isinstance(row, Relation):
        return _short(f"{row.source} {row.kind} {row.target}")
    return _short(str(getattr(row, "name", "") or row.id))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return _short(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, list | tuple) and all(isinstance(v, str) for v in value):
        return _short(", ".join(value))
    return _short(msgspec.json.encode(value).decode())


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
