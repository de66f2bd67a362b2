"""Which kind of training log a file is, by its first bytes; a reader is loaded only for a file that it may fit."""

from typing import Any

from ablator.importers.found import Reading


def log_reading(data: bytes, name: str, place: str) -> Reading | None:
    """The reading of a log that is no plain JSON, or None for any other file. Raises BadInput for a damaged log."""
    if data.startswith(b":W&B"):
        from ablator.importers.log_wandb import read_wandb

        return read_wandb(data, name, place)
    if data[12:13] == b"\x09":
        from ablator.importers.log_events import looks_like_events, read_events

        if looks_like_events(data):
            return read_events(data, name, place)
    if b'"op_code"' in data[:4096]:
        from ablator.importers.log_optuna import looks_like_journal, read_journal

        if looks_like_journal(data):
            return read_journal(data, name, place)
    from ablator.importers.log_csv import looks_like_csv, read_csv
    from ablator.importers.log_rows import looks_like_json_lines, read_json_lines

    if looks_like_json_lines(data):
        return read_json_lines(data, name, place)
    if looks_like_csv(data):
        return read_csv(data, name, place)
    from ablator.importers.log_text import looks_like_text_log, read_text_log

    return read_text_log(data, name) if looks_like_text_log(data) else None


def log_value(value: Any, name: str) -> Reading | None:
    """The reading of a parsed JSON value that is a log other than a trainer state, or None."""
    from ablator.importers import log_rows, results_json

    if log_rows.looks_like_history(value):
        return log_rows.read_history(value, name)
    if log_rows.looks_like_golden(value):
        return log_rows.read_golden(value, name)
    if log_rows.looks_like_rows(value):
        return log_rows.read_rows(value, name)
    if results_json.looks_like_summary(value):
        return results_json.read_summary(value, name)
    if results_json.looks_like_results(value):
        return results_json.read_results(value, name)
    if results_json.looks_like_harness(value):
        return results_json.read_harness(value, name)
    from ablator.importers.log_inside import read_inside

    return read_inside(value, name)
