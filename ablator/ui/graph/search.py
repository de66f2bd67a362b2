"""Search as one types: hits stay lit, the view flies to one after the other."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from ablator.ui.graph.bar import GraphBar
from ablator.ui.graph.filters import hits
from ablator.ui.graph.ports import GraphDocument
from ablator.ui.graph.scene import GraphScene


class Search(QObject):
    """Owns the hits of what stands in the search field, and which of them is shown."""

    ended = Signal()
    """Nothing is searched any more."""

    def __init__(
        self, document: GraphDocument, scene: GraphScene, bar: GraphBar, fly_to: Callable[[str], None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._document, self._scene, self._bar, self._fly_to = document, scene, bar, fly_to
        self._hits: list[str] = []
        self._at = 0
        bar.search.textChanged.connect(self._look)
        bar.search.turned.connect(self._turn)

    def _look(self, text: str) -> None:
        order = self._scene.in_order()
        self._hits = hits(text, {k: self._scene.cards[k].face for k in order}, order)
        self._at = 0
        asked = bool(text.strip())
        self._bar.set_found(1, len(self._hits) if asked else -1)
        if self._hits:
            self._show()
        else:
            self._scene.mark([] if asked else None)
            if not asked:
                self.ended.emit()

    def _turn(self, by: int) -> None:
        self._hits = [k for k in self._hits if k in self._scene.cards]
        if self._hits:
            self._at = (self._at + by) % len(self._hits)
            self._bar.set_found(self._at + 1, len(self._hits))
            self._show()

    def _show(self) -> None:
        key = self._hits[self._at]
        self._document.select([key])
        self._scene.mark(self._hits)
        self._fly_to(key)
