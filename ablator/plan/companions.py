"""What an arm brings along so that its configuration can be built: companions, and the seat that a filler takes."""

import msgspec

from ablator.core.elements import Alternative, Element
from ablator.core.queries import dependents, falls_with, interacting, present_ideas, requirements, title
from ablator.core.study import Study, base_id, site_of
from ablator.plan.made import word_of
from ablator.plan.types import Arm

ENABLED = 2
"""Ideas that an absent one is put in together with at most, each in an arm of its own (judged)."""

MOST = 3
"""Companions that an arm may bring; with more it would ask about something else (judged)."""


def accompanied(study: Study, arm: Arm, asked: Alternative | None) -> Arm | None:
    """The arm with the ideas that what it adds cannot stand without; None where it lacks none, or too many.

    An idea of the study brings what its own relations name, an alternative that only the library knew what it carries
    from there.
    """
    standing = {k for k in present_ideas(study) if k not in arm.removes}
    brought: list[str] = []
    todo = [k for k in arm.adds if k in study.elements]
    needs = requirements(study)
    while todo:
        key = todo.pop(0)
        for group in needs[key].groups if key in needs else ():
            if any(x in standing or x in arm.adds or x in brought for x in group):
                continue
            first = next((x for x in group if x in study.elements and x not in arm.removes), None)
            if first is not None:
                brought.append(first)
                todo.append(first)
    if asked is not None:
        site = site_of(arm.adds[-1]) if arm.adds else ""
        names = {base_id(k) for k in (*standing, *arm.adds, *brought)}
        names |= {s for k in (*standing, *arm.adds, *brought) if k in study.elements and (s := study.elements[k].slot)}
        for group in asked.requires:
            if group and not any(x in names for x in group) and group[0] not in asked.excludes:
                brought.append(f"{site}/{group[0]}" if site else group[0])
    brought = list(dict.fromkeys(brought))
    if not brought or len(brought) > MOST:
        return None
    return msgspec.structs.replace(
        arm, change=f"{arm.change}, together with {_names(study, brought)}", adds=(*arm.adds, *brought)
    )


def on_top(study: Study, element: Element, arm: Arm) -> Arm:
    """The arm without what it takes out only to put back: what comes in its place stands on the idea itself."""
    if element.id not in arm.removes or element.id not in arm.adds:
        return arm
    new = [k for k in arm.adds if k not in arm.removes]
    return msgspec.structs.replace(
        arm,
        change=f"{_names(study, new)} on top of {title(element)}, which it stands on",
        removes=(),
        adds=tuple(new),
        also_falls=(),
    )


def enabling(study: Study, element: Element, alone: Arm) -> list[Arm]:
    """Arms that put an absent idea in together with an absent one that stands on it, or that it interacts with.

    Alone such an idea may look useless: what it is good for is not there yet. Where no artefact tells whether it is
    there, that is found out first.
    """
    if element.present is not False:
        return []
    tied = dict.fromkeys((*dependents(study).get(element.id, ()), *interacting(study, element.id)))
    others = [study.elements[k] for k in tied if k in study.elements]
    out = []
    for other in others:
        if other.kind != "idea" or other.present is not False or other.is_slot or other.id in alone.adds:
            continue
        arm = msgspec.structs.replace(
            alone,
            id=f"{alone.id}-{word_of(base_id(other.id))}",
            change=f"{alone.change} and {title(other)}, which it may make possible",
            adds=(*alone.adds, other.id),
            overrides={},
        )
        out.append(arm)
    return out[:ENABLED]


def seated(study: Study, element: Element, arm: Arm) -> Arm:
    """The arm with the filler that holds the slot of `element` at its site taken out; as it is where none does."""
    if not element.slot:
        return arm
    present = present_ideas(study)
    site = site_of(element.id)
    held = [
        k
        for k, e in sorted(study.elements.items())
        if k in present and e.slot == element.slot and site_of(k) == site and k != element.id
    ]
    if not held:
        return arm
    fallen = sorted(falls_with(study, held, added=arm.adds))
    return msgspec.structs.replace(
        arm,
        change=f"{title(element)} in place of {_names(study, held)}",
        removes=(*held, *fallen),
        also_falls=tuple(fallen),
    )


def _names(study: Study, keys: list[str]) -> str:
    return ", ".join(title(study.elements[k]) if k in study.elements else base_id(k).replace("_", " ") for k in keys)
