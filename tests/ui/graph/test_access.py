"""What a screen reader finds in the graph."""

from typing import TYPE_CHECKING

from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QLabel

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from ablator.app.document import Document
    from ablator.ui.graph.view import GraphPanel


def test_every_card_has_a_role_a_name_and_a_place(panel: "GraphPanel", document: "Document") -> None:
    graph = QAccessible.queryAccessibleInterface(panel.view)
    assert graph.role() == QAccessible.Role.List
    assert graph.text(QAccessible.Text.Name) == "Graph, 14 elements"
    assert graph.childCount() == len(document.study.elements)
    names = set()
    for i in range(graph.childCount()):
        card = graph.child(i)
        assert card.role() == QAccessible.Role.ListItem
        assert not card.rect().isEmpty()
        assert graph.indexOfChild(card) == i
        names.add(card.text(QAccessible.Text.Name))
    assert names == {e.name for e in document.study.elements.values()}


def test_a_card_tells_more_than_its_name(panel: "GraphPanel") -> None:
    graph = QAccessible.queryAccessibleInterface(panel.view)
    cards = [graph.child(i) for i in range(graph.childCount())]
    rope = next(c for c in cards if c.text(QAccessible.Text.Name) == "RoPE")
    words = rope.text(QAccessible.Text.Description)
    assert "Idea RoPE" in words
    assert "requires Softmax attention" in words
    middle = rope.rect().center()
    assert graph.childAt(middle.x(), middle.y()).text(QAccessible.Text.Name) == "RoPE"


def test_cards_that_are_gone_are_no_longer_told(panel: "GraphPanel", document: "Document") -> None:
    graph = QAccessible.queryAccessibleInterface(panel.view)
    cards = [graph.child(i) for i in range(graph.childCount())]
    rope = next(c for c in cards if c.text(QAccessible.Text.Name) == "RoPE")
    document.select(["rope"])
    panel.delete_selected()
    assert not rope.isValid()
    assert rope.text(QAccessible.Text.Name) == ""
    assert graph.childCount() == len(document.study.elements)


def test_other_widgets_keep_their_own_interfaces(qtbot: "QtBot", panel: "GraphPanel") -> None:
    label = QLabel("words")
    qtbot.addWidget(label)
    assert QAccessible.queryAccessibleInterface(label).text(QAccessible.Text.Name) == "words"
