"""A Change as the JSON value that journals and the worker hold it in, and back."""

from typing import Any

import msgspec

from ablator.core.change import EXTRA, INFO, Cell, Change
from ablator.core.elements import Info
from ablator.core.study import TABLES
from ablator.files.study_bytes import attribute_value, row_value
from ablator.files.study_text import attribute_from, row_from


def change_value(change: Change) -> dict[str, Any]:
    """The change as an object of JSON values; rows stand in it as the study file writes them."""
    return {"label": change.label, "cells": [_cell_value(c) for c in change.cells]}


def change_from(value: Any) -> Change:
    """What `change_value` made. Raises KeyError, TypeError, ValueError or msgspec.ValidationError where it is none."""
    return Change(str(value["label"]), tuple(_cell(*cell) for cell in value["cells"]))


def change_bytes(change: Change) -> bytes:
    """The change as JSON."""
    return msgspec.json.encode(change_value(change))


def change_of(data: bytes) -> Change:
    """What `change_bytes` wrote."""
    return change_from(msgspec.json.decode(data))


def _cell_value(cell: Cell) -> list[Any]:
    if cell.table == EXTRA or (cell.before is None and cell.after is None):
        return [cell.table, cell.id, cell.attribute, cell.before, cell.after]
    row_type = Info if cell.table == INFO else TABLES[cell.table]
    if cell.attribute:
        old, new = (attribute_value(row_type, cell.attribute, v) for v in (cell.before, cell.after))
    else:
        old, new = (None if v is None else row_value(v) for v in (cell.before, cell.after))
    return [cell.table, cell.id, cell.attribute, old, new]


def _cell(table: str, key: str, attribute: str, old: Any, new: Any) -> Cell:
    if table == EXTRA:
        return Cell(table, key, attribute, *(None if v is None else tuple(v) for v in (old, new)))
    row_type = Info if table == INFO else TABLES[table]
    if attribute:
        return Cell(table, key, attribute, *(attribute_from(row_type, attribute, v) for v in (old, new)))
    return Cell(table, key, attribute, *(None if v is None else row_from(row_type, v) for v in (old, new)))
