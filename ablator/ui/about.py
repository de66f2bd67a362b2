"""About the program, with the versions that a bug report needs."""

import platform
import sys

from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

import ablator
from ablator.app.icons import APP, pixmap
from ablator.ui.style import label


def versions() -> str:
    """Versions of the program and of what it runs on, a line each."""
    import PySide6

    app = QGuiApplication.instance()
    window_system = QGuiApplication.platformName() if app is not None else "none"
    return "\n".join(
        (
            f"Ablator {ablator.__version__}",
            f"Python {sys.version.split()[0]}",
            f"PySide6 {PySide6.__version__}, Qt {qVersion()}",
            f"{platform.system()} {platform.release()} ({platform.machine()})",
            f"Window system {window_system}",
        )
    )


class AboutDialog(QDialog):
    """Name, version, licence, and a button that copies the versions."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("About Ablator"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        mark = QLabel()
        mark.setPixmap(pixmap(APP, QColor("black"), 64, self.devicePixelRatioF()))
        what = self.tr("Turns a frustrating machine-learning model into an ordered plan of ablations.")
        words = QVBoxLayout()
        words.setSpacing(8)
        words.addWidget(label("Ablator", "title"))
        words.addWidget(label(what, wrap=True))
        facts = label(versions(), "small", "muted")
        facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        words.addWidget(facts)
        words.addWidget(label(self.tr("MIT licence. Qt and PySide6 under the LGPL."), "small", "muted", wrap=True))
        top = QHBoxLayout()
        top.setSpacing(16)
        top.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(words, 1)
        copy = QPushButton(self.tr("Copy versions"))
        copy.setAutoDefault(False)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(versions()))
        close = QPushButton(self.tr("Close"))
        close.setDefault(True)
        close.clicked.connect(self.accept)
        close.setFocus()
        foot = QHBoxLayout()
        foot.addStretch()
        foot.addWidget(copy)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(16)
        column.addLayout(top)
        column.addLayout(foot)
        self.resize(460, 0)
