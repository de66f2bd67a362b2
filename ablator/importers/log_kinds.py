"""Which kind of training log a file is, by its first bytes."""

from collections.abc import Callable
from typing import Any

from ablator.importers.found import Reading
from ablator.importers.log_events import looks_like_events, read_events
from ablator.importers.log_optuna import looks_like_journal, read_journal
from ablator.importers.log_rows import (
    looks_like_csv,
    looks_like_golden,
    looks_like_history,
    looks_like_json_lines,
    looks_like_rows,
    read_csv,
    read_golden,
    read_history,
    read_json_lines,
    read_rows,
)
from ablator.importers.log_wandb import looks_like_wandb, read_wandb
from ablator.importers.results_json import (
    looks_like_harness,
    looks_like_results,
    looks_like_summary,
    read_harness,
    read_results,
    read_summary,
)

_BYTES: tuple[tuple[Callable[[bytes], bool], Callable[[bytes, str, str], Reading]], ...] = (
    (looks_like_wandb, read_wandb),
    (looks_like_events, read_events),
    (looks_like_journal, read_journal),
    (looks_like_json_lines, read_json_lines),
    (looks_like_csv, read_csv),
)
_VALUES: tuple[tuple[Callable[[Any], bool], Callable[[Any, str], Reading]], ...] = (
    (looks_like_history, read_history),
    (looks_like_golden, read_golden),
    (looks_like_rows, read_rows),
    (looks_like_summary, read_summary),
    (looks_like_results, read_results),
    (looks_like_harness, read_harness),
)


def log_reading(data: bytes, name: str, place: str) -> Reading | None:
    """The reading of a log that is no plain JSON, or None for any other file. Raises BadInput for a damaged log."""
    for fits, read in _BYTES:
        if fits(data):
            return read(data, name, place)
    return None


def log_value(value: Any, name: str) -> Reading | None:
    """The reading of a parsed JSON value that is a log other than a trainer state, or None."""
    for fits, read in _VALUES:
        if fits(value):
            return read(value, name)
    return None
