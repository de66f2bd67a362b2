"""Questions that only a person can answer: which file, and what about unsaved work."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QMessageBox, QWidget

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter

Unsaved = Literal["save", "discard", "cancel"]
SUFFIX = ".ablation"


def _said(text: str) -> str:
    return QCoreApplication.translate("Asking", text)


class Asking:
    """Asks through dialogs; tests hand in one that answers by itself."""

    def about_unsaved(self, parent: QWidget, name: str) -> Unsaved:
        """What is to become of unsaved changes."""
        box = QMessageBox(parent)
        box.setIcon(QMessageBox.Icon.NoIcon)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle(_said("Unsaved changes"))
        box.setText(_said("Save the changes to {0}?").format(name[:200]))
        box.setInformativeText(_said("What is not saved is lost."))
        buttons = QMessageBox.StandardButton
        box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
        box.setDefaultButton(buttons.Save)
        chosen = box.exec()
        box.deleteLater()
        if chosen == buttons.Save:
            return "save"
        return "discard" if chosen == buttons.Discard else "cancel"

    def for_study(self, parent: QWidget, folder: str) -> Path | None:
        """Which study to open."""
        name, _ = QFileDialog.getOpenFileName(
            parent, _said("Open a study"), folder, _said("Studies (*.ablation);;All files (*)")
        )
        return Path(name) if name else None

    def for_artefacts(self, parent: QWidget, folder: str) -> list[Path]:
        """Which files to build a study from."""
        names, _ = QFileDialog.getOpenFileNames(
            parent, _said("Add a model, settings or logs"), folder, _said("All files (*)")
        )
        return [Path(name) for name in names]

    def for_results(self, parent: QWidget, folder: str) -> list[Path]:
        """Which files of results to read: tables of runs, or logs."""
        names, _ = QFileDialog.getOpenFileNames(
            parent, _said("Record results from files"), folder, _said("Tables and logs (*)")
        )
        return [Path(name) for name in names]

    def for_folder(self, parent: QWidget, folder: str) -> Path | None:
        """Which folder to build a study from."""
        name = QFileDialog.getExistingDirectory(parent, _said("Add a folder"), folder)
        return Path(name) if name else None

    def where_to_save(self, parent: QWidget, suggestion: Path, what: str, suffix: str = SUFFIX) -> Path | None:
        """Under which name to save; the suffix is added where it is missing."""
        name, _ = QFileDialog.getSaveFileName(
            parent, what, str(suggestion), f"{suffix} (*{suffix});;" + _said("All files (*)")
        )
        if not name:
            return None
        path = Path(name)
        if path.suffix:
            return path
        path = path.with_name(path.name + suffix)  # the dialog did not ask about this one
        return path if not path.exists() or self.may_replace(parent, path) else None

    def for_picture(self, parent: QWidget, suggestion: Path) -> Path | None:
        """Under which name to write a picture; SVG where the name has no suffix."""
        kinds = (_said("SVG (*.svg)"), _said("PNG (*.png)"), _said("PDF: graph and plan (*.pdf)"))
        name, chosen = QFileDialog.getSaveFileName(parent, _said("Export picture"), str(suggestion), ";;".join(kinds))
        if not name:
            return None
        path = Path(name)
        if path.suffix:
            return path
        form = ("svg", "png", "pdf")[kinds.index(chosen) if chosen in kinds else 0]
        path = path.with_name(f"{path.name}.{form}")
        return path if not path.exists() or self.may_replace(parent, path) else None

    def for_printer(self, parent: QWidget, name: str, chosen: "Callable[[QPrinter], object]") -> None:
        """On which printer to print what is called `name`; `chosen` is told, unless nobody prints."""
        from PySide6.QtGui import QPageLayout
        from PySide6.QtPrintSupport import QPrintDialog, QPrinter

        printer = QPrinter()
        printer.setDocName(name)
        printer.setPageOrientation(QPageLayout.Orientation.Landscape)
        dialog = QPrintDialog(printer, parent)
        dialog.setWindowTitle(_said("Print graph and plan"))
        dialog.accepted.connect(lambda: chosen(printer))
        dialog.finished.connect(dialog.deleteLater)
        QDialog.open(dialog)  # its own wants a slot by name

    def may_replace(self, parent: QWidget, path: Path) -> bool:
        """Whether a file that is there may be overwritten."""
        box = QMessageBox(parent)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle(_said("Replace the file?"))
        box.setText(_said("{0} is there already. Replace it?").format(path.name[:200]))
        box.setStandardButtons(QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.No)
        box.setDefaultButton(QMessageBox.StandardButton.No)
        chosen = box.exec()
        box.deleteLater()
        return chosen == QMessageBox.StandardButton.Yes
