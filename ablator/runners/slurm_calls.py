"""sbatch, squeue and scancel: each call with a time-out, a silent controller told from a refusal."""

import getpass
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from ablator.core.errors import BadInput, CannotAccess

LONGEST_S = 20.0
"""How long one call may take; a controller that restarts answers after that or not at all."""

_SILENT = re.compile(
    r"unable to contact slurm|connection refused|socket timed out|communication|timed out|zero bytes|"
    r"temporarily unable|backup controller|try again",
    re.IGNORECASE,
)


class Silent(Exception):
    """The controller does not answer now: nothing follows from it."""


def submit(script: Path, tasks: Path, count: int, name: str, options: Sequence[str], at_once: int | None) -> None:
    """Submit an array of `count` tasks. Raises Silent where it may or may not have arrived, BadInput for a refusal."""
    width = f"0-{count - 1}" + (f"%{at_once}" if at_once else "")
    words = ["sbatch", "--parsable", f"--array={width}", f"--job-name={name}", "--requeue", "--output=/dev/null"]
    _call([*words, "--export=ALL", *options, str(script), str(tasks)])


def states(prefix: str) -> dict[tuple[str, int], str]:
    """(job name, index) → state of every task whose job's name begins with `prefix`. Raises Silent."""
    words = ["squeue", "-h", "--array", "--states=all", f"--user={getpass.getuser()}", "--format=%j|%K|%T"]
    found: dict[tuple[str, int], str] = {}
    for line in _call(words).splitlines():
        name, _, rest = line.strip().partition("|")
        index, _, state = rest.partition("|")
        if name.startswith(prefix) and index.isdigit():
            key = (name, int(index))
            if key not in found or found[key] in ENDS:
                found[key] = state
    return found


def cancel(names: Sequence[str]) -> None:
    """Cancel all tasks of these jobs. Raises Silent."""
    for name in names:
        _call(["scancel", f"--name={name}", f"--user={getpass.getuser()}"])


ENDS = frozenset(
    {
        "COMPLETED", "FAILED", "TIMEOUT", "CANCELLED", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED", "BOOT_FAIL",
        "DEADLINE", "REVOKED",
    }
)  # fmt: skip
"""States in which a task does nothing any more."""


def _call(words: Sequence[str]) -> str:
    try:
        done = subprocess.run(words, capture_output=True, timeout=LONGEST_S, stdin=subprocess.DEVNULL, check=False)
    except FileNotFoundError:
        raise CannotAccess(
            f"{words[0]} is not installed here", place="run --engine slurm", mend="run on a machine with Slurm"
        ) from None
    except subprocess.TimeoutExpired:
        raise Silent(f"{words[0]} did not answer in {LONGEST_S:g} s") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip() or f"it ended with {done.returncode}"
        if _SILENT.search(said):
            raise Silent(said)
        last = said.splitlines()[-1].removeprefix(f"{words[0]}: ").removeprefix("error: ")
        raise BadInput(
            f"{words[0]} refused: {last}", place="run --engine slurm", mend="mend --sbatch or ask who runs it"
        )
    return done.stdout.decode("utf-8", "replace")
