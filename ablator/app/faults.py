"""Faults below Python, as in Qt: where the program stood goes to a file, and the next start tells of it."""

import contextlib
import faulthandler
import fcntl
import os
import uuid
from io import BufferedWriter
from pathlib import Path

from ablator.app.rescue import folder as rescued_folder

SUFFIX = ".fault"
LONGEST = 20_000
"""Bytes of a report that are shown and copied."""


def folder() -> Path:
    """Where reports lie: beside rescued studies, in the user's data folder."""
    return rescued_folder().with_name("faults")


class FaultFile:
    """The report of this run; it is empty unless the worst happens, and gone after an orderly end.

    It is locked as long as the program lives: neither its time nor a process number tells whose it is.
    """

    def __init__(self) -> None:
        self._file: BufferedWriter | None = None
        self._path = folder() / f"{uuid.uuid4().hex}{SUFFIX}"

    def begin(self) -> None:
        """Report from now on. Without a place to write to there is no report, and no harm."""
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = self._path.open("xb")
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if self._file is not None:
            faulthandler.enable(self._file)

    def end(self) -> None:
        """The program ends as it should."""
        if self._file is not None:
            faulthandler.disable()
            self._file.close()
            self._file = None
            with contextlib.suppress(OSError):
                self._path.unlink()


def left_faults() -> list[Path]:
    """Reports that earlier runs left, newest first; empty ones, of runs that were killed, are cleared away."""
    found = []
    with contextlib.suppress(OSError):
        for path in folder().glob(f"*{SUFFIX}"):
            with contextlib.suppress(OSError):
                if _held(path):
                    continue
                facts = path.stat()
                if facts.st_size:
                    found.append((facts.st_mtime_ns, path))
                else:
                    path.unlink()
    return [path for _, path in sorted(found, reverse=True)]


def report(path: Path) -> str:
    """The text of a report; empty where it cannot be read."""
    with contextlib.suppress(OSError), path.open("rb") as file:
        return file.read(LONGEST).decode("utf-8", "replace")
    return ""


def discard(path: Path) -> None:
    """Take a report away."""
    with contextlib.suppress(OSError):
        path.unlink()


def _held(path: Path) -> bool:
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
