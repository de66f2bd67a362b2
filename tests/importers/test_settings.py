"""Settings in several dialects: the same parameters, the same factors."""

import csv
import re
from pathlib import Path
from typing import Any

import pytest

from ablator.core.errors import BadInput
from ablator.importers.found import Reading
from ablator.importers.python_source import load_assignments
from ablator.importers.sources import read_file, read_source
from ablator.importers.yaml_source import load_yaml


def told(folder: Path, name: str, text: str) -> Reading:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_file(path, name)


def value(reading: Reading, factor: str) -> Any:
    return next((f.value for f in reading.found if f.fact == factor), None)


def test_a_number_without_a_point_is_a_number(tmp_path: Path) -> None:
    r = told(tmp_path, "a.yaml", "optimizer:\n  lr: 3e-4\n  weight_decay: 1e-2\nbatch_size: 32\n")
    assert value(r, "learning-rate") == 3e-4
    assert [f.key for f in r.found if f.fact == "learning-rate"] == ["optimizer.lr"]


def test_what_the_file_does_not_resolve_is_unknown(tmp_path: Path) -> None:
    r = told(tmp_path, "a.yaml", "lr: ${base.lr}\nbatch_size: 8\nseed: 1\n")
    assert value(r, "learning-rate") is None
    assert any("${base.lr}" in u for u in r.unknown)


def test_python_is_read_and_never_run(tmp_path: Path) -> None:
    text = "import os\nos.abort()\nlearning_rate = 6e-4\nbatch_size = 12\nmax_iters = 5 * 8\nbeta2 = f()\n"
    r = told(tmp_path, "train.py", text)
    assert value(r, "learning-rate") == 6e-4
    assert value(r, "training-length") == 40


def test_python_sums_are_bounded() -> None:
    assert load_assignments(b"a = 2 ** 10\nb = 9 ** 9999\nc = 'x' * 10\nd = -1\n", "a.py") == {"a": 1024, "d": -1}
    with pytest.raises(BadInput, match="no Python"):
        load_assignments(b"a = = 1\n", "a.py")


@pytest.mark.parametrize(
    ("text", "words", "place"),
    [
        ("a: 1\na: 2\n", "twice", "x.yaml:2"),
        ("a: [1\nb: 2\n", "no YAML", "x.yaml:2"),
        ("a: 1\n---\nb: 2\n", "more than one document", "x.yaml:2"),
        ("a: " + "[" * 60 + "]" * 60, "deep", "x.yaml:1"),
        (
            "\n".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9) if i else 1}]" for i in range(12)),
            "aliases",
            "x.yaml",
        ),
    ],
)
def test_bad_yaml_gives_the_line(text: str, words: str, place: str) -> None:
    with pytest.raises(BadInput, match=words) as wrong:
        load_yaml(text.encode(), "x.yaml")
    assert wrong.value.place.startswith(place)


def test_a_tag_builds_nothing() -> None:
    assert load_yaml(b"a: !!python/object/apply:os.system ['true']\n", "x.yaml") == {"a": ["true"]}
    assert load_yaml(b"a: !!timestamp 2020-01-01\nb: 2020-01-01\n", "x.yaml") == {"a": "2020-01-01", "b": "2020-01-01"}


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("args.yaml", "lr0: 0.01\nbatch: 16\nepochs: 100\nwarmup_epochs: 3.0\ncos_lr: false\n", (0.01, 16, 100)),
        (
            "config.yaml",
            "wandb_version: 1\nlearning_rate:\n  desc: null\n  value: 0.001\n"
            "batch_size:\n  value: 64\nepochs: {value: 5}\n",
            (0.001, 64, 5),
        ),
        (
            "ds.json",
            '{"train_micro_batch_size_per_gpu": 4, "max_steps": 9, '
            '"optimizer": {"type": "AdamW", "params": {"lr": 1e-4}}}',
            (1e-4, 4, 9),
        ),
        (
            "hydra.yaml",
            "model:\n  optimizer:\n    _target_: torch.optim.Adam\n    lr: 0.002\n"
            "data:\n  batch_size: 128\ntrainer:\n  max_epochs: 10\n",
            (0.002, 128, 10),
        ),
        (
            "neox.yml",
            "train-iters: 320000\ntrain_micro_batch_size_per_gpu: 4\noptimizer: {params: {lr: 6.0e-4}}\n",
            (6e-4, 4, 320000),
        ),
        (
            "axolotl.yml",
            "learning_rate: 0.0002\nmicro_batch_size: 2\nnum_epochs: 4\noptimizer: adamw_bnb_8bit\n",
            (2e-4, 2, 4),
        ),
        (
            "fairseq.yaml",
            "optimization: {lr: [0.0005], max_update: 400000}\ndataset: {max_tokens: 3800000}\n",
            (5e-4, 3800000, 400000),
        ),
        (
            "nanogpt.py",
            "batch_size = 12\nlearning_rate = 6e-4\nmax_iters = 600_000\neval_iters = 200\n"
            "n_layer = 12\nn_head = 12\nn_embd = 768\n",
            (6e-4, 12, 600000),
        ),
    ],
)
def test_dialects(tmp_path: Path, name: str, text: str, expected: tuple[float, int, int]) -> None:
    r = told(tmp_path, name, text)
    assert (value(r, "learning-rate"), value(r, "batch-size"), value(r, "training-length")) == expected


def test_search_ranges_are_no_values(tmp_path: Path) -> None:
    text = '{"learning_rate": {"min": 1e-4, "max": 1e-2, "scaling": "log"}, "warmup_steps": 100, "epochs": 3}'
    r = told(tmp_path, "space.json", text)
    assert value(r, "learning-rate") is None
    assert any("learning_rate is searched" in u for u in r.unknown)


def test_evaluation_settings_are_not_taken_for_training(tmp_path: Path) -> None:
    r = told(tmp_path, "a.yaml", "eval:\n  batch_size: 1\n  max_iters: 5\nlr: 0.1\ntrain:\n  batch_size: 32\n")
    assert value(r, "batch-size") == 32
    assert value(r, "training-length") is None


def test_one_file_may_hold_model_and_settings(tmp_path: Path) -> None:
    r = told(tmp_path, "train.py", "n_layer = 6\nn_head = 6\nn_embd = 384\nlearning_rate = 1e-3\nbatch_size = 64\n")
    assert value(r, "learning-rate") == 1e-3
    assert {"softmax_attention", "width"} <= {i.idea for i in r.ideas}


COLUMNS = {"lr": "learning-rate", "batch": "batch-size", "steps/epochs": "training-length"}
NOT_A_LENGTH = re.compile(r"warmup|every_n|in_epochs|increase_log|gradient_accumulation|update_steps|sparsify|^eval\.")


def holds(cell: str) -> bool:
    """Whether the index names a parameter with a number of its own: no `auto`, no range, no step of something else."""
    for part in cell.split(" | "):
        key, _, text = part.partition("=")
        if re.match(r"\[?[0-9.]", text) and not NOT_A_LENGTH.search(key):
            return True
    return False


def test_collected_settings_tell_rate_batch_and_length(shared: Path) -> None:
    root = shared / "data/inputs/training"
    with (root / "index.csv").open(encoding="utf-8", newline="") as index:
        rows = [r for r in csv.DictReader(index) if (root / r["file"]).is_file()]
    total, missing = 0, []
    for row in rows:
        wanted = [c for c in COLUMNS if holds(row[c] or "")]
        if not wanted:
            continue
        r = read_file(root / row["file"], row["file"])
        total += len(wanted)
        missing += [(row["file"], c) for c in wanted if value(r, COLUMNS[c]) is None]
    assert total > 250
    assert len(missing) <= 0.05 * total, missing


def test_the_batch_of_an_evaluation_is_not_the_one_of_training(tmp_path: Path) -> None:
    blocks = ("lighteval", "lm_eval_harness", "eval_dataloader", "val_loader", "test_cfg", "evaluator")
    text = "".join(f"{b}:\n  batch_size: 8\n" for b in blocks) + "tokens:\n  micro_batch_size: 3\n  train_steps: 10\n"
    assert [f.key for f in told(tmp_path, "a.yaml", text).found if f.fact == "batch-size"] == [
        "tokens.micro_batch_size"
    ]


@pytest.mark.parametrize("head", ["", "hparams:\n"])
def test_of_many_experiments_in_one_file_none_is_taken(tmp_path: Path, head: str) -> None:
    names = ("Pendulum", "CartPole", "Acrobot")
    pad = "  " if head else ""
    rows = [f"{pad}{n}:\n{pad}  n_timesteps: 1e5\n{pad}  learning_rate: 1e-{i + 3}\n" for i, n in enumerate(names)]
    r = told(tmp_path, "ppo.yml", head + "".join(rows) + "seed: 3\n")
    assert {f.fact for f in r.found} == {"seeds"}
    assert any("3 experiments" in u and "Pendulum" in u and "none is taken" in u for u in r.unknown)


def test_two_networks_with_a_rate_each_are_one_run(tmp_path: Path) -> None:
    r = told(tmp_path, "gan.yaml", "painter:\n  lr: 1e-4\ndiscriminator:\n  lr: 4e-4\nbatch_size: 16\nepochs: 5\n")
    assert value(r, "batch-size") == 16
    assert any("painter.lr = 0.0001" in c and "discriminator.lr = 0.0004" in c for c in r.contradictions)


def test_a_file_without_any_value_says_so(tmp_path: Path) -> None:
    r = told(tmp_path, "ds.json", '{"train_batch_size": "auto", "gradient_clipping": "auto"}')
    assert any("no known parameter has a value" in u for u in r.unknown)
    one = told(
        tmp_path, "space.json", '{"learning_rate": {"feasible_points": [0.001]}, "warmup_steps": {"min": 1, "max": 9}}'
    )
    assert value(one, "learning-rate") == 0.001
    assert any("warmup_steps is searched" in u for u in one.unknown)


def test_a_class_without_a_path_names_its_factor(tmp_path: Path) -> None:
    r = told(tmp_path, "plateau.yaml", "_target_: torch.optim.lr_scheduler.ReduceLROnPlateau\nmode: min\n")
    assert value(r, "lr-schedule") == "torch.optim.lr_scheduler.ReduceLROnPlateau"
    assert value(r, "model-as-intended") is None


def test_magnitudes_and_shares_are_numbers_with_a_unit(tmp_path: Path) -> None:
    text = "python train.py --train-samples 300M --lr-warmup-samples 162761 --lr 3e-4 --micro-batch-size 4\n"
    rows = {f.fact: (f.value, f.unit) for f in told(tmp_path, "run.sh", "#!/bin/bash\n" + text).found}
    assert rows["training-length"] == (300_000_000, "samples")
    assert rows["warmup"] == (162761, "samples")
    rows = {
        f.fact: (f.value, f.unit) for f in told(tmp_path, "t.yaml", 'warmup: "5%"\nmax_tokens: 1.5B\nlr: 1\n').found
    }
    assert rows["warmup"] == (0.05, "of the run")
    rows = {f.fact: (f.value, f.unit) for f in told(tmp_path, "u.yaml", "train_tokens: 1.5B\nlr: 1\n").found}
    assert rows["training-length"] == (1_500_000_000, "tokens")


def test_one_of_many_experiments_is_chosen_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "ppo.yml"
    body = "  n_timesteps: 1e5\n  n_epochs: 4\n  n_steps: 128\n  learning_rate: lin_2.5e-4\n  batch_size: 32\n"
    path.write_text("seed: 3\n" + "".join(f"{n}:\n{body}" for n in ("atari", "CartPole-v1", "Acrobot-v1")))
    (r,) = read_source(f"{path}#CartPole-v1")
    assert (value(r, "learning-rate"), value(r, "batch-size"), value(r, "seeds")) == (2.5e-4, 32, 3)
    assert [(f.value, f.unit) for f in r.found if f.fact == "training-length"] == [(1e5, "steps")]
    with pytest.raises(BadInput, match="no experiment 'Pong'"):
        read_source(f"{path}#Pong")
