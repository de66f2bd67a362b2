"""`record` and `adopt`: evidence and decisions go in, the plan follows, and every one can be taken back."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from ablator.cli.main import main


@pytest.fixture
def study(tmp_path: Path) -> Path:
    settings = tmp_path / "settings.json"
    config = {
        "model_type": "mlp", "num_layers": 3, "hidden_size": 256, "dropout": 0.3, "hidden_act": "relu",
        "batch_size": 64, "learning_rate": 0.05, "momentum": 0.9, "weight_decay": 0.001, "epochs": 50,
        "optimizer": "sgd", "lr_scheduler_type": "cosine",
    }  # fmt: skip
    settings.write_text(json.dumps(config))
    path = tmp_path / "s.ablation"
    words = ["new", str(settings), "-o", str(path), "--metric", "accuracy", "--goal", "max", "--quiet"]
    assert main([*words, "--baseline", "70", "--effect", "1", "--hours-per-run", "1"]) == 0
    return path


def document(capsys: pytest.CaptureFixture[str], *words: object) -> Any:
    capsys.readouterr()
    assert main([*[str(w) for w in words], "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def step(capsys: pytest.CaptureFixture[str], study: Path, step_id: str) -> Any:
    return next(s for s in document(capsys, "plan", study)["steps"] if s["id"] == step_id)


def record(study: Path, *words: str) -> int:
    return main(["record", str(study), *words, "--quiet"])


def test_a_verdict_closes_its_step_and_undo_restores_the_plan(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = document(capsys, "plan", study)
    assert main(["record", str(study), "--verdict", "verify-loss-at-init=fine", "--reason", "ln 2"]) == 0
    assert "--undo d-1" in capsys.readouterr().err
    found = step(capsys, study, "verify-loss-at-init")
    assert (found["state"], found["verdict"], found["reason"]) == ("done", "fine", "ln 2")
    assert record(study, "--undo", "d-1") == 0
    assert document(capsys, "plan", study) == before


def test_a_waiver_needs_a_reason(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = study.read_bytes()
    assert record(study, "--waive", "verify-loss-at-init") == 2
    assert "reason" in capsys.readouterr().err
    assert study.read_bytes() == data
    assert record(study, "--waive", "verify-loss-at-init", "--reason", "seen yesterday") == 0
    assert step(capsys, study, "verify-loss-at-init")["state"] == "waived"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--verdict", "verify-none=fine"], "no step"),
        (["--verdict", "verify-loss-at-init=good"], "no verdict"),
        (["--verdict", "verify-loss-at-init"], "STEP=VERDICT"),
        (["--undo", "d-9"], "d-9"),
        (["--verdict", "verify-loss-at-init=critical"], "fine, fixed"),
        (["--verdict", "repeat-noise-floor=harmful"], "is a step of observe"),
        (["--verdict", "verify-loss-at-init=fine", "--verdict", "verify-loss-at-init=fixed"], "two verdicts"),
        (["--waive", "verify-loss-at-init", "--waive", "verify-loss-at-init"], "waived twice"),
        (["--waive", "verify-loss-at-init", "--verdict", "verify-loss-at-init=fine"], "a verdict and is waived"),
        ([], "nothing to record"),
        (["none.csv"], "none.csv"),
    ],
)
def test_what_cannot_be_recorded_changes_nothing(
    study: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    data = study.read_bytes()
    assert record(study, *words, "--reason", "why") == (3 if "none.csv" in words else 2)
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert study.read_bytes() == data


def filled(study: Path, step_id: str, value: Any) -> Path:
    """The runs table of one step with its metric filled in, as a person would."""
    table = study.with_name("runs.csv")
    assert main(["plan", str(study), "--runs-csv", str(table)]) == 0
    rows = [r for r in csv.DictReader(io.StringIO(table.read_text(), newline="")) if r["step"] == step_id]
    assert rows
    for row in rows:
        row["accuracy"] = str(value(json.loads(row["overrides"])))
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    table.write_text(out.getvalue())
    return table


def test_the_runs_table_goes_out_and_comes_back(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = filled(study, "tune-learning-rate", lambda o: 70 - 100 * abs(o.get("learning_rate", 0) - 0.01))
    assert main(["record", str(study), str(table)]) == 0
    found = step(capsys, study, "tune-learning-rate")
    assert found["verdict"] == "fixed"
    assert found["reason"].startswith("measured")
    runs = document(capsys, "next", study)["runs"]
    tuned = [r for r in runs if r["kind"] == "tune"]
    assert tuned
    assert all("learning_rate" in r["overrides"] for r in tuned)


def test_rows_of_no_run_are_named_and_left_out(study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "r.csv"
    table.write_text("run,accuracy\nsomething,3\nverify-loss-at-init/look/c1,0.7\n")
    assert main(["record", str(study), str(table)]) == 0
    assert "something is no run" in capsys.readouterr().err
    assert step(capsys, study, "verify-loss-at-init")["state"] == "running"
    table.write_text("run,accuracy\nsomething,3\n")
    assert record(study, str(table)) == 2


def test_adopting_an_arm_reopens_what_it_touches(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert record(study, "--verdict", "verify-loss-at-init=fine", "--reason", "seen") == 0
    idea = next(
        s for s in document(capsys, "plan", study)["steps"] if s["stage"] == "instantiate" and s["action"] == "resize"
    )
    arm = next(a for a in idea["arms"] if a["id"] == "double")
    assert main(["adopt", str(study), f"{idea['id']}/double", "--reason", "it won"]) == 0
    assert "verify-loss-at-init" in capsys.readouterr().err
    assert step(capsys, study, "verify-loss-at-init")["state"] == "stale"
    runs = [r for r in document(capsys, "next", study)["runs"] if r["kind"] != "check"]
    assert runs
    assert all(arm["overrides"].items() <= r["overrides"].items() for r in runs)


def test_an_arm_that_changes_nothing_is_not_adopted(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    before = study.read_bytes()
    assert main(["adopt", str(study), "tune-learning-rate/sweep", "--reason", "x"]) == 2
    assert "changes nothing of the baseline" in capsys.readouterr().err
    assert study.read_bytes() == before


def test_adopting_needs_an_arm_that_is_there(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["adopt", str(study), "remove-nothing/without", "--reason", "x"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


TRIAL = "tune-learning-rate/sweep/t1"


def written(study: Path, text: str) -> str:
    table = study.with_name("r.csv")
    table.write_text(text)
    return str(table)


def recorded(study: Path) -> Any:
    rows = json.loads(study.read_text())["evidence"]
    return next(r for r in rows if r.get("run") == TRIAL)


def test_another_metric_takes_nothing_of_a_run_away(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert record(study, written(study, f"run,accuracy\n{TRIAL},71\n")) == 0
    before = step(capsys, study, "tune-learning-rate")
    assert main(["record", str(study), written(study, f"run,loss\n{TRIAL},0.4\n")]) == 0
    assert "no value of accuracy, the study's metric, but of loss" in capsys.readouterr().err
    assert recorded(study)["metrics"] == {"accuracy": 71.0, "loss": 0.4}
    assert step(capsys, study, "tune-learning-rate") == before
    assert record(study, written(study, f"run,loss\n{TRIAL},nan\n")) == 0
    assert recorded(study)["metrics"]["accuracy"] == 71.0
    assert recorded(study).get("state", "done") == "done"


def test_a_lone_other_metric_is_not_taken_for_the_studys(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert record(study, written(study, f"run,loss\n{TRIAL},0.4\n")) == 0
    assert step(capsys, study, "tune-learning-rate")["state"] != "running"
    assert TRIAL in [r["run"] for r in document(capsys, "next", study)["runs"]] or step(
        capsys, study, "tune-learning-rate"
    )["state"] in {"ready", "locked"}


def test_nothing_is_saved_where_the_closing_words_fail(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ablator.cli import deciding

    def fail(before: Any, after: Any) -> list[str]:
        raise ValueError("a bug")

    monkeypatch.setattr(deciding, "followed", fail)
    before = study.read_bytes()
    assert record(study, "--verdict", "verify-loss-at-init=fine") == 2
    assert study.read_bytes() == before
