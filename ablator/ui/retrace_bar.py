"""The retrace as a path of five lanes, read from the right: each with its gate, what is done, and what it costs."""

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QFrame, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from ablator.app.document import Document
from ablator.app.plain import caption, one_line, span, tip
from ablator.app.retrace import LaneState, lane_states, way_to_open
from ablator.app.theme import Theme
from ablator.app.words import lane_name, said, stage_name
from ablator.core.lanes import LANES, SYMBOLS
from ablator.plan.types import SHUT
from ablator.ui.lane_head import LaneHead
from ablator.ui.style import label

HEIGHT = 52
SYMBOL = 28
"""Room for a lane's symbol before its name."""
ARROW = 16
NAMED = 8


class StageButton(QAbstractButton):
    """One lane of the path. Paints itself; a press asks for what keeps it closed."""

    def __init__(self, state: LaneState, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.state = state
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.show_state(state)

    def show_state(self, state: LaneState) -> None:
        """Show other figures."""
        self.state = state
        self.setText(lane_name(state.lane))
        self.setAccessibleName(self.text())
        self.setAccessibleDescription(". ".join(x for x in (self._place(), self.figures(), self.gate_words()) if x))
        self.setToolTip(tip("\n".join(x for x in (self.text(), self._place(), self.figures(), self.gate_words()) if x)))
        self.update()

    def figures(self) -> str:
        """What is done of how much, and the hours that are left."""
        s = self.state
        if s.stage is None:
            return self.tr("cannot be changed, only aimed at")
        if not s.total:
            return self.tr("no steps")
        text = self.tr("{0} / {1} done").format(s.done, s.total)
        return f"{text}  ·  " + self.tr("{0} left").format(span(s.hours)) if s.hours else text

    def gate_words(self) -> str:
        """The state of the gate before the stage; empty where there is none."""
        return self.tr("gate {0}").format(said(self.state.gate.state)) if self.state.gate else ""

    def _place(self) -> str:
        return self.tr("present stage") if self.state.present else ""

    def sizeHint(self) -> QSize:
        return QSize(200, HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(104, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        c = self._theme.colour
        p = QPainter(self)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = self.rect().adjusted(1, 3, -1, -3)
        present, hot = self.state.present, self.underMouse() or self.isDown()
        border = c("accent") if present else c("card_border") if hot else QColor(0, 0, 0, 0)
        p.setPen(QPen(c("text"), 1) if self.hasFocus() else QPen(border, 2 if present else 1))
        p.setBrush(c(f"lane_{self.state.lane}"))
        p.drawRoundedRect(box, 5, 5)
        inner = box.adjusted(10, 4, -10, -6)
        strong = QFont(self.font())
        strong.setWeight(QFont.Weight.DemiBold)
        small = QFont(self.font())
        small.setPointSizeF(self.font().pointSizeF() * 0.9)
        upper = QRect(inner.topLeft(), QSize(inner.width(), QFontMetrics(strong).height()))
        used = self._paint_gate(p, upper, small)
        room = upper.adjusted(0, 0, -used, 0)
        self._paint_name(p, room, strong, small)
        p.setFont(small)
        p.setPen(c("muted"))
        measure = QFontMetrics(small)
        lower = QRect(inner.left(), upper.bottom() + 2, inner.width(), measure.height())
        said = self.lines()
        text = next((x for x in said if measure.horizontalAdvance(x) <= lower.width()), said[-1])
        text = measure.elidedText(text, Qt.TextElideMode.ElideRight, lower.width())
        p.drawText(lower, Qt.AlignmentFlag.AlignVCenter, text)
        self._paint_progress(p, QRect(inner.left(), box.bottom() - 4, inner.width(), 2))
        p.end()

    def lines(self) -> list[str]:
        """What the second line may say, the longest first."""
        s = self.state
        whole = self.figures()
        short = f"{s.done}/{s.total}" + (f" · {span(s.hours)}" if s.hours else "") if s.stage and s.total else whole
        out = [whole, short] if s.stage else [whole, self.tr("only aimed at"), ""]
        return [f"{self._place()} · {x}" for x in out if x and s.present] + out

    def _paint_name(self, p: QPainter, room: QRect, strong: QFont, small: QFont) -> None:
        """Symbol with its index and the name; the symbol goes where there is no room for both."""
        c = self._theme.colour
        letter, _, index = SYMBOLS[self.state.lane].partition("_")
        tiny = QFont(small)
        tiny.setPointSizeF(small.pointSizeF() * 0.8)
        measure, low = QFontMetrics(strong), QFontMetrics(tiny)
        taken = measure.horizontalAdvance(letter) + low.horizontalAdvance(index) + 8
        p.setPen(c("text"))
        if taken + measure.horizontalAdvance(self.text()) <= room.width():
            p.setFont(strong)
            p.drawText(room, Qt.AlignmentFlag.AlignVCenter, letter)
            p.setFont(tiny)
            p.drawText(
                room.adjusted(measure.horizontalAdvance(letter) + 1, 5, 0, 3), Qt.AlignmentFlag.AlignVCenter, index
            )
            room = room.adjusted(taken, 0, 0, 0)
        p.setFont(strong)
        name = measure.elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        p.drawText(room, Qt.AlignmentFlag.AlignVCenter, name)

    def _paint_gate(self, p: QPainter, upper: QRect, font: QFont) -> int:
        """The state of the gate at the right, as a sign and a word; returns the width it took."""
        gate = self.state.gate
        if gate is None:
            return 0
        p.setFont(font)
        colour = self._theme.state_colour(gate.state)
        word = said(gate.state)
        width = QFontMetrics(font).horizontalAdvance(word)
        measure = QFontMetrics(self.font())
        longest = max(measure.horizontalAdvance(lane_name(lane)) for lane in LANES)
        if longest * 1.12 + SYMBOL + width + 24 > upper.width():
            word, width = "", -14  # the sign alone, so that the name stays whole
        p.setPen(colour)
        p.drawText(upper, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), word)
        x, y = upper.right() - width - 14, upper.center().y()
        p.setPen(QPen(colour, 1.5))
        p.setBrush(Qt.BrushStyle.NoBrush)
        if gate.state in SHUT:
            p.drawLine(x, y - 4, x, y + 5)
            p.drawLine(x + 4, y - 4, x + 4, y + 5)
            p.drawLine(x - 2, y, x + 6, y)
        else:
            p.drawLine(x - 2, y - 4, x - 2, y + 5)
            p.drawLine(x + 6, y - 4, x + 6, y + 5)
        return width + 24

    def _paint_progress(self, p: QPainter, track: QRect) -> None:
        s = self.state
        if not s.total:
            return
        p.fillRect(track, self._theme.colour("rule"))
        p.fillRect(
            QRect(track.left(), track.top(), round(track.width() * s.done / s.total), 2),
            self._theme.state_colour("done"),
        )


class GatePopover(QFrame):
    """What keeps a gate closed, and the cheapest way to open it. Closes on Escape or a click elsewhere."""

    step_clicked = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("role", "panel")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 12, 16, 12)
        self._column.setSpacing(4)
        self.setFixedWidth(400)

    def say(self, text: str, size: str = "body", tone: str = "") -> None:
        """One more line."""
        self._column.addWidget(label(text, size, tone, wrap=True))

    def head(self, head: LaneHead) -> None:
        """The first line."""
        self._column.addWidget(head)

    def link(self, text: str, step_id: str) -> QPushButton:
        """A line that leads to a step."""
        room = self.width() - 72
        button = QPushButton(caption(self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)))
        button.setAccessibleName(text)
        button.clicked.connect(self.close)
        button.clicked.connect(lambda: self.step_clicked.emit(step_id))
        self._column.addSpacing(4)
        self._column.addWidget(button)
        return button

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)


class RetraceBar(QWidget):
    """Five lanes from the noumenon at the left to observation at the right; the arrows show the way of diagnosis."""

    stage_clicked = Signal(str)

    def __init__(self, document: Document, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._theme = document, theme
        self.setAccessibleName(self.tr("Retrace"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 2, 8, 2)
        row.setSpacing(ARROW)
        self.buttons: dict[str, StageButton] = {}
        for state in lane_states(document.study, document.plan):
            button = StageButton(state, theme, self)
            button.clicked.connect(lambda _=False, lane=state.lane: self.open_popover(lane))
            self.buttons[state.lane] = button
            row.addWidget(button, 1)
        document.plan_changed.connect(self.refresh)
        document.replaced.connect(self.refresh)
        theme.changed.connect(self.update)

    def refresh(self) -> None:
        """Show the figures of the present plan."""
        for state in lane_states(self._document.study, self._document.plan):
            self.buttons[state.lane].show_state(state)

    def open_popover(self, lane: str) -> GatePopover:
        """Say what a stage is about, what keeps its gate closed, and the cheapest way to open it."""
        button = self.buttons[lane]
        pop = GatePopover(self)
        pop.step_clicked.connect(self._to_step)
        state = button.state
        head = lane_name(lane) + (f"  ·  {stage_name(state.stage)}" if state.stage else "")
        pop.head(LaneHead(state.lane, head))
        pop.say(button.figures(), tone="muted")
        plan = self._document.plan
        if state.gate is not None and plan is not None:
            self._explain(pop, state)
        elif state.stage is not None and plan is not None:
            ready = next((s for s in plan.steps if s.stage == state.stage and s.state in {"ready", "running"}), None)
            if ready is not None:
                pop.say(self.tr("Next here: {0}").format(one_line(ready.question, 200)))
                pop.link(self.tr("Show the step"), ready.id)
        pop.adjustSize()
        pop.move(button.mapToGlobal(QPoint(0, button.height() + 2)))
        pop.show()
        if state.stage:
            self.stage_clicked.emit(state.stage)
        return pop

    def _explain(self, pop: GatePopover, state: LaneState) -> None:
        gate, plan = state.gate, self._document.plan
        if gate is None or plan is None:
            return
        if gate.state not in SHUT:
            word = self.tr("The gate is open.") if gate.state == "open" else self.tr("The gate is open by waiver.")
            pop.say(word)
            return
        pop.say(self.tr("The gate is {0}. It opens when").format(said(gate.state)), "strong")
        for rule in gate.open_when:
            pop.say(f"–  {one_line(rule, 200)}", tone="muted")
        pop.say(self.tr("What is missing"), "strong")
        for missing in gate.missing[:NAMED]:
            pop.say(f"–  {one_line(missing, 200)}")
        if len(gate.missing) > NAMED:
            pop.say(self.tr("and {0} more").format(len(gate.missing) - NAMED), tone="muted")
        way = way_to_open(self._document.study, plan, gate)
        if way.steps:
            pop.say(self.tr("Cheapest way to open it"), "strong")
            text = self.tr("{0} steps, about {1}, if each finds nothing.")
            pop.say(text.format(len(way.steps), span(way.hours)))
            first = next((s for s in way.steps if s.state in {"ready", "running", "stale"}), way.steps[0])
            pop.link(self.tr("Begin with: {0}").format(one_line(first.question, 200)), first.id)

    def _to_step(self, step_id: str) -> None:
        step = self._document.plan.step(step_id) if self._document.plan else None
        if step is not None:
            self._document.select([step.element])

    def paintEvent(self, event: QPaintEvent) -> None:
        p = QPainter(self)
        c = self._theme.colour
        p.fillRect(self.rect(), c("window"))
        p.fillRect(0, self.height() - 1, self.width(), 1, c("rule"))
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        p.setPen(QPen(c("edge"), 1.5))
        for button in list(self.buttons.values())[:-1]:
            x, y = button.geometry().right() + ARROW // 2 + 1, button.geometry().center().y()
            p.drawLine(x - 5, y, x + 5, y)
            p.drawLine(x - 5, y, x - 1, y - 4)
            p.drawLine(x - 5, y, x - 1, y + 4)
        p.end()
