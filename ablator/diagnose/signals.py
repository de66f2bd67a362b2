"""Robust figures of short series in plain Python: medians, spread, interpolation, straight lines."""

import bisect
import itertools
import math
import operator
from collections.abc import Sequence


def median(values: Sequence[float]) -> float:
    """The middle value; NaN for an empty series."""
    n = len(values)
    if n == 0:
        return math.nan
    ordered = sorted(values)
    return ordered[n // 2] if n % 2 else (ordered[n // 2 - 1] + ordered[n // 2]) / 2


def running_median(values: Sequence[float], width: int = 5) -> list[float]:
    """The median of the `width` values around each."""
    half, count = width // 2, len(values)
    inner = [sorted(values[i - half : i + half + 1])[half] for i in range(half, count - half)]
    head = [median(values[: i + half + 1]) for i in range(min(half, count))]
    return head + inner + [median(values[i - half :]) for i in range(max(half, count - half), count)]


def spread(values: Sequence[float]) -> float:
    """1.4826 × the median absolute deviation: the standard deviation, were it normal; 0 for an empty series."""
    if not values:
        return 0.0
    middle = median(values)
    return 1.4826 * median([abs(v - middle) for v in values])


def differences(values: Sequence[float]) -> list[float]:
    """Each value minus the one before."""
    return [b - a for a, b in itertools.pairwise(values)]


def noise(values: Sequence[float]) -> float:
    """Spread of a slowly moving series about itself, from its first differences."""
    return spread(differences(values)) / math.sqrt(2) if len(values) > 3 else 0.0


def curved_noise(values: Sequence[float]) -> float:
    """The same from second differences, which a slope does not disturb."""
    return spread(differences(differences(values))) / math.sqrt(6) if len(values) > 4 else 0.0


def interpolate(x: float, xs: Sequence[float], ys: Sequence[float]) -> float:
    """Linear between points, level outside; NaN without points. `xs` rise."""
    if not xs:
        return math.nan
    i = bisect.bisect_left(xs, x)
    if i == 0:
        return ys[0]
    if i == len(xs):
        return ys[-1]
    a, b = xs[i - 1], xs[i]
    return ys[i - 1] + (ys[i] - ys[i - 1]) * (x - a) / (b - a) if b > a else ys[i]


def nearest(x: float, xs: Sequence[float]) -> int:
    """Index of the value nearest to `x`, of equals the first. `xs` rise and are not empty."""
    i = bisect.bisect_left(xs, x)
    if i == 0 or i == len(xs):
        return min(i, len(xs) - 1)
    return i - 1 if x - xs[i - 1] <= xs[i] - x else i


def polynomial_residuals(xs: Sequence[float], ys: Sequence[float], degree: int) -> list[float]:
    """What a least-squares polynomial leaves of `ys`; an orthogonal basis, so that scale does not matter."""
    n = len(xs)
    base: list[list[float]] = []
    for power in range(degree + 1):
        column = [x**power for x in xs]
        for other in base:
            dot = sum(map(operator.mul, column, other))
            column = [a - dot * b for a, b in zip(column, other, strict=True)]
        length = math.sqrt(sum(a * a for a in column))
        if length > 1e-12 * math.sqrt(n):
            base.append([a / length for a in column])
    left = list(ys)
    for other in base:
        dot = sum(map(operator.mul, left, other))
        left = [a - dot * b for a, b in zip(left, other, strict=True)]
    return left


def lag_one(values: Sequence[float]) -> float:
    """Correlation of each value with the next; 0 where there is no spread."""
    a, b = values[:-1], values[1:]
    n = len(a)
    if n < 3:
        return 0.0
    ma, mb = sum(a) / n, sum(b) / n
    va, vb = sum((x - ma) ** 2 for x in a), sum((x - mb) ** 2 for x in b)
    if va <= 0 or vb <= 0:
        return 0.0
    return sum((x - ma) * (y - mb) for x, y in zip(a, b, strict=True)) / math.sqrt(va * vb)
