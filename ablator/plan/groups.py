"""Ideas taken out together where one by one is more than the budget allows; one by one after that where it matters."""

from collections.abc import Collection, Mapping

import msgspec

from ablator.core.elements import Decision, Json
from ablator.core.queries import dependents, falls_with, present_ideas, title
from ablator.core.study import Study, site_of
from ablator.plan.arms import why_invalid
from ablator.plan.costs import compute, hours_per_run, rounded
from ablator.plan.draft import Draft, Fairness, runs_of
from ablator.plan.idea_steps import base_arm
from ablator.plan.standing import MEASURED, order_of
from ablator.plan.sweeps import joint_settings
from ablator.plan.types import GROUP, Arm, Run

LARGEST = 4
"""Ideas in one group at most: the more, the likelier it matters and tells nothing (judged)."""

RISKY = "high"
"""Collapse risk of an idea that stays alone: a group with it would be critical for sure."""


def in_groups(
    study: Study, drafts: Mapping[str, Draft], fair: Fairness, tuned: Mapping[str, Json], known: Collection[str]
) -> dict[str, Draft]:
    """The drafts with steps that take several ideas out at once, and the steps of these ideas behind theirs.

    Groups stand where the steps on single ideas cost more than the budget, one idea at a time; and where results or
    decisions on record (`known`) name them. Ideas of one site are taken together whose removal makes nothing else fall
    and training not collapse.
    """
    single = {d.element: k for k, d in drafts.items() if d.stage == "instantiate"}
    budget = study.info.budget
    cost = sum(drafts[k].cost_hours for k in single.values())
    short = budget is not None and 0 < budget < cost and study.info.design == "one-at-a-time"
    if not short and not any(k.startswith(GROUP) for k in known):
        return dict(drafts)
    out = dict(drafts)
    for members in _groups(study, drafts):
        made = _group(study, members, {m: drafts[single[m]] for m in members}, fair, tuned)
        if made is None or made.id in drafts or not (short or made.id in known):
            continue
        out[made.id] = made
        for m in members:
            d = drafts[single[m]]
            names = ", ".join(title(study.elements[k]) for k in members if k != m)
            note = f"first together with {names} ({made.id}); alone only if that matters"
            out[d.id] = msgspec.structs.replace(d, behind=made.id, notes=(*d.notes, note))
    return out


def _groups(study: Study, drafts: Mapping[str, Draft]) -> list[tuple[str, ...]]:
    """Ideas to take out together, by site, those that are least likely the culprit first; a leaf in front of each."""
    carried, present = dependents(study), present_ideas(study)
    able: dict[str, list[str]] = {}
    for key in sorted(drafts):
        d = drafts[key]
        e = study.elements[d.element]
        gone = next((a for a in d.arms if a.id == "without" and not a.also_falls), None)
        if d.stage != "instantiate" or e.present is not True or e.is_slot or gone is None:
            continue
        if not _risky(study, gone.removes):
            able.setdefault(site_of(e.id), []).append(e.id)
    out = []
    for _, ids in sorted(able.items()):
        ids = sorted(ids, key=lambda k: (study.elements[k].prior, k))
        for at in range(0, len(ids), LARGEST):
            leaves = {k for k in ids[at : at + LARGEST] if not present.intersection(carried.get(k, ()))}
            chunk = tuple(sorted(ids[at : at + LARGEST], key=lambda k: (k not in leaves, k)))
            if len(chunk) > 1 and chunk[0] in leaves:
                out.append(chunk)
    return out


def _risky(study: Study, gone: Collection[str]) -> bool:
    return any(study.elements[k].collapse_risk == RISKY for k in gone if k in study.elements)


def _group(
    study: Study, members: tuple[str, ...], single: Mapping[str, Draft], fair: Fairness, tuned: Mapping[str, Json]
) -> Draft | None:
    """The step of one group: the baseline and the model without any of its members."""
    arm = _arm(study, members, single, fair)
    if arm is None:
        return None
    element = study.elements[members[0]]
    sid = GROUP + "+".join(m.replace("/", ".") for m in members)
    hours = hours_per_run(study.info)
    arms = (base_arm(fair, arm.retunes), arm)
    points = joint_settings(study, [study.elements[k] for k in arm.retunes], fair.trials, dict(tuned))
    runs: list[Run] = []
    for a in arms:
        one = hours * compute(study, element, a)
        settings = [{**p, **a.overrides} for p in points[: a.trials]]
        runs += runs_of(study, sid, a, settings, fair.trial_runs * one, one)
    names = ", ".join(title(study.elements[m]) for m in members)
    alone = sum(d.cost_hours for d in single.values()) / hours
    notes = [
        f"one by one they are more than the budget: if all {len(members)} together make no difference, they are "
        f"settled at once and {alone:.2g} runs are saved; if it matters, they are taken one by one"
    ]
    if arm.also_falls:
        notes.append("also falls: " + ", ".join(title(study.elements[k]) for k in arm.also_falls))
    return Draft(
        id=sid,
        element=element.id,
        stage="instantiate",
        action="remove",
        question=f"Do any of these matter at all: {names}?",
        check="",
        arms=arms,
        runs=tuple(runs),
        cost_hours=rounded(sum(r.cost_hours for r in runs)),
        notes=tuple(notes),
        members=members,
    )


def _arm(study: Study, members: tuple[str, ...], single: Mapping[str, Draft], fair: Fairness) -> Arm | None:
    """The model without all members; None where it cannot be built."""
    fallen = sorted(falls_with(study, members))
    alone = [next(a for a in single[m].arms if a.id == "without") for m in members]
    by_settings = all(a.overrides and not a.to_write for a in alone)
    settings: dict[str, Json] = {}
    for a in alone:
        settings.update(a.overrides if by_settings else {})
    arm = Arm(
        id="without",
        change="remove " + ", ".join(title(study.elements[m]) for m in members),
        removes=(*members, *fallen),
        also_falls=tuple(fallen),
        overrides=settings if by_settings else dict.fromkeys(members, False),
        retunes=tuple(sorted({k for a in alone for k in a.retunes})),
        trials=max(a.trials for a in alone),
        seeds=fair.seeds,
        to_write=msgspec.UNSET if by_settings else True,
    )
    return None if why_invalid(study, arm) is not None or _risky(study, fallen) else arm


def settled_together(study: Study, drafts: Mapping[str, Draft], words: Mapping[str, Decision]) -> dict[str, Decision]:
    """Step of a member → the verdict that its group's gives it: what is redundant together needs no step of its own.

    `words` are the verdicts that hold on groups.
    """
    out: dict[str, Decision] = {}
    for key, d in sorted(drafts.items()):
        said = words.get(d.behind) if d.behind else None
        if said is None or said.verdict != "redundant":
            continue
        reason = f"measured: taken out together with the others of {d.behind}, it makes no difference"
        out[key] = Decision(
            id=MEASURED,
            kind="verdict",
            step=key,
            element=d.element,
            verdict="redundant",
            reason=reason,
            author=MEASURED,
            date=order_of(said)[0],
        )
    return out


def weight_of(d: Draft, drafts: Mapping[str, Draft], weights: Mapping[str, float], closed: Collection[str]) -> float:
    """What a step weighs in the order: an open group all its open members, these nothing until it has a verdict."""
    if d.members:
        inside = (k for k, m in drafts.items() if m.behind == d.id and k not in closed)
        return 0.0 if d.id in closed else sum(weights.get(drafts[k].element, 0.0) for k in sorted(inside))
    if d.behind and d.behind not in closed:
        return 0.0
    return weights.get(d.element, 0.0)
