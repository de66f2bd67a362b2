"""Bytes in and out of files: bounded reads, and saves after which either the old or the new file stands."""

import contextlib
import errno
import fcntl
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from ablator.core.errors import AblatorError, BadInput, CannotAccess, ChangedOnDisk

MAX_BYTES = 64 * 1024 * 1024
"""Of a study file or journal head; far more than any study needs (judged)."""

_WORDS = {
    errno.ENOENT: ("there is no such file or folder", "check the name"),
    errno.EACCES: ("permission denied", "check who owns it and its mode"),
    errno.EPERM: ("operation not permitted", "check who owns it and its mode"),
    errno.EROFS: ("the file system is read-only", "save it somewhere else"),
    errno.ENOSPC: ("the disk is full", "free some space and save again"),
    errno.EDQUOT: ("the disk quota is used up", "free some space and save again"),
    errno.EFBIG: ("the file is larger than is allowed here", "raise the limit, or save it somewhere else"),
    errno.EISDIR: ("this is a folder", "name a file in it"),
    errno.ENOTDIR: ("a part of the path is no folder", "check the name"),
    errno.ENAMETOOLONG: ("the name is too long", "choose a shorter one"),
    errno.ELOOP: ("the link leads in a circle", "remove the link"),
}


def sha256(data: bytes) -> str:
    """Content hash by which a change on disk is told; never a time."""
    return hashlib.sha256(data).hexdigest()


def read_bytes(path: Path, limit: int = MAX_BYTES) -> bytes:
    """The bytes of an ordinary file of at most `limit` bytes; never waits on a pipe or device.

    Raises CannotAccess where it cannot be read, BadInput where it is too large, a folder or no ordinary file.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as wrong:
        _refuse(wrong, path)
    try:
        facts = os.fstat(descriptor)
        if stat.S_ISDIR(facts.st_mode):
            raise BadInput("this is a folder", place=_shown(path), mend="name a file in it")
        if not stat.S_ISREG(facts.st_mode):
            raise BadInput("this is no ordinary file", place=_shown(path), mend="copy what it holds into one")
        if facts.st_size > limit:
            raise BadInput(
                f"the file has {facts.st_size:,} bytes, at most {limit:,} are read (byte {limit})",
                place=_shown(path),
                mend="hand in a smaller file",
            )
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(limit + 1)
    except OSError as wrong:
        _refuse(wrong, path)
    finally:
        with contextlib.suppress(OSError):  # the bytes were read
            os.close(descriptor)


def save_bytes(path: Path, data: bytes, *, expected_hash: str | None = None, system: "System | None" = None) -> str:
    """Replace a file's content so that a crash leaves the old or the new one; returns the new content's hash.

    Follows links, keeps mode and owner, writes a short-named temporary file beside, flushes, syncs, renames, and syncs
    the folder. With `expected_hash` the file must still be what was loaded, else ChangedOnDisk. Raises CannotAccess, or
    BadInput where the path is a folder or no ordinary file.
    """
    calls = system or System()
    try:
        target = Path(os.path.realpath(path))
        with _locked(target):
            before = _present(target)
            if before is not None and not os.access(target, os.W_OK, effective_ids=True):
                raise CannotAccess("the file is read-only", place=_shown(path), mend="save under another name")
            if expected_hash is not None:
                _compare(path, target, before, expected_hash)
            _replace(target, data, before, calls)
    except AblatorError:
        raise
    except (OSError, ValueError) as wrong:
        _refuse(wrong, path)
    return sha256(data)


class System:
    """The system calls of a save, in one place so that tests can let each of them fail."""

    def write(self, descriptor: int, data: memoryview) -> int:
        """As os.write."""
        return os.write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        """As os.fsync."""
        os.fsync(descriptor)

    def replace(self, source: str, target: Path) -> None:
        """As os.replace."""
        os.replace(source, target)


def _present(target: Path) -> os.stat_result | None:
    try:
        facts = os.stat(target)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(facts.st_mode):
        folder = stat.S_ISDIR(facts.st_mode)
        raise BadInput(
            "this is a folder" if folder else "this is no ordinary file",
            place=_shown(target),
            mend="name a file" + (" in it" if folder else ""),
        )
    return facts


def _compare(path: Path, target: Path, before: os.stat_result | None, expected: str) -> None:
    if before is None:
        return
    if sha256(target.read_bytes()) != expected:
        raise ChangedOnDisk(
            "somebody else changed the file since it was read",
            place=_shown(path),
            mend="open it again, or save under another name",
        )


def _replace(target: Path, data: bytes, before: os.stat_result | None, calls: System) -> None:
    prefix = f".abl-{hashlib.sha256(os.fsencode(target.name)).hexdigest()[:12]}-"
    _sweep(target.parent, prefix)
    descriptor, temporary = tempfile.mkstemp(prefix=prefix, dir=target.parent)
    try:
        try:
            view = memoryview(data)
            while view:
                view = view[calls.write(descriptor, view[: 1 << 24]) :]
            if before is not None:
                if (before.st_uid, before.st_gid) != (os.geteuid(), os.getegid()):
                    with contextlib.suppress(PermissionError):
                        os.fchown(descriptor, before.st_uid, before.st_gid)
                os.fchmod(descriptor, stat.S_IMODE(before.st_mode))
            else:
                os.fchmod(descriptor, 0o666 & ~_umask())
            calls.sync(descriptor)
        finally:
            os.close(descriptor)
        calls.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        calls.sync(folder)
    finally:
        os.close(folder)


def _sweep(folder: Path, prefix: str) -> None:
    """Remove what an earlier save of this file left when it was killed; we hold the lock, so nobody writes it now."""
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):
            if name.startswith(prefix):
                os.unlink(folder / name)


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


@contextlib.contextmanager
def _locked(target: Path) -> Iterator[None]:
    """One writer at a time for a path; the lock lies in the user's runtime folder: shared folders stay clean."""
    name = hashlib.sha256(os.fsencode(target)).hexdigest()[:32]
    try:
        folder = _runtime()
        descriptor = os.open(folder / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        yield  # without a place for locks the hash comparison still guards the file
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _runtime() -> Path:
    """A folder of this user that the end of the session may empty; raises OSError where there is none."""
    given = os.environ.get("XDG_RUNTIME_DIR", "")
    places = [Path(given) / "ablator"] if os.path.isabs(given) else []
    places.append(Path("/tmp") / f"ablator-{os.geteuid()}")  # checked below to be ours alone
    for base in places:
        with contextlib.suppress(OSError):
            folder = base / "locks"
            base.mkdir(exist_ok=True, mode=0o700)
            folder.mkdir(exist_ok=True, mode=0o700)
            facts = os.lstat(base)
            if stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.geteuid():
                return folder
    raise OSError("no folder for locks")


def _shown(path: Path) -> str:
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _refuse(wrong: OSError | ValueError, path: Path) -> NoReturn:
    if isinstance(wrong, ValueError):
        raise CannotAccess(str(wrong), place=_shown(path), mend="check the name") from None
    what, mend = _WORDS.get(wrong.errno or 0, (wrong.strerror or str(wrong), "try again, or choose another place"))
    kind = BadInput if wrong.errno == errno.EISDIR else CannotAccess
    raise kind(what, place=_shown(path), mend=mend) from None
