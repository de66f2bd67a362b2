"""What a run printed: its metrics from the last line that is JSON, and a check's answer."""

import json
import math
import os
from pathlib import Path
from typing import Any, get_args

import msgspec

from ablator.core.elements import Verdict

TAIL = 4_000_000
"""Bytes at the end of an output in which the line is looked for."""

LINES = 2_000
"""Lines that are tried, from the last one."""

NAMES = 40
"""Metrics of one run that are kept."""


class Answer(msgspec.Struct, frozen=True):
    """What a check says about its step; without a verdict a person has to look."""

    verdict: Verdict | None
    reason: str


def last_object(path: Path) -> dict[str, Any]:
    """The JSON object on the last line that holds one, or that the whole file is; empty where there is none."""
    try:
        with path.open("rb") as stream:
            stream.seek(0, os.SEEK_END)
            size = stream.tell()
            stream.seek(max(size - TAIL, 0))
            data = stream.read()
    except OSError:
        return {}
    text = data.decode("utf-8", "replace")
    for line in text.splitlines()[: -LINES - 1 : -1]:
        if "{" in line:
            found = _object(line[line.index("{") :].strip())
            if found:
                return found
    return _object(text.strip()) if size <= TAIL else {}


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def metrics_of(found: dict[str, Any], metric: str) -> dict[str, float]:
    """The numbers of an object, the metric first whatever else there is; NaN and infinities are kept.

    A name with a character that no text can hold (half of a pair, NUL) is passed over: no study could be saved with it.

    >>> metrics_of({"loss": 0.5, "note": "x", "ok": True}, "loss")
    {'loss': 0.5}
    """
    numbers = {
        k: float(v)
        for k, v in found.items()
        if isinstance(v, int | float) and not isinstance(v, bool) and 0 < len(k) <= 200 and k.isprintable() and _fits(v)
    }
    first = {metric: numbers.pop(metric)} if metric in numbers else {}
    return {**first, **dict(list(numbers.items())[:NAMES])}


def _fits(number: float) -> bool:
    try:
        float(number)
    except OverflowError:
        return False
    return True


def answer_of(path: Path, code: int, last: str) -> Answer:
    """A check's answer: `{"verdict": …, "reason": …}` on its last line, else fine where it ended with 0."""
    found = last_object(path)
    word, reason = found.get("verdict"), found.get("reason")
    said = "".join(c if c.isprintable() else " " for c in reason[:500]) if isinstance(reason, str) else ""
    if isinstance(word, str) and word in get_args(Verdict):
        return Answer(word, said or "the check said so")  # type: ignore[arg-type]
    if "verdict" in found:
        return Answer(None, said or "the check leaves it to a person")
    if code == 0:
        return Answer("fine", said or (f"the check ended well: {last[:300]}" if last else "the check ended well"))
    return Answer(
        None, said or (f"the check ended with {code}: {last[:300]}" if last else f"the check ended with {code}")
    )


def finite(metrics: dict[str, float], metric: str) -> bool:
    """Whether the metric is a finite number."""
    return metric in metrics and math.isfinite(metrics[metric])
