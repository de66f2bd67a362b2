"""Runs on Slurm: with stand-ins for its programs, and with a real one where it runs."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ablator.core.errors import AblatorError, BadInput
from ablator.runners import batch, slurm_calls
from ablator.runners.batch import Slurm
from ablator.runners.folders import RunFolder, State
from ablator.runners.local import Job

SBATCH = r"""#!/bin/sh
# A queue as a folder: a file a task, its content the state; tasks run at once in the background.
for word in "$@"; do
  case "$word" in
    --array=*) width=${word#--array=0-}; width=${width%%%*} ;;
    --job-name=*) name=${word#--job-name=} ;;
    --*) ;;
    *) before=$last; last=$word ;;
  esac
done
[ -e "$QUEUE/refuse" ] && { echo "sbatch: error: invalid partition specified: x" >&2; exit 1; }
[ -e "$QUEUE/silent" ] && { echo "sbatch: error: Unable to contact slurm controller" >&2; exit 1; }
i=0
while [ "$i" -le "$width" ]; do
  (
    export SLURM_ARRAY_TASK_ID=$i SLURM_ARRAY_JOB_ID=7 SLURM_JOB_NAME=$name
    echo RUNNING > "$QUEUE/$name.$i"
    /bin/sh "$before" "$last" && echo COMPLETED > "$QUEUE/$name.$i" || echo FAILED > "$QUEUE/$name.$i"
  ) > /dev/null 2>&1 &
  i=$((i + 1))
done
[ -e "$QUEUE/mute" ] && { rm "$QUEUE/mute"; echo "sbatch: error: Socket timed out on send/recv operation" >&2; exit 1; }
echo 7
"""
SQUEUE = r"""#!/bin/sh
[ -e "$QUEUE/silent" ] && { echo "slurm_load_jobs error: Unable to contact slurm controller" >&2; exit 1; }
for file in "$QUEUE"/ablator-*; do
  [ -e "$file" ] || continue
  task=${file##*/}
  echo "${task%.*}|${task##*.}|$(cat "$file")"
done
echo "somebody-elses|0|RUNNING"
"""
SCANCEL = """#!/bin/sh
for word in "$@"; do case "$word" in --name=*) echo "${word#--name=}" >> "$QUEUE/cancelled" ;; esac; done
"""


@pytest.fixture
def queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    programs, found = tmp_path / "bin", tmp_path / "queue"
    programs.mkdir()
    found.mkdir()
    for name, text in {"sbatch": SBATCH, "squeue": SQUEUE, "scancel": SCANCEL}.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setenv("QUEUE", str(found))
    for name, value in {"LOOK_S": 0.02, "LATE_S": 0.1, "ABSENT_S": 0.2}.items():
        monkeypatch.setattr(batch, name, value)
    return found


def jobs(count: int, script: str, step: str = "tune-x") -> list[Job]:
    return [
        Job(
            run=f"{step}/sweep/t{n}",
            words=("/bin/sh", "-c", script, "a b; $HOME"),
            environment={"ABLATOR_RUN": f"t{n}"},
            overrides={"x": n},
            seed=None,
            step=step,
        )
        for n in range(count)
    ]


def finish(engine: Slurm, seconds: float = 120) -> list[State]:
    ended: list[State] = []
    _until(lambda: bool(ended.extend(engine.poll()) or not engine.active), seconds, engine.wait)
    return ended


def _until(done: Callable[[], bool], seconds: float, pause: Callable[[], None]) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it takes too long"
        pause()


def test_an_array_is_made_and_every_end_is_read(tmp_path: Path, queue: Path) -> None:
    engine = Slurm(tmp_path / "runs", 2)
    engine.start([*jobs(3, 'echo "$0 $ABLATOR_RUN"; test "$ABLATOR_RUN" != t1'), *jobs(1, "true", "tune-y")])
    assert len(engine.active) == 4
    ended = {s.run: (s.status, s.exit) for s in finish(engine)}
    assert ended == {
        "tune-x/sweep/t0": ("done", 0),
        "tune-x/sweep/t1": ("failed", 1),
        "tune-x/sweep/t2": ("done", 0),
        "tune-y/sweep/t0": ("done", 0),
    }
    assert RunFolder(tmp_path / "runs", "tune-x/sweep/t2").output().read_text() == "a b; $HOME t2\n"


def test_the_next_program_takes_over_what_is_in_the_queue(tmp_path: Path, queue: Path) -> None:
    go = tmp_path / "go"
    Slurm(tmp_path / "runs", None).start(jobs(3, f'until test -e "{go}"; do sleep 0.02; done'))
    engine = Slurm(tmp_path / "runs", None)
    assert len(engine.adopt()) == 3
    go.touch()
    assert [s.status for s in finish(engine)] == ["done"] * 3
    assert _starts(tmp_path / "runs") == [1, 1, 1]


def _starts(root: Path) -> list[int]:
    return [len(p.read_text().split()) for p in sorted(root.glob("*/*/*/starts.txt"))]


def test_a_submission_without_an_answer_is_found_by_its_name(tmp_path: Path, queue: Path) -> None:
    (queue / "mute").touch()
    engine = Slurm(tmp_path / "runs", None)
    engine.start(jobs(3, "sleep 0.3"))
    assert [s.status for s in finish(engine)] == ["done"] * 3
    assert _starts(tmp_path / "runs") == [1, 1, 1]


def test_a_submission_that_never_arrived_is_made_again(tmp_path: Path, queue: Path) -> None:
    (queue / "silent").touch()
    engine = Slurm(tmp_path / "runs", None)
    engine.start(jobs(2, "true"))
    assert engine.poll() == []
    (queue / "silent").unlink()
    assert [s.status for s in finish(engine)] == ["stopped"] * 2
    engine.start(jobs(2, "true"))
    assert [s.status for s in finish(engine)] == ["done"] * 2


def test_a_refusal_says_why_and_leaves_nothing_open(tmp_path: Path, queue: Path) -> None:
    (queue / "refuse").touch()
    engine = Slurm(tmp_path / "runs", None)
    with pytest.raises(BadInput, match="invalid partition"):
        engine.start(jobs(2, "true"))
    assert not engine.active
    assert Slurm(tmp_path / "runs", None).adopt() == []


@pytest.mark.parametrize(("word", "status"), [("TIMEOUT", "overtime"), ("CANCELLED", "stopped"), ("NODE_FAIL", "lost")])
def test_a_task_that_slurm_ended_is_told_apart(tmp_path: Path, queue: Path, word: str, status: str) -> None:
    engine = Slurm(tmp_path / "runs", None)
    engine.start(jobs(1, 'sleep 0.01; kill -9 "$PPID"'))
    folder = RunFolder(tmp_path / "runs", "tune-x/sweep/t0")
    _until(lambda: folder.output("starts.txt").exists(), 60, engine.wait)
    _until(lambda: not folder.held() or folder.exit_code() is not None, 60, engine.wait)
    folder.output("exit").unlink(missing_ok=True)
    (task,) = queue.glob("ablator-*")
    _until(lambda: task.read_text().strip() in {"FAILED", "COMPLETED"}, 60, engine.wait)
    task.write_text(word)
    assert [s.status for s in finish(engine)] == [status]


def test_a_failed_run_is_handed_over_again(tmp_path: Path, queue: Path) -> None:
    engine = Slurm(tmp_path / "runs", None, retries=1)
    mark = tmp_path / "mark"
    engine.start(jobs(1, f'test -e "{mark}" && exit 0; touch "{mark}"; exit 1'))
    assert [(s.status, s.attempt) for s in finish(engine)] == [("done", 2)]


def test_a_task_that_was_replaced_does_nothing(tmp_path: Path, queue: Path) -> None:
    engine = Slurm(tmp_path / "runs", None)
    engine.start(jobs(1, "true"))
    finish(engine)
    (task,) = queue.glob("ablator-*")
    folder = RunFolder(tmp_path / "runs", "tune-x/sweep/t0")
    for stale in ("exit", None):
        if stale is None:
            folder.output("exit").unlink()
            folder.put("job", b"another")
        environment = {**os.environ, "SLURM_ARRAY_TASK_ID": "0", "SLURM_JOB_NAME": task.stem}
        tasks = next((tmp_path / "runs" / "slurm").glob("*.tasks"))
        subprocess.run(["/bin/sh", tmp_path / "runs" / "slurm" / "task.sh", tasks], env=environment, check=True)
    assert _starts(tmp_path / "runs") == [1]


def test_cancelling_names_the_jobs_and_leaves_runs_to_be_made_again(tmp_path: Path, queue: Path) -> None:
    go = tmp_path / "go"
    engine = Slurm(tmp_path / "runs", None)
    engine.start(jobs(2, f'until test -e "{go}"; do sleep 0.02; done'))
    assert engine.cancel() == 2
    assert (queue / "cancelled").read_text().startswith("ablator-")
    states = [RunFolder(tmp_path / "runs", f"tune-x/sweep/t{n}").state() for n in range(2)]
    assert {s.status for s in states if s is not None} == {"stopped"}
    go.touch()


def test_without_slurm_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AblatorError, match="not installed"):
        Slurm(tmp_path / "runs", None).start(jobs(1, "true"))


@pytest.fixture
def cluster() -> Iterator[None]:
    """A real Slurm that answers, else the test is skipped."""
    try:
        found = subprocess.run(["sinfo", "-h", "-o", "%T"], capture_output=True, timeout=10, text=True, check=True)
    except (OSError, subprocess.SubprocessError):
        pytest.skip("no Slurm answers here")
    if not found.stdout.strip():
        pytest.skip("this Slurm has no nodes")
    yield
    names = [n for n, _ in slurm_calls.states(batch.PREFIX)]
    slurm_calls.cancel(sorted(set(names)))


def test_a_real_slurm_makes_an_array(tmp_path: Path, cluster: None) -> None:
    engine = Slurm(tmp_path / "runs", 4)
    engine.start(jobs(8, 'echo "$0"; test "$ABLATOR_RUN" != t3'))
    ended = finish(engine, 120)
    assert sorted(s.status for s in ended) == ["done"] * 7 + ["failed"]
    assert _starts(tmp_path / "runs") == [1] * 8
    with pytest.raises(BadInput, match="sbatch refused"):
        Slurm(tmp_path / "other", None, ["--partition=no-such-one"]).start(jobs(1, "true"))


def _daemon(name: str) -> int:
    return int(Path(f"/run/slurm/{name}.pid").read_text())


@pytest.mark.slow
def test_two_hundred_runs_outlive_a_killed_node_and_a_restarted_controller(tmp_path: Path, cluster: None) -> None:
    if not os.environ.get("ABLATOR_KILL_SLURM") or not Path("/run/slurm/slurmd.pid").exists():
        pytest.skip("ABLATOR_KILL_SLURM does not say that this Slurm may be killed")
    root, ledger = tmp_path / "runs", tmp_path / "ledger"
    script = f'sleep 0.5; echo "$ABLATOR_RUN" >> "{ledger}"; echo "{{\\"x\\": 1}}"'
    Slurm(root, 8).start(jobs(200, script))
    engine = Slurm(root, 8)
    assert len(engine.adopt()) == 200
    ended: list[State] = []
    _until(lambda: bool(ended.extend(engine.poll()) or len(ended) > 40), 300, engine.wait)
    node = _daemon("slurmd")
    _kill_node(node, root)
    os.kill(_daemon("slurmctld"), signal.SIGKILL)
    _until(lambda: not _lives(_daemon("slurmctld")) and not _lives(node), 30, engine.wait)
    ended += engine.poll()
    engine = Slurm(root, 8)
    engine.adopt()
    subprocess.run(["slurmctld"], check=True, timeout=60)
    _until(lambda: bool(ended.extend(engine.poll()) or len(ended) > 41), 30, engine.wait)
    subprocess.run(["slurmd"], check=True, timeout=60)
    ended += finish(engine, 500)
    assert len({s.run for s in ended}) == len(ended) == 200
    assert {s.status for s in ended} == {"done"}
    made = ledger.read_text().split()
    assert sorted(made) == sorted(f"t{n}" for n in range(200))


def _kill_node(slurmd: int, root: Path) -> None:
    """The daemon and all that it started, as a power cut would."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if words.startswith(b"slurmstepd") or os.fsencode(root) in words:
            os.kill(int(entry.name), signal.SIGKILL)
    os.kill(slurmd, signal.SIGKILL)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] != b"Z"
    except OSError:
        return False
