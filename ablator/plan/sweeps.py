"""The trials of a tuning step: values in the words of the file, what each sets, and how long its run is."""

import math

import msgspec

from ablator.core.elements import Action, Element, Json, Range
from ablator.core.study import Study, base_id
from ablator.plan import trials
from ablator.plan.costs import resized
from ablator.plan.dialect import Settings, choices, divisible

WHOLE = frozenset({"batch-size", "training-length", "warmup", "data-quantity", "seeds"})
"""Factors whose values are whole numbers unless their present value has a fraction."""

BY_WIDTH = "capacity"
"""The factor that is moved by the model's width: what is read of it, such as the number of heads, does not set it."""

LOOKED_AT = frozenset({"hyperparameter-transfer"})
"""Factors that no one setting moves: several are changed together and then looked at."""

DOUBLED = "convergence-check"
"""The factor whose trial is the same training at twice its length."""


MOVED_BY = {BY_WIDTH: "width", DOUBLED: "training-length"}
"""Factors whose trials move another element."""


class Trial(msgspec.Struct, frozen=True):
    """One value that is tried, its settings, and what its run costs.

    `runs` is its length in runs, None where the library tells what a trial costs; `factor` its compute against a
    trial of the baseline. `to_write` says that no key of the files sets it: it stands under the factor's own name.
    """

    value: Json
    settings: Settings
    to_write: bool = False
    runs: float | None = None
    factor: float = 1.0


def sweep(study: Study, element: Element, action: Action) -> list[Trial]:
    """Trials of a factor, the present value first; empty where no value can be named and a person looks instead."""
    base = base_id(element.id)
    if base == DOUBLED:
        return _doubled(study)
    if base in LOOKED_AT or element.range is None:
        return []
    if base == BY_WIDTH:
        return _by_width(study, element, element.range)
    if element.range.choices:
        return _named(study, element, element.range, action)
    count = max(element.range.points, 2 if action == "tune" else 1)
    text = _percent(element.value)
    if text is not None:
        found = trials.points(element.range, text, count)
        values: list[Json] = [element.value, *(f"{text * x:g}%" for x in (0.3, 3.0)[: count - 1])]
    else:
        found = values = trials.points(element.range, element.value, count, whole=whole(element))
    if len(found) < 2:
        return []
    return [_trial(element, v) for v in values]


def _trial(element: Element, value: Json) -> Trial:
    key = element.keys[0] if element.keys else element.id
    return Trial(value, {key: value}, not element.keys, length(element, value))


def further(element: Element, values: list[Json]) -> list[Trial]:
    """Trials at values past the edge of a sweep."""
    return [_trial(element, v) for v in values]


def length(element: Element, value: Json) -> float | None:
    """Runs that a training of this length is; None for a factor that leaves the length alone."""
    present = element.value
    numbers = [x for x in (value, present) if isinstance(x, int | float) and not isinstance(x, bool) and x > 0]
    if base_id(element.id) != "training-length" or len(numbers) < 2:
        return None
    return numbers[0] / numbers[1]


def length_of(study: Study, settings: Settings) -> float:
    """How many times the present length a training with these settings is; 1 where they leave it alone."""
    long = study.elements.get("training-length")
    if long is None or not long.keys or long.keys[0] not in settings:
        return 1.0
    return length(long, settings[long.keys[0]]) or 1.0


def whole(element: Element) -> bool:
    """Whether a factor takes whole numbers only."""
    return isinstance(element.value, int) or (element.id in WHOLE and not isinstance(element.value, float))


def _percent(value: Json) -> float | None:
    """The number of a text such as `5%`; None for anything else."""
    if not isinstance(value, str) or not value.strip().endswith("%"):
        return None
    try:
        number = float(value.strip()[:-1])
    except ValueError:
        return None
    return number if math.isfinite(number) and number > 0 else None


def _named(study: Study, element: Element, span: Range, action: Action) -> list[Trial]:
    """Choices in the vocabulary of the file, else under the factor's own name."""
    count = max(span.points, 2 if action == "tune" else 1)
    found = choices(study, element)
    if found:
        return [Trial(word, settings) for word, settings in found[:count]]
    value = element.value if isinstance(element.value, str) else None
    words = trials.points(span, value, count)
    return [Trial(w, {element.id: w}, to_write=True) for w in words]


def _by_width(study: Study, element: Element, span: Range) -> list[Trial]:
    """Widths that heads divide, the present one first; multiples under the factor's own name where none is known."""
    width = study.elements.get("width")
    number = width.value if width is not None else None
    multiples = dict.fromkeys([1.0, *trials.points(span, None, span.points)])
    if width is None or not width.keys or isinstance(number, bool) or not isinstance(number, int) or number <= 0:
        return [Trial(m, {element.id: m}, to_write=True, factor=m**2) for m in multiples]
    values = dict.fromkeys([number, *(divisible(study, width, number * m) for m in multiples)])
    return [Trial(v, dict.fromkeys(width.keys, v), factor=resized(study, width, v / number)) for v in values]


def _doubled(study: Study) -> list[Trial]:
    """The training at twice its length, where a setting tells the length as a number."""
    long = study.elements.get("training-length")
    if long is None or not long.keys or isinstance(long.value, bool) or not isinstance(long.value, int | float):
        return []
    return [Trial(long.value * 2, {long.keys[0]: long.value * 2}, runs=2.0)] if long.value > 0 else []


def settable(study: Study, element: Element) -> bool:
    """Whether keys of the files set a factor to other values of its range."""
    if element.range is None or not element.keys or base_id(element.id) in {BY_WIDTH, *LOOKED_AT}:
        return False
    if element.range.choices:
        return bool(choices(study, element))
    number = element.value is None or (isinstance(element.value, int | float) and not isinstance(element.value, bool))
    return number and trials.bounds(element.range, element.value) is not None


def joint_settings(study: Study, elements: list[Element], count: int, tuned: Settings) -> list[Settings]:
    """Settings of an arm's trials over the factors that it re-tunes, around the values of today's baseline.

    Factors that no key of the files sets are left as they are; where there are no others, they go by their own names.
    """
    factors: list[tuple[str, Range, Json, bool]] = []
    able = [e for e in elements if settable(study, e)]
    for e in able or [e for e in elements if e.range is not None and base_id(e.id) not in LOOKED_AT]:
        key = e.keys[0] if able else e.id
        if e.range is None:
            continue
        if e.range.choices:
            found = tuple(settings for _, settings in choices(study, e)) if able else e.range.choices
            factors.append((key, msgspec.structs.replace(e.range, choices=found), e.value, False))
        else:
            factors.append((key, e.range, tuned.get(key, e.value), whole(e)))
    return trials.joint(factors, max(count, 1))
