"""The plan and its runs as CSV: RFC 4180, and no cell that a spreadsheet could take for a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

import msgspec

from ablator.core.study import Study
from ablator.files.cells import safe_cell
from ablator.plan.freezing import deviations_at_large, deviations_by_step
from ablator.plan.types import Plan

PLAN_COLUMNS = (
    "order",
    "stage",
    "step",
    "element",
    "action",
    "question",
    "why",
    "arms",
    "trials",
    "seeds",
    "runs",
    "cost_hours",
    "cumulative_hours",
    "within_budget",
    "after",
    "state",
    "verdict",
    "reason",
)
RUN_COLUMNS = ("run", "step", "arm", "kind", "seed", "overrides", "command", "cost_hours", "status")


def plan_csv(plan: Plan) -> str:
    """A row a step, in plan order; a deviation from a frozen plan stands among the step's reasons.

    What is about no single step stands in the first row.
    """
    otherwise = _otherwise(plan, [s.id for s in plan.steps])
    rows = (
        (
            s.order,
            s.stage,
            s.id,
            s.element,
            s.action,
            s.question,
            s.why,
            " | ".join(f"{a.id}: {a.change}" for a in s.arms),
            sum(a.trials for a in s.arms),
            max((a.seeds for a in s.arms), default=0),
            len(s.runs),
            s.cost_hours,
            s.cumulative_hours,
            "true" if s.within_budget else "false",
            " ".join(s.after),
            s.state,
            s.verdict or "",
            "; ".join(filter(None, (s.reason, otherwise.get(s.id, "")))),
        )
        for s in plan.steps
    )
    return _table(PLAN_COLUMNS, rows)


def runs_csv(plan: Plan, metrics: Sequence[str]) -> str:
    """A row a run, with an empty column for each metric, to be filled in and given back to `ablator record`.

    Only where something was done otherwise than frozen there is a column `deviation` that tells it.
    """
    empty = ("",) * len(metrics)
    otherwise = _otherwise(plan, list(dict.fromkeys(r.step for r in plan.runs)))
    more = ("deviation",) if otherwise else ()
    first = dict(otherwise)  # each is told once, in the first row of its step
    rows = (
        (
            r.run,
            r.step,
            r.arm,
            r.kind,
            "" if r.seed is None else r.seed,
            msgspec.json.encode(r.overrides, order="sorted").decode(),
            r.command,
            r.cost_hours,
            r.status,
            *empty,
            *(first.pop(r.step, "") for _ in more),
        )
        for r in plan.runs
    )
    return _table((*RUN_COLUMNS, *metrics, *more), rows)


def _otherwise(plan: Plan, steps: Sequence[str]) -> dict[str, str]:
    """Of these steps, what was done otherwise than frozen; what is about none of them goes to the first."""
    found = deviations_by_step(plan)
    rest = [*deviations_at_large(plan), *(text for step, text in found.items() if step not in steps)]
    out = {step: text for step, text in found.items() if step in steps}
    if rest and steps:
        out[steps[0]] = " · ".join([*rest, *filter(None, [out.get(steps[0])])])
    return out


def metrics_of(study: Study) -> list[str]:
    """Metric columns of the runs table; a study that names no metric gets one called `metric`."""
    return [study.info.metric or "metric"]


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([safe_cell(h) for h in head])
    for row in rows:
        writer.writerow([safe_cell(c.replace("\0", "")) if isinstance(c, str) else c for c in row])
    return out.getvalue()
