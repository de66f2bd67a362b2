"""Which steps must have a verdict before another may start: the `after` of the plan, free of circles."""

from collections.abc import Mapping, Sequence, Set

from ablator.core.queries import acyclic, dependents, fillers_and_self, kept, targets_of
from ablator.core.study import Study, base_id
from ablator.plan.drafts import Draft

NOISE = "noise-floor"
TUNED = ("learning-rate",)
"""Factors whose tuning curve must say that the baseline is tuned before any verdict on an idea."""


def precedence(study: Study, drafts: Mapping[str, Draft]) -> dict[str, frozenset[str]]:
    """Step → steps that must come first. Relations that would close a circle are left out, the later ones first.

    Factors: what they `need`. Ideas: the noise floor, the tuned baseline, and the ideas that stand on them, so that
    leaves are peeled first; the group that an idea is taken out with. Claims: the ideas that instantiate them. A new
    instrument: its claim.
    """
    memo: dict[tuple[str, ...], dict[str, frozenset[str]]] = kept(study, "precedence", lambda _: {})
    asked = tuple(sorted(drafts))
    if asked not in memo:
        memo.clear()
        memo[asked] = _precedence(study, drafts)
    return memo[asked]


def _precedence(study: Study, drafts: Mapping[str, Draft]) -> dict[str, frozenset[str]]:
    first = {d.element: key for key, d in sorted(drafts.items()) if not (hands_back(study, d) or d.after or d.members)}
    needs, claims = targets_of(study, "needs"), targets_of(study, "instantiates")
    ideas_of: dict[str, list[str]] = {}
    for idea, targets in claims.items():
        for claim in targets:
            ideas_of.setdefault(claim, []).append(idea)
    out: dict[str, frozenset[str]] = {}
    for key in sorted(drafts):
        d = drafts[key]
        element = study.elements[d.element]
        wanted: set[str] = set()
        if d.after:
            wanted = set(d.after)
        elif d.members:
            wanted = {k for m in d.members for k in _standing_on(study, m)} - set(d.members)
            groups = {drafts[first[k]].behind or first[k] for k in wanted if k in first}
            lowest = {first[k] for k in (NOISE, *TUNED) if k in first}
            out[key] = frozenset((groups | lowest) - {key})
            continue
        elif element.kind in {"factor", "instrument"}:
            wanted = set(needs.get(element.id, ()))
        elif element.kind == "idea":
            # Leaves are peeled before what carries them goes; an absent idea carries nothing yet.
            wanted = {NOISE, *TUNED} | (set() if element.present is False else _standing_on(study, element.id))
        elif hands_back(study, d):
            out[key] = frozenset({first[element.id]})
            continue
        else:
            wanted = set(ideas_of.get(element.id, ()))
        found = {first[w] for w in wanted if w in first and first[w] != key}
        out[key] = frozenset(found | {d.behind} if d.behind in drafts else found)
    return _without_circles(out)


def _standing_on(study: Study, idea: str) -> set[str]:
    """Ideas that name this one (or, for a slot, its fillers' dependants) among what they need."""
    carried = dependents(study)
    found = set(carried.get(idea, ()))
    element = study.elements[idea]
    if element.is_slot:
        fillers = set(fillers_and_self(study, idea)) - {idea}
        for filler in fillers:
            found |= set(carried.get(filler, ()))
        found -= fillers
    elif element.slot:
        # a requirement on the slot is kept by any filler, so its dependants need not be peeled before a replacement
        found -= {k for k in found if _leans_on_slot_only(study, k, idea)}
    return {k for k in found if base_id(k) != element.slot}


def _leans_on_slot_only(study: Study, key: str, filler: str) -> bool:
    """Whether `key` needs the filler's slot rather than the filler itself."""
    return filler not in targets_of(study, "requires").get(key, ())


def hands_back(study: Study, d: Draft) -> bool:
    """Whether the step is the new instrument of a questioned claim, the one observe step that comes after perceive."""
    return d.stage == "observe" and study.elements[d.element].kind == "claim"


def waiting(after: Mapping[str, frozenset[str]], closed: Set[str]) -> dict[str, frozenset[str]]:
    """What each step waits for; a settled one waits for nothing that is still open, so it names only settled ones."""
    return {k: v & closed if k in closed else v for k, v in after.items()}


def in_turn(steps: Sequence[str], after: Mapping[str, frozenset[str]]) -> list[str]:
    """The steps in the order given, but none before a step of `after` that is among them."""
    inside, placed, out = set(steps), set[str](), list[str]()

    def place(key: str) -> None:
        todo = [key]
        while todo:
            ahead = sorted(p for p in after.get(todo[-1], ()) if p in inside and p not in placed)
            if ahead:
                todo.append(ahead[0])
                continue
            key = todo.pop()
            if key not in placed:
                placed.add(key)
                out.append(key)

    for key in steps:
        place(key)
    return out


def _without_circles(after: dict[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Drop the edges that close a circle, in a fixed order."""
    if acyclic((key, wanted) for key, before in after.items() for wanted in before):
        return after
    out: dict[str, set[str]] = {k: set() for k in after}
    for key in sorted(after):
        for wanted in sorted(after[key]):
            if wanted in out and not _reaches(out, wanted, key):
                out[key].add(wanted)
    return {k: frozenset(v) for k, v in out.items()}


def _reaches(after: Mapping[str, set[str]], start: str, goal: str) -> bool:
    todo, seen = [start], {start}
    while todo:
        key = todo.pop()
        if key == goal:
            return True
        for other in after.get(key, ()):
            if other not in seen:
                seen.add(other)
                todo.append(other)
    return False
