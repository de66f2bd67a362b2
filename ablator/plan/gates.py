"""When a stage may begin: every cheap check done, little doubt left below, and the baseline tuned (planner.md)."""

from collections.abc import Iterable, Mapping

import msgspec

from ablator.core.lanes import Stage
from ablator.core.queries import title
from ablator.core.study import Study
from ablator.plan.beliefs import Belief
from ablator.plan.costs import CHEAP_RUNS, hours_per_run, is_cheap
from ablator.plan.drafts import Draft
from ablator.plan.standing import Standing
from ablator.plan.types import Gate, GateState

NAMED = 12
"""How many missing steps a gate lists by name before it counts the rest."""


class Below(msgspec.Struct, frozen=True):
    """What stands in the way of a stage: open steps below it and the doubt that they still hold."""

    open_steps: tuple[str, ...]
    open_checks: tuple[str, ...]
    doubt: float


PUSHED = 0.95
"""What evidence must have left of the base rate at most before it may settle a step (judged)."""

SHARE = 0.25
"""No single step takes more than this part of epsilon with it (judged)."""


def unlikely(
    study: Study, drafts: Iterable[Draft], table: Mapping[str, Belief], settled: Mapping[str, Standing]
) -> dict[str, str]:
    """Steps of observe and reach that evidence alone settles: step → the sentence with the figure.

    A step may be settled so when what was seen pushed its element below its base rate: by speaking against
    it, or for another. The steps that find least for their cost go first, as long as all of them together hold less
    than epsilon and each less than a quarter of it. With epsilon 0, or where no symptom was seen, none is.
    """
    epsilon = study.info.epsilon
    seen = (e for e in study.evidence.values() if e.kind == "symptom" and e.strength != 0)
    if epsilon <= 0 or next(seen, None) is None:
        return {}
    raised = [b for b in table.values() if b.reasons and b.p > b.prior]
    highest = max(raised, key=lambda b: (b.p, b.id), default=None)
    pool = []
    for d in drafts:
        belief = table.get(d.element)
        if d.stage not in {"observe", "reach"} or d.id in settled or belief is None:
            continue
        if belief.p > PUSHED * belief.prior:
            continue
        if (belief.reasons or highest is not None) and belief.p < SHARE * epsilon:
            pool.append((belief.p / max(d.cost_hours, 1e-9), d.id, belief))
    out: dict[str, str] = {}
    held = 0.0
    for _, key, belief in sorted(pool, key=lambda row: row[:2]):
        if held + belief.p >= epsilon:
            continue
        held += belief.p
        why = belief.reasons[0] if belief.reasons else ""
        if highest is not None and (not why or highest.p > 0.5):
            name = title(study.elements[highest.id])
            why = "; ".join(x for x in (why, f"what was seen points to {name} ({highest.p:.0%})") if x)
        out[key] = f"posterior {belief.p:.2%}, base rate {belief.prior:.2%}; {why}"
    if out:
        rest = f"; all that evidence settled so hold {held:.1%}, below epsilon {epsilon:g}"
        out = {key: sentence + rest for key, sentence in out.items()}
    return out


def below(
    study: Study, drafts: Iterable[Draft], table: Mapping[str, Belief], closed: Iterable[str], stages: Iterable[Stage]
) -> Below:
    """Open steps of some stages, the cheap ones among them, and the probability that they still hold."""
    done = set(closed)
    wanted = set(stages)
    open_steps = [d for d in drafts if d.stage in wanted and d.id not in done]
    cheap = [d.id for d in open_steps if d.stage != "instantiate" and is_cheap(study.elements[d.element])]
    return Below(
        tuple(d.id for d in open_steps), tuple(cheap), sum(table[d.element].p for d in open_steps if d.element in table)
    )


def gate(
    study: Study,
    stage: Stage,
    stand: Below,
    drafts: Mapping[str, Draft],
    table: Mapping[str, Belief],
    waived: Iterable[str],
    stale: Iterable[str],
) -> Gate:
    """The gate before a stage, with the rule in words and what is still missing.

    Instantiate: (a) every cheap check settled, (b) less than epsilon left in observe and reach; epsilon 0 asks for all.
    Perceive: nothing open below.
    """
    epsilon = study.info.epsilon
    names = {k: f"{k} ({title(study.elements[d.element])})" for k, d in drafts.items()}
    if stage == "instantiate":
        rule = (
            (
                f"every check of at most {CHEAP_RUNS:g} run has a verdict or a waiver",
                f"less than {epsilon:g} of the probability is left in observe and reach",
                "the noise is known and the baseline is tuned before any verdict on an idea",
            )
            if epsilon > 0
            else ("every step of observe and reach has a verdict or a waiver (epsilon is 0)",)
        )
        if epsilon > 0:
            missing = [names[k] for k in stand.open_checks]
            if stand.doubt >= epsilon:
                missing.append(
                    f"{stand.doubt:.0%} of the probability is still in observe and reach "
                    f"({len(stand.open_steps)} open steps)"
                )
        else:
            missing = [names[k] for k in stand.open_steps]
    else:
        rule = ("every step of observe, reach and instantiate has a verdict or a waiver",)
        missing = [names[k] for k in stand.open_steps]
    if len(missing) > NAMED:
        missing = [*missing[:NAMED], f"and {len(missing) - NAMED} more"]
    state = _state(missing, waived, stale)
    sentence = _sentence(study, stage, state, stand, drafts, table)
    return Gate(stage=stage, state=state, open_when=rule, missing=tuple(missing), sentence=sentence)


def _sentence(
    study: Study,
    stage: Stage,
    state: GateState,
    stand: Below,
    drafts: Mapping[str, Draft],
    table: Mapping[str, Belief],
) -> str:
    """What keeps the gate closed and the cheapest way on; for an open gate, what is left below it."""
    if state in {"open", "waived"}:
        how = "with waivers" if state == "waived" else "by verdicts"
        return f"The gate before {stage} is open {how}; {stand.doubt:.0%} of the probability is left below it."
    hours = hours_per_run(study.info)

    def bundle(keys: Iterable[str]) -> tuple[float, float]:
        chosen = [drafts[k] for k in keys]
        held = {d.element: table[d.element].p for d in chosen if d.element in table}
        return sum(d.cost_hours for d in chosen) / hours, sum(held.values())

    wanted = stand.open_checks if stand.open_checks and study.info.epsilon > 0 else stand.open_steps
    runs, held = bundle(wanted)
    first = min(wanted, key=lambda k: (drafts[k].cost_hours, k))
    what = "cheap checks have" if stand.open_checks and study.info.epsilon > 0 else "steps below it have"
    return (
        f"The gate before {stage} is {state}: {len(wanted)} {what} no verdict ({_runs(runs)}, {held:.0%} of the "
        f"doubt) and {stand.doubt:.0%} of the doubt is left below; the cheapest way on is {first} "
        f"({_runs(drafts[first].cost_hours / hours)})."
    )


def _runs(n: float) -> str:
    """A number of full training runs, to two digits below 100."""
    return f"{n:.0f} runs" if n >= 100 else f"{n:.2g} {'run' if n <= 1 else 'runs'}"


def _state(missing: list[str], waived: Iterable[str], stale: Iterable[str]) -> GateState:
    if missing:
        return "stale" if list(stale) else "closed"
    return "waived" if list(waived) else "open"
