"""Training settings of any dialect, by the names under which the library knows each factor's parameters."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from ablator.importers.found import Found, Reading
from ablator.importers.setting_names import SEARCHED, factor_of, rank_of

FORMAT = "training settings"
MIN_KEYS = 2
"""A file counts as settings when at least this many of its keys are known parameters, or one of the decisive ones."""

DECISIVE = frozenset({"learning-rate", "batch-size", "training-length", "warmup", "weight-decay"})
MAX_KEYS = 5000
MAX_ALL = 20_000
"""Keys of a whole file that are looked at."""

_RANGES = frozenset(
    {"min", "max", "scaling", "distribution", "feasible_points", "values", "probabilities", "mu", "sigma"}
)
"""Keys of an object that says where a parameter is searched (W&B sweeps, AlgoPerf)."""


def flat(config: Mapping[str, Any]) -> Iterable[tuple[str, str, Any]]:
    """(dotted path, last name, value) of every scalar in nested settings, at most MAX_ALL.

    `{"desc": …, "value": v}` of W&B counts as v, a list with one number as the number; a search range is the text that
    says so.
    """
    for number, row in enumerate(_flat(config, "", 0)):
        if number >= MAX_ALL:
            return
        yield row


def _flat(config: Mapping[str, Any], path: str, depth: int) -> Iterable[tuple[str, str, Any]]:
    for number, (key, value) in enumerate(config.items()):
        if number >= MAX_KEYS or not isinstance(key, str):
            return
        here = f"{path}.{key}" if path else key
        if isinstance(value, dict) and "value" in value and set(value) <= {"desc", "value", "distribution"}:
            value = value["value"]
        elif isinstance(value, dict) and set(value) <= _RANGES and set(value) & {"min", "values", "feasible_points"}:
            value = "range(" + ", ".join(f"{k} {v}" for k, v in list(value.items())[:4])[:80] + ")"
        elif isinstance(value, list) and len(value) == 1 and isinstance(value[0], str | int | float):
            value = value[0]
        if isinstance(value, dict) and depth < 8:
            yield from _flat(value, here, depth + 1)
        elif isinstance(value, str | int | float | bool) or value is None:
            yield here, key, value


def looks_like_settings(config: Any) -> bool:
    """Whether an object names two known training parameters with values, or a decisive one."""
    if not isinstance(config, dict):
        return False
    known: set[str] = set()
    for path, name, value in flat(config):
        factor = factor_of(path, name)
        if factor is not None and value is not None:
            known.add(path)
            if len(known) >= MIN_KEYS or factor in DECISIVE:
                return True
    return False


def trains(config: Any) -> bool:
    """Whether an object says how to train: a learning rate, and a batch size or a length beside it."""
    if not isinstance(config, dict) or "auto_map" in config or "transformers_version" in config:
        return False
    seen = {factor_of(path, name) for path, name, value in flat(config) if value is not None}
    return "learning-rate" in seen and bool(seen & {"batch-size", "training-length"})


def read_settings(config: Mapping[str, Any], file: str, *, format_name: str = FORMAT) -> Reading:
    """Every known parameter as a fact named after its factor; unresolved references stay unknown and say so.

    The facts of one factor stand in the order in which they tell its value.
    """
    found: list[Found] = []
    unknown: list[str] = []
    values: dict[str, Any] = {}
    for path, name, value in flat(config):
        number = as_number(value)
        finite = not isinstance(number, float) or math.isfinite(number)
        if finite:
            values[path] = number
        factor = factor_of(path, name)
        if factor is None or value is None:
            continue
        if isinstance(value, str) and "${" in value:
            unknown.append(f"{path} is {value[:60]}, which this file does not resolve")
        elif isinstance(value, str) and SEARCHED.match(value):
            unknown.append(f"{path} is searched ({value[:60]}), not set")
        elif not finite:
            unknown.append(f"{path} is not finite")
        else:
            found.append(Found(factor, number, file, path))
    found.sort(key=lambda f: (f.fact, rank_of(f.key), f.key))
    return Reading(
        file=file, format=format_name, role="settings", found=tuple(found), unknown=tuple(unknown), settings=values
    )


def as_number(value: Any) -> Any:
    """`3e-4` given as text is a number; other texts stay as they are."""
    if isinstance(value, str):
        text = value.strip()
        if text[:1] in "+-.0123456789" and any(c.isdigit() for c in text[:4]):
            try:
                return int(text) if text.lstrip("+-").isdigit() and len(text) < 19 else float(text)
            except ValueError:
                return value
        return value[:500]
    return value
