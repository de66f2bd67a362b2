"""Runs on this machine: none is lost, none is made twice, whatever is killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ablator.core.errors import BadInput, CannotAccess
from ablator.runners import local
from ablator.runners.folders import RunFolder, State, only_driver, open_runs
from ablator.runners.local import Job, Local

RUN = "tune-x/sweep/t1"


def job(script: str, run: str = RUN) -> Job:
    return Job(run=run, words=("/bin/sh", "-c", script), environment={"ABLATOR_RUN": run}, overrides={"x": 1}, seed=2)


def finish(engine: Local) -> list[State]:
    ended: list[State] = []
    until(lambda: bool(ended.extend(engine.poll()) or not engine.active), engine.wait)
    return ended


def until(done: Callable[[], bool], pause: Callable[[], None], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it takes too long"
        pause()


def starts(root: Path, run: str = RUN) -> int:
    return len(RunFolder(root, run).output("starts.txt").read_text().split())


def test_a_run_leaves_its_output_its_settings_and_its_end(tmp_path: Path) -> None:
    engine = Local(tmp_path, 1)
    engine.start([job('echo "$ABLATOR_RUN"; echo oh >&2; exit 3')])
    (state,) = finish(engine)
    assert (state.status, state.exit, state.attempt) == ("failed", 3, 1)
    folder = RunFolder(tmp_path, RUN)
    assert folder.output().read_text().strip() == RUN
    assert folder.output("stderr.txt").read_text().strip() == "oh"
    assert folder.output("overrides.json").read_text() == '{"x":1}'
    assert folder.state() == state
    assert list(open_runs(tmp_path)) == []


def test_slots_carry_devices(tmp_path: Path) -> None:
    engine = Local(tmp_path, 2, ["3", "4+5"])
    engine.start([job('echo "$CUDA_VISIBLE_DEVICES"', f"s/a/t{n}") for n in (1, 2)])
    finish(engine)
    assert [RunFolder(tmp_path, f"s/a/t{n}").output().read_text().strip() for n in (1, 2)] == ["3", "4,5"]


def test_a_failed_run_is_tried_again_and_its_outputs_stay(tmp_path: Path) -> None:
    engine = Local(tmp_path, 1, retries=2)
    mark = tmp_path / "mark"
    engine.start(
        [job(f'echo try; test -e "{mark}.1" && exit 0; test -e "{mark}" && touch "{mark}.1"; touch "{mark}"; exit 1')]
    )
    (state,) = finish(engine)
    assert (state.status, state.attempt, starts(tmp_path)) == ("done", 3, 3)
    assert RunFolder(tmp_path, RUN).output("stdout.1.txt").read_text() == "try\n"


def test_a_run_over_its_time_ends_with_all_its_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "GRACE_S", 0.3)
    engine = Local(tmp_path, 1, limit_s=0.3, retries=3)
    engine.start(
        [job('trap "" TERM; sleep 60 & echo $! > "$0.pid"; sleep 60; sleep 60'.replace("$0", str(tmp_path / "child")))]
    )
    (state,) = finish(engine)
    assert state.status == "overtime"
    child = int((tmp_path / "child.pid").read_text())
    until(lambda: not _alive(child), lambda: time.sleep(0.01))


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] != b"Z"
    except OSError:
        return False


def test_stopping_ends_runs_that_can_be_made_again(tmp_path: Path) -> None:
    engine = Local(tmp_path, 2)
    engine.start([job("sleep 60"), job("exit 0", "s/a/t2")])
    until(lambda: RunFolder(tmp_path, "s/a/t2").exit_code() == 0, engine.wait)
    engine.stop()
    first, second = RunFolder(tmp_path, RUN).state(), RunFolder(tmp_path, "s/a/t2").state()
    assert first is not None
    assert second is not None
    assert (first.status, second.status) == ("stopped", "done")


DRIVER = """
import sys, time
from pathlib import Path
from ablator.runners.local import Job, Local
engine = Local(Path(sys.argv[1]), 8)
for n in range(4):
    words = ("/bin/sh", "-c", f"while [ ! -e '{sys.argv[1]}/go' ]; do sleep 0.02; done; echo '{{\\"x\\": {n}}}'")
    engine.start([Job(run=f"s/a/t{n}", words=words, environment={}, overrides={}, seed=None)])
    print("started", flush=True)
while True:
    time.sleep(1)
"""


def test_runs_of_a_killed_driver_are_taken_over_and_none_is_made_twice(tmp_path: Path) -> None:
    words = [sys.executable, "-c", DRIVER, str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as driver:
        assert driver.stdout is not None
        for _ in range(4):
            assert driver.stdout.readline()
        driver.send_signal(signal.SIGKILL)
    engine = Local(tmp_path, 8)
    assert engine.adopt() == [f"s/a/t{n}" for n in range(4)]
    with pytest.raises(BadInput, match="still lives"):
        Local(tmp_path, 8).start([job("exit 0", "s/a/t0")])
    (tmp_path / "go").touch()
    ended = finish(engine)
    assert {s.run: s.exit for s in ended} == {f"s/a/t{n}": 0 for n in range(4)}
    assert [starts(tmp_path, f"s/a/t{n}") for n in range(4)] == [1] * 4


def test_a_run_whose_wrapper_was_killed_is_lost_and_not_forgotten(tmp_path: Path) -> None:
    engine = Local(tmp_path, 1)
    engine.start([job("sleep 60")])
    until(RunFolder(tmp_path, RUN).output("starts.txt").exists, engine.wait)
    state = RunFolder(tmp_path, RUN).state()
    assert state is not None
    assert state.pid is not None
    os.killpg(state.pid, signal.SIGKILL)
    (ended,) = finish(engine)
    assert (ended.status, ended.exit) == ("lost", None)


def test_a_run_of_another_machine_is_not_touched(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path, RUN)
    folder.path.mkdir(parents=True)
    folder.write(State(run=RUN, words=("x",), host="elsewhere", pid=1, birth="b/1"))
    with pytest.raises(BadInput, match="elsewhere"):
        Local(tmp_path, 1).adopt()


def test_a_torn_state_is_a_run_never_made(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path, RUN)
    folder.path.mkdir(parents=True)
    folder.put("state.json", b'{"run": ')
    assert folder.state() is None
    engine = Local(tmp_path, 1)
    assert engine.adopt() == []
    engine.start([job("exit 0")])
    assert [s.status for s in finish(engine)] == ["done"]
    assert (folder.path / "old-1" / "state.json").exists()


def test_one_driver_at_a_time(tmp_path: Path) -> None:
    with only_driver(tmp_path), pytest.raises(CannotAccess, match="is working on these runs"), only_driver(tmp_path):
        pass
    with only_driver(tmp_path):
        pass
