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
