"""Runs the window: one application, one document, one window, and an end without loss."""

import signal
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QSocketNotifier
from shiboken6 import delete

from ablator.app.faults import FaultFile
from ablator.ui.asking import SUFFIX
from ablator.ui.portrait import portrait
from ablator.ui.program import Program, application
from ablator.ui.unexpected import Unexpected

if TYPE_CHECKING:
    from ablator.core.study import Study
    from ablator.plan.types import Plan

__all__ = ["drawn", "portrait", "run"]


class Signals(QObject):
    """Ctrl-C in the terminal and SIGTERM end the event loop at once, with unsaved work put in safety."""

    def __init__(self, secure: Callable[[], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._secure = secure
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)
        self._notifier = QSocketNotifier(self._reader.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._arrived)
        self._before = {s: signal.signal(s, lambda *_: None) for s in (signal.SIGINT, signal.SIGTERM)}
        self._wakeup = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)

    def release(self) -> None:
        """Give the signals back."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._wakeup)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._reader.close()
        self._writer.close()

    def _arrived(self) -> None:
        numbers = self._reader.recv(64)
        self._secure()
        QCoreApplication.exit(130 if signal.SIGINT in numbers else 128 + signal.SIGTERM)


def drawn(study: "Study", plan: "Plan", form: str) -> bytes:
    """The bytes of graph and plan as `svg`, `png` or `pdf`."""
    from ablator.ui.paper.writing import picture
    from ablator.ui.style import body_font

    app = application()
    app.setFont(body_font(app.font()))
    return picture(study, plan, form)


def run(paths: Sequence[str]) -> int:
    """Open the window, on a study or on what a study can be built from, and return the exit status.

    A study that another window holds is not opened twice: that window comes to the front, and the status is 0.
    """
    app = application()
    if len(paths) == 1 and paths[0].endswith(SUFFIX) and _is_open(Path(paths[0])):
        return 0
    faults = FaultFile()
    faults.begin()
    program = Program(app)
    window, document = program.window, program.document
    hook = Unexpected(document, window)
    hook.install()
    signals = Signals(window.recovery.secure)
    chosen = [Path(p) for p in paths]
    if not chosen and program.settings.get("files/reopen"):
        chosen = program.settings.recent()[:1]
    if chosen:
        window.take_files(chosen)
    program.show(lambda: _settle(program))
    status = program.app.exec()
    signals.release()
    sys.excepthook = sys.__excepthook__
    document.close()
    program.jobs.stop()
    delete(window)  # while Python lives: its filters and slots are called as the widgets go
    faults.end()
    return status


def _is_open(path: Path) -> bool:
    """Whether another window holds this study, and has come to the front."""
    try:
        from ablator.ui.presence import raised_elsewhere
    except ImportError:
        return False
    return raised_elsewhere(path)


def _settle(program: Program) -> None:
    """What can wait until the window is painted."""
    with suppress(ImportError):  # slim builds of Qt have no network part
        from ablator.ui.presence import Presence

        Presence(program.document, program.window)
    program.window.recovery.begin()
    program.window.prepare()
