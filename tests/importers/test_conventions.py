"""Files as other people write them: their own keys, curves inside objects, boosting and agents, Jsonnet, references."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from ablator.core.errors import BadInput, ForeignFile
from ablator.diagnose.log import Log
from ablator.importers.build import Built, Options, study_from_files
from ablator.importers.found import Reading
from ablator.importers.jsonnet_source import load_jsonnet
from ablator.importers.log_inside import read_inside
from ablator.importers.sources import read_file


def falling(count: int) -> list[float]:
    return [round(3 * math.exp(-n / 10) + 1, 4) for n in range(count)]


def built(folder: Path, **files: str) -> Built:
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    return study_from_files([folder], Options())


def read(folder: Path, name: str, text: str) -> Reading:
    (folder / name).write_text(text)
    return read_file(folder / name, name)


def log_of(reading: Reading) -> Log:
    assert reading.log is not None
    return reading.log


def facts(reading: Reading) -> dict[str, Any]:
    return {f.fact: f.value for f in reversed(reading.found)}


EPOCHS = [{"epoch": n, "train_loss": v, "val_loss": v + 0.2, "val_acc": 0.5} for n, v in enumerate(falling(20))]


@pytest.mark.parametrize(
    "value",
    [
        {"history": EPOCHS},
        {"run": "a", "epochs": [{"train": {"loss": v}, "val": {"loss": v, "acc": 0.5}} for v in falling(20)]},
        {"history": {"train_loss": falling(20), "val_loss": falling(20), "val_acc": [0.5] * 20}},
        {"train": {"loss": falling(20)}, "val": {"loss": falling(20), "acc": [0.5] * 20}},
        {"train_losses": falling(20), "val_losses": falling(20), "val_accuracies": [0.5] * 20},
        {str(n): {"loss": v, "val_loss": v, "val_acc": 0.5} for n, v in enumerate(falling(20))},
        {f"{n}": {"steps": list(range(20)), "values": falling(20)} for n in ("train.loss", "val.loss", "val.acc")},
        {
            "metrics": {
                n: {"loss": {"x": list(range(20)), "y": falling(20)}, "acc": {"x": [19], "y": [0.5]}}
                for n in ("train", "val")
            }
        },
    ],
)
def test_curves_inside_an_object(value: dict[str, Any]) -> None:
    reading = read_inside(value, "run.json")
    assert reading is not None
    log = log_of(reading)
    assert {"loss", "eval_loss", "eval_accuracy"} <= set(log.series)
    assert len(log.series["loss"].values) == 20


def test_settings_and_closing_results_beside_the_curves(tmp_path: Path) -> None:
    value: dict[str, Any] = {
        "args": {"lr": 1e-3, "batch_size": 32},
        "history": EPOCHS,
        "best_epoch": 9,
        "test_acc": 0.81,
    }
    reading = read(tmp_path, "run.json", json.dumps(value))
    assert facts(reading)["learning-rate"] == 1e-3
    assert facts(reading)["last.test_acc"] == 0.81
    assert "last.best_epoch" not in facts(reading)


def test_lists_of_two_lengths_are_spread_and_said() -> None:
    reading = read_inside({"train_losses": falling(300), "val_losses": falling(30)}, "run.json")
    assert reading is not None
    assert log_of(reading).series["eval_loss"].steps[:2] == (9.0, 19.0)
    assert any("spread" in line for line in reading.unknown)


@pytest.mark.parametrize("value", [{"data": [{"question": "a"}] * 9}, {"loss": [{"a": 1}]}, {"model_type": "bert"}, []])
def test_other_objects_hold_no_curves(value: Any) -> None:
    assert read_inside(value, "x.json") is None


@pytest.mark.parametrize(
    ("line", "series", "last"),
    [
        ("[{n}]\ttrain-logloss:{v}\tvalid-logloss:{v}", "eval_loss", 8),
        ("[{n}]\ttraining's l1_loss: {v}\tvalid_1's binary_logloss: {v}", "eval_loss", 8),
        ("I0101 10:00:00.0 140 logging_writer.py:48] [{n}] loss={v}, accuracy=0.5", "loss", 8),
        ("Epoch 0: {n}/99 [00:10, reduced_train_loss={v}, global_step={n}.0]", "loss", 8),
        ("[{e}, {m}] loss: {v}", "loss", 900),
        ("[h] (trainer:721) INFO: {e}epoch:train:{n}-{m}batch: loss={v}", "loss", 900),
    ],
)
def test_lines_of_other_programs(tmp_path: Path, line: str, series: str, last: float) -> None:
    rows = [line.format(n=n, v=v, e=1 + n // 3, m=100 * (n % 3 + 1)) for n, v in enumerate(falling(9))]
    log = log_of(read(tmp_path, "train.log", "\n".join(rows)))
    assert log.series[series].steps[-1] == last
    assert log.series[series].values == tuple(falling(9))


def test_arguments_printed_at_the_head_of_a_log_are_its_settings(tmp_path: Path) -> None:
    head = "INFO Namespace(lr=[0.0005], max_epoch=4, clip_norm=0.1)\n"
    lines = [f"epoch 1: {n} / 500 loss={v}, num_updates={n}" for n, v in enumerate(falling(9))]
    reading = read(tmp_path, "train.log", head + "\n".join(lines))
    assert facts(reading)["learning-rate"] == 0.0005
    assert "loss" in log_of(reading).series


@pytest.mark.parametrize("text", ["hello\nworld\n", "[INFO] loading data\n[INFO] done\n", "{ begin\nend }\n"])
def test_a_printed_text_without_steps_is_named_as_such(tmp_path: Path, text: str) -> None:
    with pytest.raises(ForeignFile, match="no line gives a loss"):
        read(tmp_path, "out.log", text)


def test_lines_of_data_are_no_log(tmp_path: Path) -> None:
    rows = [json.dumps({"id": n, "prompt": "a", "score": 0.5}) for n in range(9)]
    with pytest.raises(ForeignFile, match="data, no log"):
        read(tmp_path, "data.jsonl", "\n".join(rows))


def test_lines_with_events_and_a_configuration_first(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [{"event": "start", "config": {"lr": 3e-4, "bs": 16}}]
    rows += [{"event": "train" if n % 4 else "eval", "step": n, "loss": v} for n, v in enumerate(falling(20))]
    reading = read(tmp_path, "log.jsonl", "\n".join(map(json.dumps, rows)))
    assert facts(reading)["learning-rate"] == 3e-4
    assert len(log_of(reading).series["eval_loss"].values) == 5


def test_evaluations_that_count_epochs_stand_at_their_iteration(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [{"iter": n, "step": n, "loss": v} for n, v in enumerate(falling(100), 1)]
    rows.insert(50, {"coco/bbox_mAP": 0.2, "step": 1})
    rows.append({"coco/bbox_mAP": 0.4, "step": 2})
    log = log_of(read(tmp_path, "scalars.json", "\n".join(map(json.dumps, rows))))
    assert log.series["coco/bbox_map"].steps == (50.0, 100.0)
    assert len(log.series["loss"].values) == 100


def test_settings_as_pairs_of_an_ordered_dict(tmp_path: Path) -> None:
    text = "!!python/object/apply:collections.OrderedDict\n- - - batch_size\n    - 256\n  - - lr\n    - lin_0.001\n"
    assert facts(read(tmp_path, "config.yml", text)) == {"batch-size": 256, "learning-rate": 0.001}


def test_a_length_that_is_left_open_contradicts_nothing(tmp_path: Path) -> None:
    made = built(
        tmp_path, args__yml="n_timesteps: -1\nseed: 5\nlr: 0.1", config__yml="n_timesteps: 100000\nbatch_size: 4"
    )
    assert not any("contradiction" in line for line in made.study.info.unknown)


def test_references_beside_and_above(tmp_path: Path) -> None:
    optim = "optim:\n  lr: ${..base}\n  wd: ${.decay}\n  decay: 0.05\n"
    text = f"base: 0.001\n{optim}train:\n  max_steps: ${{..plan.total}}\nplan:\n  total: 20\n"
    told = facts(read(tmp_path, "config.yaml", text))
    assert (told["learning-rate"], told["weight-decay"], told["training-length"]) == (0.001, 0.05, 20)


def test_scores_at_the_end_are_results(tmp_path: Path) -> None:
    reading = read(tmp_path, "metrics.json", json.dumps({"0": {"precision": 0.9, "recall": 0.8}, "accuracy": 0.85}))
    assert reading.role == "results"
    assert reading.found[0].fact == "last.accuracy"


JSONNET = """local lr = 2e-5; // rate
local twice(x) = x * 2;
{
  "trainer": {"optimizer": {"lr": lr}, "num_epochs": 2 * 3, # all
    "validation_metric": "-perplexity", "cuda_device": std.extVar("GPU"),},
  data_loader: {batch_sampler: {type: 'bucket', batch_size: 16}},
}
"""


def test_the_plain_part_of_jsonnet() -> None:
    value = load_jsonnet(JSONNET.encode(), "x.jsonnet")
    assert value["trainer"]["optimizer"]["lr"] == 2e-5
    assert value["trainer"]["num_epochs"] == 6
    assert value["trainer"]["cuda_device"] == '$(std.extVar("GPU"))'
    assert value["data_loader"]["batch_sampler"] == {"type": "bucket", "batch_size": 16}


def test_jsonnet_tells_settings_and_the_metric(tmp_path: Path) -> None:
    reading = read(tmp_path, "x.jsonnet", JSONNET)
    assert facts(reading)["batch-size"] == 16
    assert (reading.metric, reading.goal) == ("perplexity", "min")


@pytest.mark.parametrize(
    "text", ["{", '{"a": 1, "a": 2}', "{a: }", "{[k]: 1 for k in x}", '{"a": "b', "{a: (1}", "[" * 90, "local x = 1"]
)
def test_other_jsonnet_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(BadInput) as wrong:
        load_jsonnet(text.encode(), "x.jsonnet")
    assert wrong.value.place.startswith("x.jsonnet:1")


@pytest.mark.parametrize(
    "rows",
    [
        [{"metricName": "train_loss", "metricValue": str(v), "step": n} for n, v in enumerate(falling(20))],
        [{"step": n, "metrics": {"loss": v}} for n, v in enumerate(falling(20))],
        [{"training_iteration": n, "loss": v, "config": {"lr": 0.1}} for n, v in enumerate(falling(20))],
        [{"level": "INFO", "extra": {"step": n, "train": {"loss": v}}} for n, v in enumerate(falling(20))],
    ],
)
def test_rows_of_trackers(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    log = log_of(read(tmp_path, "log.jsonl", "\n".join(map(json.dumps, rows))))
    assert log.series["loss"].values == tuple(falling(20))
    assert log.series["loss"].steps[-1] == 19
    assert not any("config" in name for name in log.series)


def test_an_exported_chart_follows_one_run_and_names_the_others(tmp_path: Path) -> None:
    head = '"Step","a - train/loss","a - train/loss__MIN","b - train/loss"\n'
    rows = [f"{n},{v},{v},{v if n < 5 else ''}" for n, v in enumerate(falling(9))]
    reading = read(tmp_path, "chart.csv", head + "\n".join(rows))
    assert log_of(reading).series["loss"].values == tuple(falling(9))
    assert set(log_of(reading).series) == {"loss"}
    assert reading.unknown == ("other runs: 1 of this chart (b); a is followed",)


def test_percent_behind_a_name_is_its_unit(tmp_path: Path) -> None:
    log = log_of(read(tmp_path, "log.csv", "epoch,loss,val acc (%)\n0,2,50%\n1,1,60%\n"))
    assert "eval_accuracy" in log.series


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '{"LearningRate": 0.1, "BatchSize": 8, "NumEpochs": 3}'),
        ("a.yaml", "hyper:\n  learn_rate: 0.1\n  mini_batch: 8\n  n_epoch: 3\n"),
        ("a.ini", "[train]\nlearning_rate = 0.1\nbatch_size = 8 ; each\nepochs = 3\n"),
        ("run.env", "export LR=0.1\nBATCH_SIZE=8\nEPOCHS=3\n"),
        ("p.yml", "epoch: 3\nLearningRate:\n  base_lr: 0.1\nTrainReader:\n  batch_size: 8\n"),
    ],
)
def test_other_spellings(tmp_path: Path, name: str, text: str) -> None:
    told = facts(read(tmp_path, name, text))
    assert (told["learning-rate"], told["batch-size"], told["training-length"]) == (0.1, 8, 3)


@pytest.mark.parametrize("text", ["[a]\n[a]\nx = 1\n", "[a]\nlr = 1\nlr = 2\n", "[a\n"])
def test_broken_ini_is_refused_with_its_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput) as wrong:
        read(tmp_path, "a.ini", text)
    assert wrong.value.place.rpartition(":")[2].isdigit()


def test_a_swarm_of_data_hides_no_log(tmp_path: Path) -> None:
    for n in range(250):
        (tmp_path / f"{n:04d}.json").write_text('{"text": "a"}')
    (tmp_path / "zz_log.csv").write_text("step,loss\n0,2\n1,1\n")
    made = study_from_files([tmp_path], Options())
    assert any(r.log is not None for r in made.readings)
    assert "249 more files like 0000.json" in made.readings[-1].unknown


def test_links_that_lead_round_in_circles(tmp_path: Path) -> None:
    (tmp_path / "self.json").symlink_to("self.json")
    (tmp_path / "gone.yaml").symlink_to("nowhere")
    (tmp_path / "up").symlink_to(tmp_path)
    (tmp_path / "config.yaml").write_text("lr: 0.1\nbatch_size: 8\n")
    made = study_from_files([tmp_path], Options())
    assert made.readings[0].file == "config.yaml"
    named = {"self.json: a link that leads nowhere", "gone.yaml: a link that leads nowhere"}
    assert named <= set(made.readings[-1].unknown)
