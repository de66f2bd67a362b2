"""Work beside the window: one at a time, once more when asked again, and never told after the end."""

import threading
from collections.abc import Callable

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from ablator.app.aside import Aside


def test_an_answer_comes_back_to_the_thread_of_the_window(qtbot: QtBot) -> None:
    where: list[object] = []
    told: list[object] = []

    def work() -> Callable[[], int]:
        def run() -> int:
            where.append(threading.current_thread())
            return 7

        return run

    aside = Aside(work, lambda answer: told.append((answer, threading.current_thread())))
    aside.ask()
    qtbot.waitUntil(lambda: bool(told))
    assert told == [(7, threading.main_thread())]
    assert where[0] is not threading.main_thread()
    aside.stop()


def test_asked_again_it_runs_once_more_and_tells_the_last(qtbot: QtBot) -> None:
    gate = threading.Event()
    asked: list[int] = []
    told: list[int] = []

    def work() -> Callable[[], int]:
        number = len(asked)
        asked.append(number)

        def run() -> int:
            gate.wait(5)
            return number

        return run

    aside = Aside(work, told.append)
    for _ in range(5):
        aside.ask()
    gate.set()
    qtbot.waitUntil(lambda: bool(told))
    assert (asked, told) == ([0, 1], [1])
    aside.stop()


def test_nothing_is_told_after_the_end(qtbot: QtBot) -> None:
    told: list[int] = []
    aside = Aside(lambda: lambda: 1, told.append)
    aside.ask()
    aside.stop()
    aside.ask()
    assert not aside.busy
    assert not told


def test_nothing_is_told_once_the_parent_is_gone(qtbot: QtBot) -> None:
    gate, ran = threading.Event(), threading.Event()
    told: list[int] = []
    parent = QObject()

    def work() -> Callable[[], int]:
        def run() -> int:
            gate.wait(5)
            ran.set()
            return 1

        return run

    aside = Aside(work, told.append, parent)
    aside.ask()
    with qtbot.waitSignal(parent.destroyed):
        parent.deleteLater()
    gate.set()
    assert ran.wait(5)
    aside.stop()
    assert not told
