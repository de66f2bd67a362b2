"""How this program starts another process of itself: installed, from a checkout, and as a frozen build."""

import sys
from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QProcess, QProcessEnvironment


def frozen() -> bool:
    """Whether this is a frozen build, whose executable takes the words of the command line and nothing else."""
    return bool(getattr(sys, "frozen", False))


def worker_words() -> list[str]:
    """What the executable is given to be a worker."""
    # -P: a file in the present folder must never be imported in place of a module.
    return ["_worker"] if frozen() else ["-P", "-m", "ablator.app.worker"]


def window_words(paths: Iterable[Path]) -> list[str]:
    """What the executable is given to open a window on these files."""
    words = ["--new-window", "--", *(str(p.absolute()) for p in paths)]
    return words if frozen() else ["-P", "-m", "ablator", *words]


def export_words(study: Path, form: str, target: Path) -> list[str]:
    """What the executable is given to write a study in another format."""
    words = ["export", str(study), "--to", form, "-o", str(target), "--quiet"]
    return words if frozen() else ["-P", "-m", "ablator", *words]


def prepare(process: QProcess, words: list[str]) -> QProcess:
    """Let `process` be this program with these words; the package is found wherever it was started from."""
    environment = QProcessEnvironment.systemEnvironment()
    if not frozen():
        package = str(Path(__file__).resolve().parents[2])
        known = environment.value("PYTHONPATH")
        environment.insert("PYTHONPATH", f"{package}:{known}" if known else package)
    process.setProcessEnvironment(environment)
    process.setProgram(sys.executable)
    process.setArguments(words)
    return process


def open_windows(paths: Iterable[Path]) -> bool:
    """Open each file in a window of its own process, which lives on without this one; whether all were started."""
    return all([_started(window_words([path])) for path in paths])  # noqa: C419  # each is tried


def _started(words: list[str]) -> bool:
    answer: object = prepare(QProcess(), words).startDetached()  # its stubs promise a pair, it gives a bool
    return bool(answer[0] if isinstance(answer, tuple) else answer)
