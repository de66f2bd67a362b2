"""`plan --budget H --devices N` tells the best set and how long the plan takes."""

import json
from pathlib import Path

import pytest

from ablator.cli.main import main


def test_budget_and_devices_in_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = str(tmp_path / "s.ablation")
    assert main(["new", "template:mlp", "--hours-per-run", "1", "-o", study]) == 0
    capsys.readouterr()
    assert main(["plan", study, "--json", "--budget", "20", "--devices", "2"]) == 0
    got = json.loads(capsys.readouterr().out)
    assert got["best_set"]["hours"] <= 20
    assert got["makespan_hours"] == max(r["end_h"] for r in got["schedule"])
    assert main(["plan", study, "--devices", "0"]) == 2


def test_the_text_names_the_best_set_and_what_is_lost(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = str(tmp_path / "s.ablation")
    assert main(["new", "template:mlp", "--hours-per-run", "1", "-o", study]) == 0
    capsys.readouterr()
    assert main(["plan", study, "--budget", "20"]) == 0
    said = capsys.readouterr().out
    assert "best use of 20 hours" in said
    assert "lost are the answers of" in said
    assert main(["plan", study]) == 0
    assert "best use" not in capsys.readouterr().out
    assert main(["plan", study, "--json"]) == 0
    assert "best_set" not in json.loads(capsys.readouterr().out)


def test_results_of_a_screening_design_are_shown_the_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = str(tmp_path / "s.ablation")
    assert main(["new", "template:mlp", "--metric", "acc", "-o", study, "--quiet"]) == 0
    (tmp_path / "r.csv").write_text("run,acc\nscreen/1,70\nscreen/2,71\n")
    assert main(["record", study, str(tmp_path / "r.csv")]) == 2
    assert "ablator screen STUDY --results" in capsys.readouterr().err
