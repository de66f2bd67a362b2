"""`ablator screen`: a design, somebody's design verified, and its results read."""

import csv
import io
import json
import random
import sys
from pathlib import Path
from typing import Any

import pytest

from ablator.api import Study
from ablator.cli.main import main

IDEAS = ("categorical_embedding", "ffn_mlp", "relu")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    target = tmp_path / "s.ablation"
    options: dict[str, Any] = {"metric": "acc", "goal": "max", "noise": 0.3, "effect": 0.6}
    Study.new("template:mlp", **options).save(target)
    return target


def run(*words: object) -> int:
    return main([str(w) for w in words])


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def complaint(capsys: pytest.CaptureFixture[str]) -> str:
    text = capsys.readouterr().err
    assert text.count("\n") == 1
    return text


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def test_a_design_is_made_verified_and_read(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "d.csv"
    assert run("screen", path, "--runs", 16, "--csv", table) == 0
    text = said(capsys)
    assert "One at a time, 16 runs" in text
    assert "misleads" in text
    rows = rows_of(table)
    assert len(rows) == 16
    assert all(r["run"].startswith("screen/r") and r["run"].rpartition("/")[2].startswith("s") for r in rows)
    assert len({r["run"] for r in rows}) == 16
    assert run("screen", path, "--verify", table) == 0
    assert "estimable: every effect" in said(capsys)
    draw = random.Random(1)
    filled = io.StringIO()
    writer = csv.DictWriter(filled, rows[0].keys())
    writer.writeheader()
    for row in rows:
        value = 70 + 2 * (row["relu"] == "1") - 1.5 * (row["batchnorm"] == "1") + draw.gauss(0, 0.3)
        writer.writerow({**row, "acc": f"{value:.4f}"})
    done = tmp_path / "r.csv"
    done.write_text(filled.getvalue(), encoding="utf-8")
    assert run("screen", path, "--results", done, "--json") == 0
    found = {e["effect"]: e for e in json.loads(said(capsys))["effects"]}
    assert found["relu"]["word"] == "helps"
    assert found["relu"]["low"] < 2 < found["relu"]["high"]
    assert found["batchnorm"]["word"] == "harms"
    short = tmp_path / "short.csv"
    short.write_text("run,acc\n" + "".join(f"{r['run']},{70 + n % 3}\n" for n, r in enumerate(rows)), encoding="utf-8")
    assert run("screen", path, "--results", short, "--runs", 16) == 0
    assert "made again" in said(capsys)
    assert run("screen", path, "--results", short, "--verify", table) == 0
    text = said(capsys)
    assert "made again" not in text
    assert "95 % interval" in text


def test_json_is_one_document(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("screen", path, "--ideas", ",".join(IDEAS), "--interactions", "ffn_mlp:relu", "--json") == 0
    found = json.loads(said(capsys))
    assert [i["id"] for i in found["ideas"]] == list(IDEAS)
    assert found["interactions"] == ["ffn_mlp:relu"]
    assert len(found["effects"]) == 4
    assert {"run", "ideas", "seed", "overrides", "command", "changes", "also_falls"} <= found["runs"][0].keys()
    assert run("screen", path, "-q") == 0
    assert said(capsys) == ""


@pytest.mark.parametrize(
    ("up", "down"), [("1", "0"), ("on", "off"), ("+", "-"), ("+1", "-1"), ("Yes", "no"), ("x", "")]
)
def test_designs_are_read_however_they_are_written(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], up: str, down: str
) -> None:
    bits = ["111", "110", "101", "011", "100", "010", "001", "000"]
    lines = [",".join(up if b == "1" else down for b in line) for line in bits]
    head = "Categorical embeddings,FFN_MLP,relu"
    table = tmp_path / "d.csv"
    table.write_text("\n".join([f"trial no,{head}", *(f"{n},{x}" for n, x in enumerate(lines, 1))]), encoding="utf-8")
    assert run("screen", path, "--verify", table, "--json") == 0
    found = json.loads(said(capsys))
    assert found["estimable"]
    assert found["balanced"]
    assert found["efficiency"] == 1
    assert found["aliased"] == found["invalid"] == found["duplicates"] == []
    assert "trial no" in found["notes"][0]


def test_what_is_wrong_with_a_design_is_said(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "d.csv"
    table.write_text("run,residual_connection,pre_norm\na,1,1\nb,0,1\nc,1,1\nd,0,0\n", encoding="utf-8")
    assert run("screen", path, "--verify", table) == 1
    text = said(capsys)
    assert "invalid: b (line 3): pre_norm needs residual_connection" in text
    assert "the same model: a, c" in text
    table.write_text("run,relu,ffn_mlp\na,1,1\nb,0,0\nc,1,1\nd,0,0\n", encoding="utf-8")
    assert run("screen", path, "--verify", table) == 1
    text = said(capsys)
    assert "not estimable: relu, since it goes with ffn_mlp in every run" in text
    assert "one cannot be told from the other" in text


def test_a_design_may_come_from_stdin(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"relu,ffn_mlp\n1,1\n0,1\n1,0\n0,0\n")))
    assert run("screen", path, "--verify", "-", "-q") == 0


@pytest.mark.parametrize(
    ("table", "line", "what"),
    [
        ("", 1, "the file is empty"),
        ("relu,ffn_mlp\n", 1, "no rows"),
        ("relu,ffn_mlpp\n1,0\n", 1, "did you mean ffn_mlp?"),
        ("relu,ffn_mlp\n1,2\n", 2, "'2', neither in nor out"),
        ("relu,ffn_mlp\n1,\n", 2, "is empty, neither in nor out"),
        ("relu,ffn_mlp\n1,0\n-1,1\n0,1\n", 1, "three levels"),
        ("run,relu,ffn_mlp\na,1,1\na,0,1\n", 3, "line 2 already"),
        ("a,b\nu,v\n", 1, "no column is an idea"),
        ("relu,RELU,ffn_mlp\n1,1,0\n", 1, "two columns are about relu"),
    ],
)
def test_tables_that_are_no_design(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], table: str, line: int, what: str
) -> None:
    file = tmp_path / "d.csv"
    file.write_text(table, encoding="utf-8")
    assert run("screen", path, "--verify", file) == 2
    text = complaint(capsys)
    assert what in text
    assert f"{file}:{line}: " in text


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["--runs", 3], "8 runs are needed at least"),
        (["--runs", 0], "one run or more"),
        (["--ideas", "width,relu"], "it is a size"),
        (["--ideas", "nothing,relu"], "nothing is no idea"),
        (["--ideas", "relu"], "two ideas or more"),
        (["--ideas", ""], "the text is empty"),
        (["--interactions", "relu"], "write it as A:B"),
        (["--interactions", "pre_norm:residual_connection"], "no model can be built with pre_norm in"),
        (["--json", "--csv", "-"], "cannot share stdout"),
        (["--csv", "x.csv", "--verify", "y.csv"], "--csv writes a new design"),
    ],
)
def test_refusals(path: Path, capsys: pytest.CaptureFixture[str], words: list[object], what: str) -> None:
    assert run("screen", path, *words) == 2
    assert what in complaint(capsys)


def test_without_noise_it_says_what_to_do_first(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = Study.open(path)
    study.set("noise", None).save()
    assert run("screen", path) == 2
    text = complaint(capsys)
    assert f"{path}: " in text
    assert "repeat-noise-floor" in text


def test_a_missing_table_cannot_be_read(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("screen", path, "--verify", tmp_path / "none.csv") == 3
    complaint(capsys)
    assert run("screen", path, "--csv", path) == 2
    assert "takes the place of a study" in complaint(capsys)


def test_columns_that_are_not_asked_for_are_named(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "d.csv"
    table.write_text("relu,ffn_mlp,batchnorm\n1,1,1\n0,1,1\n1,0,0\n0,0,1\n", encoding="utf-8")
    assert run("screen", path, "--verify", table, "--ideas", "relu,ffn_mlp") == 0
    assert "batchnorm varies, too" in said(capsys)
    table.write_text("relu,width\n1,1\n0,1\n", encoding="utf-8")
    assert run("screen", path, "--verify", table) == 2
    assert f"{table}: width cannot be screened" in complaint(capsys)


def test_results_that_do_not_fit_the_design(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "r.csv"
    cells = [f"{n},{n & 1},{n >> 1 & 1},{70 + n}" for n in range(4)]
    file.write_text("\n".join(["run,relu,ffn_mlp,acc", *cells, "4,1,1,diverged"]), encoding="utf-8")
    assert run("screen", path, "--results", file) == 2
    assert f"{file}:6: acc is 'diverged'" in complaint(capsys)
    file.write_text("\n".join(["run,relu,ffn_mlp,acc", *cells, "4,1,1,nan", "5,0,1,"]), encoding="utf-8")
    assert run("screen", path, "--results", file) == 0
    text = said(capsys)
    assert "1 run that failed or diverged is left out, as censored: 4" in text
    assert "1 run of the design has no result yet" in text
    file.write_text("\n".join(["run,relu,ffn_mlp,acc", *cells[:2]]), encoding="utf-8")
    assert run("screen", path, "--results", file) == 2
    assert "2 results do not tell ffn_mlp" in complaint(capsys)
    file.write_text("run,acc\nsomething,1\n", encoding="utf-8")
    assert run("screen", path, "--results", file) == 2
    assert "is no run of the design" in complaint(capsys)
    file.write_text("run,relu,ffn_mlp,loss\na,1,1,3\n", encoding="utf-8")
    assert run("screen", path, "--results", file) == 2
    assert "no column 'acc'" in complaint(capsys)
