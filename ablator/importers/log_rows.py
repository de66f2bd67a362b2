"""Training logs as tables: CSV (plain, Lightning, Ultralytics), JSON lines, lists of rows and Keras histories."""

import csv
import io
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from ablator.core.errors import BadInput
from ablator.diagnose.log import Log, Series, as_value, canonical, series_from
from ablator.files.json_text import text_of
from ablator.importers.found import Found, Reading

STEPS = ("step", "global_step", "_step", "steps", "iteration", "iter", "iterations", "trainer/global_step", "update")
EPOCHS = ("epoch", "epochs")
RUNS = frozenset({"run", "run_id", "run_name", "run id", "run name", "trial", "trial_id", "experiment"})
"""Columns that say which of several runs a row belongs to."""

CLOCKS = ("_runtime", "time", "wall_time", "timestamp", "_timestamp")
CURVES = frozenset({"loss", "eval_loss", "eval_accuracy"})
BLANK = frozenset({"none", "null", "n/a", "na", "-", "true", "false"})
"""Words that programs write where there is no number."""

MAX_COLUMNS = 2000
MAX_CELL = 10_000
"""Characters of a cell beyond which it is no number."""


def log_of_rows(rows: Sequence[Mapping[str, Any]], file: str) -> Log:
    """The log that rows make; the step is the column that counts steps, else epochs, else the row's number.

    Where no single training loss is logged, its parts (`train/box_loss`, …) are added up.
    """
    names = {k.strip().lower(): k for row in rows for k in row}
    epoch = next((names[n] for n in EPOCHS if n in names), "")
    step = next((names[n] for n in STEPS if n in names), epoch)
    clock = next((names[n] for n in CLOCKS if n in names), "")
    series, restarts = series_from(rows, step=step, epoch=epoch, time=clock, skip=STEPS)
    for name, start in (("loss", ("train/", "train_")), ("eval_loss", ("val/", "val_", "valid/", "eval/"))):
        whole = None if name in series else _summed(series, name, start)
        if whole is not None:
            series[name] = whole
    done = max((s.steps[-1] for s in series.values() if s.steps), default=None)
    return Log(file=file, series=dict(sorted(series.items())), rows=len(rows), done_steps=done, restarts=restarts)


def reading_of(log: Log, form: str, *, unknown: Iterable[str] = ()) -> Reading:
    """The reading of a log: `last.NAME` for the last finite value of every series, and the curves."""
    found = []
    for name, series in sorted(log.series.items()):
        last = next((i for i in range(len(series.values) - 1, -1, -1) if math.isfinite(series.values[i])), None)
        if last is not None and name not in {"loss", "learning_rate", "grad_norm"}:
            found.append(Found(f"last.{name}", series.values[last], log.file, series.place(last)))
    return Reading(file=log.file, format=form, role="log", found=tuple(found), unknown=tuple(unknown), log=log)


def _summed(series: Mapping[str, Series], name: str, starts: tuple[str, ...]) -> Series | None:
    parts = [s for s in series.values() if s.key.lower().startswith(starts) and s.key.lower().endswith("loss")]
    if len(parts) < 2 or len({p.steps for p in parts}) != 1:
        return None
    return msgspec.structs.replace(
        parts[0],
        name=name,
        key=" + ".join(sorted(p.key for p in parts)),
        values=tuple(sum(column) for column in zip(*(p.values for p in parts), strict=True)),
    )


# CSV


def looks_like_csv(data: bytes) -> bool:
    """Whether the first line is a header that names steps or curves."""
    line = re.split(rb"[\r\n]", data[:4096].lstrip(b"\xef\xbb\xbf"), maxsplit=1)[0].decode("utf-8", "replace")
    names = [c.strip().strip('"').lower() for c in re.split(r"[,;\t]", line)]
    counts = {n for n in names if n in STEPS or n in EPOCHS}
    curves = {n for n in names if canonical(n) in CURVES or n.endswith("loss")}
    return len(names) > 1 and bool(counts) and bool(curves)


def read_csv(data: bytes, name: str, place: str) -> Reading:
    """A CSV log. Raises BadInput for a row longer than the header, a column given twice, or text that is no CSV."""
    text = text_of(data, place)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    rows: list[dict[str, Any]] = []
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        header = [h.strip() for h in next(reader, [])][:MAX_COLUMNS]
        twice = next((h for h in header if h and header.count(h) > 1), None)
        if twice is not None:
            raise BadInput(f"the column {twice[:80]!r} is there twice", place=f"{place}:1", mend="rename one of them")
        for cells in reader:
            if len(cells) > len(header):
                what = f"a row of {len(cells)} cells under {len(header)} columns"
                raise BadInput(what, place=f"{place}:{reader.line_num}", mend="quote cells that hold the delimiter")
            if any(c.strip() for c in cells):
                row = {h: _cell(c, delimiter) for h, c in zip(header, cells, strict=False) if c.strip()}
                _refuse_words(row, f"{place}:{reader.line_num}")
                rows.append(row)
    except csv.Error as wrong:
        raise BadInput(f"this is no CSV ({wrong})", place=f"{place}:{reader.line_num}", mend="save it as CSV") from None
    rows, others = _longest_run(rows)
    log = log_of_rows(rows, name)
    return reading_of(log, "CSV log", unknown=others if rows else ("the log holds no rows yet",))


def _longest_run(rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """The rows of the run that has most, of equals the last, where a column names runs; and a line on the others."""
    column = next((k for r in rows[:1] for k in r if k.lower() in RUNS), "")
    if not column:
        return rows, ()
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(str(row.get(column)), []).append({k: v for k, v in row.items() if k != column})
    places = {k: i for i, k in enumerate(groups)}
    chosen = max(groups, key=lambda k: (len(groups[k]), places[k]), default="")
    if len(groups) == 1:
        return groups[chosen], ()
    named = ", ".join(k[:40] for k in list(groups)[:6] if k != chosen)
    return groups[chosen], (f"other runs: {len(groups) - 1} of this table ({named}); {chosen[:40]} is followed",)


def _cell(cell: str, delimiter: str) -> Any:
    text = cell.strip()[:MAX_CELL]
    if delimiter == ";" and "," in text and "." not in text:
        text = text.replace(",", ".")
    number = as_value(text)
    return text if number is None else number


def _refuse_words(row: Mapping[str, Any], place: str) -> None:
    """A word where a loss or a step belongs: the table is damaged, or a column is missing."""
    for name, cell in row.items():
        numeric = name.lower() in STEPS or canonical(name) in CURVES
        if numeric and isinstance(cell, str) and cell.lower() not in BLANK:
            what = f"{cell[:40]!r} stands in column {name[:40]!r}, where a number belongs"
            raise BadInput(what, place=place, mend="write a number, nan, or leave the cell empty")


# JSON


def looks_like_json_lines(data: bytes) -> bool:
    """Whether the first two lines are an object each."""
    lines = [x.strip() for x in data[:65536].lstrip(b"\xef\xbb\xbf").split(b"\n")[:2]]
    return len(lines) == 2 and all(re.match(rb'\{\s*(?:["}]|$)', x) for x in lines) and lines[0].endswith(b"}")


def read_json_lines(data: bytes, name: str, place: str) -> Reading:
    """A JSON-lines log; a torn line is left out and named. Raises BadInput where no line holds a curve."""
    rows: list[dict[str, Any]] = []
    unknown = []
    columns: set[str] = set()
    for number, line in enumerate(text_of(data, place).split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            unknown.append(f"line {number} is torn and was left out")
            continue
        row = {k: v for k, v in _flat(value) if k in columns or len(columns) < MAX_COLUMNS}
        columns.update(row)
        rows.append(row)
    log = log_of_rows(rows, name)
    if not log.series:
        raise BadInput("no line holds a number by name", place=f"{place}:1", mend="hand in the log of a training run")
    return reading_of(log, "JSON lines", unknown=unknown[:5])


def _flat(value: Any) -> Iterable[tuple[str, Any]]:
    if not isinstance(value, dict):
        return
    for key, cell in value.items():
        if isinstance(cell, dict):
            yield from ((f"{key}/{inner}", v) for inner, v in cell.items() if not isinstance(v, dict | list))
        elif not isinstance(cell, list):
            yield key, cell


def looks_like_history(value: Any) -> bool:
    """Whether an object is a Keras history: lists of numbers of one length, `loss` among them."""
    if not isinstance(value, dict) or not value:
        return False
    lists = [v for v in value.values() if isinstance(v, list)]
    curves = any(canonical(str(k)) in CURVES and isinstance(v, list) for k, v in value.items())
    return curves and len(lists) == len(value) and len({len(v) for v in lists}) == 1


def read_history(value: Mapping[str, list[Any]], name: str) -> Reading:
    """A Keras history, one row an epoch."""
    count = len(next(iter(value.values())))
    rows = [{"epoch": i, **{k: v[i] for k, v in value.items() if k != "epoch"}} for i in range(count)]
    return reading_of(log_of_rows(rows, name), "Keras history")


def looks_like_golden(value: Any) -> bool:
    """Whether an object holds curves as Megatron's checks write them: name → steps and values."""
    return (
        isinstance(value, dict)
        and bool(value)
        and all(isinstance(v, dict) and isinstance(v.get("values"), dict) for v in value.values())
    )


def read_golden(value: Mapping[str, Mapping[str, Any]], name: str) -> Reading:
    """Curves by name, each with its values by step."""
    rows: dict[float, dict[str, Any]] = {}
    for key, curve in list(value.items())[:MAX_COLUMNS]:
        for step, cell in curve["values"].items():
            at = as_value(step)
            if at is not None and math.isfinite(at):
                rows.setdefault(at, {"step": at})["loss" if key.lower() in {"lm loss", "loss"} else key] = cell
    return reading_of(log_of_rows([rows[k] for k in sorted(rows)], name), "curves by step")


def looks_like_rows(value: Any) -> bool:
    """Whether a list holds rows of a log."""
    rows = value[:50] if isinstance(value, list) else []
    keys = {k.lower() for r in rows if isinstance(r, dict) for k in r}
    return bool(keys & {*STEPS, *EPOCHS}) and any(canonical(k) in CURVES for k in keys)


def read_rows(value: Sequence[Any], name: str) -> Reading:
    """A list of rows."""
    return reading_of(log_of_rows([dict(_flat(r)) for r in value], name), "list of rows")
