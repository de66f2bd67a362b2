"""Arms beside an idea's own: the baseline at the same size, and the idea gone from some of its layers."""

from collections.abc import Iterable

from ablator.core.elements import Element
from ablator.core.queries import title
from ablator.core.study import Study, base_id, site_of
from ablator.plan.types import CONTROL, PART, Arm

LEAST_SHARE = 0.01
"""An arm that takes a smaller share of the parameters needs no control of its size (judged)."""

LEAST_LEFT = 0.25
"""A control shrinks a width to no less than this share of it; below that it would be another model (judged)."""

LEAST_BLOCKS = 3
"""First, middle and last layers are told apart from this many on."""


def control(study: Study, arms: Iterable[Arm]) -> Arm | None:
    """The baseline made as small as the arm without the idea, so that less capacity is not taken for the idea's worth.

    The feed-forward width gives way where its setting is known, else the model's width. None where nothing is removed
    that holds parameters of note, or where the numbers cannot be told.
    """
    gone = next((a for a in arms if a.id == "without" and a.removes), None)
    total = study.info.parameters
    if gone is None or not total:
        return None
    lost = sum(_parameters(study, k) for k in gone.removes)
    if lost < LEAST_SHARE * total or lost >= total:
        return None
    found = _narrower(study, gone.removes, lost) or _slimmer(study, total, lost)
    if found is None:
        return None
    element, before, after, left = found
    return Arm(
        id=CONTROL,
        change=f"the baseline as small as without it: {title(element)} {before:,} → {after:,} "
        f"({total:,} → {left:,} parameters, the arm has {total - lost:,})",
        changes=(element.id,),
        overrides=dict.fromkeys(element.keys[:1], after),
        matching="parameters",
    )


def _parameters(study: Study, key: str) -> int:
    element = study.elements.get(key)
    return element.parameters or 0 if element is not None and not element.is_slot else 0


def _narrower(study: Study, gone: Iterable[str], lost: int) -> tuple[Element, int, int, int] | None:
    """A two- or three-matrix feed-forward layer, its hidden width before and after, and the parameters left."""
    out = set(gone)
    for key in sorted(study.elements):
        e = study.elements[key]
        hidden, inputs = e.sizes.get("hidden"), e.sizes.get("inputs")
        if key in out or e.present is not True or not (hidden and inputs and e.keys and e.blocks) or e.value != hidden:
            continue
        if e.sizes.get("experts"):
            continue
        one = e.blocks * inputs * (e.sizes.get("matrices") or 2)
        after = _multiple(hidden - lost / one, 8)
        if after >= LEAST_LEFT * hidden and after < hidden:
            return e, hidden, after, (study.info.parameters or 0) - one * (hidden - after)
    return None


def _slimmer(study: Study, total: int, lost: int) -> tuple[Element, int, int, int] | None:
    """The model's width: blocks hold parameters by its square, tables of words and positions by itself."""
    width = next((study.elements[k] for k in sorted(study.elements) if base_id(k) == "width" and not site_of(k)), None)
    if width is None or not width.keys or not isinstance(width.value, int) or isinstance(width.value, bool):
        return None
    before = width.value
    tables = sum(
        e.parameters or 0
        for e in study.elements.values()
        if e.kind == "idea" and not e.is_slot and e.category in {"embedding", "positional_encoding"}
    )
    square = max(total - tables, 1)
    heads = next((e.sizes["heads"] for _, e in sorted(study.elements.items()) if e.sizes.get("heads")), 8)
    # tables·x + square·x² = total - lost for the share x of the width that stays
    share = (-tables + (tables**2 + 4 * square * (total - lost)) ** 0.5) / (2 * square)
    after = _multiple(before * share, heads)
    if not LEAST_LEFT * before <= after < before:
        return None
    x = after / before
    return width, before, after, round(tables * x + square * x * x)


def _multiple(value: float, step: int) -> int:
    return max(step, round(value / step) * step)


def parts(study: Study, element: Element, arms: Iterable[Arm]) -> list[Arm]:
    """The idea taken out of its first, middle and last layers only, where it stands in enough of them.

    Where it cannot be taken out alone, its first alternative stands in for it there, best one that makes nothing fall.
    """
    able = [a for a in arms if a.id == "without" or a.id.startswith("to-")]
    gone = min(able, key=lambda a: (bool(a.also_falls), a.id != "without"), default=None)
    if gone is None or not element.blocks or element.blocks < LEAST_BLOCKS:
        return []
    n = element.blocks
    more = f" with {', '.join(title(study.elements[k]) for k in gone.also_falls)}" if gone.also_falls else ""
    cuts = [0, n // 3, n - n // 3, n]
    return [
        Arm(
            id=f"{PART}{word}",
            change=f"{gone.change}{more} in layers {low + 1} to {high} of {n} only",
            changes=(element.id,),
        )
        for word, low, high in zip(("first", "middle", "last"), cuts[:3], cuts[1:], strict=True)
    ]
