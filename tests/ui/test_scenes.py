"""The scenes without a display, with a watchdog on the thread of the window."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ablator.app.jobs import Jobs
from tests.ui.disk_scenes import DISK_SCENES
from tests.ui.hands import TestHands, Watchdog
from tests.ui.scenes import SCENES, Stage, staged

LONGEST_S = 1.0
"""Far above what is wanted, 50 ms, so that a busy machine does not fail a test; `-s` shows what was measured."""


@pytest.fixture(scope="module")
def jobs(qapp: object) -> Iterator[Jobs]:
    jobs = Jobs()
    jobs.warm_up()
    yield jobs
    jobs.stop()


@pytest.fixture
def stage(qtbot: QtBot, jobs: Jobs, tmp_path: Path) -> Stage:
    window, answers = staged(qtbot, jobs, tmp_path)
    return Stage(window, TestHands(window, qtbot), qtbot, tmp_path, answers=answers)


@pytest.mark.parametrize("scene", [*SCENES, *DISK_SCENES], ids=lambda scene: scene.__name__)
def test_scene(scene: Callable[[Stage], None], stage: Stage) -> None:
    watchdog = Watchdog()
    scene(stage)
    watchdog.stop()
    longest, most = watchdog.longest * 1000, watchdog.most_work * 1000
    print(f"{scene.__name__}: blocked for {longest:.0f} ms at most, worked for {most:.0f} ms of them")
    assert watchdog.most_work < LONGEST_S
