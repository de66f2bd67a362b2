"""Findings as a table model: code, place, sentence, mend."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from ablator.app.plain import one_line, tip
from ablator.core.checks import Finding

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
FIELDS = ("code", "place", "sentence", "mend")


class FindingsModel(QAbstractTableModel):
    """Owns the findings that are shown, those of one plan."""

    findings: tuple[Finding, ...] = ()

    def set_findings(self, findings: Sequence[Finding]) -> None:
        """Show others; nothing happens where they are the same."""
        if tuple(findings) != self.findings:
            self.beginResetModel()
            self.findings = tuple(findings)
            self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.findings)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(FIELDS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return (self.tr("Code"), self.tr("Place"), self.tr("Finding"), self.tr("Mend"))[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return one_line(getattr(self.findings[index.row()], FIELDS[index.column()]), 600)
        if role == Qt.ItemDataRole.ToolTipRole:
            found = self.findings[index.row()]
            return tip(f"{found.code}  {found.place}\n{found.sentence}\n{found.mend}")
        if role == Qt.ItemDataRole.AccessibleTextRole:
            found = self.findings[index.row()]
            if index.column() == 0:
                return one_line(f"{found.code}, {found.place}: {found.sentence}; {found.mend}")
            return one_line(getattr(found, FIELDS[index.column()]))
        return None
