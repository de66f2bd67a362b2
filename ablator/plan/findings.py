"""What `check` says about a plan: order, fairness, statistics and observation (ABL1xx to ABL4xx)."""

from collections.abc import Iterable, Mapping, Sequence

from ablator.core.checks import Finding, document_findings
from ablator.core.lanes import STAGE_OF_LANE, Stage
from ablator.core.study import Study, amount
from ablator.plan.baseline import adoptions, gate_then
from ablator.plan.drafts import DEFAULT_SEEDS
from ablator.plan.freezing import deviations
from ablator.plan.judged import judged_findings
from ablator.plan.power import detectable
from ablator.plan.results import measured_noise, results_by_step
from ablator.plan.standing import SETTLING, order_of
from ablator.plan.types import CLOSED, SHUT, Gate, Step


def plan_findings(
    study: Study, steps: Sequence[Step], gates: Sequence[Gate], noise: float | None
) -> tuple[Finding, ...]:
    """Findings on a study and its plan, sorted by code, then place."""
    found = [
        *document_findings(study),
        *_order(study, steps, gates),
        *_reasons(study),
        *_stale(steps),
        *_statistics(study, steps, noise),
        *_observation(study),
        *judged_findings(study, steps),
        *deviations(study, steps),
    ]
    return tuple(sorted(found, key=lambda f: (f.code, f.place, f.sentence)))


def _order(study: Study, steps: Sequence[Step], gates: Sequence[Gate]) -> Iterable[Finding]:
    """ABL101: an idea or claim was judged, or an arm of it adopted, while its gate was closed."""
    closed = {g.stage: g for g in gates if g.state in SHUT}
    yield from _adopted(study, closed)
    by_id = {s.id: s for s in steps}
    for key in sorted(study.decisions):
        d = study.decisions[key]
        step = by_id.get(d.step)
        if d.kind != "verdict" or step is None or step.stage not in closed or d.verdict not in SETTLING:
            continue
        if any(order_of(a) > order_of(d) and gate_then(a) not in {"", *SHUT} for a in adoptions(study)):
            continue  # the gate was open before an arm was adopted, which shut it
        yield Finding(
            "ABL101",
            f"decisions/{key}",
            f"{d.step} has the verdict {d.verdict}, but the gate before {step.stage} is {closed[step.stage].state}",
            "settle or waive what is missing below it first: " + "; ".join(closed[step.stage].missing[:2]),
            step.element,
        )


def _adopted(study: Study, closed: Mapping[Stage, Gate]) -> Iterable[Finding]:
    """ABL101 and ABL307 on arms that became the baseline: behind a closed gate, or with nothing on record for them."""
    results = results_by_step(study)
    for d in adoptions(study):
        element = study.elements.get(d.element)
        arm = f"{d.step}/{d.arm}"
        stage = STAGE_OF_LANE[element.lane] if element is not None and element.lane != "noumenon" else None
        if stage is not None and stage in closed and gate_then(d) in {"", *SHUT}:
            yield Finding(
                "ABL101",
                f"decisions/{d.id}",
                f"{arm} was made the baseline, but the gate before {stage} is {closed[stage].state}",
                "settle or waive what is missing below it first: " + "; ".join(closed[stage].missing[:2]),
                d.element,
            )
        if not any(run.startswith(f"{arm}/") for run in results.get(d.step, ())):
            yield Finding(
                "ABL307",
                f"decisions/{d.id}",
                f"{arm} was made the baseline, and no result of it is on record",
                "record the runs it rests on, or take the decision back",
                d.element,
            )


def _reasons(study: Study) -> Iterable[Finding]:
    """ABL102: a waiver without a reason; ABL104: a verdict without one."""
    for key in sorted(study.decisions):
        d = study.decisions[key]
        if d.reason.strip() or d.kind not in {"waiver", "verdict"}:
            continue
        code, what = ("ABL102", "is waived") if d.kind == "waiver" else ("ABL104", f"has the verdict {d.verdict}")
        yield Finding(
            code,
            f"decisions/{key}",
            f"{d.step} {what} without a reason",
            "write why, so that a reader can judge it",
            d.element,
        )


def _stale(steps: Sequence[Step]) -> Iterable[Finding]:
    """ABL103: a verdict that something changed since."""
    for step in steps:
        if step.state == "stale" or (step.verdict is None and "stale since" in step.reason):
            yield Finding("ABL103", f"steps/{step.id}", f"{step.id}: {step.reason}", "do the step again", step.element)


def _statistics(study: Study, steps: Sequence[Step], noise: float | None) -> Iterable[Finding]:
    """ABL302 underpowered, ABL303 no noise floor, ABL304 no smallest effect, ABL403 an instrument too coarse."""
    info = study.info
    effect = amount(info.effect, info.baseline)
    if noise is None:
        yield Finding(
            "ABL303",
            "study/noise",
            "the noise between seeds is not known",
            "repeat the unchanged baseline three times or more, then set noise",
            "noise-floor",
        )
    said, measured = amount(info.noise, info.baseline), measured_noise(study, results_by_step(study))
    if said and measured and max(said, measured) > 2 * min(said, measured):
        yield Finding(
            "ABL303",
            "study/noise",
            f"the study says a noise of {said:.3g}, the newest repeats of the baseline measured {measured:.3g}",
            "set noise to what was measured, or clear it so that the repeats count",
            "noise-floor",
        )
    if effect is None:
        yield Finding(
            "ABL304",
            "study/effect",
            "no smallest effect worth caring about is set",
            "set effect in metric units or in per cent of the baseline; seeds and verdicts follow from it",
            "",
        )
    if noise is not None and effect is not None:
        for step in steps:
            seen = step.detectable_effect
            if step.stage == "instantiate" and seen is not None and seen > effect * 1.0001 and step.state not in CLOSED:
                yield Finding(
                    "ABL302",
                    f"steps/{step.id}",
                    f"its seeds show effects from {seen:.3g}, the smallest one of interest is {effect:.3g}",
                    "raise the seeds, lower the noise, or care about larger effects only",
                    step.element,
                )
        least = detectable(noise, DEFAULT_SEEDS, info.alpha, info.power)
        if least is not None and least > effect * 2:
            yield Finding(
                "ABL403",
                "study/noise",
                f"{DEFAULT_SEEDS} seeds show effects from {least:.3g} only, the smallest of interest is {effect:.3g}",
                "improve the instrument first: a larger evaluation set, an average of checkpoints, paired items",
                "noise-floor",
            )


def _observation(study: Study) -> Iterable[Finding]:
    """ABL401: no metric is named; ABL402: nothing observes."""
    if not study.info.metric:
        yield Finding("ABL401", "study/metric", "no metric is named", "set metric and goal", "")
    if study.elements and not any(e.lane == "observation" for e in study.elements.values()):
        yield Finding(
            "ABL402",
            "elements",
            "the study has no instrument that observes the model",
            "add the evaluation that the verdicts will rest on",
            "",
        )
