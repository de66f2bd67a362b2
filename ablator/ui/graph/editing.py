"""What the graph's commands do to the study, all by the document's one road."""

from collections.abc import Callable, Iterable, Mapping
from typing import Literal

from PySide6.QtCore import QObject, QPointF, Signal
from PySide6.QtGui import QGuiApplication

from ablator.core import edits
from ablator.core.change import Change
from ablator.core.elements import RelationKind
from ablator.core.errors import EditRefused
from ablator.core.queries import falls_with, title
from ablator.core.study import Study, site_of
from ablator.ui.graph.clipboard import clip_of, from_mime, paste, put
from ablator.ui.graph.faces import plain, say
from ablator.ui.graph.ports import GraphDocument
from ablator.ui.graph.scene import GraphScene

Edge = Literal["left", "right", "top", "bottom"]


class Editing(QObject):
    """Commands on the selection. Owns nothing: it asks the core for a Change and hands it to the document."""

    message = Signal(str)
    """What was done or refused, in one line."""

    def __init__(self, document: GraphDocument, scene: GraphScene, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._scene = scene

    def attempt(self, edit: Callable[[Study], Change]) -> bool:
        """Do an edit, or say why not."""
        try:
            self._document.do(edit(self._document.study))
        except EditRefused as reason:
            self.message.emit(str(reason))
            return False
        return True

    # Elements

    def remove(self, ids: Iterable[str]) -> None:
        """Take elements out; say what still stands on what is gone."""
        gone = tuple(ids)
        if not gone:
            return
        study = self._document.study
        ideas = [k for k in gone if k in study.elements and study.elements[k].kind == "idea"]
        falls = falls_with(study, ideas) - set(gone) if ideas else frozenset()
        if self.attempt(lambda s: edits.remove(s, gone)) and falls:
            names = ", ".join(plain(title(study.elements[k])) for k in sorted(falls)[:4])
            self.message.emit(say("{0} stood on what was removed").format(names))

    def rename(self, key: str, name: str) -> bool:
        """Give an element another name."""
        if key in self._document.study.elements and title(self._document.study.elements[key]) == name.strip():
            return True
        return self.attempt(lambda s: edits.rename(s, key, name))

    def add_from_library(self, library_id: str, near: str | None = None) -> str | None:
        """Add a row of the library with its relations to what is there; its id, or None where it is refused.

        In a study with sites it goes to the site of the element `near`, else to the first.
        """
        from ablator.library.elements import element_for, relations_for

        study = self._document.study
        sites = sorted({site_of(k) for k, e in study.elements.items() if e.kind == "idea"}) or [""]
        site = site_of(near) if near and site_of(near) in sites else sites[0]
        try:
            made = element_for(library_id, site=site)
        except KeyError:
            self.message.emit(say("the library has no {0}").format(plain(library_id)[:80]))
            return None
        if made.id in study.elements:
            self._document.select([made.id])
            self.message.emit(say("{0} is already in the study").format(plain(title(made))))
            return made.id
        relations = [r for r in relations_for([*study.elements.values(), made]) if made.id in {r.source, r.target}]
        if not self.attempt(lambda s: edits.add(s, [made], relations)):
            return None
        self._document.select([made.id])
        return made.id

    # Clipboard

    def copy(self, ids: Iterable[str]) -> bool:
        """Put elements on the clipboard."""
        clip = clip_of(self._document.study, ids)
        if clip.elements:
            put(clip)
        return bool(clip.elements)

    def cut(self, ids: Iterable[str]) -> None:
        """Copy, then remove."""
        held = tuple(ids)
        if self.copy(held):
            self.remove(held)

    def paste(self) -> None:
        """Add what is on the clipboard."""
        try:
            change, added = paste(self._document.study, from_mime(QGuiApplication.clipboard().mimeData()))
            self._document.do(change)
        except EditRefused as reason:
            self.message.emit(str(reason))
            return
        self._document.select(added)

    def duplicate(self, ids: Iterable[str]) -> None:
        """Add copies of elements."""
        clip = clip_of(self._document.study, ids)
        if not clip.elements:
            return
        try:
            change, added = paste(self._document.study, clip)
            self._document.do(Change(change.label.replace("Paste", "Duplicate", 1), change.cells))
        except EditRefused as reason:
            self.message.emit(str(reason))
            return
        self._document.select(added)

    # Places

    def pin(self, places: Mapping[str, QPointF]) -> bool:
        """Keep cards where they are put."""
        return self.attempt(lambda s: edits.move(s, {k: (p.x(), p.y()) for k, p in places.items()}))

    def unpin(self, ids: Iterable[str]) -> None:
        """Let the layout have cards again."""
        held = {k: None for k in ids if self._document.study.elements[k].place is not None}
        if held:
            self.attempt(lambda s: edits.move(s, held))

    def align(self, ids: Iterable[str], edge: Edge) -> None:
        """Pin cards so that they share an edge, each within its own lane."""
        rects = {k: self._scene.cards[k].rect() for k in ids if k in self._scene.cards}
        if len(rects) < 2:
            self.message.emit(say("select two or more cards to align"))
            return
        places = {}
        for key, rect in rects.items():
            place = rect.topLeft()
            if edge == "left":
                place.setX(min(r.left() for r in rects.values()))
            elif edge == "right":
                place.setX(max(r.right() for r in rects.values()) - rect.width())
            elif edge == "top":
                place.setY(min(r.top() for r in rects.values()))
            else:
                place.setY(max(r.bottom() for r in rects.values()) - rect.height())
            places[key] = self._scene.confined(key, place)
        self.pin(places)

    # Relations

    def relate(self, source: str, target: str, kind: RelationKind) -> bool:
        """Draw a relation."""
        return self.attempt(lambda s: edits.relate(s, source, target, kind))

    def unrelate(self, relation_id: str) -> bool:
        """Take a relation out."""
        return self.attempt(lambda s: edits.unrelate(s, relation_id))
