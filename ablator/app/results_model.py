"""The runs of one step as a table to be filled in: a row a run, a column a metric."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from ablator.api import evidence_of
from ablator.app.pasted import BROKEN, Pasted, number_of
from ablator.app.plain import one_line, tip
from ablator.app.words import said
from ablator.core.elements import Evidence
from ablator.plan.types import Run

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
FIXED = 4
"""Columns before the metrics: run, settings, kind, seed."""
SETTINGS = 1
"""Place of the settings among them."""
SETTINGS_SHOWN = 60
"""Letters of a run's settings that a cell shows; its tooltip has them all."""


def settings_of(run: Run) -> str:
    """What a run sets other than the model as it is found; empty where it sets nothing."""
    return ", ".join(f"{k}={v if isinstance(v, str) else json.dumps(v)}" for k, v in sorted(run.overrides.items()))


class ResultsModel(QAbstractTableModel):
    """Owns what was typed and pasted; it writes nothing. Recorded values are shown and can be typed over."""

    def __init__(
        self,
        runs: Sequence[Run],
        recorded: Mapping[str, Evidence],
        metrics: Sequence[str],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.runs = list(runs)
        self._recorded = recorded
        seen = (m for e in recorded.values() for m in e.metrics)
        self.metrics = list(dict.fromkeys([*metrics, *seen]))
        self.typed: dict[str, dict[str, float]] = {}
        self.broken: set[str] = set()

    @property
    def filled(self) -> int:
        """Runs for which something was entered."""
        return len(self.typed.keys() | self.broken)

    def add_metric(self, name: str) -> bool:
        """Another column; False where there is one of this name or the name is empty."""
        name = one_line(name, 100)
        if not name or name in self.metrics:
            return False
        at = FIXED + len(self.metrics)
        self.beginInsertColumns(ROOT, at, at)
        self.metrics.append(name)
        self.endInsertColumns()
        return True

    def take(self, pasted: Pasted) -> int:
        """Fill in a pasted table; returns how many runs were matched."""
        for name in pasted.metrics:
            self.add_metric(name)
        for run, values in pasted.values.items():
            self.typed.setdefault(run, {}).update(values)
        self.broken |= pasted.broken
        if self.runs:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.runs) - 1, self.columnCount() - 1))
        return len(pasted.values.keys() | pasted.broken)

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.runs)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else FIXED + len(self.metrics)

    def flags(self, index: Index) -> Qt.ItemFlag:
        plain = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return plain | Qt.ItemFlag.ItemIsEditable if index.column() >= FIXED else plain

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role != Qt.ItemDataRole.DisplayRole or orientation != Qt.Orientation.Horizontal:
            return None
        heads = [self.tr("Run"), self.tr("Settings"), self.tr("Kind"), self.tr("Seed"), *self.metrics]
        return heads[section] if section < len(heads) else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole}:
            return self._text(self.runs[index.row()], index.column())
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() >= FIXED - 1:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == SETTINGS:
            return tip(settings_of(self.runs[index.row()]))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            head = self.headerData(index.column(), Qt.Orientation.Horizontal)
            run = self.runs[index.row()]
            return f"{run.run}, {head}: {self._text(run, index.column()) or self.tr('empty')}"
        return None

    def _text(self, run: Run, column: int) -> str:
        if column == 0:
            return one_line(run.run.partition("/")[2] or run.run, 200)
        if column == 1:
            return one_line(settings_of(run), SETTINGS_SHOWN)
        if column == 2:
            return {"tune": self.tr("trial"), "confirm": self.tr("seed"), "check": self.tr("check")}[run.kind]
        if column == 3:
            return "" if run.seed is None else str(run.seed)
        metric = self.metrics[column - FIXED]
        if run.run in self.broken:
            return self.tr("diverged")
        value = self.typed.get(run.run, {}).get(metric)
        before = self._recorded.get(run.run)
        if value is None and before is not None:
            if before.state != "done" and not before.metrics:
                return said(before.state)
            value = before.metrics.get(metric)
        return "" if value is None else repr(value)

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole or index.column() < FIXED:
            return False
        run, metric = self.runs[index.row()].run, self.metrics[index.column() - FIXED]
        text = str(value).strip()
        if text.casefold() in BROKEN or text == self.tr("diverged"):
            self.broken.add(run)
            self.typed.pop(run, None)
        elif not text:
            self.broken.discard(run)
            self.typed.get(run, {}).pop(metric, None)
            if not self.typed.get(run, True):
                del self.typed[run]
        else:
            number = number_of(text)
            if number is None:
                return False
            self.broken.discard(run)
            self.typed.setdefault(run, {})[metric] = number
        self.dataChanged.emit(self.index(index.row(), 0), self.index(index.row(), self.columnCount() - 1))
        return True

    def rows(self, author: str) -> list[Evidence]:
        """What was entered as evidence; metrics recorded before and not entered again are kept."""
        out = []
        for run in self.runs:
            key = run.run
            if key not in self.typed and key not in self.broken:
                continue
            before = self._recorded.get(key)
            metrics = {**(before.metrics if before else {}), **self.typed.get(key, {})}
            broken = key in self.broken
            made = evidence_of(
                run,
                {} if broken else metrics,
                state="diverged" if broken else "done",
                seed=run.seed,
                author=author,
                source=author,
            )
            out.append(msgspec.structs.replace(made, id=before.id if before else made.id))
        return out
