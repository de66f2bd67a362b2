"""All symptoms of one run: every detector asked once, in the order of their ids."""

from collections.abc import Mapping
from typing import Any

from ablator.diagnose import detect_eval, detect_model, detect_rate, detect_shape, detect_start
from ablator.diagnose.log import Log
from ablator.diagnose.seen import DETECTORS, Seen, silent
from ablator.diagnose.trace import Trace

FAMILIES = (detect_start, detect_shape, detect_rate, detect_eval, detect_model)
"""The modules whose detectors are asked."""


def symptoms(
    log: Log,
    settings: Mapping[str, Any] | None = None,
    model: Mapping[str, Any] | None = None,
    ideas: Mapping[str, bool | None] | None = None,
) -> dict[str, Seen]:
    """Symptom id → answer for each symptom of one run; never raises on strange values.

    `settings` and `model` map names as their files spell them to values; `ideas` says which ideas artefacts show to be
    present or absent.
    """
    return answers(Trace(log, settings or {}, model or {}, ideas or {}))


def answers(trace: Trace) -> dict[str, Seen]:
    """The same for a run that is already in view."""
    out: dict[str, Seen] = {}
    for name in sorted(DETECTORS):
        try:
            out[name] = DETECTORS[name](trace)
        except ArithmeticError:
            out[name] = silent("the figures are too extreme to compute with")
    return out
