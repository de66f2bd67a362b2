"""What the mouse does in the graph, with real events."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDropEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QMenu

from ablator.ui.graph.clipboard import LIBRARY

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from ablator.app.document import Document
    from ablator.ui.graph.view import GraphPanel

LEFT = Qt.MouseButton.LeftButton


def middle(panel: "GraphPanel", key: str) -> QPoint:
    """The middle of a card in the viewport."""
    return panel.view.mapFromScene(panel.scene.cards[key].rect().center())


def send(panel: "GraphPanel", kind: QEvent.Type, at: QPoint, button: Qt.MouseButton, held: Qt.MouseButton) -> None:
    port = panel.view.viewport()
    place = QPointF(at)
    event = QMouseEvent(kind, place, QPointF(port.mapToGlobal(at)), button, held, QApplication.keyboardModifiers())
    QApplication.sendEvent(port, event)


def press(panel: "GraphPanel", at: QPoint, button: Qt.MouseButton = LEFT) -> None:
    send(panel, QEvent.Type.MouseButtonPress, at, button, button)


def hover(panel: "GraphPanel", at: QPoint) -> None:
    send(panel, QEvent.Type.MouseMove, at, Qt.MouseButton.NoButton, Qt.MouseButton.NoButton)


def drag(panel: "GraphPanel", at: QPoint, button: Qt.MouseButton = LEFT) -> None:
    send(panel, QEvent.Type.MouseMove, at, Qt.MouseButton.NoButton, button)


def release(panel: "GraphPanel", at: QPoint, button: Qt.MouseButton = LEFT) -> None:
    send(panel, QEvent.Type.MouseButtonRelease, at, button, Qt.MouseButton.NoButton)


def relate(panel: "GraphPanel", source: str, target: str) -> None:
    """Draw a line from the handle of one card to another, without letting go."""
    hover(panel, middle(panel, source))
    card = panel.scene.cards[source]
    press(panel, panel.view.mapFromScene(card.pos() + card.handles()[1]))
    drag(panel, middle(panel, target))


def test_a_click_selects_and_a_click_beside_selects_nothing(panel: "GraphPanel", document: "Document") -> None:
    press(panel, middle(panel, "rope"))
    release(panel, middle(panel, "rope"))
    assert document.selection == ("rope",)
    assert panel.scene.cards["rope"].selected
    ground = panel.view.mapFromScene(panel.scene.content.topRight()) - QPoint(6, -6)
    press(panel, ground)
    release(panel, ground)
    assert document.selection == ()


def test_what_falls_lights_up(panel: "GraphPanel", document: "Document") -> None:
    document.select(["softmax"])
    cards = panel.scene.cards
    assert {k for k, c in cards.items() if c.falls} == {"heads", "rope"}
    assert cards["norm"].faded
    assert not cards["heads"].faded
    document.select([])
    assert not any(c.faded or c.falls for c in cards.values())


def test_hovering_lights_what_falls(qtbot: "QtBot", panel: "GraphPanel") -> None:
    hover(panel, middle(panel, "softmax"))
    qtbot.waitUntil(lambda: panel.scene.cards["heads"].falls)
    QApplication.sendEvent(panel.view.viewport(), QEvent(QEvent.Type.Leave))
    qtbot.waitUntil(lambda: not panel.scene.cards["heads"].falls)


def test_a_relation_is_drawn_from_a_handle(panel: "GraphPanel", document: "Document") -> None:
    relate(panel, "norm", "position")
    gesture = panel.view.gesture
    assert gesture is not None
    assert gesture.label() == ("instantiates", True)
    release(panel, middle(panel, "position"))
    assert "norm instantiates position" in document.study.relations
    document.undo()
    assert "norm instantiates position" not in document.study.relations


def test_a_relation_that_may_not_be_is_refused_at_the_cursor(
    panel: "GraphPanel", document: "Document", refused: list[str]
) -> None:
    before = document.study
    relate(panel, "attention", "position")
    gesture = panel.view.gesture
    assert gesture is not None
    words, good = gesture.label()
    assert not good
    panel.grab()
    release(panel, middle(panel, "position"))
    assert words.startswith("no relation leads from a claim to a claim")
    assert refused == [words]
    assert document.study is before


def test_a_circle_of_requirements_is_refused(panel: "GraphPanel", document: "Document") -> None:
    from ablator.ui.graph.relating import fit

    found = fit(document.study, "softmax", "heads")
    assert "requires" not in found.kinds
    assert "circle" in found.reason


def test_several_kinds_open_a_small_menu(qtbot: "QtBot", panel: "GraphPanel", document: "Document") -> None:
    relate(panel, "norm", "gate")
    release(panel, middle(panel, "gate"))
    menu = next(m for m in panel.findChildren(QMenu) if m.isVisible())
    kinds = [a.text() for a in menu.actions()]
    assert kinds[0] == "requires"
    assert {"interacts", "excludes"} <= set(kinds)
    qtbot.keyClick(menu, Qt.Key.Key_Return)
    assert "norm requires gate" in document.study.relations


def test_escape_leaves_everything_as_it_was(qtbot: "QtBot", panel: "GraphPanel", document: "Document") -> None:
    before = document.study
    relate(panel, "norm", "position")
    qtbot.keyClick(panel.view, Qt.Key.Key_Escape)
    assert panel.view.gesture is None
    release(panel, middle(panel, "position"))
    place = QPointF(panel.scene.cards["rope"].pos())
    start = middle(panel, "rope")
    press(panel, start)
    drag(panel, start + QPoint(90, 0))
    assert panel.scene.cards["rope"].pos() != place
    qtbot.keyClick(panel.view, Qt.Key.Key_Escape)
    release(panel, start + QPoint(90, 0))
    assert panel.scene.cards["rope"].pos() == place
    assert document.study is before


def test_moving_pins_within_the_lane(panel: "GraphPanel", document: "Document") -> None:
    start = middle(panel, "rope")
    press(panel, start)
    drag(panel, start + QPoint(40, 4000))
    release(panel, start + QPoint(40, 4000))
    panel.scene.settle()
    place = document.study.elements["rope"].place
    assert place is not None
    top, bottom = panel.scene.bands["instantiation"]
    assert top <= place[1] <= bottom
    assert panel.scene.cards["rope"].pos() == QPointF(*place)
    document.undo()
    panel.scene.settle()
    assert document.study.elements["rope"].place is None


def test_a_rubber_band_selects_what_it_touches(panel: "GraphPanel", document: "Document") -> None:
    rects = [panel.scene.cards[k].rect() for k in ("lr", "batch", "noise", "length")]
    area = rects[0]
    for r in rects[1:]:
        area = area.united(r)
    start = panel.view.mapFromScene(area.topLeft()) - QPoint(6, 6)
    end = panel.view.mapFromScene(area.bottomRight()) + QPoint(6, 4)
    press(panel, start)
    drag(panel, end)
    panel.grab()
    release(panel, end)
    assert set(document.selection) == {"lr", "batch", "noise", "length"}


def test_double_click_renames_in_place(qtbot: "QtBot", panel: "GraphPanel", document: "Document") -> None:
    send(panel, QEvent.Type.MouseButtonDblClick, middle(panel, "norm"), LEFT, LEFT)
    assert panel.name_edit.isVisible()
    qtbot.keyClicks(panel.name_edit, "Layer <b>norm</b>")
    qtbot.keyClick(panel.name_edit, Qt.Key.Key_Return)
    assert document.study.elements["norm"].name == "Layer <b>norm</b>"
    assert panel.scene.cards["norm"].face.name == "Layer <b>norm</b>"
    document.undo()
    assert panel.scene.cards["norm"].face.name == "RMSNorm"


def test_an_empty_name_is_refused(
    qtbot: "QtBot", panel: "GraphPanel", document: "Document", refused: list[str]
) -> None:
    panel.rename("norm")
    panel.name_edit.clear()
    qtbot.keyClick(panel.name_edit, Qt.Key.Key_Return)
    assert document.study.elements["norm"].name == "RMSNorm"
    assert refused == ["a name cannot be empty"]


def test_the_wheel_zooms_to_the_pointer(panel: "GraphPanel") -> None:
    at = QPointF(300, 200)
    under = panel.view.mapToScene(at.toPoint())
    event = QWheelEvent(
        at,
        QPointF(panel.view.viewport().mapToGlobal(at.toPoint())),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(panel.view.viewport(), event)
    assert panel.view.camera.zoom > 1.2
    assert (panel.view.mapToScene(at.toPoint()) - under).manhattanLength() < 3


def test_the_middle_button_pans(panel: "GraphPanel") -> None:
    start, centre = QPoint(400, 300), panel.view.camera.centre()
    press(panel, start, Qt.MouseButton.MiddleButton)
    drag(panel, start + QPoint(-60, 30), Qt.MouseButton.MiddleButton)
    release(panel, start + QPoint(-60, 30), Qt.MouseButton.MiddleButton)
    moved = panel.view.camera.centre() - centre
    assert abs(moved.x() - 60) < 2
    assert abs(moved.y() + 30) < 2


def test_space_and_drag_pans(qtbot: "QtBot", panel: "GraphPanel", document: "Document") -> None:
    centre = panel.view.camera.centre()
    qtbot.keyPress(panel.view, Qt.Key.Key_Space)
    start = middle(panel, "rope")
    press(panel, start)
    drag(panel, start + QPoint(50, 0))
    release(panel, start + QPoint(50, 0))
    qtbot.keyRelease(panel.view, Qt.Key.Key_Space)
    assert abs((panel.view.camera.centre() - centre).x() + 50) < 2
    assert document.selection == ()


def _drop(panel: "GraphPanel", library_id: str) -> None:
    data = QMimeData()
    data.setData(LIBRARY, library_id.encode())
    event = QDropEvent(
        QPointF(200, 200), Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier, QEvent.Type.Drop
    )
    panel.view.dropEvent(event)


def test_a_row_of_the_library_is_dropped(panel: "GraphPanel", document: "Document") -> None:
    _drop(panel, "residual_connection")
    assert document.study.elements["residual_connection"].kind == "idea"
    assert document.selection == ("residual_connection",)
    assert "residual_connection" in panel.scene.cards
    document.undo()
    assert "residual_connection" not in panel.scene.cards


def test_dropping_nonsense_says_so(panel: "GraphPanel", document: "Document", refused: list[str]) -> None:
    before = document.study
    _drop(panel, "no such <thing>")
    assert document.study is before
    assert refused == ["the library has no no such <thing>"]


def test_dropping_what_is_there_selects_it(panel: "GraphPanel", document: "Document") -> None:
    _drop(panel, "residual_connection")
    document.select([])
    before = document.study
    _drop(panel, "residual_connection")
    assert document.study is before
    assert document.selection == ("residual_connection",)
