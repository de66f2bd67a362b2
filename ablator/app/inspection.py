"""What there is to know of an element, as sections of lines, some of which lead to other elements or to steps."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from ablator.app.plain import number, one_line, share, span
from ablator.app.words import lane_name, said
from ablator.core.elements import Element, Source
from ablator.core.queries import falls_with, interacting, requirements, targets_of, title
from ablator.core.study import Study
from ablator.plan.types import CLOSED, Plan, Step


@dataclass(frozen=True, slots=True)
class Line:
    """One line of plain text; it may lead to an element or to a step."""

    text: str
    element: str = ""
    step: str = ""
    muted: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """Lines under a head."""

    head: str
    lines: tuple[Line, ...]


STATUSES: Mapping[str, Any] = {
    "read": QT_TRANSLATE_NOOP("Inspection", "Read from an artefact"),
    "default": QT_TRANSLATE_NOOP("Inspection", "Default of the model type"),
    "Inferred": QT_TRANSLATE_NOOP("Inspection", "inferred"),
    "unknown": QT_TRANSLATE_NOOP("Inspection", "Unknown: find out first"),
    "added": QT_TRANSLATE_NOOP("Inspection", "Added by a person"),
}


def sections(study: Study, plan: Plan | None, element_id: str) -> list[Section]:
    """Everything about one element; sections without lines are left out. Raises KeyError for an unknown element."""
    e = study.elements[element_id]
    steps = plan.steps_of(element_id) if plan else []
    parts: list[tuple[str, Iterable[Line]]] = [
        (_said("What it is"), _what(study, e)),
        (_said("Seen in"), [Line(one_line(x, 400)) for x in e.from_] or [Line(_said("no artefact"), muted=True)]),
        (_said("Is it the culprit?"), _belief(steps)),
        (_said("Evidence"), _evidence(study, e, steps)),
        (_said("Requires"), _requires(study, e)),
        (_said("Falls if this goes"), _links(study, falls_with(study, [e.id])) if e.kind == "idea" else ()),
        (_said("Confounded by"), _links(study, interacting(study, e.id))),
        (_said("Must be re-tuned with it"), _links(study, targets_of(study, "retunes").get(e.id, ()))),
        (_said("Needs first"), _links(study, targets_of(study, "needs").get(e.id, ()))),
        (_said("Re-opens when it changes"), _links(study, targets_of(study, "reopens").get(e.id, ()))),
        (_said("Alternatives"), _alternatives(plan, e, steps)),
        (_said("Challengers"), [Line(_challenger(c.counter_claim, c.paper, c.year)) for c in e.challengers]),
        (_said("Instantiated by"), _links(study, _sources_of(study, e.id, "instantiates"))),
        (_said("Sources"), [Line(_citation(s)) for s in e.sources]),
    ]
    made = [Section(head, tuple(lines)) for head, lines in parts]
    return [s for s in made if s.lines]


def summary(study: Study, plan: Plan | None, ids: Sequence[str]) -> list[Section]:
    """What several selected elements have in common: lanes, share of parameters, hours, and what falls with them."""
    rows = [study.elements[k] for k in ids]
    lanes: dict[str, int] = {}
    for e in rows:
        lanes[e.lane] = lanes.get(e.lane, 0) + 1
    facts = [Line(f"{lane_name(lane)}: {count}") for lane, count in lanes.items()]
    parameters = sum(e.parameters or 0 for e in rows)
    if parameters:
        facts.append(Line(_said("{0} parameters").format(number(parameters))))
    steps = [s for k in ids for s in plan.steps_of(k)] if plan else []
    left = [s for s in steps if s.state not in CLOSED]
    if steps:
        text = _said("{0} of {1} steps are open, {2}")
        facts.append(Line(text.format(len(left), len(steps), span(sum(s.cost_hours for s in left)))))
        facts.append(Line(_said("together {0} of the probability").format(share(sum(s.probability for s in left)))))
    ideas = [e.id for e in rows if e.kind == "idea"]
    made = [
        Section(_said("Together"), tuple(facts)),
        Section(_said("Fall if these go"), tuple(_links(study, falls_with(study, ideas))) if ideas else ()),
        Section(_said("Selected"), tuple(_links(study, ids))),
    ]
    return [s for s in made if s.lines]


def _what(study: Study, e: Element) -> Iterable[Line]:
    yield Line(f"{said(e.kind).capitalize()}  ·  {lane_name(e.lane)}")
    if e.slot:
        yield Line(_said("Fills the slot {0}").format(e.slot.replace("_", " ")))
    yield Line(_said(STATUSES[e.status]))
    if e.present is False:
        yield Line(_said("The model does not have it."))
    elif e.present is None:
        yield Line(_said("Nothing tells whether the model has it."))
    if e.parameters:
        of_all = f" ({share(e.parameter_share)})" if e.parameter_share is not None else ""
        yield Line(_said("{0} parameters").format(number(e.parameters)) + of_all)
    if e.blocks:
        yield Line(_said("In {0} equal blocks").format(e.blocks))
    for claim in targets_of(study, "instantiates").get(e.id, ()):
        yield Line(_said("Instantiates: {0}").format(title(study.elements[claim])), element=claim)
    if e.decisive:
        yield Line(_said("Decided by: {0}").format(one_line(e.decisive, 600)))


def _belief(steps: Sequence[Step]) -> Iterable[Line]:
    for s in steps:
        yield Line(_said("Step {0}: {1}").format(s.order, one_line(s.question, 300)), step=s.id)
        if s.verdict or s.state == "waived":
            yield Line(
                f"{said(s.verdict or s.state).capitalize()}: {one_line(s.reason, 600) or _said('no reason given')}"
            )
        else:
            yield Line(_said("{0}; {1}").format(share(s.probability), said(s.state)))
        yield from (Line(part, muted=True) for part in one_line(s.why, 800).split("; "))


def _evidence(study: Study, e: Element, steps: Sequence[Step]) -> Iterable[Line]:
    mine = {s.id for s in steps}
    for key in sorted(study.evidence):
        row = study.evidence[key]
        if row.kind == "result" and row.run.partition("/")[0] in mine:
            values = ", ".join(f"{k} {number(v)}" for k, v in sorted(row.metrics.items()))
            yield Line(f"{one_line(row.run, 120)}: {values or said(row.state)}")
        elif row.element == e.id:
            yield Line(one_line(f"{row.name}: {row.value}  ({row.source})", 400))
        elif row.kind == "symptom" and row.strength != 0 and isinstance(row.value, dict) and e.id in row.value:
            yield Line(one_line(f"{row.note or row.name}", 400))
    for s in steps:
        for d in study.decisions_on(s.id):
            word = said(d.verdict) if d.verdict else said("waived") if d.kind == "waiver" else d.kind
            yield Line(one_line(f"{d.date[:10]}  {d.author}: {word}. {d.reason}", 600), muted=True)


def _requires(study: Study, e: Element) -> Iterable[Line]:
    need = requirements(study).get(e.id)
    for group in need.groups if need else ():
        known = [k for k in group if k in study.elements]
        for n, key in enumerate(known):
            word = _said("or {0}") if n else "{0}"
            yield Line(word.format(title(study.elements[key])), element=key)


def _links(study: Study, ids: Iterable[str]) -> list[Line]:
    wanted = [k for k in ids if k in study.elements]
    return [Line(title(study.elements[k]), element=k) for k in sorted(wanted, key=lambda k: title(study.elements[k]))]


def _sources_of(study: Study, target: str, kind: str) -> list[str]:
    return [r.source for r in study.relations_of(kind) if r.target == target]


def _alternatives(plan: Plan | None, e: Element, steps: Sequence[Step]) -> Iterable[Line]:
    """Arms with the hours that they cost, then alternatives that no arm tries."""
    tried: set[str] = set()
    for s in steps if e.kind == "idea" else ():
        for arm in s.arms:
            cost = sum(r.cost_hours for r in plan.runs if r.step == s.id and r.arm == arm.id) if plan else 0.0
            tried |= set(arm.adds)
            yield Line(f"{one_line(arm.change, 200)}  ·  {span(cost)}", step=s.id)
    for a in e.alternatives:
        if a.to not in tried and not any(a.to.endswith(t) or t.endswith(a.to) for t in tried):
            yield Line(one_line(f"{said(a.kind)}: {a.name or a.to}", 200), muted=True)


def _challenger(claim: str, paper: str, year: int | None) -> str:
    where = ", ".join(x for x in (one_line(paper, 200), str(year) if year else "") if x)
    return one_line(claim, 400) + (f" ({where})" if where else "")


def _citation(s: Source) -> str:
    head = ", ".join(x for x in (one_line(s.title, 300), str(s.year) if s.year else "", one_line(s.id, 100)) if x)
    return head if s.status != "memory" else f"{head} ({_said('not confirmed')})"


def _said(text: str) -> str:
    return QCoreApplication.translate("Inspection", text)
