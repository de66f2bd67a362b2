"""The plan as a terminal shows it."""

import textwrap
from collections.abc import Sequence

from ablator.cli import output
from ablator.core.errors import one_line
from ablator.core.queries import title
from ablator.core.study import Study
from ablator.diagnose.diagnosis import quiet
from ablator.plan.history import ladder_lines
from ablator.plan.planner import posterior
from ablator.plan.reasons import plain
from ablator.plan.types import CLOSED, Plan
from ablator.plan.upcoming import upcoming

FIRST = 3
"""Things to do next that the table marks."""


def plan_text(study: Study, plan: Plan) -> str:
    """The plan as a table for a terminal, with the gates between the stages.

    What can be done next is marked. Steps that evidence alone settled need nothing done: they stand at the end.
    """
    gates = {g.stage: g for g in plan.gates}
    rows: list[list[str]] = []
    blocks: list[str] = []
    stage_seen: set[str] = set()
    settled = [s for s in plan.steps if s.state == "done" and s.verdict == "unlikely"]
    aside = {s.id for s in settled}
    place = {s.id: s.order for s in plan.steps if s.state not in CLOSED}
    first = {s.id for s in upcoming(plan).steps[:FIRST]}
    head = [" #", "step", "question", "p", "hours" if study.info.hours_per_run else "runs", "total", "state"]
    suspect = max(
        (s for s in plan.steps if s.state not in CLOSED), key=lambda s: (s.probability, -s.order), default=None
    )
    if suspect is not None and not quiet([suspect.probability]):
        name = title(study.elements[suspect.element])
        why = next(iter(posterior(study)[suspect.element].reasons), "").rpartition(": ×")[0]
        line = f"Likeliest culprit: {name}, {suspect.probability:.0%}" + (f", {why}" if why else "")
        blocks.append(textwrap.fill(one_line(f"{line}; see step {suspect.order}."), output.width()) + "\n")
    if plan.outlook:
        blocks.append(output.wrapped(plan.outlook) + "\n")
    if plan.ladder:
        rungs = "\n".join(output.wrapped(line, "   ") for line in ladder_lines(plan.ladder))
        blocks.append(f"The baseline has moved:\n{rungs}\n")
    for s in plan.steps:
        if s.stage in gates and s.stage not in stage_seen:
            blocks.append(output.table(head, rows, 2))
            g = gates[s.stage]
            blocks.append(f"\n── {one_line(g.sentence)}\n")
            rows = []
        stage_seen.add(s.stage)
        if s.id in aside:
            continue
        state: str = s.verdict or s.state
        if s.state == "locked":
            waits = sorted(place[k] for k in s.after if k in place)
            state = f"after {_counted(waits)}" if waits else state
        over = "" if s.within_budget else ", over budget"
        rows.append(
            [
                f"{'▸' if s.id in first else ' '}{s.order}",
                s.id,
                s.question or title(study.elements[s.element]),
                _chance(s.probability),
                _duration(s.cost_hours) if study.info.hours_per_run else plain(s.cost_hours),
                plain(s.cumulative_hours, 4),
                f"{state}{over}",
            ]
        )
    if rows:
        blocks.append(output.table(head, rows, 2))
    if settled:
        held = sum(s.probability for s in settled)
        blocks.append(
            f"\n── {len(settled)} more need nothing: what was seen makes them unlikely (together {held:.1%}). "
            "`ablator plan --csv -` says why; record a verdict to overrule one.\n"
        )
        blocks.append(textwrap.fill(", ".join(s.id for s in settled), output.width(), break_on_hyphens=False))
    return "\n".join(blocks) if blocks else "Nothing to plan: the study has no elements."


def _chance(p: float) -> str:
    return "<0.1%" if 0 < p < 0.001 else f"{p:.1%}"


def _duration(hours: float) -> str:
    """Hours, those below a tenth as minutes."""
    return plain(hours) if hours >= 0.1 or hours == 0 else f"{max(1, round(hours * 60))} min"


def _counted(numbers: Sequence[int]) -> str:
    shown = ", ".join(str(n) for n in numbers[:3])
    return f"{shown} +{len(numbers) - 3}" if len(numbers) > 3 else shown
