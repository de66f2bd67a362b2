"""Plans made away from the eye: in the worker process where there is one, else at the next idle moment."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QTimer, Signal
from shiboken6 import isValid

from ablator.app.jobs import Jobs
from ablator.core.errors import AblatorError

if TYPE_CHECKING:
    from ablator.core.study import Study


class Running(Protocol):
    """A job under way."""

    def cancel(self) -> None:
        """Drop it: neither of its answers is called any more."""


class Submitting(Protocol):
    """Where work is handed in; `ablator.app.jobs.Jobs` is one."""

    def submit(
        self,
        name: str,
        payload: bytes,
        done: Callable[[bytes], None],
        failed: Callable[[str], None],
        progress: Callable[[float, str], None] | None = None,
    ) -> Running:
        """Start the job `name`; exactly one of `done` and `failed` is called, unless it is cancelled."""


class Planning(QObject):
    """Turns studies into plans, one at a time. Only the plan of the study asked for last is ever reported."""

    made = Signal(object, object)
    """The study, and its plan."""
    failed = Signal(str)

    def __init__(self, jobs: Submitting | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._study: Study | None = None
        self._job: Running | None = None
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(0)
        self._idle.timeout.connect(self._start)
        self._kept = False
        """Whether the study waits for `jobs` to be released."""
        if isinstance(jobs, Jobs):
            jobs.released.connect(self._go_on)

    @property
    def busy(self) -> bool:
        """Whether a plan is being made or about to be."""
        return self._idle.isActive() or self._job is not None or self._kept

    def ask(self, study: "Study") -> None:
        """Make the plan of `study`; what was asked for before is dropped. Many calls at once cost one plan."""
        self._study = study
        self._idle.start()

    def forget(self) -> None:
        """Drop what was asked for."""
        self._study = None
        self._idle.stop()
        self._drop()

    def _go_on(self) -> None:
        if self._kept:
            self._start()

    def _drop(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _start(self) -> None:
        study, self._kept = self._study, False
        if study is None:
            return
        self._drop()
        if self._jobs is None:
            self._in_process(study)
            return
        if isinstance(self._jobs, Jobs) and self._jobs.held:
            self._kept = True  # writing the study down would compete with the first paint
            return
        from ablator.files.study_file import encode

        try:
            payload = encode(study)
        except AblatorError as wrong:
            self.failed.emit(str(wrong))
            return
        self._job = self._jobs.submit("plan", payload, lambda answer: self._arrive(study, answer), self._refuse)

    def _in_process(self, study: "Study") -> None:
        from ablator.plan.planner import plan

        try:
            made = plan(study)
        except AblatorError as wrong:
            self.failed.emit(str(wrong))
            return
        if isValid(self):  # the document may go while its plan is made
            self.made.emit(study, made)

    def _arrive(self, study: "Study", answer: bytes) -> None:
        import msgspec

        from ablator.plan.types import Plan

        self._job = None
        if study is self._study:
            self.made.emit(study, msgspec.msgpack.decode(answer, type=Plan))

    def _refuse(self, reason: str) -> None:
        self._job = None
        self.failed.emit(reason)
