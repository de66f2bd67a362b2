"""The plan as pages of one size: a table whose rows wrap, with stages, gates and the line of the budget."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QPainter, QPen

from ablator.app.plain import number, one_line, span
from ablator.app.plan_cells import column_title, sections, seeds
from ablator.app.plan_words import GATED, HEADINGS
from ablator.app.theme import Theme
from ablator.app.words import said, stage_name
from ablator.core.queries import title
from ablator.core.study import Study
from ablator.plan.types import CLOSED, Plan, Step
from ablator.ui.paper.ink import BODY, SMALL, STRONG, WRAPPED, height_of, text, type_of
from ablator.ui.paper.words import facts, record, say, study_name

MARGIN = 44.0
HEAD, FOOT = 76.0, 30.0
"""Height of what stands above the table on each page, and below it."""
PAD = 5.0
COLUMNS: tuple[tuple[int, float, bool], ...] = (
    (0, 44.0, True),
    (1, 82.0, False),
    (2, 0.0, False),
    (3, 190.0, False),
    (4, 72.0, False),
    (6, 50.0, True),
    (7, 62.0, True),
    (8, 82.0, True),
    (10, 64.0, False),
    (11, 88.0, False),
)
"""(column of the plan, its width, whether it holds figures); the one without a width takes what is left."""
WRAPPING = frozenset({2, 3})
"""Columns whose words wrap."""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing below another on a page: a step, the name of a stage, the line of the budget, or a sentence."""

    height: float
    step: Step | None = None
    heading: str = ""
    state: str = ""
    line: str = ""
    sentence: str = ""
    beyond: bool = False


class PlanSheets:
    """The pages of one plan at a page size. Made once, painted page by page."""

    def __init__(self, study: Study, plan: Plan, size: QSizeF) -> None:
        self._study, self._plan, self.size = study, plan, size
        self._theme = Theme("light")
        self._width = size.width() - 2 * MARGIN
        fixed = sum(width for _, width, _ in COLUMNS)
        self._widths = [width or max(self._width - fixed, 120.0) for _, width, _ in COLUMNS]
        self._body, self._small, self._strong = type_of(SMALL), type_of(SMALL - 1), type_of(SMALL, STRONG)
        self.pages: list[list[Row]] = self._paged(self._rows())

    # Rows

    def _rows(self) -> list[Row]:
        """What is to be done in the method's order, then what is settled, then what must stand on record."""
        steps = self._plan.steps
        parts = dict(zip((s.id for s in steps), sections(steps), strict=True))
        pending = [s for s in steps if s.state not in CLOSED]
        out = self._to_do(pending, parts)
        closed = [s for s in steps if s.state in CLOSED]
        if closed:
            out.append(Row(34.0, heading=say("Settled")))
            out += [Row(self._step_height(step), step=step) for step in closed]
        notes = record(self._study, self._plan)
        if notes:
            out.append(Row(34.0, heading=say("On record")))
            out += [Row(height_of(n, self._body, self._width) + 2 * PAD, sentence=n) for n in notes]
        return out or [Row(34.0, sentence=say("The plan has no steps."))]

    def _to_do(self, pending: Sequence[Step], parts: Mapping[str, int]) -> list[Row]:
        out: list[Row] = [Row(34.0, heading=say("To do"))] if pending else []
        budget, passed = self._study.info.budget, False
        named: set[int] = set()
        for step in pending:
            part = parts[step.id]
            if part in GATED and part not in named:
                out.append(self._gate(part))
                named.add(part)
            beyond = budget is not None and step.cumulative_hours > budget + 1e-9
            if beyond and not passed and budget is not None:
                out.append(Row(22.0, line=say("Budget: {0}").format(span(budget))))
                passed = True
            out.append(Row(self._step_height(step), step=step, beyond=beyond))
        return out

    def _gate(self, part: int) -> Row:
        """The head of a stage behind a gate."""
        name = QCoreApplication.translate("PlanModel", HEADINGS[part])
        gate = next((g for g in self._plan.gates if g.stage == GATED[part]), None)
        if gate is None:
            return Row(34.0, heading=name)
        return Row(34.0, heading=name, state=gate.state, sentence=say("gate {0}").format(said(gate.state)))

    def _step_height(self, step: Step) -> float:
        inner = [width - 2 * PAD for width in self._widths]
        wanted = max(
            height_of(words, self._body, inner[n])
            for n, words in enumerate(self._cells(step))
            if COLUMNS[n][0] in WRAPPING
        )
        return wanted + 2 * PAD

    def _cells(self, step: Step) -> list[str]:
        element = self._study.elements.get(step.element)
        return [
            number(step.order),
            stage_name(step.stage),
            one_line(step.question, 400),
            one_line(title(element), 120) if element is not None else step.element,
            said(step.action),
            number(seeds(step)) if seeds(step) else "–",
            span(step.cost_hours),
            span(step.cumulative_hours) if step.state not in CLOSED else "–",
            said(step.state),
            said(step.verdict) if step.verdict else "",
        ]

    def _paged(self, rows: Sequence[Row]) -> list[list[Row]]:
        """Rows by page; a heading never stands last on one."""
        room = self.size.height() - 2 * MARGIN - HEAD - FOOT
        pages: list[list[Row]] = [[]]
        used = 0.0
        for n, row in enumerate(rows):
            with_next = row.height + (rows[n + 1].height if row.heading and n + 1 < len(rows) else 0.0)
            if pages[-1] and used + with_next > room:
                pages.append([])
                used = 0.0
            pages[-1].append(row)
            used += row.height
        return pages

    # Painting

    def paint(self, painter: QPainter, page: int, number_of: int, in_all: int) -> None:
        """Paint one page with its corner at the painter's origin; it says that it is page `number_of` of `in_all`."""
        c = self._theme.colour
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        painter.fillRect(QRectF(QPointF(0, 0), self.size), c("card"))
        left, top = MARGIN, MARGIN
        head = say("{0}: the plan").format(study_name(self._study))
        text(painter, QRectF(left, top, self._width, 24), head, type_of(18, STRONG), c("text"))
        under = QRectF(left, top + 24, self._width, 20)
        text(painter, under, facts(self._study, self._plan), type_of(BODY), c("muted"))
        y = top + HEAD
        self._paint_titles(painter, y)
        for row in self.pages[page]:
            self._paint_row(painter, row, y)
            y += row.height
        foot = QRectF(left, self.size.height() - MARGIN - 14, self._width, 16)
        words = say("Page {0} of {1}").format(number(number_of), number(in_all))
        text(painter, foot, words, self._small, c("muted"), right=True)
        text(painter, foot, "Ablator", self._small, c("muted"))

    def _paint_titles(self, painter: QPainter, bottom: float) -> None:
        c, x = self._theme.colour, MARGIN
        for (column, _, figures), width in zip(COLUMNS, self._widths, strict=True):
            box = QRectF(x + PAD, bottom - 22, width - 2 * PAD, 18)
            text(painter, box, column_title(column), self._strong, c("text"), right=figures)
            x += width
        painter.setPen(QPen(c("edge"), 1.0))
        painter.drawLine(QPointF(MARGIN, bottom - 1), QPointF(MARGIN + self._width, bottom - 1))

    def _paint_row(self, painter: QPainter, row: Row, y: float) -> None:
        c = self._theme.colour
        box = QRectF(MARGIN, y, self._width, row.height)
        if row.step is not None:
            self._paint_step(painter, row.step, box, beyond=row.beyond)
        elif row.line:
            painter.setPen(QPen(c("accent"), 1.6))
            painter.drawLine(QPointF(box.left(), y + 18), QPointF(box.right(), y + 18))
            text(painter, QRectF(box.left() + PAD, y, box.width() - 2 * PAD, 17), row.line, self._strong, c("accent"))
        elif row.heading:
            under = QRectF(box.left() + PAD, y + 10, box.width() - 2 * PAD, 20)
            text(painter, under, row.heading, type_of(BODY, STRONG), c("text"))
            if row.sentence:
                text(painter, under, row.sentence, self._body, self._theme.state_colour(row.state), right=True)
            self._rule(painter, box)
        else:
            painter.setFont(self._body)
            painter.setPen(c("text"))
            painter.drawText(box.adjusted(PAD, PAD, -PAD, 0), WRAPPED, row.sentence)

    def _paint_step(self, painter: QPainter, step: Step, box: QRectF, *, beyond: bool) -> None:
        c = self._theme.colour
        if beyond:
            painter.fillRect(box, c("window"))
        dim = beyond or step.state not in {"ready", "running", "stale"}
        x = box.left()
        for (column, _, figures), width, words in zip(COLUMNS, self._widths, self._cells(step), strict=True):
            inner = QRectF(x + PAD, box.top() + PAD, width - 2 * PAD, box.height() - 2 * PAD)
            colour = c("muted") if dim else c("text")
            if column in {10, 11} and words:
                colour = self._theme.state_colour(step.state if column == 10 else step.verdict or step.state)
            if column in WRAPPING:
                painter.setFont(self._body)
                painter.setPen(colour)
                painter.drawText(inner, WRAPPED, words)
            else:
                one = QRectF(inner.left(), inner.top(), inner.width(), 16)
                text(painter, one, words, self._body, colour, right=figures)
            x += width
        self._rule(painter, box)

    def _rule(self, painter: QPainter, box: QRectF) -> None:
        painter.setPen(QPen(self._theme.colour("rule"), 0.8, Qt.PenStyle.SolidLine))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
