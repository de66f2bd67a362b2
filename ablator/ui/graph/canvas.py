"""The view of the scene: mouse and keys become gestures and commands, far views are painted from one picture."""

import html
from collections.abc import Iterable, Sequence

from PySide6.QtCore import QEvent, QLocale, QPoint, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsView, QToolTip

from ablator.ui.graph.camera import STEP, Camera
from ablator.ui.graph.clipboard import LIBRARY
from ablator.ui.graph.editing import Editing
from ablator.ui.graph.faces import say, tooltip
from ablator.ui.graph.gestures import Band, Gesture, Move, Pan, Relate, paint_label
from ablator.ui.graph.headers import WIDE, LaneHeaders
from ablator.ui.graph.keyboard import Keyboard
from ablator.ui.graph.look import Look, cosmetic
from ablator.ui.graph.overview import Overview
from ablator.ui.graph.ports import GraphDocument
from ablator.ui.graph.scene import GraphScene, paint_bands

FAR = 0.3
"""Below this zoom one kept picture is painted instead of cards."""
PICTURE = 0.48
"""Zoom of that picture at most; with many cards it serves up to here, where it is sharp."""
REDRAWN = 2000
"""With more cards than this the picture is not painted anew for what is lit."""
HOVER_MS = 90
"""A pointer must rest so long on a card before the rest fades, so that crossing the graph does not flicker."""
REACH = 9.0
"""Pixels from a handle at which it is caught."""
EXTENDING = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier


class GraphView(QGraphicsView):
    """Shows one scene. Owns the gesture under way, the card under the pointer and the current card."""

    inspect = Signal(str)
    """Enter was pressed on a card."""
    rename_wanted = Signal(str)
    menu_wanted = Signal(QPoint)
    """A context menu at a place of the screen."""
    relation_wanted = Signal(str, str, object, QPoint)
    """(source, target, kinds that fit, place of the screen)."""
    dropped = Signal(str, object)
    """(library id, id of the card under it or None)."""
    hint = Signal(str)
    escaped = Signal()
    current_changed = Signal(str)
    resized = Signal()

    def __init__(self, document: GraphDocument, scene: GraphScene, editing: Editing, look: Look) -> None:
        super().__init__(scene)
        self._document, self.graph, self._editing = document, scene, editing
        self.camera = Camera(self)
        self.headers = LaneHeaders(self, scene, look)
        self.gesture: Gesture | None = None
        self.current: str | None = None
        self.hovered: str | None = None
        self._overview = Overview(scene, PICTURE)
        self._space = False
        self._pixel = QPointF()
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(HOVER_MS)
        self._rest.timeout.connect(self.light)
        self._keyboard = Keyboard(self, document, scene, editing)
        self._set_up()

    def _set_up(self) -> None:
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setViewportMargins(WIDE, 0, 0, 0)
        self.viewport().setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(say("Graph"))
        self.viewport().setAccessibleName(say("Graph"))
        self.camera.moved.connect(self.headers.update)
        self.graph.touched.connect(self._forget_picture)

    def _forget_picture(self) -> None:
        self._overview.forget()
        self.headers.update()
        self.viewport().update()

    # What is lit and selected

    def follow_selection(self) -> None:
        """Show the document's selection."""
        chosen = set(self._document.selection)
        for key, card in self.graph.cards.items():
            if card.selected != (key in chosen):
                card.selected = key in chosen
                card.update()
        if chosen and self.current not in chosen:
            self.make_current(self._document.selection[-1])
        self.light()

    def light(self) -> None:
        """Light what falls if the card under the pointer goes, else the selection."""
        if self.gesture is not None:
            return
        roots: Iterable[str] = self._document.selection
        if self.hovered and not self._rest.isActive() and not self._is_far():
            roots = (self.hovered,)
        self.graph.light(roots)
        if len(self.graph.cards) <= REDRAWN:
            self._overview.forget()
        self.viewport().update()

    def select(self, ids: Iterable[str]) -> None:
        """Make these the selection."""
        self._document.select(ids)

    def make_current(self, key: str | None) -> None:
        """Put the focus ring on a card; keys start from there."""
        for one in (self.current, key):
            card = self.graph.cards.get(one or "")
            if card is not None:
                card.current = one == key and self.hasFocus()
                card.update()
        if key != self.current:
            self.current = key
            self.current_changed.emit(key or "")

    def _hover(self, key: str | None) -> None:
        if key == self.hovered:
            return
        for one, on in ((self.hovered, False), (key, True)):
            card = self.graph.cards.get(one or "")
            if card is not None:
                card.hovered = on
                card.update()
        self.hovered = key
        self._rest.start()

    # Gestures

    def begin(self, gesture: Gesture) -> None:
        """Take up a gesture; one that was under way is cancelled."""
        self.cancel(say("another began"))
        self.gesture = gesture
        self.viewport().setCursor(gesture.cursor)

    def cancel(self, reason: str) -> None:
        """Leave the gesture under way, if any, without doing anything."""
        if self.gesture is not None:
            gesture, self.gesture = self.gesture, None
            gesture.cancel(reason)
            self._after_gesture()

    def _after_gesture(self) -> None:
        self.viewport().setCursor(Qt.CursorShape.OpenHandCursor if self._space else Qt.CursorShape.ArrowCursor)
        self.light()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        pixel, point = event.position(), self._to_scene(event.position())
        self._pixel = pixel
        if event.button() == Qt.MouseButton.MiddleButton or (
            event.button() == Qt.MouseButton.LeftButton and self._space
        ):
            self.begin(Pan(self.camera, pixel))
            return
        if event.button() != Qt.MouseButton.LeftButton:
            card = self.graph.card_at(point)
            if card is not None and card.id not in self._document.selection:
                self.select([card.id])
            return
        source = self._handle_at(point)
        if source is not None:
            self.begin(Relate(self.graph, source, point, self._choose, self.hint.emit))
            return
        self._press_card_or_ground(event, point, pixel)

    def _press_card_or_ground(self, event: QMouseEvent, point: QPointF, pixel: QPointF) -> None:
        card = self.graph.card_at(point)
        held = self._document.selection
        adding = bool(event.modifiers() & EXTENDING)
        if card is None:
            if not adding:
                self.select(())
            self.begin(Band(self.graph, self.select, point, held if adding else ()))
            return
        if adding:
            self.select([k for k in held if k != card.id] if card.id in held else [*held, card.id])
        elif card.id not in held:
            self.select([card.id])
        self.make_current(card.id)
        if card.id in self._document.selection:
            ids = [k for k in self._document.selection if k not in self.graph.hidden]
            self.begin(Move(self.graph, ids, point, pixel, self._editing.pin))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pixel = event.position()
        point = self._to_scene(self._pixel)
        if self.gesture is not None:
            self.gesture.move(point, self._pixel)
            self.viewport().update()
            return
        card = self.graph.card_at(point)
        held = self._handle_at(point)
        self._hover(card.id if card is not None else held)
        if not self._space:
            self.viewport().setCursor(Qt.CursorShape.CrossCursor if held else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.gesture is None:
            return
        gesture, self.gesture = self.gesture, None
        gesture.end(self._to_scene(event.position()), event.position())
        self._after_gesture()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        card = self.graph.card_at(self._to_scene(event.position()))
        self.cancel("")
        if card is not None and event.button() == Qt.MouseButton.LeftButton:
            self.rename_wanted.emit(card.id)

    def _handle_at(self, point: QPointF) -> str | None:
        card = self.graph.cards.get(self.hovered or "")
        if card is None or card.id in self.graph.hidden or self.camera.zoom < 0.5:
            return None
        return card.id if card.handle_at(point, REACH / self.camera.zoom) else None

    def _choose(self, source: str, target: str, kinds: Sequence[str]) -> None:
        self.relation_wanted.emit(source, target, tuple(kinds), self.viewport().mapToGlobal(self._pixel.toPoint()))

    def _to_scene(self, pixel: QPointF) -> QPointF:
        return self.viewportTransform().inverted()[0].map(pixel)

    def wheelEvent(self, event: QWheelEvent) -> None:
        turn = event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.camera.pan_by(QPointF(turn.x() + turn.y(), 0))
        elif not event.pixelDelta().isNull() and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.camera.pan_by(QPointF(event.pixelDelta()))
        elif turn.y():
            self.camera.zoom_by(STEP ** (turn.y() / 120.0), event.position())
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        place = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            card = self.graph.cards.get(self.current or "")
            if card is not None:
                place = self.viewport().mapToGlobal(self.mapFromScene(card.rect().center()))
        self.menu_wanted.emit(place)
        event.accept()

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = True
            self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
        elif not self._keyboard.press(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = False
            self.viewport().setCursor(Qt.CursorShape.ArrowCursor)
        super().keyReleaseEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.make_current(self.current)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._space = False
        if event.reason() not in {Qt.FocusReason.PopupFocusReason, Qt.FocusReason.MenuBarFocusReason}:
            self.cancel(say("the window lost the keyboard"))
        super().focusOutEvent(event)
        self.make_current(self.current)

    # Events of the viewport

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            card = self.graph.card_at(self._to_scene(QPointF(event.pos())))
            text = tooltip(self._document.study, card.id, self.graph.state_of(card.id)) if card else ""
            QToolTip.showText(event.globalPos(), f"<p style='white-space:pre'>{html.escape(text)}</p>" if text else "")
            return True
        if event.type() == QEvent.Type.Leave:
            self._hover(None)
        return super().viewportEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        area = self.viewport().geometry()
        self.headers.setGeometry(QRect(area.x() - WIDE, area.y(), WIDE, area.height()))
        self.resized.emit()

    # Drop from the palette of the library

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self.dragMoveEvent(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if event.mimeData().hasFormat(LIBRARY):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
        else:
            event.ignore()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        if not event.mimeData().hasFormat(LIBRARY):
            event.ignore()
            return
        card = self.graph.card_at(self._to_scene(event.position()))
        event.acceptProposedAction()
        raw = bytes(event.mimeData().data(LIBRARY).data())[:400]
        self.dropped.emit(raw.decode("utf-8", "replace").strip(), card.id if card else None)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.graph.cards and not self.graph.bands:
            self._paint_waiting()
            return
        if not self._is_far():
            super().paintEvent(event)
            return
        painter = QPainter(self.viewport())
        painter.setTransform(self.viewportTransform())
        seen = self.camera.seen()
        paint_bands(painter, self.graph.look, self.graph.bands, seen)
        self._overview.paint(painter, seen, self.devicePixelRatioF())
        self._paint_chosen(painter)
        self.drawForeground(painter, seen)
        painter.end()

    def _paint_waiting(self) -> None:
        """What stands here until a large study is laid out: cards that have no places yet would lie on each other."""
        painter = QPainter(self.viewport())
        area = self.viewport().rect()
        painter.fillRect(area, self.graph.look.window)
        painter.setPen(self.graph.look.muted)
        words = say("Laying out {0} elements…").format(QLocale().toString(len(self.graph.cards)))
        painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), words)
        painter.end()

    def _is_far(self) -> bool:
        """Whether the kept picture is painted: always far away, and nearer where there are many cards."""
        zoom = self.camera.zoom
        if zoom < FAR or self.graph.look.names_far:
            return zoom < FAR
        return zoom <= PICTURE and self._overview.is_sharp(zoom, self.devicePixelRatioF())

    def _paint_chosen(self, painter: QPainter) -> None:
        """Selected cards over the kept picture."""
        painter.setPen(cosmetic(self.graph.look.accent, 2.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for key in self._document.selection:
            if key in self.graph.cards and key not in self.graph.hidden:
                painter.drawRoundedRect(self.graph.cards[key].rect(), 6, 6)

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        if self.gesture is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.gesture.paint(painter)
        text, good = self.gesture.label()
        if text:
            painter.resetTransform()
            room = QRectF(self.viewport().rect())
            paint_label(painter, self.graph.look, text, good, self._pixel, room)
        painter.restore()
