"""Logs as tables: CSV of several writers, JSON lines, Keras histories, curves by step."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ablator.core.errors import AblatorError, BadInput
from ablator.diagnose.log import Log
from ablator.importers.log_kinds import log_reading, log_value
from ablator.importers.sources import read_file


def log_in(text: str | bytes, name: str = "log.csv") -> Log:
    reading = log_reading(text.encode() if isinstance(text, str) else text, name, name)
    assert reading is not None
    assert reading.log is not None
    return reading.log


def test_plain_csv() -> None:
    log = log_in("step,loss,val_loss,lr\n10,3.5,,1e-3\n20,nan,3.1,5e-4\n")
    assert log.series["loss"].values[0] == 3.5
    assert log.series["loss"].steps == (10.0, 20.0)
    assert log.series["eval_loss"].steps == (20.0,)
    assert log.series["learning_rate"].values == (1e-3, 5e-4)


def test_lightning_rows_of_training_and_evaluation_alternate() -> None:
    text = "epoch,step,train_loss_step,train_loss_epoch,val_loss\n0,49,9.4,,\n0,99,9.0,,\n0,99,,9.2,8.9\n"
    log = log_in(text)
    assert log.series["loss"].key == "train_loss_step"
    assert log.series["eval_loss"].epochs == (0.0,)


def test_ultralytics_parts_are_added_up() -> None:
    header = "epoch,time,train/box_loss,train/cls_loss,val/box_loss,val/cls_loss,metrics/mAP50(B),lr/pg0\n"
    log = log_in(header + "1,10,1.5,3.0,1.0,2.0,0.3,0.003\n2,20,1.25,2.0,1.0,1.5,0.4,0.006\n")
    assert log.series["loss"].values == (4.5, 3.25)
    assert log.series["loss"].key == "train/box_loss + train/cls_loss"
    assert log.series["eval_loss"].values == (3.0, 2.5)
    assert log.series["learning_rate"].values[1] == 0.006
    assert log.series["loss"].times == (10.0, 20.0)


def test_old_line_ends() -> None:
    assert log_in("step,loss\r1,2\r2,NaN\r3,n/a\r").series["loss"].steps == (1.0, 2.0)


def test_semicolons_and_decimal_commas() -> None:
    assert log_in("step;loss\n1;0,93\n2;0,5\n").series["loss"].values == (0.93, 0.5)


@pytest.mark.parametrize(
    ("text", "line"),
    [("step,loss\n1,2\n1,2,3\n", 3), ("step,loss,loss\n1,2,3\n", 1), ("step,loss\n1,2\n2,many\n", 3)],
)
def test_odd_tables_are_refused_by_line(text: str, line: int) -> None:
    with pytest.raises(BadInput) as caught:
        log_in(text)
    assert caught.value.place == f"log.csv:{line}"


def test_a_table_of_results_is_no_log(tmp_path: Path) -> None:
    file = tmp_path / "results.csv"
    file.write_text("run,accuracy\na,0.5\n")
    with pytest.raises(BadInput, match="no training log"):
        read_file(file, file.name)


def test_json_lines_with_a_torn_end() -> None:
    rows = [{"step": i, "train": {"loss": 3.0 - i / 10}, "note": "x", "list": [1]} for i in range(3)]
    text = "\n".join(json.dumps(r) for r in rows) + '\n{"step": 4, "train": {"lo'
    reading = log_reading(text.encode(), "log.jsonl", "log.jsonl")
    assert reading is not None
    assert reading.unknown == ("line 4 is torn and was left out",)
    assert reading.log is not None
    assert reading.log.series["loss"].values == (3.0, 2.9, 2.8)


def test_json_lines_without_numbers_are_refused() -> None:
    with pytest.raises(BadInput, match="no line holds a number"):
        log_reading(b'{"a": "x"}\n{"a": "y"}\n', "log.jsonl", "log.jsonl")


def test_many_new_keys_are_bounded() -> None:
    text = "\n".join(json.dumps({"step": i, f"k{i}": i}) for i in range(5000))
    assert len(log_in(text, "log.jsonl").series) <= 2000


@pytest.mark.parametrize(
    ("value", "series"),
    [
        ({"loss": [3, 2], "val_loss": [3, 2.5], "accuracy": [0.1, 0.2]}, {"loss", "eval_loss", "accuracy"}),
        ({"lm loss": {"values": {"1": 10.9, "5": 10.1}}, "num-zeros": {"values": {"1": 5}}}, {"loss", "num-zeros"}),
        ([{"epoch": 1, "loss": 3}, {"epoch": 2, "loss": 2, "val_loss": 4}], {"loss", "eval_loss"}),
    ],
)
def test_values_that_are_logs(value: Any, series: set[str]) -> None:
    reading = log_value(value, "history.json")
    assert reading is not None
    assert reading.log is not None
    assert set(reading.log.series) == series


@pytest.mark.parametrize(
    "value", [{}, {"loss": 3}, {"hidden_size": 3, "layers": [1]}, [], [1, 2], {"a": {"b": 1}}, None]
)
def test_values_that_are_none(value: Any) -> None:
    assert log_value(value, "x.json") is None


@given(st.text(alphabet='ab,;\n"0.1 step', max_size=80))
def test_no_table_ends_in_a_traceback(body: str) -> None:
    try:
        log_reading(("step,loss\n" + body).encode(), "log.csv", "log.csv")
    except AblatorError:
        pass


def test_public_logs_are_read(shared: Path) -> None:
    folder = shared / "data" / "inputs" / "logs"
    wanted = [
        p for p in folder.iterdir() if p.name.endswith(("metrics.csv", "train__results.csv", "trainer_state.json"))
    ]
    assert len(wanted) > 5
    for file in wanted:
        log = read_file(file, file.name).log
        assert log is not None
        assert len(log.series["loss"].values) > 1, file.name


def test_runs_in_one_table_are_told_apart(tmp_path: Path) -> None:
    rows = [f"{run},{s},{3 - s / 10 + offset}" for run, offset, n in (("a", 0, 9), ("b", 1, 4)) for s in range(n)]
    path = tmp_path / "log.csv"
    path.write_text("run,step,loss\n" + "\n".join(rows), encoding="utf-8")
    r = read_file(path, "log.csv")
    assert r.log is not None
    assert len(r.log.series["loss"].values) == 9
    assert not r.log.restarts
    assert r.unknown == ("other runs: 1 of this table (b); a is followed",)
