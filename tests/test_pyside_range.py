"""The installed PySide6 lies in the tried range and survives many void calls (6.12.0 does not on CPython 3.11)."""

import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]

PROBE = """
from PySide6.QtCore import QObject, QTimer
thing, timer = QObject(), QTimer()
for number in range(20_000):
    thing.setObjectName("x")
    timer.setInterval(number)
    assert thing.blockSignals(False) is False
print("alive")
"""


def pyside_requirement() -> Requirement:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (found,) = (one for one in map(Requirement, project["dependencies"]) if one.name == "PySide6-Essentials")
    return found


def test_the_installed_version_lies_in_the_range() -> None:
    assert version("PySide6-Essentials") in pyside_requirement().specifier


def test_the_range_leaves_out_what_is_known_to_break() -> None:
    specifier = pyside_requirement().specifier
    assert not [bad for bad in ("6.7.3", "6.11.0", "6.11.1", "6.12.0") if bad in specifier]
    assert "6.11.3" in specifier


def test_many_void_calls_do_not_abort_the_interpreter() -> None:
    ended = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (0, "alive\n"), ended.stderr
