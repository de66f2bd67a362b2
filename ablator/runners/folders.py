"""One folder a run beside the study: what was started, its output, how it ended; a kill at any time loses nothing."""

import contextlib
import os
import socket
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, TextIO

import msgspec

from ablator.core.elements import Json
from ablator.core.errors import CannotAccess

if os.name == "posix":
    import fcntl

Status = Literal["submitted", "started", "done", "failed", "overtime", "lost", "stopped"]
"""`lost` ended without saying how; `stopped` was ended from outside and is made again."""

OPEN: frozenset[Status] = frozenset({"submitted", "started"})

STATE = "state.json"
EXIT = "exit"
LOCK = "lock"
OUT = "stdout.txt"
ERR = "stderr.txt"
SETTINGS = "overrides.json"
STARTS = "starts.txt"
"""A line a start of the run's program, for people and for tests."""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one run; the file of it is replaced as a whole, never changed in place."""

    run: str
    words: tuple[str, ...]
    overrides: Mapping[str, Json] = {}
    seed: int | None = None
    status: Status = "started"
    attempt: int = 1
    pid: int | None = None
    birth: str = ""
    """What tells a process from a later one of the same number."""
    host: str = ""
    job: str = ""
    """The job of a batch system, `NAME/INDEX`."""
    environment: Mapping[str, str] = {}
    """What a batch system starts it with, for another try."""
    slot: int | None = None
    began: float = 0.0
    ended: float = 0.0
    exit: int | None = None
    recorded: bool = False
    """Whether the study has its result: asked for again, the run is made again."""


class RunFolder:
    """The folder of one run. Whoever holds its lock runs it; the run's own processes hold it while they live."""

    def __init__(self, root: Path, run: str) -> None:
        self.run = run
        self.path = root.joinpath(*run.split("/"))

    def state(self) -> State | None:
        """What is known, or None for a run that was never started."""
        try:
            return msgspec.json.decode((self.path / STATE).read_bytes(), type=State)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as wrong:
            raise CannotAccess(wrong.strerror or str(wrong), place=str(self.path / STATE), mend="check it") from None
        except msgspec.MsgspecError:
            return None  # a power cut may leave it empty; nothing of that run lives any more

    def write(self, state: State) -> State:
        """Replace the state in one step, and hand it back."""
        self.put(STATE, msgspec.json.format(msgspec.json.encode(state), indent=1))
        return state

    def put(self, name: str, data: bytes) -> Path:
        """A file of the folder, replaced in one step."""
        target = self.path / name
        part = self.path / f".{name}.part"
        try:
            part.write_bytes(data)
            os.replace(part, target)
        except OSError as wrong:
            raise CannotAccess(
                wrong.strerror or str(wrong), place=str(target), mend="make room or choose another folder with --runs"
            ) from None
        return target

    def fresh(self) -> None:
        """Make room in a folder that is locked: what an earlier time left goes to `old-N` within it."""
        try:
            held = [p for p in self.path.iterdir() if not p.name.startswith("old-") and p.name != LOCK]
            if held:
                number = sum(p.name.startswith("old-") for p in self.path.iterdir()) + 1
                old = self.path / f"old-{number}"
                old.mkdir()
                for p in held:
                    p.rename(old / p.name)
        except OSError as wrong:
            raise CannotAccess(
                wrong.strerror or str(wrong), place=str(self.path), mend="choose another folder with --runs"
            ) from None

    def exit_code(self) -> int | None:
        """What the run's program ended with, as its wrapper wrote it; None while it has not."""
        try:
            return int((self.path / EXIT).read_text().strip() or "-1")
        except (OSError, ValueError):
            return None

    def lock(self) -> int | None:
        """An open descriptor that holds the run's lock, or None where a live run holds it."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            return _lock(self.path / LOCK)
        except OSError as wrong:
            raise CannotAccess(
                wrong.strerror or str(wrong), place=str(self.path), mend="choose another folder with --runs"
            ) from None

    def held(self) -> bool:
        """Whether a process of the run still holds its lock."""
        if not (self.path / LOCK).exists():
            return False
        found = self.lock()
        if found is None:
            return True
        os.close(found)
        return False

    def output(self, name: str = OUT) -> Path:
        """Where the run's output lies."""
        return self.path / name


def _lock(path: Path) -> int | None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def open_runs(root: Path) -> Iterator[tuple[RunFolder, State]]:
    """The runs that were started, or handed to a batch system, and of which no end is on record."""
    for file in sorted(root.glob(f"*/*/*/{STATE}")):
        folder = RunFolder(root, "/".join(file.parent.relative_to(root).parts))
        state = folder.state()
        if state is not None and state.status in OPEN:
            yield folder, state


@contextlib.contextmanager
def only_driver(root: Path) -> Iterator[None]:
    """Hold the folder of all runs, so that two programs never start the same run. Raises CannotAccess."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        stream = (root / "driver").open("a+", encoding="utf-8")
    except OSError as wrong:
        raise CannotAccess(wrong.strerror or str(wrong), place=str(root), mend="name a folder with --runs") from None
    with stream:
        _claim(stream, root)
        yield


def _claim(stream: TextIO, root: Path) -> None:
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        stream.seek(0)
        who = stream.read(200).strip() or "another program"
        raise CannotAccess(
            f"{who} is working on these runs", place=str(root), mend="wait for it, or interrupt it first"
        ) from None
    stream.seek(0)
    stream.truncate()
    stream.write(f"process {os.getpid()} on {socket.gethostname()} since {time.strftime('%H:%M:%S')}\n")
    stream.flush()
