"""Put a result on record: a verdict with its meaning, or values for each run, typed or pasted."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QTableView,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from ablator.api import author_name, decision
from ablator.app.document import Document
from ablator.app.pasted import read_pasted
from ablator.app.plain import one_line
from ablator.app.results_model import SETTINGS, ResultsModel
from ablator.app.words import MEANINGS, VERDICTS_OF_STAGE, said
from ablator.core import edits
from ablator.core.change import Change
from ablator.core.errors import EditRefused
from ablator.exporters.csv_tables import metrics_of
from ablator.plan.types import Run, Step
from ablator.ui.study_dialogs import StudyDialog
from ablator.ui.style import label
from ablator.ui.waive_dialog import WaiveDialog

PROBLEMS = 8
"""Lines of a pasted table that are explained before the rest is counted."""


class ResultsTable(QTableView):
    """The table of a ResultsModel; pasting into it fills in runs."""

    def __init__(self, dialog: "RecordDialog") -> None:
        super().__init__()
        self._dialog = dialog
        self.setAccessibleName(self.tr("Results"))
        self.verticalHeader().hide()
        self.setShowGrid(True)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.horizontalHeader().setMinimumSectionSize(72)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Paste):
            self._dialog.paste()
        else:
            super().keyPressEvent(event)


class RecordDialog(StudyDialog):
    """Takes a verdict, values, or both, as one undo step."""

    def __init__(self, document: Document, step: Step, parent: QWidget) -> None:
        super().__init__(document, "", parent)
        self.setWindowTitle(self.tr("Record result"))
        self.step = step
        self.column.addWidget(label(one_line(step.question, 400), "strong", wrap=True))
        if step.check:
            self.column.addWidget(label(one_line(step.check, 600), tone="muted", wrap=True))
        recorded = {e.run: e for e in document.study.evidence.values() if e.kind == "result" and e.run}
        runs = runs_to_fill(document, step)
        self.model = ResultsModel(
            runs,
            {r.run: recorded[r.run] for r in runs if r.run in recorded},
            metrics_of(document.study),
            self,
        )
        self.tabs = QTabWidget()
        self.tabs.setAccessibleName(self.tr("Ways to record"))
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self._verdict_page(), self.tr("Verdict"))
        self.tabs.addTab(self._results_page(), self.tr("Results of runs"))
        self.column.addWidget(self.tabs, 1)
        self.finish(620)
        self.buttons.button(self.buttons.StandardButton.Ok).setText(self.tr("Record"))
        if any(r.kind != "check" for r in runs):
            self.tabs.setCurrentIndex(1)
        self.model.dataChanged.connect(self._check)
        self._check()

    def _verdict_page(self) -> QWidget:
        page = QWidget()
        grid = QGridLayout(page)
        grid.setContentsMargins(0, 12, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        self.choices = QButtonGroup(self)
        self.verdicts: dict[str, QRadioButton] = {}
        for row, word in enumerate(VERDICTS_OF_STAGE[self.step.stage]):
            button = QRadioButton(said(word))
            button.setAccessibleDescription(said(MEANINGS[word]))
            button.toggled.connect(self._check)
            self.choices.addButton(button)
            self.verdicts[word] = button
            grid.addWidget(button, row, 0)
            grid.addWidget(label(said(MEANINGS[word]), tone="muted", wrap=True), row, 1)
        if self.step.verdict in self.verdicts:
            self.verdicts[str(self.step.verdict)].setChecked(True)
        rows = len(self.verdicts)
        name = label(self.tr("What you saw"))
        self.reason = QPlainTextEdit()
        self.reason.setPlaceholderText(self.tr("In a sentence; it is kept beside the verdict"))
        self.reason.setAccessibleName(self.tr("What you saw"))
        self.reason.setTabChangesFocus(True)
        self.reason.setFixedHeight(self.reason.fontMetrics().height() * 3 + 16)
        self.reason.textChanged.connect(self._check)
        name.setBuddy(self.reason)
        grid.addWidget(name, rows, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.reason, rows, 1)
        grid.setRowStretch(rows + 1, 1)
        return page

    def _results_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(8)
        text = self.tr(
            "Type a value per run, or copy a table with a run column and paste it. “diverged” is a value too."
        )
        column.addWidget(label(text, tone="muted", wrap=True))
        self.table = ResultsTable(self)
        self.table.setModel(self.model)
        # The cells to fill in stay in view: long settings give way, and are whole in their tool tip.
        self.table.horizontalHeader().setSectionResizeMode(SETTINGS, QHeaderView.ResizeMode.Stretch)
        column.addWidget(self.table, 1)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.paste_button = QPushButton(self.tr("Paste table"))
        self.paste_button.setAutoDefault(False)
        self.paste_button.clicked.connect(self.paste)
        self.metric_field = QLineEdit()
        self.metric_field.setPlaceholderText(self.tr("Another metric"))
        self.metric_field.setAccessibleName(self.tr("Another metric"))
        self.metric_field.setMaximumWidth(200)
        self.add_button = QPushButton(self.tr("Add column"))
        self.add_button.setAutoDefault(False)
        self.add_button.clicked.connect(self._add_metric)
        row.addWidget(self.paste_button)
        row.addStretch(1)
        row.addWidget(self.metric_field)
        row.addWidget(self.add_button)
        column.addLayout(row)
        self.match = label("", wrap=True)
        self.match.hide()
        column.addWidget(self.match)
        return page

    # What people do

    def paste(self) -> None:
        """Fill in the table from the clipboard, and explain the lines that fit no run."""
        runs = [r.run for r in self.model.runs]
        pasted = read_pasted(QGuiApplication.clipboard().text(), runs, self.model.metrics[0])
        matched = self.model.take(pasted)
        lines = [self.tr("{0} of {1} runs filled in.").format(matched, len(runs)), *pasted.problems[:PROBLEMS]]
        if len(pasted.problems) > PROBLEMS:
            lines.append(self.tr("and {0} more lines that were left out").format(len(pasted.problems) - PROBLEMS))
        self.match.setProperty("tone", "warning" if pasted.problems else "success")
        self.match.style().polish(self.match)
        self.match.setText("\n".join(lines))
        self.match.show()
        self._check()

    def _add_metric(self) -> None:
        if self.model.add_metric(self.metric_field.text()):
            self.metric_field.clear()

    @property
    def verdict(self) -> str:
        """The verdict that was chosen; empty where none was."""
        return next((w for w, b in self.verdicts.items() if b.isChecked()), "")

    @property
    def entered(self) -> bool:
        return bool(self.model.filled or self.reason.toPlainText().strip()) or (
            self.verdict != (self.step.verdict or "")
        )

    def _check(self) -> None:
        chosen = bool(self.verdict) and (
            self.verdict != self.step.verdict or bool(self.reason.toPlainText().strip()) or self.step.state == "stale"
        )
        self.say("")
        self.buttons.button(self.buttons.StandardButton.Ok).setEnabled(chosen or bool(self.model.filled))

    def change(self) -> Change:
        """What was entered, as one change. Raises EditRefused where nothing was."""
        study, author = self.document.study, author_name()
        parts = []
        rows = self.model.rows(author)
        if rows:
            parts.append(
                edits.record_evidence(study, rows, label=self.tr("Record results of {0}").format(self.step.id))
            )
        word, reason = self.verdict, self.reason.toPlainText().strip()
        if word and (word != self.step.verdict or reason or self.step.state == "stale"):
            parts.append(decision(study, {self.step.id: self.step}, self.step.id, "verdict", reason, author, word))
        if not parts:
            raise EditRefused("nothing was entered", mend="choose a verdict or enter a value")
        return parts[0] if len(parts) == 1 else parts[0].then(parts[1])


def runs_to_fill(document: Document, step: Step) -> list[Run]:
    """The runs of a step that a result can be entered for; of a settled step too."""
    plan = document.plan
    found = [r for r in plan.runs if r.step == step.id] if plan else []
    if found:
        return found
    from ablator.plan.planner import all_runs

    return [r for r in all_runs(document.study, beyond=False).values() if r.step == step.id]


def record(parent: QWidget, document: Document, step_id: str) -> RecordDialog | None:
    """Open the dialog that takes the result of a step; None where the plan has no such step."""
    step = document.plan.step(step_id) if document.plan else None
    if step is None:
        document.refused.emit(f"the plan has no step {step_id}")
        return None
    dialog = RecordDialog(document, step, parent)
    dialog.open()
    return dialog


def waive(parent: QWidget, document: Document, step_id: str) -> WaiveDialog | None:
    """Open the dialog that waives a step; None where the plan has no such step."""
    if document.plan is None or document.plan.step(step_id) is None:
        document.refused.emit(f"the plan has no step {step_id}")
        return None
    dialog = WaiveDialog(document, step_id, parent)
    dialog.open()
    return dialog
