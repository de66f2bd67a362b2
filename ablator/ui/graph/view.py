"""The centre of the window: the graph with its search, filter, zoom and small map."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from ablator.app.layout import Arrangement
from ablator.app.next_step import main_suspect
from ablator.app.planning import Submitting
from ablator.core.change import Change
from ablator.core.elements import RelationKind
from ablator.core.queries import title
from ablator.plan.types import Plan
from ablator.ui.graph.access import describe, install
from ablator.ui.graph.arranger import Arranger
from ablator.ui.graph.bar import GraphBar
from ablator.ui.graph.camera import LEGIBLE, NAMED, STEP, WHOLE
from ablator.ui.graph.canvas import GraphView
from ablator.ui.graph.editing import Edge, Editing
from ablator.ui.graph.faces import plain, say, standings
from ablator.ui.graph.filters import Filter
from ablator.ui.graph.look import Look
from ablator.ui.graph.menu import card_menu, ground_menu, relation_menu
from ablator.ui.graph.minimap import MiniMap
from ablator.ui.graph.naming import NameEdit
from ablator.ui.graph.ports import GraphDocument, GraphTheme
from ablator.ui.graph.scene import GraphScene
from ablator.ui.graph.search import Search

NARROWEST, WIDEST = 1.4, 4.5
"""Shapes of the whole that a layout is asked for, as width divided by height."""
PER_CARD = 17000.0
"""Square scene units that a card takes with the gaps and margins round it, about."""


class GraphPanel(QWidget):
    """Joins document, scene and view. Owns no state of the study: it patches what each Change touches."""

    message = Signal(str)
    """A refusal or hint for the status bar."""
    inspect_requested = Signal(str)
    """Enter on a card: its id."""
    _shown = Signal()
    """The layout waits for this until what lies around the panel has its size too."""

    def __init__(
        self, document: GraphDocument, theme: GraphTheme, parent: QWidget | None = None, jobs: Submitting | None = None
    ) -> None:
        super().__init__(parent)
        self._document, self._theme = document, theme
        look = Look(theme)
        self.scene = GraphScene(look, self)
        self.editing = Editing(document, self.scene, self)
        self.view = GraphView(document, self.scene, self.editing, look)
        self.bar = GraphBar(self, look)
        self.map = MiniMap(self.view, self.scene, self.view.camera, look)
        self.name_edit = NameEdit(self.view.viewport())
        self.arranger = Arranger(jobs, self)
        self.search = Search(document, self.scene, self.bar, self.fly_to, self)
        self._glide = False
        self._home = True
        self._fitted = False
        self._due = True
        """Whether the layout waits until somebody sees the panel."""
        self._suspect = ""
        self._new: frozenset[str] = frozenset()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.view, 1)
        self.setFocusProxy(self.view)
        QWidget.setTabOrder(self.view, self.bar.search)
        self._connect()
        install()
        self._load()

    def _connect(self) -> None:
        d, view, bar = self._document, self.view, self.bar
        d.changed.connect(self._follow)
        d.replaced.connect(self._load)
        d.plan_changed.connect(self._follow_plan)
        d.selection_changed.connect(view.follow_selection)
        changed = getattr(self._theme, "changed", None)
        if changed is not None:
            changed.connect(self._restyle)
        self.editing.message.connect(self.message)
        self.arranger.arranged.connect(self._arrange)
        self.arranger.failed.connect(self.message)
        view.hint.connect(self.message)
        view.inspect.connect(self.inspect_requested)
        view.rename_wanted.connect(self.rename)
        view.menu_wanted.connect(self._open_menu)
        view.relation_wanted.connect(self._relate)
        view.dropped.connect(self._drop)
        view.escaped.connect(bar.search.clear)
        view.resized.connect(self._fit_inside)
        self._shown.connect(self._lay_out_due, Qt.ConnectionType.QueuedConnection)
        view.current_changed.connect(self._speak)
        view.camera.moved.connect(lambda: bar.set_zoom(view.camera.zoom))
        view.camera.moved.connect(self.name_edit.take)
        self.name_edit.named.connect(self.editing.rename)
        self.name_edit.closed.connect(view.setFocus)
        self.map.wanted.connect(self._look_at)
        self.search.ended.connect(view.light)
        bar.search.left.connect(view.setFocus)
        bar.filter.faces = lambda: [c.face for c in self.scene.cards.values()]
        bar.filter.filtered.connect(self._filter)
        bar.fit.connect(self.fit)
        bar.actual.connect(self.actual_size)
        bar.tidied.connect(self.relayout)
        bar.zoomed.connect(lambda way: view.camera.zoom_by(STEP**way))

    # The document

    def _load(self) -> None:
        self.view.cancel(say("another study is loaded"))
        self.scene.load(self._document.study, standings(self._document.plan))
        self.view.hovered = self.view.current = None
        self.arranger.forget()
        self._glide, self._home, self._fitted = False, True, False
        self._suspect = _likeliest(self._document.plan)
        self._due = not self.isVisible()
        self.view.camera.steered = False
        if not self._due:
            self._lay_out()
        self.view.follow_selection()
        describe(self.view)

    def _follow(self, change: Change) -> None:
        known = frozenset(self.scene.cards)
        if self.scene.patch(self._document.study, change) and not self._due:
            self._glide, self._home = True, not known
            self._new = frozenset(self.scene.cards) - known
            self.arranger.ask(self._document.study)
        if change.touched("elements"):
            self._filter(self.bar.filter.filter)
            self.view.follow_selection()
        else:
            self.view.light()

    def _follow_plan(self) -> None:
        self.scene.set_standings(standings(self._document.plan))
        if not self._suspect:
            self._suspect = _likeliest(self._document.plan)
            if self._suspect and not self.view.camera.steered and not self._home:
                self._go_home()
        if self.bar.filter.filter.words:
            self._filter(self.bar.filter.filter)

    def _arrange(self, found: Arrangement) -> None:
        """Take a layout; the view stays calm, and newcomers appear where they shall be."""
        for key in self._new & self.scene.cards.keys():
            if key in found.places:
                self.scene.cards[key].setPos(QPointF(*found.places[key]))
        self._new = frozenset()
        self.scene.arrange(found, glide=self._glide and self.isVisible())
        self.view.camera.set_content(self.scene.content)
        if self._home:
            self._go_home()
        self._home = False
        self.map.follow()

    def _restyle(self) -> None:
        look = Look(self._theme)
        self.scene.set_look(look)
        self.view.headers.look = self.map.look = look
        self.bar.set_look(look)
        self.view.headers.update()

    # Commands

    def fit(self) -> None:
        """Show the whole graph."""
        self._lay_out_due()
        self.view.camera.steered, self._fitted = False, True
        self._go_home()

    def zoom_in(self) -> None:
        """Larger by a step."""
        self.view.camera.zoom_by(STEP)

    def zoom_out(self) -> None:
        """Smaller by a step."""
        self.view.camera.zoom_by(1 / STEP)

    def actual_size(self) -> None:
        """One scene unit a pixel."""
        self.view.camera.zoom_by(1.0 / self.view.camera.zoom)

    def focus_search(self) -> None:
        """Put the cursor in the search field."""
        self.bar.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.bar.search.selectAll()

    def fly_to(self, element_id: str) -> None:
        """Bring a card to the middle; a hidden one is shown again. Unknown ids do nothing."""
        card = self.scene.cards.get(element_id)
        if card is None:
            return
        self._lay_out_due()
        if element_id in self.scene.hidden:
            self.bar.filter.set_filter(Filter())
        self.scene.settle()
        self.view.camera.fly_to(card.rect())

    def relayout(self) -> None:
        """Lay everything out afresh; pinned cards stay."""
        self._glide, self._home = True, not self.view.camera.steered
        self._lay_out()

    def select_all(self) -> None:
        """Select every card that is shown."""
        self._document.select(self.scene.in_order())

    def delete_selected(self) -> None:
        """Take the selected elements out of the study."""
        self.editing.remove(self._document.selection)

    def copy(self) -> None:
        """Put the selected elements on the clipboard."""
        self.editing.copy(self._document.selection)

    def cut(self) -> None:
        """Copy the selected elements, then take them out."""
        self.editing.cut(self._document.selection)

    def paste(self) -> None:
        """Add what is on the clipboard."""
        self.editing.paste()

    def duplicate(self) -> None:
        """Add copies of the selected elements."""
        self.editing.duplicate(self._document.selection)

    def align(self, edge: Edge) -> None:
        """Pin the selected cards so that they share an edge."""
        self.editing.align(self._document.selection, edge)

    def rename_selected(self) -> None:
        """Rename the selected card in place."""
        if len(self._document.selection) == 1:
            self.rename(self._document.selection[0])

    def rename(self, element_id: str) -> None:
        """Open a line over a card in which its name can be changed."""
        card = self.scene.cards.get(element_id)
        if card is None:
            return
        self.view.camera.stop()
        self.view.camera.reveal(card.rect())
        place = self.view.mapFromScene(card.rect()).boundingRect()
        self.name_edit.open(element_id, title(self._document.study.elements[element_id]), place)

    def add_from_library(self, library_id: str) -> None:
        """Add a row of the library and fly to it."""
        self._drop(library_id, self.view.current)

    # The rest

    def _lay_out_due(self) -> None:
        if self._due:
            self._lay_out()

    def _lay_out(self) -> None:
        self._due = False
        self.arranger.aspect = self._shape()
        self.arranger.ask(self._document.study, afresh=True)

    def _filter(self, wanted: Filter) -> None:
        self.scene.hide(wanted.hidden(c.face for c in self.scene.cards.values()))
        self.view.headers.update()

    def _go_home(self) -> None:
        """Where nobody steered: the whole after `fit`, else what can be read."""
        camera = self.view.camera
        if self._fitted:
            camera.fit(self.scene.content)
            return
        card = self.scene.cards.get(self._suspect)
        least, whole = (NAMED, WHOLE) if self.scene.look.names_far else (LEGIBLE, LEGIBLE)
        camera.home(self.scene.content, least, card.rect() if card is not None else None, whole)

    def _shape(self) -> float:
        """The panel's own, or wider where all lanes would not fit its height with names that can be read."""
        room = self.view.viewport().rect()
        high = max(room.height(), 1)
        wide = len(self.scene.cards) * PER_CARD * (NAMED / high) ** 2 if self.scene.look.names_far else 0.0
        return min(max(room.width() / high, wide, NARROWEST), WIDEST)

    def _look_at(self, point: QPointF) -> None:
        self.view.camera.look(point, self.view.camera.zoom)
        self.view.camera.steered = True

    def _fit_inside(self) -> None:
        """The panel has another size: the map stays in its corner, and so does a view that nobody steered."""
        if not self.view.camera.steered:
            self._go_home()
        else:
            self.view.camera.set_content(self.scene.content)
        self.map.place(self.view.viewport().geometry())

    def showEvent(self, event: QShowEvent) -> None:
        """A study that was loaded before anybody saw it is laid out now, for the shape that the panel has."""
        super().showEvent(event)
        if self._due:
            self._shown.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_inside()

    def _speak(self, key: str) -> None:
        describe(self.view, key)

    def _drop(self, library_id: str, near: str | None) -> None:
        added = self.editing.add_from_library(library_id, near)
        if added is None:
            return
        card = self.scene.cards.get(added)
        if card is not None:
            self.scene.settle()
            self.view.camera.reveal(card.rect().adjusted(-24, -24, 24, 24))
            self.message.emit(say("{0} is on its lane").format(plain(title(self._document.study.elements[added]))))

    def _relate(self, source: str, target: str, kinds: Sequence[RelationKind], place: QPoint) -> None:
        if len(kinds) == 1:
            self.editing.relate(source, target, kinds[0])
            return
        self._popup(relation_menu(self, kinds, lambda kind: self.editing.relate(source, target, kind)), place)

    def _open_menu(self, place: QPoint) -> None:
        ids = self._document.selection
        if ids:
            menu = card_menu(
                self,
                self._document.study,
                ids,
                self.editing,
                rename=self.rename,
                select=self._document.select,
                unfold=self.open_blocks,
            )
        else:
            rows = (
                (say("Select all"), self.select_all),
                (say("Fit the whole graph"), self.fit),
                (say("Lay out afresh"), self.relayout),
            )
            menu = ground_menu(self, self.editing, rows)
        self._popup(menu, place)

    def open_blocks(self, key: str) -> None:
        """Show the equal blocks that a card stands for, beside it."""
        from ablator.ui.graph.blocks import BlocksFrame, folded

        study = self._document.study
        if key in self.scene.cards and folded(study.elements[key]):
            corner = self.view.mapFromScene(self.scene.cards[key].rect().bottomLeft())
            BlocksFrame(study, self._document.plan, key, self).open_at(self.view.viewport().mapToGlobal(corner))

    def _popup(self, menu: QMenu, place: QPoint) -> None:
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)


def _likeliest(plan: Plan | None) -> str:
    """The element that is likeliest to be the culprit and still open; empty where nothing points at one."""
    found = main_suspect(plan) if plan is not None else None
    return found.element if found is not None else ""
