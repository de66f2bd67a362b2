"""Why a step stands where it stands, in a few sentences a person can check."""

from collections.abc import Mapping, Sequence

from ablator.core.queries import interacting, title
from ablator.core.study import Study
from ablator.plan.beliefs import Belief
from ablator.plan.changes import words_of
from ablator.plan.draft import Draft
from ablator.plan.standing import Standing
from ablator.plan.types import CLOSED, SHUT, Gate, StepState

NAMED = 6
"""Steps that a reason lists by name before it counts the rest."""

MOVED = 1.1
"""From this ratio of a probability to its base rate on, the reason says that it moved."""


LEAST = 0.0001
"""Below this a quantity is not told any closer."""

THOUSAND = 1000
"""From here on a quantity is told in whole units."""


def moved(belief: Belief | None) -> list[str]:
    """What evidence made of a probability: its base rate, and what raised or lowered it."""
    if belief is None:
        return []
    ratio = belief.p / belief.prior if belief.prior > 0 else 1.0
    if not 1 / MOVED < ratio < MOVED:
        way = "up" if ratio > 1 else "down"
        if belief.reasons:
            return [f"{way} from a base rate of {belief.prior:.1%}", "; ".join(belief.reasons)]
        why = "others were cleared" if ratio > 1 else "what was seen speaks for others"
        return [f"{way} from a base rate of {belief.prior:.1%}, as {why}"]
    return ["; ".join(belief.reasons)] if belief.reasons else []


def stood(study: Study, standing: Standing | None) -> list[str]:
    """What re-opened a step that had a verdict, or what its last word left open."""
    if standing is None:
        return []
    if standing.state == "stale":
        names = ", ".join(words_of(study, k) for k in standing.because)
        return [f"open again: {names} changed after its verdict ({standing.decision.verdict})"]
    if standing.state == "open" and standing.decision.verdict:
        reason = standing.decision.reason
        return [f"{standing.decision.verdict} so far" + (f": {reason}" if reason else "")]
    return []


def freed(after: Sequence[str], standing: Mapping[str, Standing], state: StepState) -> list[str]:
    """The verdict that let a step start: the last of those it waited for."""
    ended = [(standing[k].decision.date, k) for k in after if k in standing]
    if state not in {"ready", "running"} or not ended:
        return []
    last = max(ended)[1]
    word = standing[last].decision.verdict or "waived"
    return [f"free since {last} is {word}"]


def held_back(after: Sequence[str], gate: Gate | None, stage: str, state: StepState) -> list[str]:
    """What a locked step waits for: steps that are still open, and the gate before its stage."""
    if state != "locked":
        return []
    out = []
    if after:
        more = f" and {len(after) - NAMED} more" if len(after) > NAMED else ""
        out.append("after " + ", ".join(after[:NAMED]) + more)
    if gate is not None and gate.state in SHUT:
        out.append(f"the gate before {stage} is {gate.state}")
    return out


def confounded(study: Study, d: Draft) -> list[str]:
    """Present ideas that blur a change of this one alone."""
    if d.stage != "instantiate" or d.action == "isolate":
        return []
    mixed = [k for k in interacting(study, d.element) if study.elements[k].present is True]
    return ["confounded by " + ", ".join(title(study.elements[k]) for k in mixed[:4])] if mixed else []


def worth(p: float, runs: float, state: StepState) -> str:
    """What a step finds and costs; `runs` in full trainings."""
    if state in CLOSED:
        return "settled"
    return f"the culprit with probability {p:.1%}, for the cost of {full_runs(runs)}"


def full_runs(runs: float) -> str:
    """A cost in words, in trainings of full length: `1 full run`, `0.023 full runs`."""
    text = plain(runs, 2)
    return f"{text} full run" if text == "1" else f"{text} full runs"


def plain(value: float, digits: int = 3) -> str:
    """A quantity for people, to so many digits and never with an exponent: `1,220`, `0.023`, `under 0.0001`."""
    if 0 < value < LEAST:
        return f"under {LEAST}"
    text = f"{value:.{digits}g}"
    return f"{value:,.0f}" if "e" in text or abs(value) >= THOUSAND else text
