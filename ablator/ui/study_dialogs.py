"""Dialogs on the study: its settings, a relation between two elements, and the arm to adopt."""

from typing import Any, get_args

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from ablator.app.document import Document
from ablator.app.plain import shortened
from ablator.core import edits
from ablator.core.change import Change
from ablator.core.elements import RelationKind
from ablator.core.errors import EditRefused
from ablator.core.queries import title
from ablator.core.study import Study
from ablator.plan.types import speaks
from ablator.ui.head_form import FIELDS, HeadForm
from ablator.ui.style import label

DATA = Qt.ItemDataRole.UserRole


class StudyDialog(QDialog):
    """A dialog with a column of parts and the buttons OK and Cancel; says why it cannot be done yet.

    Ctrl+Return does it from any field. Esc throws away what was entered only when it is pressed twice.
    """

    def __init__(self, document: Document, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(name)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.document = document
        self._warned = False
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(16, 16, 16, 16)
        self.column.setSpacing(8)
        self.why = label(size="small", tone="danger", wrap=True)
        buttons = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(buttons.Ok | buttons.Cancel)
        self.buttons.accepted.connect(self.take)
        self.buttons.rejected.connect(self.reject)

    def finish(self, width: int) -> None:
        """Put reason and buttons below the parts."""
        self.column.addWidget(self.why)
        self.column.addWidget(self.buttons)
        self.resize(width, self.sizeHint().height())

    @property
    def entered(self) -> bool:
        """Whether something was entered that closing would lose."""
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            if ok.isEnabled():
                self.take()
        elif event.key() == Qt.Key.Key_Escape and self.entered and not self._warned:
            self._warned = True
            self.why.setText(_said("Press Esc again to throw away what you entered."))
            self.why.show()
        else:
            super().keyPressEvent(event)

    def say(self, reason: str) -> None:
        """Show why it cannot be done; an empty reason lets OK be pressed."""
        self._warned = False
        self.why.setText(shortened(reason, 600))
        self.why.setVisible(bool(reason))
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(not reason)

    def change(self) -> Change:
        """What OK does. Raises EditRefused."""
        raise NotImplementedError

    def take(self) -> None:
        """Do it, or say why not."""
        try:
            self.document.do(self.change())
        except EditRefused as reason:
            self.say(str(reason))
            return
        self.accept()


class SettingsDialog(StudyDialog):
    """Metric, goal, smallest effect, hours, budget: all settings that change the plan."""

    def __init__(self, document: Document, parent: QWidget) -> None:
        super().__init__(document, _said("Settings of the study"), parent)
        self.form = HeadForm(columns=2)
        self.form.fill(document.study.info)
        self.form.changed.connect(lambda: self.say("\n".join(self.form.problems())))
        self.column.addWidget(self.form)
        self.finish(520)
        self.say("")

    def change(self) -> Change:
        return settings_change(self.document.study, self.form.values())


def settings_change(study: Study, values: dict[str, Any]) -> Change:
    """All settings of the form as one step; what the form leaves out becomes unknown again. Raises EditRefused."""
    whole = Change(_said("Change settings"))
    for field in FIELDS:
        wanted = values.get(field.key)
        if field.kind == "text":
            wanted = wanted or ""
        if field.kind == "goal" and wanted is None:
            continue
        change = edits.set_info(study, field.key, wanted)
        whole = whole.then(change)
        study = change.apply(study)
    return whole


class RelateDialog(StudyDialog):
    """A relation between the two selected elements; offers only what may be drawn, and says why the rest may not."""

    def __init__(self, document: Document, parent: QWidget) -> None:
        super().__init__(document, _said("Relate"), parent)
        study, (a, b) = document.study, document.selection
        self.kinds = QComboBox()
        self.kinds.setAccessibleName(_said("Relation"))
        reasons = []
        for source, target in ((a, b), (b, a)):
            for kind in get_args(RelationKind):
                reason = edits.why_not_related(study, source, target, kind)
                if reason is None:
                    text = f"{title(study.elements[source])[:60]}  {kind}  {title(study.elements[target])[:60]}"
                    if kind not in edits.SYMMETRIC or source == a:
                        self.kinds.addItem(text, (source, target, kind))
                else:
                    reasons.append(reason)
        self.column.addWidget(label(_said("Which relation holds?")))
        self.column.addWidget(self.kinds)
        self.finish(480)
        nothing = _said("No relation is possible: {0}").format(reasons[0] if reasons else "")
        self.say("" if self.kinds.count() else nothing)

    def change(self) -> Change:
        source, target, kind = self.kinds.currentData()
        return edits.relate(self.document.study, source, target, kind)


class AdoptDialog(StudyDialog):
    """The arm that becomes the baseline from now on, with the reason."""

    def __init__(self, document: Document, parent: QWidget) -> None:
        super().__init__(document, _said("Adopt an arm"), parent)
        self.arms = QListWidget()
        self.arms.setAccessibleName(_said("Arms"))
        steps = document.plan.steps if document.plan is not None else ()
        for step in (s for s in steps if s.verdict and s.verdict not in {"unlikely", "undecided", "inconclusive"}):
            for arm in (x for x in step.arms if speaks(x.id)):
                item = QListWidgetItem(shortened(f"{step.id}/{arm.id}: {arm.change}", 300))
                item.setData(DATA, f"{step.id}/{arm.id}")
                self.arms.addItem(item)
        self.arms.setCurrentRow(0)
        self.reason = QPlainTextEdit()
        self.reason.setAccessibleName(_said("Reason"))
        self.reason.setPlaceholderText(_said("Why; it travels into every export"))
        self.reason.setFixedHeight(72)
        self.reason.setTabChangesFocus(True)
        self.column.addWidget(label(_said("It becomes the baseline, and what it touches is open again."), wrap=True))
        self.column.addWidget(self.arms)
        self.column.addWidget(self.reason)
        self.finish(560)
        self.reason.textChanged.connect(self._check)
        self.arms.currentRowChanged.connect(lambda _: self._check())
        self._check()

    @property
    def entered(self) -> bool:
        return bool(self.reason.toPlainText().strip())

    def _check(self) -> None:
        if not self.arms.count():
            self.say(_said("No settled step has an arm yet; record results first."))
        else:
            self.say("" if self.reason.toPlainText().strip() else _said("Write the reason."))

    def change(self) -> Change:
        from ablator.api import adoption

        plan, item = self.document.plan, self.arms.currentItem()
        if plan is None or item is None:
            raise EditRefused("no arm is chosen", mend="choose one")
        return adoption(self.document.study, item.data(DATA), self.reason.toPlainText().strip()[:2000], plan=plan)


def _said(text: str) -> str:
    return QCoreApplication.translate("StudyDialogs", text)
