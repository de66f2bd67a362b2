"""The worker: a process of its own that computes while the window stays alive; frames of msgpack on its pipes.

A frame is four bytes of length, little end first, and then a msgpack array. To the worker go `[id, name, payload]`
(an empty name cancels that id), from it come `[id, word, text, payload]` with the word `progress`, `done` or `failed`.
Nothing is pickled, and only the names in `JOBS` are ever called.
"""

import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import BinaryIO

import msgspec

from ablator.core.errors import AblatorError

LENGTH = 4
LARGEST = 512 * 1024 * 1024
REPORTS_PER_SECOND = 10
WARM = ("networkx", "ablator.plan.planner", "ablator.library", "ablator.app.layout", "scipy.special")
"""Imported while nothing is asked for, so that the first answer does not wait for them."""

Progress = Callable[[float, str], None]
"""Reports a share from 0 to 1 and what is being done; raises Cancelled where nobody waits any more."""


class Cancelled(Exception):
    """The job that reports progress is no longer wanted."""


class Question(msgspec.Struct, frozen=True, array_like=True):
    """To the worker: a job by its number and name; an empty name cancels that number."""

    id: int
    name: str
    payload: bytes


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """From the worker: `progress` carries a share in `share`, `failed` a sentence and its details in `payload`."""

    id: int
    word: str
    text: str = ""
    share: float = 0.0
    payload: bytes = b""


def framed(message: Question | Answer) -> bytes:
    """A message as a frame."""
    body = msgspec.msgpack.encode(message)
    return len(body).to_bytes(LENGTH, "little") + body


def _plan(payload: bytes, progress: Progress) -> bytes:
    """A study's bytes to its plan in msgpack."""
    from ablator.files.study_file import decode
    from ablator.plan.planner import plan

    return msgspec.msgpack.encode(plan(decode(payload, "study")))


def _layout(payload: bytes, progress: Progress) -> bytes:
    """A layout request to its arrangement."""
    from ablator.app.layout import arrange_bytes

    return arrange_bytes(payload)


def _build(payload: bytes, progress: Progress) -> bytes:
    """What was dropped, and the answers of the new-study page, to a study."""
    from ablator.app.building import build

    return build(payload, progress)


def _plot(payload: bytes, progress: Progress) -> bytes:
    """A request for a figure to the figure."""
    from ablator.app.plots.making import made

    return made(payload)


def _merge(payload: bytes, progress: Progress) -> bytes:
    """Our study and a file to what merges them."""
    from ablator.app.comparison_jobs import merge_bytes

    return merge_bytes(payload)


def _stages(payload: bytes, progress: Progress) -> bytes:
    """A file that git could not merge to the merge of its sides."""
    from ablator.app.comparison_jobs import stages_bytes

    return stages_bytes(payload)


def _compare(payload: bytes, progress: Progress) -> bytes:
    """A study and a file to what differs between them."""
    from ablator.app.comparison_jobs import compare_bytes

    return compare_bytes(payload)


def _results(payload: bytes, progress: Progress) -> bytes:
    """Files of results to what they hold for a study."""
    from ablator.app.results_reading import read

    return read(payload, progress)


Work = Callable[[bytes, Progress], bytes]
JOBS: Mapping[str, Work] = MappingProxyType(
    {
        "plan": _plan,
        "layout": _layout,
        "build": _build,
        "plot": _plot,
        "merge": _merge,
        "stages": _stages,
        "compare": _compare,
        "results": _results,
    }
)


class Worker:
    """Reads questions from one pipe, writes answers to another, one job at a time."""

    def __init__(
        self, incoming: BinaryIO, outgoing: BinaryIO, jobs: Mapping[str, Work] = JOBS, warm: Sequence[str] = WARM
    ) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._jobs = jobs
        self._cold = list(warm)
        self._waiting: queue.SimpleQueue[Question] = queue.SimpleQueue()
        self._cancelled: set[int] = set()

    def run(self) -> None:
        """Work until the other end of the pipe is closed, which ends the process at once."""
        threading.Thread(target=self._read, name="questions", daemon=True).start()
        cold = self._cold
        while True:
            try:
                question = self._waiting.get(block=not cold)
            except queue.Empty:
                import_module(cold.pop(0))
                continue
            self._answer(question)

    def _read(self) -> None:
        while True:
            head = self._incoming.read(LENGTH)
            size = int.from_bytes(head, "little")
            if len(head) < LENGTH or size > LARGEST:
                os._exit(0)
            question = msgspec.msgpack.decode(self._incoming.read(size), type=Question)
            if question.name:
                self._waiting.put(question)
            else:
                self._cancelled.add(question.id)

    def _answer(self, question: Question) -> None:
        try:
            if question.id in self._cancelled:
                raise Cancelled
            done = self._jobs[question.name](question.payload, self._progress(question.id))
            self._write(Answer(question.id, "done", payload=done))
        except Cancelled:
            self._write(Answer(question.id, "failed", "cancelled"))
        except AblatorError as wrong:
            self._write(Answer(question.id, "failed", str(wrong)))
        except Exception as wrong:  # noqa: BLE001  # the guard of all jobs: whatever happens, the window gets an answer
            sentence = f"an unexpected error in {question.name}: {type(wrong).__name__}: {wrong}"
            details = traceback.format_exc()[-20_000:].encode("utf-8", "replace")
            self._write(Answer(question.id, "failed", sentence[:2000], payload=details))
        self._cancelled.discard(question.id)

    def _progress(self, number: int) -> Progress:
        last = 0.0

        def report(share: float, text: str) -> None:
            nonlocal last
            if number in self._cancelled:
                raise Cancelled
            now = time.monotonic()
            if now - last >= 1 / REPORTS_PER_SECOND:
                last = now
                self._write(Answer(number, "progress", text[:200], min(max(share, 0.0), 1.0)))

        return report

    def _write(self, answer: Answer) -> None:
        self._outgoing.write(framed(answer))
        self._outgoing.flush()


def main() -> None:
    """Serve on stdin and stdout; what jobs print goes to stderr."""
    incoming = os.fdopen(os.dup(0), "rb")
    outgoing = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    try:
        os.nice(5)
    except OSError:
        pass
    try:
        Worker(incoming, outgoing).run()
    except (KeyboardInterrupt, BrokenPipeError):
        sys.exit(0)


if __name__ == "__main__":
    main()
