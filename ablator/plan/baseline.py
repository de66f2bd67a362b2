"""The baseline of today: the study as it was made, then what was adopted and what tuning fixed."""

from collections.abc import Mapping

import msgspec

from ablator.core.elements import Decision, Element, Evidence, Json
from ablator.core.study import Study
from ablator.library import library
from ablator.plan.standing import MEASURED, Standing, adopted_settings, order_of


def adoptions(study: Study) -> list[Decision]:
    """Adopted arms, oldest first."""
    return sorted((d for d in study.decisions.values() if d.kind == "adopt"), key=order_of)


def gate_then(decision: Decision) -> str:
    """How the gate before its step stood when an arm was adopted; an empty text where that is not on record."""
    found = decision.value.get("gate") if isinstance(decision.value, dict) else None
    return found if isinstance(found, str) else ""


def rebased(study: Study) -> Study:
    """The study with the ideas that adopted arms took out or put in; the study itself where nothing was adopted.

    What was read of the model alone, that such an idea is there or absent, is no longer seen.
    """
    changed: dict[str, Element] = {}
    for d in adoptions(study):
        value = d.value if isinstance(d.value, dict) else {}
        for word, present in (("removes", False), ("adds", True)):
            named = value.get(word)
            for key in named if isinstance(named, list) else ():
                element = changed.get(key) or study.elements.get(key)
                if element is not None and element.kind == "idea":
                    changed[key] = msgspec.structs.replace(element, present=present)
    moved = {k for k, e in changed.items() if e.present != study.elements[k].present}
    if not moved:
        return study
    seen = {k: row for k, row in study.evidence.items() if not (_of_the_model(row) and row.source in moved)}
    return msgspec.structs.replace(study, elements={**study.elements, **changed}, evidence=seen)


def _of_the_model(row: Evidence) -> bool:
    """Whether it is a symptom that was read of the model as it was described, not of a run."""
    symptom = library().symptoms.get(row.name) if row.kind == "symptom" else None
    return symptom is not None and symptom.reads == "config"


def settled_by_adopting(study: Study, standing: Mapping[str, Standing]) -> dict[str, Standing]:
    """Steps whose own arm became the baseline, by the verdict of then, unless a person said more since."""
    out: dict[str, Standing] = {}
    for d in adoptions(study):
        held = standing.get(d.step)
        said = held.decision if held is not None else None
        later = said is not None and said.author != MEASURED and order_of(said) > order_of(d)
        if d.verdict is not None and not later:
            word = Decision(
                id=d.id,
                kind="verdict",
                step=d.step,
                element=d.element,
                verdict=d.verdict,
                reason=f"{d.arm} is the baseline since {d.date[:10]}: {d.reason}",
                author=d.author,
                date=d.date,
            )
            out[d.step] = Standing(word, "done")
    return out


def settings_of_today(
    study: Study, fixed: Mapping[str, tuple[str, Mapping[str, Json]]], without: str = ""
) -> dict[str, Json]:
    """Every setting in which today's baseline differs from the original one.

    `fixed` maps a step to when it was fixed and the settings of its best trial; a later change wins. `without` names a
    step whose adopted arms are left out: its own arms are compared with what they replaced.
    """
    rows = [(order_of(d)[0], d.id, adopted_settings(d)) for d in adoptions(study) if d.step != without]
    rows += [(when, step, dict(settings)) for step, (when, settings) in sorted(fixed.items())]
    out: dict[str, Json] = {}
    for _, _, settings in sorted(rows, key=lambda r: (r[0], r[1])):
        out.update(settings)
    return out
