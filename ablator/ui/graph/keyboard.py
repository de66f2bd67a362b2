"""The keys of the graph: walking from card to card, and the usual commands."""

from collections.abc import Callable, Iterable
from typing import Protocol

from PySide6.QtCore import Qt, SignalInstance
from PySide6.QtGui import QKeyEvent, QKeySequence

from ablator.ui.graph.camera import STEP, Camera
from ablator.ui.graph.editing import Editing
from ablator.ui.graph.faces import say
from ablator.ui.graph.ports import GraphDocument
from ablator.ui.graph.scene import GraphScene
from ablator.ui.graph.walk import Way, step

ARROWS: dict[int, Way] = {
    int(Qt.Key.Key_Left): "left",
    int(Qt.Key.Key_Right): "right",
    int(Qt.Key.Key_Up): "up",
    int(Qt.Key.Key_Down): "down",
}
WALKED = frozenset({"requires", "instantiates", "observes"})
"""Kinds along which up and down lead."""


class Walked(Protocol):
    """The view whose keys these are: its current card, its camera, and what it can be told."""

    camera: Camera

    @property
    def current(self) -> str | None:
        """Id of the card that the keyboard stands on."""

    @property
    def gesture(self) -> object | None:
        """The gesture under way."""

    @property
    def inspect(self) -> SignalInstance:
        """A card is to be looked at."""

    @property
    def rename_wanted(self) -> SignalInstance:
        """A card is to be given another name."""

    @property
    def escaped(self) -> SignalInstance:
        """Esc was pressed with nothing to cancel."""

    def select(self, ids: Iterable[str]) -> None:
        """Make these cards the selection."""

    def make_current(self, element_id: str) -> None:
        """Put the keyboard on a card."""

    def cancel(self, reason: str) -> None:
        """End the gesture under way."""


class Keyboard:
    """Turns keys into steps and commands. Owns nothing."""

    def __init__(self, view: Walked, document: GraphDocument, graph: GraphScene, editing: Editing) -> None:
        self._view, self._document, self._graph, self._editing = view, document, graph, editing

    def press(self, event: QKeyEvent) -> bool:
        """Do what a key stands for; False where it stands for nothing."""
        key, view = event.key(), self._view
        held = event.modifiers()
        if key == Qt.Key.Key_Escape:
            self._escape()
        elif key in ARROWS and not held & Qt.KeyboardModifier.ControlModifier:
            self._walk(ARROWS[key], extend=bool(held & Qt.KeyboardModifier.ShiftModifier))
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and view.current:
            view.select([view.current])
            view.inspect.emit(view.current)
        elif key == Qt.Key.Key_F2 and view.current:
            view.rename_wanted.emit(view.current)
        elif key in {Qt.Key.Key_Home, Qt.Key.Key_End}:
            order = self._graph.in_order()
            if order:
                self._go(order[0] if key == Qt.Key.Key_Home else order[-1], extend=False)
        else:
            return self._command(event)
        return True

    def _command(self, event: QKeyEvent) -> bool:
        """The usual keys, for windows whose menus do not take them."""
        held = self._document.selection
        rows: tuple[tuple[QKeySequence.StandardKey, Callable[[], object]], ...] = (
            (QKeySequence.StandardKey.Delete, lambda: self._editing.remove(held)),
            (QKeySequence.StandardKey.Copy, lambda: self._editing.copy(held)),
            (QKeySequence.StandardKey.Cut, lambda: self._editing.cut(held)),
            (QKeySequence.StandardKey.Paste, self._editing.paste),
            (QKeySequence.StandardKey.SelectAll, lambda: self._view.select(self._graph.in_order())),
            (QKeySequence.StandardKey.ZoomIn, lambda: self._view.camera.zoom_by(STEP)),
            (QKeySequence.StandardKey.ZoomOut, lambda: self._view.camera.zoom_by(1 / STEP)),
        )
        for standard, run in rows:
            if event.matches(standard):
                run()
                return True
        if event.key() == Qt.Key.Key_D and event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            self._editing.duplicate(held)
            return True
        return False

    def _escape(self) -> None:
        if self._view.gesture is not None:
            self._view.cancel(say("Esc"))
        elif self._document.selection:
            self._view.select(())
        else:
            self._view.escaped.emit()

    def _walk(self, way: Way, *, extend: bool) -> None:
        cards, current = self._graph.cards, self._view.current
        if current not in cards or current in self._graph.hidden:
            order = self._graph.in_order()
            if order:
                self._go(order[0], extend=extend)
            return
        lines = self._graph.lines
        joined = {
            end
            for rid in lines.touching(current)
            if lines.lines[rid].kind in WALKED
            for end in (lines.lines[rid].source, lines.lines[rid].target)
        } - {current}
        rects = {k: c.rect() for k, c in cards.items() if k not in self._graph.hidden and k != current}
        to = step(cards[current].rect(), way, rects, joined)
        if to is not None:
            self._go(to, extend=extend)

    def _go(self, key: str, *, extend: bool) -> None:
        self._view.make_current(key)
        self._view.select([*(k for k in self._document.selection if k != key), key] if extend else [key])
        self._view.camera.reveal(self._graph.cards[key].rect().adjusted(-16, -16, 16, 16))
