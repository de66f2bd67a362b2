"""The inspector: the selected element, a summary of several, or the head of the study, editable where they can be."""

import json

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ablator.app.actions import asking
from ablator.app.document import Document
from ablator.app.fields import shown_value, typed_number
from ablator.app.inspection import sections, summary
from ablator.app.pasted import number_of
from ablator.app.theme import Theme
from ablator.core import edits
from ablator.core.change import Change
from ablator.core.elements import Json, Range
from ablator.core.errors import EditRefused
from ablator.core.study import Study
from ablator.ui.fact_list import FactList
from ablator.ui.head_form import HeadForm
from ablator.ui.study_dialogs import settings_change
from ablator.ui.style import label


def value_of(text: str) -> Json:
    """What a person typed as a value: a number, true, false, a list, or plain text; empty is unknown."""
    text = text.strip()
    if not text:
        return None
    number = number_of(text)
    if number is not None:
        return int(number) if number == int(number) and "." not in text and "e" not in text.lower() else number
    try:
        return json.loads(text) if text[0] in '[{tfn"' else text
    except (ValueError, RecursionError):
        return text


def value_text(value: Json) -> str:
    """A value as `value_of` reads it."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


class NoteEdit(QPlainTextEdit):
    """A field of several lines that says when it was left."""

    left = Signal()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()


class ElementPage(QWidget):
    """Fields and facts of one element. A field is written when it is left or Return is pressed."""

    def __init__(self, document: Document, theme: Theme) -> None:
        super().__init__()
        self._document = document
        self._seen: Study | None = None
        """The study whose element is shown."""
        self.element = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(4)
        self.name = self._field(self.tr("Name"))
        self.value = self._field(self.tr("Value"))
        self.value.setPlaceholderText(self.tr("unknown"))
        self.low, self.high = self._field(self.tr("Range from")), self._field(self.tr("Range to"))
        self.facts = FactList(theme)
        self.note = NoteEdit()
        self.note.setAccessibleName(self.tr("Note"))
        self.note.setPlaceholderText(self.tr("Note"))
        self.note.setTabChangesFocus(True)
        self.note.setFixedHeight(self.note.fontMetrics().height() * 4 + 16)
        grid = QGridLayout()
        self.bounds: list[QWidget] = []
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        self.unit = label("", "small", "muted", wrap=True)
        column.addWidget(self.name)
        column.addSpacing(4)
        column.addLayout(grid)
        for at, (text, field) in enumerate(
            ((self.tr("Value"), self.value), (self.tr("From"), self.low), (self.tr("To"), self.high))
        ):
            name = label(text, "small", "muted")
            name.setBuddy(field)
            if at:
                self.bounds.append(name)
            grid.addWidget(name, 0, at)
            grid.addWidget(field, 1, at)
        grid.setColumnStretch(0, 2)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(2, 1)
        self.believe = QPushButton(self.tr("Own probability…"))
        self.believe.setProperty("quiet", True)
        self.believe.setToolTip(self.tr("Say how likely it is the culprit, with a reason"))
        column.addWidget(self.unit)
        column.addWidget(self.facts)
        column.addWidget(self.believe, 0, Qt.AlignmentFlag.AlignLeft)
        column.addSpacing(8)
        column.addWidget(label(self.tr("Note"), "small", "muted"))
        column.addWidget(self.note)
        column.addStretch(1)
        self.name.editingFinished.connect(self._rename)
        self.value.editingFinished.connect(self._set_value)
        self.low.editingFinished.connect(self._set_range)
        self.high.editingFinished.connect(self._set_range)
        self.note.left.connect(self._set_note)

    def _field(self, name: str) -> QLineEdit:
        field = QLineEdit()
        field.setAccessibleName(name)
        field.setMinimumWidth(40)
        return field

    def show_element(self, element_id: str) -> None:
        """Show an element; a field that a person is typing in is left alone while the element stays the same."""
        study = self._seen = self._document.study
        e = study.elements[element_id]
        other = element_id != self.element
        self.element = element_id
        span = e.range or Range()
        texts = (
            (self.name, e.name or e.id),
            (self.value, value_text(e.value)),
            (self.low, shown_value(span.low)),
            (self.high, shown_value(span.high)),
        )
        for field, text in texts:
            if other or not (field.hasFocus() and field.isModified()):
                field.setText(text)
                field.setModified(False)
                field.setCursorPosition(0)
        for part in (*self.bounds, self.low, self.high):
            part.setVisible(e.kind in {"factor", "instrument"})
        facts = [x for x in (e.unit, span.unit, span.note) if x]
        self.unit.setText("; ".join(facts))
        self.unit.setVisible(bool(facts))
        if other or not self.note.hasFocus():
            self.note.setPlainText(e.note)
        self.facts.show_sections(sections(study, self._document.plan, element_id))
        self.believe.setVisible(asking(self._document))

    def _there(self) -> bool:
        return self._seen is self._document.study and self.element in self._document.study.elements

    def _rename(self) -> None:
        if self._there() and self.name.isModified():
            self.name.setModified(False)
            if not self._document.attempt(edits.rename, self.element, self.name.text()):
                self.show_element(self.element)

    def _set_value(self) -> None:
        if self._there() and self.value.isModified():
            self.value.setModified(False)
            self._set("value", value_of(self.value.text()))

    def _set_range(self) -> None:
        if not self._there() or not (self.low.isModified() or self.high.isModified()):
            return
        self.low.setModified(False)
        self.high.setModified(False)
        if not self._document.attempt(range_change, self.element, self.low.text(), self.high.text()):
            self.show_element(self.element)

    def _set_note(self) -> None:
        if self._there() and self.note.toPlainText() != self._document.study.elements[self.element].note:
            self._set("note", self.note.toPlainText())

    def _set(self, attribute: str, value: Json) -> None:
        if not self._document.attempt(edits.set_attribute, self.element, attribute, value):
            self.show_element(self.element)


def range_change(study: Study, element_id: str, low: str, high: str) -> Change:
    """Set the bounds of an element's range, given as text; an empty text is no bound. Raises EditRefused."""
    bounds: list[float | None] = []
    for text in (low, high):
        value = typed_number(text) if text.strip() else None
        if text.strip() and value is None:
            raise EditRefused(f"{text.strip()[:40]!r} is no number", mend="enter a number, or leave it empty")
        bounds.append(value)
    if bounds[0] is not None and bounds[1] is not None and bounds[0] > bounds[1]:
        raise EditRefused("the range ends below its start", mend="enter the smaller bound first")
    span = study.elements[element_id].range or Range()
    made = msgspec.structs.replace(span, low=bounds[0], high=bounds[1])
    return edits.set_attribute(study, element_id, "range", made)


class StudyPage(QWidget):
    """The head of the study; a field is written when it is left or Return is pressed."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self._seen: Study | None = None
        """The study whose head is shown."""
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(4)
        column.addWidget(label(self.tr("The study"), "strong"))
        column.addSpacing(4)
        self.form = HeadForm(columns=1)
        column.addWidget(self.form)
        column.addSpacing(4)
        self.epsilon = QLineEdit()
        self.epsilon.setAccessibleName(self.tr("Probability that may stay open at a gate (epsilon)"))
        column.addWidget(
            label(self.tr("Probability that may stay open at a gate (epsilon)"), "small", "muted", wrap=True)
        )
        column.addWidget(self.epsilon)
        column.addSpacing(8)
        self.open = label("", tone="muted", wrap=True)
        column.addWidget(self.open)
        column.addWidget(
            label(self.tr("Select an element to see what it is and what leans on it."), tone="muted", wrap=True)
        )
        column.addStretch(1)
        for field in self.form.fields.values():
            field.editingFinished.connect(self._write)
        self.form.goal.activated.connect(lambda _: self._write())
        self.epsilon.editingFinished.connect(self._write_epsilon)

    def show_study(self) -> None:
        """Show the head of the present study, unless a person is typing in it."""
        self._seen = self._document.study
        if any(f.hasFocus() and f.isModified() for f in self.form.fields.values()):
            return
        info = self._document.study.info
        self.form.fill(info)
        self.epsilon.setText(shown_value(info.epsilon))
        self.epsilon.setModified(False)
        self.open.setText(self.tr("Unknown so far: {0}").format(", ".join(info.unknown[:12])) if info.unknown else "")
        self.open.setVisible(bool(info.unknown))

    def forget(self) -> None:
        """Another study is loaded: what was typed belongs to the one before."""
        for field in (*self.form.fields.values(), self.epsilon):
            field.setModified(False)

    def _write(self) -> None:
        """A field that is left writes too, so it must be sure that its text is of this study."""
        if self._document.empty or self._seen is not self._document.study or self.form.problems():
            return
        self._document.attempt(settings_change, self.form.values())

    def _write_epsilon(self) -> None:
        if self.epsilon.isModified() and self._seen is self._document.study:
            self.epsilon.setModified(False)
            value = typed_number(self.epsilon.text())
            if not self._document.attempt(edits.set_info, "epsilon", self.epsilon.text() if value is None else value):
                self.epsilon.setText(shown_value(self._document.study.info.epsilon))


class Inspector(QWidget):
    """Follows the document's selection."""

    step_clicked = Signal(str)
    believe_requested = Signal()
    """A probability of one's own for the selected element."""

    def __init__(self, document: Document, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.setAccessibleName(self.tr("Inspector"))
        self.element_page = ElementPage(document, theme)
        self.study_page = StudyPage(document)
        self.several = QWidget()
        column = QVBoxLayout(self.several)
        column.setContentsMargins(12, 12, 12, 12)
        self.several_head = label("", "strong")
        self.several_facts = FactList(theme)
        column.addWidget(self.several_head)
        column.addWidget(self.several_facts)
        column.addStretch(1)
        self.pages = QStackedWidget()
        for page in (self.study_page, self.element_page, self.several):
            page.setProperty("role", "page")
            scroll = QScrollArea()
            scroll.setWidget(page)
            scroll.setWidgetResizable(True)
            scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self.pages.addWidget(scroll)
        self.element_page.believe.clicked.connect(self.believe_requested)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.pages)
        for facts in (self.element_page.facts, self.several_facts):
            facts.element_clicked.connect(lambda key: document.select([key]))
            facts.step_clicked.connect(self.step_clicked)
        document.selection_changed.connect(self.refresh)
        document.plan_changed.connect(self.refresh)
        document.replaced.connect(self._start_anew)
        document.changed.connect(lambda _: self.refresh())
        self.refresh()

    def _start_anew(self) -> None:
        self.study_page.forget()
        self.element_page.element = ""
        self.refresh()

    def refresh(self) -> None:
        """Show the selection as it is now."""
        study, chosen = (
            self._document.study,
            [k for k in self._document.selection if k in self._document.study.elements],
        )
        if not chosen:
            self.study_page.show_study()
            self.pages.setCurrentIndex(0)
        elif len(chosen) == 1:
            self.element_page.show_element(chosen[0])
            self.pages.setCurrentIndex(1)
        else:
            self.several_head.setText(self.tr("{0} elements").format(len(chosen)))
            self.several_facts.show_sections(summary(study, self._document.plan, chosen))
            self.pages.setCurrentIndex(2)
