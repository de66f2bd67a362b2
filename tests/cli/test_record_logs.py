"""Results from what trainers leave: a log goes to the run that its path names, a trial to the run with its settings."""

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from ablator.api import Study
from ablator.cli.main import main
from ablator.importers.results_log import run_in
from ablator.resources import resource

EXAMPLE = Path(str(resource("examples", "flat-decoder")))
RUN = "tune-lr-schedule/sweep/t1"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return Path(shutil.copy(EXAMPLE / "flat-decoder.ablation", tmp_path / "s.ablation"))


def record(*words: object) -> int:
    return main(["record", *map(str, words)])


def results(path: Path) -> dict[str, dict[str, float]]:
    return {e.run: e.metrics for e in Study.open(path).value.evidence.values() if e.kind == "result"}


def test_a_trainer_state_goes_to_the_run_that_its_folder_names(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = path.parent / "out" / "tune-lr-schedule_sweep_t1" / "checkpoint-480"
    home.mkdir(parents=True)
    shutil.copy(EXAMPLE / "trainer_state.json", home)
    assert record(path, home / "trainer_state.json", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["runs"] == [RUN]
    assert results(path)[RUN] == {"eval_loss": 2.5201, "eval_accuracy": 0.3774}


def test_a_folder_of_runs_is_taken_in_at_once(path: Path) -> None:
    for n, loss in ((1, 2.25), (2, 2.5), (12, 9.0)):
        home = path.parent / "out" / "tune-lr-schedule" / "sweep" / f"t{n}"
        home.mkdir(parents=True)
        rows = "".join(json.dumps({"step": s, "eval_loss": loss + 2 - s}) + "\n" for s in (0, 1, 2))
        (home / "metrics.jsonl").write_text(rows)
    assert record(path, path.parent / "out") == 0
    assert results(path) == {RUN: {"eval_loss": 2.25}, "tune-lr-schedule/sweep/t2": {"eval_loss": 2.5}}


def test_a_run_may_be_named(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = EXAMPLE / "trainer_state.json"
    assert record(path, log) == 2
    assert "nothing says which run this is; write RUN=" in capsys.readouterr().err
    assert record(path, f"{RUN}={log}") == 0
    assert set(results(path)) == {RUN}


def test_a_log_of_steps_in_csv_is_a_log(path: Path) -> None:
    log = path.parent / "metrics.csv"
    log.write_text("step,eval_loss\n0,3\n10,nan\n")
    assert record(path, f"{RUN}={log}") == 0
    row = next(e for e in Study.open(path).value.evidence.values() if e.run == RUN)
    assert row.state == "diverged"


def test_what_holds_no_value_says_what_it_holds(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = path.parent / "log.jsonl"
    log.write_text('{"step": 0, "bleu": 1}\n{"step": 1, "bleu": 2}\n')
    assert record(path, f"{RUN}={log}") == 2
    assert "it holds no value of eval_loss, but bleu" in capsys.readouterr().err
    assert record(path, path.parent / "none.json") == 3
    assert results(path) == {}


def test_trials_go_to_the_runs_with_their_settings(path: Path) -> None:
    mine = [r for r in runs(path) if r["run"].startswith("tune-lr-schedule/")]
    planned = {r["run"]: r["overrides"] for r in mine if set(r["overrides"]) == {"lr_scheduler_type"}}
    assert len(planned) > 2
    study = path.parent / "search.db"
    with sqlite3.connect(study) as base:
        base.executescript(
            "CREATE TABLE studies (study_id INTEGER, study_name TEXT);"
            "CREATE TABLE study_directions (study_id INTEGER, direction TEXT, objective INTEGER);"
            "CREATE TABLE trials (trial_id INTEGER, number INTEGER, study_id INTEGER, state TEXT, datetime_start TEXT, "
            "datetime_complete TEXT);"
            "CREATE TABLE trial_params (trial_id INTEGER, param_name TEXT, param_value REAL, distribution_json TEXT);"
            "CREATE TABLE trial_values (trial_id INTEGER, objective INTEGER, value REAL, value_type TEXT);"
            "INSERT INTO studies VALUES (1, 's'); INSERT INTO study_directions VALUES (1, 'MINIMIZE', 0);"
        )
        for n, overrides in enumerate([*planned.values(), {"lr_scheduler_type": "polynomial"}]):
            word = overrides["lr_scheduler_type"]
            spread = json.dumps({"name": "CategoricalDistribution", "attributes": {"choices": [word]}})
            base.execute("INSERT INTO trials VALUES (?, ?, 1, 'COMPLETE', NULL, NULL)", (n + 1, n))
            base.execute("INSERT INTO trial_params VALUES (?, 'lr_scheduler_type', 0, ?)", (n + 1, spread))
            base.execute("INSERT INTO trial_values VALUES (?, 0, ?, 'FINITE')", (n + 1, 2.0 + n))
    assert record(path, study) == 0
    assert {run: m["eval_loss"] for run, m in results(path).items()} == {r: 2.0 + n for n, r in enumerate(planned)}


def runs(path: Path) -> list[dict[str, Any]]:
    return [{"run": r.run, "overrides": dict(r.overrides)} for r in Study.open(path).plan().value.runs]


def test_the_longest_id_in_a_path_wins() -> None:
    planned = ["a/b/t1", "a/b/t10", "b/t1/s1"]
    assert run_in(Path("/x/a/b/t10/log.json"), planned) == "a/b/t10"
    assert run_in(Path("/x/a-b-t1.json"), planned) == "a/b/t1"
    assert run_in(Path("/x/a_b_t100.json"), planned) == ""


def test_every_deed_answers_in_json(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["set", str(path), "budget", "7", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"key": "budget", "value": 7.0}
    out = path.parent / "p.csv"
    assert main(["export", str(path), "--to", "csv", "-o", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"format": "csv", "paths": [str(out)]}
    assert main(["export", str(path), "--to", "csv", "-o", "-", "--json"]) == 2
