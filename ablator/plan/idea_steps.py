"""Steps on ideas: each with its arms and the baseline beside them, and the 2×2 of two that interact."""

from collections.abc import Mapping

import msgspec

from ablator.core.elements import MINUTES_PER_RUN, Element, Json
from ablator.core.queries import title
from ablator.core.study import Study
from ablator.plan.arms import arms_for
from ablator.plan.costs import LEAST_COMPUTE, compute, hours_per_run, rounded
from ablator.plan.draft import FIND_OUT_MINUTES, Draft, Fairness, action_of, drafted_step, one_run, runs_of
from ablator.plan.sweeps import joint_settings
from ablator.plan.types import Arm, Run, step_id


def idea_step(study: Study, element: Element, fair: Fairness, tuned: Mapping[str, Json]) -> Draft:
    action = action_of(element)
    sid = step_id(action, element.id)
    offer = arms_for(study, element, fair.trials, fair.seeds)
    hours = hours_per_run(study.info)
    minutes = element.minutes / MINUTES_PER_RUN * hours
    arms = (base_arm(fair, offer.arms[-1].retunes), *offer.arms)
    count = sum(a.trials + a.seeds for a in arms)
    share = minutes / max(count, 1)
    runs: list[Run] = []
    points = joint_settings(study, [study.elements[k] for k in arms[-1].retunes], fair.trials, dict(tuned))
    for arm in arms:
        settings = [{**p, **arm.overrides} for p in points[: arm.trials]]
        one = hours * compute(study, element, arm)
        runs += runs_of(study, sid, arm, settings, fair.trial_runs * one + share, one + share)
    notes: list[str] = []
    if element.present is None:
        size = action == "resize"
        what = "its present size is" if size else "whether the model holds it is"
        notes.append(f"{what} in no artefact: find that out first")
        look = "which size it has" if size else "whether it is there"
        arms = (Arm(id="find-out", change=f"{title(element)}: read in the code {look}"), *arms)
        runs.insert(0, one_run(sid, "find-out", "check", 1, FIND_OUT_MINUTES / MINUTES_PER_RUN * hours, study))
    fallen = sorted({x for a in offer.arms for x in a.also_falls})
    if fallen:
        names = ", ".join(title(study.elements[x]) for x in fallen)
        notes.append(f"also falls: {names}")
    if offer.left_out:
        notes.append("not offered: " + "; ".join(offer.left_out[:3]))
    return drafted_step(element, action, arms, runs, notes, "")


def base_arm(fair: Fairness, retunes: tuple[str, ...]) -> Arm:
    """The baseline beside the arms; it is tuned like them where evidence alone spoke for its settings."""
    if not (fair.base_trials and retunes):
        return Arm(id="base", change="the tuned baseline, same seeds", seeds=fair.seeds)
    return Arm(
        id="base",
        change="the baseline, tuned like the arms",
        retunes=retunes,
        trials=fair.base_trials,
        seeds=fair.seeds,
    )


def isolate(study: Study, first: str, second: str, fair: Fairness, offers: Mapping[str, Arm], why: str) -> Draft:
    """The 2×2 of two ideas that interact: neither changed, each alone, both at once (Fisher 1935).

    `why` says what one at a time could not tell of them.
    """
    a, b = study.elements[first], study.elements[second]
    sid = f"{step_id('isolate', first)}-{second.replace('/', '.')}"
    one, two = offers[first], offers[second]
    both = Arm(
        id="both",
        change=f"{one.change} and {two.change}",
        removes=tuple(dict.fromkeys((*one.removes, *two.removes))),
        adds=tuple(dict.fromkeys((*one.adds, *two.adds))),
        overrides={**one.overrides, **two.overrides},
        also_falls=tuple(dict.fromkeys((*one.also_falls, *two.also_falls))),
        retunes=tuple(sorted({*one.retunes, *two.retunes})),
        trials=max(one.trials, two.trials),
        seeds=fair.seeds,
        to_write=one.to_write or two.to_write,
    )
    arms = (
        Arm(id="base", change="the tuned baseline, same seeds", seeds=fair.seeds),
        msgspec.structs.replace(one, id="first", seeds=fair.seeds),
        msgspec.structs.replace(two, id="second", seeds=fair.seeds),
        both,
    )
    hours = hours_per_run(study.info)
    runs: list[Run] = []
    alone = compute(study, a, one), compute(study, b, two)
    factors = {"first": alone[0], "second": alone[1], "both": max(LEAST_COMPUTE, sum(alone) - 1.0)}
    for arm in arms:
        cost = hours * factors.get(arm.id, 1.0)
        runs += runs_of(study, sid, arm, [arm.overrides] * arm.trials, fair.trial_runs * cost, cost)
    return Draft(
        id=sid,
        element=first,
        stage="instantiate",
        action="isolate",
        question=f"Do {title(a)} and {title(b)} need each other, or does each help alone?",
        check="",
        arms=arms,
        runs=tuple(runs),
        cost_hours=rounded(sum(r.cost_hours for r in runs)),
        notes=(f"{title(a)} and {title(b)} interact and {why}, so one at a time cannot tell them apart",),
        after=(first, second),
    )
