"""Another process of the same program: as a frozen build starts it, and as an installed one."""

import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ablator.app import own_program
from ablator.app.jobs import Jobs
from ablator.core.elements import Info
from ablator.core.study import study_from
from ablator.files.study_file import encode


def test_words_of_an_installed_program() -> None:
    assert own_program.worker_words() == ["-P", "-m", "ablator.app.worker"]
    words = own_program.window_words([Path("a b.ablation")])
    assert words[:5] == ["-P", "-m", "ablator", "--new-window", "--"]
    assert Path(words[5]).is_absolute()


def test_a_frozen_build_is_its_own_worker(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The executable of a frozen build takes words of the command line only."""
    executable = tmp_path / "ablator"
    executable.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ablator "$@"\n')
    executable.chmod(0o755)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(executable))
    assert own_program.window_words([tmp_path])[0] == "--new-window"
    jobs = Jobs()
    answers: list[object] = []
    jobs.submit("plan", encode(study_from(Info(name="x"), [])), answers.append, answers.append)
    qtbot.waitUntil(lambda: bool(answers), timeout=20_000)
    jobs.stop()
    assert isinstance(answers[0], bytes), answers


def test_more_windows_live_on_their_own(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executable, said = tmp_path / "ablator", tmp_path / "said"
    executable.write_text(f'#!/bin/sh\nprintf "%s|" "$@" > "{said}.part" && mv "{said}.part" "{said}"\n')
    executable.chmod(0o755)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(executable))
    assert own_program.open_windows([tmp_path / "a b.ablation"])
    qtbot.waitUntil(said.exists)
    assert said.read_text() == f"--new-window|--|{tmp_path / 'a b.ablation'}|"
    executable.unlink()
    assert not own_program.open_windows([tmp_path / "a b.ablation"])
