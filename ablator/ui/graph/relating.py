"""Which relations fit between two cards while a person draws a line, or why none does."""

from typing import NamedTuple, get_args

from ablator.core.edits import ENDS, why_not_related
from ablator.core.elements import RelationKind
from ablator.core.queries import title
from ablator.core.study import Study

PREFERRED: tuple[RelationKind, ...] = (
    "requires",
    "instantiates",
    "observes",
    "retunes",
    "needs",
    "interacts",
    "excludes",
    "reopens",
)
"""In this order a menu offers them."""


class Fit(NamedTuple):
    """Kinds that may be drawn; where there are none, the reason."""

    kinds: tuple[RelationKind, ...]
    reason: str


def fit(study: Study, source: str, target: str) -> Fit:
    """What may lead from source to target."""
    a, b = study.elements.get(source), study.elements.get(target)
    if a is None or b is None:
        return Fit((), "there is no such element")
    if source == target:
        return Fit((), "an element cannot relate to itself")
    meant = [k for k in PREFERRED if a.kind in ENDS[k][0] and b.kind in ENDS[k][1]]
    if not meant:
        return Fit((), _no_kind(a.kind, b.kind, title(a)))
    reasons = {k: why_not_related(study, source, target, k) for k in meant}
    return Fit(tuple(k for k in meant if reasons[k] is None), reasons[meant[0]] or "")


def _no_kind(source: str, target: str, name: str) -> str:
    """No relation leads this way; say where one would lead from here."""
    tos = sorted({to for k in get_args(RelationKind) if source in ENDS[k][0] for to in ENDS[k][1]})
    if not tos:
        return f"no relation leads from a {source}; draw it from the other end"
    return f"no relation leads from a {source} to a {target}; {name} can relate to a {' or '.join(tos)}"
