"""Folded blocks are opened on demand: one row each, with their share, beside the card."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from ablator.app.document import Document
from ablator.app.theme import Theme
from ablator.core.elements import Element, Info
from ablator.core.study import Study, study_from
from ablator.files.study_file import open_study
from ablator.resources import resource
from ablator.ui.graph.blocks import MOST, BlocksFrame, block_rows
from ablator.ui.graph.view import GraphPanel


def example() -> Study:
    return open_study(Path(str(resource("examples", "flat-decoder/flat-decoder.ablation"))))[0]


@pytest.fixture
def panel(qtbot: QtBot) -> GraphPanel:
    document = Document()
    document.load(example(), None, None)
    made = GraphPanel(document, Theme("light"))
    qtbot.addWidget(made)
    made.resize(900, 600)
    made.show()
    qtbot.waitExposed(made)
    return made


def test_the_menu_of_a_folded_card_opens_its_blocks(qtbot: QtBot, panel: GraphPanel) -> None:
    study = panel._document.study
    key = next(k for k, e in sorted(study.elements.items()) if e.blocks and e.blocks > 1)
    count = study.elements[key].blocks
    panel._document.select([key])
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(0, 0), QPoint(0, 0))
    QApplication.sendEvent(panel.view.viewport(), event)
    menu = next(m for m in panel.findChildren(QMenu) if m.isVisible())
    row = next(a for a in menu.actions() if a.text() == f"Open the {count} blocks")
    row.trigger()
    menu.close()
    frame = panel.findChildren(BlocksFrame)[0]
    assert frame.list.count() == count
    assert frame.list.item(0).text().startswith("Block 1")
    qtbot.keyClick(frame.list, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not panel.findChildren(BlocksFrame))


def test_blocks_share_the_parameters_and_are_never_too_many() -> None:
    element = Element(id="x", lane="instantiation", kind="idea", blocks=3000, parameters=6_000_000, parameter_share=0.6)
    rows = block_rows(study_from(Info(), [element], []), None, "x")
    assert "2" in rows[0]
    assert "parameters" in rows[0]
    assert len(rows) == MOST + 1


def test_a_card_for_one_block_has_no_such_row(panel: GraphPanel) -> None:
    study = panel._document.study
    key = next(k for k, e in study.elements.items() if not e.blocks)
    panel.open_blocks(key)
    assert not panel.findChildren(BlocksFrame)
