"""How the baseline of today stands to the target, and what it would need where nothing can be done now."""

from collections.abc import Mapping, Sequence

from ablator.core.elements import Evidence, Info
from ablator.core.queries import title
from ablator.core.study import Study
from ablator.plan.baseline import adoptions
from ablator.plan.compare import mean
from ablator.plan.results import Rows, newest, score
from ablator.plan.standing import order_of
from ablator.plan.tuning import Fix
from ablator.plan.types import AGAIN, CLOSED, Plan, Step
from ablator.plan.upcoming import upcoming

AA = "repeat-noise-floor"

NAMED = 4
"""Steps or claims that the outlook lists by name."""


def stands_at(study: Study, results: Mapping[str, Rows], fixes: Mapping[str, Fix]) -> float | None:
    """The metric of today's baseline: what was measured of it last, else what the study says; None if nothing does.

    Fresh seeds count before single trials: a repeat after a fix, the seeds of an adopted arm, the best trial of a step
    that was fixed, the A/A repeats.
    """
    info = study.info
    found: list[tuple[str, int, float]] = []

    def seeds(rank: int, rows: Mapping[str, Evidence], since: str = "") -> None:
        values = [v for k in sorted(rows) if (v := score(info, rows[k])) is not None]
        if values:
            found.append((max(newest(rows.values()), since), rank, mean(values)))

    for key in sorted(results):
        if key == AA or key.startswith(AGAIN):
            seeds(0 if key == AA else 3, results[key])
    for key, fix in sorted(fixes.items()):
        best = max((v for row in results.get(key, {}).values() if (v := score(info, row)) is not None), default=None)
        if best is not None:
            found.append((fix.date, 1, best))
    for d in adoptions(study):
        front = f"{d.step}/{d.arm}/s"
        rows = {k: r for k, r in results.get(d.step, {}).items() if k.startswith(front)}
        seeds(2, rows, order_of(d)[0])
    if not found:
        return info.baseline
    value = max(found)[2]
    return -value if info.goal == "min" else value


def misses(info: Info, value: float | None) -> bool | None:
    """Whether a value misses the study's target; None where either is not known."""
    if info.target is None or value is None:
        return None
    return value > info.target if info.goal == "min" else value < info.target


def missed_words(info: Info, value: float | None) -> str:
    """The target and how today's baseline misses it; an empty text where it does not, or nobody can tell."""
    if not misses(info, value) or value is None or info.target is None:
        return ""
    return f"{info.metric or 'the metric'} stands at {value:.4g} and misses the target of {info.target:g}"


def outlook(study: Study, plan: Plan, value: float | None, doubted: Mapping[str, str]) -> str:
    """One paragraph: the target is met; or, where nothing can be done now, that it is not and what it would need.

    An empty text while there is something to do, and where the study names no target and nothing is held up.
    """
    info = study.info
    ready = upcoming(plan)
    asked = {r.step for r in ready.runs}
    free = [s for s in ready.steps if not s.runs or s.id in asked]
    missed = misses(info, value)
    if missed is False and value is not None:
        return f"The target of {info.target:g} is met: {info.metric or 'the metric'} stands at {value:.4g}."
    if free or not plan.steps:
        return ""
    open_steps = [s for s in plan.steps if s.state not in CLOSED]
    if not open_steps and missed is None:
        return ""
    head = "Nothing can be done now"
    if missed:
        head += f", and {missed_words(info, value)}"
    elif info.target is None:
        head += ", and the study names no target"
    else:
        head += f", and nobody has said where {info.metric or 'the metric'} stands"
    return f"{head}. {_needs(study, plan, open_steps, doubted)}"


def _needs(study: Study, plan: Plan, open_steps: Sequence[Step], doubted: Mapping[str, str]) -> str:
    """What would bring a study on in which nothing is ready."""
    needs = []
    stuck = [s.id for s in open_steps if s.verdict in {"undecided", "inconclusive"} or s.state == "running"]
    if stuck:
        needs.append(
            f"{_listed(stuck)} {'has' if len(stuck) == 1 else 'have'} all results and no verdict: more seeds, a larger "
            "effect of interest, or a verdict of yours"
        )
    waived = [s.id for s in plan.steps if s.state == "waived"]
    if waived:
        needs.append(f"{_listed(waived)} {'was' if len(waived) == 1 else 'were'} waived and not looked at")
    held = {s.element for s in plan.steps if s.state == "done" and s.verdict == "unlikely"}
    if held:
        needs.append(
            f"{len(held)} {'step was' if len(held) == 1 else 'steps were'} settled by evidence alone: a smaller "
            "epsilon asks for a look"
        )
    claims = [title(study.elements[k]) for k in sorted(doubted)]
    if claims:
        needs.append(
            f"{_listed(claims)} {'is' if len(claims) == 1 else 'are'} in question: state a new claim, and build the "
            "instrument whose outcome it and the old one predict differently"
        )
    if not needs:
        needs.append(
            "every question of the study has an answer, so the model as it is described here does not hold what is "
            "missing: add ideas or factors that no artefact showed, new symptoms, or a new claim with its instrument"
        )
    return "What it would need: " + "; ".join(needs) + "."


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
