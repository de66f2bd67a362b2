"""Say how likely an element is the culprit, with a reason, in place of what the evidence says."""

import msgspec
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QPushButton, QWidget

from ablator.api import author_name, now
from ablator.app.document import Document
from ablator.app.fields import typed_number
from ablator.app.plain import one_line, share
from ablator.core import edits
from ablator.core.change import Change
from ablator.core.elements import Decision
from ablator.core.errors import EditRefused
from ablator.core.queries import title
from ablator.core.study import Study
from ablator.ui.study_dialogs import StudyDialog
from ablator.ui.style import label


def own_belief(study: Study, element_id: str) -> Decision | None:
    """The probability that a person gave an element last; None where the evidence decides."""
    found = [d for d in study.decisions.values() if d.kind == "belief" and d.element == element_id]
    return max(found, key=lambda d: (d.date, d.id), default=None)


class BeliefDialog(StudyDialog):
    """Takes a probability in percent and a reason, or takes back what a person said before."""

    def __init__(self, document: Document, element_id: str, parent: QWidget) -> None:
        super().__init__(document, "", parent)
        self.setWindowTitle(self.tr("Probability of one's own"))
        self.element_id = element_id
        study, plan = document.study, document.plan
        self.before = own_belief(study, element_id)
        self.column.addWidget(label(one_line(title(study.elements[element_id]), 300), "strong", wrap=True))
        steps = plan.steps_of(element_id) if plan is not None else []
        today = max((s.probability for s in steps), default=0.0)
        self.column.addWidget(label(self._standing(today), tone="muted", wrap=True))
        self.percent = QLineEdit()
        self.percent.setAccessibleName(self.tr("Probability in percent"))
        self.percent.setMaximumWidth(96)
        row = QHBoxLayout()
        row.addWidget(label(self.tr("Probability that it is the main culprit, in percent")))
        row.addStretch(1)
        row.addWidget(self.percent)
        self.column.addLayout(row)
        self.reason = QPlainTextEdit()
        self.reason.setPlaceholderText(self.tr("Why, in a sentence"))
        self.reason.setAccessibleName(self.tr("Reason"))
        self.reason.setTabChangesFocus(True)
        self.reason.setFixedHeight(self.reason.fontMetrics().height() * 3 + 16)
        self.column.addWidget(self.reason)
        self.back = QPushButton(self.tr("Let the evidence decide"))
        self.back.setAutoDefault(False)
        self.back.setVisible(self.before is not None)
        self.back.clicked.connect(self._take_back)
        self.column.addWidget(self.back)
        self.finish(460)
        self.percent.textChanged.connect(self._check)
        self.reason.textChanged.connect(self._check)
        self._check()
        self.percent.setFocus()

    def _standing(self, today: float) -> str:
        if self.before is None:
            return self.tr("The evidence says {0}. The others share what is left.").format(share(today))
        return self.tr("{0} said {1}: {2}").format(
            one_line(self.before.author, 80) or self.tr("Somebody"), share(today), one_line(self.before.reason, 300)
        )

    @property
    def entered(self) -> bool:
        return bool(self.percent.text().strip() or self.reason.toPlainText().strip())

    def _probability(self) -> float | None:
        value = typed_number(self.percent.text().strip().removesuffix("%").strip())
        return value / 100 if value is not None and 0 <= value <= 100 else None

    def _check(self) -> None:
        wrong = bool(self.percent.text().strip()) and self._probability() is None
        self.say(self.tr("Enter a number from 0 to 100.") if wrong else "")
        fit = self._probability() is not None and bool(self.reason.toPlainText().strip())
        self.buttons.button(self.buttons.StandardButton.Ok).setEnabled(fit)

    def change(self) -> Change:
        """The belief as a decision. Raises EditRefused without a probability or a reason."""
        value, reason = self._probability(), self.reason.toPlainText().strip()
        if value is None or not reason:
            raise EditRefused("a probability of one's own needs a number and a reason", mend="enter both")
        study = self.document.study
        made = edits.decide(
            study,
            Decision(
                id=self.before.id if self.before is not None else edits.next_id(study, "decisions", "d"),
                kind="belief",
                element=self.element_id,
                value=value,
                reason=reason,
                author=author_name(),
                date=now(),
            ),
        )
        name = one_line(title(study.elements[self.element_id]), 80)
        return msgspec.structs.replace(made, label=self.tr("Set the probability of {0}").format(name))

    def _take_back(self) -> None:
        if self.before is not None and self.document.attempt(edits.undecide, self.before.id):
            self.accept()
