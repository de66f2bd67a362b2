"""The panel of plots: chooses, copies, saves, and is made only when seen."""

from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from ablator.app.document import Document
from ablator.app.theme import Theme
from ablator.ui.plots.panel import PlotsPanel
from tests.ui.panel_studies import loaded


@pytest.fixture
def document(qapp: object) -> Document:
    return loaded()


def panel(qtbot: QtBot, document: Document, path: str = "", chosen: str = "") -> PlotsPanel:
    made = PlotsPanel(document, Theme("light"), ask_path=lambda *_: (path, chosen))
    qtbot.addWidget(made)
    made.resize(800, 400)
    return made


def test_nothing_is_made_out_of_sight(qtbot: QtBot, document: Document) -> None:
    made = panel(qtbot, document)
    assert made.canvas.figure is None
    made.show()
    assert made.canvas.figure is not None
    assert made.canvas.accessibleName() == "Effects on the baseline"
    assert "Record values per seed" in made.canvas.accessibleDescription()


def test_an_empty_plot_can_neither_be_copied_nor_saved(qtbot: QtBot, document: Document) -> None:
    made = panel(qtbot, document)
    made.show()
    assert not made.copy_button.isEnabled()
    made.show_kind("power")
    assert made.copy_button.isEnabled()
    assert made.save_button.isEnabled()


def test_copying_puts_a_picture_on_the_clipboard(qtbot: QtBot, document: Document) -> None:
    made = panel(qtbot, document)
    made.show()
    made.show_kind("power")
    with qtbot.waitSignal(made.message):
        made.copy()
    assert QGuiApplication.clipboard().image().width() == 1600


@pytest.mark.parametrize(("name", "chosen", "written"), [("p.pdf", "", "p.pdf"), ("p", "PNG (*.png)", "p.png")])
def test_saving_follows_the_name(
    qtbot: QtBot, document: Document, tmp_path: Path, name: str, chosen: str, written: str
) -> None:
    made = panel(qtbot, document, str(tmp_path / name), chosen)
    made.show()
    made.show_kind("power")
    with qtbot.waitSignal(made.message) as said:
        made.save()
    assert said.args == [f"Saved {written}"]
    assert (tmp_path / written).stat().st_size > 1000


def test_a_place_that_cannot_be_written_is_told(qtbot: QtBot, document: Document, tmp_path: Path) -> None:
    made = panel(qtbot, document, str(tmp_path / "missing" / "p.svg"))
    made.show()
    made.show_kind("power")
    with qtbot.waitSignal(made.message) as said:
        made.save()
    assert "p.svg" in said.args[0]
    assert not said.args[0].startswith("Saved")


def test_without_a_study_it_says_when_plots_appear(qtbot: QtBot) -> None:
    made = panel(qtbot, Document())
    made.show()
    assert made.canvas.figure is not None
    assert "Plots appear here" in made.canvas.figure.empty
