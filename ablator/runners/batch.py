"""Runs on Slurm: an array a step, found again by its name; run folders say how each ended, without accounting."""

import contextlib
import math
import os
import secrets
import shlex
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from ablator.core.errors import BadInput
from ablator.runners.folders import SETTINGS, STARTS, RunFolder, State, Status, open_runs
from ablator.runners.local import Job
from ablator.runners.slurm_calls import ENDS, Silent, cancel, states, submit

PREFIX = "ablator-"
"""How names of jobs begin, so that those of others are never looked at."""

MOST = 1000
"""Tasks of one array: Slurm's own limit where nobody changed it."""

LOOK_S = 2.0
"""Seconds between two questions to the controller."""

LATE_S = 10.0
"""How long a shared file system may take to show how an ended run ended."""

ABSENT_S = 30.0
"""After so long without a trace, a submission that got no answer has not arrived."""

SCRIPT = """#!/bin/sh
# One task of an array: the folder of its run stands on its line of the list. Whoever holds the lock runs it; a task
# that was requeued while its first copy lives on waits, and does nothing where that one has ended.
folder=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" "$1")
[ -d "$folder" ] || exit 3
exec 9>>"$folder/lock"
command -v flock >/dev/null && flock 9
[ -e "$folder/exit" ] && exit 0
[ "$(cat "$folder/job")" = "$SLURM_JOB_NAME" ] || exit 0
echo "$SLURM_ARRAY_JOB_ID.$SLURM_ARRAY_TASK_ID.${SLURM_RESTART_COUNT:-0}" >> "$folder/starts.txt"
/bin/sh "$folder/job.sh" > "$folder/stdout.txt" 2> "$folder/stderr.txt"
code=$?
printf '%s' "$code" > "$folder/.exit.part" && mv "$folder/.exit.part" "$folder/exit"
exit "$code"
"""


class _Sent:
    """A run that was handed over: its folder, and since when there is no trace of it."""

    def __init__(self, folder: RunFolder, state: State) -> None:
        self.folder = folder
        self.state = state
        self.gone = 0.0


class Slurm:
    """Runs as arrays. What is in the queue lives on without this program, and is found again by the next one."""

    name = "slurm"

    def __init__(
        self, root: Path, jobs: int | None, options: Sequence[str] = (), retries: int = 0, limit_s: float | None = None
    ) -> None:
        if "\n" in str(root.absolute()):
            raise BadInput("the folder's name has a line break", place=str(root), mend="name another with --runs")
        self.root = root
        self.jobs = jobs
        self.retries = retries
        self.options = [*options]
        if limit_s is not None:
            self.options.append(f"--time={math.ceil(limit_s / 60)}")
        self._sent: dict[str, _Sent] = {}
        self._looked = 0.0
        self._tasks: dict[tuple[str, int], str] | None = None

    @property
    def active(self) -> frozenset[str]:
        """The runs in the queue or at work."""
        return frozenset(self._sent)

    @property
    def free(self) -> int:
        """The queue takes all; how many of an array run at a time is told to Slurm."""
        return 100_000

    def adopt(self) -> list[str]:
        """Take over what an ended program handed in; their ids."""
        for folder, state in open_runs(self.root):
            if not state.job:
                if folder.held():
                    raise BadInput(
                        f"{state.run} runs on this machine", place=str(folder.path), mend="take --engine local"
                    )
                continue
            self._sent[state.run] = _Sent(folder, state)
        return sorted(self._sent)

    def start(self, jobs: Sequence[Job]) -> None:
        """Hand runs over, an array a step."""
        steps: dict[str, list[Job]] = {}
        for job in jobs:
            steps.setdefault(job.step, []).append(job)
        for rows in steps.values():
            for i in range(0, len(rows), MOST):
                self._submit(rows[i : i + MOST], 1)

    def _submit(self, jobs: Sequence[Job], attempt: int) -> None:
        name = f"{PREFIX}{secrets.token_hex(8)}"
        shelf = self.root / "slurm"
        shelf.mkdir(parents=True, exist_ok=True)
        folders = [self._prepare(job, name, i, attempt) for i, job in enumerate(jobs)]
        script, tasks = shelf / "task.sh", shelf / f"{name}.tasks"
        tasks.write_text("".join(f"{f.path.absolute()}\n" for f in folders), encoding="utf-8", errors="surrogateescape")
        if not script.exists() or script.read_text() != SCRIPT:
            script.write_text(SCRIPT)
        try:
            submit(script.absolute(), tasks.absolute(), len(jobs), name, self.options, self.jobs)
        except Silent:
            pass  # it may have arrived: its name tells, once the controller answers
        except BaseException:
            for job in jobs:
                sent = self._sent.pop(job.run)
                sent.folder.write(msgspec.structs.replace(sent.state, status="stopped"))
            raise

    def _prepare(self, job: Job, name: str, index: int, attempt: int) -> RunFolder:
        """All that a task needs, on disk before it is handed over."""
        folder = RunFolder(self.root, job.run)
        lock = folder.lock()
        if lock is None:
            raise BadInput("a process of this run still lives", place=str(folder.path), mend="end it, then go on")
        try:
            folder.fresh()
            folder.put(SETTINGS, msgspec.json.encode(dict(job.overrides), order="sorted"))
            sets = [f"{k}={v}" for k, v in sorted(job.environment.items())]
            folder.put("job.sh", f"exec {shlex.join(['env', *sets, *job.words])}\n".encode(errors="surrogateescape"))
            folder.put("job", name.encode())
            state = folder.write(
                State(
                    run=job.run,
                    words=job.words,
                    overrides=dict(job.overrides),
                    seed=job.seed,
                    status="submitted",
                    attempt=attempt,
                    job=f"{name}/{index}",
                    began=time.time(),
                    environment=dict(job.environment),
                )
            )
        finally:
            os.close(lock)
        self._sent[job.run] = _Sent(folder, state)
        return folder

    def poll(self) -> list[State]:
        """The runs that ended since the last call; those that may try again are handed over again."""
        fresh = self._look()
        ended = []
        for run, sent in list(self._sent.items()):
            status = self._status(sent, fresh)
            again = status in {"failed", "lost"} and sent.state.attempt <= self.retries
            if status is None or (again and sent.folder.held()):  # its task is still on its way out
                continue
            del self._sent[run]
            state = self._finish(sent, status)
            if again:
                self._submit([_job_of(state)], state.attempt + 1)
            else:
                ended.append(state)
        return ended

    def _look(self) -> bool:
        """Ask the controller where it is time to; whether its answer is new."""
        now = time.monotonic()
        if not self._sent or now - self._looked < LOOK_S:
            return False
        self._looked = now
        try:
            self._tasks = states(PREFIX)
        except Silent:
            self._tasks = None
        return self._tasks is not None

    def _status(self, sent: _Sent, fresh: bool) -> Status | None:
        """How a run ended, None while it has not, or while nobody can tell."""
        code = sent.folder.exit_code()
        if code is not None:
            return "done" if code == 0 else "failed"
        if not fresh or self._tasks is None:
            return None
        name, _, index = sent.state.job.rpartition("/")
        word = self._tasks.get((name, int(index)))
        if word is not None and word not in ENDS:
            sent.gone = 0.0
            return None
        now = time.monotonic()
        sent.gone = sent.gone or now
        began = sent.folder.output(STARTS).exists()
        if now - sent.gone < (LATE_S if word is not None or began else ABSENT_S) or sent.folder.held():
            return None
        if word == "TIMEOUT":
            return "overtime"
        return "stopped" if word in {"CANCELLED", "PREEMPTED"} or not began else "lost"

    def _finish(self, sent: _Sent, status: Status) -> State:
        try:
            began = sent.folder.output(STARTS).stat().st_mtime
        except OSError:
            began = sent.state.began
        return sent.folder.write(
            msgspec.structs.replace(
                sent.state, status=status, exit=sent.folder.exit_code(), began=began, ended=max(time.time(), began)
            )
        )

    def wait(self) -> None:
        """Pause before the next look."""
        time.sleep(min(LOOK_S / 4, 0.25))

    def stop(self) -> None:
        """Nothing: what is in the queue goes on, and the next program takes it over."""

    def cancel(self) -> int:
        """Cancel all that waits or runs; how many runs that were. Raises BadInput while the controller is silent."""
        self.adopt()
        try:
            cancel(sorted({s.state.job.rpartition("/")[0] for s in self._sent.values()}))
        except Silent as wrong:
            raise BadInput(str(wrong), place="run --cancel", mend="try again once it answers") from None
        count = len(self._sent)
        for sent in self._sent.values():
            code = sent.folder.exit_code()
            with contextlib.suppress(OSError):
                self._finish(sent, "stopped" if code is None else "done" if code == 0 else "failed")
        self._sent = {}
        return count


def _job_of(state: State) -> Job:
    return Job(
        run=state.run,
        words=state.words,
        environment=state.environment,
        overrides=state.overrides,
        seed=state.seed,
        step=state.run.partition("/")[0],
    )
