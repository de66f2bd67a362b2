"""Disk and network aside: a function runs in a thread, its answer comes back to the thread of the window."""

import contextlib
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, Signal

T = TypeVar("T")
PATIENCE_S = 2.0


class _Post(QObject):
    """Carries an answer from a thread to the one that made this object."""

    arrived = Signal(object)


class Aside(Generic[T]):
    """Runs one function at a time aside. Asked again meanwhile, it runs once more afterwards, and only then tells.

    Only for what waits for disks: what computes in Python would hold the window up all the same.
    """

    def __init__(
        self, work: Callable[[], Callable[[], T]], told: Callable[[T], None], parent: QObject | None = None
    ) -> None:
        """`work` is called in the window's thread and gives what is to run aside; `told` takes the answer there.

        Nothing is told once `parent` is gone.
        """
        self._work, self._told = work, told
        self._post = _Post(parent)
        self._post.arrived.connect(self._arrive)
        self._thread: threading.Thread | None = None
        self._again = False
        self._ended = False

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._thread is not None

    def ask(self) -> None:
        """Run it, or once more when it is under way."""
        if self._ended:
            return
        if self._thread is not None:
            self._again = True
            return
        run, post = self._work(), self._post

        def go() -> None:
            answer = run()
            try:
                post.arrived.emit(answer)
            except RuntimeError:
                pass  # the window is gone

        self._thread = threading.Thread(target=go, name="aside", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Tell nothing more; a disk that does not answer is not waited for."""
        self._ended = True
        with contextlib.suppress(RuntimeError):  # it went with its parent
            self._post.blockSignals(True)
        if self._thread is not None:
            self._thread.join(PATIENCE_S)
            self._thread = None

    def _arrive(self, answer: T) -> None:
        self._thread = None
        if self._again:
            self._again = False
            self.ask()
        elif not self._ended:
            self._told(answer)
