"""Rows become series: canonical names, odd cells, restarts."""

import math
from typing import Any

import pytest

from ablator.diagnose.log import as_value, canonical, series_from


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        ("loss", "loss"),
        ("train/loss", "loss"),
        ("train_loss", "loss"),
        ("train_loss_step", "loss"),
        ("training loss", "loss"),
        ("val_loss", "eval_loss"),
        ("valid/loss", "eval_loss"),
        ("eval/loss", "eval_loss"),
        ("val/acc", "eval_accuracy"),
        ("eval_accuracy", "eval_accuracy"),
        ("lr", "learning_rate"),
        ("lr-AdamW", "learning_rate"),
        ("train/learning_rate", "learning_rate"),
        ("lr/pg0", "learning_rate"),
        ("grad_norm", "grad_norm"),
        ("train/grad_norm", "grad_norm"),
        ("eval_xsum_loss", "eval_xsum_loss"),
        ("F1", "f1"),
    ],
)
def test_names(key: str, wanted: str) -> None:
    assert canonical(key) == wanted


def test_cells_that_are_no_numbers_are_left_out_and_nan_is_kept() -> None:
    rows: list[dict[str, Any]] = [
        {"step": 1, "loss": "NaN", "note": "x"},
        {"step": 2, "loss": True},
        {"step": 3, "loss": 2},
    ]
    series, restarts = series_from(rows)
    assert set(series) == {"loss"}
    assert math.isnan(series["loss"].values[0])
    assert series["loss"].steps == (1.0, 3.0)
    assert series["loss"].place(1) == "row 2, loss"
    assert restarts == ()


def test_after_a_restart_the_later_points_win() -> None:
    rows = [{"step": s, "loss": v} for s, v in ((1, 9), (2, 8), (3, 7), (2, 5), (3, 4))]
    series, restarts = series_from(rows)
    assert series["loss"].values == (9.0, 5.0, 4.0)
    assert restarts == (3,)


def test_rows_without_steps_are_counted() -> None:
    series, _ = series_from([{"loss": 3}, {"loss": 2}, {"loss": 1}])
    assert series["loss"].steps == (0.0, 1.0, 2.0)


def test_two_keys_of_one_name_stay_apart() -> None:
    series, _ = series_from([{"step": 1, "loss": 3, "train/loss": 2}])
    assert len(series) == 2


@pytest.mark.parametrize(("cell", "wanted"), [("1e-3", 1e-3), (10**400, math.inf), ("word", None), (None, None)])
def test_values(cell: object, wanted: float | None) -> None:
    assert as_value(cell) == wanted
