"""What this machine offers: versions, display, fonts, readers, git, Slurm."""

import ctypes.util
import os
import platform
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version

Row = dict[str, str]
WAIT_S = 5.0

PACKAGES: tuple[tuple[str, str], ...] = (
    ("networkx", "graphs of a study"),
    ("numpy", "numbers"),
    ("scipy", "power and intervals"),
    ("msgspec", "study files"),
    ("PyYAML", "settings in YAML"),
    ("pyarrow", "tables of results in Parquet; an extra: pip install 'ablator-desktop[parquet]'"),
)
READERS = "safetensors, ONNX, Keras, TensorBoard, W&B, MLflow, Optuna, CSV"
LIBRARIES: tuple[tuple[str, str], ...] = (
    ("GL", "libgl1"),
    ("EGL", "libegl1"),
    ("xkbcommon", "libxkbcommon0"),
    ("dbus-1", "libdbus-1-3"),
    ("fontconfig", "libfontconfig1"),
    ("xcb-cursor", "libxcb-cursor0"),
)


def examine() -> list[Row]:
    """Rows with `what`, `found` and `note`; nothing here takes longer than some seconds or opens a window."""
    import ablator

    return [
        _row("Ablator", ablator.__version__),
        _row("Python", platform.python_version(), sys.executable),
        _row("system", f"{platform.system()} {platform.release()}", platform.machine()),
        _qt(),
        _libraries(),
        _display(),
        _fonts(),
        *(_package(name, note) for name, note in PACKAGES),
        _row("readers", "built in", f"{READERS}: read directly, nothing else is to be installed"),
        _program("git", ["git", "--version"], "merges studies by meaning: `ablator merge --install`"),
        _program("Slurm", ["sbatch", "--version"], "makes the runs of `ablator run --engine slurm`"),
    ]


def _row(what: str, found: str, note: str = "") -> Row:
    return {"what": what, "found": found, "note": note}


def _qt() -> Row:
    found = _version("PySide6-Essentials") or _version("PySide6")
    if not found:
        return _row("Qt", "missing", "no window and no pictures; pip install PySide6-Essentials")
    return _row("Qt", found, "PySide6")


def _libraries() -> Row:
    if not sys.platform.startswith("linux"):
        return _row("libraries of Qt", "come with it")
    missing = [package for name, package in LIBRARIES if not ctypes.util.find_library(name)]
    if missing:
        return _row("libraries of Qt", f"{len(missing)} missing", "apt-get install " + " ".join(missing))
    return _row("libraries of Qt", "all there")


def _display() -> Row:
    for name, what in (("WAYLAND_DISPLAY", "Wayland"), ("DISPLAY", "X11")):
        if os.environ.get(name):
            return _row("display", what, os.environ[name])
    if not sys.platform.startswith("linux"):
        return _row("display", "of the system")
    return _row("display", "none", "`ablator screenshot` paints the window without one")


def _fonts() -> Row:
    if not shutil.which("fc-match"):
        return _row("fonts", "not known", "fontconfig's fc-match is not installed")
    found = _first_line(["fc-match", "--format=%{family[0]}", "sans-serif"])
    return _row("fonts", found or "none", "" if found else "apt-get install fonts-dejavu-core")


def _package(name: str, note: str) -> Row:
    found = _version(name)
    return _row(name, found or "missing", note)


def _program(what: str, command: list[str], note: str) -> Row:
    if not shutil.which(command[0]):
        return _row(what, "not installed", note)
    found = _first_line(command)
    return _row(what, found.removeprefix("git version ").removeprefix("slurm-wlm ") or "does not answer", note)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _first_line(command: list[str]) -> str:
    """First line that a program prints, or an empty text where it fails or takes too long."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=WAIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip().partition("\n")[0] if done.returncode == 0 else ""
