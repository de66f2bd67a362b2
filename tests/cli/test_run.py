"""`run`: what is ready is made, recorded and planned again; killed or interrupted, it goes on where it stopped."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ablator.cli.main import main

TRAIN = """
import json, os, sys, time
settings = dict(word.split("=", 1) for word in sys.argv[1:] if "=" in word)
rate = float(settings.get("learning_rate", 0.5))
while os.environ.get("HOLD") and not os.path.exists(os.environ["HOLD"]):
    time.sleep(0.01)
print("epoch 1")
print(json.dumps({"accuracy": 90 - 100 * abs(rate - 0.05), "loss": 1.0}))
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    config = {
        "model_type": "mlp", "num_layers": 3, "hidden_size": 256, "hidden_act": "relu", "batch_size": 64,
        "learning_rate": 0.5, "weight_decay": 0.001, "epochs": 50, "optimizer": "sgd",
    }  # fmt: skip
    (tmp_path / "settings.json").write_text(json.dumps(config))
    (tmp_path / "train.py").write_text(TRAIN)
    path = tmp_path / "s.ablation"
    words = ["new", str(tmp_path / "settings.json"), "-o", str(path), "--metric", "accuracy", "--goal", "max", "-q"]
    assert main([*words, "--baseline", "45", "--effect", "1", "--hours-per-run", "1"]) == 0
    return path


def command(study: Path, tail: str = "{overrides}") -> str:
    return f"'{sys.executable}' '{study.parent / 'train.py'}' {tail}"


def run(study: Path, *words: str, status: int = 0, capsys: pytest.CaptureFixture[str]) -> Any:
    capsys.readouterr()
    assert main(["run", str(study), *words, "--json"]) == status
    out = capsys.readouterr().out
    return json.loads(out) if out else None


def results(study: Path) -> dict[str, Any]:
    return {e["run"]: e for e in json.loads(study.read_text())["evidence"] if e.get("kind") == "result"}


def test_what_is_ready_is_made_and_recorded(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listed = run(study, "--command", command(study), "--dry-run", capsys=capsys)["runs"]
    assert not study.with_suffix(".runs").exists()
    found = run(study, "--command", command(study), "--jobs", "2", capsys=capsys)
    assert found["ended"] == "ready"
    assert [r["state"] for r in found["runs"]] == ["done"] * len(listed)
    assert set(results(study)) == {r["run"] for r in listed}
    assert all(p["why"] for p in found["people"])
    again = run(study, "--command", command(study), capsys=capsys)
    assert again["runs"] == []


def test_auto_goes_on_until_the_plan_is_done(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--command", command(study), "--checks", "/bin/true", "--auto", "--jobs", "2", "--max-runs", "40"]
    found = run(study, *words, capsys=capsys)
    assert max(e["metrics"]["accuracy"] for e in results(study).values() if e["metrics"]) > 85
    assert "verify-loss-at-init" in found["verdicts"]
    assert found["ended"] in {"done", "runs"}
    assert len({r["run"] for r in found["runs"]}) == len(found["runs"]) <= 40


def test_without_checks_auto_says_which_steps_need_a_person(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = run(study, "--command", command(study), "--auto", capsys=capsys)
    assert found["ended"] == "person"
    assert "verify-loss-at-init" in {p["step"] for p in found["people"]}
    assert "gate before instantiate" in found["sentence"]


def test_a_check_that_says_no_leaves_its_step_open(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checks = "/bin/sh -c 'echo looked at $0; exit 1' {step}"
    found = run(study, "--command", command(study), "--checks", checks, "--auto", capsys=capsys)
    assert found["verdicts"] == {}
    why = {p["step"]: p["why"] for p in found["people"]}
    assert why["verify-loss-at-init"] == "the check ended with 1: looked at verify-loss-at-init"


def test_a_verdict_that_does_not_fit_leaves_its_step_open(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checks = '/bin/sh -c \'echo "{\\"verdict\\": \\"critical\\"}"\' {step}'
    run(study, "--command", command(study), "--checks", checks, "--auto", capsys=capsys)
    assert json.loads(study.read_text())["decisions"] == []


def test_the_budget_ends_it(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["set", str(study), "budget", "0.2"]) == 0
    found = run(study, "--command", command(study), "--checks", "/bin/true", "--auto", capsys=capsys)
    assert found["ended"] == "budget"
    assert found["spent_hours"] <= 0.2


def test_runs_that_fail_are_on_record_as_failed(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = "case $ABLATOR_RUN in */t2) exit 4;; esac; echo '{\"accuracy\": 50}'"
    found = run(study, "--command", f"/bin/sh -c {_quoted(script)} {{overrides}}", capsys=capsys)
    states = {r["run"]: r["state"] for r in found["runs"]}
    assert set(states.values()) == {"done", "failed"}
    assert {k: e.get("state", "done") for k, e in results(study).items()} == states


def _quoted(text: str) -> str:
    import shlex

    return shlex.quote(text)


def test_a_command_that_always_fails_is_no_evidence(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = study.read_bytes()
    found = run(study, "--command", "/bin/sh -c 'echo no module >&2; exit 1' {overrides}", status=1, capsys=capsys)
    assert found["ended"] == "failing"
    assert "no module" in found["sentence"]
    assert main(["run", str(study), "--command", "no-such-program {overrides}"]) == 2
    assert "cannot be started" in capsys.readouterr().err
    assert study.read_bytes() == before


def test_a_metric_of_another_name_and_in_a_file(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = 'echo "{\\"acc\\": 12.5}" > "$ABLATOR_FOLDER/out.json"'
    words = ["--command", f"/bin/sh -c {_quoted(script)} {{overrides}}", "--metric", "acc", "--results", "out.json"]
    found = run(study, *words, capsys=capsys)
    assert {tuple(r["metrics"].items()) for r in found["runs"]} == {(("accuracy", 12.5),)}


def test_a_log_in_the_folder_of_the_run_is_read(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = 'printf "step,accuracy\\n1,0.5\\n2,0.75\\n" > "$ABLATOR_FOLDER/log.csv"'
    found = run(study, "--command", f"/bin/sh -c {_quoted(script)} {{overrides}}", capsys=capsys)
    assert {r["metrics"].get("accuracy") for r in found["runs"]} == {0.75}


def test_a_table_that_all_runs_write_to_is_read(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = study.parent / "all.csv"
    table.write_text("run,accuracy\n")
    script = f'echo "$ABLATOR_RUN,7.5" >> {table}'
    words = ["--command", f"/bin/sh -c {_quoted(script)} {{overrides}}"]
    found = run(study, *words, "--results", str(table), capsys=capsys)
    assert {r["metrics"].get("accuracy") for r in found["runs"]} == {7.5}


def test_a_result_that_is_not_a_number_diverged(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = run(study, "--command", '/bin/sh -c \'echo "{\\"accuracy\\": NaN}"\' {overrides}', capsys=capsys)
    assert found["ended"] == "ready"
    assert {e["state"] for e in results(study).values()} == {"diverged"}


def test_a_command_of_the_study_is_shown_in_full_and_waits_for_a_yes(
    study: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = study.parent / "mark"
    long = f'/bin/sh -c \'touch {mark}; echo "{{\\"accuracy\\": 1}}"\' {"x" * 3000} {{overrides}} \x1b[2J'
    assert main(["set", str(study), "command", long.replace("\x1b", "")]) == 0
    with open(os.devnull) as nothing:
        monkeypatch.setattr("sys.stdin", nothing)
        assert main(["run", str(study)]) == 2
    err = capsys.readouterr().err
    assert "x" * 3000 in err
    assert "--yes" in err
    assert not mark.exists()
    assert main(["run", str(study), "--yes", "-q"]) == 0
    assert mark.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--command", "python train.py"], "no place for the settings"),
        (["--command", "python 'train"], "cannot be cut"),
        ([], "no command"),
        (["--command", "t {overrides}", "--time-limit", "soon"], "no time"),
        (["--command", "t {overrides}", "--jobs", "0"], "no whole number"),
    ],
)
def test_what_cannot_be_run_is_refused(
    study: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", str(study), *words]) == 2
    assert said in capsys.readouterr().err
    assert not study.with_suffix(".runs").exists()


def _driver(study: Path, hold: Path) -> "subprocess.Popen[bytes]":
    words = [sys.executable, "-m", "ablator", "run", str(study), "--command", command(study), "--jobs", "3", "-q"]
    root = Path(__file__).parents[2]
    environment = {**os.environ, "HOLD": str(hold), "PYTHONPATH": str(root)}
    return subprocess.Popen(words, env=environment)


def _starts(study: Path) -> dict[str, int]:
    root = study.with_suffix(".runs")
    found = root.glob("*/*/*/starts.txt")
    return {"/".join(p.parent.relative_to(root).parts): len(p.read_text().split()) for p in found}


def _wait_for_starts(study: Path, count: int) -> None:
    import time

    end = time.monotonic() + 120
    while len(_starts(study)) < count:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_killed_driver_is_followed_by_one_that_goes_on(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hold = study.parent / "go"
    with _driver(study, hold) as driver:
        _wait_for_starts(study, 3)
        driver.kill()
    assert results(study) == {}
    hold.touch()
    found = run(study, "--command", command(study), "--jobs", "3", capsys=capsys)
    assert set(_starts(study)) == set(results(study)) == {r["run"] for r in found["runs"]}
    assert set(_starts(study).values()) == {1}


def test_an_interrupt_leaves_a_state_that_goes_on(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hold = study.parent / "go"
    with _driver(study, hold) as driver:
        _wait_for_starts(study, 3)
        driver.send_signal(signal.SIGINT)
        assert driver.wait(120) == 130
    states = [json.loads(p.read_bytes())["status"] for p in study.with_suffix(".runs").glob("*/*/*/state.json")]
    assert set(states) == {"stopped"}
    hold.touch()
    found = run(study, "--command", command(study), "--jobs", "3", capsys=capsys)
    assert {r["state"] for r in found["runs"]} == {"done"}
    assert set(results(study)) == {r["run"] for r in found["runs"]}


def test_a_result_taken_back_is_made_again(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = run(study, "--command", command(study), capsys=capsys)
    first = found["runs"][0]["run"]
    assert main(["record", str(study), "--undo", f"run-{first}", "-q"]) == 0
    again = run(study, "--command", command(study), capsys=capsys)
    assert [r["run"] for r in again["runs"]] == [first]
    assert (study.with_suffix(".runs").joinpath(*first.split("/")) / "old-1").is_dir()


def test_somebody_elses_edit_meanwhile_is_kept(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = f"'{sys.executable}' -m ablator set '{study}' name 'by the way' >&2; echo '{{\"accuracy\": 3}}'"
    found = run(study, "--command", f"/bin/sh -c {_quoted(script)} {{overrides}}", capsys=capsys)
    assert {r["state"] for r in found["runs"]} == {"done"}
    assert json.loads(study.read_text())["study"]["name"] == "by the way"
    assert set(results(study)) == {r["run"] for r in found["runs"]}


def test_events_are_told_and_nothing_is_written(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = study.read_bytes()
    capsys.readouterr()
    assert main(["run", str(study), "--command", command(study), "--events"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[-1]["ended"] == "ready"
    made = {one["made"]["run"]: one["made"]["metrics"] for one in lines if "made" in one}
    rows = [row for one in lines if "rows" in one for row in one["rows"]["evidence"]]
    assert {row["run"]: row["metrics"] for row in rows if row["kind"] == "result"} == made
    assert all(values["accuracy"] for values in made.values())
    assert study.read_bytes() == before
