"""What a report of a study says, before it becomes LaTeX or HTML: paragraphs, tables and lists of plain text."""

from collections.abc import Sequence

import msgspec

from ablator.core.study import Study, amount
from ablator.plan.freezing import DEVIATIONS, freezes, frozen_line
from ablator.plan.history import ladder_lines
from ablator.plan.types import CLOSED, Arm, Plan, Step

ENOUGH = 3
"""Seeds below which an interval says little."""


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A heading with paragraphs, then a table or none, then points; all of it plain text."""

    title: str
    words: tuple[str, ...] = ()
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    points: tuple[str, ...] = ()


class Report(msgspec.Struct, frozen=True):
    """A title and its sections, in order."""

    title: str
    sections: tuple[Section, ...]


def report(study: Study, plan: Plan) -> Report:
    """Methods, results as mean ± 95 % interval with seeds and tuning, decisions, and what was not tested."""
    sections = [_methods(study, plan), _results(study, plan), _steps(plan)]
    if plan.ladder:
        sections.insert(1, Section(title="How the baseline moved", points=tuple(ladder_lines(plan.ladder))))
    if plan.outlook:
        sections.append(Section(title="Outlook", words=(plan.outlook,)))
    decided = [s for s in plan.steps if s.reason and s.state != "waived"]
    waived = [s for s in plan.steps if s.state == "waived"]
    for title, steps in (("Decided", decided), ("Waivers", waived)):
        points = tuple(f"{s.id}: {s.verdict or s.state}. {s.reason}" for s in steps)
        if points:
            sections.append(Section(title=title, points=points))
    sections.append(_untested(study, plan))
    record = freezes(study)
    if record:
        otherwise = [f"{f.code} {f.sentence}" for f in plan.findings if f.code in DEVIATIONS]
        points = (*map(frozen_line, record), *(otherwise or ["Nothing was done otherwise."]))
        sections.append(Section(title="Preregistration", points=points))
    if plan.findings:
        points = tuple(f"{f.code} {f.place}: {f.sentence}; {f.mend}" for f in plan.findings)
        sections.append(Section(title="Caveats", points=points))
    return Report(study.info.name or "Ablation study", tuple(sections))


def _methods(study: Study, plan: Plan) -> Section:
    info = study.info
    metric = info.metric or "the metric"
    today = f" The baseline stood at {info.baseline:g} when the study was made." if info.baseline is not None else ""
    effect, noise = amount(info.effect, info.baseline), amount(info.noise, info.baseline)
    words = [
        f"We set out to {info.goal}imise {metric}.{today} Evaluation and reachability (data, optimisation, training "
        "length) were settled before the architecture, and the architecture before the claims it rests on. "
        "Every arm was trained from the baseline settings with only the named changes; hyperparameters that an arm "
        "re-tunes were searched anew for it, with as many trials as the table names, and the best trial was confirmed "
        "with fresh seeds. Intervals are 95 % intervals of the mean (Student's t); effects are differences to "
        "the baseline, positive where the arm is better.",
        f"Significance level {info.alpha:g}, power {info.power:g}, design {info.design}."
        + (f" The smallest effect of interest is {effect:g}." if effect is not None else "")
        + (f" The noise between seeds was taken as {noise:g}." if noise is not None else ""),
    ]
    gates = [g.sentence or f"The gate before {g.stage} is {g.state}." for g in plan.gates]
    return Section(title="Methods", words=tuple(words), points=tuple(gates))


def _results(study: Study, plan: Plan) -> Section:
    rows = []
    for step in plan.steps:
        for arm in step.arms:
            values = _values(study, step, arm)
            if not values and arm.effect is None:
                continue
            n = len(values) or (arm.effect.n if arm.effect else 0)
            rows.append((f"{step.id}/{arm.id}", _mean(values), _effect(arm), str(n), _tuned(arm), _caveats(arm, n)))
    head = ("Arm", study.info.metric or "Metric", "Effect", "n", "Tuned", "Caveats")
    words = () if rows else ("No arm has a confirmed result yet.",)
    return Section(title="Results", words=words, head=head if rows else (), rows=tuple(rows))


def _values(study: Study, step: Step, arm: Arm) -> list[float]:
    """The metric of an arm's confirming seeds, sorted."""
    front = f"{step.id}/{arm.id}/s"
    metric = study.info.metric
    return sorted(
        e.metrics[metric]
        for e in study.evidence.values()
        if e.kind == "result" and e.state == "done" and e.run.startswith(front) and metric in e.metrics
    )


def _mean(values: Sequence[float]) -> str:
    """`mean ± half` of the 95 % interval; one value has no interval."""
    if not values:
        return "–"
    n = len(values)
    mean = sum(values) / n
    if n == 1:
        return f"{mean:.5g}"
    from scipy.stats import t

    spread = (sum((v - mean) ** 2 for v in values) / (n - 1)) ** 0.5
    return f"{mean:.5g} ± {float(t.ppf(0.975, n - 1)) * spread / n**0.5:.2g}"


def _effect(arm: Arm) -> str:
    e = arm.effect
    return "–" if e is None else f"{e.estimate:+.3g} [{e.low:+.3g}, {e.high:+.3g}]"


def _tuned(arm: Arm) -> str:
    if not arm.retunes:
        return "not re-tuned" if not arm.trials else f"{arm.trials} trials"
    return f"{', '.join(arm.retunes)}: {arm.trials} trials"


def _caveats(arm: Arm, n: int) -> str:
    said = []
    if n < ENOUGH:
        said.append("few seeds")
    if arm.matching != "none":
        said.append(f"{arm.matching} matched")
    if arm.also_falls:
        said.append("also takes out " + ", ".join(arm.also_falls))
    return "; ".join(said) or "–"


def _steps(plan: Plan) -> Section:
    rows = tuple(
        (str(s.order), s.stage, s.id, s.question, f"{s.cost_hours:.3g}", s.verdict or s.state) for s in plan.steps
    )
    return Section(title="Plan", head=("#", "Stage", "Step", "Question", "Hours", "Verdict"), rows=rows)


def _untested(study: Study, plan: Plan) -> Section:
    tested = {s.element for s in plan.steps if s.state in CLOSED and s.state != "waived" and s.verdict}
    claims = [e for e in study.on_lane("perception") if e.kind == "claim" and e.id not in tested]
    points = tuple(f"{e.name or e.id}: {e.predicate or e.question or e.id}" for e in claims)
    words = () if points else ("Every claim of the study has a verdict.",)
    return Section(title="Claims not tested", words=words, points=points)
