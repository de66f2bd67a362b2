"""Observation before verdicts, through the command line: repeats tell the seeds, and single seeds tell nothing."""

import csv
import json
import statistics
from pathlib import Path
from typing import Any

import pytest

from ablator.cli.main import main

SETTINGS = {
    "model_type": "mlp", "num_layers": 4, "hidden_size": 256, "batch_size": 64, "learning_rate": 0.05,
    "weight_decay": 0.001, "epochs": 50, "optimizer": "sgd",
}  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "settings.json").write_text(json.dumps(SETTINGS))
    study = tmp_path / "s.ablation"
    words = ["new", str(tmp_path / "settings.json"), "-o", str(study), "--metric", "acc", "--goal", "max", "--quiet"]
    assert main([*words, "--baseline", "70", "--effect", "1%", "--hours-per-run", "1"]) == 0
    return study


def plan(path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    capsys.readouterr()
    assert main(["plan", str(path), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def ideas(found: Any) -> list[Any]:
    return [s for s in found["steps"] if s["stage"] == "instantiate"]


def table(path: Path, rows: list[tuple[str, float]]) -> str:
    file = path.with_name("r.csv")
    with file.open("w", newline="") as stream:
        csv.writer(stream).writerows([("run", "acc"), *rows])
    return str(file)


def test_nine_repeats_with_a_spread_of_1_28_per_cent_ask_for_27_8_and_5_seeds(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shape = [-1.4, -1.0, -0.6, -0.2, 0.1, 0.4, 0.7, 0.9, 1.1]
    scale = 70 * 0.0128 / statistics.stdev(shape)
    middle = statistics.mean(shape)
    rows = [(f"repeat-noise-floor/base/s{i}", 70 + scale * (x - middle)) for i, x in enumerate(shape, 1)]
    assert main(["record", str(path), table(path, rows)]) == 0
    assert "9 results taken in" in capsys.readouterr().err
    for effect, seeds in (("1%", 27), ("2%", 8), ("3%", 5)):
        assert main(["set", str(path), "effect", effect, "--quiet"]) == 0
        found = plan(path, capsys)
        assert {a["seeds"] for s in ideas(found) for a in s["arms"]} == {seeds}
    step = next(s for s in found["steps"] if s["id"] == "repeat-noise-floor")
    assert step["verdict"] == "fine"
    assert "9 repeats, 1.28% of the mean" in step["reason"]


def test_conditions_with_one_seed_are_given_no_verdict(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = plan(path, capsys)
    rows = [
        (f"{s['id']}/{a['id']}/s{i}", 70.0 - n - 0.3 * i)
        for s in ideas(before)
        for n, a in enumerate(s["arms"])
        for i in ((1, 2, 3) if a["id"] == "base" else (1,))
    ]
    assert main(["record", str(path), table(path, rows), "--quiet"]) == 0
    found = plan(path, capsys)
    gate = next(g for g in found["gates"] if g["stage"] == "instantiate")
    assert gate["state"] == "closed"
    assert any("noise" in word for word in gate["open_when"])
    assert {s["verdict"] for s in ideas(found)} <= {None, "inconclusive", "undecided"}
    assert all(a["effect"] is None for s in ideas(found) for a in s["arms"] if a["id"] != "base")
    assert "ABL303" in {f["code"] for f in found["findings"]}


def test_a_table_of_73_conditions_of_which_71_have_one_seed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = ["condition,seed,trials,acc"]
    for i in range(73):
        name = "baseline" if i == 0 else f"without part {i}"
        lines += [f"{name},{seed},8,{70 + i % 3}" for seed in ((1, 2, 3) if i < 2 else (1,))]
    file = tmp_path / "table.csv"
    file.write_text("\n".join(lines))
    assert main(["check", str(file)]) == 1
    assert "71 of 73 arms have a single run" in capsys.readouterr().out
