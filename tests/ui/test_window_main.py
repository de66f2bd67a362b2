"""The running program: it ends on signals without loss, and opens what the command line names."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ablator.cli.main import main

START = """
import sys
from PySide6.QtCore import QTimer
from ablator.ui import window_main
made = window_main._settle
def settle(program):
    made(program)
    {then}
    print("ready", program.window.page, flush=True)
window_main._settle = settle
sys.exit(window_main.run(sys.argv[1:]))
"""


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts the program in a process of its own, which is ended with the test."""
    started: list[subprocess.Popen[str]] = []

    def begin(*words: str | Path, then: str = "pass") -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-c", START.format(then=then), *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_end_the_window_at_once(start: Start, number: signal.Signals, status: int) -> None:
    process = start()
    assert line(process) == "ready welcome"
    process.send_signal(number)
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (status, "")


EDITS = """
    import itertools
    from ablator.core import edits
    def edit(numbers=itertools.count()):
        n = next(numbers)
        program.document.attempt(edits.set_info, 'name', f'Edit {n}')
        print(n, flush=True)
    timer = QTimer(program.window)
    timer.timeout.connect(edit)
    timer.start(0)
"""
OFFERED = "print(*(f'{e.name}|{e.journal.recover().study.info.name}' for e in program.window.recovery.entries))"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_kill_costs_at_most_the_last_edit(start: Start, tmp_path: Path, number: signal.Signals) -> None:
    study = tmp_path / "s.ablation"
    assert main(["new", "template:mlp", "-o", str(study), "-q"]) == 0
    process = start(study, then=EDITS.strip())
    while line(process) != "40":
        assert process.poll() is None
    process.send_signal(number)
    output, _ = process.communicate(timeout=20)
    last = int(([40, *(int(word) for word in output.split() if word.isdigit())])[-1])
    process = start(then=OFFERED)
    name, _, edited = line(process).partition("|")
    assert name == "s"
    assert int(edited.removeprefix("Edit ")) >= last
    assert line(process) == "ready welcome"
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)


NOTICES = "print(*(n.text.replace(chr(10), ' ') for n in program.window.notices.notices), sep='|')"


def test_a_fault_below_python_is_told_at_the_next_start(start: Start, tmp_path: Path) -> None:
    process = start(then="__import__('faulthandler')._sigsegv()")
    process.communicate(timeout=20)
    assert process.returncode == -signal.SIGSEGV
    told = "n = program.window.notices.notices[-1]; print(n.text, '|', 'Segmentation fault' in n.details)"
    process = start(then=told)
    said = line(process)
    assert "ended by a fault" in said
    assert said.endswith("| True")
    assert line(process) == "ready welcome"
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    dismiss = "[n.closed.emit() for n in list(program.window.notices.notices)]; print('closed')"
    process = start(then=dismiss)
    assert line(process) == "closed"
    assert line(process) == "ready welcome"
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=20)
    process = start(then=NOTICES)
    assert line(process) == "", "the report is gone, and a kill is no fault"
    assert line(process) == "ready welcome"


def test_a_second_crash_and_a_second_window_lose_nothing(start: Start, tmp_path: Path) -> None:
    study = tmp_path / "s.ablation"
    assert main(["new", "template:mlp", "-o", str(study), "-q"]) == 0
    first = start(study, then=EDITS.strip())
    while line(first) != "5":
        assert first.poll() is None
    second = start(then=f"{OFFERED}; print('nothing')")
    assert line(second) == "", "a window that still runs holds its journal"
    assert line(second) == "nothing"
    second.send_signal(signal.SIGKILL)
    second.communicate(timeout=20)
    first.send_signal(signal.SIGKILL)
    first.communicate(timeout=20)
    opened = "program.window.recovery.open(program.window.recovery.entries[0]); print(program.document.study.info.name)"
    third = start(then=opened)
    name = line(third)
    assert int(name.removeprefix("Edit ")) >= 5
    third.send_signal(signal.SIGKILL)  # again before it was saved
    third.communicate(timeout=20)
    fourth = start(then=OFFERED)
    assert line(fourth) == f"s|{name}"


def test_a_missing_file_is_said_before_any_window(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nowhere.ablation"]) == 3
    assert "nowhere.ablation: there is no such file" in capsys.readouterr().err
