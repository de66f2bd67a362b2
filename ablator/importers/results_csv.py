"""Results of runs from a CSV: a `run` column, one column a metric, and what else the runs table carries."""

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from ablator.core.errors import BadInput
from ablator.files.atomic import read_bytes
from ablator.importers.csv_source import Table, decimal_of, load_csv, parse_number
from ablator.importers.parquet_table import is_parquet, parquet_as_csv
from ablator.importers.text_source import CONFIG_LIMIT

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
    "succeeded": "done",
    "ok": "done",
    "failed": "failed",
    "fail": "failed",
    "failure": "failed",
    "crashed": "failed",
    "crash": "failed",
    "error": "failed",
    "killed": "failed",
    "cancelled": "failed",
    "canceled": "failed",
    "aborted": "failed",
    "stopped": "failed",
    "timeout": "failed",
    "preempted": "failed",
    "node_fail": "failed",
    "out_of_memory": "failed",
    "oom": "failed",
    "diverged": "diverged",
    "nan": "diverged",
    "pruned": "pruned",
    "running": "running",
}
"""What trackers and schedulers call the end of a run."""

AHEAD = frozenset({"", "planned", "ready", "locked", "open", "stale", "waived", "pending", "queued", "scheduled"})
AHEAD |= {"waiting", "requeued", "preempting", "new", "todo", "skipped"}
"""Words for a run that is still to come: with a value in its row it is done."""

HEAD_BYTES = 100_000
"""Of a file, where its head is looked for."""

NOTHING = frozenset({"", "na", "n/a", "none", "null", "-", "–", "?"})
"""Cells that stand for a metric that was not measured."""


class ResultRow(msgspec.Struct, frozen=True, kw_only=True):
    """One run's results and the line they stand on."""

    run: str
    line: int
    metrics: dict[str, float]
    seed: int | None = None
    state: RunState = "done"
    broken: frozenset[str] = frozenset()
    """Metrics that are NaN or infinite."""
    unfinished: bool = False
    """Whether the log says that the training was to go on."""


class Results(msgspec.Struct, frozen=True):
    """All rows of a results table that hold something, with how its cells were read."""

    rows: tuple[ResultRow, ...]
    metrics: tuple[str, ...]
    delimiter: str
    decimal: str
    notes: tuple[str, ...] = ()
    """What was passed over, as sentences."""


def has_runs(path: Path) -> bool:
    """Whether a file is, or should be, a table of runs: by its head, or a CSV by its name that is no log of steps."""
    if path.is_dir():
        return False
    try:
        with path.open("rb") as stream:
            begin = stream.read(HEAD_BYTES)
    except (OSError, ValueError):
        return True  # its reader says what is wrong
    if is_parquet(begin):
        return True
    first = begin.split(b"\n", 1)[0].lower()
    names = {word.strip(b" \r\t\"'\xef\xbb\xbf") for word in re.split(rb"[,;\t|]", first)}
    if b"run" in names or first.startswith(b"sep="):
        return True
    return (
        path.suffix.lower() in {".csv", ".tsv", ""}
        and not names & {b"step", b"epoch", b"iteration", b"steps"}
        and (not first.startswith((b"{", b"[", b"\x00", b"sqlite")))
    )


def read_results_csv(path: Path, metric: str = "") -> Results:
    """The results in a CSV or Parquet file; rows whose metrics are all empty are not there yet and are left out.

    `metric` is what the study looks at. Columns of words beside those of numbers are passed over with a note. A metric
    that is NaN or infinite makes its run `diverged`, unless the row has a finite `metric`. Raises CannotAccess, or
    BadInput with `FILE:LINE`.
    """
    place = str(path)
    data = read_bytes(path, CONFIG_LIMIT)
    table = load_csv(parquet_as_csv(data, place) if is_parquet(data) else data, place)
    names = {h.strip().lower(): i for i, h in enumerate(table.head)}
    if "run" not in names:
        what = f"the table has no column `run`; it has {', '.join(table.head[:8])}"
        raise BadInput(what, place=f"{place}:1", mend="name the column of the run ids `run`")
    metrics = [(h, i) for i, h in enumerate(table.head) if h and h.strip().lower() not in NO_METRICS]
    if not metrics:
        raise BadInput("the table has no metric column", place=f"{place}:1", mend="add a column named after the metric")
    if not table.rows:
        raise BadInput("the table has a head and no rows", place=f"{place}:1", mend="give it a row a run")
    words = [h for h, i in metrics if h != metric and _wordy([row[i] for row in table.rows])]
    if len(words) < len(metrics):
        metrics = [(h, i) for h, i in metrics if h not in words]
    else:
        words = []  # the refusal of the first cell says what is expected
    notes = (f"passed over, since no cell is a number: {', '.join(words[:8])}",) if words else ()
    typed = [[row[i] for _, i in metrics] for row in table.rows]  # the other columns keep the points we wrote
    table = msgspec.structs.replace(table, decimal=decimal_of(typed, table.delimiter))
    out: dict[str, ResultRow] = {}
    for cells, line in zip(table.rows, table.lines, strict=True):
        row = _row(table, cells, line, names, metrics, place, metric)
        if row is None:
            continue
        if row.run in out:
            what = f"the run {row.run!r} stands on line {out[row.run].line} already"
            raise BadInput(what, place=f"{place}:{line}", mend="keep one row a run")
        out[row.run] = row
    return Results(tuple(out.values()), tuple(m for m, _ in metrics), table.delimiter, table.decimal, notes)


def _wordy(cells: Sequence[str]) -> bool:
    """Whether a column holds something, and nothing of it is a number however decimals are written."""
    said = [c for c in cells if c.lower() not in NOTHING]
    return bool(said) and all(parse_number(c, ".") is None and parse_number(c, ",") is None for c in said)


def _row(
    table: Table,
    cells: tuple[str, ...],
    line: int,
    names: dict[str, int],
    metrics: list[tuple[str, int]],
    place: str,
    wanted: str,
) -> ResultRow | None:
    run, at = cells[names["run"]], f"{place}:{line}"
    values: dict[str, float] = {}
    broken = set()
    for metric, column in metrics:
        cell = cells[column]
        if cell.lower() in NOTHING:
            continue
        number = table.number(cell)
        if number is None:
            what = f"{metric} is {cell[:40]!r}, which is no number"
            raise BadInput(what, place=at, mend="write it as 0.93, or leave the cell empty")
        if math.isfinite(number):
            values[metric] = number
        else:
            broken.add(metric)
    word = next((cells[names[k]] for k in ("state", "status") if k in names), "")
    said = _state(word, at)
    state = "diverged" if broken and wanted not in values else said
    if not values and state in {"done", "running"}:
        return None
    if not run:
        raise BadInput("the row names no run", place=at, mend="write the run's id in the column `run`")
    seed = _seed(table, cells[names["seed"]], at) if "seed" in names else None
    return ResultRow(run=run, line=line, metrics=values, seed=seed, state=state, broken=frozenset(broken))


def _state(cell: str, place: str) -> RunState:
    word = cell.strip().lower()
    if word in AHEAD or word in NOTHING:
        return "done"
    if word not in STATES:
        raise BadInput(
            f"the status {cell[:40]!r} is not known", place=place, mend="use done, failed, diverged, pruned or running"
        )
    return STATES[word]


def _seed(table: Table, cell: str, place: str) -> int | None:
    if cell.lower() in NOTHING:
        return None
    number = table.number(cell)
    if number is None or not math.isfinite(number) or number != int(number) or not 0 <= number < 2**63:
        raise BadInput(
            f"the seed is {cell[:40]!r}", place=place, mend="write a whole number of 0 or more, or leave the cell empty"
        )
    return int(number)
