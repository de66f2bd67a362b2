"""From logs, settings and model facts to the evidence rows of a study."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from ablator.core.elements import Evidence
from ablator.diagnose.applies import holds
from ablator.diagnose.curves import curve_rows
from ablator.diagnose.evidence import not_applicable_row, said_row, shares_row, symptom_rows
from ablator.diagnose.log import Log
from ablator.diagnose.proportions import proportion_rows
from ablator.diagnose.symptoms import answers
from ablator.diagnose.trace import Trace
from ablator.diagnose.usual import usual_rows
from ablator.library import library

QUIET = 0.15
"""Where the top posterior is below this, nothing points anywhere."""


def diagnosis(
    elements: Iterable[str],
    *,
    logs: Sequence[Log] = (),
    settings: Mapping[str, Any] | None = None,
    model: Mapping[str, Any] | None = None,
    ideas: Mapping[str, bool | None] | None = None,
    said: Iterable[str] = (),
    author: str = "",
    metric: str = "",
) -> list[Evidence]:
    """Evidence rows for a study with these elements; a symptom that a person said replaces the one found.

    The curves of the logs come with them, that of `metric` among the first.

    `settings` and `model` map names as their files spell them to values; without any, only what was said speaks.
    """
    there = tuple(sorted(elements))
    rows: dict[str, Evidence] = {}
    if logs or settings or model or ideas:
        log = one_run(logs)
        trace = Trace(log, settings or {}, model or {}, ideas or {})
        found = symptom_rows(answers(trace), there, log.file)
        found += usual_rows(settings or {}, there)
        found += proportion_rows(trace, there)
        found += curve_rows(log, metric, (m for r in found if r.strength for m in r.marks))
        rows = {r.id: r for r in found}
    for name in sorted(set(said)):
        row = said_row(name, there, author)
        rows[row.id] = row
    if settings:
        ruled_out = out_of_play({**(model or {}), **settings}, there)
        if ruled_out:
            row = not_applicable_row(ruled_out)
            rows[row.id] = row
    if rows:
        row = shares_row(there)
        rows[row.id] = row
    return [rows[k] for k in sorted(rows)]


def out_of_play(settings: Mapping[str, Any], elements: Iterable[str]) -> list[str]:
    """Factors of the study whose `applies_when` the settings contradict."""
    there = set(elements)
    out = []
    for factor in library().factors.values():
        if factor.id in there and factor.applies_when and holds(factor.applies_when, settings) is False:
            out.append(factor.id)
    return sorted(out)


def one_run(logs: Sequence[Log]) -> Log:
    """The log with the longest training curve, with the series that only the others hold (one writer per split)."""
    if not logs:
        return Log()

    def length(log: Log) -> tuple[int, int]:
        loss = log.get("loss")
        return (len(loss.values) if loss else 0, log.rows)

    main = max(logs, key=length)
    series = dict(main.series)
    for log in logs:
        for name, row in log.series.items():
            series.setdefault(name, row)
    return msgspec.structs.replace(main, series=series)


def quiet(posteriors: Iterable[float]) -> bool:
    """Whether nothing points anywhere: the top posterior lies below QUIET."""
    return max(posteriors, default=0.0) < QUIET
