"""What makes an arm: settings of the files where they name the choice, else a part that a person writes first."""

from collections.abc import Sequence

import msgspec

from ablator.core.elements import Alternative, Element, Json
from ablator.core.queries import title
from ablator.core.study import Study, base_id, site_of
from ablator.plan.dialect import alternative_settings, divisible, removal_settings, shared_heads
from ablator.plan.types import CONTROL, Arm

SMALLER, LARGER = 0.5, 2.0
"""How far a size is moved in one step of a resize arm: a factor of two shows on every published scaling curve."""


def word_of(text: str) -> str:
    """Words of an alternative as part of an arm's id."""
    return "-".join("".join(c if c.isalnum() or c == "_" else " " for c in text).lower().split())[:40] or "other"


def size_arms(study: Study, element: Element) -> list[Arm]:
    """Half and double of a size that is known as a number, such as the model can be built with."""
    number = sized(study, element)
    if number is None or number <= 0:
        return []
    out: list[Arm] = []
    for factor, word in ((SMALLER, "half"), (LARGER, "double")):
        whole = isinstance(number, int)
        value: Json = divisible(study, element, number * factor) if whole else number * factor
        if value == number or any(value == v for a in out for v in a.overrides.values()):
            continue
        settings = dict.fromkeys(element.keys, value)
        shared = shared_heads(study, site_of(element.id))
        if settings and shared and base_id(element.id) == "multi_head_attention" and shared[1] == number:
            settings[shared[0]] = value
        out.append(
            Arm(
                id=word,
                change=f"{title(element)}: {number:g} → {value:g}",
                changes=(element.id,),
                overrides=settings or {element.id: value},
                to_write=msgspec.UNSET if settings else True,
            )
        )
    return out


def sized(study: Study, element: Element) -> int | float | None:
    """The number that a size is set to; the ratio of a feed-forward layer is set by its hidden width."""
    value = element.value
    if base_id(element.id) == "ffn_expansion_ratio" and element.keys:
        site = site_of(element.id)
        layer = study.elements.get(f"{site}/ffn_mlp" if site else "ffn_mlp")
        value = layer.sizes.get("hidden") if layer is not None and layer.keys == element.keys else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def settled(study: Study, element: Element, arm: Arm) -> Arm:
    """The arm with the settings that make it; marked, and named after its element, where no file has any."""
    if arm.overrides or arm.id in {"base", CONTROL}:
        return arm
    asked = next((a for a in element.alternatives if arm.id in {f"to-{word_of(a.to)}", f"size-{word_of(a.to)}"}), None)
    alone = not arm.also_falls
    if asked is not None and alone and len(arm.adds) <= 1:
        found = alternative_settings(study, element, asked)
    elif arm.id == "without" and alone:
        found = removal_settings(study, element, arm.removes)
    else:
        found = {}
    if found and found != dict.fromkeys(found, element.value):
        return msgspec.structs.replace(arm, overrides=found)
    return msgspec.structs.replace(arm, overrides={element.id: _named(arm, asked)}, to_write=True)


def _named(arm: Arm, asked: Alternative | None) -> Json:
    """What the element becomes in an arm, as a value under its own name."""
    if arm.id in {"with", "without"}:
        return arm.id == "with"
    return asked.to if asked is not None else arm.id.removeprefix("with-").removeprefix("to-")


def distinct(arms: Sequence[Arm], left_out: list[str]) -> list[Arm]:
    """The arms without those that an earlier one already makes by the same settings; these are noted in `left_out`."""
    out: list[Arm] = []
    for arm in arms:
        twin = next((a for a in out if a.overrides == arm.overrides and a.overrides and not a.to_write), None)
        if twin is None:
            out.append(arm)
        else:
            left_out.append(f"{arm.change} (the settings of {twin.id})")
    return out
