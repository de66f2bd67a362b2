"""Run: the command in full, what would be started with it, and the runs as they end."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ablator.app.document import Document
from ablator.app.plain import one_line
from ablator.app.running import Choice, Running, first_runs
from ablator.core import edits
from ablator.core.errors import AblatorError, EditRefused
from ablator.ui.study_dialogs import StudyDialog
from ablator.ui.style import label

MOST = 64
"""Runs at a time that may be asked for."""

LINES = 1_000
"""Ended runs that stay in view."""


class RunDialog(StudyDialog):
    """Asks how runs are made and shows every word of it; then follows them. Closing it leaves them running."""

    def __init__(self, document: Document, running: Running, parent: QWidget) -> None:
        super().__init__(document, "", parent)
        self.setWindowTitle(self.tr("Run"))
        self.running = running
        self.pages = QStackedWidget()
        self.pages.addWidget(self._asking())
        self.pages.addWidget(self._following())
        self.column.addWidget(self.pages, 1)
        self.finish(640)
        self.buttons.button(self.buttons.StandardButton.Ok).setText(self.tr("Run"))
        running.told.connect(self._told)
        running.ended.connect(self._ended)
        document.plan_changed.connect(self._check)
        self._show_page()
        self._check()

    def _asking(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        text = self.tr(
            "Ready runs are made on this machine, in the folder of the study, and recorded. No shell reads "
            "the command: {overrides} becomes the settings of a run, {seed} its seed."
        )
        column.addWidget(label(text, tone="muted", wrap=True))
        self.command = QPlainTextEdit(self.document.study.info.command)
        self.command.setPlaceholderText("python train.py {overrides} --seed {seed}")
        self.command.setFixedHeight(self.command.fontMetrics().height() * 3 + 16)
        self.checks = QLineEdit()
        self.checks.setPlaceholderText(self.tr("A program that answers checks, or nothing: then a person does"))
        self.style_ = QComboBox()
        for word, said in (
            ("hydra", "key=value"),
            ("argparse", "--key value"),
            ("json", self.tr("a JSON file")),
            ("env", self.tr("environment variables")),
        ):
            self.style_.addItem(said, word)
        self.jobs = QSpinBox()
        self.jobs.setRange(1, MOST)
        self.auto = QCheckBox(self.tr("Plan again and go on until nothing is left that can be run"))
        form = QFormLayout()
        for name, field in (
            (self.tr("Command"), self.command),
            (self.tr("Settings as"), self.style_),
            (self.tr("Checks"), self.checks),
            (self.tr("Runs at a time"), self.jobs),
        ):
            field.setAccessibleName(name)
            form.addRow(name, field)
        form.addRow("", self.auto)
        column.addLayout(form)
        self.first = QPlainTextEdit()
        self.first.setReadOnly(True)
        self.first.setAccessibleName(self.tr("What would be started"))
        self.first.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.command.setTabChangesFocus(True)
        self.first.setTabChangesFocus(True)
        self.head = label("", "strong")
        column.addWidget(self.head)
        column.addWidget(self.first, 1)
        self.command.textChanged.connect(self._check)
        self.style_.currentIndexChanged.connect(self._check)
        return page

    def _following(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        self.state = label("", "strong", wrap=True)
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress"))
        self.lines = QPlainTextEdit()
        self.lines.setReadOnly(True)
        self.lines.setMaximumBlockCount(LINES)
        self.lines.setAccessibleName(self.tr("Runs that ended"))
        self.lines.setTabChangesFocus(True)
        self.stop = QPushButton(self.tr("Stop"))
        self.stop.clicked.connect(self._stop)
        for part in (self.state, self.bar, self.lines):
            column.addWidget(part)
        column.addWidget(self.stop, 0, Qt.AlignmentFlag.AlignLeft)
        return page

    def choice(self) -> Choice:
        """What was entered."""
        return Choice(
            command=self.command.toPlainText().strip(),
            style=str(self.style_.currentData()),
            checks=self.checks.text().strip(),
            jobs=self.jobs.value(),
            auto=self.auto.isChecked(),
        )

    def _check(self) -> None:
        """What would be started, or why nothing can be."""
        if self.running.active:
            return
        path = self.document.path
        self.first.clear()
        self.head.setText("")
        if path is None:
            self.say(self.tr("Save the study first: its runs lie beside it."))
            return
        try:
            found = first_runs(self.document.study, self.document.plan, self.choice(), self._root(path))
        except AblatorError as wrong:
            self.say(
                f"{wrong.what}; {wrong.mend}" if self.command.toPlainText().strip() else self.tr("Write a command.")
            )
            return
        self.head.setText(self.tr("{0} runs are ready").format(len(found)))
        self.first.setPlainText("\n".join(f"{run}: {one_line(words, 20_000)}" for run, words in found))
        self.say("")

    def _root(self, path: Path) -> Path:
        return path.with_suffix(".runs")

    def take(self) -> None:
        """Start; the command stays with the study."""
        choice = self.choice()
        if choice.command != self.document.study.info.command:
            self.document.attempt(edits.set_info, "command", choice.command)
        try:
            self.running.start(choice)
        except EditRefused as reason:
            self.say(str(reason))
            return
        self.lines.clear()
        self._show_page()

    def _show_page(self) -> None:
        active = self.running.active
        if active:
            self.pages.setCurrentIndex(1)
            self.lines.setPlainText("\n".join(_line(made) for made in self.running.made[-LINES:]))
            self.stop.setFocus()
        self.bar.setVisible(active)
        self.stop.setVisible(active)
        self.buttons.button(self.buttons.StandardButton.Ok).setVisible(self.pages.currentIndex() == 0)
        self.buttons.button(self.buttons.StandardButton.Cancel).setText(self.tr("Close"))
        self._count()

    def _count(self) -> None:
        done = sum(made.get("state") == "done" for made in self.running.made)
        text = self.tr("{0} runs done, {1} others ended").format(done, len(self.running.made) - done)
        end = one_line(self.running.sentence, 600)
        self.state.setText(f"{text}: {end}" if end and not self.running.active else text)

    def _told(self, made: dict[str, Any]) -> None:
        self.lines.appendPlainText(_line(made))
        self._count()

    def _stop(self) -> None:
        self.stop.setEnabled(False)
        self.running.stop()

    def _ended(self, sentence: str) -> None:
        self._show_page()


def _line(made: dict[str, Any]) -> str:
    """A run that ended, in a line: its metrics, or what it said."""
    metrics = made.get("metrics") or {}
    values = ", ".join(f"{k} {v:.5g}" for k, v in list(metrics.items())[:3] if isinstance(v, int | float))
    note = str(made.get("note") or "")
    return one_line(
        f"{made.get('run')}: {made.get('state')}{' ' + values if values else ''}{': ' + note if note else ''}", 600
    )
