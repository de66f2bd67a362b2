"""Skip a step, with the reason that travels into every export."""

from PySide6.QtWidgets import QPlainTextEdit, QWidget

from ablator.api import decision
from ablator.app.document import Document
from ablator.app.plain import one_line
from ablator.core.change import Change
from ablator.core.errors import EditRefused
from ablator.ui.study_dialogs import StudyDialog
from ablator.ui.style import label


class WaiveDialog(StudyDialog):
    """Asks for a reason and puts a waiver on record; without a reason it cannot be accepted."""

    def __init__(self, document: Document, step_id: str, parent: QWidget) -> None:
        super().__init__(document, "", parent)
        self.setWindowTitle(self.tr("Waive a step"))
        self.step_id = step_id
        step = document.plan.step(step_id) if document.plan else None
        self.column.addWidget(label(one_line(step.question if step else step_id, 400), "strong", wrap=True))
        self.column.addWidget(
            label(
                self.tr("The step counts as settled without evidence. The reason is kept and goes into every export."),
                tone="muted",
                wrap=True,
            )
        )
        self.reason = QPlainTextEdit()
        self.reason.setPlaceholderText(self.tr("Why it may be skipped, in a sentence"))
        self.reason.setAccessibleName(self.tr("Reason"))
        self.reason.setTabChangesFocus(True)
        self.reason.setFixedHeight(self.reason.fontMetrics().height() * 4 + 16)
        self.reason.textChanged.connect(self._check)
        self.column.addWidget(self.reason)
        self.finish(440)
        self.buttons.button(self.buttons.StandardButton.Ok).setText(self.tr("Waive"))
        self._check()
        self.reason.setFocus()

    @property
    def entered(self) -> bool:
        return bool(self.reason.toPlainText().strip())

    def _check(self) -> None:
        self.say("")
        self.buttons.button(self.buttons.StandardButton.Ok).setEnabled(self.entered)

    def change(self) -> Change:
        """The waiver. Raises EditRefused without a reason or a step."""
        plan = self.document.plan
        if plan is None:
            raise EditRefused("the plan is being made", mend="try again in a moment")
        steps = {s.id: s for s in plan.steps}
        return decision(self.document.study, steps, self.step_id, "waiver", self.reason.toPlainText().strip())
