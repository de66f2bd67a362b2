"""Recovered work: journalled from the start, offered in three places, opened as unsaved, gone when unwanted."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ablator.app.document import Document
from ablator.app.rescue import rescue, rescued
from ablator.app.settings import Settings
from ablator.app.theme import Theme
from ablator.core import edits
from ablator.core.elements import Element, Info
from ablator.core.study import study_from
from ablator.files.journal import Journal, abandoned, journal_folder
from ablator.files.study_file import open_study, save_study
from ablator.ui.asking import Asking, Unsaved
from ablator.ui.picking import PickDialog
from ablator.ui.window import MainWindow

STUDY = study_from(Info(name="small"), [Element(id="rope", lane="instantiation", kind="idea", name="RoPE")])


class Answers(Asking):
    """Answers by itself."""

    unsaved: Unsaved = "discard"

    def about_unsaved(self, parent: object, name: str) -> Unsaved:
        return self.unsaved


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "small.ablation"
    save_study(STUDY, path)
    return path


@pytest.fixture
def window(tmp_path: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    window = MainWindow(Document(), Settings(tmp_path / "settings.ini"), Theme("light"), asking=Answers())
    qtbot.addWidget(window)
    window.show()
    yield window
    window.document.load(study_from(Info(), []), None, None)


def crashed(file: Path, *names: str) -> None:
    """What a program leaves that was killed after renaming RoPE."""
    study, file_hash = open_study(file)
    journal = Journal(journal_folder())
    journal.restart(study, file, file_hash)
    for name in names:
        change = edits.rename(study, "rope", name)
        journal.append(change)
        study = change.apply(study)
    journal.close()


def lists(window: MainWindow) -> list[PickDialog]:
    return [d for d in window.findChildren(PickDialog) if d.isVisible()]


def test_what_a_crash_left_is_offered_and_opened_as_unsaved(window: MainWindow, file: Path) -> None:
    crashed(file, "Rotary", "Turning")
    window.recovery.begin()
    assert [b.accessibleName().split(",")[0] for b in window.welcome.recovered] == ["small"]
    assert "small" in window.notices.notices[0].text
    assert "2 edits" in window.notices.notices[0].text
    window.welcome.recovered[0].click()
    assert window.page == "workspace"
    assert window.document.study.elements["rope"].name == "Turning"
    assert window.document.dirty
    assert window.document.path == file
    assert window.welcome.recovered == []
    assert not window.notices.notices
    assert open_study(file)[0].same_as(STUDY), "nothing is written until it is saved"
    window.actions_made.run("file.save")
    assert open_study(file)[0].elements["rope"].name == "Turning"
    assert list(journal_folder().iterdir()) == []


def test_the_bar_discards(window: MainWindow, file: Path) -> None:
    crashed(file, "Rotary")
    window.recovery.begin()
    window.notices.notices[0].buttons["Discard it"].click()
    assert abandoned() == []
    assert window.welcome.recovered == []


def test_the_list_opens_and_discards(window: MainWindow, file: Path) -> None:
    for name in ("first", "second"):
        crashed(file, name)
    (journal_folder() / "torn.journal").write_bytes(b"0 {")
    window.recovery.begin()
    window.notices.notices[0].buttons["Show the list…"].click()
    (box,) = lists(window)
    assert box.list.count() == 3
    for n in range(3):
        box.list.setCurrentRow(n)
        damaged = "torn" in box.list.item(n).text()
        assert box.buttons[0].isEnabled() is not damaged
        if damaged:
            box.buttons[1].click()
            break
    assert box.list.count() == 2
    assert len(abandoned()) == 2
    box.list.setCurrentRow(0)
    box.buttons[0].click()
    assert not lists(window)
    assert window.document.study.elements["rope"].name in {"first", "second"}
    window.actions_made.run("file.recovery")
    (box,) = lists(window)
    assert box.list.count() == 1
    box.reject()


def test_do_not_save_drops_the_journal(window: MainWindow, file: Path) -> None:
    window.recovery.begin()
    window.take_files([file])
    window.document.attempt(edits.rename, "rope", "Mine")
    assert len(list(journal_folder().iterdir())) == 1
    assert window.close()
    assert list(journal_folder().iterdir()) == []


def test_cancel_keeps_the_journal(window: MainWindow, file: Path) -> None:
    assert isinstance(window.asking, Answers)
    window.recovery.begin()
    window.take_files([file])
    window.document.attempt(edits.rename, "rope", "Mine")
    window.asking.unsaved = "cancel"
    assert not window.close()
    assert len(list(journal_folder().iterdir())) == 1


def test_an_untouched_example_leaves_nothing(window: MainWindow) -> None:
    window.recovery.begin()
    window.actions_made.run("file.example")
    journal = window.recovery.autosave._journal  # type: ignore[union-attr]
    journal.close()
    window.recovery.look()
    assert window.recovery.entries == []
    assert list(journal_folder().iterdir()) == []


def test_present_work_is_asked_about_before_recovered_work_is_opened(window: MainWindow, file: Path) -> None:
    assert isinstance(window.asking, Answers)
    crashed(file, "Rotary")
    window.recovery.begin()
    window.document.load(STUDY, None, None)
    window.asking.unsaved = "cancel"
    window.recovery.open(window.recovery.entries[0])
    assert window.document.path is None
    assert len(abandoned()) == 1


def test_a_copy_goes_once_it_is_saved_elsewhere(window: MainWindow, tmp_path: Path) -> None:
    lost = Document()
    lost.load(STUDY, None, None)
    assert rescue(lost) is not None
    window.recovery.begin()
    (entry,) = window.recovery.entries
    window.recovery.open(entry)
    assert len(rescued()) == 1, "kept until it is safe"
    window.document.save(tmp_path / "safe.ablation")
    assert rescued() == []
    assert window.recovery.entries == []


def test_a_journal_that_cannot_be_written_is_said(window: MainWindow, file: Path) -> None:
    journal_folder().parent.mkdir(parents=True)
    journal_folder().write_text("in the way")
    window.recovery.begin()
    window.take_files([file])
    window.document.attempt(edits.rename, "rope", "Mine")
    assert "journal" in window.notices.notices[0].text
    window.recovery.secure()
    assert len(rescued()) == 1


def test_earlier_versions_are_restored_as_a_step(window: MainWindow, file: Path) -> None:
    window.take_files([file])
    window.actions_made.run("file.versions")
    (box,) = lists(window)
    assert box.list.count() == 0
    assert not box.buttons[0].isEnabled()
    box.reject()
    window.document.attempt(edits.rename, "rope", "Rotary")
    window.actions_made.run("file.save")
    window.actions_made.run("file.versions")
    (box,) = lists(window)
    assert box.list.count() == 1
    box.buttons[0].click()
    assert window.document.study.same_as(STUDY)
    assert window.document.dirty
    window.actions_made.run("edit.undo")
    assert window.document.study.elements["rope"].name == "Rotary"
    assert not window.document.dirty
