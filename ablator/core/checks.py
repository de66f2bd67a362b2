"""Rules of the document itself (ABL5xx): what `check` says about a study's tables before any plan is made."""

import re

import msgspec

from ablator.core.queries import kept, requirement_cycle, title
from ablator.core.study import Study, base_id


class Finding(msgspec.Struct, frozen=True):
    """A code such as `ABL501`, the place, a sentence and a mend."""

    code: str
    place: str
    sentence: str
    mend: str
    element: str = ""
    """The element or step to select when a person clicks it."""


def document_findings(study: Study) -> list[Finding]:
    """Cycles, dangling ends, orphans, clashes and unknown ids, sorted by code and place."""
    out = [*kept(study, "graph findings", _graph_findings), *_unknown(study), *_unsolved(study)]
    return sorted(out, key=lambda f: (f.code, f.place))


def _graph_findings(study: Study) -> list[Finding]:
    return [*_cycles(study), *_dangling(study), *_orphans(study), *_clashes(study)]


def _cycles(study: Study) -> list[Finding]:
    out = []
    for kind in ("requires", "needs"):
        cycle = requirement_cycle(study, kind)
        if cycle:
            out.append(
                Finding(
                    "ABL501",
                    f"relations/{cycle[0]} {kind} {cycle[1 % len(cycle)]}",
                    f"these stand on each other in a circle: {' → '.join([*cycle, cycle[0]])}",
                    "remove the relation that is least true",
                    cycle[0],
                )
            )
    return out


def _dangling(study: Study) -> list[Finding]:
    out = []
    for rid, r in study.relations.items():
        for end in (r.source, r.target):
            if end not in study.elements:
                out.append(
                    Finding(
                        "ABL502",
                        f"relations/{rid}",
                        f"{end} is not in the study",
                        "add the element or remove the relation",
                        end,
                    )
                )
    return out


def _orphans(study: Study) -> list[Finding]:
    """Ideas that nothing relates to cannot be placed in a plan with any meaning."""
    touched = {end for r in study.relations.values() for end in (r.source, r.target)}
    return [
        Finding(
            "ABL503",
            f"elements/{key}",
            f"{title(e)} is related to nothing",
            "say what it requires or which claim it instantiates",
            key,
        )
        for key, e in study.elements.items()
        if e.kind == "idea" and e.library is None and key not in touched
    ]


def _clashes(study: Study) -> list[Finding]:
    out = []
    for rid, r in study.relations.items():
        a, b = study.elements.get(r.source), study.elements.get(r.target)
        if r.kind == "excludes" and a is not None and b is not None and a.present and b.present:
            out.append(
                Finding(
                    "ABL504",
                    f"relations/{rid}",
                    f"{title(a)} excludes {title(b)}, and the model holds both",
                    "check what the artefacts say, then remove one",
                    a.id,
                )
            )
    return out


def _unknown(study: Study) -> list[Finding]:
    """Evidence and decisions that speak of elements or steps which the study does not have."""
    out = []
    words = {re.sub(r"[^a-z0-9]+", "-", base_id(k).lower()) for k in study.elements}
    for key, row in study.evidence.items():
        if row.element and row.element not in study.elements:
            out.append(
                Finding(
                    "ABL505",
                    f"evidence/{key}",
                    f"{row.element} is not in the study",
                    "add the element or take the evidence back",
                    row.element,
                )
            )
    for key, d in study.decisions.items():
        flat = re.sub(r"[^a-z0-9]+", "-", d.step.lower())
        if d.step and not any(flat.endswith(w) for w in words):
            out.append(
                Finding(
                    "ABL506",
                    f"decisions/{key}",
                    f"no step is called {d.step}",
                    "take the decision back, or add the element that it was about",
                    d.step,
                )
            )
    return out


def _unsolved(study: Study) -> list[Finding]:
    return [
        Finding(
            "ABL507",
            f"conflicts/{key}",
            f"a merge left this open ({c.kind}): {c.attribute or c.table} of {c.row or 'the study'}",
            "choose one of the two values",
            c.row if c.row in study.elements else "",
        )
        for key, c in study.conflicts.items()
    ]
