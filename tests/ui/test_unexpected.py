"""An unexpected error: the work is safe first, one dialog says where, and the program goes on."""

from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication

from ablator.app.document import Document
from ablator.app.rescue import discard, folder, rescue, rescued
from ablator.core import edits
from ablator.core.elements import Element, Info
from ablator.core.study import study_from
from ablator.files.study_file import open_study
from ablator.ui.unexpected import Unexpected

STUDY = study_from(Info(name="a/b: c"), [Element(id="rope", lane="instantiation", kind="idea", name="RoPE")])


@pytest.fixture
def document(qapp: object) -> Document:
    document = Document()
    document.load(STUDY, None, None)
    document.attempt(edits.rename, "rope", "Rotary")
    return document


def crash() -> RuntimeError:
    try:
        raise RuntimeError("<b>boom</b>")
    except RuntimeError as wrong:
        return wrong


def test_work_is_rescued_under_a_plain_name(document: Document) -> None:
    path = rescue(document)
    assert path is not None
    assert path.parent == folder()
    assert path.name.startswith("a-b-c-")
    assert open_study(path)[0].same_as(document.study)
    assert rescued() == [path]
    discard(path)
    assert rescued() == []


def test_nothing_to_rescue(document: Document, tmp_path: Path) -> None:
    assert rescue(Document()) is None
    document.save(tmp_path / "s.ablation")
    assert rescue(document) is None


def test_one_dialog_for_many_errors(document: Document) -> None:
    hook = Unexpected(document)
    wrong = crash()
    hook(RuntimeError, wrong, wrong.__traceback__)
    box = hook.box
    assert box is not None
    assert str(rescued()[0]) in box.informativeText()
    hook(RuntimeError, wrong, wrong.__traceback__)
    assert hook.box is box
    next(b for b in box.buttons() if b.text().replace("&", "") == "Copy details").click()
    copied = QGuiApplication.clipboard().text()
    assert copied.count("Traceback") == 2
    assert "Ablator" in copied
    assert box.isVisible(), "copying leaves it open"
    box.close()
    assert hook.box is None
