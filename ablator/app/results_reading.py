"""Results from files, matched with the runs of a plan: read in the worker, shown before they are taken in."""

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from ablator.core.change import Change, between
from ablator.core.elements import Evidence
from ablator.core.errors import AblatorError
from ablator.core.study import Study

TABLES = frozenset({".csv", ".tsv"})
STRANGERS = 20
"""Runs without a place in the plan that are named before the rest is counted."""


class Request(msgspec.Struct, frozen=True, array_like=True):
    """What the worker is asked for: the study's bytes, and the files."""

    study: bytes
    paths: tuple[str, ...]


class Line(msgspec.Struct, frozen=True, array_like=True):
    """One result as it will be recorded: its run, its values in words, and where it was read."""

    run: str
    values: str
    where: str


class Reading(msgspec.Struct, frozen=True):
    """What files hold for a study: rows to record, the same in words, and a sentence for whatever was left out."""

    rows: tuple[Evidence, ...] = ()
    lines: tuple[Line, ...] = ()
    problems: tuple[str, ...] = ()


def are_results(paths: Sequence[Path]) -> bool:
    """Whether every one of these files is a table of runs, by its name and its head."""
    from ablator.importers.results_csv import has_runs

    return bool(paths) and all(p.suffix.lower() in TABLES and p.is_file() and has_runs(p) for p in paths)


def read(payload: bytes, progress: Callable[[float, str], None] | None = None) -> bytes:
    """A `Request` to a `Reading`, both in msgpack. Raises BadInput for a damaged study."""
    from ablator.files.study_file import decode

    asked = msgspec.msgpack.decode(payload, type=Request)
    return msgspec.msgpack.encode(reading(decode(asked.study, "study"), [Path(p) for p in asked.paths]))


def reading(study: Study, paths: Sequence[Path]) -> Reading:
    """What the files hold for the study's plan; a file that cannot be read is a problem, not an error."""
    from ablator.api import matched
    from ablator.importers.results_csv import has_runs, read_results_csv
    from ablator.importers.results_log import read_results_log
    from ablator.plan.planner import all_runs

    known = all_runs(study)
    planned = {key: run.overrides for key, run in known.items()}
    metric = study.info.metric
    rows: dict[str, Evidence] = {}
    problems: list[str] = []
    for path in paths:
        try:
            table = read_results_csv(path, metric) if has_runs(path) else read_results_log(path, metric, planned)
        except AblatorError as wrong:
            problems.append(str(wrong))
            continue
        problems += [f"{path.name}: {note}" for note in table.notes]
        found, strangers = matched(study, table, known, path.name)
        rows |= {row.id: row for row in found}
        problems += [f"{path.name}: {name} is no run of the plan; left out" for name in strangers[:STRANGERS]]
        if len(strangers) > STRANGERS:
            problems.append(f"{path.name}: and {len(strangers) - STRANGERS} more that are no runs of the plan")
        if not found and not strangers:
            problems.append(f"{path.name}: no row has a value yet")
    made = tuple(rows.values())
    return Reading(made, tuple(_line(row) for row in made), tuple(problems))


def _line(row: Evidence) -> Line:
    values = ", ".join(f"{name} {value:.6g}" for name, value in sorted(row.metrics.items()))
    return Line(row.run, values if row.state == "done" else f"{row.state} {values}".strip(), row.source)


def taken_in(study: Study, rows: Sequence[Evidence], label: str) -> Change:
    """The rows on record, with the symptoms that all recorded runs together show, as one step. Raises EditRefused."""
    from ablator.api import Study as ApiStudy

    return between(study, ApiStudy(study).recorded(rows).value, label)
