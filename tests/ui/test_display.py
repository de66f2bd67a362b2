"""The scenes on a real display: keys and mouse come from the X server, as from a person."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ablator.app.jobs import Jobs
from tests.ui.disk_scenes import DISK_SCENES
from tests.ui.hands import RealHands
from tests.ui.scenes import SCENES, Stage, staged

pytestmark = pytest.mark.display


@pytest.fixture(scope="module")
def jobs(qapp: object) -> Iterator[Jobs]:
    jobs = Jobs()
    jobs.warm_up()
    yield jobs
    jobs.stop()


@pytest.fixture
def stage(qtbot: QtBot, jobs: Jobs, tmp_path: Path) -> Iterator[Stage]:
    window, answers = staged(qtbot, jobs, tmp_path)
    hands = RealHands(window, qtbot)
    yield Stage(window, hands, qtbot, tmp_path, patient=True, answers=answers)
    hands.close()


@pytest.mark.parametrize("scene", [*SCENES, *DISK_SCENES], ids=lambda scene: scene.__name__)
def test_scene_on_a_display(scene: Callable[[Stage], None], stage: Stage) -> None:
    scene(stage)
