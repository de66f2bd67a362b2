"""Running from the window: every word is shown, results go through the document, a stop ends it."""

import json
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from ablator.app.document import Document
from ablator.app.running import Choice, Running, first_runs
from ablator.cli.main import main
from ablator.core import edits
from ablator.core.errors import EditRefused
from ablator.files.study_file import open_study
from ablator.plan.planner import plan
from ablator.ui.run_dialog import RunDialog

SECONDS_60 = 60_000


@pytest.fixture
def filed(tmp_path: Path, qtbot: QtBot) -> Document:
    """A study with a file, and its plan."""
    config = {"model_type": "mlp", "num_layers": 3, "hidden_size": 256, "batch_size": 64, "learning_rate": 0.5}
    (tmp_path / "settings.json").write_text(json.dumps(config))
    path = tmp_path / "s.ablation"
    words = ["new", str(tmp_path / "settings.json"), "-o", str(path), "--metric", "accuracy", "--goal", "max", "-q"]
    assert main([*words, "--baseline", "45", "--effect", "1", "--hours-per-run", "1"]) == 0
    study, file_hash = open_study(path)
    document = Document()
    with qtbot.waitSignal(document.plan_changed):
        document.load(study, path, file_hash)
    document._take_plan(study, plan(study))
    return document


def _train(text: str) -> str:
    code = f"import sys, json; {text}"
    return f"'{sys.executable}' -c \"{code}\" {{overrides}}"


def test_the_command_of_the_study_is_shown_in_full_and_so_is_what_it_starts(
    parent: QWidget, filed: Document, tmp_path: Path
) -> None:
    hostile = "train <b>x</b> " + "y" * 5_000 + " {overrides}"
    filed.do(edits.set_info(filed.study, "command", hostile))
    dialog = RunDialog(filed, Running(filed), parent)
    assert dialog.command.toPlainText() == hostile
    lines = dialog.first.toPlainText().splitlines()
    assert lines
    assert all("y" * 5_000 in line and "<b>x</b>" in line for line in lines)
    assert "batch_size=" in lines[0]
    dialog.style_.setCurrentIndex(1)
    assert "--batch_size" in dialog.first.toPlainText()
    dialog.command.setPlainText("train without a place")
    assert "{overrides}" in dialog.why.text()
    assert not dialog.buttons.button(dialog.buttons.StandardButton.Ok).isEnabled()


def test_results_go_on_record_through_the_document(qtbot: QtBot, parent: QWidget, filed: Document) -> None:
    running = Running(filed)
    dialog = RunDialog(filed, running, parent)
    dialog.command.setPlainText(_train("print(json.dumps({'accuracy': 50.5}))"))
    before = filed.path.read_bytes() if filed.path else b""
    with qtbot.waitSignal(running.ended, timeout=SECONDS_60):
        dialog.take()
    rows = {e.run: e.metrics for e in filed.study.evidence.values() if e.kind == "result"}
    assert set(map(str, rows)) == {made["run"] for made in running.made}
    assert all(m == {"accuracy": 50.5} for m in rows.values())
    assert filed.path is not None
    assert filed.path.read_bytes() == before
    assert filed.dirty
    assert filed.study.info.command == dialog.command.toPlainText()
    assert "50.5" in dialog.lines.toPlainText()
    assert filed.path.with_suffix(".runs").is_dir()
    while filed.undo_stack.canUndo():
        filed.undo()
    assert not any(e.kind == "result" for e in filed.study.evidence.values())


def test_a_stop_ends_it_and_nothing_is_lost(qtbot: QtBot, parent: QWidget, filed: Document) -> None:
    running = Running(filed)
    dialog = RunDialog(filed, running, parent)
    dialog.command.setPlainText(_train("import time; time.sleep(600)"))
    dialog.take()
    assert filed.path is not None
    states = filed.path.with_suffix(".runs")
    qtbot.waitUntil(lambda: any(states.glob("*/*/*/starts.txt")), timeout=SECONDS_60)
    with pytest.raises(EditRefused):
        running.start(Choice(command="x {overrides}"))
    with qtbot.waitSignal(running.ended, timeout=SECONDS_60):
        dialog.stop.click()
    assert not running.active
    assert {json.loads(p.read_bytes())["status"] for p in states.glob("*/*/*/state.json")} == {"stopped"}


def test_another_study_gets_none_of_the_results(qtbot: QtBot, filed: Document, document: Document) -> None:
    running = Running(filed)
    running.start(Choice(command=_train("print(json.dumps({'accuracy': 50.5}))")))
    other = document.study
    with qtbot.waitSignal(running.ended, timeout=SECONDS_60):
        filed.load(other, None, None)
    assert filed.study is other
    filed._take_plan(other, plan(other))


def test_a_command_that_cannot_be_started_says_so(qtbot: QtBot, parent: QWidget, filed: Document) -> None:
    running = Running(filed)
    dialog = RunDialog(filed, running, parent)
    dialog.command.setPlainText("no-such-program {overrides}")
    with qtbot.waitSignal(running.ended, timeout=SECONDS_60):
        dialog.take()
    assert "cannot be started" in running.sentence
    assert "cannot be started" in dialog.state.text()


def test_a_study_without_a_file_is_saved_first(parent: QWidget, document: Document) -> None:
    dialog = RunDialog(document, Running(document), parent)
    assert "Save the study first" in dialog.why.text()


def test_the_list_is_what_the_command_line_would_start(
    filed: Document, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = first_runs(filed.study, filed.plan, Choice(command="t {overrides} --seed {seed}"), tmp_path / "s.runs")
    capsys.readouterr()
    words = ["run", str(filed.path), "--command", "t {overrides} --seed {seed}", "--dry-run", "--json"]
    assert main(words) == 0
    assert found == [(r["run"], r["command"]) for r in json.loads(capsys.readouterr().out)["runs"]]
