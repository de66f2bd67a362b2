"""The sentences on paper: what heads a sheet, and what the record says below it."""

from PySide6.QtCore import QCoreApplication

from ablator.app.plain import number, one_line, span
from ablator.app.words import said
from ablator.core.queries import title
from ablator.core.study import Study
from ablator.plan.freezing import freezes, record_lines
from ablator.plan.types import CLOSED, Plan


def say(text: str) -> str:
    """`text` in the language of the window."""
    return QCoreApplication.translate("Paper", text)


def study_name(study: Study) -> str:
    """What a study is called on paper."""
    return one_line(study.info.name, 200) or say("Untitled study")


def facts(study: Study, plan: Plan) -> str:
    """The study in one line: its metric with the values today and wished for, its size and what the plan costs."""
    info = study.info
    parts = []
    if info.metric:
        wish = number(info.target) if info.target is not None else ""
        today = number(info.baseline) if info.baseline is not None else ""
        parts.append(" ".join(x for x in (one_line(info.metric, 80), " → ".join(v for v in (today, wish) if v)) if x))
    parts.append(say("{0} elements").format(number(len(study.elements))))
    left = [s for s in plan.steps if s.state not in CLOSED]
    if left:
        cost = span(sum(s.cost_hours for s in left))
        parts.append(say("{0} open steps, {1}").format(number(len(left)), cost))
    if info.budget is not None:
        parts.append(say("budget {0}").format(span(info.budget)))
    return "  ·  ".join(parts)


def record(study: Study, plan: Plan) -> list[str]:
    """What must stand on every sheet: waivers with their reasons, and what was frozen and departed from."""
    out = []
    for step in plan.steps:
        if step.state == "waived":
            element = study.elements.get(step.element)
            name = one_line(title(element), 200) if element else step.id
            out.append(f"{said('waived').capitalize()}: {name} — {one_line(step.reason)}")
    return out + [one_line(line) for line in (record_lines(study, plan) if freezes(study) else ())]
