"""The columns of the plan table: what each cell shows, sorts by and says to other programs."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, QLocale, Qt

from ablator.app.plain import one_line, span
from ablator.app.words import said, stage_name
from ablator.core.elements import Verdict
from ablator.core.lanes import STAGES
from ablator.files.cells import safe_cell
from ablator.plan.types import CLOSED, Step, StepState

Titles = Mapping[str, str]
OrderOf = Callable[[str], int | None]
Shown = Callable[[Step, Titles, OrderOf], str]
Keys = Callable[[Sequence[Step], Titles], list[Any]]

STATES: tuple[str, ...] = get_args(StepState)
VERDICTS: tuple[str, ...] = get_args(Verdict)
COLUMNS: tuple[str, ...] = (
    "order",
    "stage",
    "question",
    "element",
    "action",
    "arms",
    "seeds",
    "hours",
    "cumulated",
    "after",
    "state",
    "verdict",
)
STATE, VERDICT = COLUMNS.index("state"), COLUMNS.index("verdict")
TITLES: tuple[Any, ...] = (
    QT_TRANSLATE_NOOP("PlanModel", "Order"),
    QT_TRANSLATE_NOOP("PlanModel", "Stage"),
    QT_TRANSLATE_NOOP("PlanModel", "Question"),
    QT_TRANSLATE_NOOP("PlanModel", "Element"),
    QT_TRANSLATE_NOOP("PlanModel", "Action"),
    QT_TRANSLATE_NOOP("PlanModel", "Arms"),
    QT_TRANSLATE_NOOP("PlanModel", "Seeds"),
    QT_TRANSLATE_NOOP("PlanModel", "Hours"),
    QT_TRANSLATE_NOOP("PlanModel", "Cumulated"),
    QT_TRANSLATE_NOOP("PlanModel", "After"),
    QT_TRANSLATE_NOOP("PlanModel", "State"),
    QT_TRANSLATE_NOOP("PlanModel", "Verdict"),
)
TIPS: tuple[Any, ...] = (
    QT_TRANSLATE_NOOP("PlanModel", "Place in the method's order"),
    QT_TRANSLATE_NOOP("PlanModel", "Stage of the retrace"),
    QT_TRANSLATE_NOOP("PlanModel", "What the step asks"),
    QT_TRANSLATE_NOOP("PlanModel", "What it asks about"),
    QT_TRANSLATE_NOOP("PlanModel", "What is done"),
    QT_TRANSLATE_NOOP("PlanModel", "Configurations that are compared"),
    QT_TRANSLATE_NOOP("PlanModel", "Confirming seeds of each arm"),
    QT_TRANSLATE_NOOP("PlanModel", "Hours that the step costs"),
    QT_TRANSLATE_NOOP("PlanModel", "Hours from the first step to this one"),
    QT_TRANSLATE_NOOP("PlanModel", "Steps that must have a verdict first, by their order"),
    QT_TRANSLATE_NOOP("PlanModel", "Whether it can be done now"),
    QT_TRANSLATE_NOOP("PlanModel", "What came out"),
)
_RIGHT = Qt.AlignmentFlag.AlignRight.value | Qt.AlignmentFlag.AlignVCenter.value
_LEFT = Qt.AlignmentFlag.AlignLeft.value | Qt.AlignmentFlag.AlignVCenter.value
NUMERIC = frozenset({"order", "arms", "seeds", "hours", "cumulated", "after"})
NUMERIC_COLUMNS = frozenset(n for n, c in enumerate(COLUMNS) if c in NUMERIC)
ALIGNED: tuple[int, ...] = tuple(_RIGHT if c in NUMERIC else _LEFT for c in COLUMNS)
"""Plain numbers: Qt takes them faster than flags."""
NAMED_AFTER = 4
"""Steps that the after column names before it counts the rest."""


def column_title(column: int) -> str:
    """The head of a column."""
    return QCoreApplication.translate("PlanModel", TITLES[column])


def column_tip(column: int) -> str:
    """What a column holds."""
    return QCoreApplication.translate("PlanModel", TIPS[column])


def sections(steps: Sequence[Step]) -> list[int]:
    """0 observe … 3 perceive; 4 for observe steps that come after a perceive step."""
    rank = {stage: n for n, stage in enumerate(STAGES)}
    out = [rank[s.stage] for s in steps]
    first = next((i for i, section in enumerate(out) if section == 3), len(out))
    for i in range(first, len(out)):
        if out[i] == 0:
            out[i] = 4
    return out


def seeds(step: Step) -> int:
    """Confirming seeds of the arm that has most."""
    return max((a.seeds for a in step.arms), default=0)


def _count(value: int) -> str:
    return QLocale().toString(value) if value else "–"


def _after(step: Step, titles: Titles, order_of: OrderOf) -> str:
    if not step.after:
        return ""
    orders = sorted(n for n in (order_of(k) for k in step.after) if n is not None)
    more = f" +{len(orders) - NAMED_AFTER}" if len(orders) > NAMED_AFTER else ""
    return ", ".join(map(str, orders[:NAMED_AFTER])) + more


def _element(step: Step, titles: Titles) -> str:
    return one_line(titles.get(step.element, step.element), 200)


SHOWN: tuple[Shown, ...] = (
    lambda s, t, o: QLocale().toString(s.order),
    lambda s, t, o: stage_name(s.stage),
    lambda s, t, o: one_line(s.question, 400),
    lambda s, t, o: _element(s, t),
    lambda s, t, o: said(s.action),
    lambda s, t, o: _count(len(s.arms)),
    lambda s, t, o: _count(seeds(s)),
    lambda s, t, o: span(s.cost_hours),
    lambda s, t, o: span(s.cumulative_hours) if s.state not in CLOSED else "–",
    _after,
    lambda s, t, o: said(s.state),
    lambda s, t, o: said(s.verdict) if s.verdict else "",
)
_STAGE_RANK = {stage: n for n, stage in enumerate(STAGES)}
_STATE_RANK = {w: n for n, w in enumerate(("ready", "running", "stale", "locked", "done", "waived"))}
_VERDICT_RANK: Mapping[str | None, int] = {None: len(VERDICTS), **{w: n for n, w in enumerate(VERDICTS)}}
KEYS: tuple[Keys, ...] = (
    lambda steps, t: [s.order for s in steps],
    lambda steps, t: [_STAGE_RANK[s.stage] for s in steps],
    lambda steps, t: [s.question.casefold() for s in steps],
    lambda steps, t: [t.get(s.element, s.element).casefold() for s in steps],
    lambda steps, t: [s.action for s in steps],
    lambda steps, t: [len(s.arms) for s in steps],
    lambda steps, t: [seeds(s) for s in steps],
    lambda steps, t: [s.cost_hours for s in steps],
    lambda steps, t: [s.cumulative_hours for s in steps],
    lambda steps, t: [len(s.after) for s in steps],
    lambda steps, t: [_STATE_RANK[s.state] for s in steps],
    lambda steps, t: [_VERDICT_RANK[s.verdict] for s in steps],
)
"""What each column sorts by."""


def haystacks(steps: Sequence[Step], titles: Titles) -> list[str]:
    """What the filter looks into: question, element, stage, action, state and verdict, also as the window says them."""
    known = {x for s in steps for x in (s.stage, s.state, s.verdict or "")}
    words = {w: f"{w} {said(w)} {stage_name(w)}" for w in known}
    name = titles.get
    return [
        f"{s.question}\n{name(s.element, '')}\n{s.id}\n{words[s.stage]} {words[s.state]} {words[s.verdict or '']} "
        f"{s.action}".casefold()
        for s in steps
    ]


def plain_cells(step: Step, titles: Titles, order_of: OrderOf) -> list[str]:
    """A row for other programs: words of the contract and numbers as C writes them."""
    return [
        str(step.order),
        step.stage,
        one_line(step.question),
        _element(step, titles),
        step.action,
        str(len(step.arms)),
        str(seeds(step)),
        f"{step.cost_hours:g}",
        f"{step.cumulative_hours:g}",
        " ".join(str(order_of(k)) for k in step.after),
        step.state,
        step.verdict or "",
    ]


def written(rows: Sequence[Sequence[str]], form: str) -> str:
    """Rows under their heads as `tsv`, `csv`, `markdown` or `latex`. Raises KeyError for another word."""
    table = [list(COLUMNS), *map(list, rows)]
    return {"tsv": _tsv, "csv": _csv, "markdown": _markdown, "latex": _latex}[form](table)


def _tsv(table: list[list[str]]) -> str:
    return "".join("\t".join(safe_cell(c.replace("\t", " ")) for c in row) + "\n" for row in table)


def _csv(table: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([safe_cell(c) for c in row] for row in table)
    return out.getvalue()


def _markdown(table: list[list[str]]) -> str:
    lines = ["| " + " | ".join(c.replace("\\", "\\\\").replace("|", "\\|") for c in row) + " |" for row in table]
    rule = "|" + "|".join("---:" if c in NUMERIC else "---" for c in COLUMNS) + "|"
    return "\n".join([lines[0], rule, *lines[1:]]) + "\n"


def _latex(table: list[list[str]]) -> str:
    signs = {c: f"\\{c}" for c in "&%$#_{}"} | {
        "\\": "\\textbackslash{}",
        "~": "\\textasciitilde{}",
        "^": "\\textasciicircum{}",
    }
    lines = [" & ".join("".join(signs.get(x, x) for x in c) for c in row) + r" \\" for row in table]
    form = "".join("r" if c in NUMERIC else "l" for c in COLUMNS)
    return "\n".join([rf"\begin{{tabular}}{{{form}}}", lines[0], r"\hline", *lines[1:], r"\end{tabular}"]) + "\n"
