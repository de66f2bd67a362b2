"""The next step as a card: what to do, what it costs, why, and the commands to copy."""

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtGui import QFontDatabase, QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ablator.app.document import Document
from ablator.app.next_step import Next, commands, commands_text, next_step
from ablator.app.plain import hours, one_line, share, tip
from ablator.app.theme import Theme
from ablator.app.words import said, stage_name
from ablator.core.queries import title
from ablator.ui.elided import Elided
from ablator.ui.style import label, sized


class NextCard(QFrame):
    """Shows the first ready step of the document's plan, or why there is none."""

    record_requested = Signal(str)
    waive_requested = Signal(str)
    step_clicked = Signal(str)
    message = Signal(str)

    def __init__(self, document: Document, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._theme = document, theme
        self._next: Next | None = None
        self.setAccessibleName(self.tr("Next step"))
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 12, 8)
        row.setSpacing(16)
        row.addLayout(self._texts(), 1)
        row.addLayout(self._buttons())
        document.plan_changed.connect(self.refresh)
        document.replaced.connect(self.refresh)
        theme.changed.connect(self.update)
        self.refresh()

    def _texts(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(2)
        self._head = label("", "small", "muted")
        self._question = Elided()
        sized(self._question, "strong")
        self._check = Elided()
        self._facts = Elided()
        self._facts.setProperty("tone", "muted")
        self._commands = Elided()
        self._commands.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        for one in (self._head, self._question, self._check, self._facts, self._commands):
            column.addWidget(one)
        column.addStretch(1)
        return column

    def _buttons(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(4)
        upper, lower = QHBoxLayout(), QHBoxLayout()
        for line in (upper, lower):
            line.setSpacing(8)
            line.addStretch(1)
            column.addLayout(line)
        column.addStretch(1)
        self.record_button = QPushButton(self.tr("Record result…"))
        self.record_button.setProperty("leading", True)
        self.record_button.clicked.connect(lambda: self._ask(self.record_requested))
        self.waive_button = QPushButton(self.tr("Waive…"))
        self.waive_button.clicked.connect(lambda: self._ask(self.waive_requested))
        self.copy_button = QPushButton(self.tr("Copy commands"))
        self.copy_button.clicked.connect(self._copy)
        self.show_button = QPushButton(self.tr("Show in the plan"))
        self.show_button.clicked.connect(lambda: self._ask(self.step_clicked))
        upper.addWidget(self.waive_button)
        upper.addWidget(self.record_button)
        lower.addWidget(self.copy_button)
        lower.addWidget(self.show_button)
        return column

    @property
    def step_id(self) -> str:
        """The step that the card shows; empty where it shows none."""
        return self._next.step.id if self._next else ""

    def refresh(self) -> None:
        """Show the first ready step of the present plan."""
        plan = self._document.plan
        self._next = next_step(plan) if plan is not None else None
        if self._next is None:
            self._say_nothing()
        else:
            self._say(self._next)
        there = self._next is not None
        for button in (self.record_button, self.waive_button, self.copy_button, self.show_button):
            button.setVisible(there)
        for text in (self._check, self._facts, self._commands):
            text.setVisible(bool(text.text()))

    def _say(self, found: Next) -> None:
        step = found.step
        self._head.setText(
            self.tr("Next step") if not found.others else self.tr("Next step; {0} more are ready").format(found.others)
        )
        self._question.setText(step.question)
        self._check.setText(step.check)
        element = self._document.study.elements.get(step.element)
        self._facts.setText(
            "  ·  ".join(
                (
                    stage_name(step.stage),
                    said(step.action),
                    one_line(title(element) if element else step.element, 120),
                    self.tr("{0} h").format(hours(step.cost_hours)),
                    self.tr("finds the culprit with {0}").format(share(step.probability)),
                )
            )
        )
        self._facts.setToolTip(tip(step.why))
        lines = commands(found.runs)
        more = f"   (+{len(lines) - 1})" if len(lines) > 1 else ""
        self._commands.setText(lines[0] + more if lines else "")
        self._commands.setToolTip(tip("\n".join(lines[:12])))
        self.copy_button.setEnabled(bool(lines))
        self.copy_button.setToolTip(
            tip(
                self.tr("A line a run, ready for a shell")
                if lines
                else self.tr("An inspection: there is nothing to run")
            )
        )
        self.setAccessibleDescription(f"{one_line(step.question)} {one_line(step.check)} {one_line(step.why)}")

    def _say_nothing(self) -> None:
        plan = self._document.plan
        self._head.setText(self.tr("Next step"))
        for text in (self._check, self._facts, self._commands):
            text.setText("")
        if plan is None and self._document.empty:
            self._question.setText(self.tr("No study is open."))
        elif plan is None:
            self._question.setText(self.tr("Making the plan…"))
        elif not plan.steps:
            self._question.setText(self.tr("There is nothing to ask yet."))
            self._check.setText(
                self.tr("Add ideas, factors or instruments from the library; each brings its own questions.")
            )
        elif all(s.state in {"done", "waived"} for s in plan.steps):
            self._question.setText(self.tr("Nothing is left to do: every step has a verdict or a waiver."))
        else:
            self._question.setText(self.tr("Every open step is locked."))
            self._check.setText(self.tr("The retrace bar says what keeps the gates closed."))

    def _ask(self, signal: SignalInstance) -> None:
        if self._next is not None:
            signal.emit(self._next.step.id)

    def _copy(self) -> None:
        if self._next is not None:
            QGuiApplication.clipboard().setText(commands_text(self._next.runs))
            count = len(commands(self._next.runs))
            self.message.emit(self.tr("{0} commands copied").format(count))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.colour("card"))
        painter.fillRect(0, 0, 4, self.height(), self._theme.colour("accent"))
        painter.fillRect(0, self.height() - 1, self.width(), 1, self._theme.colour("rule"))
        painter.end()
