"""Logs of several runs told apart: a study follows one run, and names the others."""

import math
import re
from collections.abc import Sequence
from itertools import pairwise

import msgspec

from ablator.diagnose.log import Log, Series
from ablator.importers.found import Reading

CLOSE = 0.01
"""Relative difference below which two logged values are the same."""

FOREIGN = 0.3
"""Share of common steps with different values from which two logs are of different runs."""

UNEVEN = 10.0
"""Ratio of strides from which one log does not go on where another ends."""


def one_run(readings: Sequence[Reading]) -> list[Reading]:
    """The readings with the logs of other runs emptied and named.

    Logs are of one run where their common curves agree at common steps, or go on where the other ends; of several the
    longest is followed, of equals the one whose name sorts last (names hold dates and version numbers). Settings and
    results that lie in the folder of another run are left aside with it.
    """
    logged = [r for r in readings if r.log is not None and r.log.series]
    groups: list[list[Reading]] = []
    for reading in logged:
        own = next((g for g in groups if all(_together(reading, other) for other in g)), None)
        if own is None:
            groups.append([reading])
        else:
            own.append(reading)
    apart = _siblings(readings) if len(groups) < 2 else []
    if len(groups) < 2 and not apart:
        return list(readings)
    main = max(groups, key=_rank) if groups else []
    lost = {id(r) for g in groups if g is not main for r in g}
    homes = {_home(r.file) for r in readings if id(r) in lost} - {_home(r.file) for r in main} - {""}
    named = main[0].file if main else ""
    out = []
    for reading in readings:
        beside = _home(reading.file) in homes and reading.role != "model" and reading.log is None
        if id(reading) in lost or beside:
            out.append(_emptied(reading, named))
        elif id(reading) in {id(r) for r in apart}:
            out.append(_emptied(reading, ""))
        else:
            out.append(reading)
    return out


def _emptied(reading: Reading, main: str) -> Reading:
    steps = f" ({reading.log.done_steps:g} steps)" if reading.log is not None and reading.log.done_steps else ""
    than = f" than {main}" if main else ""
    words = f"other run: {reading.file}{steps} is another one{than}, and was left aside"
    return msgspec.structs.replace(reading, found=(), settings={}, log=None, trials=(), unknown=(words,))


def _together(a: Reading, b: Reading) -> bool:
    """Whether two logs may be of one run."""
    first, second = a.log, b.log
    if first is None or second is None:
        return True
    common = [n for n in ("loss", "eval_loss", "eval_accuracy") if n in first.series and n in second.series]
    common = common or sorted(set(first.series) & set(second.series) - {"learning_rate", "grad_norm"})[:5]
    compared = [_differing(first.series[n], second.series[n]) for n in common]
    judged = [share for share in compared if share is not None]
    if judged:
        return max(judged) <= FOREIGN
    if common:
        return a.format == b.format and all(_follow(first.series[n], second.series[n]) for n in common)
    return _home(a.file) == _home(b.file) or _as_far(first, second)


def _differing(a: Series, b: Series) -> float | None:
    """Share of the common steps at which the values differ; None without any."""
    there = dict(zip(b.steps, b.values, strict=True))
    pairs = [(v, there[s]) for s, v in zip(a.steps, a.values, strict=True) if s in there]
    if not pairs:
        return None
    apart = sum(
        not (abs(x - y) <= CLOSE * max(abs(x), abs(y)) or (not math.isfinite(x) and not math.isfinite(y)))
        for x, y in pairs
    )
    return apart / len(pairs)


def _follow(a: Series, b: Series) -> bool:
    """Whether one curve goes on where the other ends: in about the same stride, from about the same value."""
    first, then = (a, b) if a.steps[-1] < b.steps[0] else (b, a)
    if first.steps[-1] >= then.steps[0]:
        return False
    strides = sorted(s for s in (_stride(first), _stride(then)) if s is not None)
    if len(strides) == 2 and strides[1] > UNEVEN * strides[0]:
        return False
    last, start, values = first.values[-1], then.values[0], [v for v in first.values if math.isfinite(v)]
    if not (values and math.isfinite(last) and math.isfinite(start)):
        return True
    moved = max(values) - min(values)
    return abs(start - last) <= max(moved, 0.5 * abs(last))


def _stride(series: Series) -> float | None:
    """Median distance of the steps; None for one row."""
    apart = sorted(y - x for x, y in pairwise(series.steps) if y > x)
    return apart[len(apart) // 2] if apart else None


def _as_far(a: Log, b: Log) -> bool:
    """Whether two logs without a common curve end at about the same step."""
    ends = sorted(max((s.steps[-1] for s in log.series.values() if s.steps), default=0.0) for log in (a, b))
    return ends[1] <= (1 + FOREIGN) * ends[0]


def _rank(group: Sequence[Reading]) -> tuple[int, float, list[object]]:
    """Longest training curve, then most steps, then the name that sorts last."""
    logs = [r.log for r in group if r.log is not None]
    curve = max(len(s.values) for log in logs for s in log.series.values())
    return curve, max(log.done_steps or 0.0 for log in logs), natural(max(r.file for r in group))


def natural(name: str) -> list[object]:
    """A key that sorts `version_2` before `version_10`."""
    return [(1, int(p), "") if p.isdigit() else (0, 0, p) for p in re.split(r"(\d{1,18})", name)]


def _home(file: str) -> str:
    """The folder of one run that a file lies in; `` for the top, and above the folders that trackers add."""
    parts = file.split("/")[:-1]
    while parts and re.fullmatch(r"files|\.hydra|train|val(idation)?|eval|test|logs?|tensorboard|tb", parts[-1]):
        parts = parts[:-1]
    return "/".join(parts)


def _siblings(readings: Sequence[Reading]) -> list[Reading]:
    """Settings and results of all but the last of several run folders that hold files of the same names."""
    homes: dict[tuple[str, str], set[str]] = {}
    for r in readings:
        home = _home(r.file)
        if r.role in {"settings", "results"} and re.search(r"\d", home.rpartition("/")[2]):
            homes.setdefault((home.rpartition("/")[0], r.file.rpartition("/")[2]), set()).add(home)
    lost = {h for group in homes.values() if len(group) > 1 for h in group if h != max(group, key=natural)}
    return [r for r in readings if _home(r.file) in lost and r.role != "model" and r.log is None]


def joined(logs: Sequence[Log]) -> list[Log]:
    """Logs of one run, with those that follow one another (a run that was started again) made one."""
    rows = sorted(logs, key=lambda log: min((s.steps[0] for s in log.series.values() if s.steps), default=0.0))
    out: list[Log] = []
    for log in rows:
        last = out[-1] if out else None
        shared = set(last.series) & set(log.series) if last else set()
        if last is not None and shared and all(last.series[n].steps[-1] < log.series[n].steps[0] for n in shared):
            out[-1] = _appended(last, log)
        else:
            out.append(log)
    return out


def _appended(a: Log, b: Log) -> Log:
    series = dict(a.series)
    for name, more in b.series.items():
        old = series.get(name)
        if old is None:
            series[name] = more
            continue
        series[name] = msgspec.structs.replace(
            old,
            steps=old.steps + more.steps,
            values=old.values + more.values,
            epochs=old.epochs + more.epochs,
            times=old.times + more.times,
            rows=old.rows + tuple(r + a.rows for r in more.rows),
        )
    return msgspec.structs.replace(
        b, series=series, rows=a.rows + b.rows, restarts=(*a.restarts, a.rows, *(r + a.rows for r in b.restarts))
    )
