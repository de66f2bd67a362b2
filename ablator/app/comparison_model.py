"""The rows of a comparison as a list for views: headings of lanes between them, filtered by state and by words."""

from collections.abc import Iterable, Mapping
from typing import Any

from PySide6.QtCore import (
    QT_TRANSLATE_NOOP,
    QAbstractListModel,
    QCoreApplication,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
)

from ablator.app.comparison import STATES, Comparison, Row, State
from ablator.app.words import LANE_NAMES, lane_name

Index = QModelIndex | QPersistentModelIndex
Entry = Row | str
"""A row, or the group that a heading names."""

ENTRY = Qt.ItemDataRole.UserRole
TABLES: Mapping[str, Any] = {
    "study": QT_TRANSLATE_NOOP("Comparison", "Settings"),
    "relations": QT_TRANSLATE_NOOP("Comparison", "Relations"),
    "evidence": QT_TRANSLATE_NOOP("Comparison", "Evidence"),
    "decisions": QT_TRANSLATE_NOOP("Comparison", "Decisions"),
    "conflicts": QT_TRANSLATE_NOOP("Comparison", "Conflicts"),
    "extra": QT_TRANSLATE_NOOP("Comparison", "Other keys"),
}
SENTENCES: Mapping[State, Any] = {
    "same": QT_TRANSLATE_NOOP("Comparison", "the same on both sides"),
    "changed": QT_TRANSLATE_NOOP("Comparison", "changed"),
    "left": QT_TRANSLATE_NOOP("Comparison", "only on the left"),
    "right": QT_TRANSLATE_NOOP("Comparison", "only on the right"),
}


def said(text: str) -> str:
    """One of these texts in the language of the window."""
    return QCoreApplication.translate("Comparison", text)


def group_name(group: str) -> str:
    """What people call a lane or a table."""
    return lane_name(group) if group in LANE_NAMES else said(TABLES.get(group, group))


class ComparisonModel(QAbstractListModel):
    """The rows of one comparison that are in one of the wanted states and hold the words searched for."""

    def __init__(self) -> None:
        super().__init__()
        self._all = Comparison(())
        self._entries: list[Entry] = []
        self.states: frozenset[State] = frozenset(STATES) - {"same"}
        self.words = ""

    @property
    def comparison(self) -> Comparison:
        """All rows, whatever is shown."""
        return self._all

    def show(self, comparison: Comparison) -> None:
        """Take another comparison."""
        self._all = comparison
        self._filter()

    def want(self, states: Iterable[State], words: str = "") -> None:
        """Show rows in these states that hold all of the words."""
        self.states, self.words = frozenset(states), words
        self._filter()

    def rows(self) -> list[Row]:
        """The rows that are shown, without headings."""
        return [e for e in self._entries if isinstance(e, Row)]

    def _filter(self) -> None:
        wanted = self.words.casefold().split()
        self.beginResetModel()
        self._entries = []
        group = ""
        for row in self._all.rows:
            if row.state in self.states and _holds(row, wanted):
                if row.group != group:
                    group = row.group
                    self._entries.append(group)
                self._entries.append(row)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # as Qt declares it
        return 0 if parent.isValid() else len(self._entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        entry = self._entries[index.row()]
        if role == ENTRY:
            return entry
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return group_name(entry) if isinstance(entry, str) else sentence(entry)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        heading = index.isValid() and isinstance(self._entries[index.row()], str)
        return Qt.ItemFlag.NoItemFlags if heading else Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


def sentence(row: Row) -> str:
    """A row in words, as a screen reader says it and as it is copied."""
    parts = [f"{row.left or row.right}: {said(SENTENCES[row.state])}"]
    if row.state == "changed":
        if row.left != row.right:
            parts.append(f"{row.left} → {row.right}")
        parts += [f"{d.key}: {d.left or '–'} → {d.right or '–'}" for d in row.details]
    return "; ".join(parts)


def _holds(row: Row, wanted: list[str]) -> bool:
    if not wanted:
        return True
    text = " ".join((row.id, row.left, row.right, *(f"{d.key} {d.left} {d.right}" for d in row.details))).casefold()
    return all(word in text for word in wanted)
