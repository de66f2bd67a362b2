"""The plan room: the next step, the table with its filter and budget, and why the selected step stands there."""

from collections.abc import Callable

from PySide6.QtCore import QLocale, Qt, Signal, SignalInstance
from PySide6.QtGui import QAction, QContextMenuEvent, QGuiApplication, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from ablator.app.document import Document
from ablator.app.next_step import commands, commands_text, last_decision, runs_of
from ablator.app.plan_cells import written
from ablator.app.plan_model import METHOD, PlanModel
from ablator.app.settings import Settings
from ablator.app.theme import Theme
from ablator.core import edits
from ablator.core.change import INFO, Change
from ablator.core.queries import title
from ablator.core.study import Study
from ablator.plan.types import CLOSED
from ablator.ui.next_card import NextCard
from ablator.ui.plan_bar import PlanBar
from ablator.ui.plan_table import PlanTable
from ablator.ui.style import label
from ablator.ui.why_strip import WhyStrip

FORMS = (("tsv", "TSV"), ("csv", "CSV"), ("markdown", "Markdown"), ("latex", "LaTeX"))
SHORT = 420
"""Height in pixels below which the card and the reason of the current step take fewer lines."""


class PlanPanel(QWidget):
    """Shows the document's plan. Selecting a step selects its element, and the other way round."""

    step_selected = Signal(str)
    record_requested = Signal(str)
    waive_requested = Signal(str)
    message = Signal(str)

    def __init__(
        self, document: Document, theme: Theme, parent: QWidget | None = None, settings: Settings | None = None
    ) -> None:
        super().__init__(parent)
        self._document, self._settings = document, settings
        self._fresh = True
        self.setAccessibleName(self.tr("Plan"))
        self.model = PlanModel(theme, self)
        self.card = NextCard(document, theme, self)
        self.table = PlanTable(self.model, theme, self)
        self.why = WhyStrip(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.card)
        bar = PlanBar(self)
        self.filter, self.grouped, self.method = bar.filter, bar.grouped, bar.method
        self.count, self.budget = bar.count, bar.budget
        column.addWidget(bar)
        column.addWidget(self.table, 1)
        self._empty = label("", tone="muted", wrap=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self._empty, 1)
        column.addWidget(self.why)
        self._actions()
        self._connect()
        self._remembered()
        self._take_plan()

    # What it is made of

    def _actions(self) -> None:
        def action(text: str, do: Callable[[], None], *keys: QKeySequence.StandardKey | str) -> QAction:
            made = QAction(text, self)
            made.setShortcuts([QKeySequence(k) for k in keys])
            made.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            made.triggered.connect(do)
            self.table.addAction(made)
            return made

        self.copy_rows = action(self.tr("Copy rows"), lambda: self._copy("tsv"), QKeySequence.StandardKey.Copy)
        self.take_back = action(self.tr("Take decision back"), self._take_back, "Backspace")
        self.waive = action(self.tr("Waive…"), lambda: self._ask(self.waive_requested), "Shift+Return", "Shift+Enter")
        self.to_filter = action(self.tr("Filter steps"), self.filter.setFocus, "/")
        self.settled = action(self.tr("Show settled steps"), self._toggle_settled, "S")
        self.settled.setCheckable(True)
        self.record = QAction(self.tr("Record result…"), self)
        self.record.triggered.connect(lambda: self._ask(self.record_requested))
        self.place = QAction(self.tr("Move in the order…"), self)
        self.place.triggered.connect(self._place)
        self.copy_commands = QAction(self.tr("Copy commands"), self)
        self.copy_commands.triggered.connect(self._copy_commands)

    def _connect(self) -> None:
        d = self._document
        d.plan_changed.connect(self._take_plan)
        d.replaced.connect(self._forget)
        d.changed.connect(self._take_change)
        d.selection_changed.connect(self._follow_selection)
        for source in (self.card, self.why):
            source.record_requested.connect(self.record_requested)
            source.waive_requested.connect(self.waive_requested)
        self.card.message.connect(self.message)
        self.card.step_clicked.connect(self.show_step)
        self.table.current_changed.connect(self._step_chosen)
        self.table.activated_step.connect(self.record_requested)
        self.table.fold_changed.connect(self._folded)
        self.table.columns.chosen.connect(lambda choice: self._keep("plan/columns", choice))
        self.table.budget_dragged.connect(self._set_budget)
        self.filter.textChanged.connect(self._filter)
        self.filter.returnPressed.connect(self._to_first_row)
        self.grouped.toggled.connect(self.model.set_grouped)
        self.method.clicked.connect(self._to_method_order)
        self.table.horizontalHeader().sortIndicatorChanged.connect(lambda *_: self._show_state())
        self.budget.editingFinished.connect(self._budget_typed)

    # What it follows

    def _remembered(self) -> None:
        """Take what was chosen before: columns, and whether settled steps are folded."""
        if self._settings is not None:
            self.model.set_folded(not self._settings.get("plan/settled"))
            self.table.columns.choose(self._settings.get("plan/columns"))
        self.settled.setChecked(not self.model.folded)

    def _keep(self, key: str, value: object) -> None:
        if self._settings is not None:
            self._settings.set(key, value)

    def _toggle_settled(self) -> None:
        self.model.set_folded(not self.model.folded)
        self._folded(self.model.folded)

    def _folded(self, folded: bool) -> None:
        self.settled.setChecked(not folded)
        self._keep("plan/settled", not folded)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.card.set_compact(self.height() < SHORT)
        self.why.set_compact(self.height() < SHORT)

    def _take_plan(self) -> None:
        study = self._document.study
        titles = {k: title(e) for k, e in study.elements.items()}
        self.model.set_plan(self._document.plan, titles, study.info.budget)
        self._show_budget()
        self._show_state()
        self._show_why()
        if self._fresh and self.card.step_id:
            self._fresh = False
            self.table.stand_on(self.card.step_id)
            self._show_why()

    def _forget(self) -> None:
        """Another study begins without filter and current step, at the step that comes next."""
        self._fresh = True
        self.table.show_none()
        self.filter.clear()

    def _take_change(self, change: Change) -> None:
        if INFO in change.tables():
            self.model.preview_budget(self._document.study.info.budget)
            self._show_budget()

    def _follow_selection(self) -> None:
        chosen = self._document.selection
        plan = self._document.plan
        current = plan.step(self.table.current_step) if plan and self.table.current_step else None
        if not chosen or plan is None or (current is not None and current.element in chosen):
            return
        steps = plan.steps_of(chosen[0])
        step = next((s for s in steps if s.state not in CLOSED), steps[0] if steps else None)
        if step is not None:
            self.table.show_step(step.id)

    def _step_chosen(self, step_id: str) -> None:
        step = self._document.plan.step(step_id) if self._document.plan else None
        self._show_why()
        if step is not None:
            if step.element not in self._document.selection:
                self._document.select([step.element])
            self.step_selected.emit(step_id)

    def show_step(self, step_id: str) -> None:
        """Make a step current; a filter or fold that hides it is taken away."""
        if not self.table.show_step(step_id) and self.filter.text():
            self.filter.clear()
        if not self.table.show_step(step_id) and self.model.folded:
            self._toggle_settled()
            self.table.show_step(step_id)
        self.table.setFocus()

    def _show_why(self) -> None:
        plan = self._document.plan
        step = plan.step(self.table.current_step) if plan and self.table.current_step else None
        self.why.show_step(step, self.model.locked_by(step) if step and step.state == "locked" else ())

    def _show_budget(self) -> None:
        hours = self._document.study.info.budget
        self.budget.setText("" if hours is None else QLocale().toString(hours, "g", 8))

    def _show_state(self) -> None:
        plan = self._document.plan
        total = len(plan.steps) if plan else 0
        shown = self.model.shown
        self.count.setText(
            self.tr("{0} steps").format(QLocale().toString(total))
            if not self.filter.text().strip()
            else self.tr("{0} of {1} steps").format(QLocale().toString(shown), QLocale().toString(total))
        )
        self.method.setEnabled(
            self.table.horizontalHeader().sortIndicatorSection() != METHOD or self.grouped.isChecked()
        )
        rows = self.model.rowCount()
        if rows:
            text = ""
        elif total:
            text = self.tr("No step holds “{0}”. Clear the filter to see all.").format(self.filter.text()[:80])
        elif plan is None:
            text = self.tr("Open a study, or drop a model on the window.") if self._document.empty else ""
        else:
            text = self.tr("The plan is empty. Add ideas, factors or instruments from the library.")
        self._empty.setText(text)
        self._empty.setVisible(not rows)
        self.table.setVisible(bool(rows))
        self.why.setVisible(bool(rows))

    # What people do

    def _filter(self, text: str) -> None:
        self.model.set_filter(text)
        self._show_state()

    def _to_first_row(self) -> None:
        self.table.setFocus()
        if self.model.row_of(self.table.current_step) < 0:
            first = next((s for s in map(self.model.step_at, range(3)) if s is not None), None)
            if first is not None:
                self.table.show_step(first.id)

    def _to_method_order(self) -> None:
        self.grouped.setChecked(False)
        self.table.sortByColumn(METHOD, Qt.SortOrder.AscendingOrder)
        self._show_state()

    def _set_budget(self, hours: float | None) -> None:
        if not self._document.attempt(edits.set_info, "budget", hours):
            self._show_budget()

    def _budget_typed(self) -> None:
        text = self.budget.text().strip()
        value, good = QLocale().toDouble(text)
        if text and not good:
            self.message.emit(self.tr("“{0}” is no number of hours").format(text[:40]))
            self._show_budget()
            return
        wanted = value if text else None
        if wanted != self._document.study.info.budget:
            self._set_budget(wanted)

    def _ask(self, signal: SignalInstance) -> None:
        if self.table.current_step:
            signal.emit(self.table.current_step)

    def _place(self) -> None:
        plan = self._document.plan
        step = plan.step(self.table.current_step) if plan and self.table.current_step else None
        if step is not None and step.state not in CLOSED:
            from ablator.ui.place_dialog import PlaceDialog

            PlaceDialog(self._document, step, self).open()

    def _take_back(self) -> None:
        decision = last_decision(self._document.study, self.table.current_step)
        if decision is None:
            self.message.emit(self.tr("There is no decision on this step to take back"))
            return
        self._document.attempt(edits.undecide, decision)

    def _copy(self, form: str) -> None:
        rows = self.model.texts(self.table.selected_rows())
        if rows:
            QGuiApplication.clipboard().setText(written(rows, form))
            self.message.emit(self.tr("{0} rows copied").format(len(rows)))

    def _copy_commands(self) -> None:
        plan = self._document.plan
        runs = runs_of(plan, self.table.current_step) if plan else ()
        QGuiApplication.clipboard().setText(commands_text(runs))
        self.message.emit(self.tr("{0} commands copied").format(len(commands(runs))))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self.table.isVisible() and self.table.geometry().contains(event.pos()):
            menu = self.menu()
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(event.globalPos())
        else:
            super().contextMenuEvent(event)

    def menu(self) -> QMenu:
        """What can be done with the current step and the selected rows."""
        study: Study = self._document.study
        plan = self._document.plan
        step = plan.step(self.table.current_step) if plan and self.table.current_step else None
        menu = QMenu(self)
        self.record.setEnabled(step is not None)
        self.waive.setEnabled(step is not None and step.state not in CLOSED)
        self.place.setEnabled(step is not None and step.state not in CLOSED)
        self.take_back.setEnabled(step is not None and last_decision(study, step.id) is not None)
        runs = runs_of(plan, step.id) if plan and step else ()
        self.copy_commands.setEnabled(bool(commands(runs)))
        menu.addActions([self.record, self.waive, self.place, self.take_back])
        menu.addSeparator()
        menu.addAction(self.copy_commands)
        copies = menu.addMenu(self.tr("Copy rows as"))
        for form, name in FORMS:
            copies.addAction(name).triggered.connect(lambda _=False, form=form: self._copy(form))
        copies.setEnabled(bool(self.table.selected_rows()))
        menu.addSeparator()
        menu.addAction(self.settled)
        self.table.columns.fill(menu.addMenu(self.tr("Columns")))
        menu.aboutToHide.connect(self._enable_keys)
        return menu

    def _enable_keys(self) -> None:
        """Keys ask for themselves whether they can do something; only the menu greys out."""
        for one in (self.waive, self.take_back, self.record):
            one.setEnabled(True)
