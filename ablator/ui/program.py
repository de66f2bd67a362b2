"""The program: one application, and everything that one running window is made of."""

import gc
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

from ablator.app.document import Document
from ablator.app.icons import app_icon
from ablator.app.jobs import Jobs
from ablator.app.settings import Settings
from ablator.app.signing import Signature
from ablator.app.theme import Theme
from ablator.ui.style import dress
from ablator.ui.window import MainWindow

COLLECT_AFTER = 50_000
"""New objects between two looks for unused ones: with Python's own figure they cost a start a twentieth of its time."""
DESKTOP_FILE = "io.github.ablator.Ablator"


def application() -> QApplication:
    """The one application, named for desktop and dialogs."""
    known = QApplication.instance()
    if isinstance(known, QApplication):
        return known
    gc.set_threshold(COLLECT_AFTER, 20, 50)
    app = QApplication(["ablator"])
    app.setApplicationName("ablator")
    app.setApplicationDisplayName("Ablator")
    app.setDesktopFileName(DESKTOP_FILE)
    return app


class AfterFirstPaint(QObject):
    """Calls something once, after the window has been painted for the first time and is idle."""

    def __init__(self, window: MainWindow, then: Callable[[], None]) -> None:
        super().__init__(window)
        self._then = then
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self._then)
        return False


class Program:
    """Everything that one running window is made of, joined."""

    def __init__(self, app: QApplication, theme_mode: str | None = None, settings: Settings | None = None) -> None:
        self.app = app
        self.settings = settings if settings is not None else Settings()
        self.signature = Signature(self.settings)
        self.theme = Theme(theme_mode or self.settings.get("look/theme"))  # type: ignore[arg-type]
        dress(app, self.theme)
        self.theme.changed.connect(self._dress)
        self.jobs = Jobs()
        self.jobs.hold()
        self.document = Document(self.jobs)
        self.window = MainWindow(self.document, self.settings, self.theme, self.jobs)
        self.window.setWindowIcon(app_icon())

    def show(self, then: Callable[[], None]) -> None:
        """Show the window; once it is painted the worker starts, and `then` is called."""
        self.window.show()

        def painted() -> None:
            self.jobs.release()
            then()

        AfterFirstPaint(self.window, painted)

    def _dress(self) -> None:
        dress(self.app, self.theme)
