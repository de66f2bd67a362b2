"""The curves that a study carries, in charts of one unit each, and the symptoms that were read on them."""

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ablator.core.elements import Evidence
from ablator.core.study import Study
from ablator.diagnose.curves import FIRST

HELDOUT = ("eval_", "val_", "valid_", "validation_", "dev_", "test_")
"""Beginnings of names of what is measured on held-out data; it shares a chart with what is measured in training."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One logged series: steps rise strictly; a value that is no finite number is None."""

    name: str
    steps: tuple[float, ...]
    values: tuple[float | None, ...]
    heldout: bool

    def at(self, step: float) -> tuple[float, float | None]:
        """The point nearest to `step`: its step and value."""
        n = bisect_left(self.steps, step)
        near = [i for i in (n - 1, n) if 0 <= i < len(self.steps)]
        i = min(near, key=lambda k: abs(self.steps[k] - step))
        return self.steps[i], self.values[i]


@dataclass(frozen=True, slots=True)
class Chart:
    """Curves of one unit, such as training and evaluation loss."""

    name: str
    curves: tuple[Curve, ...]

    @property
    def span(self) -> tuple[float, float]:
        """First and last step."""
        return min(c.steps[0] for c in self.curves), max(c.steps[-1] for c in self.curves)

    @property
    def reach(self) -> tuple[float, float]:
        """Lowest and highest value."""
        values = [v for c in self.curves for v in c.values if v is not None]
        return min(values), max(values)


@dataclass(frozen=True, slots=True)
class Sign:
    """A symptom that is present: its number on the charts, what was read, and the points it was read at."""

    number: int
    symptom: str
    text: str
    points: tuple[tuple[str, float], ...]


def charts(study: Study) -> tuple[Chart, ...]:
    """The charts of a study, the loss first; none where it was made without a log."""
    groups: dict[str, list[Curve]] = {}
    for key in sorted(study.evidence):
        row = study.evidence[key]
        made = _curve(row) if row.kind == "curve" else None
        if made is not None:
            groups.setdefault(_bare(made.name), []).append(made)
    order = {_bare(name): n for n, name in reversed(list(enumerate(FIRST)))}
    return tuple(
        Chart(name, tuple(sorted(groups[name], key=lambda c: (c.heldout, c.name))))
        for name in sorted(groups, key=lambda n: (order.get(n, len(order)), n))
    )


def signs(study: Study) -> tuple[Sign, ...]:
    """Present symptoms that were read on a curve of the study, the strongest first."""
    there = {row.name for row in study.evidence.values() if row.kind == "curve"}
    rows = [
        row
        for _, row in sorted(study.evidence.items())
        if row.kind == "symptom" and row.strength != 0 and any(series in there for series, _ in row.marks)
    ]
    rows.sort(key=lambda row: (-(1.0 if row.strength is None else row.strength), row.name))
    return tuple(
        Sign(n, row.name, row.note or row.name, tuple(m for m in row.marks if m[0] in there))
        for n, row in enumerate(rows, 1)
    )


def ticks(low: float, high: float, most: int) -> list[float]:
    """At most `most` round figures from `low` to `high`: steps of 1, 2 or 5 times a power of ten."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low or most < 1:
        return [low]
    raw = (high - low) / max(most, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * f for f in (1, 2, 5, 10, 20) if power * f >= raw * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    out = [n * step for n in range(first, first + most + 2) if n * step <= high + 1e-9 * step]
    return [float(f"{v:.12g}") for v in out]


def summary(chart: Chart) -> Iterable[tuple[str, float, float, float, float, float]]:
    """For each curve: its name, first step and value, last step and value, and its lowest value."""
    for curve in chart.curves:
        finite = [(s, v) for s, v in zip(curve.steps, curve.values, strict=True) if v is not None]
        (s0, v0), (s1, v1) = finite[0], finite[-1]
        yield curve.name, s0, v0, s1, v1, min(v for _, v in finite)


def _curve(row: Evidence) -> Curve | None:
    """The curve of an evidence row; None where its value is no pair of lists of numbers with two to draw."""
    if not isinstance(row.value, list | tuple) or len(row.value) != 2:
        return None
    steps, values = row.value
    if not isinstance(steps, list | tuple) or not isinstance(values, list | tuple) or len(steps) != len(values):
        return None
    points: list[tuple[float, float | None]] = []
    for step, value in zip(steps, values, strict=True):
        at, found = _number(step), _number(value)
        if at is None or (points and at <= points[-1][0]):
            return None
        points.append((at, found))
    if sum(v is not None for _, v in points) < 2:
        return None
    return Curve(row.name, tuple(s for s, _ in points), tuple(v for _, v in points), _bare(row.name) != row.name)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def _bare(name: str) -> str:
    """The name without what says on which data it is measured."""
    return next((name[len(w) :] for w in HELDOUT if name.startswith(w) and len(name) > len(w)), name)


def runs_of(values: Sequence[float | None]) -> Iterable[range]:
    """Stretches of places without a gap, so that no line is drawn across a value that was NaN."""
    start = None
    for n, value in enumerate(values):
        if value is not None and start is None:
            start = n
        if value is None and start is not None:
            yield range(start, n)
            start = None
    if start is not None:
        yield range(start, len(values))
