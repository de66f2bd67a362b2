"""Designs and their results as somebody's table: which columns are ideas, which cells are in or out."""

import difflib
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from ablator.core.errors import BadInput
from ablator.core.queries import title
from ablator.core.study import Study, base_id
from ablator.importers.csv_source import Table, load_csv
from ablator.importers.results_csv import AHEAD, NO_METRICS, NOTHING, STATES
from ablator.plan.screening_check import Row, row_of

if TYPE_CHECKING:
    from ablator.plan.screening import Model

IN = frozenset({"1", "+1", "+", "1.0", "on", "yes", "true", "with", "in", "high", "present", "x", "✓"})
TICKS = frozenset({"x", "✓"})
"""Cells that stand beside empty ones: a tick says in, nothing says out."""

OUT = frozenset(
    {"0", "-1", "-", "0.0", "-1.0", "−1", "−", "–", "off", "no", "false", "without", "out", "low", "absent"}
)
"""How people write that an idea is in, or out."""

BESIDE = NO_METRICS | {"changes", "also_falls", "note", "notes"}
"""Columns of a design that hold no idea."""


class Design(msgspec.Struct, frozen=True):
    """The runs of a table, its ideas in the order of its columns, and the interactions that it has columns for."""

    ideas: tuple[str, ...]
    rows: tuple[Row, ...]
    interactions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_design(data: bytes, place: str, study: Study, ideas: Sequence[str] = (), *, needed: bool = True) -> Design:
    """The design in a CSV; with `ideas`, only these columns. Raises BadInput with `FILE:LINE`.

    Without `needed`, a table that has no column of an idea is an empty design.
    """
    table = load_csv(data, place)
    names = _names(study)
    columns: dict[str, int] = {}
    pairs: list[str] = []
    passed: list[str] = []
    notes: list[str] = []
    for i, head in enumerate(table.head):
        low = head.strip().lower()
        key = names.get(low)
        if key is None and ":" in head:
            first, _, second = (names.get(x.strip().lower()) for x in low.partition(":"))
            if first and second:
                pairs.append(f"{first}:{second}")
                continue
        if key is None:
            if low in BESIDE or head == study.info.metric or not head:
                continue
            cells = [row[i].strip().lower() for row in table.rows]
            if cells and needed and all(c in IN or c in OUT for c in cells):
                raise BadInput(f"no idea is called {head[:80]!r}", place=f"{place}:1", mend=_like(low, names))
            passed.append(head)
            continue
        if key in columns:
            raise BadInput(f"two columns are about {key}", place=f"{place}:1", mend="keep one of them")
        if not ideas or key in ideas:
            columns[key] = i
        elif len({row[i].strip().lower() for row in table.rows}) > 1:
            notes.append(f"{key} varies, too, and is no part of the model: what it does is read as something else.")
    missing = [k for k in ideas if k not in columns]
    if missing and columns:
        raise BadInput(f"no column is about {missing[0]}", place=f"{place}:1", mend="leave it out of --ideas")
    if needed and not columns:
        raise BadInput("no column is an idea of the study", place=f"{place}:1", mend="name columns by ids of ideas")
    if needed and not table.rows:
        raise BadInput("the table has a head and no rows", place=f"{place}:1", mend="give it a row a run")
    rows = tuple(_rows(table, columns, place)) if columns else ()
    if passed and needed:
        notes.append(f"Passed over, since they are no ideas: {', '.join(passed[:8])}.")
    return Design(tuple(columns), rows, tuple(pairs), tuple(notes))


def _names(study: Study) -> dict[str, str]:
    """What an idea may be called in a head, in lower case: its id first, then what only one idea is called."""
    ids = sorted(k for k, e in study.elements.items() if e.kind == "idea")
    said: dict[str, set[str]] = {}
    for k in ids:
        for word in (base_id(k), title(study.elements[k])):
            said.setdefault(word.strip().lower(), set()).add(k)
    out = {word: next(iter(keys)) for word, keys in said.items() if len(keys) == 1}
    return out | {k.lower(): k for k in ids}


def _like(word: str, names: Mapping[str, str]) -> str:
    close = difflib.get_close_matches(word, list(names), 1)
    return f"did you mean {names[close[0]]}?" if close else "see `ablator show` for the ideas"


def _rows(table: Table, columns: Mapping[str, int], place: str) -> list[Row]:
    run_at = next((i for i, h in enumerate(table.head) if h.strip().lower() == "run"), None)
    ticked = set()
    for key, i in columns.items():
        said = {row[i].strip().lower() for row in table.rows}
        if said <= {*TICKS, ""} and said & TICKS:
            ticked.add(key)
        if said & {"0", "0.0"} and said & {"-1", "-1.0", "−1", "-", "−"}:
            raise BadInput(f"{key} has three levels", place=f"{place}:1", mend="write 1 for in and 0 for out")
    out: list[Row] = []
    seen: dict[str, int] = {}
    for n, (cells, line) in enumerate(zip(table.rows, table.lines, strict=True), 1):
        run = (cells[run_at].strip() if run_at is not None else "") or f"r{n}"
        if run in seen:
            what = f"the run {run[:80]!r} stands on line {seen[run]} already"
            raise BadInput(what, place=f"{place}:{line}", mend="give each run its own id; repeats are s1, s2, …")
        seen[run] = line
        states = {}
        for key, i in columns.items():
            word = cells[i].strip().lower()
            if word not in IN and word not in OUT and not (key in ticked and not word):
                wrong = f"is {cells[i][:40]!r}" if word else "is empty"
                raise BadInput(f"{key} {wrong}, neither in nor out", place=f"{place}:{line}", mend="write 1 or 0")
            states[key] = word in IN
        out.append(Row(run, line, states))
    return out


def read_results(
    data: bytes, place: str, study: Study, model: "Model", design: Design
) -> tuple[list[int], list[float], list[str]]:
    """Rows and values of the runs that have a result, and what was left out. Raises BadInput with `FILE:LINE`."""
    table = load_csv(data, place)
    at = {h.strip().lower(): i for i, h in reversed(list(enumerate(table.head)))}
    if "run" not in at and not design.rows:
        raise BadInput("the table has no column `run`", place=f"{place}:1", mend="name the column of the run ids `run`")
    metric = _metric(table, study, at, place)
    rows_of = {r.run: row_of(model, r.ideas) for r in design.rows}
    state_at = next((at[k] for k in ("state", "status") if k in at), None)
    rows: list[int] = []
    values: list[float] = []
    lost: list[str] = []
    seen: dict[str, int] = {}
    for n, (cells, line) in enumerate(zip(table.rows, table.lines, strict=True), 1):
        run = (cells[at["run"]].strip() if "run" in at else "") or f"r{n}"
        if run not in rows_of:
            what = f"{run[:80]!r} is no run of the design"
            raise BadInput(
                what, place=f"{place}:{line}", mend="hand in the design it belongs to with --verify DESIGN.csv"
            )
        if run in seen:
            what = f"the run {run[:80]!r} stands on line {seen[run]} already"
            raise BadInput(what, place=f"{place}:{line}", mend="keep one row a run")
        seen[run] = line
        value = _value(table, cells[metric], table.head[metric], f"{place}:{line}")
        word = cells[state_at].strip().lower() if state_at is not None else ""
        done = word in AHEAD or word in NOTHING or STATES.get(word, "done") == "done"
        if value is None or not done or not math.isfinite(value):
            if word or cells[metric].strip():
                lost.append(run)
            continue
        faults = model.space.faults(rows_of[run])
        if faults:
            what = f"{run[:80]} cannot be built: {faults[0].reason}"
            raise BadInput(what, place=f"{place}:{line}", mend="mend the design, or leave that row out")
        rows.append(rows_of[run])
        values.append(value)
    waiting = len(rows_of) - len(rows) - len(lost)
    notes = []
    if lost:
        runs = "run that failed or diverged is" if len(lost) == 1 else "runs that failed or diverged are"
        notes.append(
            f"{len(lost)} {runs} left out, as censored: {', '.join(lost[:6])}. Where they have ideas in common that "
            "are out, that is a result of its own."
        )
    if waiting > 0:
        runs = "run of the design has" if waiting == 1 else "runs of the design have"
        notes.append(f"{waiting} {runs} no result yet.")
    return rows, values, notes


def _metric(table: Table, study: Study, at: Mapping[str, int], place: str) -> int:
    """The column of the study's metric; without a name, the only column that holds numbers and no idea."""
    wanted = study.info.metric
    if wanted and wanted in table.head:
        return table.head.index(wanted)
    if wanted and wanted.lower() in at:
        return at[wanted.lower()]
    names = _names(study)
    free = [
        i
        for i, h in enumerate(table.head)
        if h and h.strip().lower() not in BESIDE and h.strip().lower() not in names and ":" not in h
    ]
    if len(free) == 1 and (not wanted or table.head[free[0]].strip().lower() in {"metric", "value", "score", "result"}):
        return free[0]
    what = f"the table has no column {wanted!r}" if wanted else "it is not clear which column is the metric"
    raise BadInput(what, place=f"{place}:1", mend="name the metric's column as the study does")


def _value(table: Table, cell: str, metric: str, place: str) -> float | None:
    if cell.strip().lower() in NOTHING:
        return None
    number = table.number(cell)
    if number is None:
        what = f"{metric} is {cell[:40]!r}, which is no number"
        raise BadInput(what, place=place, mend="write it as 0.93, or leave the cell empty")
    return number
