"""A Change says what became different, cell by cell; it is the only way from one study to the next."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from ablator.core.elements import Info
from ablator.core.errors import EditRefused
from ablator.core.study import TABLES, Study, same

INFO = "study"
"""The table name under which the head's attributes are changed; its rows have the id `info`."""


EXTRA = "extra"
"""The table name of unknown top-level keys; the id is the key, before and after hold the value in a tuple of one."""


class Cell(msgspec.Struct, frozen=True, array_like=True):
    """One difference: `attribute` of row `id` in `table` went from `before` to `after`.

    An empty `attribute` stands for the whole row; None before or after then means it did not or does not exist.
    """

    table: str
    id: str
    attribute: str
    before: Any
    after: Any


class Change(msgspec.Struct, frozen=True):
    """A named step from one study to another. `apply` then `inverse().apply` gives the first study back."""

    label: str
    cells: tuple[Cell, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.cells)

    def inverse(self) -> "Change":
        """The change that takes this one back."""
        return Change(
            self.label, tuple(Cell(c.table, c.id, c.attribute, c.after, c.before) for c in reversed(self.cells))
        )

    def then(self, other: "Change") -> "Change":
        """Both changes as one step under this one's label."""
        return Change(self.label, self.cells + other.cells)

    def touched(self, table: str | None = None) -> set[str]:
        """Ids of the rows that change, in one table or in all."""
        return {c.id for c in self.cells if table is None or c.table == table}

    def tables(self) -> set[str]:
        """Names of the tables that change: what views look at to know whether they need a refresh."""
        return {c.table for c in self.cells}

    def apply(self, study: Study) -> Study:
        """The study after this change. Raises EditRefused when the study is not the one the change was made for."""
        tables: dict[str, dict[str, Any]] = {}
        info = study.info
        for cell in self.cells:
            if cell.table == INFO:
                info = _set_info(info, cell)
                continue
            if cell.table == EXTRA:
                tables[EXTRA] = _set_extra(tables.get(EXTRA, study.extra), cell)
                continue
            if cell.table not in tables:
                if cell.table not in TABLES:
                    raise EditRefused(f"no table is called {cell.table!r}")
                tables[cell.table] = dict(study.table(cell.table))
            _set_row(tables[cell.table], cell)
        changed: dict[str, Any] = {**tables}
        if info is not study.info:
            changed["info"] = info
        return msgspec.structs.replace(study, **changed) if changed else study


def _set_info(info: Info, cell: Cell) -> Info:
    if getattr(info, cell.attribute) != cell.before:
        raise EditRefused(f"the study's {cell.attribute} is no longer what this edit was made for")
    return msgspec.structs.replace(info, **{cell.attribute: cell.after})


def _set_extra(extra: Mapping[str, Any], cell: Cell) -> dict[str, Any]:
    kept = {k: v for k, v in extra.items() if k != cell.id}
    present = (extra[cell.id],) if cell.id in extra else None
    if present != (None if cell.before is None else tuple(cell.before)):
        raise EditRefused(f"{cell.id} is no longer what this edit was made for")
    return kept if cell.after is None else {**kept, cell.id: cell.after[0]}


def _set_row(rows: dict[str, Any], cell: Cell) -> None:
    present = rows.get(cell.id)
    if not cell.attribute:
        if present != cell.before:
            raise EditRefused(f"{cell.id} in {cell.table} is no longer what this edit was made for")
        if cell.after is None:
            del rows[cell.id]
        else:
            rows[cell.id] = cell.after
        return
    if present is None or getattr(present, cell.attribute) != cell.before:
        raise EditRefused(f"{cell.id}.{cell.attribute} is no longer what this edit was made for")
    rows[cell.id] = msgspec.structs.replace(present, **{cell.attribute: cell.after})


def between(before: Study, after: Study, label: str = "change") -> Change:
    """The change from one study to another: attribute by attribute where a row is on both sides."""
    cells: list[Cell] = []
    for f in msgspec.structs.fields(Info):
        a, b = getattr(before.info, f.name), getattr(after.info, f.name)
        if not same(a, b):
            cells.append(Cell(INFO, "info", f.name, a, b))
    for table in TABLES:
        cells.extend(_row_cells(table, before.table(table), after.table(table)))
    for key in sorted(before.extra.keys() | after.extra.keys()):
        a, b = ((study.extra[key],) if key in study.extra else None for study in (before, after))
        if not same(a, b):
            cells.append(Cell(EXTRA, key, "", a, b))
    return Change(label, tuple(cells))


def _row_cells(table: str, old: Any, new: Any) -> Iterable[Cell]:
    for key in sorted(old.keys() | new.keys()):
        a, b = old.get(key), new.get(key)
        if same(a, b):
            continue
        if a is None or b is None:
            yield Cell(table, key, "", a, b)
            continue
        for f in msgspec.structs.fields(TABLES[table]):
            x, y = getattr(a, f.name), getattr(b, f.name)
            if not same(x, y):
                yield Cell(table, key, f.name, x, y)
