"""Findings that one edit can mend, and that edit."""

from collections.abc import Callable

from ablator.core import edits
from ablator.core.change import Change
from ablator.core.checks import Finding
from ablator.core.study import Study
from ablator.plan.types import Plan

Mend = Callable[[Study], Change]


def mend_of(study: Study, finding: Finding) -> Mend | None:
    """The edit that mends a finding; None where a person must choose.

    What points at nothing is taken out: relations with a missing end, evidence and decisions about what is not there.
    """
    table, _, row = finding.place.partition("/")
    if table == "relations" and row in study.relations:
        r = study.relations[row]
        if r.source not in study.elements or r.target not in study.elements:
            return lambda s: edits.unrelate(s, row)
    if finding.code == "ABL505" and table == "evidence" and row in study.evidence:
        return lambda s: edits.forget_evidence(s, [row])
    if finding.code == "ABL506" and table == "decisions" and row in study.decisions:
        return lambda s: edits.undecide(s, row)
    return None


def element_of(study: Study, plan: Plan | None, finding: Finding) -> str | None:
    """The element to select for a finding, which may name a step or a row instead; None where it is about none."""
    words = [finding.element, finding.place, finding.place.partition("/")[2]]
    for word in words:
        if word in study.elements:
            return word
        step = plan.step(word) if plan and word else None
        if step is not None:
            return step.element
        if word in study.relations:
            return study.relations[word].source
        if word in study.decisions and study.decisions[word].element in study.elements:
            return study.decisions[word].element
    return None
