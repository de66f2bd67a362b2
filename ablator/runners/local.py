"""Runs on this machine: several at a time, each on its devices, with retries and time limits."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from ablator.core.elements import Json
from ablator.core.errors import BadInput
from ablator.runners.folders import ERR, OUT, SETTINGS, STARTS, RunFolder, State, Status, open_runs
from ablator.runners.processes import alive, birth, end_group, start

GRACE_S = 5.0
"""How long a run may take to end after it was asked to."""

SHORTEST_S, LONGEST_S = 0.001, 0.2
"""Pauses between two looks at the runs: short while they may be short, longer with their age."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One run that an engine is to make."""

    run: str
    words: tuple[str, ...]
    environment: Mapping[str, str]
    overrides: Mapping[str, Json]
    seed: int | None = None
    step: str = ""


class _Live:
    """A run that lives: its folder, its process where this program started it, and what was asked of it."""

    def __init__(self, folder: RunFolder, state: State, process: "subprocess.Popen[bytes] | None") -> None:
        self.folder = folder
        self.state = state
        self.process = process
        self.job: Job | None = None
        self.asked = 0.0
        """When it was asked to end, 0 while it was not."""
        self.over: Status | None = None


class Local:
    """Runs in process groups of their own. A run in `active` is never started again, whoever started it."""

    name = "local"

    def __init__(
        self, root: Path, jobs: int, devices: Sequence[str] = (), retries: int = 0, limit_s: float | None = None
    ) -> None:
        self.root = root
        self.jobs = jobs
        self.devices = tuple(devices)
        self.retries = retries
        self.limit_s = limit_s
        self._live: dict[str, _Live] = {}
        self._since = time.monotonic()

    @property
    def active(self) -> frozenset[str]:
        """The runs that live."""
        return frozenset(self._live)

    @property
    def free(self) -> int:
        """How many runs may be started now."""
        return max(self.jobs - len(self._live), 0)

    def adopt(self) -> list[str]:
        """Take over the runs that an ended program left alive; their ids."""
        for folder, state in open_runs(self.root):
            if state.job:
                raise BadInput(
                    f"{state.run} was handed to Slurm", place=str(folder.path), mend="go on with --engine slurm"
                )
            if state.host and state.host != socket.gethostname() and folder.exit_code() is None:
                raise BadInput(
                    f"{state.run} was started on {state.host}, and has not ended",
                    place=str(folder.path),
                    mend="go on there, or delete this folder if it is gone",
                )
            self._live[state.run] = _Live(folder, state, None)
        return sorted(self._live)

    def start(self, jobs: Sequence[Job]) -> None:
        """Start runs, as many as `free` says at most."""
        for job in jobs:
            self._start(job, 1)
        self._since = time.monotonic()

    def _start(self, job: Job, attempt: int) -> None:
        folder = RunFolder(self.root, job.run)
        lock = folder.lock()
        if lock is None:
            raise BadInput("a process of this run still lives", place=str(folder.path), mend="end it, then go on")
        slot = next(n for n in range(len(self._live) + 1) if n not in {x.state.slot for x in self._live.values()})
        environment = dict(job.environment)
        if self.devices:
            environment["CUDA_VISIBLE_DEVICES"] = self.devices[slot % len(self.devices)].replace("+", ",")
        state = State(
            run=job.run,
            words=job.words,
            overrides=dict(job.overrides),
            seed=job.seed,
            attempt=attempt,
            host=socket.gethostname(),
            slot=slot,
            began=time.time(),
        )
        try:
            if attempt == 1:
                folder.fresh()
            else:
                _keep_output(folder, attempt - 1)
            folder.put(SETTINGS, msgspec.json.encode(dict(job.overrides), order="sorted"))
            folder.write(state)
            process = start(folder, job.words, environment, lock)
        finally:
            os.close(lock)
        state = folder.write(msgspec.structs.replace(state, pid=process.pid, birth=birth(process.pid)))
        live = _Live(folder, state, process)
        live.job = job
        self._live[job.run] = live

    def poll(self) -> list[State]:
        """The runs that ended since the last call, their state written; those that may try again are started again."""
        ended = []
        for run, live in list(self._live.items()):
            if self._runs(live):
                self._watch(live)
                continue
            state = self._finish(live)
            del self._live[run]
            again = state.status in {"failed", "lost"} and state.attempt <= self.retries
            again = again and not live.folder.held()  # what it left behind would meet its successor
            if again and live.job is not None:
                self._start(live.job, state.attempt + 1)
            elif again:
                ended.append(live.folder.write(msgspec.structs.replace(state, status="stopped")))
            else:
                ended.append(state)
        return ended

    def wait(self) -> None:
        """Pause before the next look: shorter the younger the youngest run is."""
        age = time.monotonic() - self._since
        time.sleep(min(max(age / 20, SHORTEST_S), LONGEST_S))

    def stop(self) -> None:
        """End all runs, so that they can be made again; a run that ended by itself meanwhile keeps its result."""
        for live in self._live.values():
            self._ask(live, "stopped")
        while self._live:
            for run, live in list(self._live.items()):
                if self._runs(live):
                    self._watch(live)
                else:
                    self._finish(live)
                    del self._live[run]
            if self._live:
                time.sleep(0.02)

    def _runs(self, live: _Live) -> bool:
        if live.process is not None:
            if live.process.poll() is None:
                return True
            return live.asked > 0 and end_group(live.process.pid, 0) and not self._late(live)
        if live.folder.exit_code() is not None:
            return False
        return alive(live.state.pid, live.state.birth, live.state.host) or live.folder.held()

    def _watch(self, live: _Live) -> None:
        """Ask a run over its time to end, and end it where it does not."""
        if not live.asked and self.limit_s is not None and time.time() - live.state.began > self.limit_s:
            self._ask(live, "overtime")
        if self._late(live):
            self._send(live, signal.SIGKILL)

    def _late(self, live: _Live) -> bool:
        return live.asked > 0 and time.monotonic() - live.asked > GRACE_S

    def _ask(self, live: _Live, why: Status) -> None:
        live.asked, live.over = time.monotonic(), why
        self._send(live, signal.SIGTERM)

    def _send(self, live: _Live, number: signal.Signals) -> None:
        """Only to the very process that was started: its number may be another's by now."""
        state = live.state
        if state.pid is not None and (live.process is not None or alive(state.pid, state.birth, state.host)):
            end_group(state.pid, number)

    def _finish(self, live: _Live) -> State:
        """Write how a run ended; what is left of its processes is ended too where it was asked to end."""
        if live.process is not None and live.asked:
            end_group(live.process.pid, signal.SIGKILL)
        code = live.folder.exit_code()
        if code is None and live.process is not None and live.process.returncode >= 0:
            code = live.process.returncode  # a full disk keeps the wrapper from writing it
        status: Status = "lost" if code is None else "done" if code == 0 else "failed"
        if live.over is not None and status != "done":
            status = live.over
        elif code is None and (_rebooted(live.state) or not live.folder.output(STARTS).exists()):
            status = "stopped"
        return live.folder.write(
            msgspec.structs.replace(live.state, status=status, exit=code, ended=time.time(), pid=None)
        )


def _rebooted(state: State) -> bool:
    """Whether the machine was started anew since: that is no fault of the run."""
    now = birth(os.getpid()).partition("/")[0]
    return bool(state.birth) and bool(now) and state.birth.partition("/")[0] != now


def _keep_output(folder: RunFolder, attempt: int) -> None:
    for name in (OUT, ERR):
        stem, _, suffix = name.rpartition(".")
        if (folder.path / name).exists():
            (folder.path / name).rename(folder.path / f"{stem}.{attempt}.{suffix}")
    (folder.path / "exit").unlink(missing_ok=True)
