"""Shapes that logs come in: splits in a column, one number a row, counts of tokens, a row that is still written."""

import json
from pathlib import Path

import pytest

from ablator.core.errors import BadInput
from ablator.diagnose.log import Log
from ablator.importers.log_kinds import log_reading, log_value
from ablator.importers.runs import one_run
from ablator.importers.sources import read_source


def log_in(text: str, name: str = "log.csv") -> Log:
    reading = log_reading(text.encode(), name, name)
    assert reading is not None
    assert reading.log is not None
    return reading.log


def test_a_column_parts_training_from_evaluation() -> None:
    log = log_in("step,split,loss,acc\n0,train,3,0.1\n0,val,3.5,0.2\n1,train,2,0.3\n")
    assert log.series["loss"].values == (3.0, 2.0)
    assert log.series["eval_loss"].values == (3.5,)
    assert log.series["eval_accuracy"].values == (0.2,)


def test_lines_of_json_are_parted_alike() -> None:
    rows = [{"step": 0, "phase": "train", "loss": 3.0}, {"step": 0, "phase": "eval", "loss": 4.0}]
    log = log_in("\n".join(map(json.dumps, rows)), "log.jsonl")
    assert (log.series["loss"].values, log.series["eval_loss"].values) == ((3.0,), (4.0,))


def test_a_word_that_is_no_split_changes_nothing() -> None:
    assert set(log_in("step,type,loss\n0,a,3\n1,b,2\n").series) == {"loss"}


def test_one_number_a_row() -> None:
    log = log_in("step,metric,value\n0,train_loss,3\n0,val_loss,4\n1,train_loss,2\n")
    assert log.series["loss"].values == (3.0, 2.0)
    assert log.series["eval_loss"].steps == (0.0,)


def test_a_curve_saved_from_tensorboard_is_named_by_its_file() -> None:
    log = log_in("Wall time,Step,Value\n1.5,0,3\n2.5,10,2\n", "run-a-tag-train_loss.csv")
    assert log.series["loss"].steps == (0.0, 10.0)
    assert log.series["loss"].times == (1.5, 2.5)


@pytest.mark.parametrize("name", ["tokens", "consumed_samples"])
def test_tokens_and_samples_stand_for_steps(name: str) -> None:
    assert log_in(f"{name},train_loss\n0,3\n4096,2\n").series["loss"].steps == (0.0, 4096.0)


def test_a_row_that_is_still_written_is_left_out() -> None:
    assert log_in("step,train_loss,lr\n0,3,0.1\n1,2").series["loss"].values == (3.0,)


def test_evaluation_sets_are_no_parts_of_a_loss() -> None:
    log = log_in("step,loss,val/wiki_loss,val/books_loss\n0,3,4,5\n1,2,3,4\n")
    assert "eval_loss" not in log.series


def test_clocks_are_no_curves() -> None:
    assert set(log_in("step,_timestamp,_runtime,loss\n0,1e9,1,3\n1,1e9,2,2\n").series) == {"loss"}


def test_lines_of_one_shape_are_read_by_their_places() -> None:
    lines = [f"iter {i}: loss {3 - i / 10:.2f}, lr {1e-3:g}, acc1 {i}" for i in range(5)]
    log = log_in("\n".join([*lines, "iter 5.5: loss nan, lr 1e-3, acc1 7"]), "out.log")
    assert log.series["loss"].steps == (0.0, 1.0, 2.0, 3.0, 4.0, 5.0)
    assert log.series["loss"].values[:2] == (3.0, 2.9)
    assert log.series["acc1"].values[-1] == 7.0


def test_a_parquet_table_is_to_be_saved_as_csv(tmp_path: Path) -> None:
    file = tmp_path / "results.parquet"
    file.write_bytes(b"PAR1" + b"\x15\x04" * 20 + b"PAR1")
    with pytest.raises(BadInput, match=r"Parquet.*save a log as CSV"):
        read_source(str(file))


def test_steps_counted_anew_in_each_epoch_go_on() -> None:
    rows = [{"mode": "train", "epoch": e, "iter": i, "loss": 4.0 - e, "lr": 0.1} for e in (1, 2) for i in (10, 20)]
    rows[2:2] = [{"mode": "val", "epoch": 1, "iter": 5, "acc": 0.4}]
    rows.append({"mode": "val", "epoch": 2, "iter": 5, "acc": 0.5})
    log = log_in("\n".join(map(json.dumps, rows)), "log.jsonl")
    assert log.series["loss"].steps == (10.0, 20.0, 30.0, 40.0)
    assert log.series["eval_accuracy"].steps == (20.0, 40.0)
    assert log.series["learning_rate"].steps == (10.0, 20.0, 30.0, 40.0)
    assert log.restarts == ()


def test_a_run_started_again_keeps_its_steps() -> None:
    log = log_in("epoch,step,loss\n1,10,4\n2,20,3\n2,15,2.5\n3,25,2\n")
    assert log.series["loss"].steps == (10.0, 15.0, 25.0)
    assert log.restarts == (2,)


@pytest.mark.parametrize("name", ["val.csv", "run/val/metrics.csv", "eval_log.csv"])
def test_a_file_of_the_evaluation_says_so_by_its_name(name: str) -> None:
    assert set(log_in("step,loss,lr\n0,3,1\n1,2,1\n", name).series) == {"eval_loss", "learning_rate"}


def test_training_and_evaluation_in_two_files_are_one_run(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("step,loss\n" + "".join(f"{n},{3 - n / 10}\n" for n in range(10)))
    (tmp_path / "val.csv").write_text("step,loss\n" + "".join(f"{n},{4 - n / 10}\n" for n in range(10)))
    logs = [r.log for r in one_run(read_source(str(tmp_path))) if r.log is not None]
    assert {name for log in logs for name in log.series} == {"loss", "eval_loss"}


@pytest.mark.parametrize(
    "text",
    ["# my run\n# of today\nstep,loss\n0,3\n1,2\n", "# step,loss\n0,3\n1,2\n", "step  loss\n 0  3.0\n 1  2.0\n"],
)
def test_comments_and_columns_of_spaces(text: str) -> None:
    assert log_in(text).series["loss"].values == (3.0, 2.0)


def test_percent_signs() -> None:
    assert log_in("epoch,loss,val_acc\n0,3,10%\n1,2,55%\n").series["eval_accuracy"].values == (0.1, 0.55)


def test_a_word_after_a_comment_is_named_by_its_line() -> None:
    with pytest.raises(BadInput) as caught:
        log_in("# my run\nstep,loss\n0,3\nx,2\n")
    assert caught.value.place == "log.csv:4"


def test_rows_that_hold_objects() -> None:
    reading = log_value([{"iteration": n, "train": {"loss": 3.0}, "val": {"loss": 4.0}} for n in (0, 10)], "log.json")
    assert reading is not None
    assert reading.log is not None
    assert set(reading.log.series) == {"loss", "eval_loss"}


def test_settings_beside_the_curves_of_a_history() -> None:
    reading = log_value({"train_loss": [3, 2], "val_loss": [4, 3], "lr": 1e-3, "batch_size": 32}, "results.json")
    assert reading is not None
    assert reading.log is not None
    assert set(reading.log.series) == {"loss", "eval_loss"}
    assert {f.fact: f.value for f in reading.found}["batch-size"] == 32


def test_a_folder_gives_what_a_run_printed(tmp_path: Path) -> None:
    (tmp_path / "train.log").write_text("step 1 loss 3.0\nstep 2 loss 2.0\n")
    assert [r.format for r in read_source(str(tmp_path))] == ["printed log"]
    (tmp_path / "metrics.csv").write_text("step,loss\n1,3\n2,2\n")
    readings = read_source(str(tmp_path))
    assert [r.format for r in readings] == ["CSV log", "folder"]
    assert readings[-1].unknown == ("train.log: printed lines, where a log of the run was read",)
