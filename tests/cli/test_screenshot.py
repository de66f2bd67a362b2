"""`ablator screenshot` as people run it: a picture of the real window, or one line that says why not."""

import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from ablator.cli.main import main

PNG = b"\x89PNG\r\n\x1a\n"


def run(*words: str | Path, **env: str) -> "subprocess.CompletedProcess[str]":
    clean = {k: v for k, v in os.environ.items() if k not in {"QT_QPA_PLATFORM", "DISPLAY", "QT_SCALE_FACTOR"}}
    return subprocess.run(
        [sys.executable, "-m", "ablator", *map(str, words)], capture_output=True, text=True, env=clean | env
    )


def size(picture: Path) -> tuple[int, int]:
    data = picture.read_bytes()
    assert data.startswith(PNG)
    wide, high = struct.unpack(">II", data[16:24])
    return wide, high


def test_the_welcome_page_at_twice_the_scale(tmp_path: Path) -> None:
    done = run("screenshot", "-o", tmp_path / "w.png", "--scale", "2", "--theme", "dark", "--size", "900x600")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert size(tmp_path / "w.png") == (1800, 1200)


def test_a_study_with_its_plan(tmp_path: Path) -> None:
    assert main(["new", "template:mlp", "-o", str(tmp_path / "s.ablation"), "--metric", "acc", "-q"]) == 0
    done = run("screenshot", tmp_path / "s.ablation", "-o", tmp_path / "s.png")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert size(tmp_path / "s.png") == (1280, 800)
    done = run("screenshot", tmp_path / "s.ablation", "-o", tmp_path / "p.png", "--view", "plan")
    assert done.returncode == 0
    assert size(tmp_path / "p.png") > (300, 200)


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["screenshot", "-o", "x.png", "--view", "moon"], 2, "workspace"),
        (["screenshot", "-o", "x.png", "--view", "plan"], 2, "study"),
        (["screenshot", "-o", "x.png", "--size", "big"], 2, "1280x800"),
        (["screenshot", "nowhere.ablation", "-o", "x.png"], 3, "nowhere.ablation"),
        (["screenshot", "-o", "nowhere/x.png"], 3, "nowhere"),
    ],
)
def test_one_line_says_why_not(words: list[str], status: int, says: str, tmp_path: Path) -> None:
    clean = {k: v for k, v in os.environ.items() if k != "QT_QPA_PLATFORM"}
    done = subprocess.run(
        [sys.executable, "-m", "ablator", *words], capture_output=True, text=True, env=clean, cwd=tmp_path
    )
    assert done.returncode == status
    assert done.stderr.count("\n") == 1
    assert says in done.stderr
    assert not (tmp_path / "x.png").exists()


def test_without_a_display_the_window_says_what_to_do_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    done = run(WAYLAND_DISPLAY="")
    assert done.returncode == 3
    assert "ablator screenshot" in done.stderr
    assert done.stderr.count("\n") == 1
