"""Settings that only together are unusual."""

from typing import Any

import pytest

from ablator.diagnose.log import Log
from ablator.diagnose.proportions import PROPORTIONS, proportion_rows
from ablator.diagnose.trace import Trace
from ablator.library import library

ELEMENTS = ("batch-size", "head_dim", "low-precision-updates", "training-length", "weight-averaging")
MODEL = {"vocab_size": 1000, "hidden_size": 64, "num_attention_heads": 4}


def found(settings: dict[str, Any], model: dict[str, Any] | None = None) -> dict[str, Any]:
    rows = proportion_rows(Trace(Log(), settings, model or {}, {}), ELEMENTS)
    return {k: v for row in rows for k, v in dict(row.value).items()}


def test_culprits_and_directions_are_those_of_the_library() -> None:
    known = library()
    for row in PROPORTIONS:
        for culprit in row.ratios:
            name, _, mode = culprit.partition("/")
            assert name in known.factors or name in known.ideas
            assert not mode or mode in {m.id for m in known.factors[name].modes}


@pytest.mark.parametrize(
    ("settings", "model", "culprit"),
    [
        ({}, {**MODEL, "num_attention_heads": 32}, "head_dim"),
        ({"ema_decay": 0.9999, "max_steps": 2000}, MODEL, "weight-averaging"),
        ({"max_steps": 60, "num_train_epochs": 3}, MODEL, "batch-size"),
        ({"pure_bf16": True}, MODEL, "low-precision-updates"),
    ],
)
def test_outside_is_named(settings: dict[str, Any], model: dict[str, Any], culprit: str) -> None:
    assert culprit in found(settings, model)


def test_inside_and_unknown_say_nothing() -> None:
    usual = {"ema_decay": 0.999, "max_steps": 100_000, "pure_bf16": False, "num_train_epochs": 3}
    assert found(usual, MODEL) == {}
    assert found({}, {}) == {}


def test_few_updates_in_a_run_of_whole_passes_point_to_the_batch() -> None:
    value = found({"max_steps": 60, "num_train_epochs": 3}, MODEL)
    assert value["batch-size"]["too-large"] > 1 == value["batch-size"]["too-small"]
    assert "batch-size" not in found({"max_steps": 60}, MODEL)
