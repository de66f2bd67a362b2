"""Runs the window: one application, one document, one window, and an end without loss."""

import os
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, QSocketNotifier

from ablator.app.document import Document
from ablator.app.rescue import discard, rescue, rescued
from ablator.ui.portrait import portrait
from ablator.ui.program import Program, application
from ablator.ui.unexpected import Unexpected

__all__ = ["portrait", "run"]


class Signals(QObject):
    """Ctrl-C in the terminal and SIGTERM end the event loop at once, with unsaved work put in safety."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
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
        rescue(self._document)
        QCoreApplication.exit(130 if signal.SIGINT in numbers else 128 + signal.SIGTERM)


def run(paths: Sequence[str]) -> int:
    """Open the window, on a study or on what a study can be built from, and return the exit status."""
    program = Program(application())
    window, document = program.window, program.document
    hook = Unexpected(document, window)
    hook.install()
    signals = Signals(document)
    if paths:
        window.take_files([Path(p) for p in paths])
    program.show(lambda: _settle(program))
    status = program.app.exec()
    signals.release()
    sys.excepthook = sys.__excepthook__
    program.jobs.stop()
    return status


def _settle(program: Program) -> None:
    """What can wait until the window is painted."""
    window = program.window
    kept = rescued()
    if kept:
        path = kept[0]
        text = window.tr("Unsaved work was kept when the program ended: {0}").format(path.name)
        choices = [
            (window.tr("Open it"), lambda: _open_rescued(program, path)),
            (window.tr("Discard it"), lambda: discard(path)),
        ]
        window.notices.say(text, "warning", choices)


def _open_rescued(program: Program, path: Path) -> None:
    """Open rescued work as unsaved; it is kept in its place until it is saved elsewhere."""
    from ablator.core.errors import AblatorError
    from ablator.files.study_file import open_study

    document = program.document
    try:
        study, _ = open_study(path)
    except AblatorError as wrong:
        program.window.notices.say(str(wrong), "danger")
        return
    if not program.window.files.may_leave():
        return
    document.load(study, None, None)

    def saved(dirty: bool) -> None:
        if not dirty and document.path is not None and os.path.realpath(document.path) != os.path.realpath(path):
            document.dirty_changed.disconnect(saved)
            discard(path)

    document.dirty_changed.connect(saved)
