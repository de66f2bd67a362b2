"""A run folder: one study from all it holds, other runs told apart, old checkpoints and foreign files named."""

import json
from pathlib import Path
from typing import Any

import pytest

from ablator.importers import folder as folder_module
from ablator.importers.build import Options, study_from_files
from ablator.importers.found import Reading
from ablator.importers.log_events import split_of

MODEL = {"model_type": "gpt2", "n_embd": 64, "n_layer": 2, "n_head": 4, "n_positions": 128, "vocab_size": 100}


def write(path: Path, value: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return path


def state(steps: int, offset: float = 0.0) -> dict[str, Any]:
    rows = [{"step": s, "loss": 3.0 + offset - s / 100, "epoch": 0.1} for s in range(10, steps + 1, 10)]
    return {"global_step": steps, "max_steps": 100, "log_history": rows}


def table(start: int, stop: int, offset: float = 0.0) -> str:
    return "step,train_loss,val_loss\n" + "".join(
        f"{s},{3 + offset - s / 100},{3.1 + offset}\n" for s in range(start, stop)
    )


def readings(path: Path, *more: Path) -> tuple[Reading, ...]:
    built = study_from_files([path, *more], Options())
    assert not built.problems, [str(p) for p in built.problems]
    return built.readings


def not_read(path: Path) -> str:
    return " | ".join(u for r in readings(path) if r.role == "folder" for u in r.unknown)


def test_the_newest_checkpoint_and_what_it_alone_holds(tmp_path: Path) -> None:
    write(tmp_path / "config.json", MODEL)
    for steps in (20, 40, 100):
        write(tmp_path / f"checkpoint-{steps}" / "config.json", MODEL)
        write(tmp_path / f"checkpoint-{steps}" / "trainer_state.json", state(steps))
    (tmp_path / "pytorch_model.bin").write_bytes(b"x")
    assert [r.file for r in readings(tmp_path)] == [
        "config.json",
        "checkpoint-100/trainer_state.json",
        f"{tmp_path.name}/",
    ]
    assert "older checkpoints: checkpoint-20, checkpoint-40" in not_read(tmp_path)
    assert "pytorch_model.bin" in not_read(tmp_path)


def test_logs_of_other_runs_are_left_aside_and_named(tmp_path: Path) -> None:
    for number, offset in ((2, 0.5), (10, 0.0), (9, 1.0)):
        home = tmp_path / "lightning_logs" / f"version_{number}"
        write(home / "metrics.csv", table(0, 50, offset))
        write(home / "hparams.yaml", f"lr: 0.{number}\nbatch_size: 8\n")
    built = study_from_files([tmp_path], Options())
    study = built.study
    assert study.elements["learning-rate"].value == pytest.approx(0.1)
    assert study.info.baseline == pytest.approx(3.1)
    assert not [c for r in built.readings for c in r.contradictions]
    aside = [u for r in built.readings for u in r.unknown if u.startswith("other run: ")]
    assert len(aside) == 4
    assert any("lightning_logs/version_2/metrics.csv (49 steps)" in u for u in aside)


def test_of_runs_of_different_length_the_longest_is_followed(tmp_path: Path) -> None:
    a, b = write(tmp_path / "a.csv", table(0, 90)), write(tmp_path / "b.csv", table(0, 40, 1.0))
    logs = {r.file: r.log is not None for r in readings(a, b)}
    assert logs == {"a.csv": True, "b.csv": False}


def test_a_run_that_was_started_again_is_one(tmp_path: Path) -> None:
    a = write(tmp_path / "run" / "a.csv", table(0, 40))
    write(tmp_path / "run" / "b.csv", table(40, 90))
    built = study_from_files([a.parent], Options())
    assert all(r.log is not None for r in built.readings)
    from ablator.importers.runs import joined

    (log,) = joined([r.log for r in built.readings if r.log is not None])
    assert len(log.series["loss"].values) == 90
    assert log.restarts == (40,)


def test_logs_that_agree_are_of_one_run(tmp_path: Path) -> None:
    write(tmp_path / "trainer_state.json", state(100))
    write(tmp_path / "copy.jsonl", "\n".join(json.dumps(r) for r in state(50)["log_history"]))
    assert all(r.log is not None for r in readings(tmp_path) if r.role == "log")


def test_hydra_beats_the_source_tree(tmp_path: Path) -> None:
    write(tmp_path / ".hydra" / "config.yaml", "optimizer: {lr: 0.3}\nbatch_size: 4\n")
    write(tmp_path / ".hydra" / "hydra.yaml", "hydra: {sweeper: {params: {lr: 9}}}\n")
    write(tmp_path / "conf" / "config.yaml", "optimizer: {lr: 0.1}\n")
    write(tmp_path / "train.py", "lr = 7\nbatch_size = 3\n")
    built = study_from_files([tmp_path], Options())
    assert [r.file for r in built.readings if r.role == "settings"] == [".hydra/config.yaml"]
    assert built.study.elements["learning-rate"].value == 0.3
    assert "source files, as the run's own settings are here: conf/config.yaml, train.py" in not_read(tmp_path).replace(
        "train.py, conf/config.yaml", "conf/config.yaml, train.py"
    )


def test_wandb_runs_are_told_apart_without_logs(tmp_path: Path) -> None:
    for day, rate in ((9, 0.1), (10, 0.2)):
        home = tmp_path / "wandb" / f"run-202309{day:02d}_1-ab{day}" / "files"
        write(home / "config.yaml", f"wandb_version: 1\nlearning_rate: {{value: {rate}}}\nbatch_size: {{value: 8}}\n")
        write(home / "wandb-summary.json", {"_step": 5, "_runtime": 3600, "val/loss": rate})
    study = study_from_files([tmp_path], Options()).study
    assert study.elements["learning-rate"].value == 0.2
    assert (study.info.metric, study.info.baseline, study.info.hours_per_run) == ("val_loss", 0.2, 1.0)


def test_closing_results_give_metric_and_hours(tmp_path: Path) -> None:
    value = {
        "epoch": 3.0,
        "eval_loss": 1.5,
        "eval_runtime": 2.0,
        "train_runtime": 7200,
        "train_samples": 9,
        "eval_f1": 1,
    }
    study = study_from_files([write(tmp_path / "all_results.json", value)], Options()).study
    assert (study.info.metric, study.info.baseline, study.info.hours_per_run) == ("eval_loss", 1.5, 2.0)
    assert study.elements["data-quantity"].value == 9


def test_huge_folders_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_module, "MAX_FILES", 3)
    monkeypatch.setattr(folder_module, "MAX_ENTRIES", 50)
    write(tmp_path / "a" / "config.json", MODEL)
    for number in range(70):
        write(
            tmp_path / "many" / f"{chr(97 + number % 26) * (1 + number // 26)}.json", {"lr": 0.1, "batch_size": number}
        )
    said = not_read(tmp_path)
    assert "more than 50 entries" in said
    assert "more files: 3 of a folder are read" in said


def test_links_are_not_followed_into_other_folders(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere" / "args.yaml", "lr: 5\nbatch_size: 1\n")
    write(tmp_path / "run" / "config.json", MODEL)
    (tmp_path / "run" / "link").symlink_to(tmp_path / "elsewhere")
    assert [r.file for r in readings(tmp_path / "run")] == ["config.json"]


@pytest.mark.parametrize(
    ("place", "split"),
    [
        ("logs/validation/events.out.tfevents.1", "eval_"),
        ("logs/train/events.out.tfevents.1", "train_"),
        ("runs/loss_val/events.out.tfevents.1", "eval_"),
        ("runs/Mar24_host/events.out.tfevents.1", ""),
    ],
)
def test_the_folder_of_an_event_file_says_its_split(place: str, split: str) -> None:
    assert split_of(place) == split


def test_what_the_run_wrote_beats_other_settings_and_contradictions_go_by_fact(tmp_path: Path) -> None:
    write(tmp_path / "training_args.json", {"learning_rate": 3e-4, "per_device_train_batch_size": 8, "max_steps": 100})
    write(tmp_path / "other.yaml", "lr: 1e-3\nbatch_size: 16\nmax_steps: 99\n")
    write(tmp_path / "trainer_state.json", state(100))
    built = study_from_files([tmp_path], Options())
    values = {k: e.value for k, e in built.study.elements.items()}
    assert (values["learning-rate"], values["batch-size"], values["training-length"]) == (3e-4, 8, 100)
    odd = " | ".join(c for r in built.readings for c in r.contradictions)
    assert "other.yaml says lr = 0.001, training_args.json says learning_rate = 0.0003" in odd
    assert "other.yaml says batch_size = 16, training_args.json says per_device_train_batch_size = 8" in odd
    assert "other.yaml says max_steps = 99, trainer_state.json says max_steps = 100" in odd


def test_a_length_in_another_unit_is_no_contradiction(tmp_path: Path) -> None:
    write(tmp_path / "train.yaml", "lr: 1e-3\nbatch_size: 16\nnum_epochs: 3\n")
    write(tmp_path / "trainer_state.json", state(100) | {"num_train_epochs": 3})
    built = study_from_files([tmp_path], Options())
    assert built.study.elements["training-length"].value == 3
    assert not [c for r in built.readings for c in r.contradictions]
    write(tmp_path / "train.yaml", "lr: 1e-3\nbatch_size: 16\nmax_steps: 7\n")
    assert study_from_files([tmp_path], Options()).study.elements["training-length"].value == 100


def test_a_log_in_another_stride_does_not_go_on_where_one_ends(tmp_path: Path) -> None:
    write(tmp_path / "trainer_state.json", state(1000))
    write(tmp_path / "old" / "metrics.csv", "step,loss\n" + "".join(f"{s},{5 - s / 10}\n" for s in range(9)))
    logs = {r.file: r.log is not None for r in readings(tmp_path) if r.role == "log"}
    assert logs == {"trainer_state.json": True, "old/metrics.csv": False}
