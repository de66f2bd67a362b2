"""The plan as a Markdown page: gates, steps with their reasons, waivers and findings."""

from ablator.core.lanes import STAGES
from ablator.core.study import Study
from ablator.plan.freezing import DEVIATIONS, freezes, frozen_line
from ablator.plan.history import ladder_lines, today_words
from ablator.plan.types import Plan, Step


def markdown(study: Study, plan: Plan) -> str:
    """One section a stage with a table of its steps in plan order, then what was decided and what `check` says."""
    info = study.info
    lines = [f"# {plain(info.name or 'Plan')}", ""]
    if info.metric:
        today = today_words(info, plan.ladder)
        lines += [f"{plain(info.metric)}, to be {info.goal}imised{today}.", ""]
    if plan.outlook:
        lines += [plain(plan.outlook), ""]
    if plan.ladder:
        lines += ["## How the baseline moved", "", *(f"- {plain(line)}" for line in ladder_lines(plan.ladder)), ""]
    gates = {g.stage: g for g in plan.gates}
    for stage in STAGES:
        steps = [s for s in plan.steps if s.stage == stage]
        if not steps:
            continue
        lines += [f"## {stage.capitalize()}", ""]
        if stage in gates:
            lines += [plain(gates[stage].sentence), ""]
        lines += ["| # | Step | Question | p | Hours | State |", "|---:|---|---|---:|---:|---|"]
        lines += [_row(s) for s in steps]
        lines.append("")
    decided = [s for s in plan.steps if s.reason]
    if decided:
        lines += ["## Decided", ""]
        lines += [f"- **{plain(s.id)}**: {plain(s.verdict or s.state)}. {plain(s.reason)}" for s in decided]
        lines.append("")
    lines += _frozen(study, plan)
    if plan.findings:
        lines += ["## Findings", ""]
        lines += [f"- {f.code} {plain(f.place)}: {plain(f.sentence)}; {plain(f.mend)}" for f in plan.findings]
        lines.append("")
    return "\n".join(lines)


def _frozen(study: Study, plan: Plan) -> list[str]:
    """What was preregistered, and what was done otherwise, with the reasons."""
    record = freezes(study)
    if not record:
        return []
    lines = ["## Preregistration", "", *(f"- {plain(frozen_line(d))}" for d in record), ""]
    otherwise = [f for f in plan.findings if f.code in DEVIATIONS]
    lines += [f"- {f.code} {plain(f.sentence)}" for f in otherwise] or ["Nothing was done otherwise."]
    return [*lines, ""]


def plain(text: str) -> str:
    """Text on one line in which nothing is Markdown or HTML."""
    clean = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return "".join(
        f"\\{c}" if c in "\\`*_{}[]#|!" else {"<": "&lt;", ">": "&gt;", "&": "&amp;"}.get(c, c) for c in clean
    )


def _row(s: Step) -> str:
    state = s.verdict or s.state
    over = "" if s.within_budget else " (over budget)"
    cells = (
        str(s.order),
        plain(s.id),
        plain(s.question),
        f"{s.probability:.1%}",
        f"{s.cost_hours:.3g}",
        f"{state}{over}",
    )
    return "| " + " | ".join(cells) + " |"
