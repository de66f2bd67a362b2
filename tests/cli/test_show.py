"""`show` for people: values with their units, switches by name, and what stays unknown."""

import json
from pathlib import Path

import pytest

from ablator.cli.main import main


def test_show_names_units_and_what_is_switched_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, study = tmp_path / "training_args.json", tmp_path / "s.ablation"
    source.write_text('{"learning_rate": 0.001, "num_train_epochs": 3, "bf16": true, "per_device_train_batch_size": 8}')
    assert main(["new", str(source), "-o", str(study)]) == 0
    capsys.readouterr()
    assert main(["show", str(study)]) == 0
    text = capsys.readouterr().out
    assert "training-length = 3 epochs" in text
    assert "precision = bf16" in text
    assert "batch-size = 8 per device" in text
    assert "how many devices train" in text.split("not known")[1]
    assert main(["show", "--json", str(study)]) == 0
    units = {e["id"]: e["unit"] for e in json.loads(capsys.readouterr().out)["elements"]}
    assert units["training-length"] == "epochs"


def test_the_goal_is_said_even_where_it_is_the_usual_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = tmp_path / "s.ablation"
    assert main(["new", "template:mlp", "-o", str(study), "--metric", "eval_accuracy"]) == 0
    capsys.readouterr()
    assert main(["show", "--json", str(study)]) == 0
    assert json.loads(capsys.readouterr().out)["study"]["goal"] == "max"


def test_new_and_show_print_what_a_file_leaves_open(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, study = tmp_path / "train.yaml", tmp_path / "s.ablation"
    source.write_text("lr: ${base_lr}\nbatch_size: 8\nmax_steps: 100\n")
    assert main(["new", str(source), "-o", str(study)]) == 0
    assert "not known: lr is ${base_lr}, which this file does not resolve" in "".join(capsys.readouterr())
    assert main(["show", str(study)]) == 0
    assert "lr is ${base_lr}" in capsys.readouterr().out
