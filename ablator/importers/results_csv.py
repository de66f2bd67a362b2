"""Results of runs from a CSV: a `run` column, one column a metric, and what else the runs table carries."""

import math
from pathlib import Path
from typing import Literal

import msgspec

from ablator.core.errors import BadInput
from ablator.importers.csv_source import Table, decimal_of, load_csv
from ablator.importers.text_source import read_bytes

RunState = Literal["done", "failed", "diverged", "pruned", "running"]
NO_METRICS = frozenset(
    {"run", "step", "arm", "kind", "seed", "overrides", "command", "cost_hours", "status", "state", "trial", "epoch"}
)
"""Columns of the runs table that hold no metric."""

STATES: dict[str, RunState] = {
    "done": "done",
    "complete": "done",
    "completed": "done",
    "finished": "done",
    "success": "done",
    "failed": "failed",
    "fail": "failed",
    "crashed": "failed",
    "error": "failed",
    "killed": "failed",
    "diverged": "diverged",
    "nan": "diverged",
    "pruned": "pruned",
    "running": "running",
}
NOTHING = frozenset({"", "na", "n/a", "none", "null", "-", "–", "?"})
"""Cells that stand for a metric that was not measured."""


class ResultRow(msgspec.Struct, frozen=True, kw_only=True):
    """One run's results and the line they stand on."""

    run: str
    line: int
    metrics: dict[str, float]
    seed: int | None = None
    state: RunState = "done"


class Results(msgspec.Struct, frozen=True):
    """All rows of a results table that hold something, with how its cells were read."""

    rows: tuple[ResultRow, ...]
    metrics: tuple[str, ...]
    delimiter: str
    decimal: str


def read_results_csv(path: Path) -> Results:
    """The results in a CSV file; rows whose metrics are all empty are not there yet and are left out.

    A metric that is NaN or infinite makes its run `diverged`. Raises CannotAccess, or BadInput with `FILE:LINE`.
    """
    place = str(path)
    table = load_csv(read_bytes(path), place)
    names = {h.strip().lower(): i for i, h in enumerate(table.head)}
    if "run" not in names:
        what = f"the table has no column `run`; it has {', '.join(table.head[:8])}"
        raise BadInput(what, place=f"{place}:1", mend="name the column of the run ids `run`")
    metrics = [(h, i) for i, h in enumerate(table.head) if h and h.strip().lower() not in NO_METRICS]
    if not metrics:
        raise BadInput("the table has no metric column", place=f"{place}:1", mend="add a column named after the metric")
    typed = [[row[i] for _, i in metrics] for row in table.rows]  # the other columns keep the points we wrote
    table = msgspec.structs.replace(table, decimal=decimal_of(typed, table.delimiter))
    out: dict[str, ResultRow] = {}
    for cells, line in zip(table.rows, table.lines, strict=True):
        row = _row(table, cells, line, names, metrics, place)
        if row is None:
            continue
        if row.run in out:
            what = f"the run {row.run!r} stands on line {out[row.run].line} already"
            raise BadInput(what, place=f"{place}:{line}", mend="keep one row a run")
        out[row.run] = row
    return Results(tuple(out.values()), tuple(m for m, _ in metrics), table.delimiter, table.decimal)


def _row(
    table: Table,
    cells: tuple[str, ...],
    line: int,
    names: dict[str, int],
    metrics: list[tuple[str, int]],
    place: str,
) -> ResultRow | None:
    run = cells[names["run"]]
    values: dict[str, float] = {}
    broken = False
    for metric, column in metrics:
        cell = cells[column]
        if cell.lower() in NOTHING:
            continue
        number = table.number(cell)
        if number is None:
            what = f"{metric} is {cell[:40]!r}, which is no number"
            raise BadInput(what, place=f"{place}:{line}", mend="write it as 0.93, or leave the cell empty")
        if math.isfinite(number):
            values[metric] = number
        else:
            broken = True
    word = next((cells[names[k]].lower() for k in ("state", "status") if k in names), "")
    state = "diverged" if broken else STATES.get(word, "done")
    if not values and state in {"done", "running"}:
        return None
    if not run:
        raise BadInput("the row names no run", place=f"{place}:{line}", mend="write the run's id in the column `run`")
    seed = table.number(cells[names["seed"]]) if "seed" in names else None
    whole = int(seed) if seed is not None and math.isfinite(seed) and seed == int(seed) and 0 <= seed < 2**63 else None
    return ResultRow(run=run, line=line, metrics=values, seed=whole, state=state)
