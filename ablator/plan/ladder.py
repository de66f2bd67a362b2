"""The cumulative ladder: each idea is taken out on top of those before it, where a study asks for that design."""

from collections.abc import Mapping

import msgspec

from ablator.core.queries import falls_with, peel_order, title
from ablator.core.study import Study
from ablator.plan.arms import why_invalid
from ablator.plan.commands import command
from ablator.plan.costs import rounded
from ablator.plan.drafts import Draft
from ablator.plan.types import Arm, Run

CONSEQUENCE = (
    "a ladder: its effect is on top of the rungs before, so that it tells what all of them are worth together and how "
    "that adds up, but what this idea is worth alone depends on the order"
)


def as_ladder(study: Study, drafts: Mapping[str, Draft]) -> dict[str, Draft]:
    """The drafts with each removal on top of those before it, leaves first; those that cannot stack stay as they are.

    A rung's `base` is the rung before, with the same seeds, so that each step measures one idea's share.
    """
    if study.info.design != "ladder":
        return dict(drafts)
    out = dict(drafts)
    by_element = {d.element: k for k, d in drafts.items() if d.stage == "instantiate" and d.action == "remove"}
    below: Arm | None = None
    rung = 0
    for key in (by_element[e] for layer in peel_order(study) for e in sorted(layer) if e in by_element):
        d = drafts[key]
        own = next((a for a in d.arms if a.id == "without"), None)
        if own is None or (below is not None and set(own.removes) <= set(below.removes)):
            continue
        made = _stacked(study, below, own) if below is not None else own
        if why_invalid(study, made) is not None:
            continue
        rung += 1
        out[key] = _rung(study, d, below, made, rung)
        below = made
    return out


def _stacked(study: Study, below: Arm, own: Arm) -> Arm:
    gone = tuple(dict.fromkeys((*below.removes, *own.removes)))
    fallen = sorted(falls_with(study, gone))
    names = [title(study.elements[k]) for k in below.removes if k in study.elements]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return msgspec.structs.replace(
        own,
        change=f"{own.change}, on top of {', '.join(names[:3])}{more}",
        removes=(*gone, *fallen),
        also_falls=tuple(sorted({*own.also_falls, *fallen})),
        overrides={**below.overrides, **own.overrides},
    )


def _rung(study: Study, d: Draft, below: Arm | None, made: Arm, number: int) -> Draft:
    arms: list[Arm] = []
    for arm in d.arms:
        if arm.id not in {"base", "without", "find-out"}:
            continue
        if arm.id == "base" and below is not None:
            arm = msgspec.structs.replace(
                arm, change="the rung before, same seeds", removes=below.removes, overrides=below.overrides
            )
        elif arm.id == "without":
            arm = made
        arms.append(arm)
    names, start = {a.id for a in arms}, below.overrides if below is not None else {}
    runs: list[Run] = []
    for run in d.runs:
        if run.arm not in names:
            continue
        if run.kind != "check" and start:
            settings = {**start, **run.overrides}
            line = command(study.info.command, settings, run.seed)
            run = msgspec.structs.replace(run, overrides=settings, command=line)
        runs.append(run)
    notes = [*d.notes, f"rung {number} of {CONSEQUENCE}"]
    if made.also_falls and not any(n.startswith("also falls") for n in notes):
        notes.append("also falls: " + ", ".join(title(study.elements[k]) for k in made.also_falls))
    cost = rounded(sum(r.cost_hours for r in runs))
    return msgspec.structs.replace(d, arms=tuple(arms), runs=tuple(runs), notes=tuple(notes), cost_hours=cost)
