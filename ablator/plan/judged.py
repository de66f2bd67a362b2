"""What `check` says about verdicts on ideas: was the comparison behind them fair, and does it show what they claim?"""

from collections.abc import Iterable, Mapping, Sequence

from ablator.core.checks import Finding
from ablator.core.elements import Decision, Evidence
from ablator.core.queries import title
from ablator.core.study import Study, amount
from ablator.plan.results import ArmResults, Rows, by_arm, results_by_step
from ablator.plan.standing import MEASURED, order_of
from ablator.plan.types import CONTROL, Step, speaks

ARCHITECTURE = frozenset({"critical", "replaceable", "redundant", "harmful"})
DIFFERENCE = frozenset({"critical", "harmful"})
MIN_SEEDS = 2
"""Below that there is no spread, and so no interval."""

LARGE_SHARE = 0.02
"""A share of the parameters from which a change of them alone can explain a difference (judged)."""

LENGTH = "training-length"


def judged_findings(study: Study, steps: Sequence[Step]) -> Iterable[Finding]:
    """ABL201 to ABL204 and ABL301, ABL305, ABL306 on every idea whose step has a verdict of a person or of results."""
    words: dict[str, Decision] = {}
    for d in sorted(study.decisions.values(), key=order_of):
        if d.kind == "verdict":
            words[d.step] = d
    judged = [s for s in steps if s.stage == "instantiate" and s.verdict in ARCHITECTURE]
    if not judged:
        return
    results = results_by_step(study)
    for step in judged:
        rows = results.get(step.id, {})
        table = by_arm(study.info, rows)
        yield from _fairness(study, step, table, rows)
        if step.id in words and words[step.id].author != MEASURED:
            yield from _claims(study, step, table)


def _fairness(study: Study, step: Step, table: Mapping[str, ArmResults], rows: Rows) -> Iterable[Finding]:
    place = f"steps/{step.id}"
    controlled = any(a.id == CONTROL and a.id in table for a in step.arms)
    element = study.elements[step.element]
    for arm in step.arms:
        if not speaks(arm.id):
            continue
        got = table.get(arm.id)
        if got is not None and len(got.trials) + got.cut < arm.trials:
            yield Finding(
                "ABL201",
                f"{place}/{arm.id}",
                f"{step.id}: arm {arm.id} was tuned with {len(got.trials) + got.cut} of the {arm.trials} trials that "
                "are fair",
                "give it as many trials as the baseline got, or call it inconclusive",
                step.element,
            )
        changes = element.params_when_removed in {"+", "-"} or arm.id == "mlp2"
        if changes and not controlled and arm.matching == "none" and (element.parameter_share or 0.0) >= LARGE_SHARE:
            yield Finding(
                "ABL202",
                f"{place}/{arm.id}",
                f"{step.id}: arm {arm.id} also changes the parameters, by up to {element.parameter_share:.0%}",
                "add an arm of equal parameters, so that size alone cannot explain the difference",
                step.element,
            )
        if arm.also_falls:
            names = ", ".join(title(study.elements[k]) for k in arm.also_falls[:4])
            yield Finding(
                "ABL203",
                f"{place}/{arm.id}",
                f"{step.id}: arm {arm.id} takes out more than its question: {names}",
                "peel those first, or say that the verdict is on all of them together",
                step.element,
            )
        if got is not None and len(got.seeds) + got.unstable < MIN_SEEDS:
            yield Finding(
                "ABL301",
                f"{place}/{arm.id}",
                f"{step.id}: arm {arm.id} was judged on {len(got.seeds) or 'no'} seed{'s' if not got.seeds else ''}",
                "run at least two; the plan says how many the effect needs",
                step.element,
            )
    yield from _proxies(study, step, rows.values())


def _proxies(study: Study, step: Step, rows: Iterable[Evidence]) -> Iterable[Finding]:
    """ABL204: seeds were run on a shorter schedule than the model that the verdict is about."""
    length = study.elements.get(LENGTH)
    if length is None or isinstance(length.value, bool) or not isinstance(length.value, int | float):
        return
    for row in rows:
        for key in length.keys:
            value = row.overrides.get(key)
            if isinstance(value, int | float) and not isinstance(value, bool) and value < length.value:
                yield Finding(
                    "ABL204",
                    f"evidence/{row.id}",
                    f"{row.run} ran with {key}={value:g}, the model it stands for with {length.value:g}: "
                    "a schedule tied to the length ends elsewhere",
                    "repeat the two best arms at full length before the verdict",
                    step.element,
                )
                return


def _claims(study: Study, step: Step, table: Mapping[str, ArmResults]) -> Iterable[Finding]:
    """ABL305 and ABL306: a person's verdict against what the numbers on record show."""
    place = f"steps/{step.id}"
    measured = [a for a in step.arms if a.effect is not None]
    if not table:
        yield Finding(
            "ABL307",
            place,
            f"{step.id} has the verdict {step.verdict}, and no result is on record",
            "record the runs it rests on",
            step.element,
        )
    if (
        step.verdict in DIFFERENCE
        and measured
        and all(a.effect and a.effect.low <= 0 <= a.effect.high for a in measured)
    ):
        yield Finding(
            "ABL305",
            place,
            f"{step.id} has the verdict {step.verdict}, but no arm differs from the baseline beyond chance",
            "run more seeds, or call it undecided",
            step.element,
        )
    margin = amount(study.info.effect, study.info.baseline)
    if step.verdict in {"redundant", "replaceable"} and measured and margin:
        shown = [a for a in measured if a.effect and a.effect.low > -margin]
        if not shown:
            yield Finding(
                "ABL306",
                place,
                f"{step.id} has the verdict {step.verdict}, but no interval excludes a loss of {margin:.3g}",
                "no effect is claimed by an equivalence test only: run more seeds",
                step.element,
            )
