"""One draft step per element: the question, the action, the arms and the runs with what each costs."""

from collections.abc import Mapping

import msgspec

from ablator.core.elements import MINUTES_PER_RUN, Element, Json
from ablator.core.queries import kept, title
from ablator.core.study import Study, base_id
from ablator.plan import trials
from ablator.plan.claim_steps import claim_step
from ablator.plan.costs import effective_runs, hours_per_run
from ablator.plan.draft import DEFAULT_SEEDS, FIND_OUT_MINUTES, Draft, Fairness, action_of, drafted_step, one_run
from ablator.plan.idea_steps import idea_step
from ablator.plan.results import Rows, score
from ablator.plan.sweeps import BY_WIDTH, LOOKED_AT, MOVED_BY, Trial, further, sweep, whole
from ablator.plan.types import Arm, Run, step_id

__all__ = ["DEFAULT_SEEDS", "Draft", "Fairness", "action_of", "draft", "drafted"]


def draft(
    study: Study, element: Element, fair: Fairness, rows: Rows | None = None, tuned: Mapping[str, Json] | None = None
) -> Draft | None:
    """The step that asks about `element`; None for a phenomenon, which can only be aimed at.

    `rows` are the results of the step so far: a sweep goes on where its best lies at an edge. `tuned` are the settings
    in which the baseline of today differs from the original one; arms start from there.
    """
    if element.lane == "noumenon":
        return None
    if element.kind == "idea":
        return idea_step(study, element, fair, tuned or {})
    if element.kind == "claim":
        return claim_step(study, element)
    return _factor(study, element, rows or {})


def drafted(study: Study, fair: Fairness, tuned: Mapping[str, Json]) -> dict[str, Draft]:
    """Where steps on ideas and claims, once drafted, are found by their element while nothing they rest on changed."""
    memo: dict[bytes, dict[str, Draft]] = kept(study, "drafts", lambda _: {})
    key = msgspec.json.encode((study.info, fair, tuned), order="sorted")
    if key not in memo:
        memo.clear()
        memo[key] = {}
    return memo[key]


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
        runs.append(one_run(sid, "find-out", "check", 1, FIND_OUT_MINUTES / MINUTES_PER_RUN * hours, study))
        notes.append("its present value is in no artefact: find that out first")
    if action == "repeat":
        count = max(2, round(element.cost_runs)) if element.cost_runs >= 1 else 3
        runs += [one_run(sid, "base", "confirm", i, cost / count, study, seed=i) for i in range(1, count + 1)]
        arm = Arm(id="base", change="the unchanged baseline again, seed by seed", seeds=count)
    elif action in {"tune", "scale"} and (tried := sweep(study, element, action)):
        words = _sweep_words(study, element, [t.value for t in tried])
        if all(t.runs is None for t in tried) and 0 < element.cost_runs < len(tried):
            words += f"; short runs, each stopped after {element.cost_runs / len(tried):.0%} of the full length"
        if tried[0].runs == 0:
            words += "; the first is the run at hand, whose result is entered"
        arm = Arm(id="sweep" if action == "tune" else "more", change=words, changes=(element.id,))
        each, minutes = element.cost_runs / len(tried), element.minutes / MINUTES_PER_RUN / len(tried)
        more = _further(study, element, f"{sid}/{arm.id}", [t.value for t in tried], rows)
        tried += more
        arm = msgspec.structs.replace(arm, trials=len(tried), to_write=True if tried[0].to_write else msgspec.UNSET)
        for i, t in enumerate(tried, 1):
            share = minutes + (each * t.factor if t.runs is None else t.runs)
            one = one_run(sid, arm.id, "tune", i, share * hours, study, overrides=t.settings, to_write=t.to_write)
            runs.append(one)
        if more:
            notes.append(f"the best value lies at the edge of the sweep, so {more[0].value:g} and beyond are tried too")
    else:
        arm = Arm(id="look", change=element.check or f"look at {title(element)}")
        runs.append(one_run(sid, arm.id, "check", 1, cost, study))
    arms: tuple[Arm, ...] = (arm,)
    if unknown and action in {"tune", "scale"}:
        arms = (Arm(id="find-out", change=f"find out the present {title(element).lower()}"), arm)
    return drafted_step(element, action, arms, runs, notes, element.check)


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
