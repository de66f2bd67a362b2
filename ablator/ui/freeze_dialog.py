"""Freeze the plan: put on record what will be done and when to stop, before anything is run."""

from PySide6.QtWidgets import QPlainTextEdit, QWidget

from ablator.api import author_name, now
from ablator.app.document import Document
from ablator.core.change import Change
from ablator.core.errors import EditRefused
from ablator.plan.freezing import freeze, freezes
from ablator.ui.study_dialogs import StudyDialog
from ablator.ui.style import label

MOST = 2000
"""Characters of a reason or a rule that are kept."""


class FreezeDialog(StudyDialog):
    """Asks what the study is to show and when to stop; without a reason it cannot be accepted."""

    def __init__(self, document: Document, parent: QWidget) -> None:
        super().__init__(document, "", parent)
        self.setWindowTitle(self.tr("Freeze the plan"))
        text = self.tr(
            "Steps, runs and settings go on record as they are now, with the date. "
            "What is done otherwise later is listed under Findings and in every export."
        )
        self.column.addWidget(label(text, tone="muted", wrap=True))
        before = freezes(document.study)
        if before:
            text = self.tr("It replaces the freeze of {0}, which stays on record.").format(before[-1].date[:10])
            self.column.addWidget(label(text, wrap=True))
        self.reason = self._field(self.tr("Reason"), self.tr("What the study is to show, in a sentence"), 3)
        self.rules = self._field(self.tr("Rules to stop by"), self.tr("One a line, for example: stop after 40 h"), 4)
        self.reason.textChanged.connect(self._check)
        self.finish(480)
        self.buttons.button(self.buttons.StandardButton.Ok).setText(self.tr("Freeze"))
        self._check()
        self.reason.setFocus()

    def _field(self, name: str, hint: str, lines: int) -> QPlainTextEdit:
        field = QPlainTextEdit()
        field.setPlaceholderText(hint)
        field.setAccessibleName(name)
        field.setTabChangesFocus(True)
        field.setFixedHeight(field.fontMetrics().height() * lines + 16)
        head = label(name)
        head.setBuddy(field)
        self.column.addWidget(head)
        self.column.addWidget(field)
        return field

    @property
    def entered(self) -> bool:
        return bool(self.reason.toPlainText().strip() or self.rules.toPlainText().strip())

    def _check(self) -> None:
        self.say("")
        there = bool(self.reason.toPlainText().strip())
        self.buttons.button(self.buttons.StandardButton.Ok).setEnabled(there)

    def change(self) -> Change:
        """The freeze. Raises EditRefused without a reason or a step."""
        plan = self.document.plan
        if plan is None:
            raise EditRefused("the plan is being made", mend="try again in a moment")
        rules = [rule[:MOST] for rule in self.rules.toPlainText().splitlines()]
        reason = self.reason.toPlainText().strip()[:MOST]
        return freeze(self.document.study, plan, reason, rules, author=author_name(), date=now())
