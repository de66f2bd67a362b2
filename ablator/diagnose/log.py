"""A training log as frozen values: named series with their steps, and what is known about how the run went."""

import functools
import itertools
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

MAX_POINTS = 200_000
"""Points of one series beyond which the rest is left out, and said so."""


class Point(msgspec.Struct, frozen=True):
    """One place on a curve: the series, the step and the value there (NaN and infinities are values too)."""

    series: str
    step: float
    value: float


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """One logged quantity. All tuples are equally long, `steps` rise strictly; `rows` are the log's own row numbers."""

    name: str
    """Canonical where it has one: `loss`, `eval_loss`, `eval_accuracy`, `learning_rate`, `grad_norm`."""
    key: str
    """As the log spells it."""
    steps: tuple[float, ...]
    values: tuple[float, ...]
    epochs: tuple[float | None, ...]
    times: tuple[float | None, ...]
    rows: tuple[int, ...]

    def place(self, index: int) -> str:
        """Where the point at `index` stands in the file."""
        return f"row {self.rows[index]}, {self.key}"


class Log(msgspec.Struct, frozen=True, kw_only=True):
    """The log of one run. A snapshot of a running job has `finished` None: it is not a run that stopped."""

    file: str = ""
    series: Mapping[str, Series] = {}
    rows: int = 0
    planned_steps: float | None = None
    done_steps: float | None = None
    finished: bool | None = None
    """True: reached its plan; False: ended before it; None: still running, or nothing tells."""
    restarts: tuple[int, ...] = ()
    """Numbers of the rows at which the steps go backwards."""
    trainable: float | None = None
    """Trainable parameters, where the log names them."""
    hides_nan: bool = False
    """The writer replaces NaN in the logged loss (Hugging Face does by default)."""

    def get(self, name: str) -> Series | None:
        """The series called `name`, or None."""
        return self.series.get(name)


_NAMES: tuple[tuple[str, str], ...] = (
    (r"(train|training)?[/_. -]?(total[/_. -]?)?loss([/_. -]?(step|train|total))?", "loss"),
    (r"train(ing)?[/_. -]loss([/_. -]epoch)?", "loss"),
    (r"(eval|val|valid|validation|dev|test)[/_. -](total[/_. -]?)?loss([/_. -]epoch)?", "eval_loss"),
    (
        r"(reduced_train|train(ing)?[/_. -](reduced[/_. -])?((binary|multi)[/_. -])?(log|m?log|xent|ce))[/_. -]?loss",
        "loss",
    ),
    (
        r"(eval|val|valid|validation|dev|test)(_?\d{1,2})?[/_. -]((binary|multi)[/_. -])?(m?log|xent|ce)[/_. -]?loss",
        "eval_loss",
    ),
    (r"loss[/_. -](eval|val|valid|validation|dev|test)", "eval_loss"),
    (
        r"(eval|val|valid|validation|dev|test)[/_. -](acc|accuracy|acc1|top1|top_1|accuracy_top1)([/_. -]epoch)?",
        "eval_accuracy",
    ),
    (r"((train|optimizer|optim|trainer)[/_. -])?(lr|learning[/_. -]?rate)([/_.-](adamw?|sgd|pg0|0))*", "learning_rate"),
    (r"lr-\w+([/_-]pg1|/0)?", "learning_rate"),
    (r"((train|optimizer|optim)[/_. -])?(total[/_. -])?grad(ient)?[/_. -]?norm(\w*)?", "grad_norm"),
)


@functools.lru_cache(maxsize=8192)
def canonical(key: str) -> str:
    """The canonical name of a logged quantity, or the key itself in lower case."""
    low = key.strip().lower()
    if low.endswith(("(%)", "[%]")):
        low = low[:-3].rstrip()
    for pattern, name in _NAMES:
        if re.fullmatch(pattern, low):
            return name
    return low


def as_value(value: Any) -> float | None:
    """A logged value as a float, with NaN and infinities kept; None for what is no number."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        try:
            return float(value)
        except OverflowError:
            return math.inf
    if isinstance(value, str) and len(value) < 64:
        try:
            return float(value)
        except ValueError:
            return None
    return None


Column = tuple[Sequence[int], Sequence[float]]
"""The numbers of one column: the rows that hold one, in order, and what they hold."""


def series_from(
    rows: Iterable[Mapping[str, Any]],
    *,
    step: str = "step",
    epoch: str = "epoch",
    time: str = "",
    skip: Iterable[str] = (),
) -> tuple[dict[str, Series], tuple[int, ...]]:
    """The series of rows that share a step column, and the rows at which the steps go backwards.

    After a restart the later points win. Rows without a step take the next whole number. Cells that are no numbers
    are left out; NaN is kept as a value.
    """
    columns, count = columns_of(rows)
    return series_of_columns(columns, count, step=step, epoch=epoch, time=time, skip=skip)


def columns_of(rows: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Column], int]:
    """The numbers of rows by column, and how many rows there are. Cells that are no numbers are left out."""
    columns: dict[str, tuple[list[int], list[float]]] = {}
    number = -1
    for number, row in enumerate(rows):
        for key, cell in row.items():
            value = cell if type(cell) is float else as_value(cell)
            if value is None or not isinstance(key, str):
                continue
            column = columns.get(key)
            if column is None:
                columns[key] = [number], [value]
            else:
                column[0].append(number)
                column[1].append(value)
    return dict(columns), number + 1


def series_of_columns(
    columns: Mapping[str, Column], count: int, *, step: str, epoch: str, time: str, skip: Iterable[str] = ()
) -> tuple[dict[str, Series], tuple[int, ...]]:
    """The same from the numbers of `count` rows by column."""
    steps, restarts = _steps(columns.get(step), count)
    epochs, times = _filled(columns.get(epoch), count), _filled(columns.get(time) if time else None, count)
    rising = all(a < b for a, b in itertools.pairwise(steps))
    leave = {step, epoch, time, *skip}
    whole = tuple(range(count)), tuple(steps), tuple(epochs), tuple(times)
    out: dict[str, Series] = {}
    for key in sorted(columns.keys() - leave, key=lambda k: (-len(columns[k][0]), k)):
        name = canonical(key)
        rows, values = columns[key][0][:MAX_POINTS], columns[key][1][:MAX_POINTS]
        if not rising:
            kept = _last_words(rows, steps)
            rows, values = [rows[i] for i in kept], [values[i] for i in kept]
        full = len(rows) == count
        name = key if name in out else name
        out[name] = Series(
            name=name,
            key=key,
            steps=whole[1] if full else tuple(steps[r] for r in rows),
            values=tuple(values),
            epochs=whole[2] if full else tuple(epochs[r] for r in rows),
            times=whole[3] if full else tuple(times[r] for r in rows),
            rows=whole[0] if full else tuple(rows),
        )
    return {k: out[k] for k in sorted(out)}, restarts


def _steps(column: Column | None, count: int) -> tuple[list[float], tuple[int, ...]]:
    """The step of every row, and the rows at which it goes backwards."""
    told = _filled(column, count)
    steps: list[float] = []
    restarts: list[int] = []
    last = -math.inf
    for number, value in enumerate(told):
        if value is None or not math.isfinite(value):
            value = float(number) if last == -math.inf else last + 1.0
        if value < last:
            restarts.append(number)
        last = value
        steps.append(value)
    return steps, tuple(restarts)


def _filled(column: Column | None, count: int) -> list[float | None]:
    out: list[float | None] = [None] * count
    if column is not None:
        if len(column[0]) == count:
            return list(column[1])
        for row, value in zip(*column, strict=True):
            out[row] = value
    return out


def _last_words(rows: Sequence[int], steps: Sequence[float]) -> list[int]:
    """Which of a column's rows stay where steps go back or stand still: later points replace those they run over."""
    kept: list[int] = []
    for i, row in enumerate(rows):
        while kept and steps[rows[kept[-1]]] >= steps[row]:
            kept.pop()
        kept.append(i)
    return kept
