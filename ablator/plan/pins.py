"""Where a person wants a step to stand: pins and moves, honoured as far as the laws of the order go."""

from collections.abc import Iterable, Mapping, Sequence, Set

import msgspec

from ablator.core.elements import Decision
from ablator.core.lanes import Stage
from ablator.core.study import Study
from ablator.plan.standing import order_of

WISHES = frozenset({"pin", "move"})
"""Kinds of decisions about the place of a step."""

FLOOR: Mapping[Stage, int] = {"observe": 0, "reach": 0, "instantiate": 1, "perceive": 2}
"""Floors of the retrace, which no wish crosses."""


class Wish(msgspec.Struct, frozen=True):
    """`step` is to stand first on its floor, or before or after `other`; `where` says which."""

    step: str
    where: str
    other: str
    decision: Decision

    @property
    def words(self) -> str:
        """What was wished, by whom and why."""
        by = f" by {self.decision.author}" if self.decision.author else ""
        place = "first of its floor" if self.where == "first" else f"{self.where} {self.other}"
        reason = self.decision.reason.strip()
        return f"{place}{by}" + (f": {reason}" if reason else "")


class Placing(msgspec.Struct, frozen=True):
    """Which wishes hold: `first` steps in their order, `before` as step → steps ahead of it; what each step says."""

    first: tuple[str, ...] = ()
    before: Mapping[str, frozenset[str]] = {}
    words: Mapping[str, str] = {}

    def ahead(self, after: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
        """What stands before each step: what it waits for and what was moved before it."""
        return {k: v | self.before.get(k, frozenset()) for k, v in after.items()}


def value_of(where: str, other: str = "") -> dict[str, str]:
    """What a decision of kind `pin` or `move` holds: `first`, or `before` or `after` another step."""
    return {"where": where, "step": other} if other else {"where": where}


def wishes(study: Study) -> list[Wish]:
    """The last wish on each step, oldest first; what is no wish is passed over."""
    last: dict[str, Wish] = {}
    for d in sorted((d for d in study.decisions.values() if d.kind in WISHES and d.step), key=order_of):
        value = d.value if isinstance(d.value, dict) else {}
        where, other = value.get("where", "first" if d.kind == "pin" else ""), value.get("step", "")
        if where == "first":
            made = Wish(d.step, "first", "", d)
        elif where in {"before", "after"} and isinstance(other, str) and other:
            made = Wish(d.step, where, other, d)
        else:
            continue
        last.pop(d.step, None)
        last[d.step] = made
    return list(last.values())


def placing(
    study: Study, stages: Mapping[str, Stage], after: Mapping[str, frozenset[str]], closed: Set[str]
) -> Placing:
    """The wishes that the laws allow, oldest first, and for each step what became of its own.

    A wish holds among the open steps of one floor, as long as no step would come before one that it waits for, or
    before one that an older wish put ahead.
    """
    found = wishes(study)
    if not found:
        return Placing()
    first: list[str] = []
    before: dict[str, set[str]] = {}
    words: dict[str, str] = {}
    for wish in found:
        if wish.step not in stages or wish.step in closed:
            continue
        refused = why_not_placed(wish.step, wish.where, wish.other, stages, _joined(after, before), closed)
        if refused is not None:
            words[wish.step] = f"wanted {wish.words}; not so, since {refused}"
            continue
        words[wish.step] = f"moved {wish.words}" if wish.where != "first" else f"pinned {wish.words}"
        if wish.where == "first":
            first.append(wish.step)
        else:
            early, late = (wish.step, wish.other) if wish.where == "before" else (wish.other, wish.step)
            if FLOOR[stages[early]] == FLOOR[stages[late]] and early not in closed:
                before.setdefault(late, set()).add(early)
    ahead = {k: frozenset(v) for k, v in before.items()}
    for step in first:
        held = [k for k in sorted(_all_before(step, _joined(after, before))) if k in stages and k not in closed]
        if held:
            more = f" and {len(held) - 3} more" if len(held) > 3 else ""
            words[step] += f" (after {', '.join(held[:3])}{more}, which it waits for)"
    return Placing(tuple(first), ahead, words)


def why_not_placed(
    step: str,
    where: str,
    other: str,
    stages: Mapping[str, Stage],
    after: Mapping[str, Iterable[str]],
    closed: Set[str] = frozenset(),
) -> str | None:
    """The reason why a step cannot stand there, or None. `after` holds what each step waits for."""
    if where == "first":
        return None
    if step == other:
        return "a step cannot stand before or after itself"
    if other not in stages:
        return f"the plan has no step {other}"
    early, late = (step, other) if where == "before" else (other, step)
    if late in closed:
        return f"{late} is settled and stands above what is open"
    if FLOOR[stages[early]] > FLOOR[stages[late]]:
        return f"{early} is a step of {stages[early]}, which comes only once {stages[late]} is done"
    if late in _all_before(early, after):
        return f"{early} waits for {late}"
    return None


def first_of(first: Sequence[str], keys: Sequence[str], ahead: Mapping[str, frozenset[str]]) -> list[list[str]]:
    """`keys` in parts, one after another: each pinned step with all that must stand before it, then the rest."""
    left = set(keys)
    parts: list[list[str]] = []
    for step in first:
        if step in left:
            part = {step} | (_all_before(step, ahead) & left)
            parts.append(sorted(part))
            left -= part
    return [*parts, sorted(left)]


def _all_before(step: str, after: Mapping[str, Iterable[str]]) -> set[str]:
    """Every step that must come before one, however far."""
    seen: set[str] = set()
    todo = [step]
    while todo:
        for other in after.get(todo.pop(), ()):
            if other not in seen:
                seen.add(other)
                todo.append(other)
    return seen


def _joined(after: Mapping[str, Iterable[str]], more: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    return {k: {*after.get(k, ()), *more.get(k, ())} for k in {*after, *more}}
