"""Deciding what a merge left open: keep what the study shows, or take the other value."""

from typing import Any, Literal

import msgspec

from ablator.core import edits
from ablator.core.change import EXTRA, INFO, Cell, Change
from ablator.core.elements import Conflict, Info
from ablator.core.errors import EditRefused
from ablator.core.study import TABLES, Study, attributes, same

Keep = Literal["shown", "other", "base"]


def solve(study: Study, conflict_id: str, keep: Keep) -> Change:
    """Take a conflict off the list with one of its values: what is shown, the other, or that of before both.

    Refused where the value would break a law. Only values of attributes go back to that of before both.
    """
    conflict = study.conflicts.get(conflict_id)
    if conflict is None:
        raise EditRefused(f"there is no conflict {conflict_id}")
    label = f"Decide {conflict.attribute or conflict.row}"
    done = Change(label, (Cell("conflicts", conflict_id, "", conflict, None),))
    if keep == "shown":
        return done
    if not conflict.attribute:
        if keep == "base":
            raise EditRefused(f"{conflict.row} as a whole has no value of before", mend="keep one of both sides")
        return done.then(_row_change(study, conflict))
    if keep == "base":
        conflict = msgspec.structs.replace(conflict, other=conflict.base)
    return done.then(_value_change(study, conflict))


def _row_change(study: Study, conflict: Conflict) -> Change:
    """The whole row goes, or comes back."""
    row = study.table(conflict.table).get(conflict.row) if conflict.table in TABLES else None
    if conflict.other is None:
        if row is None:
            return Change("")
        if conflict.table == "elements":
            return edits.remove(study, [conflict.row])
        return Change("", (Cell(conflict.table, conflict.row, "", row, None),))
    if conflict.table == "relations" and row is None:
        o = conflict.other
        return edits.relate(study, o["source"], o["target"], o["kind"], o.get("group", ""), o.get("note", ""))
    raise EditRefused(f"{conflict.row} is no longer what the merge left", mend="keep what is shown")


def _value_change(study: Study, conflict: Conflict) -> Change:
    if conflict.table == EXTRA:
        before = (study.extra[conflict.attribute],) if conflict.attribute in study.extra else None
        extra = None if conflict.other is None else (conflict.other,)
        return Change("", (Cell(EXTRA, conflict.attribute, "", before, extra),))
    row_type = Info if conflict.table == INFO else TABLES.get(conflict.table)
    row: Any = study.info if conflict.table == INFO else study.table(conflict.table).get(conflict.row)
    if row is None or row_type is None:
        raise EditRefused(f"{conflict.row} is not in the study any more", mend="keep what is shown")
    after: Any
    names = {key: name for name, key, _ in attributes(row_type)}
    name = names.get(conflict.attribute, "extra")
    if name == "extra":
        after = {k: v for k, v in row.extra.items() if k != conflict.attribute}
        if conflict.other is not None:
            after[conflict.attribute] = conflict.other
    else:
        wanted = next(f.type for f in msgspec.structs.fields(row_type) if f.name == name)
        try:
            after = msgspec.convert(conflict.other, wanted)
        except msgspec.ValidationError as wrong:
            raise EditRefused(f"the other value cannot be taken: {wrong}", mend="keep what is shown") from None
    before = getattr(row, name)
    if same(before, after):
        return Change("")
    return Change("", (Cell(conflict.table, conflict.row or "info", name, before, after),))
