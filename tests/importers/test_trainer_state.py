"""Trainer states: curves, ends, and rows that are not as they should be."""

import math
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ablator.importers.sources import read_file
from ablator.importers.trainer_state import looks_like_trainer_state, read_trainer_state, trainer_log


def state(**more: Any) -> dict[str, Any]:
    history = [
        {"step": 10, "epoch": 0.1, "loss": 4.0, "learning_rate": 1e-3, "grad_norm": 1.0},
        {"step": 10, "epoch": 0.1, "eval_loss": 3.9, "eval_accuracy": 0.2, "eval_runtime": 3.0},
        {"step": 20, "epoch": 0.2, "loss": "NaN", "learning_rate": 5e-4, "grad_norm": float("nan")},
    ]
    return {"max_steps": 20, "global_step": 20, "log_history": history, **more}


def test_curves_and_ends() -> None:
    reading = read_trainer_state(state(), "trainer_state.json")
    log = reading.log
    assert log is not None
    assert log.series["loss"].steps == (10.0, 20.0)
    assert math.isnan(log.series["loss"].values[1])
    assert log.finished is True
    assert log.hides_nan
    facts = {f.fact: f.value for f in reading.found}
    assert facts["last.eval_loss"] == 3.9
    assert "last.eval_runtime" not in facts


def test_a_state_before_its_last_step_may_be_a_snapshot() -> None:
    assert trainer_log(state(global_step=10), "f").finished is None
    summary = {"step": 10, "train_runtime": 7200.0, "train_loss": 3.0}
    ended = state(global_step=10, log_history=[*state()["log_history"], summary])
    assert trainer_log(ended, "f").finished is False
    assert "train_loss" not in trainer_log(ended, "f").series


def test_an_empty_history_is_named() -> None:
    reading = read_trainer_state({"log_history": []}, "f")
    assert reading.unknown == ("the log holds no rows yet",)
    assert reading.log is not None
    assert reading.log.series == {}


def test_non_finite_numbers_in_the_file_are_read(tmp_path: Path) -> None:
    file = tmp_path / "trainer_state.json"
    file.write_text('{"max_steps": 2, "log_history": [{"step": 1, "loss": NaN}, {"step": 2, "loss": Infinity}]}')
    log = read_file(file, file.name).log
    assert log is not None
    assert math.isinf(log.series["loss"].values[1])


def test_what_it_looks_like() -> None:
    assert looks_like_trainer_state(state())
    assert not looks_like_trainer_state({"log_history": 3})
    assert not looks_like_trainer_state([])


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)
keys = st.sampled_from(["step", "epoch", "loss", "eval_loss", "eval_x", "train_runtime", "learning_rate"])


@given(st.lists(anything | st.dictionaries(keys, anything)), anything, anything)
def test_no_state_raises(history: list[Any], planned: Any, done: Any) -> None:
    reading = read_trainer_state({"log_history": history, "max_steps": planned, "global_step": done}, "f")
    assert reading.role == "log"
