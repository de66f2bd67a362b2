"""Library rows as elements and relations of a study, which carry everything that the planner reads."""

import re
from collections.abc import Iterable, Mapping
from functools import cache

from ablator.core.elements import (
    Alternative,
    Challenger,
    Element,
    Json,
    Range,
    Relation,
    RelationKind,
    Source,
    Status,
    TwoLayerMlp,
)
from ablator.core.lanes import Kind, Lane
from ablator.core.study import base_id, site_of
from ablator.library import library
from ablator.library.types import Claim, Factor, Idea, Library

COSTS: Mapping[str, tuple[float, float]] = {
    "E0": (0.02, 30.0),
    "E1": (0.3, 30.0),
    "T1": (1.0, 30.0),
    "T2": (2.0, 30.0),
    "T3": (3.0, 45.0),
    "T4": (4.0, 45.0),
}
"""Runs and people's minutes by cost class, where the library names no cost of its own (judged)."""

IDEA_PRIOR = 0.002
"""Prior of an idea that is not among the library's usual culprits; doubled where removal collapses (judged)."""

CLAIM_PRIOR = 0.002
"""Prior of a claim that is not among the library's usual culprits (judged)."""

MATCHED: Mapping[str, str] = {"params": "parameters", "flops": "flops"}
LANES: Mapping[str, tuple[Lane, Kind]] = {
    "instantiation": ("instantiation", "idea"),
    "reachability": ("reachability", "factor"),
    "observation": ("observation", "instrument"),
}


def site_id(site: str, element_id: str) -> str:
    """`SITE/ID`, or the id alone for a model with one site."""
    return f"{site}/{element_id}" if site else element_id


@cache
def twins() -> Mapping[str, str]:
    """Idea id → id of the factor that is the same element. `capacity` only measures, `width` changes: no twins."""
    return {idea: factor for factor, idea in library().same_as_idea.items() if factor != "capacity"}


def element_for(library_id: str, *, site: str = "", status: Status = "added") -> Element:
    """The element of any library row by its id. Raises KeyError for an unknown one."""
    known = library()
    if library_id in known.factors:
        return factor_element(library_id, status=status)
    if library_id in known.claims:
        return claim_element(library_id, status=status)
    return idea_element(library_id, site=site, status=status)


def idea_element(
    idea_id: str,
    *,
    site: str = "",
    status: Status = "added",
    present: bool | None = True,
    value: Json = None,
    from_: tuple[str, ...] = (),
    parameters: int | None = None,
    parameter_share: float | None = None,
    blocks: int | None = None,
    keys: tuple[str, ...] = (),
    sizes: Mapping[str, int] | None = None,
) -> Element:
    """An idea as an element at a site. Ideas of other levels become factors or instruments; twins become the factor."""
    known = library()
    if idea_id in twins():
        return factor_element(twins()[idea_id], status=status, value=value, from_=from_, keys=keys)
    idea = known.ideas[idea_id]
    lane, kind = LANES[idea.level]
    prior, runs, minutes = _prior(known, idea)
    located = kind == "idea"
    return Element(
        id=site_id(site if located else "", idea_id),
        lane=lane,
        kind=kind,
        name=_name(idea),
        slot=idea.slot if located else None,
        is_slot=idea.is_slot,
        status=status,
        present=present,
        value=value,
        from_=from_,
        parameters=parameters,
        parameter_share=parameter_share,
        blocks=blocks,
        library=idea_id,
        category=idea.category,
        prior=prior,
        cost_runs=runs,
        minutes=minutes,
        keys=keys,
        sizes=dict(sizes or {}),
        procedure="" if located else "full-run",
        check="" if located else f"train with and without {_name(idea)}",
        alternatives=_alternatives(known, idea),
        mlp=_mlp(idea),
        collapse_risk=idea.collapse_risk,
        params_when_removed=idea.params_when_removed,
        cost_class=idea.cost_class,
        sources=_cite(idea),
        note=idea.note or "",
    )


def factor_element(
    factor_id: str,
    *,
    status: Status = "unknown",
    value: Json = None,
    from_: tuple[str, ...] = (),
    keys: tuple[str, ...] = (),
) -> Element:
    """A factor or instrument as an element; without a value it is an open question, never settled."""
    f: Factor = library().factors[factor_id]
    span = f.range
    return Element(
        id=f.id,
        lane=f.lane,
        kind="instrument" if f.lane == "observation" else "factor",
        name=f.name,
        status=status,
        value=value,
        from_=from_,
        library=f.id,
        category=f.group,
        question=f.question,
        check=f.test,
        exhausted_when=f.exhausted_when,
        predicate=f.predicate or "",
        procedure=f.procedure,
        prior=f.base_rate,
        cost_runs=f.cost_in_runs,
        minutes=f.human_minutes,
        detects=f.detects,
        keys=keys,
        range=None
        if span is None
        else Range(
            scale=span.scale,
            low=span.low,
            high=span.high,
            span=span.span,
            points=span.points or 4,
            choices=tuple(span.values),
            unit=span.unit,
            note=span.note,
        ),
        sources=tuple(citation(code) for code in f.source),
    )


def claim_element(claim_id: str, *, status: Status = "inferred") -> Element:
    """A claim as an element, with its challengers and the observation that decides."""
    known = library()
    c: Claim = known.claims[claim_id]
    culprit = known.culprits.get(f"claim:{claim_id}")
    return Element(
        id=c.id,
        lane="perception",
        kind="claim",
        name=c.claim,
        status=status,
        library=c.id,
        prior=culprit.prior if culprit else CLAIM_PRIOR,
        cost_runs=culprit.cost_in_runs if culprit else 4.0,
        minutes=culprit.human_minutes if culprit else 120.0,
        decisive=c.decisive_observation,
        challengers=tuple(
            Challenger(x.counter_claim, x.paper, x.year, x.arxiv or "", x.evidence or "", x.status)
            for x in c.challengers
        ),
        sources=(Source(c.source.paper, c.source.year, c.source.arxiv or "", c.source.status),),
        note=c.state_of_evidence or "",
    )


def phenomenon_element(phenomenon_id: str, name: str) -> Element:
    """What nature shows us of the perfect model."""
    return Element(id=phenomenon_id, lane="noumenon", kind="phenomenon", name=name, status="inferred")


def citation(code: str) -> Source:
    """The source that a code of the factors or symptoms stands for."""
    text = library().sources.get(code)
    return Source(code) if text is None else Source(text.title, text.year, text.id or "", text.status)


def relations_for(elements: Iterable[Element]) -> list[Relation]:
    """Every relation that the library knows between the given elements, sorted by id.

    Requirements, exclusions and interactions stay within one site; factors, claims and instruments have none.
    """
    return _Relating(list(elements)).all()


class _Relating:
    """The elements of one study by what they are, and the relations found so far."""

    def __init__(self, elements: list[Element]) -> None:
        self.known = library()
        self.elements = {e.id: e for e in elements}
        self.found: dict[str, Relation] = {}

    def all(self) -> list[Relation]:
        """All relations, each once."""
        events = self.known.change_events.get("architecture or idea changed", ())
        for key in sorted(self.elements):
            e = self.elements[key]
            row = base_id(key) if e.library is None else e.library
            if e.kind == "claim" and row in self.known.claims:
                self._claim(e, row)
            if row in self.known.ideas:
                self._idea(e, self.known.ideas[row])
                if e.kind == "idea":
                    for target in events:
                        self._put(key, target, "reopens")
            if row in self.known.factors:
                f = self.known.factors[row]
                for target in f.requires:
                    self._put(key, target, "needs")
                for target in f.reopens:
                    self._put(key, target, "reopens")
            if e.kind == "instrument":
                for other in self.elements.values():
                    if other.kind == "phenomenon":
                        self._put(key, other.id, "observes")
        return [self.found[k] for k in sorted(self.found)]

    def _claim(self, e: Element, claim_id: str) -> None:
        for idea in self.known.claims[claim_id].ideas:
            for other in self._everywhere(idea):
                if self.elements[other].kind == "idea":
                    self._put(other, e.id, "instantiates")

    def _everywhere(self, idea: str) -> list[str]:
        """Ids of an idea's elements at all sites."""
        return [k for k in sorted(self.elements) if base_id(k) == idea]

    def _idea(self, e: Element, idea: Idea) -> None:
        site = site_of(e.id)
        if idea.claim and e.kind == "idea":
            self._put(e.id, idea.claim, "instantiates")
        for target in idea.requires if e.kind == "idea" else ():
            self._put(e.id, site_id(site, target), "requires")
        for number, group in enumerate(idea.requires_any if e.kind == "idea" else (), 1):
            for target in group:
                self._put(e.id, site_id(site, target), "requires", group=f"any{number}")
        for target in idea.excludes:
            other = self.known.ideas.get(target)
            if other is None or not (idea.slot and other.slot == idea.slot):
                self._put(e.id, site_id(site, target), "excludes")
        for i in idea.interacts_with:
            if i.with_.startswith("knob:"):
                factor = self.known.knobs.get(i.with_[5:])
                if factor:
                    self._put(e.id, factor, "retunes", note=i.why, strength=i.confound)
            else:
                other_id = twins().get(i.with_) or site_id(site, i.with_)
                self._put(e.id, other_id, "interacts", note=i.why, strength=i.confound)
        for knob in idea.retune:
            factor = self.known.knobs.get(knob)
            if factor:
                self._put(e.id, factor, "retunes")

    def _put(
        self, source: str, target: str, kind: RelationKind, *, group: str = "", note: str = "", strength: str = ""
    ) -> None:
        if source == target or source not in self.elements or target not in self.elements:
            return
        if kind in {"interacts", "excludes"} and target < source:
            source, target = target, source
        a, b = self.elements[source], self.elements[target]
        if kind == "excludes" and (a.kind != "idea" or b.kind != "idea"):
            return
        if kind == "interacts" and not {a.kind, b.kind} <= {"idea", "factor"}:
            return
        if kind == "retunes" and b.kind != "factor":
            return
        if kind == "requires" and (a.kind != "idea" or b.kind != "idea"):
            return
        r = Relation(source=source, target=target, kind=kind, group=group, note=note, strength=strength)
        known = self.found.get(r.id)
        if known is None or (not known.note and note):
            self.found[r.id] = r


def _prior(known: Library, idea: Idea) -> tuple[float, float, float]:
    """(prior, runs, minutes): the library's own where it names the idea as a culprit, else by its classes."""
    culprit = known.culprits.get(f"idea:{idea.id}")
    if culprit is not None:
        return culprit.prior, culprit.cost_in_runs, culprit.human_minutes
    runs, minutes = COSTS.get(idea.cost_class, COSTS["T2"])
    return IDEA_PRIOR * (2 if idea.collapse_risk == "high" else 1), runs, minutes


def _alternatives(known: Library, idea: Idea) -> tuple[Alternative, ...]:
    rows = [
        _alternative(
            known,
            a.to,
            a.kind,
            MATCHED.get(a.matched, "none"),
            a.note if a.matched in {"params", "flops", "none", ""} else f"{a.note} (equal {a.matched})".strip(),
        )
        for a in idea.alternatives
    ]
    if idea.is_slot:
        named = {a.to for a in rows}
        rows += [
            _alternative(known, other.id, "replace", "none", "")
            for other in known.ideas.values()
            if other.slot == idea.id and other.id not in named and not other.id.startswith("no_")
        ]
    return tuple(rows)


def _alternative(known: Library, to: str, kind: str, matched: str, note: str) -> Alternative:
    other = known.ideas.get(to)
    if other is None:
        return Alternative(to, kind, matched, note)  # type: ignore[arg-type]
    needs = (*((r,) for r in other.requires), *other.requires_any)
    return Alternative(to, kind, matched, note, _name(other), tuple(tuple(g) for g in needs), other.excludes)  # type: ignore[arg-type]


def _mlp(idea: Idea) -> TwoLayerMlp | None:
    rule = idea.two_layer_mlp
    if rule is None or not rule.applicable:
        return None
    return TwoLayerMlp(rule.how or "", MATCHED.get(rule.match or "", "none"))


def _cite(idea: Idea) -> tuple[Source, ...]:
    return (
        () if idea.cite is None else (Source(idea.cite.title, idea.cite.year, idea.cite.arxiv or "", idea.cite.status),)
    )


def _name(idea: Idea) -> str:
    return idea.name.removesuffix(" (slot)")


class Hit(tuple[str, str, str]):
    """(library id, kind, name) of one search hit."""

    __slots__ = ()


def search(text: str, limit: int = 20) -> list[Hit]:
    """Library rows whose id or name holds all words of `text`; names that begin with it first."""
    known = library()
    words = [w for w in re.split(r"[\s_-]+", text.lower()) if w]
    rows = [(i.id, LANES[i.level][1], _name(i)) for i in known.ideas.values() if i.id not in twins()]
    rows += [(f.id, "instrument" if f.lane == "observation" else "factor", f.name) for f in known.factors.values()]
    rows += [(c.id, "claim", c.claim) for c in known.claims.values()]
    hits = []
    for row in rows:
        name = row[2].lower()
        hay = f"{row[0].replace('_', ' ').replace('-', ' ')} {name}".lower()
        if all(w in hay for w in words):
            begins = not words or name.startswith(tuple(words))
            hits.append((not begins, not all(w in name for w in words), name, Hit(row)))
    return [h[3] for h in sorted(hits)[:limit]]
