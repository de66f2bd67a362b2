"""Scenes about other writers and full disks: whatever happens to the file, what a person did is kept."""

import os
import resource
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QPushButton

from ablator.core import edits
from ablator.files.study_file import encode, open_study
from ablator.ui.compare_conflicts import ConflictsDialog

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ui.scenes import Stage


def a_file_that_is_replaced_under_unsaved_work_is_never_overwritten(s: "Stage") -> None:
    path = _saved(s)
    idea = s.idea()
    _renamed(s, idea, "Mine")
    study, _ = open_study(path)
    study = edits.rename(study, idea, "Theirs").apply(study)
    _replace(path, encode(edits.set_info(study, "budget", 123.0).apply(study)))
    before = path.read_bytes()
    s.hands.key("Ctrl+S")
    s.until(lambda: s.window.notices.notices)
    assert path.read_bytes() == before, "theirs is still there"
    assert s.document.dirty
    assert s.document.study.elements[idea].name == "Mine"
    s.hands.click(_choice(s, "Merge"))
    s.until(lambda: s.document.study.conflicts)
    s.until(lambda: any("Decide…" in n.buttons for n in s.window.notices.notices))
    s.hands.click(_choice(s, "Decide…"))
    box = s.dialog(ConflictsDialog)
    assert isinstance(box, ConflictsDialog)
    s.hands.click(next(b for b in box.cards[0].buttons.values() if b.text() == "Take mine"))
    s.until(lambda: not s.document.study.conflicts)
    s.until(lambda: QApplication.activeModalWidget() is None)
    s.hands.key("Ctrl+S")
    s.until(lambda: not s.document.dirty)
    saved, _ = open_study(path)
    assert (saved.elements[idea].name, saved.info.budget) == ("Mine", 123.0)


def a_save_that_the_disk_refuses_keeps_everything(s: "Stage") -> None:
    path = _saved(s)
    idea = s.idea()
    before = path.read_bytes()
    _renamed(s, idea, "Mine")
    allowed = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, allowed[1]))  # no file may grow beyond: the write itself fails
    try:
        s.hands.key("Ctrl+S")
        s.until(lambda: any("Retry" in n.buttons for n in s.window.notices.notices))
        assert path.read_bytes() == before
        assert s.document.dirty
        assert sorted(p.name for p in path.parent.glob("*abl*")) == [path.name], "no litter"
        s.hands.click(_choice(s, "Copy details"))
        s.until(lambda: path.name in QGuiApplication.clipboard().text())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, allowed)
    elsewhere = s.folder / "elsewhere.ablation"
    s.answers.target = elsewhere
    s.hands.click(_choice(s, "Save as…"))
    s.until(lambda: not s.document.dirty)
    assert open_study(elsewhere)[0].elements[idea].name == "Mine"
    assert path.read_bytes() == before


DISK_SCENES: tuple[Callable[["Stage"], None], ...] = (
    a_file_that_is_replaced_under_unsaved_work_is_never_overwritten,
    a_save_that_the_disk_refuses_keeps_everything,
)


def _saved(s: "Stage") -> "Path":
    """The example, saved to a file of its own."""
    s.example()
    path = s.folder / "work" / "mine.ablation"
    path.parent.mkdir()
    s.answers.target = path
    s.hands.key("Ctrl+Shift+S")
    s.until(lambda: s.document.path == path and not s.document.dirty)
    return path


def _renamed(s: "Stage", key: str, name: str) -> None:
    assert s.document.attempt(edits.rename, key, name)
    s.settled()


def _replace(path: "Path", data: bytes) -> None:
    """As sync programs and git do: another file takes the name."""
    other = path.with_name("incoming.tmp")
    other.write_bytes(data)
    os.replace(other, path)


def _choice(s: "Stage", name: str) -> QPushButton:
    return next(n.buttons[name] for n in s.window.notices.notices if name in n.buttons)
