"""The plan as a table model: virtual rows, sorted, filtered and grouped here, never through a proxy."""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from ablator.app import plan_cells as cells
from ablator.app.plain import tip
from ablator.app.plan_words import Heading, heading, locked_by, reason, sentence
from ablator.app.theme import Theme
from ablator.plan.types import Plan, Step

Index = QModelIndex | QPersistentModelIndex
Cell = tuple[str | None, QColor | None, QColor | None]
ROOT = QModelIndex()
HEADING_FLAGS = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemNeverHasChildren
STEP_FLAGS = HEADING_FLAGS | Qt.ItemFlag.ItemIsSelectable
METHOD = -1
"""The column that stands for the method's order."""

KEPT = 2000
"""Rows whose texts are kept while they scroll by."""


class PlanModel(QAbstractTableModel):
    """Owns the order in which steps are shown. Every row is a step or a heading; both come from the plan given last.

    Headings stand only where rows follow the method's order or are grouped by stage.
    """

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._plan: Plan | None = None
        self._titles: Mapping[str, str] = {}
        self._steps: Sequence[Step] = ()
        self._numbers: dict[str, int] = {}
        self._texts: dict[int, tuple[str, ...]] = {}
        self._painted: dict[int, tuple[Cell, ...]] = {}
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
        self._budget: float | None = None
        self._tint()
        roles = Qt.ItemDataRole
        self._serve: dict[int, Callable[[int, int], Any]] = {
            int(roles.DisplayRole): self._display,
            int(roles.TextAlignmentRole): self._alignment,
            int(roles.ForegroundRole): self._foreground,
            int(roles.BackgroundRole): self._background,
            int(roles.ToolTipRole): self._tool_tip,
            int(roles.AccessibleTextRole): self._accessible,
        }
        theme.changed.connect(self._retint)

    # What it shows

    def set_plan(self, plan: Plan | None, titles: Mapping[str, str], budget: float | None) -> bool:
        """Show another plan; `titles` name the elements. True where rows moved, False where only cells changed."""
        same_rows = (
            plan is not None
            and self._plan is not None
            and [s.id for s in plan.steps] == [s.id for s in self._steps]
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
        self._permutations, self._haystacks, self._texts, self._painted = {}, [], {}, {}
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

    def texts(self, rows: Sequence[int]) -> list[list[str]]:
        """The cells of some rows in the C locale, for other programs; headings are left out."""
        numbers = [self._rows[r] for r in rows if 0 <= r < len(self._rows) and self._rows[r] >= 0]
        return [cells.plain_cells(self._steps[n], self._titles, self._order_of) for n in numbers]

    # Qt's questions

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(cells.COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        serve = self._serve.get(role)
        return None if serve is None else serve(index.row(), index.column())

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(cells.COLUMNS):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return cells.column_title(section)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return cells.ALIGNED[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return cells.column_tip(section)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return super().flags(index)
        row = index.row()
        return STEP_FLAGS if 0 <= row < len(self._rows) and self._rows[row] >= 0 else HEADING_FLAGS

    # Cells

    def cell(self, row: int, column: int) -> Cell:
        """Text, its colour and the colour behind it, None for those of the table: what `data` says role by role."""
        number = self._rows[row]
        painted = self._painted.get(number)
        if painted is None:
            if len(self._painted) >= KEPT:
                self._painted.clear()
            painted = self._painted[number] = self._whole_row(row)
        return painted[column]

    def _whole_row(self, row: int) -> tuple[Cell, ...]:
        columns = range(len(cells.COLUMNS))
        if self._rows[row] < 0:
            return tuple((None, None, None) for _ in columns)
        ground = self._background(row, 0)
        return tuple((self._display(row, c), self._foreground(row, c), ground) for c in columns)

    def _display(self, row: int, column: int) -> str | None:
        number = self._rows[row]
        if number < 0:
            return self._headings[-number - 1].text if column == 0 else None
        shown = self._texts.get(number)
        if shown is None:
            if len(self._texts) >= KEPT:
                self._texts.clear()
            step = self._steps[number]
            shown = self._texts[number] = tuple(show(step, self._titles, self._order_of) for show in cells.SHOWN)
        return shown[column]

    def _alignment(self, row: int, column: int) -> int | None:
        return cells.ALIGNED[column] if self._rows[row] >= 0 else None

    def _foreground(self, row: int, column: int) -> QColor | None:
        number = self._rows[row]
        if number < 0:
            state = self._headings[-number - 1].state
            return self._states[state] if state else self._muted
        step = self._steps[number]
        if column == cells.STATE:
            return self._states[step.state]
        if column == cells.VERDICT:
            return self._states[step.verdict] if step.verdict else None
        if step.state != "ready" and step.state != "running" and step.state != "stale":
            return self._muted
        return self._muted if self._beyond(step) else None

    def _background(self, row: int, column: int) -> QColor | None:
        number = self._rows[row]
        if number < 0:
            return self._band
        return self._pale if self._beyond(self._steps[number]) else None

    def _tool_tip(self, row: int, column: int) -> str:
        step = self.step_at(row)
        if step is None:
            return tip(self._headings[-self._rows[row] - 1].text)
        return tip(self.reason(step))

    def _accessible(self, row: int, column: int) -> str:
        number = self._rows[row]
        if number < 0:
            return self._headings[-number - 1].text
        step = self._steps[number]
        if column:
            return f"{cells.column_title(column)}: {self._display(row, column) or self.tr('none')}"
        return sentence(step, beyond=self._beyond(step))

    def reason(self, step: Step) -> str:
        """What a person wants to know of a row: why it is locked, how it was settled, or why it stands here."""
        return reason(step, self._plan.gates if self._plan else (), self._step_called)

    def locked_by(self, step: Step) -> list[str]:
        """What holds a step back: the steps that must have a verdict first, and the gate of its stage."""
        return locked_by(step, self._plan.gates if self._plan else (), self._step_called)

    def _step_called(self, step_id: str) -> Step | None:
        number = self._numbers.get(step_id)
        return None if number is None else self._steps[number]

    # Order

    def _order_of(self, step_id: str) -> int | None:
        step = self._step_called(step_id)
        return None if step is None else step.order

    def _beyond(self, step: Step) -> bool:
        return self._budget is not None and step.cumulative_hours > self._budget + 1e-9

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
        out: list[int] = []
        if self._grouped:
            wanted = range(5)
        else:
            wanted = range(2, 5)
            out += rows[: bisect_left(rows, 2, key=self._sections.__getitem__)]
        for section in wanted:
            a = bisect_left(rows, section, key=self._sections.__getitem__)
            b = bisect_left(rows, section + 1, key=self._sections.__getitem__)
            if a < b:
                self._headings.append(heading(section, self._plan.gates if self._plan else ()))
                self._starts.append(a)
                out.append(-len(self._headings))
                out += rows[a:b]
        self._rows = out

    def _reset(self, *steps: Callable[[], None]) -> None:
        self._painted = {}
        self.beginResetModel()
        for do in steps:
            do()
        self.endResetModel()

    def _repaint(self) -> None:
        self._painted = {}
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(cells.COLUMNS) - 1))

    def _tint(self) -> None:
        c = self._theme.colour
        self._muted, self._pale, self._band = c("muted"), c("window"), c("hover")
        words = (*cells.STATES, *cells.VERDICTS, "open", "closed")
        self._states = {word: self._theme.state_colour(word) for word in words}

    def _retint(self) -> None:
        self._tint()
        self._repaint()
