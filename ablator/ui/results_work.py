"""Results from files: read away from the eye, shown with what fits no run, and taken in as one step."""

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ablator.app.document import Document
from ablator.app.jobs import Jobs
from ablator.app.plain import one_line
from ablator.app.results_reading import Reading, Request, are_results, taken_in
from ablator.files.study_file import encode
from ablator.ui.asking import Asking
from ablator.ui.notice import NoticeStrip
from ablator.ui.style import label

SHOWN = 2000
"""Results that the preview lists."""
PROBLEMS = 30


class ResultsDialog(QDialog):
    """What files hold for the study: each result with its run, and below what was left out and why."""

    def __init__(self, reading: Reading, names: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Record results"))
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        count = len(reading.lines)
        head = self.tr("1 result of {0}") if count == 1 else self.tr("{1} results of {0}")
        column.addWidget(label(head.format(names, count), "strong", wrap=True))
        self.table = QTableWidget(min(count, SHOWN), 3)
        self.table.setAccessibleName(self.tr("Results"))
        self.table.setHorizontalHeaderLabels([self.tr("Run"), self.tr("Values"), self.tr("Read from")])
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        for n, line in enumerate(reading.lines[:SHOWN]):
            for at, text in enumerate((line.run, line.values, line.where)):
                self.table.setItem(n, at, QTableWidgetItem(one_line(text, 300)))
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.ResizeToContents)
        self.table.setVisible(bool(count))
        column.addWidget(self.table, 1)
        words = [one_line(p, 400) for p in reading.problems[:PROBLEMS]]
        if len(reading.problems) > PROBLEMS:
            words.append(self.tr("and {0} more").format(len(reading.problems) - PROBLEMS))
        if not count:
            words.append(
                self.tr("Nothing in it fits a run of the plan. The runs and their ids: File, Export runs as CSV.")
            )
        self.left_out = label("\n".join(words), tone="warning", wrap=True)
        self.left_out.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.left_out.setVisible(bool(words))
        column.addWidget(self.left_out)
        buttons = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox((buttons.Ok | buttons.Cancel) if count else buttons.Close)
        if count:
            self.buttons.button(buttons.Ok).setText(self.tr("Record"))
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        column.addWidget(self.buttons)
        self.resize(640, 460 if count else 0)


class ResultsWork(QObject):
    """Asks for files of results, or takes those that were dropped. A late reading of another study is thrown away."""

    def __init__(
        self,
        document: Document,
        jobs: Jobs,
        asking: Asking,
        notices: NoticeStrip,
        folder: Callable[[], str],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._document, self._jobs, self._asking = document, jobs, asking
        self._notices, self._folder, self._window = notices, folder, parent

    def ask(self) -> None:
        """Ask for tables or logs and read them."""
        paths = self._asking.for_results(self._window, self._folder())
        if paths:
            self.take(paths)

    def fit(self, paths: Sequence[Path]) -> bool:
        """Whether these files are tables of runs, and no sources of another study."""
        return are_results(paths)

    def take(self, paths: Sequence[Path]) -> None:
        """Read these files for the present study."""
        study = self._document.study
        asked = Request(encode(study), tuple(str(p) for p in paths))
        names = ", ".join(p.name for p in paths[:3]) + (" …" if len(paths) > 3 else "")

        def arrived(answer: bytes) -> None:
            if study is self._document.study:
                self._show(msgspec.msgpack.decode(answer, type=Reading), names)

        self._jobs.submit("results", msgspec.msgpack.encode(asked), arrived, self._refuse)

    def _refuse(self, reason: str) -> None:
        self._notices.say(reason, "danger", (), self._jobs.details)

    def _show(self, reading: Reading, names: str) -> None:
        box = ResultsDialog(reading, one_line(names, 200), self._window)
        words = self.tr("Record results of {0}").format(one_line(names, 80))
        box.accepted.connect(lambda: self._document.attempt(taken_in, reading.rows, words))
        box.open()
