"""Frames of the graph with many cards, zooming and panning; prints times, fails nothing."""

import statistics
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.benchmarks import graphs

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


FRAMES = 60


@pytest.mark.slow
@pytest.mark.parametrize("size", [1000, 10_000])
def test_frames(qtbot: "QtBot", size: int, capsys: pytest.CaptureFixture[str]) -> None:
    from PySide6.QtCore import QPointF, Qt
    from PySide6.QtGui import QPainter, QPixmap
    from PySide6.QtWidgets import QGraphicsScene, QGraphicsView

    from ablator.app.document import Document
    from ablator.app.theme import Theme
    from ablator.ui.graph.view import GraphPanel

    study = graphs.study(size)
    document = Document(graphs.Silent())
    theme = Theme("light")
    panel = GraphPanel(document, theme)
    theme.setParent(panel)
    qtbot.addWidget(panel)
    panel.resize(1280, 800)
    start = time.perf_counter()
    document.load(study, None, None)
    populate = time.perf_counter() - start
    with qtbot.waitExposed(panel):
        panel.show()
    port = panel.view.viewport()
    picture = QPixmap(port.size())
    picture.fill(Qt.GlobalColor.white)
    camera = panel.view.camera
    middle = panel.scene.content.center()

    def frame(before: Callable[[int], None], n: int) -> float:
        before(n)
        begun = time.perf_counter()
        port.render(picture)
        return (time.perf_counter() - begun) * 1000

    def naive(at: float) -> float:
        """Median frame of plain scene items in the same places, for the ratio."""
        scene = QGraphicsScene()
        for key, card in panel.scene.cards.items():
            scene.addRect(card.rect())
            scene.addSimpleText(card.face.name).setPos(card.pos() + QPointF(8, 8))
            for rid in panel.scene.lines.touching(key):
                if panel.scene.lines.lines[rid].source == key:
                    scene.addPath(panel.scene.lines.lines[rid].shape.path)
        view = QGraphicsView(scene)
        qtbot.addWidget(view)
        view.setRenderHint(QPainter.RenderHint.Antialiasing)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.resize(port.size())
        view.scale(at, at)
        took = []
        for n in range(7):
            view.centerOn(middle + QPointF(n * 17.0, n * 5.0))
            begun = time.perf_counter()
            view.viewport().render(picture)
            took.append((time.perf_counter() - begun) * 1000)
        return statistics.median(took)

    def zoom(n: int) -> None:
        camera.look(middle, 0.05 * 1.07**n)

    def pan(at: float) -> Callable[[int], None]:
        return lambda n: camera.look(middle + QPointF(n * 17.0, n * 5.0), at)

    lines = [f"{len(study.elements)} cards, {len(study.relations)} relations: shown after {populate * 1000:.0f} ms"]
    for name, before in (
        ("zoom .05 … 2.7", zoom),
        ("pan at .1", pan(0.1)),
        ("pan at .35", pan(0.35)),
        ("pan at 1", pan(1.0)),
    ):
        frame(before, 0)
        took = sorted(frame(before, n) for n in range(FRAMES))
        lines.append(f"{name}: median {statistics.median(took):.1f} ms, p95 {took[int(len(took) * 0.95)]:.1f} ms")
    for at in (0.1, 0.35, 1.0) if size <= 1000 else ():
        ours = statistics.median(frame(pan(at), n) for n in range(7))
        lines.append(f"at {at}: {ours / naive(at):.2f} x plain scene items")
    with capsys.disabled():
        print("\n" + "\n  ".join(lines))
