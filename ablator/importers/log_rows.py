"""Training logs as rows: JSON lines, lists of rows, Keras histories, and the log that any rows make."""

import itertools
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from ablator.core.errors import BadInput, ForeignFile
from ablator.diagnose.log import Column, Log, Series, as_value, canonical, columns_of, series_of_columns
from ablator.files.json_text import text_of
from ablator.importers.found import Found, Reading
from ablator.importers.settings import looks_like_settings, read_settings, trains

STEPS = (
    *("step", "global_step", "_step", "steps", "iteration", "iter", "iterations", "trainer/global_step", "update"),
    *("training_iteration", "num_updates"),
)
EPOCHS = ("epoch", "epochs")
COUNTS = (
    *("tokens", "tokens_seen", "num_tokens", "total_tokens", "consumed_tokens", "num_input_tokens_seen"),
    *("timesteps", "total_timesteps", "time/total_timesteps", "timesteps_total"),
    *("samples", "samples_seen", "num_samples", "consumed_samples", "examples", "examples_seen"),
)
"""Columns that count what was seen; they stand for steps where nothing counts those."""

SPLITS = ("split", "phase", "stage", "subset", "partition", "dataset_split", "mode", "set", "type", "event", "kind")
"""Columns that say whether a row is of training or of an evaluation."""

_EVALUATED = re.compile(
    r"(?:^|[/\\])(?:val|valid|validation|eval|evaluation|dev)(?:[/\\][^/\\]*|[_-]?(?:log|metrics|loss|history)?\.\w+)$",
    re.IGNORECASE,
)
_OWN_SPLIT = re.compile(r"train|val|eval|test|dev", re.IGNORECASE)

_TRAINING = frozenset({"train", "training", "tr", "fit"})
_HELD_OUT = frozenset({"eval", "val", "valid", "validation", "dev", "test", "evaluation", "evaluate"})
CLOCKS = ("_runtime", "time", "wall_time", "wall time", "timestamp", "_timestamp")
CURVES = frozenset({"loss", "eval_loss", "eval_accuracy"})
MAX_COLUMNS = 2000


def log_of_rows(rows: Sequence[Mapping[str, Any]], file: str) -> Log:
    """The log that rows make; the step is the column that counts steps, else epochs, else the row's number.

    Where no single training loss is logged, its parts (`train/box_loss`, …) are added up.
    """
    split = split_column(k for row in rows[:100] for k, v in row.items() if isinstance(v, str) and prefix_of(v))
    if split and any(prefix_of(row.get(split)) for row in rows):
        rows = [_prefixed(row, prefix_of(row.get(split))) for row in rows]
    return log_of_columns(*columns_of(rows), file)


def split_column(names: Iterable[str]) -> str:
    """The column that tells rows of training from those of an evaluation, or an empty text."""
    return next((n for n in names if n.strip().lower() in SPLITS), "")


def prefix_of(cell: object) -> str:
    """What goes before the names of a row's numbers: `eval_` for an evaluation, `train_` for training, else nothing."""
    word = re.split(r"[^a-z]", str(cell).strip().lower(), maxsplit=1)[0]
    return "train_" if word in _TRAINING else "eval_" if word in _HELD_OUT else ""


def counts(name: str) -> bool:
    """Whether a column is of training whatever split a row is of: counts, clocks, the learning rate."""
    low = name.strip().lower()
    if canonical(low) in {"learning_rate", "grad_norm"}:
        return True
    return low in STEPS or low in EPOCHS or low in COUNTS or low in CLOCKS


def _prefixed(row: Mapping[str, Any], prefix: str) -> Mapping[str, Any]:
    return {k if counts(k) else prefix + k: v for k, v in row.items()} if prefix else row


def log_of_columns(columns: Mapping[str, Column], count: int, file: str) -> Log:
    """The same of the numbers of `count` rows by column."""
    if _EVALUATED.search(file) and not any(_OWN_SPLIT.match(k) for k in columns):
        columns = {k if counts(k) else f"eval_{k}": c for k, c in columns.items()}
    names = {k.strip().lower(): k for k in columns}
    epoch = next((names[n] for n in EPOCHS if n in names), "")
    step = next((names[n] for n in STEPS if n in names), "")
    step = step or epoch or next((names[n] for n in COUNTS if n in names), "")
    clock = next((names[n] for n in CLOCKS if n in names), "")
    if step and "iter" in names and step != names["iter"]:
        columns = {**columns, step: _beside(columns[step], columns[names["iter"]])}
    if epoch and step not in {"", epoch}:
        columns = {**columns, step: _on_through_epochs(columns[step], columns[epoch])}
    skipped = [k for k in columns if k.strip().lower() in (*STEPS, *CLOCKS)]
    series, restarts = series_of_columns(columns, count, step=step, epoch=epoch, time=clock, skip=skipped)
    for name, start in (("loss", ("train/", "train_")), ("eval_loss", ("val/", "val_", "valid/", "eval/"))):
        trained = series.get("loss")
        if name in series or (name == "eval_loss" and trained is not None and " + " not in trained.key):
            continue  # several evaluation sets beside one training loss are no parts of a loss
        whole = _summed(series, name, start)
        if whole is not None:
            series[name] = whole
    done = max((s.steps[-1] for s in series.values() if s.steps), default=None)
    return Log(file=file, series=dict(sorted(series.items())), rows=count, done_steps=done, restarts=restarts)


def _beside(steps: Column, iterations: Column) -> Column:
    """Steps of MMEngine, which counts epochs in rows of evaluations: those are of the iteration before them."""
    own = set(iterations[0])
    at, last = [], -math.inf
    for row, step in zip(*steps, strict=True):
        last = step if row in own else max(last, step)
        at.append(step if row in own else last)
    return steps[0], at


def _on_through_epochs(steps: Column, epochs: Column) -> Column:
    """Steps that were counted anew in every epoch, made to go on; any others as they are."""
    turns = {n: float(math.floor(v)) for n, v in zip(*epochs, strict=True) if math.isfinite(v)}
    rows = [(n, s, turns[n]) for n, s in zip(*steps, strict=True) if n in turns and math.isfinite(s)]
    ranges: dict[float, tuple[float, float]] = {}
    for _, at, turn in rows:
        low, high = ranges.get(turn, (at, at))
        ranges[turn] = min(low, at), max(high, at)
    following = itertools.pairwise(ranges[turn] for turn in sorted(ranges))
    if len(ranges) < 2 or any(new[0] > (old[0] + old[1]) / 2 for old, new in following):
        return steps
    size = max(s for _, s, _ in rows) + (1.0 if min(s for _, s, _ in rows) == 0 else 0.0)
    first, last = rows[0][2], -math.inf
    made = {}
    for n, at, turn in rows:
        last = max(last, at + (turn - first) * size)  # an evaluation counts its own batches within the epoch
        made[n] = last
    return steps[0], [made.get(n, s) for n, s in zip(*steps, strict=True)]


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


def looks_like_json_lines(data: bytes) -> bool:
    """Whether the first two lines are an object each."""
    lines = [x.strip() for x in data[:65536].lstrip(b"\xef\xbb\xbf").split(b"\n")[:2]]
    return len(lines) == 2 and all(re.match(rb'\{\s*(?:["}]|$)', x) for x in lines) and lines[0].endswith(b"}")


def read_json_lines(data: bytes, name: str, place: str) -> Reading:
    """A JSON-lines log; a torn line is left out and named. Raises BadInput where no line holds a curve."""
    values, unknown = _objects(text_of(data, place))
    rows: list[dict[str, Any]] = []
    columns: set[str] = set()
    values, settings = _settings_first(widened(values))
    for value in values:
        row = value if not _NESTED.intersection(map(type, value.values())) else dict(_flat(value))
        if not columns.issuperset(row):
            row = {k: v for k, v in row.items() if k in columns or len(columns) < MAX_COLUMNS}
            columns.update(row)
        rows.append(row)
    log = log_of_rows(rows, name)
    if not log.series:
        raise BadInput("no line holds a number by name", place=f"{place}:1", mend="hand in the log of a training run")
    if not any(counts(c) for c in columns) and not any("loss" in n for n in log.series):
        raise ForeignFile(
            "these lines are data, no log: none counts steps or epochs, and none holds a loss",
            place=f"{place}:1",
            mend="hand in the log of a training run",
        )
    return with_settings(reading_of(log, "JSON lines", unknown=unknown[:5]), settings)


EARLY = 20
"""First lines in which a run's settings are looked for."""

_HELD = ("config", "args", "hparams", "hyperparameters", "hyperparams", "settings", "cfg", "params", "arguments")


def _settings_first(values: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The lines without the one that says how the run is set, and what that one says."""
    for number, value in enumerate(values[:EARLY]):
        held = next((k for k in value if k.lower() in _HELD and isinstance(value[k], dict)), "")
        if held and looks_like_settings(value[held]):
            return [{k: v for k, v in row.items() if k != held} for row in values], value[held]
        if trains(value) and not any(canonical(k) in CURVES or "loss" in k.lower() for k in value):
            return [*values[:number], *values[number + 1 :]], value
    return values, {}


_NESTED = {dict, list}


def _objects(text: str) -> tuple[list[dict[str, Any]], list[str]]:
    """The object of every line, and lines on those that are torn. Whole files are parsed at once."""
    lines = [line for line in text.split("\n") if line.strip()]
    try:
        whole = json.loads(f"[{','.join(lines)}]")
        if len(whole) == len(lines):
            return [v if isinstance(v, dict) else {} for v in whole], []
    except (ValueError, RecursionError):
        pass  # line by line, to say which one is torn
    values, torn = [], []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            torn.append(f"line {number} is torn and was left out")
            continue
        values.append(value if isinstance(value, dict) else {})
    return values, torn


BOXES = frozenset({"metrics", "values", "scalars", "logs", "extra", "data", "fields"})
"""Keys of a row under which its numbers stand, and that say nothing about them."""


def _flat(value: Any, depth: int = 0) -> Iterable[tuple[str, Any]]:
    if not isinstance(value, dict):
        return
    for key, cell in value.items():
        if isinstance(cell, dict) and key in BOXES and depth < 2:
            yield from _flat(cell, depth + 1)
        elif isinstance(cell, dict):
            yield from ((f"{key}/{inner}", v) for inner, v in cell.items() if not isinstance(v, dict | list))
        elif not isinstance(cell, list):
            yield key, cell


def flat_row(value: Mapping[str, Any]) -> dict[str, Any]:
    """A row with the numbers of its inner objects as `outer/inner`."""
    return dict(_flat(value))


def looks_like_history(value: Any) -> bool:
    """Whether an object is a Keras history or like one: lists of numbers of one length, a loss or accuracy among them.

    Single values beside the lists are the run's settings.
    """
    if not isinstance(value, dict) or any(isinstance(v, dict) for v in value.values()):
        return False
    lists = {k: v for k, v in value.items() if isinstance(v, list)}
    curves = any(canonical(str(k)) in CURVES for k in lists)
    numbers = all(as_value(c) is not None or c is None for v in lists.values() for c in v[:50])
    same = len({len(v) for v in lists.values()}) == 1
    return curves and same and (len(lists) == len(value) or (numbers and len(next(iter(lists.values()))) > 1))


def read_history(value: Mapping[str, Any], name: str) -> Reading:
    """A Keras history, one row an epoch, and the settings that stand beside the curves."""
    lists = {k: v for k, v in value.items() if isinstance(v, list)}
    count = len(next(iter(lists.values())))
    rows = [{"epoch": i, **{k: v[i] for k, v in lists.items() if k != "epoch"}} for i in range(count)]
    reading = reading_of(log_of_rows(rows, name), "Keras history")
    rest = {k: v for k, v in value.items() if k not in lists}
    return with_settings(msgspec.structs.replace(reading, format="history of a run"), rest, otherwise=reading)


def with_settings(reading: Reading, settings: Mapping[str, Any], *, otherwise: Reading | None = None) -> Reading:
    """A log's reading with the settings that its file holds beside the curves; `otherwise` where it holds none."""
    if not looks_like_settings(settings):
        return otherwise or reading
    told = read_settings(settings, reading.file, format_name=reading.format)
    found, unknown = (*told.found, *reading.found), (*reading.unknown, *told.unknown)
    return msgspec.structs.replace(told, found=found, unknown=unknown, log=reading.log)


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


_TALL_NAMES = ("metricName", "metric", "metric_name", "name", "key", "tag")
_TALL_VALUES = ("metricValue", "metric_value", "value")


def widened(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of one number each (`{"name": "loss", "value": 2.1, "step": 5}`) as one row a step; others as they are."""
    first = rows[0] if rows else {}
    name = next((k for k in _TALL_NAMES if isinstance(first.get(k), str)), "")
    value = next((k for k in _TALL_VALUES if as_value(first.get(k)) is not None), "")
    step = next((k for k in first if k.lower() in STEPS and k not in {name, value}), "")
    if not (name and value and step) or any(not isinstance(r.get(name), str) for r in rows[:50]):
        return rows
    wide: dict[Any, dict[str, Any]] = {}
    for row in rows:
        if isinstance(row.get(name), str) and isinstance(row.get(step), int | float | str):
            wide.setdefault(row[step], {step: row[step]})[row[name]] = row.get(value)
    return list(wide.values())


def looks_like_rows(value: Any) -> bool:
    """Whether a list holds rows of a log."""
    rows = value[:50] if isinstance(value, list) else []
    rows = widened([r for r in rows if isinstance(r, dict)])
    keys = {str(k).lower() for r in rows for k, _ in _flat(r)}
    return bool(keys & {*STEPS, *EPOCHS}) and any(canonical(k) in CURVES for k in keys)


def read_rows(value: Sequence[Any], name: str) -> Reading:
    """A list of rows."""
    rows = widened([r for r in value if isinstance(r, dict)])
    return reading_of(log_of_rows([dict(_flat(r)) for r in rows], name), "list of rows")
