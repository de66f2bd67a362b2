"""The library palette: every idea, claim and factor of the library, found as one types, added by Enter or by drag."""

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QColor, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QListView, QVBoxLayout, QWidget

from ablator.app.document import Document
from ablator.app.plain import shortened, tip
from ablator.app.theme import Theme
from ablator.core.lanes import LANES, SYMBOLS, Lane
from ablator.ui.graph.clipboard import LIBRARY
from ablator.ui.style import label

Index = QModelIndex | QPersistentModelIndex
HEIGHT = 24


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the library, as the palette shows it."""

    id: str
    name: str
    lane: Lane
    words: str
    """What a search looks through, in lower case."""


def entries() -> list[Entry]:
    """All rows of the library by lane, then by name."""
    from ablator.library import library
    from ablator.library.elements import element_for

    known = library()
    out = []
    for key in dict.fromkeys((*known.claims, *known.ideas, *known.factors)):
        element = element_for(key)
        if element.id != key:  # an idea that is the same element as a factor
            continue
        words = f"{element.name} {key} {element.category} {element.slot or ''} {element.lane}"
        out.append(Entry(key, element.name or key, element.lane, words.lower().replace("_", " ")))
    return sorted(out, key=lambda e: (LANES.index(e.lane), e.name.lower()))


class PaletteModel(QAbstractListModel):
    """The entries that match a search, those that the study already holds marked."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._all: list[Entry] = []
        self.shown: list[Entry] = []
        self._held: frozenset[str] = frozenset()
        self._query = ""

    def fill(self, rows: Iterable[Entry]) -> None:
        """Offer these rows."""
        self._all = list(rows)
        self.search(self._query)

    def search(self, text: str) -> None:
        """Show the rows that hold every word of `text`; names that start with it come first."""
        self._query = text
        words = text.lower().split()
        found = [e for e in self._all if all(w in e.words for w in words)]
        if words:
            found.sort(key=lambda e: (not e.name.lower().startswith(words[0]), words[0] not in e.name.lower()))
        self.beginResetModel()
        self.shown = found
        self.endResetModel()

    def hold(self, ids: Iterable[str]) -> None:
        """Mark the rows that are in the study."""
        self._held = frozenset(ids)
        if self.shown:
            self.dataChanged.emit(self.index(0), self.index(len(self.shown) - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # as Qt declares it
        return 0 if parent.isValid() else len(self.shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.DisplayRole:
            entry = self.shown[index.row()]
            return f"{SYMBOLS[entry.lane].replace('_', '')}   {shortened(entry.name, 200)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            entry = self.shown[index.row()]
            held = self.tr("in the study") if entry.id in self._held else self.tr("drag it onto the graph")
            return tip(f"{entry.name}\n{entry.id}\n{held}")
        if role == Qt.ItemDataRole.ForegroundRole:
            entry = self.shown[index.row()]
            return QColor(self._theme.colour("muted" if entry.id in self._held else "text"))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            entry = self.shown[index.row()]
            return f"{entry.name}, {entry.lane}"
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        base = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return base | Qt.ItemFlag.ItemIsDragEnabled if index.isValid() else base

    def mimeTypes(self) -> list[str]:
        return [LIBRARY]

    def mimeData(self, indexes: Iterable[QModelIndex]) -> QMimeData:
        data = QMimeData()
        for index in indexes:
            entry = self.shown[index.row()]
            data.setData(LIBRARY, entry.id.encode())
            data.setText(entry.name)
        return data


class LibraryPalette(QWidget):
    """Search field and list. The library is read when the palette is first shown."""

    add_requested = Signal(str)
    """Id of a library row that is to be added."""

    def __init__(self, document: Document, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.model = PaletteModel(theme, self)
        self.field = QLineEdit()
        self.field.setPlaceholderText(self.tr("Search the library"))
        self.field.setAccessibleName(self.tr("Search the library"))
        self.field.setClearButtonEnabled(True)
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setAccessibleName(self.tr("Library"))
        self.list.setUniformItemSizes(True)
        self.list.setDragEnabled(True)
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setSpacing(1)
        self._hint = label(self.tr("Enter or a double click adds; drag to place."), "small", "muted", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        for part in (self.field, self.list, self._hint):
            column.addWidget(part)
        self.field.textChanged.connect(self._search)
        self.field.returnPressed.connect(self._add_current)
        self.list.activated.connect(self._add)
        document.changed.connect(self._mark)
        document.replaced.connect(self._mark)
        theme.changed.connect(self.list.viewport().update)

    def focus_search(self) -> None:
        """Put the cursor in the search field."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def showEvent(self, event: QShowEvent) -> None:
        """Read the library once it is looked at."""
        super().showEvent(event)
        if not self.model.shown and not self.field.text():
            self.model.fill(entries())
        self._mark()

    def sizeHint(self) -> QSize:
        return QSize(240, 320)

    def _search(self, text: str) -> None:
        self.model.search(text)
        if self.model.shown:
            self.list.setCurrentIndex(self.model.index(0))

    def _add_current(self) -> None:
        index = self.list.currentIndex()
        if index.isValid():
            self._add(index)

    def _add(self, index: QModelIndex) -> None:
        self.add_requested.emit(self.model.shown[index.row()].id)

    def _mark(self) -> None:
        if self.isVisible():
            held = {e.library or e.id for e in self._document.study.elements.values()}
            self.model.hold(held)
