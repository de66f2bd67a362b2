"""A pasted table of results: run and metrics, matched with the runs that a step has."""

import csv
import difflib
import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from PySide6.QtCore import QCoreApplication, QLocale

from ablator.app.plain import one_line

LINES = 20_000
"""Lines of a pasted text that are read."""

BROKEN = frozenset({"nan", "inf", "+inf", "-inf", "infinity", "-infinity", "diverged"})
RUN_HEADS = frozenset({"run", "run_id", "id", "name"})


@dataclass
class Pasted:
    """What a text holds: run → metric → value, runs that broke, and a sentence for each line that was left out."""

    metrics: list[str] = field(default_factory=list)
    values: dict[str, dict[str, float]] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)


def read_pasted(text: str, runs: Iterable[str], metric: str) -> Pasted:
    """The results in `text`: columns parted by tab, semicolon, comma or blanks, a head with `run` or none at all.

    Without a head the first column is the run and the second is `metric`. Short ids without the step are understood.
    """
    from ablator.importers.results_csv import NO_METRICS

    out = Pasted()
    lines = [(n, line) for n, line in enumerate(text.splitlines()[:LINES], 1) if line.strip()]
    if not lines:
        out.problems.append(_said("The clipboard holds no table. Copy rows with a run id and a value first."))
        return out
    rows = [(n, _cells(line, _delimiter(lines[0][1]))) for n, line in lines]
    names = {r.casefold(): r for r in runs} | {r.partition("/")[2].casefold(): r for r in runs}
    head = [c.strip() for c in rows[0][1]]
    at = next((i for i, c in enumerate(head) if c.casefold() in RUN_HEADS), None)
    if at is None:
        at, columns = 0, {1: metric}
    else:
        rows = rows[1:]
        columns = {i: c for i, c in enumerate(head) if c and i != at and c.casefold() not in NO_METRICS}
    out.metrics = list(dict.fromkeys(columns.values()))
    for number, cells in rows:
        _take(out, number, cells, at, columns, names)
    return out


def _take(out: Pasted, number: int, cells: list[str], at: int, columns: dict[int, str], names: dict[str, str]) -> None:
    wanted = cells[at].strip() if at < len(cells) else ""
    run = names.get(wanted.casefold())
    if run is None:
        near = difflib.get_close_matches(wanted.casefold(), list(names)[:2000], 1)
        text = _said("Line {0}: this step has no run “{1}”").format(number, one_line(wanted, 80))
        out.problems.append(text + (_said("; the nearest is {0}").format(names[near[0]]) if near else ""))
        return
    for column, name in columns.items():
        cell = cells[column].strip() if column < len(cells) else ""
        if not cell:
            continue
        if cell.casefold() in BROKEN:
            out.broken.add(run)
            continue
        value = number_of(cell)
        if value is None:
            text = _said("Line {0}: “{1}” is no number for {2}")
            out.problems.append(text.format(number, one_line(cell, 40), one_line(name, 40)))
        else:
            out.values.setdefault(run, {})[name] = value


def number_of(text: str) -> float | None:
    """A finite number as a program or as the user's locale writes it; None for anything else."""
    text = text.strip()
    try:
        value = float(text)
    except ValueError:
        value, good = QLocale().toDouble(text)
        if not good:
            return None
    return value if math.isfinite(value) else None


def _delimiter(line: str) -> str:
    return next((d for d in ("\t", ";", ",") if d in line), " ")


def _cells(line: str, delimiter: str) -> list[str]:
    if delimiter == " ":
        return line.split()
    return next(csv.reader([line], delimiter=delimiter), [])


def _said(text: str) -> str:
    return QCoreApplication.translate("Pasted", text)
