"""The graph for those who do not see it: every card has a role, a name and a place, and the current one is told."""

from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QObject, QPointF, QRect
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleEvent, QAccessibleInterface, QWindow

from ablator.ui.graph.faces import say, spoken

if TYPE_CHECKING:
    from ablator.ui.graph.canvas import GraphView


class CardAccess(QAccessibleInterface):
    """One card as an item of a list. Holds only the id: what it says comes from the scene each time."""

    def __init__(self, graph: "GraphAccess", key: str) -> None:
        super().__init__()
        self.graph = graph
        self.key = key

    def isValid(self) -> bool:
        return self.graph.isValid() and self.key in self.graph.view.graph.cards

    def object(self) -> QObject | None:  # type: ignore[override]
        return None

    def window(self) -> QWindow | None:  # type: ignore[override]
        return self.graph.window()

    def parent(self) -> QAccessibleInterface:
        return self.graph

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]
        return None

    def childCount(self) -> int:
        return 0

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return -1

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]
        return None

    def rect(self) -> QRect:
        if not self.isValid():
            return QRect()
        view = self.graph.view
        place = view.mapFromScene(view.graph.cards[self.key].rect()).boundingRect()
        return QRect(view.viewport().mapToGlobal(place.topLeft()), place.size())

    def role(self) -> QAccessible.Role:
        return QAccessible.Role.ListItem

    def state(self) -> QAccessible.State:
        state = QAccessible.State()
        state.focusable = state.selectable = True
        if self.isValid():
            view = self.graph.view
            card = view.graph.cards[self.key]
            state.selected = card.selected
            state.focused = view.current == self.key and view.hasFocus()
            state.offscreen = not card.rect().intersects(view.camera.seen())
        else:
            state.invalid = True
        return state

    def text(self, kind: QAccessible.Text) -> str:
        if not self.isValid() or kind not in {QAccessible.Text.Name, QAccessible.Text.Description}:
            return ""
        scene = self.graph.view.graph
        if kind == QAccessible.Text.Name:
            return scene.cards[self.key].face.name
        return spoken(scene.study, self.key, scene.state_of(self.key))

    def setText(self, kind: QAccessible.Text, text: str) -> None:
        """Names are edited in the window."""


class GraphAccess(QAccessibleInterface):
    """The view as a list of cards in reading order. Keeps one interface a card, so that Qt may hold on to them."""

    def __init__(self, view: "GraphView") -> None:
        super().__init__()
        self.view = view
        self._cards: dict[str, CardAccess] = {}
        self._order: list[str] | None = None
        view.graph.touched.connect(self._forget)

    def _forget(self) -> None:
        self._order = None

    def order(self) -> list[str]:
        """Ids of the cards that are shown."""
        if self._order is None:
            self._order = self.view.graph.in_order() if self.isValid() else []
        return self._order

    def card(self, key: str) -> CardAccess:
        """The interface of a card."""
        if key not in self._cards:
            self._cards[key] = CardAccess(self, key)
        return self._cards[key]

    def isValid(self) -> bool:
        return shiboken6.isValid(self.view)

    def object(self) -> QObject:
        return self.view

    def window(self) -> QWindow | None:  # type: ignore[override]
        return self.view.window().windowHandle() if self.isValid() else None

    def parent(self) -> QAccessibleInterface | None:  # type: ignore[override]
        over = self.view.parentWidget() if self.isValid() else None
        return QAccessible.queryAccessibleInterface(over) if over is not None else None

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]
        order = self.order()
        return self.card(order[index]) if 0 <= index < len(order) else None

    def childCount(self) -> int:
        return len(self.order())

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        order = self.order()
        return order.index(child.key) if isinstance(child, CardAccess) and child.key in order else -1

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]
        if not self.isValid():
            return None
        place = self.view.viewport().mapFromGlobal(QPointF(x, y))
        card = self.view.graph.card_at(self.view.mapToScene(place.toPoint()))
        return self.card(card.id) if card is not None else None

    def focusChild(self) -> QAccessibleInterface | None:  # type: ignore[override]
        current = self.view.current if self.isValid() else None
        return self.card(current) if current in self.order() and current else None

    def rect(self) -> QRect:
        if not self.isValid():
            return QRect()
        port = self.view.viewport()
        return QRect(port.mapToGlobal(port.rect().topLeft()), port.size())

    def role(self) -> QAccessible.Role:
        return QAccessible.Role.List

    def state(self) -> QAccessible.State:
        state = QAccessible.State()
        state.focusable = True
        if self.isValid():
            state.focused = self.view.hasFocus()
            state.invisible = not self.view.isVisible()
        return state

    def text(self, kind: QAccessible.Text) -> str:
        if not self.isValid():
            return ""
        if kind == QAccessible.Text.Name:
            return self.view.accessibleName()
        return self.view.accessibleDescription() if kind == QAccessible.Text.Description else ""

    def setText(self, kind: QAccessible.Text, text: str) -> None:
        """The name counts the cards and cannot be set."""


_INTERFACES: dict[int, GraphAccess] = {}
"""Qt holds interfaces without owning the Python side: they live here as long as their view."""


def _factory(key: str, thing: QObject) -> QAccessibleInterface | None:
    from ablator.ui.graph.canvas import GraphView

    if not isinstance(thing, GraphView):
        return None
    number = id(thing)
    if number not in _INTERFACES or _INTERFACES[number].view is not thing:
        _INTERFACES[number] = GraphAccess(thing)
        thing.destroyed.connect(lambda *_: _INTERFACES.pop(number, None))
    return _INTERFACES[number]


_installed: list[bool] = []


def install() -> None:
    """Let screen readers into graphs; once is enough."""
    if not _installed:
        _installed.append(True)
        QAccessible.installFactory(_factory)


def describe(view: "GraphView", current: str = "") -> None:
    """Give the view a name that counts its cards, and tell the current card where a screen reader listens."""
    scene = view.graph
    view.setAccessibleName(say("Graph, {0} elements").format(len(scene.cards)))
    text = spoken(scene.study, current, scene.state_of(current)) if current in scene.cards else ""
    view.setAccessibleDescription(text)
    if not text or not QAccessible.isActive():
        return
    order = scene.in_order()
    if current in order and view.hasFocus():
        event = QAccessibleEvent(view, QAccessible.Event.Focus)
        event.setChild(order.index(current))
        QAccessible.updateAccessibility(event)
    QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(view, text))
