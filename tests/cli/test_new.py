"""`ablator new` on the command line: exit codes, one line of error, nothing half written."""

import json
import os
from pathlib import Path

import pytest

from ablator.cli.main import main
from ablator.files.study_file import open_study

MODEL = {"model_type": "gpt2", "n_embd": 64, "n_layer": 2, "n_head": 4, "n_positions": 128, "vocab_size": 100}


def run(*words: object) -> int:
    try:
        return main([str(w) for w in words])
    except SystemExit as left:
        return int(left.code or 0)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(MODEL), encoding="utf-8")
    return path


def test_new_writes_a_study(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = config.with_name("s.ablation")
    assert run("new", config, "-o", out, "--metric", "eval_loss", "--budget", 40, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["readings"][0]["model_type"] == "gpt2"
    study, _ = open_study(out)
    assert study.info.budget == 40
    assert study.elements["width"].value == 64


@pytest.mark.parametrize(
    ("name", "data", "code"), [("missing.json", None, 3), ("bad.json", b"{", 2), ("empty.json", b"", 2)]
)
def test_refusals(tmp_path: Path, name: str, data: bytes | None, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    out = tmp_path / "s.ablation"
    assert run("new", tmp_path / name, "-o", out) == code
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"ablator: {tmp_path / name}")
    assert not out.exists()


def test_a_file_beside_the_model_that_tells_nothing_is_left_out(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other, out = config.with_name("vocab.json"), config.with_name("s.ablation")
    other.write_text('{"colour": "red"}', encoding="utf-8")
    assert run("new", config, other, "-o", out) == 0
    assert f"left out: {other}" in capsys.readouterr().err
    assert run("new", other, "-o", config.with_name("t.ablation")) == 2
    other.write_text('{"colour": ', encoding="utf-8")
    assert run("new", config, other, "-o", out) == 2


def test_an_unknown_symptom_names_the_closest(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("new", config, "-o", config.with_name("s.ablation"), "--symptom", "loss-is-nann") == 2
    assert "--symptom" in capsys.readouterr().err


def test_work_is_not_overwritten_unasked(config: Path) -> None:
    out = config.with_name("s.ablation")
    assert run("new", config, "-o", out) == 0
    built = out.read_bytes()
    assert run("new", config, "-o", out, "--name", "again") == 2, "it may hold pins and elements of one's own"
    assert out.read_bytes() == built
    assert run("new", config, "-o", out, "--name", "again", "--force") == 0
    assert run("record", out, "--waive", "verify-eval-mode", "--reason", "known") == 0
    before = out.read_bytes()
    assert run("new", config, "-o", out) == 2
    assert out.read_bytes() == before
    assert run("new", config, "-o", out, "--force") == 0
    assert out.read_bytes() != before


def test_another_file_is_not_overwritten_unasked(config: Path) -> None:
    assert run("new", config, "-o", config) == 2
    assert json.loads(config.read_text(encoding="utf-8")) == MODEL


def test_hostile_configurations(shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder in sorted((shared / "data/hostile/hf_config").iterdir()):
        path = folder / "config.json"
        out = tmp_path / f"{folder.name}.ablation"
        code = run("new", path, "-o", out, "--quiet")
        lines = capsys.readouterr().err.splitlines()
        assert code in (0, 2), folder.name
        assert out.exists() == (code == 0)
        assert len(lines) == (code != 0), lines


def test_a_pipe_is_not_waited_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert run("new", tmp_path / "pipe", "-o", tmp_path / "s.ablation") == 2
    assert "no ordinary file" in capsys.readouterr().err


def test_what_of_a_folder_is_not_read_is_named(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = config.parent
    (folder / "pytorch_model.bin").write_bytes(b"x")
    for name, offset in (("a.csv", 0), ("b.csv", 1)):
        rows = "".join(f"{s},{3 - s / 10 + offset}\n" for s in range(9 + offset))
        (folder / name).write_text(f"step,loss\n{rows}", encoding="utf-8")
    assert run("new", folder, "-o", folder / "s.ablation") == 0
    said = capsys.readouterr().err
    assert "not read: 1 file of other kinds: pytorch_model.bin" in said
    assert "not read: other run: a.csv (8 steps)" in said


def test_an_empty_file_is_filled_unasked(config: Path) -> None:
    out = config.with_name("s.ablation")
    out.touch()
    assert run("new", config, "-o", out) == 0
    assert out.stat().st_size


def said(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    capsys.readouterr()
    assert run("new", *words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    return line


def test_numbers_out_of_bounds_are_refused_before_anything_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "s.ablation"
    for option in ("--budget=-1", "--effect=-1%", "--noise=-0.1", "--hours-per-run=1e10"):
        assert said(capsys, tmp_path / "none", "-o", out, option).startswith(f"ablator: new {option.split('=')[0]}: ")
    assert "a study needs a file" in said(capsys, "template:mlp", "-o", "-")


def test_a_failure_says_that_the_present_study_stays(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, bad = config.with_name("s.ablation"), config.with_name("bad.json")
    assert run("new", config, "-o", out) == 0
    bad.write_text("{", encoding="utf-8")
    assert said(capsys, bad, "-o", out, "--force").endswith(f"{out} is left as it was")


def test_a_text_that_is_nothing_of_ours_names_what_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    users = tmp_path / "users"
    users.write_text("root:x:0:0:root:/root:/bin/sh\n", encoding="utf-8")
    line = said(capsys, users, "-o", tmp_path / "s.ablation")
    assert f"{users}:1: " in line
    assert "config.json, .safetensors, .onnx" in line


def test_what_was_not_handed_in_is_said_in_a_line(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, log = config.with_name("s.ablation"), config.with_name("trainer_state.json")
    history = [{"step": n, "epoch": n / 10, "loss": 2.0 - n / 10, "eval_loss": 2.1 - n / 10} for n in range(1, 9)]
    log.write_text(json.dumps({"log_history": history, "global_step": 8}), encoding="utf-8")
    assert run("new", config, "-o", out) == 0
    err = capsys.readouterr().err
    assert "no training log" in err
    assert "no metric: say with --metric" in err
    assert run("new", config, log, "-o", out, "--metric", "bleu", "--force") == 0
    err = capsys.readouterr().err
    assert "no training log" not in err
    assert "the log has no bleu; it holds eval_loss" in err
    assert run("new", config, "-o", out, "--force", "--quiet") == 0
    assert capsys.readouterr().err == ""


def test_the_metric_that_was_taken_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log.csv"
    log.write_text("epoch,loss,val_loss,val_f1\n0,3,3,0.1\n1,2,2.5,0.4\n")
    assert run("new", log, "-o", tmp_path / "s.ablation") == 0
    err = capsys.readouterr().err
    assert "metric: eval_loss, less is better, at 2.5\n" in err
    assert "not known: which metric counts: eval_loss was taken, beside val_f1; choose by --metric" in err
    assert run("new", log, "-o", tmp_path / "t.ablation", "--metric", "val_f1") == 0
    assert "metric: " not in capsys.readouterr().err
