"""What each card says, made from the study and its plan."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QLocale

from ablator.core.elements import Element, Json
from ablator.core.lanes import SYMBOLS
from ablator.core.queries import requirements, title
from ablator.core.study import Study, site_of
from ablator.plan.types import Plan, Step

LONGEST = 2000
"""Characters of any text from a file that reach a painter."""


def say(text: str) -> str:
    """`text` in the language of the window."""
    return QCoreApplication.translate("Graph", text)


@dataclass(frozen=True, slots=True)
class Face:
    """The words and numbers on one card; all text is plain, on one line and of bounded length."""

    id: str
    lane: str
    kind: str
    category: str
    name: str
    detail: str
    """Second row: the value, or what is known instead of one."""
    quiet: bool
    """Whether the second row is a remark rather than a value."""
    share: float | None
    present: bool | None
    tag: str
    """`× 12` where equal blocks are folded."""
    state: str
    """Verdict of its step, else the step's state, else empty."""
    slot: str
    words: frozenset[str]
    """What a filter by state can ask for."""


def plain(text: str) -> str:
    """`text` on one line, without control characters, at most LONGEST characters."""
    if len(text) > LONGEST:
        text = text[: LONGEST - 1] + "…"
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def value_text(value: Json, unit: str = "") -> str:
    """A value as people write it, in the user's locale."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    if isinstance(value, int):
        shown = QLocale().toString(value) if abs(value) >= 10_000 and abs(value) < 2**62 else str(value)[:LONGEST]
    elif isinstance(value, float):
        shown = QLocale().toString(value, "g", 5)
    elif isinstance(value, list | tuple):
        shown = ", ".join(value_text(v) for v in value[:20])
    else:
        shown = str(value)[: LONGEST + 1]
    return plain(f"{shown} {unit}".strip())


def standings(plan: Plan | None) -> Mapping[str, str]:
    """Element id → verdict of its steps, else the state of its first step."""
    if plan is None:
        return {}
    chosen: dict[str, Step] = {}
    for step in plan.steps:
        held = chosen.get(step.element)
        if held is None or (step.verdict and not held.verdict):
            chosen[step.element] = step
    return {key: step.verdict or step.state for key, step in chosen.items()}


def face(element: Element, state: str = "") -> Face:
    """What the card of `element` says."""
    detail, quiet = _detail(element)
    words = {state} if state else {"no-step"}
    if element.present is False:
        words.add("absent")
    elif element.present is None or element.status == "unknown":
        words.add("unknown")
    return Face(
        id=element.id,
        lane=element.lane,
        kind=element.kind,
        category=element.category,
        name=plain(title(element)),
        detail=detail,
        quiet=quiet,
        share=_share(element),
        present=element.present,
        tag=f"× {element.blocks}" if element.blocks and element.blocks > 1 else "",
        state=state,
        slot=element.slot or "",
        words=frozenset(words),
    )


def _share(element: Element) -> float | None:
    share = element.parameter_share
    return None if share is None else min(max(share, 0.0), 1.0)


def _detail(element: Element) -> tuple[str, bool]:
    if element.present is False:
        return say("absent"), True
    site = site_of(element.id)
    at = f"{site} · " if site else ""
    value = value_text(element.value, element.unit)
    if value:
        return plain(at + value), False
    if element.present is None:
        return at + say("perhaps present"), True
    if element.slot:
        return plain(at + element.slot.replace("_", " ")), True
    if element.kind in {"factor", "instrument"}:
        known = say("value unknown") if element.status == "unknown" else element.category.replace("-", " ")
        return plain(known or say(element.kind)), True
    if element.kind == "claim":
        return "", True
    return plain(at + (element.category or element.kind).replace("_", " ")), True


def spoken(study: Study, element_id: str, state: str) -> str:
    """A card in words for those who do not see it: `Idea RoPE, position information, critical, requires softmax`."""
    e = study.elements[element_id]
    parts = [f"{say(e.kind.capitalize())} {plain(title(e))}"]
    if e.slot:
        parts.append(plain(e.slot.replace("_", " ")))
    value = value_text(e.value, e.unit)
    if value:
        parts.append(value)
    if e.present is False:
        parts.append(say("absent"))
    elif e.present is None:
        parts.append(say("perhaps present"))
    if state:
        parts.append(say(state))
    need = requirements(study).get(element_id)
    if need is not None:
        groups = [_either(study, group) for group in need.groups[:8]]
        parts.append(say("requires {0}").format(", ".join(g for g in groups if g)))
    return ", ".join(parts)[:LONGEST]


def tooltip(study: Study, element_id: str, state: str) -> str:
    """What a pointer that rests on a card reads; plain text, a line a fact."""
    e = study.elements[element_id]
    lines = [plain(title(e)), f"{SYMBOLS[e.lane]} · {e.id}"]
    value = value_text(e.value, e.unit)
    if value:
        lines.append(value)
    if e.parameter_share is not None:
        lines.append(say("{0} % of the parameters").format(QLocale().toString(e.parameter_share * 100, "g", 3)))
    if e.blocks and e.blocks > 1:
        lines.append(say("Stands for {0} equal blocks; its menu opens them").format(e.blocks))
    if state:
        lines.append(say("State: {0}").format(say(state)))
    lines += [plain(source)[:160] for source in e.from_[:3]]
    return "\n".join(lines)[:LONGEST]


def _either(study: Study, ids: Iterable[str]) -> str:
    names = [plain(title(study.elements[k])) for k in ids if k in study.elements]
    return say(" or ").join(dict.fromkeys(names[:4]))
