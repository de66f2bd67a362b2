"""Symptoms to tick and the culprits that they point at, both read from the study and its plan."""

from collections.abc import Mapping
from dataclasses import dataclass

from ablator.core import edits
from ablator.core.change import Change
from ablator.core.study import Study
from ablator.plan.types import CLOSED, Plan

SHOWN = 20
"""Culprits that are listed."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """A symptom as a person would say it; `seen` where the study holds it, `source` says where from."""

    id: str
    says: str
    reads: str
    seen: bool
    source: str


@dataclass(frozen=True, slots=True)
class Culprit:
    """An element with the probability that it is the main culprit, why, its rank, and how many places it moved up."""

    element: str
    p: float
    why: str
    rank: int
    moved: int


def row_of(study: Study, symptom: str) -> str | None:
    """Id of the evidence that says a symptom is present; None where it is not."""
    for key, row in study.evidence.items():
        if row.kind == "symptom" and row.name == symptom and (row.strength is None or row.strength > 0):
            return key
    return None


def complaints(study: Study) -> list[Complaint]:
    """All symptoms of the library, those that the study holds first."""
    from ablator.library import library

    out = []
    for key, s in library().symptoms.items():
        row = row_of(study, key)
        out.append(Complaint(key, s.says or s.name, s.name, row is not None, study.evidence[row].source if row else ""))
    return sorted(out, key=lambda c: (not c.seen, c.says.casefold()))


def tick(study: Study, symptom: str, present: bool) -> Change:
    """Say that a symptom is there, or that it is not; raises EditRefused for an unknown one."""
    from ablator.api import author_name, now
    from ablator.core.errors import EditRefused
    from ablator.diagnose.evidence import said_row
    from ablator.library import library

    if symptom not in library().symptoms:
        raise EditRefused(f"the library knows no symptom {symptom!r}")
    row = row_of(study, symptom)
    if not present:
        return edits.forget_evidence(study, [row]) if row else Change("")
    made = said_row(symptom, study.elements, author_name(), now())
    return edits.record_evidence(study, [made], label=f"Tick {library().symptoms[symptom].name}")


def culprits(plan: Plan | None, before: Mapping[str, int]) -> list[Culprit]:
    """The likeliest culprits of a plan; `before` holds the ranks of an earlier one, to tell what moved."""
    out = []
    for key, rank in list(ranks(plan).items())[:SHOWN]:
        step = next(s for s in plan.steps_of(key)) if plan else None
        if step is not None:
            out.append(Culprit(key, step.probability, _reason(step.why), rank, before.get(key, rank) - rank))
    return out


def _reason(why: str) -> str:
    """A step's sentence without its probability, which stands beside it: the reasons first, then the cost."""
    first, _, reasons = why.partition("; ")
    if not first.startswith("the culprit with probability"):
        return why
    return "; ".join(part for part in (reasons, first.partition(", ")[2]) if part)


def ranks(plan: Plan | None) -> dict[str, int]:
    """Element → its rank by probability, likeliest first; ties by id. Settled elements are left out."""
    best: dict[str, float] = {}
    for s in plan.steps if plan else ():
        if s.state not in CLOSED:
            best[s.element] = max(best.get(s.element, 0.0), s.probability)
    return {k: n for n, k in enumerate(sorted(best, key=lambda k: (-best[k], k)), 1)}
