"""The document: one writer, undo by the same road, plans of the latest study only, saves that keep what fails."""

import gc
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ablator.app.document import Document
from ablator.core import edits
from ablator.core.change import Change
from ablator.core.elements import Element, Info, Relation
from ablator.core.errors import BadInput, CannotAccess, ChangedOnDisk, EditRefused
from ablator.core.study import Study, study_from
from ablator.files.study_file import decode, open_study


def small() -> Study:
    """Two ideas, a factor and an instrument."""
    return study_from(
        Info(name="small", metric="loss", goal="min"),
        [
            Element(id="rope", lane="instantiation", kind="idea", name="RoPE", slot="position_information"),
            Element(id="attention", lane="instantiation", kind="idea", name="Attention", slot="token_mixing"),
            Element(id="learning-rate", lane="reachability", kind="factor", name="Learning rate", prior=0.1),
            Element(id="eval-size", lane="observation", kind="instrument", name="Evaluation size", prior=0.1),
        ],
        [Relation(source="rope", target="attention", kind="requires")],
    )


@pytest.fixture
def document(qapp: object) -> Document:
    document = Document()
    document.load(small(), None, None)
    return document


def test_do_undo_and_redo_tell_the_same_way(document: Document) -> None:
    told: list[Change] = []
    document.changed.connect(told.append)
    change = edits.rename(document.study, "rope", "Rotary")
    before = document.study
    document.do(change)
    assert document.study.elements["rope"].name == "Rotary"
    assert document.undo_stack.undoText() == "Rename RoPE"
    document.undo()
    assert document.study.same_as(before)
    document.redo()
    assert document.study.elements["rope"].name == "Rotary"
    assert told == [change, change.inverse(), change]


def test_a_change_for_another_study_is_refused_before_the_push(document: Document) -> None:
    change = edits.rename(document.study, "rope", "Rotary")
    document.do(change)
    with pytest.raises(EditRefused):
        document.do(change)
    assert document.undo_stack.count() == 1


def test_an_empty_change_is_no_step(document: Document) -> None:
    document.do(Change("nothing"))
    assert document.undo_stack.count() == 0


def test_attempt_says_why_not(document: Document, qtbot: QtBot) -> None:
    with qtbot.waitSignal(document.refused) as told:
        assert not document.attempt(edits.relate, "attention", "rope", "requires")
    assert "circle" in told.args[0]
    assert document.attempt(edits.rename, "rope", "Rotary")


def test_many_steps_survive_the_garbage_collector(document: Document) -> None:
    for n in range(300):
        document.attempt(edits.rename, "rope", f"RoPE {n}")
    gc.collect()
    for _ in range(300):
        document.undo()
    gc.collect()
    assert document.study.elements["rope"].name == "RoPE"
    for _ in range(300):
        document.redo()
    assert document.study.elements["rope"].name == "RoPE 299"


def test_the_selection_holds_only_what_is_there(document: Document, qtbot: QtBot) -> None:
    with qtbot.waitSignal(document.selection_changed):
        document.select(["rope", "nobody", "rope", "learning-rate"])
    assert document.selection == ("rope", "learning-rate")
    with qtbot.waitSignal(document.selection_changed):
        document.do(edits.remove(document.study, ["rope"]))
    assert document.selection == ("learning-rate",)


def test_a_plan_comes_after_the_load_and_after_each_edit(qtbot: QtBot) -> None:
    document = Document()
    document.load(small(), None, None)
    assert document.plan is None
    assert document.planning
    qtbot.waitUntil(lambda: document.plan is not None)
    first = document.plan
    with qtbot.waitSignal(document.plan_changed):
        document.do(edits.remove(document.study, ["eval-size"]))
    assert first is not None
    assert document.plan is not None
    assert len(document.plan.steps) < len(first.steps)


class LateJobs:
    """Jobs that answer when told to; cancelled ones too, to see that a late answer is dropped."""

    def __init__(self) -> None:
        self.asked: list[tuple[bytes, Callable[[bytes], None]]] = []

    def submit(self, name: str, payload: bytes, done: Callable[[bytes], None], *_: object) -> "LateJobs":
        assert name == "plan"
        self.asked.append((payload, done))
        return self

    def cancel(self) -> None:
        """Too late, as ever."""


def test_a_late_plan_never_wins(qtbot: QtBot) -> None:
    import msgspec

    from ablator.plan.planner import plan

    jobs = LateJobs()
    document = Document(jobs)  # type: ignore[arg-type]
    document.load(small(), None, None)
    qtbot.waitUntil(lambda: len(jobs.asked) == 1)
    document.do(edits.remove(document.study, ["eval-size"]))
    qtbot.waitUntil(lambda: len(jobs.asked) == 2)
    answers = [msgspec.msgpack.encode(plan(decode(payload, "study"))) for payload, _ in jobs.asked]
    jobs.asked[0][1](answers[0])
    assert document.plan is None
    jobs.asked[1][1](answers[1])
    assert document.plan == plan(document.study)


def test_saved_undone_and_dirty(document: Document, tmp_path: Path) -> None:
    assert document.dirty, "a study without a file is unsaved"
    with pytest.raises(BadInput):
        document.save()
    told: list[bool] = []
    document.dirty_changed.connect(told.append)
    file = tmp_path / "s.ablation"
    document.save(file)
    assert document.path == file
    document.do(edits.rename(document.study, "rope", "Rotary"))
    document.undo()
    document.redo()
    document.save()
    document.undo()
    assert document.dirty, "undo across the save differs from the file"
    assert told == [False, True, False, True, False, True]
    assert open_study(file)[0].elements["rope"].name == "Rotary"


def test_a_file_that_others_changed_is_not_overwritten(document: Document, tmp_path: Path) -> None:
    file = tmp_path / "s.ablation"
    document.save(file)
    theirs = file.read_bytes().replace(b"RoPE", b"Rope")
    file.write_bytes(theirs)
    document.do(edits.rename(document.study, "rope", "Rotary"))
    with pytest.raises(ChangedOnDisk):
        document.save()
    assert document.dirty
    assert file.read_bytes() == theirs
    with pytest.raises(ChangedOnDisk):
        document.save(tmp_path / "." / "s.ablation")
    document.save(force=True)
    assert not document.dirty


def test_a_failed_save_as_keeps_path_and_dirt(document: Document, tmp_path: Path) -> None:
    file = tmp_path / "s.ablation"
    document.save(file)
    document.do(edits.rename(document.study, "rope", "Rotary"))
    with pytest.raises(CannotAccess):
        document.save(tmp_path / "nowhere" / "s.ablation")
    assert document.path == file
    assert document.dirty


def test_load_forgets_steps_selection_and_plan(document: Document, qtbot: QtBot, tmp_path: Path) -> None:
    qtbot.waitUntil(lambda: document.plan is not None)
    document.select(["rope"])
    document.do(edits.rename(document.study, "rope", "Rotary"))
    file = tmp_path / "s.ablation"
    document.save(file)
    study, file_hash = open_study(file)
    with qtbot.waitSignal(document.replaced):
        document.load(study, file, file_hash)
    assert not document.undo_stack.canUndo()
    assert document.selection == ()
    assert document.plan is None
    assert not document.dirty
