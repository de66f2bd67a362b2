"""The graph for those who do not see it: the current card is told in words."""

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QGraphicsView

from ablator.ui.graph.faces import say, spoken
from ablator.ui.graph.scene import GraphScene


def describe(view: QGraphicsView, scene: GraphScene, current: str = "") -> None:
    """Give the view a name that counts its cards, and tell the current card where a screen reader listens."""
    view.setAccessibleName(say("Graph, {0} elements").format(len(scene.cards)))
    text = spoken(scene.study, current, scene.state_of(current)) if current in scene.cards else ""
    view.setAccessibleDescription(text)
    if text and QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(view, text))
