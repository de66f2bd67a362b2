"""What is different between two studies, by meaning and not by line."""

from typing import Any

import msgspec

from ablator.core.change import EXTRA, INFO, Cell, between
from ablator.core.study import TABLES as ROW_TYPES
from ablator.core.study import Study, attributes
from ablator.files.study_bytes import row_value

_WORD = {"elements": "element", "relations": "relation", "evidence": "evidence", "decisions": "decision"}


class Difference(msgspec.Struct, frozen=True):
    """One thing that is different: a whole row, or one attribute. Before or after is null where it is not there."""

    table: str
    id: str
    attribute: str
    before: Any
    after: Any
    sentence: str


def differences(before: Study, after: Study) -> list[Difference]:
    """Every difference, settings first, then tables in their file order, rows by id."""
    return [difference(cell) for cell in between(before, after).cells]


def difference(cell: Cell) -> Difference:
    """One cell of a change as a difference, with its sentence."""
    row_type = ROW_TYPES.get(cell.table)
    keys = {name: key for name, key, _ in attributes(row_type)} if row_type else {}
    attribute = keys.get(cell.attribute, cell.attribute)
    old, new = _plain(cell.before), _plain(cell.after)
    if cell.table == INFO:
        return Difference(cell.table, "", attribute, old, new, f"~ study: {attribute} {_short(old)} → {_short(new)}")
    if cell.table == EXTRA:
        old, new = (v[0] if v else None for v in (cell.before, cell.after))
        return Difference(cell.table, cell.id, "", old, new, f"~ {cell.id}: {_short(old)} → {_short(new)}")
    word = _WORD.get(cell.table, "conflict")
    if not cell.attribute:
        sign = "+" if cell.before is None else "-"
        return Difference(cell.table, cell.id, "", old, new, f"{sign} {word} {cell.id}")
    said = f"~ {word} {cell.id}: {attribute} {_short(old)} → {_short(new)}"
    return Difference(cell.table, cell.id, attribute, old, new, said)


def _plain(value: Any) -> Any:
    return row_value(value) if isinstance(value, msgspec.Struct) else msgspec.to_builtins(value)


def _short(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 60 else text[:59] + "…"
