"""Steps that verdicts call for: a 2×2 of ideas that interact, the changed baseline again, a questioned claim's test."""

from collections.abc import Iterable, Mapping
from itertools import product

import msgspec

from ablator.core.elements import Decision, Evidence
from ablator.core.lanes import STAGE_OF_LANE
from ablator.core.queries import present_ideas, problems_of, related, targets_of, title
from ablator.core.study import Study
from ablator.plan.arms import arms_for
from ablator.plan.changes import reopens
from ablator.plan.compare import mean, variance
from ablator.plan.costs import hours_per_run, rounded
from ablator.plan.draft import DEFAULT_SEEDS, Draft, Fairness, one_run
from ablator.plan.idea_steps import isolate
from ablator.plan.outcomes import MATTERS, Outcome
from ablator.plan.results import Rows, newest, score
from ablator.plan.standing import MEASURED, Standing, order_of
from ablator.plan.types import AGAIN, Arm, speaks

QUESTIONED = frozenset({"replaceable", "harmful", "redundant"})
"""Verdicts on a claim that send it back to observation, and on its ideas that call it into question."""

MOST_SEEDS = 9
"""Fresh seeds after which a repeat asks for no more (judged)."""

USELESS = frozenset({"redundant", "harmful"})
"""Verdicts on an idea that was put in: alone it does not help."""


def pairs(study: Study, verdicts: Mapping[str, str | None], fair: Fairness) -> list[Draft]:
    """The 2×2 of every two ideas that interact where one at a time cannot tell: both matter, or neither does alone.

    Two that are redundant alone may stand in for one another; two that do not help alone may make each other possible.
    """
    out = []
    for r in related(study, "interacts"):
        ends = [study.elements[k] for k in (r.source, r.target) if k in study.elements]
        if len(ends) != 2 or {e.kind for e in ends} != {"idea"}:
            continue
        one, two = verdicts.get(r.source), verdicts.get(r.target)
        within = {e.present for e in ends}
        if one in MATTERS and two in MATTERS:
            why = "both matter"
        elif within == {True} and one == two == "redundant":
            why = "each looks useless alone, which is also so where one stands in for the other"
        elif True not in within and one in USELESS and two in USELESS:
            why = "each looks useless alone, and may be what makes the other possible"
        else:
            continue
        offers = _together(study, r.source, r.target, fair)
        if offers is None:
            continue
        made = isolate(study, r.source, r.target, fair, offers, why + (f" ({r.note})" if r.note else ""))
        falls = dict.fromkeys(k for a in made.arms for k in a.also_falls)
        if falls:
            names = ", ".join(title(study.elements[k]) for k in falls)
            made = msgspec.structs.replace(made, notes=(*made.notes, f"also falls: {names}"))
        out.append(made)
    return out


def _together(study: Study, first: str, second: str, fair: Fairness) -> dict[str, Arm] | None:
    """The first arms of two ideas that make a valid configuration at once; None where none do."""
    present = present_ideas(study)
    before = set(problems_of(study, present))
    offered = [
        [a for a in arms_for(study, study.elements[k], fair.trials, fair.seeds).arms if speaks(a.id)]
        for k in (first, second)
    ]
    for one, two in product(*offered):
        chosen = (present - {*one.removes, *two.removes}) | {*one.adds, *two.adds}
        if set(problems_of(study, chosen)) <= before:
            return {first: one, second: two}
    return None


def added_up(d: Draft, outcome: Outcome) -> Outcome:
    """The outcome of a 2×2 with how far both at once differ from the sum of each alone."""
    found = outcome.effects
    if d.action != "isolate" or not {"first", "second", "both"} <= found.keys():
        return outcome
    alone = found["first"].estimate + found["second"].estimate
    more = found["both"].estimate - alone
    words = f"each alone adds up to {alone:+.3g}, both at once are {found['both'].estimate:+.3g}: {more:+.3g} between"
    return msgspec.structs.replace(outcome, reason=f"{outcome.reason}; {words}" if outcome.reason else words)


def again(
    study: Study, standing: Mapping[str, Standing], drafts: Mapping[str, Draft], known: Iterable[str], seeds_used: int
) -> list[Draft]:
    """The changed baseline, trained again with fresh seeds, after the newest factor that was fixed.

    The newest comes first. `known` are steps that results or decisions on record name: such a repeat stays where a
    later fix has one of its own. `seeds_used` is the largest seed of the A/A repeats; these go on from there.
    """
    fixed = {
        k: s.decision
        for k, s in standing.items()
        if s.state in {"done", "stale"} and s.decision.verdict == "fixed" and k in drafts and _trains(study, drafts[k])
    }
    if not fixed:
        return []
    known = set(known)
    newest_one = max(fixed, key=lambda k: order_of(fixed[k]))
    out = []
    for key in sorted(fixed, key=lambda k: (k != newest_one, k)):
        name = f"{AGAIN}{drafts[key].element.replace('/', '.')}"
        if (key != newest_one and name not in known) or name in drafts:
            continue
        others = [k for k in fixed if k != key and order_of(fixed[k]) <= order_of(fixed[key])]
        others = [k for k in others if f"{AGAIN}{drafts[k].element}" not in known]
        out.append(_again(study, name, drafts[key], [drafts[k].element for k in sorted(others)], seeds_used))
    return out


def _trains(study: Study, d: Draft) -> bool:
    """Whether fixing what a step is about changes the training, so that the baseline is another one since."""
    return study.elements[d.element].kind == "factor"


def _again(study: Study, name: str, d: Draft, others: list[str], used: int) -> Draft:
    element = study.elements[d.element]
    hours = hours_per_run(study.info)
    arm = Arm(id="base", change="the baseline as it is now, with fresh seeds", seeds=DEFAULT_SEEDS)
    runs = tuple(one_run(name, arm.id, "confirm", i, hours, study, seed=used + i) for i in range(1, DEFAULT_SEEDS + 1))
    reached = [title(study.elements[k]) for k in reopens(study).get(d.element, ()) if k in study.elements]
    notes = [f"{title(element)} was fixed: what a sweep shows on single runs has to hold with fresh seeds"]
    if others:
        notes.append("also changed since the last repeat: " + ", ".join(title(study.elements[k]) for k in others))
    if reached:
        more = f" and {len(reached) - 6} more" if len(reached) > 6 else ""
        notes.append("it re-opens what was settled of " + ", ".join(reached[:6]) + more)
    return Draft(
        id=name,
        element=d.element,
        stage=STAGE_OF_LANE[element.lane],
        action="repeat",
        question=f"Is the baseline better since {title(element)} was fixed, seed by seed?",
        check="train the changed baseline again with seeds that no run had before",
        arms=(arm,),
        runs=runs,
        cost_hours=rounded(sum(r.cost_hours for r in runs)),
        notes=tuple(notes),
        after=(d.element,),
    )


def repeated(study: Study, d: Draft, rows: Rows, before: Mapping[str, Evidence]) -> Outcome | None:
    """What the changed baseline's fresh seeds say against the repeats of before; None while seeds are missing."""
    if any(r.run not in rows or rows[r.run].state == "running" for r in d.runs):
        return None
    info, date = study.info, newest(rows.values())
    values = [v for r in d.runs if (v := score(info, rows[r.run])) is not None]
    if not values:
        return Outcome(d.id, "inconclusive", f"measured: none of {len(d.runs)} repeats ended with a value", date)
    sign = -1.0 if info.goal == "min" else 1.0
    old = [v for k in sorted(before) if (v := score(info, before[k])) is not None]
    if not old and info.baseline is not None:
        old = [sign * info.baseline]
    now = f"measured: {sign * mean(values):.4g} over {len(values)} fresh {'seed' if len(values) == 1 else 'seeds'}"
    if not old:
        return Outcome(d.id, "fine", now, date)
    gain = mean(values) - mean(old)
    spread = (variance(values) / len(values) if len(values) > 1 else 0.0) + (
        variance(old) / len(old) if len(old) > 1 else 0.0
    )
    text = f"{now}, {sign * mean(old):.4g} before: {gain:+.3g}, + is better"
    if gain > 0 and gain >= 2 * spread**0.5:
        return Outcome(d.id, "fine", text, date)
    more = {"base": len(d.runs) + DEFAULT_SEEDS} if len(d.runs) < MOST_SEEDS else {}
    said = "the gain does not show beyond the seeds yet" if more else "the gain does not show: look at what was fixed"
    return Outcome(d.id, "undecided", f"{text}; {said}", date, seeds=more)


def superseded(d: Draft, date: str) -> Standing:
    """What stands on the repeat of a baseline that has changed again before its seeds could tell."""
    reason = "the baseline was changed again before its seeds could tell; the repeat after that change counts"
    said = Decision(
        id=MEASURED,
        kind="verdict",
        step=d.id,
        element=d.element,
        verdict="inconclusive",
        reason=reason,
        author=MEASURED,
        date=date,
    )
    return Standing(said, "done")


def questioned(study: Study, verdicts: Mapping[str, str | None], missed: str) -> dict[str, str]:
    """Claim → why it is in question: its ideas turned out replaceable, or all below is exhausted and yet `missed`."""
    ideas: dict[str, list[str]] = {}
    for idea, claims in targets_of(study, "instantiates").items():
        for claim in claims:
            ideas.setdefault(claim, []).append(idea)
    out = {}
    for key, e in study.elements.items():
        if e.kind != "claim":
            continue
        hit = [k for k in sorted(ideas.get(key, ())) if verdicts.get(k) in QUESTIONED]
        if hit:
            names = ", ".join(f"{title(study.elements[k])} ({verdicts[k]})" for k in hit[:4])
            out[key] = f"in question: {names}"
        elif missed:
            out[key] = f"in question: {missed}"
    return out
