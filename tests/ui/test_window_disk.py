"""Two writers of one file: a clean study may be reloaded, a dirty one kept, reloaded or merged; never a silent loss."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ablator.app.document import Document
from ablator.app.settings import Settings
from ablator.app.theme import Theme
from ablator.core import edits
from ablator.core.elements import Element, Info
from ablator.core.study import study_from
from ablator.files.study_file import open_study, save_study
from ablator.files.versions import earlier_versions
from ablator.ui.asking import Asking, Unsaved
from ablator.ui.notice import Notice
from ablator.ui.picking import PickDialog
from ablator.ui.window import MainWindow

STUDY = study_from(
    Info(name="small"),
    [
        Element(id="rope", lane="instantiation", kind="idea", name="RoPE"),
        Element(id="norm", lane="instantiation", kind="idea", name="Norm"),
    ],
)


class Answers(Asking):
    """Answers by itself."""

    target: Path | None = None

    def about_unsaved(self, parent: object, name: str) -> Unsaved:
        return "discard"

    def where_to_save(self, parent: object, suggestion: Path, what: str, suffix: str = "") -> Path | None:
        return self.target


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "small.ablation"
    save_study(STUDY, path)
    return path


@pytest.fixture
def window(tmp_path: Path, qtbot: QtBot, file: Path) -> Iterator[MainWindow]:
    window = MainWindow(Document(), Settings(tmp_path / "settings.ini"), Theme("light"), asking=Answers())
    qtbot.addWidget(window)
    window.show()
    window.take_files([file])
    yield window
    window.document.undo_stack.setClean()


def theirs(file: Path, key: str, name: str) -> None:
    """Another program renames an element."""
    study, _ = open_study(file)
    save_study(edits.rename(study, key, name).apply(study), file)


def told(window: MainWindow, qtbot: QtBot, words: str = "changed on disk") -> Notice:
    qtbot.waitUntil(lambda: any(words in n.text for n in window.notices.notices))
    return window.notices.notices[0]


def name(window: MainWindow, key: str = "rope") -> str:
    return window.document.study.elements[key].name


def test_a_clean_study_may_be_reloaded(window: MainWindow, file: Path, qtbot: QtBot) -> None:
    theirs(file, "rope", "Theirs")
    notice = told(window, qtbot)
    assert list(notice.buttons) == ["Reload", "Save as…"]
    assert name(window) == "RoPE", "nothing is taken over unasked"
    notice.buttons["Reload"].click()
    assert name(window) == "Theirs"
    assert not window.document.dirty
    theirs(file, "rope", "Again")
    told(window, qtbot)


def test_its_own_save_is_no_news(window: MainWindow, file: Path, qtbot: QtBot) -> None:
    watch = window.files.disk.watch
    window.document.attempt(edits.rename, "rope", "Mine")
    window.actions_made.run("file.save")
    os.utime(file, (1, 1))
    with qtbot.waitSignal(watch._pause.timeout):
        file.write_bytes(file.read_bytes())
    assert not window.notices.notices, "only what the file holds counts"
    theirs(file, "rope", "Theirs")
    told(window, qtbot)


def test_both_changed_merge(window: MainWindow, file: Path, qtbot: QtBot) -> None:
    window.document.attempt(edits.rename, "rope", "Mine")
    theirs(file, "norm", "Theirs")
    notice = told(window, qtbot)
    assert list(notice.buttons) == ["Keep mine", "Reload theirs", "Merge", "Save as…"]
    notice.buttons["Merge"].click()
    assert (name(window), name(window, "norm")) == ("Mine", "Theirs")
    assert window.document.dirty
    assert not window.document.study.conflicts
    window.actions_made.run("file.save")
    assert not window.document.dirty
    saved = open_study(file)[0]
    assert (saved.elements["rope"].name, saved.elements["norm"].name) == ("Mine", "Theirs")


def test_a_merge_taken_back_asks_again_before_theirs_is_overwritten(
    window: MainWindow, file: Path, qtbot: QtBot
) -> None:
    window.document.attempt(edits.rename, "rope", "Mine")
    theirs(file, "norm", "Theirs")
    told(window, qtbot).buttons["Merge"].click()
    window.actions_made.run("edit.undo")
    assert name(window, "norm") == "Norm"
    window.actions_made.run("file.save")
    assert window.document.dirty
    assert open_study(file)[0].elements["norm"].name == "Theirs"
    window.actions_made.run("edit.redo")
    window.actions_made.run("file.save")
    assert not window.document.dirty
    assert open_study(file)[0].elements["norm"].name == "Theirs"


def test_conflicts_are_decided_one_by_one(window: MainWindow, file: Path, qtbot: QtBot) -> None:
    window.document.attempt(edits.rename, "rope", "Mine")
    theirs(file, "rope", "Theirs")
    told(window, qtbot).buttons["Merge"].click()
    assert len(window.document.study.conflicts) == 1
    assert window.actions_made["study.conflicts"].isEnabled()
    window.notices.notices[0].buttons["Decide…"].click()
    box = next(d for d in window.findChildren(PickDialog) if d.isVisible())
    assert "Mine" in box.list.item(0).text()
    assert "Theirs" in box.list.item(0).text()
    shown = name(window)
    box.buttons[1].click()
    assert box.list.count() == 0
    assert {shown, name(window)} == {"Mine", "Theirs"}
    assert not window.document.study.conflicts
    box.reject()
    window.document.undo()
    assert len(window.document.study.conflicts) == 1


def test_keep_mine_keeps_theirs_as_an_earlier_version(window: MainWindow, file: Path, qtbot: QtBot) -> None:
    window.document.attempt(edits.rename, "rope", "Mine")
    theirs(file, "rope", "Theirs")
    told(window, qtbot).buttons["Keep mine"].click()
    assert window.document.dirty
    assert open_study(file)[0].elements["rope"].name == "Theirs", "only a save writes"
    window.actions_made.run("file.save")
    assert open_study(file)[0].elements["rope"].name == "Mine"
    assert open_study(earlier_versions(file)[0].file)[0].elements["rope"].name == "Theirs"


def test_a_save_that_meets_theirs_asks(window: MainWindow, file: Path) -> None:
    window.document.attempt(edits.rename, "rope", "Mine")
    theirs(file, "rope", "Theirs")
    window.actions_made.run("file.save")
    assert open_study(file)[0].elements["rope"].name == "Theirs"
    window.notices.notices[0].buttons["Keep mine"].click()
    assert not window.document.dirty
    assert open_study(file)[0].elements["rope"].name == "Mine"


def test_theirs_is_damaged(window: MainWindow, file: Path, qtbot: QtBot) -> None:
    window.document.attempt(edits.rename, "rope", "Mine")
    file.write_text("{")
    told(window, qtbot).buttons["Merge"].click()
    assert name(window) == "Mine"
    assert "small.ablation" in window.notices.notices[0].text
    window.actions_made.run("file.save")
    window.notices.notices[0].buttons["Keep mine"].click()
    assert open_study(file)[0].elements["rope"].name == "Mine"


def test_a_file_that_goes_away(window: MainWindow, file: Path, qtbot: QtBot) -> None:
    file.unlink()
    notice = told(window, qtbot, "no longer where it was")
    notice.buttons["Write it again"].click()
    assert open_study(file)[0].same_as(STUDY)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EDQUOT, errno.EROFS, errno.EIO])
@pytest.mark.parametrize("call", ["write", "sync", "replace"])
def test_a_save_that_fails_keeps_everything(
    window: MainWindow, file: Path, monkeypatch: pytest.MonkeyPatch, number: int, call: str
) -> None:
    from ablator.files import atomic

    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    window.document.attempt(edits.rename, "rope", "Mine")
    before = file.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(atomic.System, call, fail)
        window.actions_made.run("file.save")
        assert window.document.dirty
        assert file.read_bytes() == before
        assert [p.name for p in file.parent.iterdir() if p.suffix != ".ini"] == ["small.ablation"]
        notice = window.notices.notices[0]
        assert list(notice.buttons) == ["Retry", "Save as…", "Copy details"]
    notice.buttons["Retry"].click()
    assert not window.document.dirty
    assert open_study(file)[0].elements["rope"].name == "Mine"


def test_a_conflict_copy_beside_the_file_is_merged(window: MainWindow, file: Path, qtbot: QtBot) -> None:
    copy = file.with_name("small.sync-conflict-20260102-101112-ABCDEF7.ablation")
    save_study(edits.rename(STUDY, "norm", "<b>Theirs").apply(STUDY), copy)
    notice = told(window, qtbot, copy.name)
    notice.buttons["Merge it"].click()
    assert len(window.document.study.conflicts) == 1
    assert window.document.dirty
    window.document.undo()
    assert window.document.study.same_as(STUDY)
    assert copy.exists()
    window.files.disk.watch.look()
    assert not any(copy.name in n.text for n in window.notices.notices), "told once"


def test_a_conflict_copy_that_was_there_before(window: MainWindow, file: Path, qtbot: QtBot, tmp_path: Path) -> None:
    other = tmp_path / "other.ablation"
    copy = tmp_path / "other (conflicted copy 2026-01-02).ablation"
    for path in (other, copy):
        save_study(STUDY, path)
    window.take_files([other])
    told(window, qtbot, copy.name).buttons["Merge it"].click()
    assert not window.document.dirty
    assert "nothing that is not here" in window.notices.notices[0].text
