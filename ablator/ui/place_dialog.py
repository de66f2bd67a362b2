"""Give a step another place in the order, with a reason; the laws of the order still hold."""

from PySide6.QtWidgets import QComboBox, QPlainTextEdit, QWidget

from ablator.api import placement
from ablator.app.document import Document
from ablator.app.plain import one_line
from ablator.core.change import Change
from ablator.core.errors import EditRefused
from ablator.plan.types import CLOSED, Step
from ablator.ui.study_dialogs import StudyDialog
from ablator.ui.style import label

MOST = 2000
"""Characters of a reason that are kept."""


class PlaceDialog(StudyDialog):
    """Pins a step first of its floor, or moves it before or after another open step of the same floor."""

    def __init__(self, document: Document, step: Step, parent: QWidget) -> None:
        super().__init__(document, "", parent)
        self.setWindowTitle(self.tr("Move a step"))
        self.step = step
        self.column.addWidget(label(one_line(step.question, 400), "strong", wrap=True))
        text = self.tr("The step stands there as long as the laws of the order allow it. The reason is kept.")
        self.column.addWidget(label(text, tone="muted", wrap=True))
        self.places = QComboBox()
        self.places.setAccessibleName(self.tr("Place"))
        self.places.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.places.addItem(self.tr("First of its floor"), {})
        steps = document.plan.steps if document.plan is not None else ()
        others = [s for s in steps if s.stage == step.stage and s.id != step.id and s.state not in CLOSED]
        for words, where in ((self.tr("Before {0}"), "before"), (self.tr("After {0}"), "after")):
            for other in others:
                self.places.addItem(words.format(f"{other.order}. {one_line(other.question, 120)}"), {where: other.id})
        self.reason = QPlainTextEdit()
        self.reason.setAccessibleName(self.tr("Reason"))
        self.reason.setPlaceholderText(self.tr("Why it belongs there, in a sentence"))
        self.reason.setTabChangesFocus(True)
        self.reason.setFixedHeight(self.reason.fontMetrics().height() * 3 + 16)
        self.column.addWidget(self.places)
        self.column.addWidget(self.reason)
        self.finish(480)
        self.buttons.button(self.buttons.StandardButton.Ok).setText(self.tr("Move"))
        self.reason.textChanged.connect(self._check)
        self.places.currentIndexChanged.connect(lambda _: self._check())
        self._check()

    @property
    def entered(self) -> bool:
        return bool(self.reason.toPlainText().strip())

    def _check(self) -> None:
        self.say("")
        self.buttons.button(self.buttons.StandardButton.Ok).setEnabled(self.entered)

    def change(self) -> Change:
        """The pin or the move. Raises EditRefused for a place that the laws forbid, and without a reason."""
        if self.document.plan is None:
            raise EditRefused("the plan is being made", mend="try again in a moment")
        reason = self.reason.toPlainText().strip()[:MOST]
        where = self.places.currentData()
        return placement(self.document.study, self.step.id, reason, plan=self.document.plan, **where)
