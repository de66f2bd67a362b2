"""The journal of unsaved edits: what a crash leaves of them is found again at the next start."""

import contextlib
import fcntl
import os
import uuid
import zlib
from pathlib import Path
from typing import Any

import msgspec

from ablator.core.change import Change
from ablator.core.errors import AblatorError, BadInput, CannotAccess
from ablator.core.study import Study
from ablator.files.atomic import MAX_BYTES, read_bytes
from ablator.files.change_text import change_from, change_value
from ablator.files.json_text import parse_json
from ablator.files.study_bytes import encode
from ablator.files.study_text import decode

SUFFIX = ".journal"
_LARGEST = 4 * MAX_BYTES
_DEEPEST = 48
_encode = msgspec.json.Encoder().encode


def journal_folder() -> Path:
    """Where journals lie: in the user's data folder, never beside a study."""
    from platformdirs import user_data_path

    return user_data_path("ablator") / "journals"


class Journal:
    """An append-only file of the changes since the last save; it is locked as long as this program lives.

    Nothing is written before the first change. Each line carries a checksum, and is handed to the system at once.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: Path | None = None
        self._descriptor = -1
        self._torn = False
        self._head: tuple[Study, Path | None, str | None] = (Study(), None, None)

    def restart(self, study: Study, path: Path | None, file_hash: str | None) -> None:
        """Forget what is journalled and begin anew from `study`: after a load, or after a durable save."""
        self.discard()
        self._head = (study, path, file_hash)

    def append(self, change: Change) -> None:
        """Put one change on record; an empty one puts down only what the edits begin with.

        Raises CannotAccess where it cannot be written; the next one is tried all the same.
        """
        try:
            if self._descriptor < 0:
                self._begin()
            if not change:
                return
            self._write(change_value(change))
        except OSError as wrong:
            self._torn = True
            raise CannotAccess(
                f"the journal cannot be written: {wrong.strerror or wrong}",
                place=str(self._folder),
                mend="save the study; until then a crash would lose the last edits",
            ) from None

    def discard(self) -> None:
        """Drop the journal: everything is saved, or a person does not want it."""
        if self._descriptor >= 0:
            with contextlib.suppress(OSError):
                if self._file is not None:
                    self._file.unlink()
            self.close()

    def close(self) -> None:
        """Let go of the file and leave it where it is, to be found at the next start."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor, self._file, self._torn = -1, None, False

    def _begin(self) -> None:
        study, path, file_hash = self._head
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = self._folder / f"{uuid.uuid4().hex}{SUFFIX}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        self._descriptor = os.open(self._file, flags, 0o600)
        with contextlib.suppress(OSError):
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        where = None if path is None else os.fsencode(path).decode("utf-8", "backslashreplace")
        self._write({"journal": 1, "path": where, "hash": file_hash, "study": encode(study).decode()})

    def _write(self, value: Any) -> None:
        body = _encode(value)
        line = b"%08x %s\n" % (zlib.crc32(body), body)
        data = memoryview(b"\n" + line if self._torn else line)
        self._torn = True
        while data:
            data = data[os.write(self._descriptor, data) :]
        self._torn = False


class Recovered(msgspec.Struct, frozen=True):
    """What a journal gave back: the study that the edits began with, and the one they led to.

    `damaged` counts the lines that could not be used.
    """

    base: Study
    study: Study
    path: Path | None
    file_hash: str | None
    edits: int
    damaged: int


class Abandoned:
    """A journal that no running program holds. It stays until it is discarded, so that a second crash loses nothing."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def recover(self) -> Recovered:
        """The study with every change that can be read. Raises AblatorError where not even the head can."""
        lines = read_bytes(self.file, _LARGEST).split(b"\n")
        head = _checked(lines[0], str(self.file))
        if not isinstance(head, dict) or not isinstance(head.get("study"), str):
            raise BadInput("the head of the journal is damaged (line 1)", place=str(self.file), mend="discard it")
        base = study = decode(head["study"].encode(), str(self.file))
        edits = damaged = 0
        for line in lines[1:]:
            if not line:
                continue
            try:
                study = change_from(_checked(line, str(self.file))).apply(study)
                edits += 1
            except (AblatorError, msgspec.ValidationError, KeyError, TypeError, ValueError):
                damaged += 1
        path, file_hash = head.get("path"), head.get("hash")
        return Recovered(
            base,
            study,
            Path(path) if isinstance(path, str) else None,
            file_hash if isinstance(file_hash, str) else None,
            edits,
            damaged,
        )

    def discard(self) -> None:
        """Delete it, after what it held was saved, journalled anew, or declined."""
        with contextlib.suppress(OSError):
            self.file.unlink()


def abandoned(folder: Path | None = None) -> list[Abandoned]:
    """Journals that a crash left behind, oldest first. Never fails: what cannot be looked at is left out."""
    place = journal_folder() if folder is None else folder
    found = []
    with contextlib.suppress(OSError):
        for name in os.listdir(place):
            file = place / name
            if name.endswith(SUFFIX) and not _held(file):
                with contextlib.suppress(OSError):
                    found.append((file.stat().st_mtime_ns, name, file))
    return [Abandoned(file) for _, _, file in sorted(found)]


def _held(file: Path) -> bool:
    """Whether a running program has the lock: neither a process number nor a time can tell."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False


def _checked(line: bytes, name: str) -> Any:
    checksum, _, body = line.partition(b" ")
    if checksum != b"%08x" % zlib.crc32(body):
        raise BadInput("a line of the journal is damaged", place=name, mend="the lines around it still count")
    return parse_json(body, name, max_depth=_DEEPEST)
