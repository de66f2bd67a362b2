"""A step before it has a place, what every arm is given alike, and the runs of an arm with what each costs."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from ablator.core.elements import Action, Element, Json
from ablator.core.lanes import STAGE_OF_LANE, Stage
from ablator.core.queries import title
from ablator.core.study import Study, amount, base_id
from ablator.plan.arms import is_size
from ablator.plan.commands import command
from ablator.plan.costs import DEFAULT_TRIAL_RUNS, hours_per_run, rounded
from ablator.plan.power import seeds_needed
from ablator.plan.sweeps import length_of
from ablator.plan.types import Arm, Run, RunKind, step_id

DEFAULT_SEEDS = 3
"""Confirming seeds an arm at least, and where effect and noise do not yet tell how many are needed."""

FIND_OUT_MINUTES = 5.0
"""People's time to look up a setting whose value no artefact told (judged)."""


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
    members: tuple[str, ...] = ()
    """Ideas that a step takes out together."""
    behind: str = ""
    """The step that takes this one's idea out together with others, and has its verdict first."""


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


def with_settings(d: Draft, study: Study, base: Mapping[str, Json], best: Mapping[str, Mapping[str, Json]]) -> Draft:
    """The draft with complete settings on every run: the baseline's of today, then what the run itself changes.

    `best` holds the settings of an arm's best trial, on which its confirming seeds run. A run that leaves the length
    alone takes as long as the baseline of today.
    """
    if not base and not best:
        return d
    runs = []
    longer = length_of(study, dict(base))
    keys = {name for k, e in study.elements.items() if base_id(k) == "training-length" for name in e.keys[:1]}
    for r in d.runs:
        if r.kind == "check":
            runs.append(r)
            continue
        start = best.get(r.arm, base) if r.kind == "confirm" else base
        settings = {**start, **r.overrides}
        line = "" if r.to_write else command(study.info.command, settings, r.seed)
        hours = r.cost_hours if longer == 1.0 or keys & r.overrides.keys() else rounded(r.cost_hours * longer)
        runs.append(msgspec.structs.replace(r, overrides=settings, command=line, cost_hours=hours))
    return msgspec.structs.replace(d, runs=tuple(runs), cost_hours=rounded(sum(r.cost_hours for r in runs)))


def with_seeds(d: Draft, study: Study, seeds: Mapping[str, int]) -> Draft:
    """The draft with further confirming seeds, with the settings of the first, where an arm is still undecided."""
    if not seeds:
        return d
    arms = tuple(msgspec.structs.replace(a, seeds=max(a.seeds, seeds.get(a.id, 0))) for a in d.arms)
    runs = list(d.runs)
    for old, arm in zip(d.arms, arms, strict=True):
        like = next((r for r in d.runs if r.arm == arm.id and r.kind == "confirm"), None)
        settings = arm.overrides if like is None else like.overrides
        each = hours_per_run(study.info) if like is None else like.cost_hours
        below = 0 if like is None else (like.seed or 1) - 1
        for i in range(old.seeds + 1, arm.seeds + 1):
            run = one_run(
                d.id, arm.id, "confirm", i, each, study, seed=below + i, overrides=settings, to_write=arm.to_write
            )
            runs.append(run)
    total = rounded(sum(r.cost_hours for r in runs))
    return msgspec.structs.replace(d, arms=arms, runs=tuple(runs), cost_hours=total)


def drafted_step(
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


def runs_of(
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


def one_run(
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
