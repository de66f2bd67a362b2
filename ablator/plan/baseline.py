"""The baseline of today: the study as it was made, then what was adopted and what tuning fixed."""

from collections.abc import Mapping

import msgspec

from ablator.core.elements import Decision, Element, Json
from ablator.core.study import Study
from ablator.plan.standing import adopted_settings, order_of


def adoptions(study: Study) -> list[Decision]:
    """Adopted arms, oldest first."""
    return sorted((d for d in study.decisions.values() if d.kind == "adopt"), key=order_of)


def rebased(study: Study) -> Study:
    """The study with the ideas that adopted arms took out or put in; the study itself where nothing was adopted."""
    changed: dict[str, Element] = {}
    for d in adoptions(study):
        value = d.value if isinstance(d.value, dict) else {}
        for word, present in (("removes", False), ("adds", True)):
            named = value.get(word)
            for key in named if isinstance(named, list) else ():
                element = changed.get(key) or study.elements.get(key)
                if element is not None and element.kind == "idea":
                    changed[key] = msgspec.structs.replace(element, present=present)
    return msgspec.structs.replace(study, elements={**study.elements, **changed}) if changed else study


def settings_of_today(study: Study, fixed: Mapping[str, tuple[str, Mapping[str, Json]]]) -> dict[str, Json]:
    """Every setting in which today's baseline differs from the original one.

    `fixed` maps a step to when it was fixed and the settings of its best trial; a later change wins.
    """
    rows = [(order_of(d)[0], d.id, adopted_settings(d)) for d in adoptions(study)]
    rows += [(when, step, dict(settings)) for step, (when, settings) in sorted(fixed.items())]
    out: dict[str, Json] = {}
    for _, _, settings in sorted(rows, key=lambda r: (r[0], r[1])):
        out.update(settings)
    return out
