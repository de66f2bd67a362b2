"""When a stage may begin: every cheap check done, little doubt left below, and the baseline tuned (planner.md)."""

from collections.abc import Iterable, Mapping

import msgspec

from ablator.core.elements import Element, Evidence
from ablator.core.lanes import Stage
from ablator.core.queries import title
from ablator.core.study import Study
from ablator.library import library
from ablator.plan.beliefs import Belief
from ablator.plan.costs import CHEAP_RUNS, hours_per_run, is_cheap
from ablator.plan.drafts import Draft, action_of
from ablator.plan.precedence import NOISE
from ablator.plan.standing import Standing
from ablator.plan.types import Gate, GateState

NAMED = 12
"""How many missing steps a gate lists by name before it counts the rest."""


class Below(msgspec.Struct, frozen=True):
    """What stands in the way of a stage: open steps below it and the doubt that they still hold."""

    open_steps: tuple[str, ...]
    open_checks: tuple[str, ...]
    doubt: float


SPOKEN = 2 / 3
"""What its own evidence must have left of a factor at most before it may be settled while its value is unknown
(judged: less is a hint, not an answer)."""

STRONG = 0.5
"""From this posterior on, what was seen speaks strongly for another element."""


RAISED = 1.5
"""What was seen speaks for another element where it raised that one this far above its base rate (judged)."""

BESIDE = 0.9
"""Where a posterior lies further below what a step's own evidence leaves, what speaks for others is named, too."""


def unlikely(
    study: Study,
    drafts: Iterable[Draft],
    table: Mapping[str, Belief],
    settled: Mapping[str, Standing],
    noise_known: bool,
) -> dict[str, str]:
    """Steps of observe and reach that evidence alone settles: step → the sentence with the figure.

    planner.md: "Factors below their share of epsilon become `unlikely` with the figure and the evidence that put them
    there." Epsilon is the doubt that may be left below the gate, so it is spent where it saves most: the steps that
    find least for their cost go first, as long as all of them together hold less than epsilon. No step goes

    - for which evidence speaks: what was seen raised it, or a person did;
    - unless evidence speaks against it or, clearly, for another element;
    - whose value is unknown ("Nothing unknown counts as settled"), unless evidence speaks against it itself, or
      strongly for another element;
    - that measures the noise, as long as that is not known ("all else leans on it"; "no verdict on a difference before
      the noise is known").

    With epsilon 0, or where no symptom of a run was seen, none goes: a model alone shows nothing that happened.
    """
    epsilon = study.info.epsilon
    if epsilon <= 0 or not any(shows_a_run(e) for e in study.evidence.values()):
        return {}
    raised = (b for b in table.values() if b.ratio > 1 and b.p > b.prior)
    highest = max(raised, key=lambda b: (b.p, b.id), default=None)
    pool = []
    for d in drafts:
        belief = table.get(d.element)
        if d.stage not in {"observe", "reach"} or d.id in settled or belief is None or belief.ratio > 1:
            continue
        lowered = belief.p < belief.prior or belief.ratio < 1
        if not lowered and (highest is None or highest.p < RAISED * highest.prior):
            continue
        if d.element == NOISE and not noise_known:
            continue
        told = not value_unknown(study.elements[d.element]) or belief.ratio <= SPOKEN
        if told or (highest is not None and highest.p > STRONG):
            pool.append((belief.p / max(d.cost_hours, 1e-9), d.id, belief))
    out: dict[str, str] = {}
    held = 0.0
    for _, key, belief in sorted(pool, key=lambda row: row[:2]):
        if held + belief.p >= epsilon:
            continue
        held += belief.p
        own = against(belief)
        words = [own or "nothing that was seen speaks for it"]
        beside = belief.p < BESIDE * belief.prior * belief.ratio
        if highest is not None and (not own or beside or highest.p > STRONG):
            share = f"{highest.p:.0%}, base rate {highest.prior:.0%}"
            words.append(f"what was seen points to {title(study.elements[highest.id])} ({share})")
        out[key] = f"posterior {belief.p:.2%}, base rate {belief.prior:.2%}; {'; '.join(words)}"
    if out:
        rest = f"; all that evidence settled so hold {held:.1%}, below epsilon {epsilon:g}"
        out = {key: sentence + rest for key, sentence in out.items()}
    return out


def shows_a_run(row: Evidence) -> bool:
    """Whether it is a symptom that is there and that a log, settings, results or a person told, not a model alone."""
    if row.kind != "symptom" or row.strength == 0:
        return False
    symptom = library().symptoms.get(row.name)
    return row.status == "added" or symptom is None or symptom.reads != "config"


def against(belief: Belief) -> str:
    """The strongest reason that lowers a belief, an empty text where none does."""
    for reason in belief.reasons:
        _, _, factor = reason.rpartition("×")
        try:
            if float(factor) < 1:
                return reason
        except ValueError:
            return reason
    return ""


def value_unknown(element: Element) -> bool:
    """Whether the element is a factor with a value of its own to tune or scale that no artefact told.

    A test that only trains once more, such as reproducing a known result, sets none.
    """
    return (
        element.kind == "factor"
        and element.status == "unknown"
        and element.value is None
        and (element.range is not None or bool(element.keys))
        and action_of(element) in {"tune", "scale"}
    )


def below(
    study: Study,
    drafts: Iterable[Draft],
    table: Mapping[str, Belief],
    closed: Iterable[str],
    unsure: Iterable[str],
    stages: Iterable[Stage],
) -> Below:
    """Open steps of some stages, the cheap ones among them, and the probability that is left in these stages.

    `unsure` are closed steps that evidence alone settled: what they hold is doubt that is left, too. An element counts
    once, however many steps ask about it.
    """
    done, held = set(closed), set(unsure)
    wanted = set(stages)
    mine = [d for d in drafts if d.stage in wanted and (d.id not in done or d.id in held)]
    open_steps = [d for d in mine if d.id not in done]
    cheap = [d.id for d in open_steps if d.stage != "instantiate" and is_cheap(study.elements[d.element])]
    left = sum(table[key].p for key in dict.fromkeys(d.element for d in mine) if key in table)
    return Below(tuple(d.id for d in open_steps), tuple(cheap), left)


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

    checks = bool(stand.open_checks) and study.info.epsilon > 0
    wanted = stand.open_checks if checks else stand.open_steps
    runs, held = bundle(wanted)
    first = min(wanted, key=lambda k: (drafts[k].cost_hours, k))
    what = "cheap checks have" if checks else "steps below it have"
    do_all = "do all cheap checks" if checks else "do all of them"
    return (
        f"The gate before {stage} is {state}: {len(wanted)} {what} no verdict and {stand.doubt:.0%} of the doubt is "
        f"left below; {do_all}: {_runs(runs)}, {held:.0%} of the doubt; the cheapest way on is {first} "
        f"({_runs(drafts[first].cost_hours / hours)})."
    )


def _runs(n: float) -> str:
    """A number of full training runs, to two digits below 100."""
    return f"{n:.0f} runs" if n >= 100 else f"{n:.2g} {'run' if n <= 1 else 'runs'}"


def _state(missing: list[str], waived: Iterable[str], stale: Iterable[str]) -> GateState:
    if missing:
        return "stale" if list(stale) else "closed"
    return "waived" if list(waived) else "open"
