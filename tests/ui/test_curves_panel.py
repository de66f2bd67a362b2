"""The curves with their marks: what is shown, how values are read, and how symptom and mark find each other."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QImage
from pytestqt.qtbot import QtBot

from ablator.app.document import Document
from ablator.app.theme import Theme
from ablator.core import edits
from ablator.core.elements import Evidence
from ablator.files.study_file import open_study
from ablator.resources import resource
from ablator.ui.curves_panel import CurvesPanel
from tests.ui.panel_studies import decoder, loaded


@pytest.fixture
def panel(qtbot: QtBot) -> CurvesPanel:
    path = Path(str(resource("examples", "flat-decoder/flat-decoder.ablation")))
    made = CurvesPanel(loaded(open_study(path)[0]), Theme("light"))
    qtbot.addWidget(made)
    made.resize(1000, 320)
    made.show()
    qtbot.waitExposed(made)
    return made


def test_the_example_shows_its_loss_with_the_symptoms(panel: CurvesPanel) -> None:
    assert panel.charts[0].accessibleName() == "Curves of loss, eval_loss"
    assert "eval_loss goes from 2.8468 at step 40 to 2.5201 at step 480" in panel.charts[0].accessibleDescription()
    rows = [panel.list.item(n).text() for n in range(panel.list.count())]
    assert rows[0].startswith("1  Flat after the first part")
    assert any("Rate is zero for a long tail" in row for row in rows)


def test_a_mark_and_its_symptom_find_each_other(panel: CurvesPanel, qtbot: QtBot) -> None:
    rate = next(c for c in panel.charts if c.chart.name == "learning_rate")
    panel.list.setCurrentRow(0)
    assert {c.chosen for c in panel.charts} == {panel.list.item(0).data(Qt.ItemDataRole.UserRole)}
    marks = [
        QPoint(x, y)
        for x in range(0, rate.width(), 4)
        for y in range(0, rate.height(), 4)
        if rate.mark_under(QPoint(x, y)) == "learning-rate-dead-tail"
    ]
    assert marks
    qtbot.mouseClick(rate, Qt.MouseButton.LeftButton, pos=marks[len(marks) // 2])
    assert rate.chosen == "learning-rate-dead-tail"
    assert "Rate is zero" in panel.list.currentItem().text()


def test_arrow_keys_read_values(panel: CurvesPanel, qtbot: QtBot) -> None:
    first = panel.charts[0]
    first.setFocus()
    qtbot.keyClick(first, Qt.Key.Key_Right)
    assert panel.read.text().startswith("loss 4.1971 at step 10")
    qtbot.keyClick(first, Qt.Key.Key_Right)
    assert " at step 20" in panel.read.text()


def test_a_study_without_a_log_says_what_to_do_and_a_new_curve_appears(qtbot: QtBot) -> None:
    document: Document = loaded(decoder())
    panel = CurvesPanel(document, Theme("dark"))
    qtbot.addWidget(panel)
    panel.show()
    assert panel.empty.isVisible()
    assert "without a training log" in panel.empty.text()
    row = Evidence(id="curve-loss", kind="curve", name="<b>loss</b>", value=[[0, 1], [2.0, 1.0]])
    document.do(edits.record_evidence(document.study, [row]))
    assert not panel.empty.isVisible()
    assert len(panel.charts) == 1
    assert panel.head.text() == "No symptom was found on these curves."
    document.undo()
    assert panel.empty.isVisible()


def test_the_curves_are_copied_and_saved_light(qtbot: QtBot, tmp_path: Path) -> None:
    path = Path(str(resource("examples", "flat-decoder/flat-decoder.ablation")))
    target = tmp_path / "curves"
    panel = CurvesPanel(loaded(open_study(path)[0]), Theme("dark"), ask_path=lambda *_: (str(target), "PNG (*.png)"))
    qtbot.addWidget(panel)
    panel.show()
    assert len(panel.charts) >= 1
    said: list[str] = []
    panel.message.connect(said.append)
    panel.copy()
    copied = QGuiApplication.clipboard().image()
    panel.save()
    saved = QImage(str(tmp_path / "curves.png"))
    assert saved.size() == copied.size()
    assert saved.pixelColor(2, 2).lightness() > 250
    assert len(said) == 2
    for form in ("svg", "pdf"):
        target = tmp_path / f"curves.{form}"
        panel.save()
        assert target.stat().st_size > 1000
