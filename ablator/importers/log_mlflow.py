"""MLflow runs, from `mlflow.db` or the files of `mlruns`: parameters as settings, metrics as curves."""

import math
import stat
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from ablator.core.errors import BadInput
from ablator.importers.found import Found, Reading, Trial
from ablator.importers.log_rows import log_of_rows, reading_of
from ablator.importers.settings import as_number, read_settings
from ablator.importers.sqlite_tables import Tables

FORMAT = "MLflow run"
MAX_RUNS = 500
MAX_FILES = 2000
MAX_BYTES = 4 << 20
FINISHED = frozenset({"FINISHED", "3"})
FAILED = frozenset({"FAILED", "KILLED", "4", "5"})


class Run(msgspec.Struct):
    """One run: its parameters as texts, and (metric, step, value) in the order they were logged."""

    id: str
    name: str = ""
    status: str = ""
    begin: float = 0.0
    end: float = 0.0
    params: dict[str, str] = msgspec.field(default_factory=dict)
    points: list[tuple[str, int, float, float]] = msgspec.field(default_factory=list)
    """Metric, step, value, and the clock in milliseconds."""

    @property
    def called(self) -> str:
        """Its name, else its id."""
        return (self.name or self.id)[:60]


def mlflow_tables(tables: Tables) -> bool:
    """Whether a database is an MLflow store."""
    return tables.has("runs", "run_uuid") and tables.has("metrics", "key", "value", "run_uuid")


def read_mlflow_tables(tables: Tables, name: str, place: str) -> Reading:
    """The longest run of a store. Raises BadInput where there is none."""
    runs: dict[Any, Run] = {}
    wanted = [
        c for c in ("run_uuid", "name", "status", "start_time", "end_time", "lifecycle_stage") if tables.has("runs", c)
    ]
    for cells in tables.rows("runs", wanted):
        row = dict(zip(wanted, cells, strict=True))
        if row.get("lifecycle_stage") != "deleted":
            runs[row["run_uuid"]] = Run(
                id=str(row["run_uuid"])[:80],
                name=str(row.get("name") or ""),
                status=str(row.get("status") or ""),
                begin=_number(row.get("start_time")),
                end=_number(row.get("end_time")),
            )
    if tables.has("params", "key", "value", "run_uuid"):
        for key, value, run in tables.rows("params", ("key", "value", "run_uuid")):
            if run in runs:
                runs[run].params[str(key)] = str(value)
    if tables.has("tags", "key", "value", "run_uuid"):
        for key, value, run in tables.rows("tags", ("key", "value", "run_uuid")):
            if run in runs and key == "mlflow.runName":
                runs[run].name = str(value)
    steps = [c for c in ("step", "timestamp", "is_nan") if tables.has("metrics", c)]
    for cells in tables.rows("metrics", ("key", "value", "run_uuid", *steps)):
        row = dict(zip(("key", "value", "run_uuid", *steps), cells, strict=True))
        if row["run_uuid"] in runs:
            value = math.nan if row.get("is_nan") else _number(row["value"], math.nan)
            point = (str(row["key"]), int(_number(row.get("step"))), value, _number(row.get("timestamp")))
            runs[row["run_uuid"]].points.append(point)
    return read_runs(list(runs.values()), name, place)


def read_run_folders(folders: Sequence[Path], name: str, place: str) -> Reading:
    """The longest of the runs in these folders of a file store."""
    return read_runs([_from_files(f) for f in folders[:MAX_RUNS]], name, place)


def _from_files(folder: Path) -> Run:
    run = Run(id=folder.name)
    for line in _text(folder / "meta.yaml").split("\n"):
        key, _, value = line.partition(":")
        value = value.strip().strip("'\"")
        if key == "run_name":
            run.name = value
        elif key == "status":
            run.status = value
        elif key in {"start_time", "end_time"}:
            number = as_number(value)
            setattr(run, {"start_time": "begin", "end_time": "end"}[key], _number(number))
    run.name = run.name or _text(folder / "tags" / "mlflow.runName").strip()
    for path in _files(folder / "params"):
        run.params[path.relative_to(folder / "params").as_posix()] = _text(path).strip()[:2000]
    for path in _files(folder / "metrics"):
        key = path.relative_to(folder / "metrics").as_posix()
        for line in _text(path).split("\n"):
            words = line.split()
            if len(words) >= 2:
                value, step = as_number(words[1]), as_number(words[2]) if len(words) > 2 else 0
                run.points.append((key, int(_number(step)), _number(value, math.nan), _number(as_number(words[0]))))
    return run


def _files(folder: Path) -> Iterable[Path]:
    if not folder.is_dir() or folder.is_symlink():
        return []
    rows = []
    for number, path in enumerate(folder.rglob("*")):
        if number >= MAX_FILES:
            break
        if path.is_file() and not path.is_symlink():
            rows.append(path)
    return sorted(rows)


def _text(path: Path) -> str:
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return ""
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES).decode("utf-8", "replace")
    except (OSError, ValueError):
        return ""


def read_runs(runs: Sequence[Run], name: str, place: str) -> Reading:
    """The run with most points, of equals the latest: its settings and curves; the others named, and told as trials."""
    if not runs:
        raise BadInput("this MLflow store holds no run (table runs)", place=place, mend="hand in a training log")
    chosen = max(runs, key=lambda r: (len(r.points), r.begin, r.id))
    others = [r for r in runs if r is not chosen]
    rows: dict[int, dict[str, Any]] = {}
    for key, step, value, clock in chosen.points:
        row = rows.setdefault(step, {"step": step, "_timestamp": clock / 1000})
        row["epoch" if key == "epoch" else key] = value
    log = log_of_rows([rows[k] for k in sorted(rows)], name)
    log = msgspec.structs.replace(log, finished=True if chosen.status in FINISHED else None)
    told = read_settings(dict(chosen.params), name, format_name=FORMAT)
    curves = reading_of(log, FORMAT)
    found = [*told.found, *curves.found]
    unknown = [*told.unknown]
    if others:
        listed = ", ".join(r.called for r in sorted(others, key=lambda r: -r.begin)[:5])
        unknown.append(f"other runs: {len(others)} of this store ({listed}); {chosen.called} is the longest")
    if chosen.status in FINISHED and chosen.end > chosen.begin > 0:
        found.append(Found("hours_per_run", round((chosen.end - chosen.begin) / 3.6e6, 6), name, "end_time"))
    metric = _shared_metric(runs) if others else ""
    in_order = sorted(runs, key=lambda r: (r.begin, r.id)) if metric else []
    trials = tuple(_trial(number, run, metric) for number, run in enumerate(in_order))
    return msgspec.structs.replace(
        told,
        found=tuple(found),
        unknown=tuple(unknown),
        log=log if log.series else None,
        name=chosen.called,
        trials=trials,
    )


def _shared_metric(runs: Sequence[Run]) -> str:
    """The metric that every run with any logged, preferring evaluation."""
    logged = [{p[0] for p in r.points} for r in runs if r.points]
    shared = set.intersection(*logged) if logged else set()
    return min(shared, key=lambda k: (not k.lower().startswith(("val", "eval", "test", "objective")), k), default="")


def _trial(number: int, run: Run, metric: str) -> Trial:
    values = [p[2] for p in run.points if p[0] == metric]
    state = "failed" if run.status in FAILED else "done" if values else "running"
    settings: Mapping[str, Any] = {k: as_number(v) for k, v in run.params.items()}
    return Trial(number=number, state=state, value=values[-1] if values else None, settings=dict(settings))


def _number(value: Any, otherwise: float = 0.0) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if otherwise != otherwise or math.isfinite(value) else otherwise
    return otherwise
