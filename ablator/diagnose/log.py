"""A training log as frozen values: named series with their steps, and what is known about how the run went."""

import math
import re
from collections.abc import Iterable, Mapping
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
    (r"loss[/_. -](eval|val|valid|validation|dev|test)", "eval_loss"),
    (
        r"(eval|val|valid|validation|dev|test)[/_. -](acc|accuracy|acc1|top1|top_1|accuracy_top1)([/_. -]epoch)?",
        "eval_accuracy",
    ),
    (r"((train|optimizer|optim|trainer)[/_. -])?(lr|learning[/_. -]?rate)([/_.-](adamw?|sgd|pg0|0))*", "learning_rate"),
    (r"lr-\w+([/_-]pg1|/0)?", "learning_rate"),
    (r"((train|optimizer|optim)[/_. -])?(total[/_. -])?grad(ient)?[/_. -]?norm(\w*)?", "grad_norm"),
)


def canonical(key: str) -> str:
    """The canonical name of a logged quantity, or the key itself in lower case."""
    low = key.strip().lower()
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
    leave = {step, epoch, time, *skip}
    points: dict[str, list[tuple[float, float, float | None, float | None, int, str]]] = {}
    restarts: list[int] = []
    last = -math.inf
    for number, row in enumerate(rows):
        at = as_value(row.get(step))
        if at is None or not math.isfinite(at):
            at = float(number) if last == -math.inf else last + 1.0
        if at < last:
            restarts.append(number)
        last = at
        turn, clock = as_value(row.get(epoch)), as_value(row.get(time)) if time else None
        for key, cell in row.items():
            if key in leave or not isinstance(key, str):
                continue
            value = as_value(cell)
            if value is not None:
                points.setdefault(key, []).append((at, value, turn, clock, number, key))
    return {s.name: s for s in _named(points)}, tuple(restarts)


def _named(points: dict[str, list[tuple[float, float, float | None, float | None, int, str]]]) -> list[Series]:
    out: dict[str, Series] = {}
    for key in sorted(points, key=lambda k: (-len(points[k]), k)):
        name = canonical(key)
        if name in out:
            name = key
        rows = points[key][:MAX_POINTS]
        kept: list[tuple[float, float, float | None, float | None, int, str]] = []
        for row in rows:
            while kept and kept[-1][0] >= row[0]:
                kept.pop()
            kept.append(row)
        out[name] = Series(
            name=name,
            key=key,
            steps=tuple(r[0] for r in kept),
            values=tuple(r[1] for r in kept),
            epochs=tuple(r[2] for r in kept),
            times=tuple(r[3] for r in kept),
            rows=tuple(r[4] for r in kept),
        )
    return [out[k] for k in sorted(out)]
