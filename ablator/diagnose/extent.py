"""How long a run is planned to be, in optimizer steps, and how many passes its log counts."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from ablator.diagnose.log import Log, Series, as_value

STEPS = (
    "max_steps",
    "max_iters",
    "total_steps",
    "num_train_steps",
    "num_training_steps",
    "max_train_steps",
    "train_steps",
    "training_steps",
    "train_iters",
)
PASSES = ("num_train_epochs", "num_epochs", "epochs", "max_epochs")
ITEMS = ("train_samples", "max_train_samples", "num_train_examples")
UPDATES = ("steps_per_epoch", "updates_per_epoch")
TOKENS = ("total_tokens", "train_tokens", "num_train_tokens")


class Extent(msgspec.Struct, frozen=True):
    """A planned length in optimizer steps, and the setting or log column that tells it."""

    steps: float
    place: str


def positive(settings: Mapping[str, Any], names: tuple[str, ...]) -> tuple[float, str] | None:
    """The first of these settings that is a finite number above 0, with its name; -1 often means "not set"."""
    for name in names:
        value = as_value(settings.get(name))
        if value is not None and 0 < value < 1e15:
            return value, name
    return None


def planned_extent(
    log: Log, settings: Mapping[str, Any], batch: float | None, length: float | None, *, passes: bool
) -> Extent | None:
    """The planned length: from the log, from steps, passes or tokens that are set, else where the log ends.

    `batch` counts examples in one update, `length` tokens in one sequence; `passes` says that the log counts passes
    instead of steps. None where nothing tells.
    """
    steps = positive(settings, STEPS)
    if log.planned_steps and log.planned_steps > 0 and not passes:
        return Extent(min(log.planned_steps, 1e15), steps[1] if steps else "step")
    if steps:
        return Extent(*steps)
    turns, each, items, tokens = (positive(settings, n) for n in (PASSES, UPDATES, ITEMS, TOKENS))
    if turns and each:
        return Extent(turns[0] * each[0], f"{turns[1]}, {each[1]}")
    if turns and items and batch and items[0] >= 1:
        return Extent(max(turns[0] * items[0] / batch, 1.0), f"{turns[1]}, {items[1]}")
    if tokens and batch and length and tokens[0] >= batch * length:
        return Extent(tokens[0] / (batch * length), tokens[1])
    last = max((s.steps[-1] for s in log.series.values() if s.steps), default=log.done_steps or 0.0)
    last = max(last, log.done_steps or 0.0)
    return Extent(last, "step") if last > 0 and not passes else None


def counts_passes(log: Log) -> bool:
    """Whether the log has no steps of its own: every row's step is the number of its pass."""
    rows = [(s, e) for row in log.series.values() for s, e in zip(row.steps, row.epochs, strict=True)]
    return bool(rows) and all(e is not None and e == s for s, e in rows)


def from_zero(log: Log, *, passes: bool) -> bool:
    """Whether rows carry the whole number of passes that were over when theirs began, as Keras and Lightning write it.

    A row of pass 0 that stands before any training is none of them: it was evaluated first.
    """
    told = [(s, e) for row in log.series.values() for s, e in zip(row.steps, row.epochs, strict=True) if e is not None]
    if not told or any(not math.isfinite(e) or e != math.floor(e) for _, e in told) or min(e for _, e in told) != 0:
        return False
    if passes:
        loss = log.get("loss")
        return loss is not None and bool(loss.steps) and loss.steps[0] == 0
    return any(e == 0 and s > 0 for s, e in told)


def passes_done(series: Series, *, zero: bool) -> Callable[[float], float | None]:
    """Step → passes over the data that were done there, as this series tells.

    Where rows carry whole numbers from 0, the rows of one pass are spread over it, the last at its end.
    """
    if not zero:
        known = dict(zip(series.steps, series.epochs, strict=True))
        return known.get
    groups: dict[float, list[float]] = {}
    for step, epoch in zip(series.steps, series.epochs, strict=True):
        if epoch is not None:
            groups.setdefault(epoch, []).append(step)
    done = {s: e + (i + 1) / len(own) for e, own in groups.items() for i, s in enumerate(own)}
    return done.get


def passes_seen(log: Log, *, zero: bool) -> float | None:
    """Passes over the data at the last row that tells; None where all that is told is that the first one began."""
    last: tuple[float, float] | None = None
    for s in log.series.values():
        told = zip(reversed(s.steps), reversed(s.epochs), strict=True)
        known = next(((step, turn) for step, turn in told if turn is not None and math.isfinite(turn)), None)
        if known and (last is None or known[0] > last[0]):
            last = known
    if last is None or not zero:
        return last[1] if last else None
    return last[1] + 1 if last[1] > 0 else None


def finite(table: Mapping[str, Any], names: tuple[str, ...]) -> float | None:
    """The first of these that is a finite number."""
    for name in names:
        value = as_value(table.get(name))
        if value is not None and math.isfinite(value) and abs(value) < 1e300:
            return value
    return None
