"""Curves of a log, thinned so that a study can carry them: what was read stays visible when the log is gone."""

import math
from collections.abc import Iterable, Mapping, Sequence

from ablator.core.elements import Evidence, Json
from ablator.diagnose.log import Log, Series

MAX_CURVES = 8
MAX_POINTS = 160
"""Points that one curve keeps beside those that symptoms were read at."""

FIRST = ("loss", "eval_loss", "eval_accuracy", "learning_rate", "grad_norm")
"""Series that are kept before any other, in the order in which they are shown."""

NO_CURVES = ("epoch", "step", "time", "runtime", "per_second", "flos", "memory", "samples", "tokens", "seconds")
"""Parts of names that count or time the run itself."""


def curve_rows(log: Log, metric: str = "", marks: Iterable[tuple[str, float]] = ()) -> list[Evidence]:
    """An evidence row for each of the at most eight series that tell most, with the points in `marks` kept."""
    kept: dict[str, set[float]] = {}
    for name, step in marks:
        kept.setdefault(name, set()).add(step)
    rows = []
    for series in _chosen(log.series, metric):
        name = "".join(c if c.isprintable() else "?" for c in series.name[:200])
        steps, values = thinned(series.steps, series.values, kept.get(series.name, ()))
        rows.append(
            Evidence(
                id=f"curve-{name}",
                kind="curve",
                name=name,
                value=[[_short(s) for s in steps], [_short(v) for v in values]],
                source=f"{log.file}: {series.key[:200]}" if log.file else series.key[:200],
            )
        )
    return rows


def thinned(
    steps: Sequence[float], values: Sequence[float], keep: Iterable[float] = (), most: int = MAX_POINTS
) -> tuple[list[float], list[float]]:
    """At most about `most` points: the ends, the lowest and the highest of equal stretches, and the steps in `keep`.

    So no spike is lost, which an average or every n-th point would lose. Values that are no finite numbers stay.
    """
    count = len(steps)
    if count <= most:
        return list(steps), list(values)
    wanted = set(keep)
    chosen = {0, count - 1, *(i for i, s in enumerate(steps) if s in wanted)}
    stretches = max(most // 2, 1)
    for n in range(stretches):
        part = range(n * count // stretches, (n + 1) * count // stretches)
        finite = [i for i in part if math.isfinite(values[i])]
        if len(finite) < len(part):
            chosen.add(next(i for i in part if not math.isfinite(values[i])))
        if finite:
            chosen.add(min(finite, key=lambda i: (values[i], i)))
            chosen.add(max(finite, key=lambda i: (values[i], -i)))
    order = sorted(chosen)
    return [steps[i] for i in order], [values[i] for i in order]


def _chosen(series: Mapping[str, Series], metric: str) -> list[Series]:
    """The metric and the usual series first, then those of evaluation, then the longest."""

    def rank(one: Series) -> tuple[int, int, str]:
        if one.name in FIRST:
            return FIRST.index(one.name), 0, one.name
        if metric and metric in {one.name, one.key}:
            return len(FIRST), 0, one.name
        heldout = any(word in one.name for word in ("eval", "val", "test"))
        return len(FIRST) + (1 if heldout else 2), -len(one.values), one.name

    told = [
        s
        for s in series.values()
        if len(s.values) > 1
        and sum(map(math.isfinite, s.values)) > 1
        and (s.name in FIRST or s.key == metric or not any(word in s.name for word in NO_CURVES))
    ]
    return sorted(told, key=rank)[:MAX_CURVES]


def _short(value: float) -> Json:
    """Six figures are more than a picture shows."""
    if not math.isfinite(value):
        return None
    short = float(f"{value:.6g}")
    return int(short) if short == int(short) and abs(short) < 1e15 else short
