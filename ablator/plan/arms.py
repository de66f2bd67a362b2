"""The arms of a step: what is removed, replaced or resized, what falls with it, and what is re-tuned for fairness."""

from collections.abc import Callable, Mapping

import msgspec

from ablator.core.elements import Alternative, Element, Json, Matching
from ablator.core.queries import (
    dependents,
    falls_with,
    fillers_and_self,
    kept,
    present_ideas,
    requirements,
    retuned_with,
    seats_taken,
    targets_of,
    title,
)
from ablator.core.study import Study, base_id, site_of
from ablator.plan.companions import accompanied, enabling, on_top, seated
from ablator.plan.controls import control, parts
from ablator.plan.made import distinct, settled, size_arms, sized, word_of
from ablator.plan.matching import (
    context_of,
    mlp_width,
    mlp_width_by_compute,
    multiplications,
    parameters_per_block,
)
from ablator.plan.sweeps import settable
from ablator.plan.types import Arm

MATCHING: Mapping[str, Matching] = {"parameters": "parameters", "params": "parameters", "flops": "flops"}
MAX_ALTERNATIVES = 6
"""Arms for alternatives in one step; the library lists the closest first, the rest is named in the step's reason."""


ALWAYS_TUNED = ("learning-rate",)
"""Re-tuned for an arm whose idea names no factor: what a change does is never told from the old learning rate alone."""


class Offer(msgspec.Struct, frozen=True):
    """The arms of one idea, and the alternatives that were left out with the reason why."""

    arms: tuple[Arm, ...]
    left_out: tuple[str, ...] = ()


PLAIN_MLP = "ffn_mlp"
"""The idea that is a two-layer MLP itself, where no gate stands on it."""


def arms_for(study: Study, element: Element, trials: int, seeds: int) -> Offer:
    """Arms for one idea: add it where it is absent, else remove, replace, resize, and the two-layer MLP.

    Each arm is a valid configuration: whatever cannot stand falls with it and is named in `also_falls`.
    `trials` is what the baseline's tuning got; an arm gets as many where there is a factor to re-tune.
    """
    retunes = retuned_with(study, element.id) or tuple(k for k in ALWAYS_TUNED if k in study.elements)
    if not any(settable(study, study.elements[k]) for k in retunes):
        retunes = (*retunes, *(k for k in ALWAYS_TUNED if k in study.elements and k not in retunes))
    trials = trials if retunes else 0
    most = MAX_ALTERNATIVES
    if element.present is not True and not is_size(element):
        found = _adding(study, element)
        most = 1 if element.is_slot else len(found)
    else:
        found = [
            *_removing(study, element),
            *_resizing(study, element),
            *_replacing(study, element),
            *_as_mlp(study, element),
        ]
    good: list[Arm] = []
    left_out: list[str] = []
    for arm in found:
        arm, reason = _mended(study, element, arm)
        if reason:
            left_out.append(f"{arm.change} ({reason})")
        elif len(good) >= most and arm.id != "mlp2":  # whether it could be a two-layer MLP is always asked
            left_out.append(arm.change)
        elif arm.id not in {a.id for a in good}:
            good.append(arm)
    if not good and element.present is True:  # it can at least be taken out with all that stands on it
        good.append(_without(study, element, [element.id]))
    elif not good:
        why = f": {left_out[0]}" if left_out else ""
        good.append(Arm(id="with", change=f"add {title(element)} once the model has what it stands on{why}"))
    if study.info.by_layer:
        good += parts(study, element, good)
    sized = control(study, good) if study.info.control else None
    if sized is not None:
        good.append(sized)
    named = distinct([settled(study, element, a) for a in good], left_out)
    fair = (msgspec.structs.replace(a, retunes=retunes, trials=trials, seeds=seeds) for a in named)
    return Offer(tuple(fair), tuple(left_out))


def _mended(study: Study, element: Element, arm: Arm) -> tuple[Arm, str | None]:
    """The arm, with companions where it needs any, and why it still cannot be built."""
    reason = why_invalid(study, arm)
    if reason is None:
        return arm, None
    wanted = {base_id(x) for x in arm.adds}
    more = accompanied(study, arm, next((a for a in element.alternatives if a.to in wanted), None))
    more = on_top(study, element, more) if more is not None else None
    if more is None or why_invalid(study, more) is not None:
        return arm, reason
    return more, None


def _adding(study: Study, element: Element) -> list[Arm]:
    """The idea (or a filler of an empty slot, the usual ones first) is put in where it is not known to be there.

    One filler tells whether the role is missed at all; which filler serves best is asked once it is in. An idea is
    also tried together with what it may make possible.
    """
    if not element.is_slot:
        arm = Arm(id="with", change=f"add {title(element)}", adds=(element.id,), overrides=_switch(element, True))
        return [seated(study, element, arm), *enabling(study, element, seated(study, element, arm))]
    site = site_of(element.id)
    out = []
    for a in element.alternatives:
        key = f"{site}/{a.to}" if site else a.to
        out.append(
            Arm(
                id=f"with-{word_of(a.to)}",
                change=f"add {a.name or a.to}",
                adds=(element.id, key),
                overrides=dict(a.overrides),
            )
        )
    return out or [Arm(id="with", change=f"add something for {title(element)}", adds=(element.id,))]


def _removing(study: Study, element: Element) -> list[Arm]:
    """Without the idea. A size cannot be removed, and an idea named as the slot's empty filler is already nothing."""
    if is_size(element) or _never_removed(element):
        return []
    gone = [element.id]
    if element.is_slot:
        gone += [k for k in fillers_and_self(study, element.id) if k in study.elements and k != element.id]
    elif element.slot and _slot_element(study, element):
        return []  # the slot's own step asks whether the role is needed at all
    return [_without(study, element, gone)]


def _without(study: Study, element: Element, gone: list[str]) -> Arm:
    fallen = sorted(falls_with(study, gone))
    return Arm(
        id="without",
        change=f"remove {title(element)}",
        removes=(*dict.fromkeys(gone), *fallen),
        also_falls=tuple(fallen),
        overrides=_switch(element, False),
    )


def _slot_element(study: Study, element: Element) -> bool:
    site = site_of(element.id)
    return f"{site}/{element.slot}" in study.elements if site else element.slot in study.elements


def _replacing(study: Study, element: Element) -> list[Arm]:
    """The idea gives way to each alternative that the study names."""
    out = []
    site = site_of(element.id)
    for a in element.alternatives:
        if a.kind == "resize" or (a.kind == "remove" and not a.name) or a.to in {"mlp2", base_id(element.id)}:
            continue
        known = bool(a.name)
        key = f"{site}/{a.to}" if site else a.to
        adds = (key,) if known else ()
        if key in study.elements and study.elements[key].present and element.slot is None:
            adds = ()
        if element.is_slot:
            continue
        fallen = sorted(falls_with(study, [element.id], added=adds))
        note = f" ({a.note})" if a.note else ""
        out.append(
            Arm(
                id=f"to-{word_of(a.to)}",
                change=f"replace {title(element)} by {a.name or a.to}{note}",
                removes=(element.id, *fallen),
                adds=adds,
                also_falls=tuple(fallen),
                overrides=dict(a.overrides),
                matching=MATCHING.get(a.matched, "none"),
            )
        )
    return out


def _resizing(study: Study, element: Element) -> list[Arm]:
    """Half and double of a size, or the resize alternatives in words where no number is known."""
    resize = [a for a in element.alternatives if a.kind == "resize"]
    if not resize and not is_size(element):
        return []
    if sized(study, element) is not None:
        return size_arms(study, element)
    if not resize:
        return [
            Arm(id=word, change=f"{title(element)}: {words} what it is now", changes=(element.id,))
            for word, words in (("half", "half"), ("double", "twice"))
        ]
    return [
        Arm(
            id=f"size-{word_of(a.to)}",
            change=f"{title(element)}: {a.name or a.to}" + (f" ({a.note})" if a.note else ""),
            changes=(element.id,),
            overrides=dict(a.overrides),
            matching=MATCHING.get(a.matched, "none"),
        )
        for a in resize
    ]


def _as_mlp(study: Study, element: Element) -> list[Arm]:
    """A two-layer MLP in the idea's place, as wide as its parameters allow; none in place of one that is not gated."""
    if element.mlp is None or element.is_slot:
        return []
    if base_id(element.id) == PLAIN_MLP and element.sizes.get("matrices", 2) == 2:
        return []
    fallen = sorted(falls_with(study, [element.id]))
    match = element.mlp.match if study.info.matching == "library" else study.info.matching
    matching = MATCHING.get(match, "none")
    size = _mlp_size(study, element, matching)
    return [
        Arm(
            id="mlp2",
            change=f"replace {title(element)} by a two-layer MLP ({size}): {element.mlp.how}",
            removes=(element.id, *fallen),
            also_falls=tuple(fallen),
            matching=matching,
        )
    ]


def _mlp_size(study: Study, element: Element, matching: Matching) -> str:
    """How wide the two-layer MLP is, by what is held equal."""
    if matching == "none":
        inputs = element.sizes.get("inputs")
        return (
            f"hidden width {4 * inputs:,}, nothing matched" if inputs else "four times as wide inside, nothing matched"
        )
    if matching == "flops":
        context = context_of(study)
        wide, work = mlp_width_by_compute(element, context), multiplications(element, context)
        if wide and work:
            return f"hidden width {wide}, {work:,} multiplications a token and block as before"
        return "FLOPs matched; its width follows from the idea's sizes and the sequence length, which are not known yet"
    width, budget = mlp_width(element), parameters_per_block(element)
    if width and budget:
        return f"hidden width {width}, {budget:,} parameters a block as before"
    return f"{matching} matched; its width follows from the idea's parameters, which are not known yet"


def why_invalid(study: Study, arm: Arm) -> str | None:
    """Why the arm's configuration could not be built, or None: exclusions, two fillers, unmet requirements.

    Looks only where the arm touches the model, which as found is taken to work.
    """
    found, gone = present_ideas(study), set(arm.removes)
    added = [a for a in arm.adds if a in study.elements and a not in found]

    def stands(key: str) -> bool:
        return (key in found and key not in gone) or key in added

    needs, taken = requirements(study), seats_taken(study, arm.removes, arm.adds)
    touched = {k for r in arm.removes for k in dependents(study).get(r, ()) if stands(k)}
    for key in sorted(touched.union(added)):
        need = needs.get(key)
        for group, seats in zip(need.groups, need.seats, strict=True) if need is not None else ():
            known = [x for x in group if x in study.elements]
            as_found = key in found and not any(x in found for x in group)
            if known and not as_found and taken.isdisjoint(seats) and not any(stands(x) for x in group):
                return f"{key} needs {' or '.join(known)}"
    excluded = kept(study, "exclusions", _exclusions)
    for key in added:
        clash = next((x for x in excluded.get(key, ()) if stands(x)), None)
        if clash is not None:
            return f"{key} excludes {clash}"
        slot = study.elements[key].slot
        seat = [x for x in fillers_at(study, key) if x != key and stands(x)] if slot else []
        if seat:
            return f"{seat[0]} and {key} both fill {slot}"
    return _unmet(study, arm, stands)


def fillers_at(study: Study, key: str) -> list[str]:
    """Elements that fill the slot of `key` at its site, whether the model holds them or not."""
    return kept(study, "seats", _seats).get((site_of(key), study.elements[key].slot or ""), [])


def _seats(study: Study) -> dict[tuple[str, str], list[str]]:
    out: dict[tuple[str, str], list[str]] = {}
    for key in sorted(study.elements):
        slot = study.elements[key].slot
        if slot:
            out.setdefault((site_of(key), slot), []).append(key)
    return out


def _exclusions(study: Study) -> dict[str, list[str]]:
    """What each idea excludes, seen from both ends."""
    out: dict[str, list[str]] = {}
    for source, targets in targets_of(study, "excludes").items():
        for target in targets:
            out.setdefault(source, []).append(target)
            out.setdefault(target, []).append(source)
    return out


def _unmet(study: Study, arm: Arm, stands: Callable[[str], bool]) -> str | None:
    """An alternative that is not in the study brings its own requirements with it."""
    wanted = {base_id(x) for x in arm.adds}
    asked = [
        a
        for removed in arm.removes
        if removed in study.elements
        for a in study.elements[removed].alternatives
        if a.to in wanted and (a.requires or a.excludes)
    ]
    if not asked:
        return None
    site = site_of(arm.adds[-1])
    holders = kept(study, "holders", _holders)
    new = {base_id(x) for x in arm.adds} | {study.elements[x].slot or "" for x in arm.adds if x in study.elements}

    def there(name: str) -> bool:
        return name in new or any(stands(k) for k in holders.get((site, name), ()))

    return next((why for a in asked if (why := alternative_fits(a, there))), None)


def _holders(study: Study) -> dict[tuple[str, str], list[str]]:
    """(site, idea or slot by its plain name) → the present ideas of that name, or in that slot, at the site."""
    out: dict[tuple[str, str], list[str]] = {}
    for key in sorted(present_ideas(study)):
        slot = study.elements[key].slot
        for name in (base_id(key), slot) if slot else (base_id(key),):
            out.setdefault((site_of(key), name), []).append(key)
    return out


def alternative_fits(alternative: Alternative, there: Callable[[str], bool]) -> str | None:
    """Why an alternative cannot stand where `there` tells of ideas and slots (ids without site), or None."""
    for group in alternative.requires:
        if group and not any(there(x) for x in group):
            return f"needs {' or '.join(group)}"
    for other in alternative.excludes:
        if there(other):
            return f"excludes {other}"
    return None


def is_size(element: Element) -> bool:
    """Depth, width and the like: what can only be moved, or a number of the model's capacity; not to be taken away."""
    number = isinstance(element.value, int | float) and not isinstance(element.value, bool)
    kinds = {a.kind for a in element.alternatives}
    return kinds == {"resize"} or (number and "resize" in kinds and element.category == "capacity")


def _never_removed(element: Element) -> bool:
    """Fillers such as `no_position_encoding` name an empty slot."""
    return base_id(element.id).startswith("no_")


def _switch(element: Element, on: bool) -> dict[str, Json]:
    """Settings that turn an idea on or off where its own key is a plain switch; else nothing, since code decides."""
    if element.keys and isinstance(element.value, bool):
        return dict.fromkeys(element.keys, on)
    return {}
