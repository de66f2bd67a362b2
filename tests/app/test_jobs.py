"""Jobs: answers in order, cancelled ones silent, a dead worker replaced."""

import os
import signal
from collections.abc import Iterator

import msgspec
import pytest
from pytestqt.qtbot import QtBot

from ablator.app.jobs import Job, Jobs
from ablator.core.elements import Element, Info
from ablator.core.study import study_from
from ablator.files.study_file import encode
from ablator.plan.planner import plan
from ablator.plan.types import Plan

STUDY = study_from(
    Info(name="small"),
    [Element(id="learning-rate", lane="reachability", kind="factor", name="Learning rate", prior=0.1)],
)


@pytest.fixture
def jobs(qapp: object) -> Iterator[Jobs]:
    jobs = Jobs()
    yield jobs
    jobs.stop()


class Told:
    """What a job told."""

    def __init__(self) -> None:
        self.answers: list[bytes] = []
        self.reasons: list[str] = []

    def __bool__(self) -> bool:
        return bool(self.answers or self.reasons)


def ask(jobs: Jobs, name: str = "plan", payload: bytes | None = None) -> tuple[Told, Job]:
    told = Told()
    job = jobs.submit(name, encode(STUDY) if payload is None else payload, told.answers.append, told.reasons.append)
    return told, job


def test_a_plan_from_the_worker_is_the_plan(jobs: Jobs, qtbot: QtBot) -> None:
    told, _ = ask(jobs)
    assert not told, "never from submit"
    qtbot.waitUntil(lambda: bool(told), timeout=20_000)
    assert msgspec.msgpack.decode(told.answers[0], type=Plan) == plan(STUDY)
    assert jobs.running == ""


def test_answers_failures_and_cancelled_jobs(jobs: Jobs, qtbot: QtBot) -> None:
    bad, _ = ask(jobs, payload=b"{")
    unknown, _ = ask(jobs, name="dance")
    dropped, job = ask(jobs)
    late, current = ask(jobs)
    job.cancel()
    good, _ = ask(jobs)
    jobs.running_changed.connect(lambda: current.cancel() if jobs._current is current else None)
    qtbot.waitUntil(lambda: bool(good), timeout=20_000)
    assert "study" in bad.reasons[0]
    assert "\n" not in bad.reasons[0]
    assert "dance" in unknown.reasons[0]
    assert "Traceback" in jobs.details
    assert not dropped
    assert not late


def test_a_dead_worker_is_replaced_and_its_job_done_again(jobs: Jobs, qtbot: QtBot) -> None:
    first, _ = ask(jobs)
    qtbot.waitUntil(lambda: bool(first), timeout=20_000)
    before = jobs.process_id
    told, _ = ask(jobs)
    os.kill(before, signal.SIGKILL)
    qtbot.waitUntil(lambda: bool(told), timeout=20_000)
    assert told.answers
    assert jobs.process_id not in {0, before}


def test_stop_ends_the_worker(qtbot: QtBot) -> None:
    jobs = Jobs()
    told, _ = ask(jobs)
    qtbot.waitUntil(lambda: bool(told), timeout=20_000)
    process = jobs.process_id
    ask(jobs)
    jobs.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    assert jobs.process_id == 0


def test_held_jobs_wait_for_the_first_paint(jobs: Jobs, qtbot: QtBot) -> None:
    jobs.hold()
    told, _ = ask(jobs)
    assert jobs.process_id == 0
    assert jobs.busy
    jobs.release()
    qtbot.waitUntil(lambda: bool(told), timeout=20_000)
    assert told.answers
