"""Jobs: work handed to the worker process, with its answers brought back to the thread of the window."""

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QProcess, QTimer, Signal

from ablator.app.own_program import prepare, worker_words

if TYPE_CHECKING:
    from ablator.app.worker import Answer

PATIENCE_MS = 400
"""So long a cancelled job may go on before the worker is replaced under it, where another job waits."""
TRIES = 2
"""A job whose worker died is tried once more; then it has failed."""
ERRORS_KEPT = 8192

Done = Callable[[bytes], None]
Failed = Callable[[str], None]
Progress = Callable[[float, str], None]


class Job:
    """One piece of work: its name, and who is told. After `cancel` nobody is told anything."""

    def __init__(
        self,
        jobs: "Jobs",
        number: int,
        name: str,
        payload: bytes,
        done: Done,
        failed: Failed,
        progress: Progress | None,
    ) -> None:
        self.number, self.name, self.payload = number, name, payload
        self.cancelled = False
        self.tries = 0
        self.done = done
        self.failed = failed
        self.progress = progress
        self._jobs = jobs

    def cancel(self) -> None:
        """Drop the work: a late answer is thrown away."""
        if not self.cancelled:
            self.cancelled = True
            self._jobs.cancel(self)


class Jobs(QObject):
    """Owns the one worker process, started when first needed and again after it died. One job runs at a time.

    Answers come in the order in which the jobs were submitted, always from the event loop, never from `submit`.
    """

    running_changed = Signal()
    """Another job runs, or none."""
    released = Signal()
    """What was kept may start."""
    progressed = Signal(str, float, str)
    """Name of the running job, its share from 0 to 1, and what is being done."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.details = ""
        """Of the last unexpected failure: for a bug report."""
        self._number = 0
        self._waiting: deque[Job] = deque()
        self._current: Job | None = None
        self._process: QProcess | None = None
        self._held = False
        self._buffer = bytearray()
        self._errors = b""
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self._patience.timeout.connect(self._replace_worker)
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.setInterval(0)
        self._next.timeout.connect(self._send)

    @property
    def running(self) -> str:
        """Name of the job under way that somebody waits for, or an empty text."""
        return self._current.name if self._current is not None and not self._current.cancelled else ""

    @property
    def busy(self) -> bool:
        """Whether any job is under way or waits, wanted or not."""
        return self._current is not None or bool(self._waiting)

    @property
    def held(self) -> bool:
        """Whether what is submitted is kept."""
        return self._held

    @property
    def process_id(self) -> int:
        """Of the worker; 0 while there is none."""
        return int(self._process.processId()) if self._process is not None else 0

    def submit(self, name: str, payload: bytes, done: Done, failed: Failed, progress: Progress | None = None) -> Job:
        """Start a job of `ablator.app.worker.JOBS`. Exactly one of `done` and `failed` is called, unless cancelled."""
        self._number += 1
        job = Job(self, self._number, name, payload, done, failed, progress)
        self._waiting.append(job)
        self._next.start()
        return job

    def hold(self) -> None:
        """Keep what is submitted until `release`: at the start nothing must compete with the first paint."""
        self._held = True

    def release(self) -> None:
        """Start what was kept, and the worker, so that the first job finds it ready."""
        self._held = False
        self.warm_up()
        self._next.start()
        self.released.emit()

    def warm_up(self) -> None:
        """Start the worker, so that the first job finds it ready."""
        self._started()

    def cancel(self, job: Job) -> None:
        """What `Job.cancel` does."""
        if job is not self._current:
            if job in self._waiting:
                self._waiting.remove(job)
            return
        if self._process is not None:
            self._process.write(_frame(job.number))
        self.running_changed.emit()
        if self._waiting:
            self._patience.start()

    def cancel_running(self) -> None:
        """Drop the job under way."""
        if self._current is not None:
            self._current.failed("cancelled")
            self._current.cancel()

    def stop(self) -> None:
        """End the worker and drop every job; to be called before the program ends."""
        self._waiting.clear()
        self._current = None
        self._patience.stop()
        self._next.stop()
        process, self._process = self._process, None
        if process is not None:
            process.blockSignals(True)
            process.closeWriteChannel()  # the worker ends at the end of its input
            if not process.waitForFinished(500):
                process.kill()
                process.waitForFinished(2000)
            process.deleteLater()

    # The worker

    def _started(self) -> QProcess:
        if self._process is not None:
            return self._process
        process = prepare(QProcess(self), worker_words())
        process.readyReadStandardOutput.connect(self._read)
        process.readyReadStandardError.connect(self._read_errors)
        process.finished.connect(self._ended)
        process.errorOccurred.connect(self._not_started)
        self._buffer.clear()
        self._process = process
        process.start()
        return process

    def _send(self) -> None:
        if self._held:
            return
        if self._current is not None:
            if self._current.cancelled:
                self._patience.start()
            return
        if not self._waiting:
            return
        job = self._waiting.popleft()
        job.tries += 1
        self._current = job
        self._started().write(_frame(job.number, job.name, job.payload))
        self.running_changed.emit()

    def _read(self) -> None:
        if self._process is None:
            return
        import msgspec

        from ablator.app.worker import LARGEST, LENGTH, Answer

        self._buffer += self._process.readAllStandardOutput().data()
        while len(self._buffer) >= LENGTH:
            size = int.from_bytes(self._buffer[:LENGTH], "little")
            if size > LARGEST:
                self._replace_worker()
                return
            if len(self._buffer) < LENGTH + size:
                return
            body = bytes(self._buffer[LENGTH : LENGTH + size])
            del self._buffer[: LENGTH + size]
            self._take(msgspec.msgpack.decode(body, type=Answer))

    def _take(self, answer: "Answer") -> None:
        job = self._current
        if job is None or answer.id != job.number:
            return
        if answer.word == "progress":
            if not job.cancelled:
                self.progressed.emit(job.name, answer.share, answer.text)
                if job.progress is not None:
                    job.progress(answer.share, answer.text)
            return
        self._finish()
        if job.cancelled:
            return
        if answer.word == "done":
            job.done(answer.payload)
        else:
            if answer.payload:
                self.details = answer.payload.decode("utf-8", "replace")
            job.failed(answer.text)

    def _finish(self) -> None:
        self._current = None
        self._patience.stop()
        self._next.start()
        self.running_changed.emit()

    def _read_errors(self) -> None:
        if self._process is not None:
            self._errors = (self._errors + self._process.readAllStandardError().data())[-ERRORS_KEPT:]

    def _replace_worker(self) -> None:
        if self._process is not None:
            self._process.kill()

    def _not_started(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._ended()

    def _ended(self) -> None:
        """The worker died. Its job is tried again, or has failed."""
        process, self._process = self._process, None
        if process is not None:
            self._errors = (self._errors + process.readAllStandardError().data())[-ERRORS_KEPT:]
            process.deleteLater()
        job = self._current
        if job is None:
            return
        self._finish()
        if job.cancelled:
            return
        if job.tries < TRIES:
            self._waiting.appendleft(job)
            return
        self.details = self._errors.decode("utf-8", "replace")
        job.failed(f"the process that works on {job.name} ended unexpectedly; try again")


def _frame(number: int, name: str = "", payload: bytes = b"") -> bytes:
    """A question as a frame; without a name it cancels. The worker's types are loaded when first needed."""
    from ablator.app.worker import Question, framed

    return framed(Question(number, name, payload))
