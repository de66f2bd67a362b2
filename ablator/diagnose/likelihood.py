"""What the evidence of a study says about each element, as likelihood ratios with a sentence each."""

from collections.abc import Mapping

from ablator.core.elements import Element
from ablator.core.study import Study

Term = tuple[float, str]
"""(likelihood ratio, the sentence that explains it)."""

OUT_OF_RANGE = 3.0
"""A setting outside the usual range of its factor makes it this much likelier (judged)."""


def likelihoods(study: Study) -> Mapping[str, list[Term]]:
    """Per element the terms that what was seen contributes; elements on which nothing speaks are left out."""
    out: dict[str, list[Term]] = {}
    for key in sorted(study.elements):
        term = _range_term(study.elements[key])
        if term:
            out.setdefault(key, []).append(term)
    for eid in sorted(study.evidence):
        row = study.evidence[eid]
        if row.kind != "symptom" or not isinstance(row.value, dict):
            continue
        for key, ratio in sorted(row.value.items()):
            if key in study.elements and isinstance(ratio, int | float) and 0 < ratio < float("inf"):
                out.setdefault(key, []).append((float(ratio), row.name or eid))
    return out


def _range_term(element: Element) -> Term | None:
    """A setting outside the sane bounds of its factor."""
    span, value = element.range, element.value
    if (
        span is None
        or span.unit.startswith("multiple of")
        or isinstance(value, bool)
        or not isinstance(value, int | float)
    ):
        return None
    if span.low is not None and value < span.low:
        return OUT_OF_RANGE, f"{value:g} lies below the usual range from {span.low:g}"
    if span.high is not None and value > span.high:
        return OUT_OF_RANGE, f"{value:g} lies above the usual range up to {span.high:g}"
    return None
