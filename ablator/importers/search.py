"""A search over many runs as one reading: the best trial's settings, what was searched, and every trial's outcome."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from ablator.importers.found import Found, Reading, Trial
from ablator.importers.settings import read_settings

MAX_TRIALS = 10_000


def read_search(
    trials: Sequence[Trial],
    file: str,
    form: str,
    *,
    metric: str,
    goal: str,
    ranges: Mapping[str, str],
    hours: float | None,
    unknown: Sequence[str] = (),
) -> Reading:
    """The settings of the best trial, its value as `last.METRIC`, and the ranges as facts of their own."""
    sign = -1.0 if goal == "max" else 1.0
    done = [t for t in trials if t.state == "done" and t.value is not None and math.isfinite(t.value)]
    best = min(done, key=lambda t: (sign * (t.value or 0.0), t.number), default=None)
    told = read_settings(best.settings if best else {}, file, format_name=form)
    found = list(told.found)
    if best is not None:
        found.append(Found(f"last.{metric}", best.value, file, f"trial {best.number}"))
    found += [Found("searched", words, file, f"searched.{name}") for name, words in sorted(ranges.items())]
    if hours is not None:
        found.append(Found("hours_per_run", hours, file, "median of the trials", "inferred"))
    states = [t.state for t in trials]
    open_ = [] if done else ["which trial is best: none is complete with a value"]
    lost = sum(s == "failed" for s in states)
    if lost:
        open_.append(f"why {lost} of {len(states)} trials failed")
    return Reading(
        file=file,
        format=form,
        role="settings",
        found=tuple(found),
        unknown=(*told.unknown, *open_, *unknown),
        settings=told.settings,
        trials=tuple(trials[:MAX_TRIALS]),
        goal=goal,
    )


def range_words(distribution: str) -> tuple[str, list[Any] | None]:
    """(the range of an Optuna distribution in words, the choices where it has such)."""
    try:
        row = json.loads(distribution)
    except (ValueError, RecursionError, TypeError):
        return "", None
    about = row.get("attributes") if isinstance(row, dict) else None
    if not isinstance(about, dict):
        return "", None
    choices = about.get("choices")
    if isinstance(choices, list):
        return ("one of " + ", ".join(str(c) for c in choices[:20]))[:300], choices
    low, high = about.get("low"), about.get("high")
    logarithmic = about.get("log") or str(row.get("name", "")).startswith("LogUniform")
    return f"{low} to {high}{', logarithmic' if logarithmic else ''}"[:300], None
