"""Which decisions hold now: the last word on each step, unless something it leans on changed afterwards."""

import re
from collections.abc import Iterable, Mapping

import msgspec

from ablator.core.elements import Decision, Json
from ablator.core.study import Study
from ablator.plan.changes import CHANGED, changed_key, reopens
from ablator.plan.types import beside, step_id

MEASURED = "measured"
"""The author of verdicts that results suggest."""

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


def standings(
    study: Study,
    elements_of_steps: Mapping[str, str],
    measured: Mapping[str, Decision] | None = None,
    fixed: Iterable[tuple[str, str]] = (),
) -> dict[str, Standing]:
    """Step id → what stands of its last verdict or waiver. Steps without any are left out.

    `measured` holds the verdicts that results suggest, `fixed` what they changed and when; a person's word goes before
    them, unless it left the step open and the results are newer. A settled verdict goes stale when, after it, an
    element that re-opens its own element was changed: by a `fixed` verdict, an adopted arm, or a fact `changed` in the
    evidence. A decision whose step has another action by now holds for the one step of its element.
    """
    last = last_words(study, elements_of_steps)
    for step, found in (measured or {}).items():
        said = last.get(step)
        if said is None or (
            said.kind == "verdict" and said.verdict not in SETTLING and order_of(found)[0] > order_of(said)[0]
        ):
            last[step] = found
    changes = [*changes_on_record(study, elements_of_steps)]
    changes += [(who, (when, 0)) for who, when in fixed]
    reached = reopens(study)
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
                if _later(when, decision) and who != element and element in reached.get(who, ())
            }
        )
        out[step] = Standing(decision, "stale" if because else "done", tuple(because))
    return out


def _later(when: tuple[str, int], decision: Decision) -> bool:
    """Whether something came after a decision; of what results say, which have no number, the date alone tells."""
    return when[0] > decision.date if decision.author == MEASURED else when > order_of(decision)[:2]


def last_words(study: Study, elements_of_steps: Mapping[str, str]) -> dict[str, Decision]:
    """Step → the last verdict or waiver that a person put on record."""
    steps_of: dict[str, list[str]] = {}
    for step, element in elements_of_steps.items():
        if not beside(step):
            steps_of.setdefault(element, []).append(step)
    last: dict[str, Decision] = {}
    for d in sorted(study.decisions.values(), key=order_of):
        if d.kind not in {"verdict", "waiver"}:
            continue
        if d.step in elements_of_steps:
            last[d.step] = d
        elif d.step == step_id(d.step.partition("-")[0], d.element) and len(steps_of.get(d.element, ())) == 1:
            last[steps_of[d.element][0]] = d
    return last


def changes_on_record(study: Study, elements_of_steps: Mapping[str, str]) -> Iterable[tuple[str, tuple[str, int]]]:
    """(element or event, when) of everything that was changed on record."""
    for d in study.decisions.values():
        when = order_of(d)[:2]
        if d.kind == "verdict" and d.verdict in CHANGING and d.step in elements_of_steps:
            yield elements_of_steps[d.step], when
        elif d.kind == "adopt":
            named = adopted_elements(d)
            for key in named:
                if key in study.elements:
                    yield key, when
    for row in study.evidence.values():
        if row.kind == "fact" and row.name == CHANGED:
            who = changed_key(row.element, row.value)
            if who:
                number = re.search(r"(\d+)$", row.id)
                yield who, (row.date, int(number.group(1)) if number else 0)


def adopted_elements(decision: Decision) -> list[str]:
    """The elements that an adopted arm touches."""
    value = decision.value
    if isinstance(value, dict):
        value = value.get("touches")
    return [k for k in value if isinstance(k, str)] if isinstance(value, list) else [decision.element]


def adopted_settings(decision: Decision) -> dict[str, Json]:
    """The settings that an adopted arm changes against the original ones."""
    found = decision.value.get("overrides") if isinstance(decision.value, dict) else None
    return found if isinstance(found, dict) else {}
