"""Two studies side by side as ideas: what is the same, changed, and on one side only."""

from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from ablator.app.comparison import STATES, State
from ablator.app.comparison_jobs import comparison
from ablator.app.comparison_model import ComparisonModel, sentence
from ablator.app.document import Document
from ablator.app.merging import Merging
from ablator.app.plain import one_line
from ablator.app.theme import Theme
from ablator.ui.compare_list import EDGE, MARKS, MIDDLE, CompareList
from ablator.ui.elided import Elided
from ablator.ui.style import label, sized

PAUSE_MS = 200
"""Edits in a row are compared once."""


class CompareDialog(QDialog):
    """The open study on the left, another file on the right. It follows the study while it is open."""

    def __init__(
        self, document: Document, merging: Merging, theme: Theme, path: Path, parent: QWidget, right: str = ""
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._document, self._merging, self.path = document, merging, path
        self._asked = 0
        left = document.path.stem if document.path is not None else one_line(document.study.info.name)
        self.names = (left or self.tr("Untitled study"), right or path.stem)
        self.setWindowTitle(self.tr("Compare"))
        self.model = ComparisonModel()
        self.list = CompareList(self.model, theme)
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search"))
        self.search.setAccessibleName(self.tr("Search the differences"))
        self.search.setClearButtonEnabled(True)
        self.search.setMaximumWidth(220)
        self.chips: dict[State, QPushButton] = {state: self._chip(state) for state in STATES}
        self.told = label(self.tr("Comparing…"), tone="muted", wrap=True)
        self.told.setMinimumHeight(48)
        self._lay_out()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self.look)
        self.search.textChanged.connect(self._filter)
        document.changed.connect(self._pause.start)
        document.replaced.connect(self.close)
        merging.failed.connect(self._fail)
        theme.changed.connect(self.list.viewport().update)
        self.resize(940, 640)
        self.look()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 12)
        column.setSpacing(8)
        top = QHBoxLayout()
        top.setContentsMargins(EDGE, 0, EDGE, 0)
        top.setSpacing(6)
        for chip in self.chips.values():
            top.addWidget(chip)
        top.addStretch(1)
        top.addWidget(self.search)
        column.addLayout(top)
        heads = QHBoxLayout()
        heads.setContentsMargins(EDGE + 4, 4, EDGE, 0)
        heads.setSpacing(MIDDLE)
        for name in self.names:
            head = sized(Elided(name), "strong")
            heads.addWidget(head, 1)
        column.addLayout(heads)
        column.addWidget(self.list, 1)
        self.told.setContentsMargins(EDGE + 4, 8, EDGE, 8)
        column.addWidget(self.told, 1)
        self.list.hide()
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        box.setContentsMargins(EDGE, 0, EDGE, 0)
        box.rejected.connect(self.reject)
        self.copy_button = box.addButton(self.tr("Copy as text"), QDialogButtonBox.ButtonRole.ActionRole)
        self.copy_button.clicked.connect(self._copy)
        self.merge_button = box.addButton(self.tr("Merge into the study"), QDialogButtonBox.ButtonRole.ActionRole)
        self.merge_button.setToolTip(self.tr("Take what only the right side has; what both have differently waits"))
        self.merge_button.clicked.connect(self._merge)
        for button in (self.copy_button, self.merge_button):
            button.setEnabled(False)
            button.setAutoDefault(False)
        column.addWidget(box)

    def _chip(self, state: State) -> QPushButton:
        chip = QPushButton()
        chip.setCheckable(True)
        chip.setAutoDefault(False)
        chip.setProperty("quiet", True)
        chip.setChecked(state != "same")
        chip.toggled.connect(lambda _: self._filter())
        return chip

    def look(self) -> None:
        """Compare anew; an answer to an older question is not shown."""
        self._asked += 1
        number = self._asked
        self._merging.compare(self.path, lambda answer: self._take(number, answer))

    def _take(self, number: int, answer: bytes) -> None:
        if number != self._asked:
            return
        self.model.show(comparison(answer))
        found = self.model.comparison
        words = {
            "changed": self.tr("Changed"),
            "left": self.tr("Only in {0}").format(_brief(self.names[0])),
            "right": self.tr("Only in {0}").format(_brief(self.names[1])),
            "same": self.tr("Same"),
        }
        for state, chip in self.chips.items():
            chip.setText(f"{MARKS[state][0]}  {words[state]}  {found.count(state)}".replace("&", "&&"))
            chip.setEnabled(found.count(state) > 0)
        self.copy_button.setEnabled(any(r.state != "same" for r in found.rows))
        self.merge_button.setEnabled(any(r.state in {"right", "changed"} for r in found.rows))
        self._filter()

    def _filter(self) -> None:
        self.model.want([state for state, chip in self.chips.items() if chip.isChecked()], self.search.text())
        rows = self.model.comparison.rows
        if self.model.rows():
            self._show("")
        elif all(row.state == "same" for row in rows):
            self._show(self.tr("Both studies hold the same."))
        elif self.search.text().strip():
            self._show(self.tr("No difference holds these words."))
        else:
            self._show(self.tr("Nothing of this kind. Choose above what is shown."))

    def _show(self, words: str) -> None:
        self.told.setText(words)
        self.told.setVisible(bool(words))
        self.list.setVisible(not words)

    def _fail(self, reason: str) -> None:
        self._show(reason)

    def _copy(self) -> None:
        head = f"{self.names[0]} → {self.names[1]}"
        lines = [head, *(sentence(row) for row in self.model.comparison.rows if row.state != "same")]
        QGuiApplication.clipboard().setText("\n".join(lines))

    def _merge(self) -> None:
        label_text = self.tr("Merge {0}").format(self.path.name)
        if self._document.path is not None and self.path == self._document.path:
            self._merging.with_disk(self.tr("Merge with the file on disk"))
        else:
            self._merging.with_copy(self.path, label_text)
        self.close()


def _brief(name: str) -> str:
    return name if len(name) <= 24 else name[:23] + "…"
