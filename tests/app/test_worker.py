"""The worker's own side: progress, cancelling, and failures that never end it."""

import os
import threading
from typing import Any

import msgspec
import pytest

from ablator.app.worker import LENGTH, Answer, Progress, Question, Worker, framed
from ablator.core.errors import BadInput


def echo(payload: bytes, progress: Progress) -> bytes:
    progress(0.5, "half")
    return payload[::-1]


def refuse(payload: bytes, progress: Progress) -> bytes:
    raise BadInput("no", place="here", mend="leave")


def crash(payload: bytes, progress: Progress) -> bytes:
    raise RuntimeError("boom")


class Ends:
    """A worker in a thread, and the ends of its pipes."""

    def __init__(self, held: threading.Event) -> None:
        def wait(payload: bytes, progress: Progress) -> bytes:
            progress(0.1, "waiting")
            held.wait(10)
            for n in range(1000):
                progress(n / 1000, "again")
            return b"never"

        question, self._to = os.pipe()
        self._from, answer = os.pipe()
        self.reader = os.fdopen(self._from, "rb")
        self.writer = os.fdopen(self._to, "wb", buffering=0)
        jobs: dict[str, Any] = {"echo": echo, "refuse": refuse, "crash": crash, "wait": wait}
        self.worker = Worker(os.fdopen(question, "rb"), os.fdopen(answer, "wb"), jobs, warm=("json",))
        threading.Thread(target=self.worker.run, daemon=True).start()

    def ask(self, *questions: Question) -> None:
        for q in questions:
            self.writer.write(framed(q))

    def answer(self) -> Answer:
        size = int.from_bytes(self.reader.read(LENGTH), "little")
        return msgspec.msgpack.decode(self.reader.read(size), type=Answer)


_kept: list[Ends] = []  # the end of its input would end this process: os._exit


@pytest.fixture
def held() -> threading.Event:
    return threading.Event()


@pytest.fixture
def ends(held: threading.Event) -> Ends:
    ends = Ends(held)
    _kept.append(ends)
    return ends


def test_progress_then_the_answer(ends: Ends) -> None:
    ends.ask(Question(1, "echo", b"abc"))
    assert ends.answer() == Answer(1, "progress", "half", 0.5)
    assert ends.answer() == Answer(1, "done", payload=b"cba")


def test_failures_leave_it_working(ends: Ends) -> None:
    ends.ask(Question(1, "refuse", b""), Question(2, "crash", b""), Question(3, "echo", b"x"))
    assert ends.answer() == Answer(1, "failed", "here: no; leave")
    crashed = ends.answer()
    assert crashed.word == "failed"
    assert "boom" in crashed.text
    assert b"Traceback" in crashed.payload
    assert ends.answer().word == "progress"
    assert ends.answer().payload == b"x"


def test_a_cancelled_job_stops_where_it_reports(ends: Ends, held: threading.Event) -> None:
    ends.ask(Question(1, "wait", b""))
    assert ends.answer().text == "waiting"
    ends.ask(Question(2, "echo", b""), Question(1, "", b""), Question(2, "", b""))
    while not {1, 2} <= ends.worker._cancelled:
        threading.Event().wait(0.001)
    held.set()
    answers = [ends.answer()]
    while answers[-1].id != 2:
        answers.append(ends.answer())
    assert [(a.id, a.word) for a in answers if a.word != "progress"] == [(1, "failed"), (2, "failed")]
