"""The plan as a table model: what each cell shows, in which colours, and what a row says."""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor

from ablator.app import plan_cells as cells
from ablator.app.plain import tip
from ablator.app.plan_order import METHOD, Index, PlanOrder
from ablator.app.plan_words import locked_by, reason, sentence
from ablator.app.theme import Theme
from ablator.plan.types import Step

__all__ = ["METHOD", "PlanModel"]

Cell = tuple[str | None, QColor | None, QColor | None]
HEADING_FLAGS = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemNeverHasChildren
STEP_FLAGS = HEADING_FLAGS | Qt.ItemFlag.ItemIsSelectable
KEPT = 2000
"""Rows whose texts are kept while they scroll by."""


class PlanModel(PlanOrder):
    """What the cells of the plan table show and say. Colours come from the theme."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._texts: dict[int, tuple[str, ...]] = {}
        self._painted: dict[int, tuple[Cell, ...]] = {}
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

    # Qt's questions

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
            head = self._headings[-self._rows[row] - 1]
            return tip(f"{head.text}\n{head.deed}".strip())
        return tip(self.reason(step))

    def _accessible(self, row: int, column: int) -> str:
        number = self._rows[row]
        if number < 0:
            head = self._headings[-number - 1]
            return f"{head.text}. {head.deed}" if head.fold else head.text
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

    def _order_of(self, step_id: str) -> int | None:
        step = self._step_called(step_id)
        return None if step is None else step.order

    def _beyond(self, step: Step) -> bool:
        return self._budget is not None and step.cumulative_hours > self._budget + 1e-9

    def texts(self, rows: Sequence[int]) -> list[list[str]]:
        """The cells of some rows in the C locale, for other programs; headings are left out."""
        numbers = [self._rows[r] for r in rows if 0 <= r < len(self._rows) and self._rows[r] >= 0]
        return [cells.plain_cells(self._steps[n], self._titles, self._order_of) for n in numbers]

    def _forget_cells(self) -> None:
        self._painted = {}

    def _forget_texts(self) -> None:
        self._texts, self._painted = {}, {}

    def _tint(self) -> None:
        c = self._theme.colour
        self._muted, self._pale, self._band = c("muted"), c("window"), c("hover")
        words = (*cells.STATES, *cells.VERDICTS, "open", "closed")
        self._states = {word: self._theme.state_colour(word) for word in words}

    def _retint(self) -> None:
        self._tint()
        self._repaint()
