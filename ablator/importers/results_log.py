"""Results of runs from what trainers and searches leave: each log matched to a run of the plan, each trial too."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import cast

import msgspec

from ablator.core.elements import Json
from ablator.core.errors import AblatorError, BadInput
from ablator.diagnose.log import Log, Series, canonical
from ablator.files.atomic import read_bytes
from ablator.importers.csv_source import load_csv, parse_number
from ablator.importers.found import Reading, Trial
from ablator.importers.results_csv import ResultRow, Results, RunState
from ablator.importers.sources import read_file, read_source
from ablator.importers.text_source import CONFIG_LIMIT

MAX_FILES = 5_000
"""Files of a folder that are looked at."""

Planned = Mapping[str, Mapping[str, Json]]
"""Run id → its complete overrides."""


def read_results_log(path: Path, metric: str, planned: Planned, run: str = "") -> Results:
    """The last value of `metric` in each log, for the run that `run`, the name or a folder of the path names.

    Trials of a search go to the planned runs with the same overrides. Raises CannotAccess, and BadInput where no
    run, or no value, is found.
    """
    rows: list[ResultRow] = []
    notes: list[str] = []
    if path.is_dir() and not run and not run_in(path, planned):
        for name, files in files_by_run(path, planned, notes).items():
            readings = [r for f in files for r in _read(f, notes)]
            found = _row(name, readings, metric, notes)
            if not found:
                found = [msgspec.structs.replace(r, run=name) for f in files for r in _last_of_column(f, metric)][:1]
            rows += found
        if not rows:
            raise BadInput(
                "no file in it lies in a folder, or has a name, with a run's id",
                place=str(path),
                mend="name folders after the runs, such as tune-learning-rate/sweep/t1, or write RUN=PATH",
            )
        return _results(rows, notes)
    try:
        readings = read_source(str(path))
    except BadInput:
        found = _last_of_column(path, metric) if (run or run_in(path, planned)) else []
        if not found:
            raise
        return _results([msgspec.structs.replace(found[0], run=run or run_in(path, planned))], notes)
    trials = [t for r in readings for t in r.trials]
    if trials and not run:
        rows = _of_trials(trials, metric, planned, notes)
        if not rows:
            raise BadInput(
                f"none of its {len(trials)} trials has the settings of a planned run",
                place=str(path),
                mend="run what `ablator next` lists, or write RUN=PATH",
            )
        return _results(rows, notes)
    name = run or run_in(path, planned)
    if not name:
        raise BadInput(
            "nothing says which run this is", place=str(path), mend=f"write RUN={path}, with a run of `ablator next`"
        )
    rows = _row(name, readings, metric, notes)
    if not rows:
        named = sorted({s.key for r in readings if r.log is not None for s in r.log.series.values()})
        raise BadInput(
            f"it holds no value of {metric or 'a metric'}" + (f", but {', '.join(named[:6])}" if named else ""),
            place=str(path),
            mend="hand in the log that has it, or set the study's metric",
        )
    return _results(rows, notes)


def run_in(path: Path, planned: Iterable[str]) -> str:
    """The planned run whose id stands in a path, with any signs between its parts; the longest wins, else nothing."""
    hay = f"-{_bare(str(path.absolute()))}-"
    found = [run for run in planned if f"-{_bare(run)}-" in hay or f"-{_bare(run)}-" in f"-{_bare(path.stem)}-"]
    return max(found, key=lambda r: (len(r), r), default="")


def _bare(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def files_by_run(folder: Path, planned: Planned, notes: list[str]) -> dict[str, list[Path]]:
    """The files of each run, its id read from the part of the path below the folder."""
    bare = {_bare(run): run for run in planned}
    out: dict[str, list[Path]] = {}
    files = sorted(p for n, p in enumerate(folder.rglob("*")) if n < MAX_FILES and p.is_file() and not p.is_symlink())
    for file in files:
        hay = f"-{_bare(str(file.relative_to(folder).with_suffix('')))}-"
        found = [name for name in bare if f"-{name}-" in hay]
        if found:
            out.setdefault(bare[max(found, key=lambda n: (len(n), n))], []).append(file)
    if len(files) >= MAX_FILES:
        notes.append(f"only the first {MAX_FILES:,} files were looked at")
    return out


def _read(file: Path, notes: list[str]) -> list[Reading]:
    try:
        return [read_file(file, file.name)]
    except AblatorError as wrong:
        if file.suffix.lower() in {".json", ".jsonl", ".csv"}:
            notes.append(f"{file.name} was not read: {wrong.what}")
        return []


def _row(run: str, readings: Sequence[Reading], metric: str, notes: list[str]) -> list[ResultRow]:
    """The row of one run: the metric's last value in the longest log that has it, other evaluations beside it."""
    logs = [r.log for r in readings if r.log is not None and _series(r.log, metric) is not None]
    if not logs:
        return []
    log = max(logs, key=lambda one: (one.done_steps or 0.0, one.rows))
    main = cast("Series", _series(log, metric))
    name = metric or main.key
    metrics: dict[str, float] = {}
    broken = set()
    for one in (main, *(s for s in log.series.values() if s is not main and _heldout(s))):
        key, value = (name if one is main else one.key), one.values[-1]
        if math.isfinite(value):
            metrics[key] = value
        else:
            broken.add(key)
    short = bool(log.planned_steps and log.done_steps and log.done_steps < log.planned_steps * (1 - 1e-6))
    if log.finished is False and log.planned_steps:
        notes.append(f"{run} ended at step {log.done_steps:g} of {log.planned_steps:g}")
    state: RunState = "diverged" if name in broken else "done"
    return [ResultRow(run=run, line=1, metrics=metrics, state=state, broken=frozenset(broken), unfinished=short)]


def _last_of_column(path: Path, metric: str) -> list[ResultRow]:
    """The last value under the metric's very name in a table that is no training log otherwise."""
    if not metric or path.suffix.lower() not in {".csv", ".tsv"}:
        return []
    try:
        table = load_csv(read_bytes(path, CONFIG_LIMIT), str(path))
    except AblatorError:
        return []
    if metric not in table.head or "run" in table.head:
        return []
    column = table.head.index(metric)
    for cells, line in zip(reversed(table.rows), reversed(table.lines), strict=True):
        value = parse_number(cells[column], table.decimal)
        if value is not None and math.isfinite(value):
            return [ResultRow(run="", line=line, metrics={metric: value})]
        if value is not None:
            return [ResultRow(run="", line=line, metrics={}, state="diverged", broken=frozenset({metric}))]
    return []


def _series(log: Log, metric: str) -> Series | None:
    """The series of the metric under its own name or the usual one; without a metric that of the evaluation."""
    for one in log.series.values():
        if one.values and metric and metric in {one.key, one.name}:
            return one
    wanted = canonical(metric) if metric else "eval_loss"
    found = log.series.get(wanted)
    return found if found is not None and found.values else None


def _heldout(one: Series) -> bool:
    words = re.split(r"[^a-z]+", one.name.lower())
    return (
        bool(one.values)
        and bool({"eval", "val", "valid", "validation", "test"} & set(words))
        and not ({"runtime", "second", "seconds", "samples", "steps"} & set(words))
    )


def _of_trials(trials: Sequence[Trial], metric: str, planned: Planned, notes: list[str]) -> list[ResultRow]:
    """Rows of the planned runs whose overrides a trial has; a trial goes to one run, a run to one trial."""
    rows: list[ResultRow] = []
    free = {run: overrides for run, overrides in planned.items() if overrides}
    lost = 0
    for trial in trials:
        run = next((r for r, o in free.items() if all(_same(trial.settings.get(k), v) for k, v in o.items())), None)
        if run is None:
            lost += 1
            continue
        del free[run]
        value = trial.value
        broken = value is not None and not math.isfinite(value)
        metrics = {} if value is None or broken else {metric or "value": value}
        state = cast("RunState", "diverged" if broken else trial.state)
        if metrics or state not in {"done", "running"}:
            rows.append(ResultRow(run=run, line=trial.number, metrics=metrics, state=state))
    if lost:
        notes.append(f"{lost} of {len(trials)} trials have the settings of no planned run, and were left out")
    return rows


def _same(a: Json, b: Json) -> bool:
    if (
        isinstance(a, int | float)
        and isinstance(b, int | float)
        and not isinstance(a, bool)
        and not isinstance(b, bool)
    ):
        return math.isclose(a, b, rel_tol=1e-6)
    return a == b or (a is not None and str(a) == str(b))


def _results(rows: Sequence[ResultRow], notes: Sequence[str]) -> Results:
    names = tuple(sorted({m for r in rows for m in r.metrics}))
    return Results(tuple(rows), names, "", ".", tuple(notes))
