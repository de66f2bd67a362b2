"""`watch`: results are taken as they appear, each once, and nothing that is half written."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ablator.cli import watching
from ablator.cli.main import main
from ablator.cli.watching import Watcher

RUN = "tune-batch-size/sweep/t1"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    config = {"model_type": "mlp", "num_layers": 3, "hidden_size": 256, "batch_size": 64, "learning_rate": 0.5}
    (tmp_path / "settings.json").write_text(json.dumps(config))
    path = tmp_path / "s.ablation"
    words = ["new", str(tmp_path / "settings.json"), "-o", str(path), "--metric", "val_accuracy", "--goal", "max", "-q"]
    assert main([*words, "--baseline", "45", "--effect", "1", "--hours-per-run", "1"]) == 0
    (tmp_path / "out").mkdir()
    return path


def results(study: Path) -> dict[str, Any]:
    return {e["run"]: e for e in json.loads(study.read_text())["evidence"] if e.get("kind") == "result"}


def log(folder: Path, *values: float, run: str = RUN) -> Path:
    path = folder.joinpath(*run.split("/")) / "log.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("step,val_accuracy\n" + "".join(f"{n},{v}\n" for n, v in enumerate(values, 1)))
    return path


def test_what_is_there_is_taken_once(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = study.parent / "out"
    log(out, 50.0, 61.0)
    (out / "table.csv").write_text("run,val_accuracy\ntune-batch-size/sweep/t2,44\nno/such/s1,3\n")
    words = ["watch", str(out), str(study), "--once", "--quiet-for", "0.05", "--json"]
    capsys.readouterr()
    assert main(words) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["runs"] == [RUN, "tune-batch-size/sweep/t2"]
    assert any("no/such/s1 is no run" in line for line in found["notes"])
    assert {k: e["metrics"] for k, e in results(study).items()} == {
        RUN: {"val_accuracy": 61.0},
        "tune-batch-size/sweep/t2": {"val_accuracy": 44.0},
    }
    data = study.read_bytes()
    assert main(["watch", str(study), str(out), "--once", "--quiet-for", "0.05", "-q"]) == 0
    assert study.read_bytes() == data


def test_a_file_that_grows_is_left_until_it_rests(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(watching.time, "monotonic", lambda: now[0])
    out = study.parent / "out"
    watcher = Watcher(out, study, 5.0)
    path = log(out, 50.0)
    watcher.look(True)
    now[0] += 3
    log(out, 50.0, 60.0)
    os.utime(path, ns=(1, 10**18))
    watcher.look(True)
    now[0] += 4
    watcher.look(True)
    assert results(study) == {}
    assert watcher.waiting
    now[0] += 2
    watcher.look(True)
    assert results(study)[RUN]["metrics"] == {"val_accuracy": 60.0}
    assert not watcher.waiting
    log(out, 50.0, 60.0, 70.0)
    watcher.look(True)
    now[0] += 6
    watcher.look(True)
    assert results(study)[RUN]["metrics"] == {"val_accuracy": 70.0}


def test_a_log_that_says_it_goes_on_waits(study: Path) -> None:
    out = study.parent / "out"
    path = out.joinpath(*RUN.split("/"), "trainer_state.json")
    path.parent.mkdir(parents=True)
    state = {"global_step": 10, "max_steps": 20, "log_history": [{"step": 10, "eval_val_accuracy": 0.5, "epoch": 1}]}
    state["log_history"] = [{"step": 10, "eval_loss": 0.5, "eval_val_accuracy": 0.5, "epoch": 1.0}]
    assert main(["set", str(study), "metric", "eval_loss"]) == 0
    path.write_text(json.dumps(state))
    words = ["watch", str(out), str(study), "--once", "--quiet-for", "0.05", "-q"]
    assert main(words) == 0
    assert results(study) == {}
    state["global_step"] = 20
    state["log_history"].append({"step": 20, "eval_loss": 0.25, "epoch": 2.0})  # type: ignore[attr-defined]
    path.write_text(json.dumps(state))
    assert main(words) == 0
    assert results(study)[RUN]["metrics"]["eval_loss"] == 0.25


def test_an_interrupt_ends_it_with_130_and_what_was_taken_stays(study: Path) -> None:
    out = study.parent / "out"
    log(out, 50.0)
    words = [sys.executable, "-m", "ablator", "watch", str(out), str(study), "--every", "0.02", "--quiet-for", "0.05"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(words, env=environment, stderr=subprocess.PIPE) as watcher:
        end = time.monotonic() + 120
        while RUN not in results(study):
            assert time.monotonic() < end
        log(out, 70.0, run="tune-batch-size/sweep/t2")
        while len(results(study)) < 2:
            assert time.monotonic() < end
        watcher.send_signal(signal.SIGINT)
        assert watcher.wait(120) == 130
    assert len(results(study)) == 2


@pytest.mark.parametrize("words", [["none", "s"], ["s", "s"]])
def test_a_folder_that_is_none_is_refused(study: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    names = [str(study) if w == "s" else str(study.parent / w) for w in words]
    assert main(["watch", *names]) in {2, 3}
    assert "no folder" in capsys.readouterr().err


def test_nonsense_beside_results_is_passed_over(study: Path) -> None:
    out = study.parent / "out"
    (out / "x.bin").write_bytes(os.urandom(500))
    (out / "y.csv").write_text("a,b\n1,2,3\n")
    (out / "z.json").write_text('{"a":')
    (out / "loop").symlink_to(out)
    log(out, 50.0)
    assert main(["watch", str(out), str(study), "--once", "--quiet-for", "0.05", "-q"]) == 0
    assert set(results(study)) == {RUN}
