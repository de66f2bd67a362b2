"""Which of several metrics a study is about, and which way is better."""

import json
from pathlib import Path

import pytest

from ablator.importers.build import Options, study_from_files
from ablator.importers.metric import goal_of
from ablator.importers.monitored import monitored

CSV = "epoch,loss,val_loss,val_err,val/f1\n" + "\n".join(
    f"{n},{9 - n},{9 - n},{0.9 - n / 10},{n / 10}" for n in range(9)
)


@pytest.mark.parametrize(
    ("settings", "metric", "goal", "baseline"),
    [
        ({}, "eval_loss", "min", 1),
        ({"metric_for_best_model": "val_err", "greater_is_better": False}, "val_err", "min", 0.1),
        ({"callbacks": [{"monitor": "val/f1", "mode": "max"}]}, "val/f1", "max", 0.8),
        ({"callbacks": [{"init_args": {"monitor": "val_loss", "mode": "min"}}]}, "eval_loss", "min", 1),
        ({"best_checkpoint_metric": "f1", "maximize_best_checkpoint_metric": True}, "val/f1", "max", 0.8),
        ({"trainer": {"validation_metric": "-val_err"}}, "val_err", "min", 0.1),
        ({"metric": {"name": "val/f1", "goal": "maximize"}}, "val/f1", "max", 0.8),
        ({"monitor": "epoch", "mode": "max"}, "eval_loss", "min", 1),
    ],
)
def test_the_settings_choose_the_metric(
    tmp_path: Path, settings: dict[str, object], metric: str, goal: str, baseline: float
) -> None:
    (tmp_path / "log.csv").write_text(CSV)
    (tmp_path / "config.json").write_text(json.dumps({"lr": 0.1, "batch_size": 8, **settings}))
    info = study_from_files([tmp_path], Options()).study.info
    assert (info.metric, info.goal) == (metric, goal)
    assert info.baseline == pytest.approx(baseline)


def test_a_choice_that_no_file_makes_is_said(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(CSV)
    unknown = study_from_files([tmp_path], Options()).study.info.unknown
    assert "which metric counts: eval_loss was taken, beside val/f1, val_err" in unknown
    unknown = study_from_files([tmp_path], Options(metric="val_err")).study.info.unknown
    assert not any(line.startswith("which metric") for line in unknown)


@pytest.mark.parametrize(
    ("columns", "metric"),
    [
        ("step,loss,batch_cost,ips,data_time", ""),
        ("step,loss,loss_cls,loss_box", ""),
        ("timesteps,rollout/ep_len_mean,rollout/ep_rew_mean,train/loss,time/fps", "rollout/ep_rew_mean"),
        ("step,loss,acc_norm", "acc_norm"),
        ("step,loss,success_rate", "success_rate"),
    ],
)
def test_only_what_measures_the_model_is_a_metric(tmp_path: Path, columns: str, metric: str) -> None:
    names = columns.split(",")
    (tmp_path / "log.csv").write_text("\n".join([columns, *(",".join([str(n)] * len(names)) for n in range(1, 9))]))
    assert study_from_files([tmp_path], Options()).study.info.metric == metric


@pytest.mark.parametrize(
    "name", ["val_err", "test-RMSE", "eval/wer", "wikitext_bits_per_byte", "top1_err", "KL", "fid"]
)
def test_less_is_better(name: str) -> None:
    assert goal_of(name) == "min"


@pytest.mark.parametrize("name", ["accuracy", "eval_f1", "hella_acc_norm", "ep_rew_mean", "superb", "kinetics_top1"])
def test_more_is_better(name: str) -> None:
    assert goal_of(name) == "max"


def test_a_checkpoint_beats_early_stopping() -> None:
    found = monitored({"early_stopping": {"monitor": "a"}, "model_checkpoint": {"monitor": "b", "mode": "max"}})
    assert found is not None
    assert (found.name, found.goal) == ("b", "max")


@pytest.mark.parametrize("value", [{}, {"monitor": "${m}"}, {"monitor": None}, {"metric_for_best_model": ""}])
def test_settings_that_choose_nothing(value: dict[str, object]) -> None:
    assert monitored(value) is None
