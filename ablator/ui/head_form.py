"""The head of a study as a form: metric, goal, baseline, target, effect, noise, hours, budget; all may stay empty."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLineEdit, QWidget

from ablator.app.fields import shown_value, typed_number
from ablator.core.elements import Info
from ablator.core.limits import why_not_info
from ablator.ui.style import label

CONTEXT = "HeadForm"


@dataclass(frozen=True, slots=True)
class Field:
    """One field: the setting it is for, what it is called, what it may hold, and what stands there while empty."""

    key: str
    name: str
    kind: str
    """`text`, `number`, `amount` (a number or a percentage) or `goal`."""
    empty: str = ""


FIELDS: tuple[Field, ...] = (
    Field("name", "Name of the study", "text"),
    Field("metric", "Metric", "text",
          "such as eval_loss"),
    Field("goal", "Better is", "goal"),
    Field("baseline", "Value today", "number"),
    Field("target", "Value wished for", "number"),
    Field("effect", "Smallest effect worth caring about", "amount",
          "such as 0.01 or 1.5%"),
    Field("noise", "Noise between seeds", "amount",
          "standard deviation"),
    Field("hours_per_run", "Hours per run", "number"),
    Field("budget", "Budget in hours", "number"),
)  # fmt: skip
UNKNOWN = "unknown"
GOALS: Mapping[str, str] = MappingProxyType({"": UNKNOWN, "max": "more", "min": "less"})


def _said(text: str) -> str:
    return QCoreApplication.translate(CONTEXT, text)


class HeadForm(QWidget):
    """Fields with their own checks. An empty field is unknown, which is a state and no error."""

    changed = Signal()

    def __init__(self, *, columns: int = 2, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fields: dict[str, QLineEdit] = {}
        self.goal = QComboBox()
        self.goal.setAccessibleName(_said("Better is"))
        for word, text in GOALS.items():
            self.goal.addItem(_said(text), word)
        self.goal.currentIndexChanged.connect(lambda _: self.changed.emit())
        self._wrong = label(tone="danger", size="small", wrap=True)
        self._wrong.hide()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(4)
        for n, field in enumerate(FIELDS):
            name = label(_said(field.name), "small", "muted")
            editor = self.goal if field.kind == "goal" else self._line(field)
            name.setBuddy(editor)
            if n >= columns:
                name.setContentsMargins(0, 8, 0, 0)
            grid.addWidget(name, n // columns * 2, n % columns)
            grid.addWidget(editor, n // columns * 2 + 1, n % columns)
        for n in range(columns):
            grid.setColumnStretch(n, 1)
        grid.addWidget(self._wrong, grid.rowCount(), 0, 1, columns)

    def fill(self, info: Info) -> None:
        """Show the settings of a study."""
        for field in FIELDS:
            value = getattr(info, field.key)
            if field.kind == "goal":
                self.goal.setCurrentIndex(self.goal.findData(value))
            elif field.key in self.fields:
                self.fields[field.key].setText(shown_value(value))

    def suggest(self, info: Info) -> None:
        """Show as a pale hint what the artefacts told about fields that are still empty."""
        for field in FIELDS:
            if field.key in self.fields:
                told = shown_value(getattr(info, field.key))
                self.fields[field.key].setPlaceholderText(told or _said(field.empty or UNKNOWN))
        goal = _said("{0}, if nothing is said").format(_said(GOALS[info.goal])) if info.metric else _said(UNKNOWN)
        self.goal.setItemText(0, goal)

    def values(self) -> dict[str, Any]:
        """What the fields hold, by setting; empty ones and those in error are left out."""
        out: dict[str, Any] = {}
        for field in FIELDS:
            value = self._value(field)
            if value not in {None, ""} and not self.reason(field.key):
                out[field.key] = value
        return out

    def reason(self, key: str) -> str:
        """Why a field cannot hold what it holds, or an empty text."""
        field = next(f for f in FIELDS if f.key == key)
        text = self.fields[key].text().strip() if key in self.fields else ""
        if not text:
            return ""
        value = self._value(field)
        if value is None:
            return _said("{0}: {1} is no number").format(_said(field.name), text[:40])
        return why_not_info(key, value) or ""

    def problems(self) -> list[str]:
        """Reasons of all fields in error."""
        return [r for r in (self.reason(key) for key in self.fields) if r]

    def _line(self, field: Field) -> QLineEdit:
        line = QLineEdit()
        line.setMaxLength(200)
        line.setAcceptDrops(False)  # a dropped file is for the window
        line.setAccessibleName(_said(field.name))
        line.setPlaceholderText(_said(field.empty or UNKNOWN) if field.kind != "text" or field.empty else "")
        line.textChanged.connect(self._check)
        self.fields[field.key] = line
        return line

    def _value(self, field: Field) -> Any:
        if field.kind == "goal":
            return self.goal.currentData() or None
        if field.key not in self.fields:
            return None
        text = self.fields[field.key].text().strip()
        if field.kind == "text" or not text:
            return text or None
        if field.kind == "amount" and text.endswith("%"):
            number = typed_number(text[:-1])
            return None if number is None else f"{number:g}%"
        return typed_number(text)

    def _check(self) -> None:
        for key, line in self.fields.items():
            wrong = bool(self.reason(key))
            if line.property("wrong") != wrong:
                line.setProperty("wrong", wrong)
                line.style().polish(line)
        problems = self.problems()
        self._wrong.setText("\n".join(problems))
        self._wrong.setVisible(bool(problems))
        self.changed.emit()
