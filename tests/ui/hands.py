"""Hands that work a window: as Qt's own test events, or as real input that comes from the X server."""

import time
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QKeySequence, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

LEFT, RIGHT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier


class Hands(Protocol):
    """What a person can do. Places are those of the widget; its middle where none is given."""

    def click(self, widget: QWidget, place: QPoint | None = None) -> None: ...
    def drag(self, widget: QWidget, start: QPoint, end: QPoint) -> None: ...
    def key(self, keys: str) -> None: ...
    def type(self, text: str) -> None: ...


def front(window: QWidget) -> QWidget:
    """The window that gets the keys: a popup, a dialog, or the window itself."""
    return QApplication.activePopupWidget() or QApplication.activeModalWidget() or window


def turn(qtbot: QtBot) -> None:
    """Let the event loop do what waits."""
    timer = QTimer()
    timer.setSingleShot(True)
    with qtbot.waitSignal(timer.timeout):
        timer.start(0)


def bring_to_front(window: QWidget, qtbot: QtBot) -> QWidget:
    """What a window manager does: the window that a person looks at gets the keys."""
    target = front(window)
    if QApplication.activePopupWidget() is None and QApplication.activeWindow() is not target.window():
        target.activateWindow()
        qtbot.waitUntil(lambda: QApplication.activeWindow() is target.window())
    return target


class TestHands:
    """Events made by QTest, delivered at once; after each the event loop has a turn."""

    __test__ = False

    def __init__(self, window: QWidget, qtbot: QtBot) -> None:
        self._window, self._qtbot = window, qtbot

    def click(self, widget: QWidget, place: QPoint | None = None) -> None:
        QTest.mouseClick(widget, LEFT, NONE, place or widget.rect().center())
        turn(self._qtbot)

    def drag(self, widget: QWidget, start: QPoint, end: QPoint) -> None:
        QTest.mouseMove(widget, start)
        QTest.mousePress(widget, LEFT, NONE, start)
        for share in (0.3, 0.7, 1.0):
            QTest.mouseMove(widget, start + (end - start) * share)
        QTest.mouseRelease(widget, LEFT, NONE, end)
        turn(self._qtbot)

    def key(self, keys: str) -> None:
        QTest.keySequence(self._target(), QKeySequence(keys))
        turn(self._qtbot)

    def type(self, text: str) -> None:
        for letter in text:
            QTest.keyClick(self._target(), letter)
        turn(self._qtbot)

    def _target(self) -> QWidget:
        target = bring_to_front(self._window, self._qtbot)
        return target.focusWidget() or target


class RealHands(QObject):
    """Events made by the X server. Each deed waits until the window has got it.

    There is no window manager under Xvfb, so the hands give the focus to the window that a person would look at.
    """

    def __init__(self, window: QWidget, qtbot: QtBot) -> None:
        from tests.ui.x_input import XServer

        super().__init__()
        self._window, self._qtbot = window, qtbot
        self._server = XServer()
        self._got = self._moved = 0
        app = QApplication.instance()
        assert app is not None
        self._app = app
        app.installEventFilter(self)

    def close(self) -> None:
        self._app.removeEventFilter(self)
        self._server.close()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(watched, QWindow) and event.spontaneous():
            if event.type() in {QEvent.Type.KeyRelease, QEvent.Type.MouseButtonRelease}:
                self._got += 1
            elif event.type() == QEvent.Type.MouseMove:
                self._moved += 1
        return False

    def click(self, widget: QWidget, place: QPoint | None = None) -> None:
        self._to(widget, place or widget.rect().center())
        self._do(lambda: (self._server.button(1, True), self._server.button(1, False)), 1)

    def drag(self, widget: QWidget, start: QPoint, end: QPoint) -> None:
        self._to(widget, start)
        self._server.button(1, True)
        for share in (0.3, 0.7, 1.0):
            self._to(widget, start + (end - start) * share)
        self._do(lambda: self._server.button(1, False), 1)

    def key(self, keys: str) -> None:
        *modifiers, last = keys.replace("++", "+plus").split("+")
        last = {"plus": "+"}.get(last, last if len(last) > 1 else last.lower())

        def strike() -> None:
            for name in modifiers:
                self._server.key(name, True)
            self._server.key(last, True)
            self._server.key(last, False)
            for name in reversed(modifiers):
                self._server.key(name, False)

        self._do(strike, 1 + len(modifiers))

    def type(self, text: str) -> None:
        shifted = sum(letter.isupper() or letter in '_+?!:"' for letter in text)
        self._do(lambda: [self._server.type(letter) for letter in text], len(text) + shifted)

    def _to(self, widget: QWidget, place: QPoint) -> None:
        bring_to_front(self._window, self._qtbot)
        spot = widget.mapToGlobal(place)
        for aside in (QPoint(3, 1), QPoint()):  # a move to where the mouse is already would be no event
            before = self._moved
            self._server.move((spot + aside).x(), (spot + aside).y())
            self._qtbot.waitUntil(lambda: self._moved > before)  # noqa: B023

    def _do(self, deed: Callable[[], object], releases: int) -> None:
        target = bring_to_front(self._window, self._qtbot)
        wanted = self._got + releases
        deed()  # which may close the window that would have been told of the release
        self._qtbot.waitUntil(lambda: self._got >= wanted or front(self._window) is not target)


class Watchdog(QObject):
    """Measures for how long the thread of the window did not come back to its event loop, and worked meanwhile.

    The time that it worked is that of its processor, which other programs on a busy machine do not lengthen.
    """

    def __init__(self) -> None:
        super().__init__()
        self._last = time.perf_counter()
        self._worked = time.thread_time()
        self.longest = self.most_work = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start(2)

    def stop(self) -> None:
        """Measure no more; `longest` and `most_work` hold seconds."""
        self._timer.stop()

    def _tick(self) -> None:
        now, worked = time.perf_counter(), time.thread_time()
        self.longest = max(self.longest, now - self._last - 0.002)
        self.most_work = max(self.most_work, worked - self._worked)
        self._last, self._worked = now, worked
