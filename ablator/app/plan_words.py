"""What the rows of the plan table say in words: headings with their gates, reasons, sentences for a screen reader."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from ablator.app.plain import one_line, span
from ablator.app.words import said, stage_name
from ablator.plan.types import CLOSED, SHUT, Gate, Step

Find = Callable[[str], Step | None]
"""States in which nothing is left to do."""
GATED: Mapping[int, str] = {2: "instantiate", 3: "perceive"}
HEADINGS: Mapping[int, Any] = {
    0: QT_TRANSLATE_NOOP("PlanModel", "Observe"),
    1: QT_TRANSLATE_NOOP("PlanModel", "Reach"),
    2: QT_TRANSLATE_NOOP("PlanModel", "Instantiate"),
    3: QT_TRANSLATE_NOOP("PlanModel", "Perceive"),
    4: QT_TRANSLATE_NOOP("PlanModel", "Observe again"),
}


@dataclass(frozen=True, slots=True)
class Heading:
    """A row that names what stands below it: a stage, and before a gated stage its gate."""

    section: int
    text: str
    state: str = ""
    fold: bool = False
    """Whether it stands for the settled steps of its part, and shows or folds them."""
    deed: str = ""
    """What a click on it does."""


def heading(section: int, gates: Sequence[Gate]) -> Heading:
    """The heading of a section, with the gate before it where there is one."""
    name = _said(HEADINGS[section])
    gate = next((g for g in gates if g.stage == GATED.get(section)), None)
    return Heading(section, name) if gate is None else Heading(section, f"{name}   {gate_text(gate)}", gate.state)


def fold_line(section: int, settled: Sequence[Step], *, folded: bool) -> Heading:
    """The row that stands for the settled steps of a part: how many, and how they were settled."""
    counts = (
        (_said("{0} settled by evidence"), sum(s.verdict == "unlikely" for s in settled)),
        (_said("{0} with a verdict"), sum(s.state == "done" and s.verdict != "unlikely" for s in settled)),
        (_said("{0} waived"), sum(s.state == "waived" and s.verdict != "unlikely" for s in settled)),
    )
    text = "  ·  ".join(said.format(count) for said, count in counts if count)
    return Heading(section, text, fold=True, deed=_said("Show") if folded else _said("Fold"))


def gate_text(gate: Gate) -> str:
    """A gate in one line: its state, and what keeps it closed."""
    if gate.state == "open":
        return _said("The gate is open.")
    if gate.state == "waived":
        return _said("The gate is open by waiver.")
    head = (
        _said("The gate is closed by") if gate.state == "closed" else _said("The gate is stale; what keeps it closed:")
    )
    return f"{head} {'; '.join(one_line(m, 120) for m in gate.missing[:3])}" + (" …" if len(gate.missing) > 3 else "")


def reason(step: Step, gates: Sequence[Gate], find: Find) -> str:
    """Why a row is locked, how it was settled, or why it stands where it does."""
    if step.state == "locked":
        return "\n".join([_said("Locked."), *locked_by(step, gates, find), "", step.why]).strip()
    if step.reason:
        return f"{said(step.verdict or step.state)}: {step.reason}"
    return step.why


def locked_by(step: Step, gates: Sequence[Gate], find: Find) -> list[str]:
    """What holds a step back: the steps that must have a verdict first, and the gate of its stage."""
    named = [find(k) for k in step.after]
    waiting = [s for s in named if s is not None and s.state not in CLOSED]
    out = [_said("After step {0}: {1}").format(s.order, one_line(s.question, 120)) for s in waiting[:6]]
    if len(waiting) > 6:
        out.append(_said("and {0} more steps").format(len(waiting) - 6))
    gate = next((g for g in gates if g.stage == step.stage), None)
    if gate is not None and gate.state in SHUT:
        out.append(gate_text(gate))
    return out


def sentence(step: Step, *, beyond: bool) -> str:
    """A whole row for a screen reader."""
    return _said("Step {0}, {1}: {2} {3}, {4}, {5}{6}{7}").format(
        step.order,
        stage_name(step.stage),
        one_line(step.question),
        said(step.action),
        span(step.cost_hours),
        said(step.state),
        f", {said(step.verdict)}" if step.verdict else "",
        ", " + _said("beyond the budget") if beyond else "",
    )


def _said(text: str) -> str:
    return QCoreApplication.translate("PlanModel", text)
