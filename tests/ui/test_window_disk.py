"""Two writers of one file: a clean study may be reloaded, a dirty one kept, reloaded or merged; never a silent loss."""

import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel
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
from ablator.ui.compare_conflicts import ConflictsDialog
from ablator.ui.compare_dialog import CompareDialog
from ablator.ui.notice import Notice
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


def dirty(window: MainWindow) -> bool:
    return window.document.dirty


def merge(window: MainWindow, qtbot: QtBot, button: str = "Merge") -> None:
    """Click, and wait for the worker's answer."""
    with qtbot.waitSignal(window.files.disk.merging.merged, timeout=20_000):
        window.notices.notices[0].buttons[button].click()


def look(window: MainWindow, qtbot: QtBot) -> None:
    """Look at the disk, and wait until it was looked."""
    window.files.disk.watch.look()
    qtbot.waitUntil(lambda: not window.files.disk.watch.looking)


def name(window: MainWindow, key: str = "rope") -> str:
    return window.document.study.elements[key].name


def test_a_clean_study_may_be_reloaded(window: MainWindow, file: Path, qtbot: QtBot) -> None:
    theirs(file, "rope", "Theirs")
    notice = told(window, qtbot)
    assert list(notice.buttons) == ["Reload", "Compare", "Save as…"]
    assert name(window) == "RoPE", "nothing is taken over unasked"
    notice.buttons["Reload"].click()
    assert name(window) == "Theirs"
    assert not dirty(window)
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
    assert list(notice.buttons) == ["Keep mine", "Reload theirs", "Compare", "Merge", "Save as…"]
    merge(window, qtbot)
    assert (name(window), name(window, "norm")) == ("Mine", "Theirs")
    assert dirty(window)
    assert not window.document.study.conflicts
    window.actions_made.run("file.save")
    assert not dirty(window)
    saved = open_study(file)[0]
    assert (saved.elements["rope"].name, saved.elements["norm"].name) == ("Mine", "Theirs")


def test_a_merge_taken_back_asks_again_before_theirs_is_overwritten(
    window: MainWindow, file: Path, qtbot: QtBot
) -> None:
    window.document.attempt(edits.rename, "rope", "Mine")
    theirs(file, "norm", "Theirs")
    told(window, qtbot)
    merge(window, qtbot)
    window.actions_made.run("edit.undo")
    assert name(window, "norm") == "Norm"
    window.actions_made.run("file.save")
    assert dirty(window)
    assert open_study(file)[0].elements["norm"].name == "Theirs"
    window.actions_made.run("edit.redo")
    window.actions_made.run("file.save")
    assert not dirty(window)
    assert open_study(file)[0].elements["norm"].name == "Theirs"


def conflicts(window: MainWindow) -> ConflictsDialog:
    return next(d for d in window.findChildren(ConflictsDialog) if d.isVisible())


def test_conflicts_are_decided_card_by_card(window: MainWindow, file: Path, qtbot: QtBot) -> None:
    window.document.attempt(edits.rename, "rope", "<b>Mine")
    window.document.attempt(edits.rename, "norm", "My norm")
    study, _ = open_study(file)
    study = edits.rename(study, "rope", "Theirs").apply(study)
    save_study(edits.rename(study, "norm", "Their norm").apply(study), file)
    told(window, qtbot)
    merge(window, qtbot)
    assert len(window.document.study.conflicts) == 2
    assert window.actions_made["study.conflicts"].isEnabled()
    window.notices.notices[0].buttons["Decide…"].click()
    box = conflicts(window)
    card = next(c for c in box.cards if c.conflict.row == "rope")
    said = [text.text() for text in card.findChildren(QLabel)]
    assert {"RoPE", "<b>Mine", "Theirs", "Before both"} <= set(said), said
    assert all(text.textFormat() == Qt.TextFormat.PlainText for text in card.findChildren(QLabel))
    next(b for b in card.buttons.values() if b.text() == "Take theirs").click()
    assert name(window) == "Theirs"
    assert [c.conflict.row for c in box.cards] == ["norm"]
    next(b for b in box.cards[0].buttons.values() if b.text() == "Take this").click()
    assert name(window, "norm") == "Norm", "that of before both"
    assert not window.document.study.conflicts
    assert not box.isVisible(), "nothing is left to decide"
    window.document.undo()
    window.document.undo()
    assert len(window.document.study.conflicts) == 2


@pytest.mark.parametrize(("whose", "names"), [("mine", {"Mine", "My norm"}), ("theirs", {"Theirs", "Their norm"})])
def test_all_conflicts_are_decided_for_one_side_as_one_step(
    window: MainWindow, file: Path, qtbot: QtBot, whose: str, names: set[str]
) -> None:
    window.document.attempt(edits.rename, "rope", "Mine")
    window.document.attempt(edits.rename, "norm", "My norm")
    study, _ = open_study(file)
    study = edits.rename(study, "rope", "Theirs").apply(study)
    save_study(edits.rename(study, "norm", "Their norm").apply(study), file)
    told(window, qtbot)
    merge(window, qtbot)
    window.actions_made.run("study.conflicts")
    conflicts(window).all_buttons[whose].click()
    assert {name(window), name(window, "norm")} == names
    window.document.undo()
    assert len(window.document.study.conflicts) == 2


def test_an_edit_that_is_made_while_the_worker_merges_is_kept(window: MainWindow, file: Path, qtbot: QtBot) -> None:
    window.document.attempt(edits.rename, "rope", "Mine")
    theirs(file, "norm", "Theirs")
    told(window, qtbot)
    with qtbot.waitSignal(window.files.disk.merging.merged, timeout=20_000):
        window.notices.notices[0].buttons["Merge"].click()
        window.document.attempt(edits.rename, "rope", "Mine again")
    assert (name(window), name(window, "norm")) == ("Mine again", "Theirs")


def compared(window: MainWindow, qtbot: QtBot) -> CompareDialog:
    box = next(d for d in window.findChildren(CompareDialog) if d.isVisible())
    qtbot.waitUntil(lambda: bool(box.model.comparison.rows), timeout=20_000)
    return box


def test_what_lies_on_disk_is_compared_before_it_is_merged(window: MainWindow, file: Path, qtbot: QtBot) -> None:
    window.document.attempt(edits.rename, "rope", "Mine")
    study, _ = open_study(file)
    study = edits.remove(study, ["norm"]).apply(study)
    added = Element(id="mlp", lane="instantiation", kind="idea", name="<img src=x>")
    save_study(study_from(Info(name="small"), [*study.elements.values(), added]), file)
    told(window, qtbot).buttons["Compare"].click()
    box = compared(window, qtbot)
    found = {row.id: row.state for row in box.model.comparison.rows}
    assert found == {"rope": "changed", "norm": "left", "mlp": "right"}
    assert box.list.isVisible()
    box.search.setText("no such words")
    assert not box.list.isVisible()
    box.search.setText("rope")
    assert [row.id for row in box.model.rows()] == ["rope"]
    box.copy_button.click()
    assert "Mine → RoPE" in QGuiApplication.clipboard().text()
    with qtbot.waitSignal(window.files.disk.merging.merged, timeout=20_000):
        box.merge_button.click()
    assert window.document.study.elements.keys() == {"rope", "mlp"}
    assert name(window) == "Mine"


def test_a_comparison_follows_the_study(window: MainWindow, file: Path, qtbot: QtBot, tmp_path: Path) -> None:
    other = tmp_path / "other.ablation"
    save_study(edits.rename(STUDY, "rope", "Other").apply(STUDY), other)
    window.files.disk.compare(other)
    box = compared(window, qtbot)
    assert box.model.comparison.count("changed") == 1
    window.document.attempt(edits.rename, "rope", "Other")
    qtbot.waitUntil(lambda: not box.model.comparison.count("changed"), timeout=20_000)
    assert "the same" in box.told.text()
    assert not box.merge_button.isEnabled()
    box.close()


def test_keep_mine_keeps_theirs_as_an_earlier_version(window: MainWindow, file: Path, qtbot: QtBot) -> None:
    window.document.attempt(edits.rename, "rope", "Mine")
    theirs(file, "rope", "Theirs")
    told(window, qtbot).buttons["Keep mine"].click()
    assert dirty(window)
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
    assert not dirty(window)
    assert open_study(file)[0].elements["rope"].name == "Mine"


def test_theirs_is_damaged(window: MainWindow, file: Path, qtbot: QtBot) -> None:
    window.document.attempt(edits.rename, "rope", "Mine")
    file.write_text("{")
    told(window, qtbot)
    with qtbot.waitSignal(window.files.disk.merging.failed, timeout=20_000):
        window.notices.notices[0].buttons["Merge"].click()
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
        assert dirty(window)
        assert file.read_bytes() == before
        assert [p.name for p in file.parent.iterdir() if p.suffix != ".ini"] == ["small.ablation"]
        notice = window.notices.notices[0]
        assert list(notice.buttons) == ["Retry", "Save as…", "Copy details"]
    notice.buttons["Retry"].click()
    assert not dirty(window)
    assert open_study(file)[0].elements["rope"].name == "Mine"


def test_a_conflict_copy_beside_the_file_is_merged(window: MainWindow, file: Path, qtbot: QtBot) -> None:
    copy = file.with_name("small.sync-conflict-20260102-101112-ABCDEF7.ablation")
    save_study(edits.rename(STUDY, "norm", "<b>Theirs").apply(STUDY), copy)
    told(window, qtbot, copy.name)
    merge(window, qtbot, "Merge it")
    assert len(window.document.study.conflicts) == 1
    assert dirty(window)
    window.document.undo()
    assert window.document.study.same_as(STUDY)
    assert copy.exists()
    look(window, qtbot)
    assert not any(copy.name in n.text for n in window.notices.notices), "told once"


def test_a_conflict_copy_that_was_there_before(window: MainWindow, file: Path, qtbot: QtBot, tmp_path: Path) -> None:
    other = tmp_path / "other.ablation"
    copy = tmp_path / "other (conflicted copy 2026-01-02).ablation"
    for path in (other, copy):
        save_study(STUDY, path)
    window.take_files([other])
    told(window, qtbot, copy.name)
    with qtbot.waitSignal(window.files.disk.merging.nothing, timeout=20_000):
        window.notices.notices[0].buttons["Merge it"].click()
    assert not dirty(window)
    assert "nothing that is not here" in window.notices.notices[0].text


def git(folder: Path, *words: str) -> None:
    env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(folder)}
    env |= {f"GIT_{who}_{what}": "t@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    subprocess.run(["git", *words], cwd=folder, env=env, capture_output=True, check=False, timeout=20)


def test_a_file_in_which_git_left_both_sides_is_merged_by_meaning(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    repository = tmp_path / "repository"
    repository.mkdir()
    file = repository / "plan.ablation"
    git(repository, "init", "-q", "-b", "main")
    for branch, word in (("main", "RoPE"), ("theirs", "Theirs"), ("main", "Ours")):
        git(
            repository,
            "checkout",
            "-q",
            "-B" if branch == "theirs" else branch,
            *([branch] if branch == "theirs" else []),
        )
        study = edits.rename(STUDY, "rope", word).apply(STUDY) if word != "RoPE" else STUDY
        save_study(study, file)
        git(repository, "add", ".")
        git(repository, "commit", "-q", "-m", word)
    git(repository, "merge", "theirs")
    assert b"<<<<<<<" in file.read_bytes()
    window.take_files([file])
    told(window, qtbot, "left both sides")
    merge(window, qtbot, "Merge by meaning")
    assert window.document.path == file
    assert dirty(window)
    assert len(window.document.study.conflicts) == 1
    assert b"<<<<<<<" in file.read_bytes(), "only a save writes"
    window.actions_made.run("study.conflicts")
    conflicts(window).all_buttons["theirs"].click()
    window.actions_made.run("file.save")
    assert not dirty(window)
    saved, _ = open_study(file)
    assert saved.elements["rope"].name == "Theirs"
    assert not saved.conflicts


def test_marks_outside_of_a_merge_are_said(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    file = tmp_path / "loose.ablation"
    file.write_bytes(b'{\n<<<<<<< HEAD\n "format": "ablation-study",\n=======\n>>>>>>> theirs\n "version": 1\n}\n')
    window.take_files([file])
    told(window, qtbot, "left both sides")
    with qtbot.waitSignal(window.files.disk.merging.failed, timeout=20_000):
        window.notices.notices[0].buttons["Merge by meaning"].click()
    assert window.document.path != file
    assert window.document.study.same_as(STUDY)
