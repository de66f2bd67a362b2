"""Results on record: verdicts, values typed and pasted, waivers, each one undo step."""

import msgspec
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from ablator.app.document import Document
from ablator.app.results_model import FIXED, ResultsModel, settings_of
from ablator.files.study_file import open_study
from ablator.resources import resource
from ablator.ui import record_dialog
from ablator.ui.record_dialog import RecordDialog
from ablator.ui.waive_dialog import WaiveDialog
from tests.ui.panel_studies import loaded, replan


def opened(qtbot: QtBot, parent: QWidget, document: Document, *, seeds: bool) -> RecordDialog:
    assert document.plan is not None
    kinds = {r.step for r in document.plan.runs if r.kind == "confirm"}
    step = next(s for s in document.plan.steps if (s.id in kinds) == seeds)
    dialog = record_dialog.record(parent, document, step.id)
    assert dialog is not None
    return dialog


def ok(dialog: RecordDialog | WaiveDialog) -> bool:
    return dialog.buttons.button(dialog.buttons.StandardButton.Ok).isEnabled()


def test_a_verdict_is_recorded_with_its_reason(qtbot: QtBot, parent: QWidget, document: Document) -> None:
    dialog = opened(qtbot, parent, document, seeds=False)
    step = dialog.step.id
    assert not ok(dialog)
    assert "unlikely" not in dialog.verdicts
    dialog.verdicts["fine"].setChecked(True)
    dialog.reason.setPlainText("looked twice")
    assert ok(dialog)
    dialog.take()
    (decision,) = document.study.decisions.values()
    assert (decision.step, decision.verdict, decision.reason) == (step, "fine", "looked twice")
    assert decision.author
    assert decision.date
    assert document.undo_stack.count() == 1
    replan(document)
    assert document.plan is not None
    found = document.plan.step(step)
    assert found is not None
    assert found.state == "done"


def test_values_are_pasted_and_strangers_explained(qtbot: QtBot, parent: QWidget, document: Document) -> None:
    dialog = opened(qtbot, parent, document, seeds=True)
    first, second = (r.run for r in dialog.model.runs[:2])
    text = f"run\teval_loss\taccuracy\n{first}\t3,5\t0.5\n{second.partition('/')[2]}\tnan\t\nno/such/run\t1\t\n"
    QGuiApplication.clipboard().setText(text.replace("3,5", "3.5"))
    dialog.paste()
    assert "no/such/run" in dialog.match.text()
    assert "Line 4" in dialog.match.text()
    assert ok(dialog)
    dialog.take()
    rows = {e.run: e for e in document.study.evidence.values()}
    assert rows[first].metrics == {"eval_loss": 3.5, "accuracy": 0.5}
    assert rows[second].state == "diverged"
    assert rows[second].metrics == {}
    document.undo()
    assert not document.study.evidence
    replan(document)


def test_values_are_typed_and_wrong_ones_not_taken(qtbot: QtBot, parent: QWidget, document: Document) -> None:
    dialog = opened(qtbot, parent, document, seeds=True)
    model = dialog.model
    cell = model.index(0, FIXED)
    assert not model.setData(cell, "much")
    assert model.setData(cell, "3.25")
    assert model.filled == 1
    assert model.setData(cell, "")
    assert model.filled == 0
    assert not ok(dialog)
    dialog.reject()


def test_each_run_says_what_it_sets(document: Document) -> None:
    assert document.plan is not None
    run = msgspec.structs.replace(
        document.plan.runs[0], overrides={"learning_rate": 0.001, "lr_scheduler_type": "cosine"}
    )
    model = ResultsModel([run], {}, ["eval_loss"])
    assert settings_of(run) == "learning_rate=0.001, lr_scheduler_type=cosine"
    assert settings_of(run).startswith(model.data(model.index(0, 1)).removesuffix("…"))


def test_values_and_verdict_together_are_one_undo_step(qtbot: QtBot, parent: QWidget, document: Document) -> None:
    dialog = opened(qtbot, parent, document, seeds=True)
    dialog.model.setData(dialog.model.index(0, FIXED), "3.1")
    next(iter(dialog.verdicts.values())).setChecked(True)
    dialog.take()
    assert document.undo_stack.count() == 1
    assert document.study.evidence
    assert document.study.decisions
    replan(document)


def test_a_waiver_needs_a_reason(qtbot: QtBot, parent: QWidget, document: Document) -> None:
    assert document.plan is not None
    step = document.plan.steps[0].id
    dialog = record_dialog.waive(parent, document, step)
    assert dialog is not None
    assert not ok(dialog)
    dialog.reason.setPlainText("   ")
    assert not ok(dialog)
    dialog.reason.setPlainText("the loader was rewritten")
    assert ok(dialog)
    dialog.take()
    (decision,) = document.study.decisions.values()
    assert (decision.kind, decision.step, decision.reason) == ("waiver", step, "the loader was rewritten")
    replan(document)


def test_a_step_that_is_not_there_is_refused(qtbot: QtBot, parent: QWidget, document: Document) -> None:
    with qtbot.waitSignal(document.refused):
        assert record_dialog.record(parent, document, "verify-nothing") is None


def test_long_settings_leave_the_values_in_view(parent: QWidget) -> None:
    study, _ = open_study(resource("examples", "flat-decoder", "flat-decoder.ablation"))
    dialog = record_dialog.record(parent, loaded(study), "tune-lr-schedule")
    assert dialog is not None
    assert any("lr_scheduler_kwargs" in settings_of(r) for r in dialog.model.runs)
    dialog.show()
    values = dialog.table.visualRect(dialog.model.index(0, FIXED))
    assert values.width() > 40
    assert dialog.table.viewport().rect().contains(values)
    dialog.close()
