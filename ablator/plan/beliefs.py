"""How probable each element is to be the main culprit: base rates, then evidence, then verdicts."""

from collections.abc import Mapping

import msgspec

from ablator.core.elements import Decision, Element
from ablator.core.study import Study
from ablator.diagnose.likelihood import likelihoods

SHARES: Mapping[str, float] = {"observation": 0.2, "reachability": 0.6, "instantiation": 0.15, "perception": 0.05}
"""How the prior is split over the lanes (library/factors.yaml: shares, judged)."""

SETTLED = 0.02
"""What is left of an element's weight once its own step found nothing: tests are not perfect (judged)."""

CLEARED = 0.3
"""What is left of a factor's weight when a check that would have shown it passed (judged)."""

LEAST_PRIOR = 0.001
"""Base rate of an element that has none of its own, such as one that a person added (judged)."""


class Belief(msgspec.Struct, frozen=True):
    """Probability `p` of being the main culprit, its base rate `prior` on the same scale, and what moved it."""

    id: str
    p: float
    prior: float
    reasons: tuple[str, ...] = ()
    weight: float = 0.0
    """`p` before it is made to sum to 1: what a verdict on another element leaves as it is."""
    ratio: float = 1.0
    """How far evidence and verdicts moved its weight from the base rate: below 1 they speak against it."""


def beliefs(study: Study, standing: Mapping[str, Decision]) -> dict[str, Belief]:
    """The posterior over all elements that can be a culprit; sums to 1.

    `standing` maps an element to the verdict that holds on it now. Priors are scaled to their lane's share, then
    multiplied by the likelihoods of what was seen, by `SETTLED` where the element's own step is settled and by
    `CLEARED` where a passed check speaks for it. A person's own belief (`belief` decision) replaces the result.
    """
    prior = _priors(study)
    weight = dict(prior)
    reasons: dict[str, list[tuple[float, str]]] = {k: [] for k in prior}
    for key, terms in likelihoods(study).items():
        for factor, sentence in terms:
            if key in weight:
                weight[key] *= factor
                reasons[key].append((factor, sentence))
    for key, decision in sorted(standing.items()):
        if key not in weight or decision.verdict == "unlikely":
            continue
        weight[key] *= SETTLED
        reasons[key].append((SETTLED, f"its step has the verdict {decision.verdict}"))
        if decision.verdict == "fine":
            for target in study.elements[key].detects:
                if target in weight and target not in standing:
                    weight[target] *= CLEARED
                    reasons[target].append((CLEARED, f"{study.elements[key].name or key} passed"))
    total = sum(weight.values()) or 1.0
    out = {
        k: Belief(k, weight[k] / total, prior[k], _strongest(reasons[k]), weight[k], weight[k] / prior[k])
        for k in sorted(prior)
    }
    return _overridden(study, out)


def _priors(study: Study) -> dict[str, float]:
    """Base rates, scaled so that each lane that has any holds its share of 1."""
    by_lane: dict[str, dict[str, float]] = {}
    for key, element in study.elements.items():
        if element.lane in SHARES:
            by_lane.setdefault(element.lane, {})[key] = max(_prior_of(element), 1e-6)
    whole = sum(SHARES[lane] for lane in by_lane) or 1.0
    out: dict[str, float] = {}
    for lane, row in by_lane.items():
        total = sum(row[k] for k in sorted(row))
        for key in sorted(row):
            out[key] = SHARES[lane] / whole * row[key] / total
    return dict(sorted(out.items()))


def _prior_of(element: Element) -> float:
    return element.prior if element.prior > 0 else LEAST_PRIOR


def _strongest(terms: list[tuple[float, str]]) -> tuple[str, ...]:
    """The three terms that moved it most, each with its factor."""
    import math

    ranked = sorted(terms, key=lambda t: (-abs(math.log(t[0])), t[1]))[:3]
    return tuple(f"{sentence}: ×{factor:.2g}" for factor, sentence in ranked)


def _overridden(study: Study, table: dict[str, Belief]) -> dict[str, Belief]:
    """A person's own probability for an element; the others share what is left in proportion."""
    own: dict[str, Decision] = {}
    for d in sorted(study.decisions.values(), key=lambda d: (d.date, d.id)):
        if d.kind == "belief" and d.element in table and isinstance(d.value, int | float) and 0 <= d.value <= 1:
            own[d.element] = d
    if not own:
        return table
    fixed = sum(float(d.value) for d in own.values())
    scale = max(fixed, 1.0)
    rest = sum(b.p for k, b in table.items() if k not in own) or 1.0
    left = max(1.0 - fixed / scale, 0.0)
    out = {}
    for key, b in table.items():
        if key in own:
            reason = f"{own[key].author or 'a person'} says so: {own[key].reason}".rstrip(": ")
            p = float(own[key].value) / scale
            out[key] = Belief(key, p, b.prior, (reason,), p, p / b.prior)
        else:
            p = b.p / rest * left
            out[key] = msgspec.structs.replace(b, p=p, weight=p)
    return out
