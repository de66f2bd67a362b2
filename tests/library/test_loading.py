"""The compiled library is what the YAML files say, and loads fast."""

import subprocess
import sys

import msgspec
import pytest

from ablator.library import library
from ablator.library.compile import compiled
from ablator.resources import resource

MOST_MS = 30


def test_compiled_library_is_up_to_date() -> None:
    folder = resource("library")
    assert (folder / "library.json").read_bytes() == compiled(folder)


def test_library_is_loaded_once_and_frozen() -> None:
    known = library()
    assert library() is known
    with pytest.raises(AttributeError):
        known.ideas["rope"].slot = "other"  # type: ignore[misc]
    assert msgspec.json.decode(msgspec.json.encode(known), type=type(known)) == known


def test_loading_takes_less_than_30_ms_and_no_yaml() -> None:
    code = (
        "import sys, time, msgspec, ablator.resources; from ablator.library import types;"
        "t = time.process_time(); from ablator.library import library; library();"
        "print((time.process_time() - t) * 1000);"
        "assert not {'yaml', 'networkx', 'numpy', 'PySide6', 'pandas'} & set(sys.modules)"
    )
    times = []
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        times.append(float(done.stdout))
    assert min(times) < MOST_MS
