"""The next step as a card: what to do, what it costs, why, and the commands to copy."""

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtGui import QFontDatabase, QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ablator.app.document import Document
from ablator.app.next_step import Next, commands, commands_text, main_suspect, next_step
from ablator.app.plain import one_line, share, span, tip
from ablator.app.theme import Theme
from ablator.app.words import said, stage_name
from ablator.core.queries import title
from ablator.plan.types import CLOSED
from ablator.ui.elided import Elided
from ablator.ui.fact_list import Link
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
        self._suspected = ""
        self.setAccessibleName(self.tr("Next step"))
        self._compact = False
        row = self._row = QHBoxLayout(self)
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
        self.suspect = Link("", self._theme)
        self.suspect.clicked.connect(self._to_suspect)
        for one in (self._head, self._question, self._check, self._facts, self._commands, self.suspect):
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
        self.copy_button.setProperty("quiet", True)
        self.copy_button.clicked.connect(self._copy)
        self.show_button = QPushButton(self.tr("Show in the plan"))
        self.show_button.setProperty("quiet", True)
        self.show_button.clicked.connect(lambda: self._ask(self.step_clicked))
        upper.addWidget(self.waive_button)
        upper.addWidget(self.record_button)
        lower.addWidget(self.copy_button)
        lower.addWidget(self.show_button)
        return column

    def set_compact(self, compact: bool) -> None:
        """Say it in two lines, with the rest on hover; or in several."""
        if compact != self._compact:
            self._compact = compact
            self._row.setContentsMargins(16, 4 if compact else 8, 12, 4 if compact else 8)
            self._arrange()

    def _arrange(self) -> None:
        """Show the parts that have something to say, as long as there is room."""
        there, tight = self._next is not None, self._compact
        for button in (self.record_button, self.waive_button):
            button.setVisible(there)
        self.copy_button.setVisible(there and not tight and bool(self._commands.text()))
        self.show_button.setVisible(there and not tight)
        self._head.setVisible(not tight)
        if self._next is not None:
            question = self._next.step.question
            hint = self._question.toolTip()
            self._question.setText(self.tr("Next: {0}").format(question) if tight else question)
            self._question.setToolTip(hint)
        self.suspect.setVisible(bool(self.suspect.text()))
        self._facts.setVisible(bool(self._facts.text()) and not (tight and self.suspect.text()))
        self._check.setVisible(bool(self._check.text()) and not (tight and there))
        self._commands.setVisible(bool(self._commands.text()) and not tight)

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
        self._say_suspect()
        self._arrange()

    def _say_suspect(self) -> None:
        """One line that names the likeliest culprit where the next step is about something else."""
        plan = self._document.plan
        found = main_suspect(plan) if plan is not None else None
        if found is None or (self._next is not None and self._next.step.element == found.element):
            self._suspected = ""
            self.suspect.setText("")
            return
        self._suspected = found.id
        element = self._document.study.elements.get(found.element)
        text = self.tr("Main suspect: {0}, {1}; step {2}").format(
            one_line(title(element) if element else found.element, 120), share(found.probability), found.order
        )
        self.suspect.setText(text)
        self.suspect.setAccessibleName(text)
        self.suspect.setToolTip(tip(f"{found.question}\n{found.why}"))

    def _to_suspect(self) -> None:
        if self._suspected:
            self.step_clicked.emit(self._suspected)

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
                    span(step.cost_hours),
                    self.tr("the culprit with probability {0}").format(share(step.probability)),
                )
            )
        )
        self._facts.setToolTip(tip(step.why))
        self._question.setToolTip(tip(f"{step.question}\n{step.check}\n{self._facts.text()}\n{step.why}"))
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
        elif all(s.state in CLOSED for s in plan.steps):
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
