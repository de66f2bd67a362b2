"""How long a run is: told by steps, passes or tokens, by the log, or not at all; and what a counted epoch means."""

from typing import Any

import pytest

from ablator.diagnose.extent import planned_extent
from ablator.diagnose.log import Log, series_from
from ablator.diagnose.symptoms import symptoms

MODEL = {"vocab_size": 32000, "hidden_size": 512, "num_hidden_layers": 8, "num_attention_heads": 8}
ADAM = {"learning_rate": 3e-4, "optim": "adamw_torch", "adam_beta2": 0.999}


def keras(first: int, count: int = 12) -> Log:
    rows = [
        {"epoch": first + i, "loss": 2.0 - 0.1 * i, "val_loss": 1.5 + 0.03 * i, "val_accuracy": 0.5 + 0.01 * i}
        for i in range(count)
    ]
    series, _ = series_from(rows, step="epoch")
    return Log(series=series, rows=count)


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({}, None),
        ({"num_train_epochs": 40}, None),
        ({"max_steps": -1}, None),
        ({"max_steps": -1, "max_iters": 500}, (500, "max_iters")),
        ({"num_train_epochs": 2, "train_samples": 6_000}, (1500, "num_train_epochs, train_samples")),
        ({"num_epochs": 3, "max_steps": 99}, (99, "max_steps")),
        ({"total_tokens": 1e6}, (1250, "total_tokens")),
        ({"total_tokens": 256, "max_tokens": 256}, None),
        ({"epochs": 4, "steps_per_epoch": 50, "train_samples": 9}, (200, "epochs, steps_per_epoch")),
    ],
)
def test_the_length_of_a_run_is_taken_from_what_tells_it(
    settings: dict[str, Any], wanted: tuple[float, str] | None
) -> None:
    found = planned_extent(Log(), settings, 8.0, 100.0, passes=False)
    assert (found and (found.steps, found.place)) == wanted


def test_without_a_batch_passes_tell_no_steps() -> None:
    assert planned_extent(Log(), {"num_train_epochs": 2, "train_samples": 9}, None, None, passes=False) is None


@pytest.mark.parametrize("settings", [{}, {"num_train_epochs": 40}, {"num_epochs": 3}])
def test_an_unknown_length_is_judged_by_no_symptom(settings: dict[str, Any]) -> None:
    known = {"per_device_train_batch_size": 8, "max_seq_length": 512, "warmup_steps": 500, "weight_decay": 1.0}
    found = symptoms(Log(), {**ADAM, **known, **settings}, MODEL)
    for name in (
        "warmup-eats-the-run",
        "few-tokens-per-parameter",
        "model-tiny-for-its-data",
        "few-optimizer-steps",
        "decay-timescale-short",
    ):
        assert found[name].present is None, name
    assert found["warmup-absent"].present is False


def test_passes_and_samples_tell_the_share_of_warm_up_and_the_tokens() -> None:
    settings = {
        **ADAM,
        "num_train_epochs": 1,
        "train_samples": 8_000,
        "per_device_train_batch_size": 8,
        "max_seq_length": 512,
        "warmup_steps": 500,
    }
    found = symptoms(Log(), settings, MODEL)
    assert found["warmup-eats-the-run"].says == "warm-up takes 50% of the run"
    assert found["few-optimizer-steps"].says.startswith("1000 steps")
    assert "max_steps" not in found["few-tokens-per-parameter"].place


def test_epochs_from_zero_and_from_one_say_the_same() -> None:
    zero, one = symptoms(keras(0)), symptoms(keras(1))
    assert zero["eval-rises-in-first-pass"].present is False
    for name in zero:
        assert zero[name].weight == one[name].weight, name
    assert zero["many-epochs"].says == one["many-epochs"].says == "12 passes over the data"


def test_evaluations_within_the_first_of_the_passes_counted_from_zero() -> None:
    rows: list[dict[str, Any]] = [
        {"step": 10 * (i + 1), "epoch": i // 6, "loss": 2.0 - 0.1 * i, "val_loss": 1.5 + 0.1 * abs(i - 1)}
        for i in range(12)
    ]
    series, _ = series_from(rows)
    found = symptoms(Log(series=series, rows=12))
    assert found["eval-rises-in-first-pass"].present is True
    assert "from epoch 0.333 on" in found["eval-rises-in-first-pass"].says


def test_an_evaluation_before_training_is_no_pass() -> None:
    rows: list[dict[str, Any]] = [{"epoch": 0, "val_loss": 3.0}]
    rows += [{"epoch": i, "loss": 2.0 - 0.1 * i, "val_loss": 1.5 + 0.1 * i} for i in range(1, 9)]
    series, _ = series_from(rows, step="epoch")
    assert symptoms(Log(series=series, rows=9))["many-epochs"].says == "8 passes over the data"


def test_a_log_whose_only_pass_is_number_zero_counts_none() -> None:
    rows = [{"step": 10 * i, "epoch": 0, "loss": 2.0 - 0.1 * i} for i in range(9)]
    series, _ = series_from(rows)
    found = symptoms(Log(series=series, rows=9, finished=True))
    assert found["saw-little-of-the-data"].present is None


def test_a_log_of_passes_does_not_tell_the_share_of_a_warm_up_in_steps() -> None:
    found = symptoms(keras(0), {"warmup_steps": 500, "learning_rate": 1e-3})
    assert found["warmup-eats-the-run"].present is None
    half = symptoms(keras(0), {"warmup_ratio": 0.5})
    assert half["warmup-eats-the-run"].present is True


@pytest.mark.parametrize(("passes", "wanted"), [(100, False), (10, True), (None, None)])
def test_a_warm_up_in_passes_is_a_share_of_the_passes(passes: int | None, wanted: bool | None) -> None:
    settings = {"warmup_epochs": 5, "learning_rate": 0.1, **({"epochs": passes} if passes else {})}
    found = symptoms(Log(), settings)
    assert found["warmup-eats-the-run"].present is wanted
    assert found["warmup-absent"].present in {False, None}
