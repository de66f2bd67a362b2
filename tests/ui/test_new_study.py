"""The new-study page: what was seen in each file, a preview that follows, and a study that may lack everything."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot

from ablator.app.jobs import Jobs
from ablator.app.theme import Theme
from ablator.core.study import Study
from ablator.ui.lane_preview import shared_rows
from ablator.ui.mapping_dialog import MappingDialog
from ablator.ui.new_study import NewStudyPage

CONFIG = (
    '{"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "n_layer": 4, "n_head": 4, "n_embd": 128,'
    ' "n_positions": 256, "vocab_size": 1000}'
)
WAIT = 30_000


@pytest.fixture
def jobs(qapp: object) -> Iterator[Jobs]:
    jobs = Jobs()
    yield jobs
    jobs.stop()


@pytest.fixture
def page(jobs: Jobs, qtbot: QtBot) -> NewStudyPage:
    page = NewStudyPage(jobs, Theme("light"))
    qtbot.addWidget(page)
    page.resize(1100, 800)
    page.show()
    return page


def create(page: NewStudyPage, qtbot: QtBot) -> Study:
    with qtbot.waitSignal(page.created, timeout=WAIT) as told:
        qtbot.mouseClick(page.create_button, Qt.MouseButton.LeftButton)
    study = told.args[0]
    assert isinstance(study, Study)
    return study


def test_a_dropped_config_becomes_a_preview_and_a_study(page: NewStudyPage, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(CONFIG)
    page.start([str(tmp_path / "config.json")])
    qtbot.waitUntil(lambda: page.preview.counts["instantiation"] > 3, timeout=WAIT)
    assert "ideas" in page.rows[0].seen.text()
    page.form.fields["metric"].setText("eval_loss")
    page.form.goal.setCurrentIndex(page.form.goal.findData("min"))
    page.form.fields["effect"].setText("1.5%")
    page.form.fields["budget"].setText("24")
    study = create(page, qtbot)
    assert (study.info.metric, study.info.goal) == ("eval_loss", "min")
    assert (study.info.effect, study.info.budget) == ("1.5%", 24.0)
    assert len([e for e in study.elements.values() if e.kind == "idea" and e.present]) > 3


def test_everything_may_stay_empty(page: NewStudyPage, qtbot: QtBot) -> None:
    page.start([])
    assert create(page, qtbot).elements


def test_a_file_that_cannot_be_read_is_named_and_left_out(page: NewStudyPage, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(CONFIG)
    (tmp_path / "torn.json").write_text('{"a": ')
    page.start([str(tmp_path / "torn.json"), str(tmp_path / "config.json")])
    qtbot.waitUntil(lambda: bool(page.rows[0].wrong.text()), timeout=WAIT)
    assert "torn.json" in page.rows[0].wrong.text()
    assert "ideas" in page.rows[1].seen.text()
    assert create(page, qtbot).elements


def test_a_template_replaces_the_one_before(page: NewStudyPage, qtbot: QtBot) -> None:
    page.start(["template:cnn"])
    page.add(["template:mlp", "template:mlp"])
    assert page.sources == ["template:mlp"]
    assert page.wish().sources == ("template:mlp",)
    page.rows[0].removed.emit()
    assert page.sources == []


def test_a_wrong_number_keeps_the_study_from_being_made(page: NewStudyPage) -> None:
    page.start([])
    page.form.fields["budget"].setText("plenty")
    assert not page.create_button.isEnabled()
    assert "Budget" in page.form.problems()[0]
    page.form.fields["budget"].setText("-3")
    assert not page.create_button.isEnabled()
    page.form.fields["budget"].setText("")
    assert page.create_button.isEnabled()


def test_symptoms_ticked_by_hand_are_in_the_study(page: NewStudyPage, qtbot: QtBot) -> None:
    page.start(["template:mlp"])
    qtbot.waitUntil(lambda: page.symptoms.list.count() > 20, timeout=WAIT)
    rows = [page.symptoms.list.item(n) for n in range(page.symptoms.list.count())]
    found = [r.data(Qt.ItemDataRole.UserRole) for r in rows if r.checkState() == Qt.CheckState.Checked]
    assert "residual-absent" not in found, "what was looked for and not seen is not ticked"
    item = next(r for r in rows if r.checkState() == Qt.CheckState.Unchecked)
    item.setCheckState(Qt.CheckState.Checked)
    wanted = page.symptoms.ticked_by_hand()
    assert len(wanted) == 1
    study = create(page, qtbot)
    assert wanted[0] in {e.name for e in study.evidence.values() if e.kind == "symptom"}


def test_a_name_that_is_no_unicode_is_refused(page: NewStudyPage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.failed, timeout=WAIT) as said:
        page.start(["\udcff.json"])
    assert "no Unicode" in said.args[0]


def test_a_run_folder_shows_what_makes_the_study_first_and_names_the_symptoms_seen(
    page: NewStudyPage, qtbot: QtBot, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    for name in "abcdefg":
        (run / f"{name}_results.json").write_text('{"eval_accuracy": 0.5, "eval_loss": 1.5, "epoch": 3.0}')
    (run / "z_args.json").write_text('{"learning_rate": 0.001, "per_device_train_batch_size": 8, "max_steps": 400}')
    rows = [{"step": s, "loss": 2.5 + 0.001 * (s % 7), "learning_rate": 0.001} for s in range(10, 401, 10)]
    (run / "trainer_state.json").write_text(json.dumps({"global_step": 400, "max_steps": 400, "log_history": rows}))
    page.start([str(run)])
    qtbot.waitUntil(lambda: "and 3 more" in page.rows[0].seen.text(), timeout=WAIT)
    seen = page.rows[0].seen.text().splitlines()
    assert seen[0].startswith("z_args.json")
    assert seen[1].startswith("trainer_state.json")
    assert "g_results.json" in page.rows[0].seen.toolTip()
    assert page.seen_symptoms.isVisibleTo(page)
    assert all(name in page.seen_symptoms.text() for name in page.symptoms.found()[:3])
    page.start([])
    assert not page.seen_symptoms.isVisibleTo(page)


def test_what_of_a_folder_is_not_read_and_how_a_graph_is_understood_is_said(
    page: NewStudyPage, qtbot: QtBot, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "config.json").write_text(CONFIG)
    (run / "broken.json").write_text('{"a": ')
    graph = tmp_path / "ideas.json"
    graph.write_text(
        '{"nodes": [{"id": "a", "colour": "red"}, {"id": "b"}], "edges": [{"source": "a", "target": "b"}]}'
    )
    page.start([str(run), str(graph)])
    qtbot.waitUntil(lambda: page.preview.counts["instantiation"] > 3, timeout=WAIT)
    assert "not read: broken.json" in page.rows[0].unseen.text()
    assert "not known from it: broken" not in page.rows[0].unseen.text()
    assert "taken as" in page.rows[1].seen.text()
    assert "taken as" not in page.rows[0].seen.text()


def test_chips_get_back_what_their_row_leaves_free() -> None:
    assert shared_rows([250.0, 100.0], 500.0, 2, 2) == [[250.0, 100.0]]
    rows = shared_rows([300.0, 300.0, 300.0], 420.0, 1, 3)
    assert len(rows[0]) == 1
    assert rows[0][0] == 300.0
    for row in (crowded := shared_rows([float(n * 17 % 260 + 30) for n in range(30)], 600.0, 3, 30)):
        assert sum(row) + 4 * (len(row) - 1) <= 600.0
    assert sum(crowded[-1]) + 4 * (len(crowded[-1]) - 1) <= 560.0
    assert shared_rows([], 600.0, 2, 0) == [[]]


def test_a_collaborators_tables_are_read_by_mapping_their_columns(
    page: NewStudyPage, qtbot: QtBot, tmp_path: Path
) -> None:
    things, links = tmp_path / "things.csv", tmp_path / "links.csv"
    things.write_text("Nr;Bezeichnung;Ebene\nq1;<b>Rotary</b>;idea\nq2;Norm;idea\nq3;Rate;factor\n")
    links.write_text("A,B,Art\nq1,q2,depends on\nq1,q3,retunes\n")
    page.start([str(things), str(links)])
    qtbot.waitUntil(lambda: page._job is None and not page._pause.isActive(), timeout=WAIT)

    def mapped(row: int, kind: str, choices: dict[str, str]) -> None:
        page.rows[row].columns.click()
        dialog = next(d for d in page.findChildren(MappingDialog) if d.isVisible())
        dialog.kinds[kind].click()
        ok = dialog.box.button(QDialogButtonBox.StandardButton.Ok)
        assert not ok.isEnabled(), "an id or both ends are missing"
        for name, field in choices.items():
            dialog.choices[name].setCurrentIndex(dialog.choices[name].findData(field))
        assert not dialog.told.text()
        assert ok.isEnabled()
        ok.click()

    mapped(0, "elements", {"Nr": "id", "Bezeichnung": "name", "Ebene": "kind"})
    mapped(1, "relations", {"A": "source", "B": "target", "Art": "kind"})
    study = create(page, qtbot)
    assert {k: (e.name, e.kind) for k, e in study.elements.items() if k.startswith("q")} == {
        "q1": ("<b>Rotary</b>", "idea"),
        "q2": ("Norm", "idea"),
        "q3": ("Rate", "factor"),
    }
    assert {"q1 requires q2", "q1 retunes q3"} <= study.relations.keys()


def test_a_wrong_mapping_is_said_and_spoils_nothing_else(page: NewStudyPage, qtbot: QtBot, tmp_path: Path) -> None:
    things = tmp_path / "things.csv"
    things.write_text("Nr,Name\n,empty\n")
    (tmp_path / "config.json").write_text(CONFIG)
    page.start([str(things), str(tmp_path / "config.json")])
    page.columns[str(things)] = {"Nr": "id"}
    qtbot.waitUntil(lambda: bool(page.rows[0].wrong.text()), timeout=WAIT)
    assert "things.csv:2" in page.rows[0].wrong.text()
    assert page.preview.counts["instantiation"] > 3


def test_a_file_that_is_no_table_has_no_columns(page: NewStudyPage, tmp_path: Path) -> None:
    broken = tmp_path / "broken.csv"
    broken.write_bytes(b"\x00\x01\x02")
    page.start([str(broken), "template:mlp"])
    page.rows[0].columns.click()
    assert "broken.csv" in page.rows[0].wrong.text()
    assert not page.findChildren(MappingDialog)
