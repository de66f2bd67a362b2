"""One draft step per element: the question, the action, the arms and the runs with what each costs."""

from collections.abc import Mapping

import msgspec

from ablator.core.elements import MINUTES_PER_RUN, Action, Element, Json
from ablator.core.queries import kept, title
from ablator.core.study import Study, base_id
from ablator.plan import trials
from ablator.plan.claim_steps import claim_step
from ablator.plan.costs import effective_runs, hours_per_run
from ablator.plan.dialect import steps_of
from ablator.plan.draft import DEFAULT_SEEDS, FIND_OUT_MINUTES, Draft, Fairness, action_of, drafted_step, one_run
from ablator.plan.idea_steps import idea_step
from ablator.plan.results import Rows, score
from ablator.plan.sweeps import BY_WIDTH, LOOKED_AT, MOVED_BY, Trial, further, sweep, whole
from ablator.plan.together import joined, moved_words, partners, with_schedule
from ablator.plan.types import Arm, Run, step_id

__all__ = ["DEFAULT_SEEDS", "Draft", "Fairness", "action_of", "draft", "drafted"]

SWEPT: Mapping[Action, str] = {"tune": "sweep", "scale": "more"}
"""The arm of a step that tries values of a factor, by its action."""

ENDLESS = ("constant", "none", "plateau", "reduce")
"""How schedules begin that do not end with the run."""

ROUNDS = 3
"""How often a sweep goes on past an edge at most (judged: by then its range is the question)."""


def draft(
    study: Study,
    element: Element,
    fair: Fairness,
    rows: Rows | None = None,
    tuned: Mapping[str, Json] | None = None,
    first: int = 0,
) -> Draft | None:
    """The step that asks about `element`; None for a phenomenon, which can only be aimed at.

    `rows` are the results of the step so far: a sweep goes on where its best lies at an edge. `tuned` are the settings
    in which the baseline of today differs from the original one; arms start from there. `first` is how many trials of
    the step belong to an earlier round, before something re-opened it; those of this round are numbered after them.
    """
    if element.lane == "noumenon":
        return None
    if element.kind == "idea":
        return idea_step(study, element, fair, tuned or {})
    if element.kind == "claim":
        return claim_step(study, element)
    return _factor(study, element, rows or {}, first)


def drafted(study: Study, fair: Fairness, tuned: Mapping[str, Json]) -> dict[str, Draft]:
    """Where steps on ideas and claims, once drafted, are found by their element while nothing they rest on changed."""
    memo: dict[bytes, dict[str, Draft]] = kept(study, "drafts", lambda _: {})
    key = msgspec.json.encode((study.info, fair, tuned), order="sorted")
    if key not in memo:
        memo.clear()
        memo[key] = {}
    return memo[key]


def _factor(study: Study, element: Element, rows: Rows, first: int) -> Draft:
    action = action_of(element)
    sid = step_id(action, element.id)
    hours = hours_per_run(study.info)
    cost = effective_runs(element) * hours
    notes: list[str] = []
    runs: list[Run] = []
    unknown = element.status == "unknown" and element.value is None and bool(element.keys)
    unknown = unknown and base_id(element.id) not in {BY_WIDTH, *LOOKED_AT}
    if unknown and action in {"tune", "scale"}:
        runs.append(one_run(sid, "find-out", "check", 1, FIND_OUT_MINUTES / MINUTES_PER_RUN * hours, study))
        notes.append("its present value is in no artefact: find that out first")
    if action == "repeat":
        count = max(2, round(element.cost_runs)) if element.cost_runs >= 1 else 3
        runs += [one_run(sid, "base", "confirm", i, cost / count, study, seed=i) for i in range(1, count + 1)]
        arm = Arm(id="base", change="the unchanged baseline again, seed by seed", seeds=count)
    elif action in {"tune", "scale"} and (tried := sweep(study, element, action)):
        arm, made, more = _swept(study, element, action, tried, rows, first)
        runs += made
        notes += more
    else:
        arm = Arm(id="look", change=element.check or f"look at {title(element)}")
        runs.append(one_run(sid, arm.id, "check", 1, cost, study))
    arms: tuple[Arm, ...] = (arm,)
    if unknown and action in {"tune", "scale"}:
        arms = (Arm(id="find-out", change=f"find out the present {title(element).lower()}"), arm)
    return drafted_step(element, action, arms, runs, notes, element.check)


def _swept(
    study: Study, element: Element, action: Action, alone: list[Trial], rows: Rows, first: int
) -> tuple[Arm, list[Run], list[str]]:
    """The arm of a sweep with its trials, numbered from `first + 1` on, and what to say of it.

    What interacts with the factor is moved along, and a schedule with the length of the run.
    """
    sid, hours = step_id(action, element.id), hours_per_run(study.info)
    words = _sweep_words(study, element, [t.value for t in alone])
    if all(t.runs is None for t in alone) and 0 < element.cost_runs < len(alone):
        words += f"; short runs, each stopped after {element.cost_runs / len(alone):.0%} of the full length"
    each, minutes = element.cost_runs / len(alone), element.minutes / MINUTES_PER_RUN / len(alone)
    notes = _cut_short(study, each) if all(t.runs is None for t in alone) else []
    tried = joined(study, element, alone) if action == "tune" else alone
    arm_id = SWEPT[action]
    more = _further(study, element, f"{sid}/{arm_id}", tried, rows, first)
    if more:
        notes.append(f"the best value lies at the edge of the sweep, so {_beyond(more[0])} and beyond are tried too")
    tried = [msgspec.structs.replace(t, settings=with_schedule(study, t.settings)) for t in (*tried, *more)]
    arm = Arm(
        id=arm_id,
        change=words + moved_words(study, element, tried),
        changes=(element.id,),
        trials=len(tried),
        to_write=True if tried[0].to_write else msgspec.UNSET,
    )
    runs = []
    for i, t in enumerate(tried, first + 1):
        share = minutes + (each * t.factor if t.runs is None else t.runs)
        one = one_run(sid, arm.id, "tune", i, share * hours, study, overrides=t.settings, to_write=t.to_write)
        runs.append(one)
    return arm, runs, notes


def _cut_short(study: Study, share: float) -> list[str]:
    """What a schedule that ends with the run does to trials that take so small a share of it; nothing where it has no
    end, or none is known."""
    schedule, steps = study.elements.get("lr-schedule"), steps_of(study)
    kind = schedule.value if schedule is not None else None
    if not isinstance(kind, str) or kind.lower().startswith(ENDLESS) or not 0 < share < 1:
        return []
    length = f"{share * steps:,.0f} of {steps:,} steps" if steps else f"{share:.0%} of the run"
    return [
        f"a proxy: {length}, where the {kind} schedule of the run has not ended; let it end with the trial, and repeat "
        "the two best at full length"
    ]


def _beyond(trial: Trial) -> str:
    """The value that a further trial is about."""
    return ", ".join(f"{v:g}" if isinstance(v, float) else str(v) for v in trial.settings.values())


def _further(study: Study, element: Element, stem: str, tried: list[Trial], rows: Rows, first: int) -> list[Trial]:
    """Trials past the edges of a finished sweep whose best lies at one; of its own factor, as often as that is so."""
    if element.range is None or not rows or not element.keys or base_id(element.id) == BY_WIDTH:
        return []
    out: list[Trial] = []
    moved = [element, *partners(study, element)]
    for number in range(ROUNDS):
        known = [*tried, *out]
        found = [rows.get(f"{stem}/t{i}") for i in range(first + 1, first + len(known) + 1)]
        scores = {i: v for i, row in enumerate(found) if row is not None and (v := score(study.info, row)) is not None}
        if None in found or not scores:
            break
        best = known[max(scores, key=lambda i: (scores[i], -i))]
        fresh: list[Trial] = []
        for e in moved if number == 0 else moved[:1]:
            column = [t.settings[e.keys[0]] for t in known if e.keys[0] in t.settings]
            if e.range is None or e.range.choices or e.keys[0] not in best.settings:
                continue
            for one in further(e, trials.beyond(e.range, column, best.settings[e.keys[0]], whole=whole(e))):
                settings = {**best.settings, **one.settings}
                fresh.append(msgspec.structs.replace(one if e is element else best, settings=settings))
        if not fresh:
            break
        out += fresh
    return out


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
