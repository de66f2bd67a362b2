"""What the keyboard does in the graph."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from ablator.ui.graph.clipboard import ELEMENTS
from ablator.ui.graph.walk import step

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from ablator.app.document import Document
    from ablator.ui.graph.view import GraphPanel

CONTROL = Qt.KeyboardModifier.ControlModifier


def test_every_card_is_reached_by_arrows(qtbot: "QtBot", panel: "GraphPanel", document: "Document") -> None:
    qtbot.keyClick(panel.view, Qt.Key.Key_Home)
    assert document.selection == ("token",)
    seen = {"token"}
    for _ in range(len(document.study.elements) + 2):
        qtbot.keyClick(panel.view, Qt.Key.Key_Right)
        seen.add(document.selection[0])
    assert seen == set(document.study.elements)


def test_down_follows_a_relation(qtbot: "QtBot", panel: "GraphPanel", document: "Document") -> None:
    document.select(["gate"])
    qtbot.keyClick(panel.view, Qt.Key.Key_Down)
    assert document.selection == ("heads",)
    qtbot.keyClick(panel.view, Qt.Key.Key_Down)
    assert document.selection == ("softmax",)
    qtbot.keyClick(panel.view, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert len(document.selection) == 2


def test_a_step_beyond_the_last_card_leads_nowhere() -> None:
    card = QRectF(0, 0, 10, 10)
    assert step(card, "down", {"a": QRectF(0, -40, 10, 10)}, ()) is None
    assert step(card, "right", {"a": QRectF(-20, 0, 10, 10)}, ()) is None
    assert step(card, "left", {"a": QRectF(-20, 0, 10, 10)}, ()) == "a"


def test_delete_and_undo(qtbot: "QtBot", panel: "GraphPanel", document: "Document", refused: list[str]) -> None:
    document.select(["softmax"])
    before = {k: c.pos() for k, c in panel.scene.cards.items()}
    qtbot.keyClick(panel.view, Qt.Key.Key_Delete)
    assert "softmax" not in panel.scene.cards
    assert "stood on what was removed" in refused[-1]
    document.undo()
    panel.scene.settle()
    assert {k: c.pos() for k, c in panel.scene.cards.items()} == before
    assert "heads requires softmax" in panel.scene.lines.lines


def test_remove_and_undo_two_hundred_times(panel: "GraphPanel", document: "Document") -> None:
    document.select(["rope"])
    panel.delete_selected()
    for _ in range(200):
        document.undo()
        document.redo()
    document.undo()
    panel.scene.settle()
    assert "rope" in panel.scene.cards
    assert set(panel.scene.lines.lines) == set(document.study.relations)


def test_enter_inspects_and_f2_renames(qtbot: "QtBot", panel: "GraphPanel", document: "Document") -> None:
    document.select(["norm"])
    with qtbot.waitSignal(panel.inspect_requested) as told:
        qtbot.keyClick(panel.view, Qt.Key.Key_Return)
    assert told.args == ["norm"]
    qtbot.keyClick(panel.view, Qt.Key.Key_F2)
    assert panel.name_edit.isVisible()
    qtbot.keyClick(panel.name_edit, Qt.Key.Key_Escape)
    assert not panel.name_edit.isVisible()
    assert document.study.elements["norm"].name == "RMSNorm"


def test_copy_paste_duplicate_and_cut(qtbot: "QtBot", panel: "GraphPanel", document: "Document") -> None:
    document.select(["heads", "softmax"])
    qtbot.keyClick(panel.view, Qt.Key.Key_C, CONTROL)
    data = QGuiApplication.clipboard().mimeData()
    assert data.hasFormat(ELEMENTS)
    assert data.text().startswith("flowchart TD\n")
    assert "|requires|" in data.text()
    qtbot.keyClick(panel.view, Qt.Key.Key_V, CONTROL)
    assert document.selection == ("heads-2", "softmax-2")
    assert "heads-2 requires softmax-2" in document.study.relations
    assert document.undo_stack.undoText() == "Paste 2 elements"
    qtbot.keyClick(panel.view, Qt.Key.Key_D, CONTROL)
    assert document.undo_stack.undoText() == "Duplicate 2 elements"
    qtbot.keyClick(panel.view, Qt.Key.Key_X, CONTROL)
    assert "heads-3" not in document.study.elements


def test_a_broken_clipboard_is_refused(panel: "GraphPanel", document: "Document", refused: list[str]) -> None:
    from PySide6.QtCore import QMimeData

    before = document.study
    for raw in (b"", b"{", b'{"elements":[{"id":1}]}', b"[" * 5000):
        data = QMimeData()
        data.setData(ELEMENTS, raw)
        QGuiApplication.clipboard().setMimeData(data)
        panel.paste()
    assert document.study is before
    assert len(refused) == 4


def test_the_menu_key_opens_a_menu_of_the_card(panel: "GraphPanel", document: "Document") -> None:
    from PySide6.QtCore import QPoint
    from PySide6.QtGui import QContextMenuEvent
    from PySide6.QtWidgets import QApplication

    document.select(["rope"])
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(0, 0), QPoint(0, 0))
    QApplication.sendEvent(panel.view.viewport(), event)
    menu = next(m for m in panel.findChildren(QMenu) if m.isVisible())
    texts = [a.text() for a in menu.actions()]
    assert "Rename…" in texts
    assert "Delete" in texts
    next(a for a in menu.actions() if a.text() == "Delete").trigger()
    menu.close()
    assert "rope" not in document.study.elements


def test_align_and_unpin(panel: "GraphPanel", document: "Document") -> None:
    document.select(["lr", "norm"])
    panel.align("left")
    places = [document.study.elements[k].place for k in ("lr", "norm")]
    assert places[0] is not None
    assert places[1] is not None
    assert places[0][0] == places[1][0]
    panel.editing.unpin(["lr", "norm"])
    assert document.study.elements["lr"].place is None
