"""Symptoms to tick: those found in the logs are ticked already, the others are sentences a person would say."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from ablator.app.plain import shortened, tip
from ablator.core.study import Study

ID = Qt.ItemDataRole.UserRole
HAYSTACK = ID + 1
"""What a search looks through, in lower case."""
HEIGHT = 216


class SymptomList(QWidget):
    """A list with a search field. The symptoms are read from the library when a study is first shown."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: dict[str, float | None] = {}
        self._by_hand: set[str] = set()
        self._not: set[str] = set()
        self.field = QLineEdit()
        self.field.setPlaceholderText(self.tr("Search the symptoms: plateau, NaN, overfit …"))
        self.field.setAccessibleName(self.tr("Search the symptoms"))
        self.field.setClearButtonEnabled(True)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Symptoms"))
        self.list.setFixedHeight(HEIGHT)
        self.list.setWordWrap(False)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.field)
        column.addWidget(self.list)
        self.field.textChanged.connect(self._search)
        self.list.itemChanged.connect(self._tick)

    def clear(self) -> None:
        """Forget what was found and what was ticked."""
        self._found, self._by_hand, self._not = {}, set(), set()
        self.list.clear()

    def show_found(self, study: Study) -> None:
        """Tick what the artefacts show, and put it first."""
        found = {
            e.name: e.strength
            for e in study.evidence.values()
            if e.kind == "symptom" and (e.strength is None or e.strength > 0) and e.name not in self._by_hand
        }
        if self.list.count() and found.keys() <= self._found.keys() | self._not:
            return
        self._found |= found
        self._fill()

    def found(self) -> tuple[str, ...]:
        """Names of the symptoms that the artefacts show and the person does not deny, the strongest first."""
        from ablator.library import library

        known = library().symptoms
        there = [k for k in self._found if k not in self._not and k in known]
        return tuple(known[k].name for k in sorted(there, key=lambda k: (-(self._found[k] or 1.0), k)))

    def ticked_by_hand(self) -> tuple[str, ...]:
        """Ids of symptoms that only the person saw, sorted."""
        return tuple(sorted(self._by_hand - self._found.keys()))

    def unticked(self) -> tuple[str, ...]:
        """Ids of symptoms that were found, but that the person does not see."""
        return tuple(sorted(self._not))

    def _fill(self) -> None:
        from ablator.library import library

        known = library().symptoms
        order = sorted(known, key=lambda k: (k not in self._found, k not in self._by_hand, known[k].says.lower()))
        self.list.blockSignals(True)
        self.list.clear()
        for key in order:
            said = known[key].says or known[key].name
            item = QListWidgetItem(shortened(f"{said}   — {self.tr('found')}" if key in self._found else said))
            item.setData(ID, key)
            item.setData(HAYSTACK, f"{item.text()} {key} {known[key].name} {known[key].reads}".lower())
            item.setToolTip(tip(f"{known[key].name}\n{known[key].reads}"))
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            on = (key in self._found and key not in self._not) or key in self._by_hand
            item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
            self.list.addItem(item)
        self.list.blockSignals(False)
        self._search(self.field.text())

    def _search(self, text: str) -> None:
        words = text.lower().split()
        for n in range(self.list.count()):
            item = self.list.item(n)
            ticked = item.checkState() == Qt.CheckState.Checked
            item.setHidden(not ticked and not all(w in str(item.data(HAYSTACK)) for w in words))

    def _tick(self, item: QListWidgetItem) -> None:
        key, on = str(item.data(ID)), item.checkState() == Qt.CheckState.Checked
        if key in self._found:
            (self._not.discard if on else self._not.add)(key)
        else:
            (self._by_hand.add if on else self._by_hand.discard)(key)
        self.changed.emit()
