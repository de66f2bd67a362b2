"""Which step of a plan stands in which row: sorted, filtered and grouped in the model, never through a proxy."""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from ablator.app import plan_cells as cells
from ablator.app.plan_words import Heading, fold_line, heading
from ablator.plan.types import CLOSED, Plan, Step

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
METHOD = -1
"""The column that stands for the method's order."""


class PlanOrder(QAbstractTableModel):
    """Owns the order in which steps are shown. Every row is a step or a heading; both come from the plan given last.

    Headings stand only where rows follow the method's order or are grouped by stage. There the settled steps of each
    part are one row while they are folded, unless a filter asks for them.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._plan: Plan | None = None
        self._titles: Mapping[str, str] = {}
        self._steps: Sequence[Step] = ()
        self._numbers: dict[str, int] = {}
        self._sections: list[int] = []
        self._permutations: dict[tuple[int, bool], list[int]] = {}
        """Steps by each column and direction that was asked for; equals stay in the plan's order."""
        self._haystacks: list[str] = []
        self._sorted: list[int] = []
        self._filtered: list[int] = []
        self._rows: list[int] = []
        self._row_of: dict[int, int] | None = None
        self._headings: list[Heading] = []
        self._starts: list[int] = []
        """Where in `_filtered` the steps under each heading begin."""
        self._column, self._descending = METHOD, False
        self._needle = ""
        self._grouped = False
        self._folded = True
        self._budget: float | None = None

    def set_plan(self, plan: Plan | None, titles: Mapping[str, str], budget: float | None) -> bool:
        """Show another plan; `titles` name the elements. True where rows moved, False where only cells changed."""
        same_rows = (
            plan is not None
            and self._plan is not None
            and list(map(_standing, plan.steps)) == list(map(_standing, self._steps))
            and plan.gates == self._plan.gates
            and self._column == METHOD
            and not self._needle
        )
        if not same_rows:
            self.beginResetModel()
        self._plan, self._titles, self._budget = plan, titles, budget
        self._steps = plan.steps if plan else ()
        self._numbers = {s.id: i for i, s in enumerate(self._steps)}
        self._sections = cells.sections(self._steps)
        self._permutations, self._haystacks = {}, []
        self._forget_texts()
        if same_rows:
            self._repaint()
            return False
        self._sort()
        self._arrange()
        self.endResetModel()
        return True

    def set_filter(self, text: str) -> None:
        """Show the steps that hold every word of `text` in what their row says; an empty text shows all."""
        needle = " ".join(text.casefold().split())
        if needle != self._needle:
            self._needle = needle
            self._reset(self._arrange)

    def set_grouped(self, grouped: bool) -> None:
        """Group rows by stage, or not."""
        if grouped != self._grouped:
            self._grouped = grouped
            self._reset(self._sort, self._arrange)

    def set_folded(self, folded: bool) -> None:
        """Show settled steps as one row of each part, or row by row."""
        if folded != self._folded:
            self._folded = folded
            self._reset(self._arrange)

    @property
    def folded(self) -> bool:
        """Whether settled steps are one row of each part."""
        return self._folded

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; `METHOD` is the plan's own order."""
        descending = order == Qt.SortOrder.DescendingOrder
        if column == cells.COLUMNS.index("order") and not descending:
            column = METHOD
        if (column, descending) != (self._column, self._descending):
            self._column, self._descending = column, descending
            self._reset(self._sort, self._arrange)

    def preview_budget(self, budget: float | None) -> None:
        """Pale the rows that this budget would not pay for; None for no limit. The plan itself stays."""
        if budget != self._budget:
            self._budget = budget
            self._repaint()

    @property
    def budget(self) -> float | None:
        """Hours that are taken to be available."""
        return self._budget

    @property
    def method_order(self) -> bool:
        """Whether rows stand in the plan's own order, so that a budget line can be drawn between them."""
        return self._column == METHOD and not self._grouped

    @property
    def shown(self) -> int:
        """Steps that are shown."""
        return len(self._rows) - len(self._headings)

    def step_at(self, row: int) -> Step | None:
        """The step in a row; None for a heading or a row that is not there."""
        if not 0 <= row < len(self._rows):
            return None
        number = self._rows[row]
        return self._steps[number] if number >= 0 else None

    def heading_at(self, row: int) -> Heading | None:
        """The heading in a row; None for a step."""
        number = self._rows[row] if 0 <= row < len(self._rows) else 0
        return self._headings[-number - 1] if number < 0 else None

    def heading_rows(self) -> list[int]:
        """Rows that are headings."""
        return [start + above for above, start in enumerate(self._starts)]

    def row_of(self, step_id: str) -> int:
        """The row of a step; -1 where it is not shown."""
        if self._row_of is None:
            self._row_of = {number: row for row, number in enumerate(self._rows)}
        return self._row_of.get(self._numbers.get(step_id, len(self._steps)), -1)

    def budget_row(self) -> int:
        """The first row that the budget does not pay for, rows in the method's order; the row count where all is paid.

        Settled steps cost nothing and may stand anywhere; the line stands below the last step that is paid for.
        """
        if self._budget is None:
            return len(self._rows)
        limit = self._budget + 1e-9
        paid = bisect_left(self._steps, True, key=lambda s: s.cumulative_hours > limit)
        place = bisect_left(self._filtered, paid)
        return place + sum(start < place for start in self._starts)

    def hours_above(self, row: int) -> float:
        """Hours of all steps above a row, rows in the method's order."""
        for above in range(min(row, len(self._rows)) - 1, -1, -1):
            step = self.step_at(above)
            if step is not None:
                return step.cumulative_hours
        return 0.0

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(cells.COLUMNS)

    def _step_called(self, step_id: str) -> Step | None:
        number = self._numbers.get(step_id)
        return None if number is None else self._steps[number]

    def _sort(self) -> None:
        numbers = list(range(len(self._steps)))
        if self._column != METHOD:
            wanted = (self._column, self._descending)
            if wanted not in self._permutations:
                keys = cells.KEYS[self._column](self._steps, self._titles)
                numbers.sort(key=keys.__getitem__, reverse=self._descending)
                self._permutations[wanted] = numbers
            numbers = list(self._permutations[wanted])
        if self._grouped:
            numbers.sort(key=self._sections.__getitem__)
        self._sorted = numbers

    def _arrange(self) -> None:
        """From the sorted steps to rows: what the filter lets through, with headings between."""
        rows = self._sorted
        if self._needle:
            if not self._haystacks:
                self._haystacks = cells.haystacks(self._steps, self._titles)
            hay = self._haystacks
            first, *others = self._needle.split()
            rows = [n for n in rows if first in hay[n]]
            for word in others:
                rows = [n for n in rows if word in hay[n]]
        self._headings, self._starts, self._row_of, self._filtered = [], [], None, rows
        if not rows or not (self._grouped or self._column == METHOD):
            self._rows = list(rows)
            return
        self._filtered, self._rows = [], []
        for section, end in pairwise((0, 1, 2, 3, 4, 5) if self._grouped else (0, 2, 3, 4, 5)):
            a = bisect_left(rows, section, key=self._sections.__getitem__)
            b = bisect_left(rows, end, key=self._sections.__getitem__)
            if a < b:
                if self._grouped or section:
                    self._head(heading(section, self._plan.gates if self._plan else ()))
                self._part(section, rows[a:b])

    def _part(self, section: int, rows: list[int]) -> None:
        """The steps of a part; those that are settled behind one row."""
        settled = [] if self._needle else [n for n in rows if self._steps[n].state in CLOSED]
        if settled:
            self._head(fold_line(section, [self._steps[n] for n in settled], folded=self._folded))
            if self._folded:
                rows = [n for n in rows if self._steps[n].state not in CLOSED]
        self._filtered += rows
        self._rows += rows

    def _head(self, head: Heading) -> None:
        self._headings.append(head)
        self._starts.append(len(self._filtered))
        self._rows.append(-len(self._headings))

    def _reset(self, *steps: Callable[[], None]) -> None:
        self._forget_cells()
        self.beginResetModel()
        for do in steps:
            do()
        self.endResetModel()

    def _forget_cells(self) -> None:
        """Rows stand elsewhere or look otherwise: whoever keeps cells drops them."""

    def _forget_texts(self) -> None:
        """Steps say something else: whoever keeps texts drops them."""

    def _repaint(self) -> None:
        self._forget_cells()
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(cells.COLUMNS) - 1))


def _standing(step: Step) -> tuple[str, bool, str | None]:
    """What decides where a step is shown."""
    return step.id, step.state in CLOSED, step.verdict
