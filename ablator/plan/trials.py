"""Which values a tuning step tries: low-discrepancy points in the factor's range and scale, the present value first."""

import math

from ablator.core.elements import Json, Range


def radical_inverse(index: int, base: int = 2) -> float:
    """The van der Corput sequence: digit reversal of `index` in `base`, in [0, 1). Halton 1960."""
    result, fraction = 0.0, 1.0 / base
    while index:
        index, digit = divmod(index, base)
        result += digit * fraction
        fraction /= base
    return result


def bounds(span: Range, present: float | None) -> tuple[float, float] | None:
    """Low and high of one sweep: `span` wide around the present value, inside the sane outer bounds.

    A present value outside the bounds widens them rather than being left out.
    """
    low, high = span.low, span.high
    if span.unit.startswith("multiple of"):
        if present is None or present <= 0 or low is None or high is None:
            return None
        low, high = present * low, present * high
    elif present is not None and math.isfinite(present) and (present > 0 or span.scale != "log"):
        if span.scale == "log" and present > 0:
            half = math.sqrt(span.span) if span.span and span.span > 1 else 10.0
            near_low, near_high = present / half, present * half
        else:
            half = (span.span or abs(present) or 1.0) / 2
            near_low, near_high = present - half, present + half
        low = near_low if low is None else min(max(low, near_low), present)
        high = near_high if high is None else max(min(high, near_high), present)
    if (
        low is None
        or high is None
        or not low < high
        or not math.isfinite(high - low)
        or (span.scale == "log" and low <= 0)
    ):
        return None
    return low, high


def points(span: Range, present: Json, count: int | None = None, *, whole: bool = False) -> list[Json]:
    """Values to try, the present one first, without repeats.

    `whole` rounds to whole numbers. Three significant digits are plenty for a search and stay readable.
    """
    count = count or span.points
    number = float(present) if isinstance(present, int | float) and not isinstance(present, bool) else None
    if span.choices:
        rest = [c for c in span.choices if c != present]
        return ([present] if present is not None else []) + rest[: max(count - 1, 1)]
    between = bounds(span, number)
    out: list[Json] = [present] if present is not None else []
    if between is None:
        return out
    low, high = between
    if span.scale == "log":
        low, high = math.log(low), math.log(high)
    index = 1
    while len(out) < count and index < 64 * count:
        u = low + (high - low) * radical_inverse(index)
        value: float = float(f"{math.exp(u) if span.scale == 'log' else u:.3g}")
        candidate: Json = round(value) if whole else value
        if candidate not in out:
            out.append(candidate)
        index += 1
    return out


def beyond(span: Range, tried: list[Json], best: Json, count: int = 2, *, whole: bool = False) -> list[Json]:
    """Further values past the edge where the best of the numbers tried lies at one; empty where it lies inside.

    They go on by the step between the last two values, and stay inside the outer bounds of the range.
    """
    numbers = sorted(
        {float(v) for v in tried if isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v)}
    )
    if len(numbers) < 2 or isinstance(best, bool) or not isinstance(best, int | float):
        return []
    if best not in {numbers[0], numbers[-1]}:
        return []
    near, last = (numbers[1], numbers[0]) if best == numbers[0] else (numbers[-2], numbers[-1])
    relative = span.unit.startswith("multiple of")
    out: list[Json] = []
    for _ in range(count):
        following = last * last / near if span.scale == "log" and near > 0 < last else 2 * last - near
        near, last = last, float(f"{following:.3g}")
        if not math.isfinite(last):
            break
        if not relative and (
            (span.low is not None and last < span.low) or (span.high is not None and last > span.high)
        ):
            break
        candidate: Json = round(last) if whole else last
        if candidate in tried or (span.scale == "log" and last <= 0):
            break
        out.append(candidate)
    return out


PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)


def joint(factors: list[tuple[str, Range, Json, bool]], count: int) -> list[dict[str, Json]]:
    """`count` settings of several factors at once: Halton points in their ranges, the present values first.

    Each factor is (setting, range, present value, whole numbers only); one whose range cannot be told is left alone.
    A choice that is a table of settings stands for all of them. Points are repeated only where there are no others.
    """
    out: list[dict[str, Json]] = [{}]
    repeated: list[dict[str, Json]] = []
    for index in range(1, 8 * count):
        if len(out) >= count:
            break
        point: dict[str, Json] = {}
        for (key, span, present, whole), base in zip(factors, PRIMES, strict=False):
            u = radical_inverse(index, base)
            if span.choices:
                chosen = span.choices[int(u * len(span.choices))]
                point.update(chosen if isinstance(chosen, dict) else {key: chosen})
                continue
            number = float(present) if isinstance(present, int | float) and not isinstance(present, bool) else None
            between = bounds(span, number)
            if between is None:
                continue
            low, high = between
            if span.scale == "log":
                value = math.exp(math.log(low) + (math.log(high) - math.log(low)) * u)
            else:
                value = low + (high - low) * u
            point[key] = round(value) if whole else float(f"{value:.3g}")
        (repeated if point in out else out).append(point)
    return [*out, *repeated][:count]
