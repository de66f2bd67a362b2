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
    assert run("new", config, "-o", out, "--name", "again") == 0
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
