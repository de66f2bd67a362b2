"""Three-way merge of studies by meaning: nothing is dropped, the result is valid, and it is the same whoever merges."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from ablator.core.conflicts import solve
from ablator.core.elements import Conflict, Info
from ablator.core.errors import BadInput
from ablator.core.lanes import KIND_OF_LANE
from ablator.core.limits import valid_row_id
from ablator.core.queries import requirement_cycle
from ablator.core.study import TABLES, Study, same
from ablator.files.merge_rows import MISSING, Clash, Ends, cut_circles, merge_tables
from ablator.files.study_bytes import layout, listed, row_value
from ablator.files.study_text import row_from

HEAD = "study"
"""Table of the settings, with one row `info`; `extra` is that of unknown top-level keys, with one row `extra`."""

_ENDS = Ends("relations", ("source", "target"), "elements")
_KINDS = {"deleted but edited": "edited and deleted"}


class Merged(msgspec.Struct, frozen=True):
    """A valid study that holds everything of both sides, and what a person must still decide.

    `sides` tells for each conflict of this merge which value is whose: `ours` is shown or other.
    """

    study: Study
    conflicts: tuple[Conflict, ...]
    sides: Mapping[str, str]


class _Plain:
    """Studies as tables of JSON values; rows that are the same are one object, and known by it later."""

    def __init__(self) -> None:
        self.rows: dict[int, Any] = {}

    def tables(self, study: Study, base: Study | None, plain_base: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """The tables of a study; what it has in common with the base is the base's own object."""
        out: dict[str, dict[str, Any]] = {}
        for table in TABLES:
            old = base.table(table) if base is not None else {}
            rows = {}
            for key, row in study.table(table).items():
                known = old.get(key)
                rows[key] = plain_base[table][key] if known is not None and same(known, row) else self._row(row)
            out[table] = rows
        out[HEAD] = {"info": row_value(study.info)}
        out["extra"] = {"extra": dict(study.extra)}
        return out

    def _row(self, row: msgspec.Struct) -> dict[str, Any]:
        plain = row_value(row)
        self.rows[id(plain)] = row
        return plain

    def study(self, tables: Mapping[str, Mapping[str, Any]]) -> Study:
        """The study that the merged tables hold."""
        typed: dict[str, dict[str, Any]] = {}
        for table, row_type in TABLES.items():
            typed[table] = {
                key: self.rows.get(id(plain)) or row_from(row_type, plain) for key, plain in tables[table].items()
            }
        return Study(info=row_from(Info, tables[HEAD]["info"]), extra=dict(tables["extra"]["extra"]), **typed)


def merge_studies(base: Study, ours: Study, theirs: Study) -> Merged:
    """The merge of two studies that were made from `base`. Never fails: what cannot be decided becomes a conflict."""
    plain = _Plain()
    b = plain.tables(base, None, {})
    o, t = plain.tables(ours, base, b), plain.tables(theirs, base, b)
    merged, clashes = merge_tables(b, o, t, _ENDS)
    for key, row in merged["elements"].items():
        if KIND_OF_LANE[row["lane"]] != row["kind"]:
            merged["elements"][key] = {**row, "kind": KIND_OF_LANE[row["lane"]]}
    for kind in ("requires", "needs"):
        clashes += cut_circles(
            merged["relations"],
            lambda rows, kind=kind: _circle(rows, kind),  # type: ignore[misc]
            lambda key: key in b["relations"],
            "relations",
            (o["relations"], t["relations"]),
        )
    study = plain.study(merged)
    made = [_conflict(clash) for clash in clashes]
    sides = {
        conflict.id: "shown" if _shows(clash, clash.ours) else "other"
        for conflict, clash in zip(made, clashes, strict=True)
    }
    study = msgspec.structs.replace(study, conflicts={**study.conflicts, **{c.id: c for c in made}})
    return Merged(study, tuple(made), sides)


def _circle(rows: Mapping[str, Any], kind: str) -> list[str]:
    """Ids of the relations of one circle."""
    edges = {key: row_from(TABLES["relations"], row) for key, row in rows.items() if row["kind"] == kind}
    cycle = requirement_cycle(Study(relations=edges), kind)
    return [f"{a} {kind} {b}" for a, b in zip(cycle, [*cycle[1:], *cycle[:1]], strict=True)]


def _shows(clash: Clash, value: Any) -> bool:
    return (clash.took is MISSING) == (value is MISSING) and (value is MISSING or value == clash.took)


def _conflict(clash: Clash) -> Conflict:
    row = "" if clash.table in {HEAD, "extra"} else clash.row
    key = "/".join(part for part in (clash.table, row, clash.attribute) if part)
    if not valid_row_id(key):
        key = f"{clash.table}/{hashlib.sha256(key.encode()).hexdigest()[:16]}"
    other = clash.theirs if _shows(clash, clash.ours) else clash.ours
    if clash.kind == "circle":
        other = clash.base
    return Conflict(
        id=key,
        kind=_KINDS.get(clash.kind, clash.kind),  # type: ignore[arg-type]
        table=clash.table,
        row=row,
        attribute=clash.attribute,
        base=_written(clash, MISSING if clash.kind == "circle" else clash.base),
        shown=_written(clash, clash.took),
        other=_written(clash, other),
    )


def _written(clash: Clash, value: Any) -> Any:
    """A value as a conflict keeps it: what the file leaves out is its default."""
    if value is not MISSING:
        return value
    row_type = Info if clash.table == HEAD else TABLES.get(clash.table)
    if row_type is None or not clash.attribute:
        return None
    return listed(msgspec.to_builtins(layout(row_type).defaults.get(clash.attribute)))


def decide(merged: Merged, ours: Iterable[str], theirs: Iterable[str]) -> Study:
    """The merged study with conflicts decided for one side; the word `all` means every one that is not named.

    Raises BadInput for an id that is no conflict of this merge, EditRefused where the value cannot be taken.
    """
    rest: dict[str, str] = {}
    named: dict[str, str] = {}
    for side, ids in (("ours", ours), ("theirs", theirs)):
        for key in ids:
            if key == "all":
                rest = dict.fromkeys(merged.sides, side)
            elif key in merged.sides:
                named[key] = side
            else:
                known = ", ".join(sorted(merged.sides)[:5]) or "none"
                raise BadInput(f"there is no conflict {key!r}", place=f"merge --{side}", mend=f"there are: {known}")
    wish = {**rest, **named}
    study = merged.study
    for key in sorted(wish):
        if key in study.conflicts:
            shown = merged.sides[key] == "shown"
            study = solve(study, key, "shown" if shown == (wish[key] == "ours") else "other").apply(study)
    return study
