"""One draft step per element: the question, the action, the arms and the runs with what each costs."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from ablator.core.elements import MINUTES_PER_RUN, Action, Element, Json
from ablator.core.lanes import STAGE_OF_LANE, Stage
from ablator.core.queries import kept, title
from ablator.core.study import Study, amount, base_id
from ablator.plan import trials
from ablator.plan.arms import arms_for, is_size
from ablator.plan.commands import command
from ablator.plan.costs import DEFAULT_TRIAL_RUNS, LEAST_COMPUTE, compute, effective_runs, hours_per_run, rounded
from ablator.plan.power import seeds_needed
from ablator.plan.results import Rows, score
from ablator.plan.sweeps import BY_WIDTH, LOOKED_AT, MOVED_BY, Trial, further, joint_settings, length_of, sweep, whole
from ablator.plan.types import Arm, Run, RunKind, step_id

DEFAULT_SEEDS = 3
"""Confirming seeds an arm at least, and where effect and noise do not yet tell how many are needed."""

FIND_OUT_MINUTES = 5.0
"""People's time to look up a setting whose value no artefact told (judged)."""

INSTRUMENT_MINUTES = 60.0
"""People's time to build the instrument of a questioned claim (judged)."""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A step before it has a place: everything about it that does not depend on the other steps."""

    id: str
    element: str
    stage: Stage
    action: Action
    question: str
    check: str
    arms: tuple[Arm, ...]
    runs: tuple[Run, ...]
    cost_hours: float
    notes: tuple[str, ...] = ()
    exhausted_when: str = ""
    after: tuple[str, ...] = ()
    """Elements whose steps come first, where the relations alone do not say so."""


def draft(
    study: Study, element: Element, fair: "Fairness", rows: Rows | None = None, tuned: Mapping[str, Json] | None = None
) -> Draft | None:
    """The step that asks about `element`; None for a phenomenon, which can only be aimed at.

    `rows` are the results of the step so far: a sweep goes on where its best lies at an edge. `tuned` are the settings
    in which the baseline of today differs from the original one; arms start from there.
    """
    if element.lane == "noumenon":
        return None
    if element.kind == "idea":
        return _idea(study, element, fair, tuned or {})
    if element.kind == "claim":
        return _claim(study, element)
    return _factor(study, element, rows or {})


def drafted(study: Study, fair: "Fairness", tuned: Mapping[str, Json]) -> dict[str, Draft]:
    """Where steps on ideas and claims, once drafted, are found by their element while nothing they rest on changed."""
    memo: dict[bytes, dict[str, Draft]] = kept(study, "drafts", lambda _: {})
    key = msgspec.json.encode((study.info, fair, tuned), order="sorted")
    if key not in memo:
        memo.clear()
        memo[key] = {}
    return memo[key]


class Fairness(msgspec.Struct, frozen=True):
    """What every arm of the study is given alike: tuning trials, compute of one trial in runs, confirming seeds.

    `base_trials` go to the baseline inside a step on an idea, where no tuning curve of its own says that it is tuned.
    """

    trials: int
    trial_runs: float
    seeds: int
    base_trials: int = 0


def fairness(study: Study, noise: float | None) -> Fairness:
    """Trials as many as the baseline's learning rate gets; seeds by power where effect and noise are known."""
    rate = study.elements.get("learning-rate")
    points = rate.range.points if rate is not None and rate.range is not None else 8
    one = rate.cost_runs / points if rate is not None and rate.cost_runs > 0 else DEFAULT_TRIAL_RUNS
    info = study.info
    effect = amount(info.effect, info.baseline)
    seeds = DEFAULT_SEEDS
    if effect and noise:
        seeds = max(DEFAULT_SEEDS, seeds_needed(effect, noise, info.alpha, info.power))
    return Fairness(points, one, seeds)


def action_of(element: Element) -> Action:
    """The action that settles an element, by its kind and procedure."""
    if element.kind == "claim":
        return "challenge"
    if element.kind == "idea":
        if is_size(element):
            return "resize"
        if element.present is not True:
            return "replace"
        return "replace" if element.slot and not element.is_slot else "remove"
    if element.procedure == "repeat-runs":
        return "repeat"
    if element.range is not None or element.procedure == "sweep":
        return "tune" if element.procedure not in {"inspect", "unit-check"} else "verify"
    return "scale" if element.procedure == "full-run" else "verify"


def _factor(study: Study, element: Element, rows: Rows) -> Draft:
    action = action_of(element)
    sid = step_id(action, element.id)
    hours = hours_per_run(study.info)
    cost = effective_runs(element) * hours
    notes: list[str] = []
    runs: list[Run] = []
    unknown = element.status == "unknown" and element.value is None and bool(element.keys)
    unknown = unknown and base_id(element.id) not in {BY_WIDTH, *LOOKED_AT}
    if unknown and action in {"tune", "scale"}:
        runs.append(_run(sid, "find-out", "check", 1, FIND_OUT_MINUTES / MINUTES_PER_RUN * hours, study))
        notes.append("its present value is in no artefact: find that out first")
    if action == "repeat":
        count = max(2, round(element.cost_runs)) if element.cost_runs >= 1 else 3
        runs += [_run(sid, "base", "confirm", i, cost / count, study, seed=i) for i in range(1, count + 1)]
        arm = Arm(id="base", change="the unchanged baseline again, seed by seed", seeds=count)
    elif action in {"tune", "scale"} and (tried := sweep(study, element, action)):
        words = _sweep_words(study, element, [t.value for t in tried])
        if all(t.runs is None for t in tried) and 0 < element.cost_runs < len(tried):
            words += f"; short runs, each stopped after {element.cost_runs / len(tried):.0%} of the full length"
        arm = Arm(id="sweep" if action == "tune" else "more", change=words, changes=(element.id,))
        each, minutes = element.cost_runs / len(tried), element.minutes / MINUTES_PER_RUN / len(tried)
        more = _further(study, element, f"{sid}/{arm.id}", [t.value for t in tried], rows)
        tried += more
        arm = msgspec.structs.replace(arm, trials=len(tried), to_write=True if tried[0].to_write else msgspec.UNSET)
        for i, t in enumerate(tried, 1):
            share = minutes + (each * t.factor if t.runs is None else t.runs)
            one = _run(sid, arm.id, "tune", i, share * hours, study, overrides=t.settings, to_write=t.to_write)
            runs.append(one)
        if more:
            notes.append(f"the best value lies at the edge of the sweep, so {more[0].value:g} and beyond are tried too")
    else:
        arm = Arm(id="look", change=element.check or f"look at {title(element)}")
        runs.append(_run(sid, arm.id, "check", 1, cost, study))
    arms: tuple[Arm, ...] = (arm,)
    if unknown and action in {"tune", "scale"}:
        arms = (Arm(id="find-out", change=f"find out the present {title(element).lower()}"), arm)
    return _draft(element, action, arms, runs, notes, element.check)


def _further(study: Study, element: Element, stem: str, values: list[Json], rows: Rows) -> list[Trial]:
    """Trials past the edge of a finished sweep whose best lies there."""
    if element.range is None or not rows or not element.keys or base_id(element.id) == BY_WIDTH:
        return []
    scores = {i: score(study.info, rows[f"{stem}/t{i}"]) for i in range(1, len(values) + 1) if f"{stem}/t{i}" in rows}
    known = {i: v for i, v in scores.items() if v is not None}
    if len(scores) < len(values) or not known:
        return []
    best = values[max(known, key=lambda i: (known[i], -i)) - 1]
    return further(element, trials.beyond(element.range, values, best, whole=whole(element)))


def _sweep_words(study: Study, element: Element, values: list[Json]) -> str:
    shown = [
        f"{v:g}" if isinstance(v, int | float) and not isinstance(v, bool) else str(v) for v in values if v is not None
    ]
    if not shown:
        return element.check or f"sweep {title(element)}"
    moved = MOVED_BY.get(base_id(element.id), "")
    if moved in study.elements and study.elements[moved].keys:
        return f"{title(study.elements[moved])} at {', '.join(shown)}"
    return f"{title(element)} at {', '.join(shown)}" + (
        " (the first is the present value)" if element.value is not None else ""
    )


def _idea(study: Study, element: Element, fair: Fairness, tuned: Mapping[str, Json]) -> Draft:
    action = action_of(element)
    sid = step_id(action, element.id)
    offer = arms_for(study, element, fair.trials, fair.seeds)
    hours = hours_per_run(study.info)
    minutes = element.minutes / MINUTES_PER_RUN * hours
    arms = (_base(fair, offer.arms[-1].retunes), *offer.arms)
    count = sum(a.trials + a.seeds for a in arms)
    share = minutes / max(count, 1)
    runs: list[Run] = []
    points = joint_settings(study, [study.elements[k] for k in arms[-1].retunes], fair.trials, dict(tuned))
    for arm in arms:
        settings = [{**p, **arm.overrides} for p in points[: arm.trials]]
        one = hours * compute(study, element, arm)
        runs += _runs(study, sid, arm, settings, fair.trial_runs * one + share, one + share)
    notes: list[str] = []
    if element.present is None:
        size = action == "resize"
        what = "its present size is" if size else "whether the model holds it is"
        notes.append(f"{what} in no artefact: find that out first")
        look = "which size it has" if size else "whether it is there"
        arms = (Arm(id="find-out", change=f"{title(element)}: read in the code {look}"), *arms)
        runs.insert(0, _run(sid, "find-out", "check", 1, FIND_OUT_MINUTES / MINUTES_PER_RUN * hours, study))
    fallen = sorted({x for a in offer.arms for x in a.also_falls})
    if fallen:
        names = ", ".join(title(study.elements[x]) for x in fallen)
        notes.append(f"also falls: {names}")
    if offer.left_out:
        notes.append("not offered: " + "; ".join(offer.left_out[:3]))
    return _draft(element, action, arms, runs, notes, "")


def _base(fair: Fairness, retunes: tuple[str, ...]) -> Arm:
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


def isolate(study: Study, first: str, second: str, fair: Fairness, offers: Mapping[str, Arm]) -> Draft:
    """The 2×2 of two interacting ideas that both matter: neither, each alone, both out (Fisher 1935)."""
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
        runs += _runs(study, sid, arm, [arm.overrides] * arm.trials, fair.trial_runs * cost, cost)
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
        notes=(f"{title(a)} and {title(b)} interact and both matter, so one at a time cannot tell them apart",),
        after=(first, second),
    )


def with_settings(d: Draft, study: Study, base: Mapping[str, Json], best: Mapping[str, Mapping[str, Json]]) -> Draft:
    """The draft with complete settings on every run: the baseline's of today, then what the run itself changes.

    `best` holds the settings of an arm's best trial, on which its confirming seeds run.
    """
    if not base and not best:
        return d
    runs = []
    for r in d.runs:
        if r.kind == "check":
            runs.append(r)
            continue
        start = best.get(r.arm, base) if r.kind == "confirm" else base
        settings = {**start, **r.overrides}
        line = "" if r.to_write else command(study.info.command, settings, r.seed)
        runs.append(msgspec.structs.replace(r, overrides=settings, command=line))
    return msgspec.structs.replace(d, runs=tuple(runs))


def with_seeds(d: Draft, study: Study, seeds: Mapping[str, int]) -> Draft:
    """The draft with further confirming seeds where an arm is still undecided."""
    if not seeds:
        return d
    arms = tuple(msgspec.structs.replace(a, seeds=max(a.seeds, seeds.get(a.id, 0))) for a in d.arms)
    runs = list(d.runs)
    hours = hours_per_run(study.info)
    for old, arm in zip(d.arms, arms, strict=True):
        mine = (r.cost_hours for r in d.runs if r.arm == arm.id and r.kind == "confirm")
        each = next(mine, hours) if d.action == "isolate" else hours * compute(study, study.elements[d.element], arm)
        for i in range(old.seeds + 1, arm.seeds + 1):
            run = _run(d.id, arm.id, "confirm", i, each, study, seed=i, overrides=arm.overrides, to_write=arm.to_write)
            runs.append(run)
    total = rounded(sum(r.cost_hours for r in runs))
    return msgspec.structs.replace(d, arms=arms, runs=tuple(runs), cost_hours=total)


def _claim(study: Study, element: Element) -> Draft:
    sid = step_id("challenge", element.id)
    cost = effective_runs(element) * hours_per_run(study.info)
    challengers = element.challengers or ()
    arms = tuple(
        Arm(
            id=f"challenger-{i}",
            change=f"{c.counter_claim}" + (f" ({c.paper}, {c.year})" if c.paper and c.year else ""),
            seeds=1,
        )
        for i, c in enumerate(challengers, 1)
    ) or (Arm(id="challenger-1", change="state what would have to be true instead, and what would show it", seeds=1),)
    runs = [_run(sid, a.id, "check", 1, cost / len(arms), study) for a in arms]
    return _draft(element, "challenge", arms, runs, [], element.decisive)


def new_instrument(study: Study, claim: Element) -> Draft | None:
    """The observation that a questioned claim hands back to: the experiment both sides predict differently."""
    if not claim.decisive:
        return None
    sid = f"verify-{claim.id.replace('/', '.')}-instrument"
    hours = INSTRUMENT_MINUTES / MINUTES_PER_RUN * hours_per_run(study.info)
    arm = Arm(id="look", change=f"build the instrument: {claim.decisive}")
    return Draft(
        id=sid,
        element=claim.id,
        stage="observe",
        action="verify",
        check=claim.decisive,
        arms=(arm,),
        question=f"Which outcome tells {title(claim)} from its challengers?",
        runs=(_run(sid, "look", "check", 1, hours, study),),
        cost_hours=rounded(hours),
    )


def _draft(
    element: Element, action: Action, arms: tuple[Arm, ...], runs: list[Run], notes: list[str], check: str
) -> Draft:
    total = rounded(sum(r.cost_hours for r in runs))
    return Draft(
        id=step_id(action, element.id),
        element=element.id,
        stage=STAGE_OF_LANE[element.lane],
        action=action,
        question=element.question or _question(element, action),
        check=check,
        arms=arms,
        runs=tuple(runs),
        cost_hours=total,
        notes=tuple(notes),
        exhausted_when=element.exhausted_when,
    )


def _question(element: Element, action: Action) -> str:
    name = title(element)
    if element.kind == "idea" and action == "resize":
        return f"{name}: is it the right size?"
    if element.kind == "idea" and element.present is False:
        return f"{name}: the model lacks it; does putting it in help?"
    if element.kind == "idea" and element.present is None:
        return f"{name}: does the model hold it, and does it matter?"
    words: Mapping[str, str] = {
        "remove": f"{name}: is it needed at all?",
        "replace": f"{name}: is it the right choice, or does an alternative do as well?",
        "challenge": f"{name}: does this claim hold?",
        "tune": f"{name}: is it tuned?",
        "scale": f"{name}: does changing it help?",
    }
    return words.get(action, f"{name}: is it in order?")


def _runs(
    study: Study, step: str, arm: Arm, tried: Sequence[dict[str, Json]], trial: float, seed: float
) -> Iterable[Run]:
    """Every run of an arm: its trials with their settings, then its seeds; `trial` and `seed` cost so many hours."""
    stem, trial, seed = f"{step}/{arm.id}/", rounded(trial), rounded(seed)
    template, write = "" if arm.to_write else study.info.command, bool(arm.to_write)
    for i, settings in enumerate(tried, 1):
        unnamed = write or any(k in study.elements and not study.elements[k].keys for k in settings)
        hours = rounded(trial * length_of(study, settings))
        line = command(template, settings, None) if template and not unnamed else ""
        yield Run(
            run=f"{stem}t{i}",
            step=step,
            arm=arm.id,
            kind="tune",
            overrides=settings,
            command=line,
            cost_hours=hours,
            to_write=unnamed,
        )
    for i in range(1, arm.seeds + 1):
        line = command(template, arm.overrides, i) if template else ""
        yield Run(
            run=f"{stem}s{i}",
            step=step,
            arm=arm.id,
            kind="confirm",
            seed=i,
            overrides=arm.overrides,
            command=line,
            cost_hours=seed,
            to_write=write,
        )


def _run(
    step: str,
    arm: str,
    kind: RunKind,
    number: int,
    cost: float,
    study: Study,
    *,
    seed: int | None = None,
    overrides: Mapping[str, Json] | None = None,
    to_write: bool | msgspec.UnsetType = False,
) -> Run:
    letter = {"tune": "t", "confirm": "s", "check": "c"}[kind]
    settings = dict(overrides or {})
    return Run(
        run=f"{step}/{arm}/{letter}{number}",
        step=step,
        arm=arm,
        kind=kind,
        seed=seed,
        overrides=settings,
        command=command(study.info.command, settings, seed) if kind != "check" and not to_write else "",
        cost_hours=rounded(cost),
        to_write=bool(to_write),
    )
