"""Unexpected errors: the work is put in safety first, then one dialog says so, and the program goes on."""

import sys
import traceback
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox, QWidget

from ablator.app.document import Document
from ablator.app.rescue import discard, rescue
from ablator.ui.about import versions

LONGEST = 20_000


def _said(text: str) -> str:
    return QCoreApplication.translate("Unexpected", text)


class Unexpected:
    """The program's exception hook. While its dialog is open, further errors only add to the details."""

    def __init__(self, document: Document, window: QWidget | None = None) -> None:
        self.document = document
        self.window = window
        self.details = ""
        self.box: QMessageBox | None = None
        self._copies: list[Path] = []
        document.dirty_changed.connect(self._saved)

    def install(self) -> None:
        """Be the hook for errors that nobody expected."""
        sys.excepthook = self

    def __call__(self, kind: type[BaseException], wrong: BaseException, trace: TracebackType | None) -> None:
        """Put the work in safety, then tell."""
        if issubclass(kind, KeyboardInterrupt):
            QCoreApplication.exit(130)
            return
        text = "".join(traceback.format_exception(kind, wrong, trace))
        self.details = f"{self.details}{text}\n"[-LONGEST:]
        safe = rescue(self.document)
        if safe is not None:
            self._copies.append(safe)
        if self.box is None:
            self._tell(f"{kind.__name__}: {wrong}", str(safe) if safe is not None else "")

    def _tell(self, sentence: str, safe: str) -> None:
        box = self.box = QMessageBox(self.window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle(_said("Something unexpected happened"))
        box.setText(_said("Something unexpected happened. The program goes on."))
        where = _said("Your work is safe in {0}.").format(safe) if safe else _said("There was no unsaved work.")
        box.setInformativeText(f"{where}\n\n{sentence[:500]}")
        copy = box.addButton(_said("Copy details"), QMessageBox.ButtonRole.ActionRole)
        copy.clicked.disconnect()
        copy.clicked.connect(self._copy)
        box.addButton(QMessageBox.StandardButton.Close)
        box.finished.connect(self._closed)
        box.open()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(f"{versions()}\n\n{self.details}")

    def _saved(self, dirty: bool) -> None:
        """Copies are not needed once the work is saved, or was let go by a person."""
        if not dirty:
            for copy in self._copies:
                discard(copy)
            self._copies.clear()

    def _closed(self) -> None:
        self.box = None
        self.details = ""
