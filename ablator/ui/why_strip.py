"""Why the selected step stands where it does: its question, what holds it back, its arms, in plain text."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from ablator.app.plain import one_line, shortened, span, tip
from ablator.app.words import said
from ablator.plan.types import CLOSED, Arm, Step
from ablator.ui.elided import Elided
from ablator.ui.style import sized


class WhyStrip(QFrame):
    """Shows one step, or asks for one to be selected."""

    record_requested = Signal(str)
    waive_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._step: Step | None = None
        self._compact = self._opened = False
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 4, 12, 4)
        column.setSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.head = Elided()
        sized(self.head, "strong")
        row.addWidget(self.head, 1)
        self.waive_button = QPushButton(self.tr("Waive…"))
        self.record_button = QPushButton(self.tr("Record result…"))
        self.waive_button.clicked.connect(lambda: self._ask(self.waive_requested))
        self.record_button.clicked.connect(lambda: self._ask(self.record_requested))
        self.more_button = QPushButton()
        self.more_button.setAccessibleDescription(self.tr("Why the step stands here, in full"))
        self.more_button.clicked.connect(self.toggle)
        for button in (self.waive_button, self.record_button, self.more_button):
            button.setProperty("quiet", True)
        row.addWidget(self.more_button, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.waive_button)
        row.addWidget(self.record_button)
        column.addLayout(row)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setProperty("role", "plain")
        self.text.document().setDocumentMargin(0)
        self.text.setFrameShape(QFrame.Shape.NoFrame)
        self.text.setAccessibleName(self.tr("Why here"))
        self.text.setTabChangesFocus(True)
        self.text.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.text.setFixedHeight(self.text.fontMetrics().height() * 5 + 8)
        column.addWidget(self.text)
        self.show_step(None)

    def set_compact(self, compact: bool) -> None:
        """Say it in one line that can be opened; or in several."""
        if compact != self._compact:
            self._compact, self._opened = compact, False
            self._arrange()

    def toggle(self) -> None:
        """Open the one line, or close it again."""
        if self._compact and self._step is not None:
            self._opened = not self._opened
            self._arrange()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.toggle()
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.more_button.hasFocus():
            self.toggle()
        else:
            super().keyPressEvent(event)

    def _arrange(self) -> None:
        there, tight = self._step is not None, self._compact
        for part in (self.record_button, self.waive_button):
            part.setVisible(there and not tight)
        self.text.setVisible(there and (self._opened or not tight))
        self.more_button.setVisible(there and tight)
        self.more_button.setText(self.tr("Less") if self._opened else self.tr("More"))
        tight = tight and not self._opened
        sized(self.head, "body" if tight and there else "strong")
        if self._step is not None:
            step = self._step
            first = self.text.toPlainText().split("\n", 1)[0]
            self.head.setText(f"{step.order}.  {first if tight else one_line(step.question)}")
            self.head.setToolTip(tip(self.text.toPlainText()))

    def show_step(self, step: Step | None, locked_by: Sequence[str] = ()) -> None:
        """Explain a step; None asks for one."""
        self._step = step
        if step is None:
            self._arrange()
            self.head.setText(self.tr("Select a step to see why it stands where it does."))
            return
        self.waive_button.setEnabled(step.state not in CLOSED)
        text = shortened("\n".join(self._lines(step, locked_by)), 20000)
        if text != self.text.toPlainText():
            self.text.setPlainText(text)
        self._arrange()

    def _lines(self, step: Step, locked_by: Sequence[str]) -> list[str]:
        out = []
        if step.verdict or step.reason:
            out.append(f"{said(step.verdict or step.state).capitalize()}: {step.reason or self.tr('no reason given')}")
        if locked_by:
            out.append(self.tr("Locked. ") + "; ".join(locked_by))
        out.append(self.tr("Why here: ") + step.why)
        if step.check:
            out.append(self.tr("What to do: ") + step.check)
        if step.exhausted_when:
            out.append(self.tr("Exhausted when: ") + step.exhausted_when)
        out += [self._arm(arm) for arm in step.arms]
        if step.detectable_effect is not None:
            out.append(self.tr("Smallest detectable effect: {0}").format(f"{step.detectable_effect:.3g}"))
        out.append(self.tr("Cost: {0} for {1} runs").format(span(step.cost_hours), len(step.runs)))
        return out

    def _arm(self, arm: Arm) -> str:
        parts = [arm.change]
        if arm.also_falls:
            parts.append(self.tr("also falls: {0}").format(", ".join(arm.also_falls)))
        if arm.retunes:
            parts.append(self.tr("re-tune: {0}").format(", ".join(arm.retunes)))
        if arm.matching != "none":
            parts.append(self.tr("equal {0}").format(arm.matching))
        if arm.trials or arm.seeds:
            parts.append(self.tr("{0} trials, {1} seeds").format(arm.trials, arm.seeds))
        if arm.effect is not None:
            e = arm.effect
            parts.append(
                self.tr("measured {0} [{1}, {2}], n = {3}").format(
                    f"{e.estimate:+.4g}", f"{e.low:+.4g}", f"{e.high:+.4g}", e.n
                )
            )
        return self.tr("Arm {0}: ").format(arm.id) + "; ".join(parts)

    def _ask(self, signal: SignalInstance) -> None:
        if self._step is not None:
            signal.emit(self._step.id)
