"""Processes of runs: started in a group of their own behind a small wrapper that writes how the program ended."""

import os
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from ablator.core.errors import CannotAccess
from ablator.runners.folders import ERR, OUT, RunFolder

WRAPPER = """
folder=$1; shift
echo $$ >> "$folder/starts.txt"
"$@"
code=$?
printf '%s' "$code" > "$folder/.exit.part" && mv "$folder/.exit.part" "$folder/exit"
exit "$code"
"""
"""Read by `sh`; the words of the run come as its arguments, so that nothing of them is syntax."""


def start(
    folder: RunFolder, words: Sequence[str], environment: Mapping[str, str], lock: int
) -> "subprocess.Popen[bytes]":
    """Start a run whose lock is held by `lock`: its processes keep it when this program ends. Raises CannotAccess."""
    path = folder.path.absolute()
    try:
        with (path / OUT).open("wb") as out, (path / ERR).open("wb") as err:
            return subprocess.Popen(
                ["/bin/sh", "-c", WRAPPER, "ablator-run", str(path), *words],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env={**os.environ, **environment},
                start_new_session=True,
                pass_fds=(lock,),
            )
    except (OSError, ValueError) as wrong:
        what = getattr(wrong, "strerror", None) or str(wrong)
        raise CannotAccess(what, place=folder.run, mend="check the command and the room on the disk") from None


def birth(pid: int) -> str:
    """What tells this process from a later one of the same number: boot and start time; empty where it is not told."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
    return f"{boot}/{fields[19].decode()}" if fields[0] != b"Z" else ""


def alive(pid: int | None, born: str, host: str) -> bool:
    """Whether this very process still runs on this machine."""
    return pid is not None and bool(born) and host == socket.gethostname() and birth(pid) == born


def end_group(pid: int, number: int) -> bool:
    """Send a signal (0: none) to all processes of a run; whether there was any left."""
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def tail(path: Path, most: int = 2_000) -> str:
    """The last line with words in it of an output; empty where there is none."""
    try:
        with path.open("rb") as stream:
            stream.seek(0, os.SEEK_END)
            stream.seek(max(stream.tell() - most, 0))
            lines = stream.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
