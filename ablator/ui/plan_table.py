"""The plan as a table: headings across it, and the budget as a line that can be dragged."""

from PySide6.QtCore import QEvent, QItemSelection, QItemSelectionModel, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from ablator.app.plain import hours
from ablator.app.plan_model import METHOD, PlanModel
from ablator.app.theme import Theme
from ablator.ui.plan_columns import Columns
from ablator.ui.plan_marks import paint_budget, paint_fold, paint_heading
from ablator.ui.plan_rows import RowPainter

GRIP = 4
"""Pixels on each side of the budget line where it can be gripped."""


class PlanTable(QTableView):
    """Shows a PlanModel and keeps the current step through every reset. Proposes a budget when its line is let go."""

    budget_dragged = Signal(float)
    """The budget line was let go at these hours."""
    current_changed = Signal(str)
    """Another step became current; empty where none is."""
    activated_step = Signal(str)
    """Return or a double click on a step."""
    fold_changed = Signal(bool)
    """Settled steps were folded, or shown row by row."""

    def __init__(self, model: PlanModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = model
        self._theme = theme
        self._current = ""
        self._dragging: float | None = None
        self._before: float | None = None
        self.setAccessibleName(self.tr("Plan"))
        self._painter = RowPainter(model, theme, self)
        self.setModel(model)
        self.setItemDelegate(self._painter)
        self._look()
        self.columns = Columns(self, model)
        model.modelReset.connect(self._after_reset)
        self.selectionModel().currentRowChanged.connect(self._tell_current)
        self.doubleClicked.connect(lambda index: self._activate(index.row()))
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)

    def _look(self) -> None:
        font = self.font()
        font.setFeature(QFont.Tag("tnum"), 1)
        self.setFont(font)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setWordWrap(False)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        height = QFontMetrics(font).height() + 8
        rows.setMinimumSectionSize(height)
        rows.setDefaultSectionSize((height + 3) // 4 * 4)
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setSectionsMovable(True)
        head.setSortIndicator(METHOD, Qt.SortOrder.AscendingOrder)
        head.setSortIndicatorClearable(True)
        self.setSortingEnabled(True)

    # The current step

    @property
    def current_step(self) -> str:
        """Id of the current step; empty where none is."""
        return self._current

    def selected_rows(self) -> list[int]:
        """Rows of the selected steps, top first."""
        return sorted(index.row() for index in self.selectionModel().selectedRows())

    def show_step(self, step_id: str) -> bool:
        """Make a step current and scroll to it; False where it is not shown."""
        row = self._rows.row_of(step_id)
        if row < 0:
            return False
        if step_id != self._current or not self.selectionModel().isRowSelected(row):
            self._current = step_id
            self._set_current(row)
            self.current_changed.emit(step_id)
        self.scrollTo(self._rows.index(row, max(self.currentIndex().column(), 0)))
        return True

    def stand_on(self, step_id: str) -> None:
        """Make a step current without telling anybody, its row in sight."""
        row = self._rows.row_of(step_id)
        if row >= 0:
            self._current = step_id
            self._set_current(row)
            self.scrollToTop()
            self.scrollTo(self._rows.index(row, 0))

    def show_none(self) -> None:
        """Let no step be current."""
        self._current = ""
        self.selectionModel().clear()

    def _set_current(self, row: int) -> None:
        flags = QItemSelectionModel.SelectionFlag
        index = self._rows.index(row, max(self.currentIndex().column(), 0))
        self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)

    def _tell_current(self) -> None:
        step = self._rows.step_at(self.currentIndex().row())
        key = step.id if step else ""
        if key and key != self._current:
            self._current = key
            self.current_changed.emit(key)

    def _after_reset(self) -> None:
        """The step that was current stays so where it is still shown."""
        self._painter.chosen = set()
        self.columns.measure()
        row = self._rows.row_of(self._current) if self._current else -1
        if row >= 0:
            self._set_current(row)
            QTimer.singleShot(0, self, self._reveal_current)

    def _reveal_current(self) -> None:
        row = self._rows.row_of(self._current) if self._current else -1
        if row >= 0:
            self.scrollTo(self._rows.index(row, 0))

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        self._painter.chosen = {index.row() for index in self.selectionModel().selectedRows()}

    def toggle_fold(self, row: int) -> None:
        """Fold the settled steps or show them; the row that stands for them stays current."""
        head = self._rows.heading_at(row)
        section = head.section if head is not None else -1
        self._rows.set_folded(not self._rows.folded)
        rows = self._rows.heading_rows()
        again = next((r for r in rows if (h := self._rows.heading_at(r)) and h.fold and h.section == section), -1)
        if again >= 0:
            self.selectionModel().setCurrentIndex(
                self._rows.index(again, 0), QItemSelectionModel.SelectionFlag.NoUpdate
            )
            self.scrollTo(self._rows.index(again, 0))
        self.fold_changed.emit(self._rows.folded)

    def _folds(self, row: int) -> bool:
        head = self._rows.heading_at(row)
        return head is not None and head.fold

    def _activate(self, row: int) -> None:
        step = self._rows.step_at(row)
        if step is not None:
            self.activated_step.emit(step.id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and plain:
            if self._folds(self.currentIndex().row()):
                self.toggle_fold(self.currentIndex().row())
            else:
                self._activate(self.currentIndex().row())
        elif event.key() == Qt.Key.Key_Space and plain and self._folds(self.currentIndex().row()):
            self.toggle_fold(self.currentIndex().row())
        elif event.key() == Qt.Key.Key_Escape and self._dragging is not None:
            self._stop_dragging()
        else:
            super().keyPressEvent(event)

    # The budget line

    def line_y(self) -> int | None:
        """Where the budget line lies in the viewport; None where rows are not in the method's order."""
        if not self._rows.method_order or not self._rows.rowCount():
            return None
        row = self._rows.budget_row()
        if row >= self._rows.rowCount():
            last = self._rows.rowCount() - 1
            return self.rowViewportPosition(last) + self.rowHeight(last)
        return self.rowViewportPosition(row)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        for row in self._rows.heading_rows():
            self._paint_heading(painter, row)
        now = self.currentIndex().row()
        if self.hasFocus() and now >= 0:
            painter.setPen(QPen(self._theme.colour("accent"), 1))
            top = self.rowViewportPosition(now)
            painter.drawRect(QRect(0, top, self.viewport().width() - 1, self.rowHeight(now) - 1))
        y = self.line_y()
        if y is not None and -2 <= y <= self.viewport().height() + 2:
            width = self.viewport().width()
            paint_budget(painter, self._theme, self.font(), y, width, self._line_text())
        painter.end()

    def _paint_heading(self, painter: QPainter, row: int) -> None:
        """A heading over all columns. Spans are not used for it: Qt 6.11 crashes when rows move below them."""
        top, heading = self.rowViewportPosition(row), self._rows.heading_at(row)
        if heading is None or not -self.rowHeight(row) < top < self.viewport().height():
            return
        box = QRect(0, top, self.viewport().width(), self.rowHeight(row))
        if heading.fold:
            paint_fold(painter, self._theme, self.font(), box, heading, folded=self._rows.folded)
        else:
            paint_heading(painter, self._theme, self.font(), box, heading)

    def _line_text(self) -> str:
        budget = self._rows.budget
        if budget is None:
            return self.tr("No budget: drag up to set one")
        return self.tr("{0} h").format(hours(budget))

    def _near_line(self, position: QPoint) -> bool:
        y = self.line_y()
        return y is not None and abs(position.y() - y) <= GRIP

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._near_line(event.position().toPoint()):
            self._before = self._rows.budget
            self._dragging = self._before if self._before is not None else -1.0
            event.accept()
            return
        row = self.rowAt(round(event.position().y()))
        if event.button() == Qt.MouseButton.LeftButton and self._folds(row):
            self.toggle_fold(row)
            event.accept()
            return
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        position = event.position().toPoint()
        if self._dragging is None:
            cursor = Qt.CursorShape.ArrowCursor
            if self._near_line(position):
                cursor = Qt.CursorShape.SplitVCursor
            elif self._folds(self.rowAt(position.y())):
                cursor = Qt.CursorShape.PointingHandCursor
            if self.viewport().cursor().shape() != cursor:
                self.viewport().setCursor(cursor)
            if event.buttons() == Qt.MouseButton.NoButton:
                return
            super().mouseMoveEvent(event)
            return
        self._dragging = self._hours_at(position.y())
        self._rows.preview_budget(self._dragging)
        self.viewport().update()
        bar = self.verticalScrollBar()
        if position.y() < 0:
            bar.setValue(bar.value() - self.rowHeight(0))
        elif position.y() > self.viewport().height():
            bar.setValue(bar.value() + self.rowHeight(0))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._dragging is None:
            super().mouseReleaseEvent(event)
            return
        chosen, before = self._dragging, self._before
        self._dragging = None
        if chosen >= 0 and chosen != before:
            self._rows.preview_budget(before)
            self.budget_dragged.emit(chosen)
        self.viewport().update()

    def _stop_dragging(self) -> None:
        self._dragging = None
        self._rows.preview_budget(self._before)
        self.viewport().update()

    def _hours_at(self, y: int) -> float:
        """The budget for which the line would lie nearest to `y`: it pays for the rows above."""
        row = self.rowAt(max(y, 0))
        if row < 0:
            row = self._rows.rowCount()
        elif y > self.rowViewportPosition(row) + self.rowHeight(row) // 2:
            row += 1
        return self._rows.hours_above(row)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.columns.fit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()
