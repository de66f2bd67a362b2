"""Settings in scripts, printed arguments and other texts: read as text, units kept apart, nothing run."""

from pathlib import Path
from typing import Any

import pytest

from ablator.core.errors import BadInput
from ablator.importers.build import Options, study_from_files
from ablator.importers.found import Found, Reading
from ablator.importers.sources import read_file

MEGATRON = """#!/bin/bash
#SBATCH --nodes=4
#SBATCH --gpus-per-node=8
export MICRO_BATCH_SIZE=2
GBS=$((MICRO_BATCH_SIZE * 32 * 16))
LR=${LR:-3e-4}
ARGS=(
    --micro-batch-size $MICRO_BATCH_SIZE  # of one device
    --global-batch-size ${GBS}
    --train-samples 146484375
    --lr-warmup-samples 2000000
    --lr $LR --min-lr 3e-5
    --clip-grad 1.0
    --bf16
)
OPTIONS=" \\
  --weight-decay 0.1 "
torchrun --nproc_per_node=8 pretrain_gpt.py ${ARGS[@]} --data-path $1 --seed $(date +%s)
"""
GIN = """# a comment
include 'base.gin'
BATCH_SIZE = 128
run.train_steps = 524_288
train/Adam.learning_rate = 1e-3  # peak
pretrain.batch_size = %BATCH_SIZE
layers = [
  1,
  2]
optimizer = @adam()
"""
PRINTED = "12:00 INFO Namespace(lr=0.1, batch_size=128, epochs=200, name='a, b', device=device(type='cuda'))\n"
DOTTED = """-------- arguments --------
  adam_beta1 ...................... 0.9
  lr .............................. 0.00015
  micro_batch_size ................ 4
  train_iters ..................... 500000
"""
SCRIPT = """import argparse
from transformers import TrainingArguments
def main():
    p = argparse.ArgumentParser()
    p.add_argument("--lr", type=float, default=1e-3)
args = TrainingArguments(output_dir=f(), per_device_train_batch_size=8, num_train_epochs=5 * 2)
"""
TOML = "[optimizer]\nname = 'AdamW'\nlr = 8e-4\n[training]\nlocal_batch_size = 8\nsteps = 1000\n"
COMPOSER = "base_lr: 1e-3\nlr: ${base_lr}\nglobal_train_batch_size: 256\nmax_duration: 4800ba\nwd: ${oc.env:WD}\n"
CLASSES = (
    "class Train:\n    lr: float = 2e-3\n    batch_size = 4\n\ndef get_config():\n    c = d()\n    c.num_epochs = 7\n"
)


def told(folder: Path, name: str, text: str) -> Reading:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_file(path, name)


def first(reading: Reading, factor: str) -> Found:
    return next(f for f in reading.found if f.fact == factor)


@pytest.mark.parametrize(
    ("name", "text", "rate", "batch", "length"),
    [
        ("run.sh", MEGATRON, 3e-4, (1024, "over all devices"), (146484375, "samples")),
        ("job", MEGATRON, 3e-4, (1024, "over all devices"), (146484375, "samples")),
        ("a.gin", GIN, 1e-3, (128, ""), (524288, "steps")),
        ("args.txt", PRINTED, 0.1, (128, ""), (200, "epochs")),
        ("out.log", DOTTED, 1.5e-4, (4, "per device"), (500000, "steps")),
        ("t.py", SCRIPT, 1e-3, (8, "per device"), (10, "epochs")),
        ("c.py", CLASSES, 2e-3, (4, ""), (7, "epochs")),
        ("t.toml", TOML, 8e-4, (8, "per device"), (1000, "steps")),
        ("c.yaml", COMPOSER, 1e-3, (256, "over all devices"), (4800, "steps")),
        ("d.sh", "python t.py +trainer.max_epochs=3 opt.lr=1e-2 data.batch_size=2\n", 0.01, (2, ""), (3, "epochs")),
    ],
)
def test_texts_tell_rate_batch_and_length_with_units(
    tmp_path: Path, name: str, text: str, rate: float, batch: tuple[int, str], length: tuple[int, str]
) -> None:
    r = told(tmp_path, name, text)
    assert first(r, "learning-rate").value == rate
    assert (first(r, "batch-size").value, first(r, "batch-size").unit) == batch
    assert (first(r, "training-length").value, first(r, "training-length").unit) == length


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("max_duration: 1ep", 1, "epochs"),
        ("max_duration: 4e12T", 4 * 10**12, "tokens"),
        ("max_duration: 100sp", 100, "samples"),
        ("max_steps: 10", 10, "steps"),
        ("train: {max_tokens: 9700}", 9700, "tokens"),
        ("num_train_epochs: 3.0", 3.0, "epochs"),
    ],
)
def test_units_of_lengths_are_kept_apart(tmp_path: Path, text: str, value: Any, unit: str) -> None:
    fact = first(told(tmp_path, "a.yaml", f"lr: 0.1\n{text}\n"), "training-length")
    assert (fact.value, fact.unit) == (value, unit)


def test_the_batch_over_all_devices_is_inferred_where_they_are_known(tmp_path: Path) -> None:
    text = "per_device_train_batch_size: 4\ngradient_accumulation_steps: 8\nlr: 1e-4\n"
    known = told(tmp_path, "a.yaml", text + "world_size: 16\n")
    assert first(known, "global_batch_size").value == 512
    assert first(known, "global_batch_size").status == "inferred"
    assert any("how many devices" in u for u in told(tmp_path, "b.yaml", text).unknown)
    spread = told(tmp_path, "c.yaml", text + "world_size: 16\ntensor_model_parallel_size: 8\n")
    assert not any(f.fact == "global_batch_size" for f in spread.found)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("ds.json", '{"train_batch_size": "auto", "optimizer": {"params": {"lr": 1e-4}}}', "train_batch_size is auto"),
        ("a.yaml", "defaults:\n  - optimizer: adam\n  - _self_\nlr: 0.1\n", "what defaults adds: optimizer: adam"),
        ("a.yaml", "lr: 0.1\nbatch_size: ???\n", "at the start"),
        ("a.sh", "python t.py --lr $LR --batch-size 8\n", "lr is $LR"),
    ],
)
def test_what_a_file_leaves_open_is_said(tmp_path: Path, name: str, text: str, words: str) -> None:
    assert any(words in u for u in told(tmp_path, name, text).unknown)


def test_defaults_of_a_command_line_are_no_facts_read(tmp_path: Path) -> None:
    r = told(tmp_path, "t.py", SCRIPT)
    assert first(r, "learning-rate").status == "default"
    assert first(r, "batch-size").status == "read"


def test_a_flag_given_twice_is_shown(tmp_path: Path) -> None:
    r = told(tmp_path, "a.sh", "python t.py --lr 0.1 --batch-size 8\npython t.py --lr 0.2\n")
    assert r.contradictions == ("lr is given as 0.1 and as 0.2",)


def test_a_script_runs_nothing(tmp_path: Path) -> None:
    told(tmp_path, "a.sh", f"LR=$(touch {tmp_path}/ran)\n`touch {tmp_path}/ran`\npython t.py --lr 1 --batch-size 8\n")
    assert not (tmp_path / "ran").exists()


def test_a_parameter_beside_it_gives_no_factor_its_value(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("lr: 0.1\nadam_beta1: 0.9\nmin_lr: 1e-5\nepochs: 2\n", encoding="utf-8")
    elements = study_from_files([path], Options()).study.elements
    assert elements["optimizer-choice"].value is None
    assert elements["lr-schedule"].value is None
    assert (elements["training-length"].value, elements["training-length"].unit) == (2, "epochs")


@pytest.mark.parametrize("name", ["a.sh", "a.gin", "a.txt", "a.toml"])
def test_texts_without_settings_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput):
        told(tmp_path, name, "just words here\n")
