"""Which decisions hold now: the last word on each step, unless something it leans on changed afterwards."""

import re
from collections.abc import Iterable, Mapping

import msgspec

from ablator.core.elements import Decision
from ablator.core.queries import reopened_by
from ablator.core.study import Study

SETTLING = frozenset({"fixed", "fine", "unlikely", "critical", "replaceable", "redundant", "harmful"})
"""Verdicts that close a step. `undecided` and `inconclusive` leave it open: more runs are needed."""

CHANGING = frozenset({"fixed"})
"""Verdicts that mean the element was changed, which re-opens whatever its `reopens` edges reach."""


class Standing(msgspec.Struct, frozen=True):
    """The last decision on a step: `state` is `done`, `waived`, `stale` or `open`, `because` what re-opened it."""

    decision: Decision
    state: str
    because: tuple[str, ...] = ()


def order_of(decision: Decision) -> tuple[str, int, str]:
    """When a decision was made: its date, then its running number, then its id."""
    number = re.search(r"(\d+)$", decision.id)
    return decision.date, int(number.group(1)) if number else 0, decision.id


def standings(study: Study, elements_of_steps: Mapping[str, str]) -> dict[str, Standing]:
    """Step id → what stands of its last verdict or waiver. Steps without any are left out.

    A settled verdict goes stale when, after it, an element that re-opens its own element was changed: by a `fixed`
    verdict, an adopted arm, or a fact `changed` in the evidence.
    """
    last: dict[str, Decision] = {}
    for d in sorted(study.decisions.values(), key=order_of):
        if d.kind in {"verdict", "waiver"} and d.step in elements_of_steps:
            last[d.step] = d
    changes = list(_changes(study, elements_of_steps))
    out: dict[str, Standing] = {}
    for step, decision in sorted(last.items()):
        if decision.kind == "waiver":
            out[step] = Standing(decision, "waived")
            continue
        if decision.verdict not in SETTLING:
            out[step] = Standing(decision, "open")
            continue
        element = elements_of_steps[step]
        because = sorted(
            {
                who
                for who, when in changes
                if when > order_of(decision)[:2] and who != element and element in reopened_by(study, who)
            }
        )
        out[step] = Standing(decision, "stale" if because else "done", tuple(because))
    return out


def _changes(study: Study, elements_of_steps: Mapping[str, str]) -> Iterable[tuple[str, tuple[str, int]]]:
    """(element, when) of everything that was changed on record."""
    for d in study.decisions.values():
        when = order_of(d)[:2]
        if d.kind == "verdict" and d.verdict in CHANGING and d.step in elements_of_steps:
            yield elements_of_steps[d.step], when
        elif d.kind == "adopt":
            named = d.value if isinstance(d.value, list) else [d.element]
            for key in named:
                if isinstance(key, str) and key in study.elements:
                    yield key, when
    for row in study.evidence.values():
        if row.kind == "fact" and row.name == "changed" and row.element in study.elements:
            number = re.search(r"(\d+)$", row.id)
            yield row.element, (row.date, int(number.group(1)) if number else 0)
