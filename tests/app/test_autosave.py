"""Every change of the document is journalled; what a crash left comes back as unsaved edits."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ablator.app.autosave import Autosave, recover
from ablator.app.document import Document
from ablator.core import edits
from ablator.core.elements import Element, Info
from ablator.core.study import study_from
from ablator.files.journal import Journal, abandoned
from ablator.files.study_file import open_study, save_study

STUDY = study_from(Info(name="Start"), [Element(id="a", lane="instantiation", kind="idea")])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "s.ablation"
    save_study(STUDY, path)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "journals"


@pytest.fixture
def document(qapp: object, file: Path) -> Iterator[Document]:
    made = Document()
    made.load(*_loaded(file))
    yield made
    made.deleteLater()


def _loaded(file: Path):  # type: ignore[no-untyped-def]
    study, file_hash = open_study(file)
    return study, file, file_hash


def crash(document: Document, journal: Journal) -> None:
    """The lock goes and the file stays, as when the process is gone."""
    journal.close()
    document.changed.disconnect()


def test_edits_come_back_as_unsaved(document: Document, file: Path, folder: Path, qapp: object) -> None:
    journal = Journal(folder)
    Autosave(document, journal)
    assert not folder.exists(), "nothing is written before the first edit"
    for name in ("x", "y", "z"):
        document.attempt(edits.rename, "a", name)
    document.undo()
    crash(document, journal)

    again = Document()
    Autosave(again, Journal(folder))
    (left,) = abandoned(folder)
    found = recover(again, left)
    assert again.study.elements["a"].name == "y"
    assert again.dirty
    assert (again.path, found.edits) == (file, 4)
    assert abandoned(folder) == [], "the new journal is held, the old one gone"
    assert len(list(folder.iterdir())) == 1
    again.save()
    assert list(folder.iterdir()) == []
    again.undo()
    assert again.study.elements["a"].name == ""
    again.undo_stack.clear()
    again.deleteLater()


def test_saving_drops_the_journal_and_begins_anew(document: Document, file: Path, folder: Path) -> None:
    journal = Journal(folder)
    Autosave(document, journal)
    document.attempt(edits.rename, "a", "x")
    assert len(list(folder.iterdir())) == 1
    document.save()
    assert list(folder.iterdir()) == []
    document.attempt(edits.rename, "a", "y")
    crash(document, journal)
    found = abandoned(folder)[0].recover()
    assert found.file_hash == open_study(file)[1]
    assert (found.base.elements["a"].name, found.study.elements["a"].name) == ("x", "y")


def test_a_new_study_is_kept_from_the_start(document: Document, folder: Path) -> None:
    journal = Journal(folder)
    Autosave(document, journal)
    document.load(STUDY, None, None)
    crash(document, journal)
    assert abandoned(folder)[0].recover().study.same_as(STUDY)


def test_a_journal_that_cannot_be_written_is_said_once(document: Document, tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "none").write_text("")
    autosave = Autosave(document, Journal(tmp_path / "none"))
    said: list[str] = []
    autosave.failed.connect(said.append)
    for name in ("x", "y"):
        document.attempt(edits.rename, "a", name)
    assert len(said) == 1
    assert "journal" in said[0]
    assert document.study.elements["a"].name == "y"
