"""Keras models: JSON, archives and HDF5 files by their configuration alone."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from ablator.core.errors import BadInput
from ablator.importers.found import FoundIdea, Reading
from ablator.importers.keras_config import (
    looks_like_keras,
    looks_like_keras_training,
    read_keras,
    read_keras_hdf5,
    read_keras_training,
    read_keras_zip,
)
from ablator.importers.sources import read_source


def layer(kind: str, **config: Any) -> dict[str, Any]:
    return {"class_name": kind, "config": {"name": kind.lower(), **config}}


MODEL = {
    "class_name": "Sequential",
    "config": {
        "name": "tiny",
        "layers": [
            layer("InputLayer"),
            layer("Conv2D", filters=8, activation="relu"),
            layer("BatchNormalization"),
            layer("GlobalAveragePooling2D"),
            layer("Dropout", rate=0.3),
            layer("Dense", units=4, activation="softmax", kernel_regularizer={"class_name": "L2", "config": {}}),
        ],
    },
    "compile_config": {
        "optimizer": {"class_name": "Adam", "config": {"learning_rate": 0.0010000000474974513}},
        "loss": "mse",
    },
}


def by_id(reading: Reading) -> dict[str, FoundIdea]:
    return {i.idea: i for i in reading.ideas if i.present}


def test_layers_show_ideas_and_compile_shows_settings() -> None:
    reading = read_keras(MODEL, "m.json")
    ideas = by_id(reading)
    assert {"convolution", "batchnorm", "global_avg_pool", "relu", "dropout", "weight_decay"} <= set(ideas)
    assert ideas["dropout"].value == 0.3
    assert ideas["convolution"].from_ == ("m.json: conv2d (Conv2D)",)
    facts = {f.fact: f.value for f in reading.found}
    assert facts["learning-rate"] == 0.001
    assert facts["optimizer-choice"] == "Adam"
    assert reading.family == "cnn"


def test_wrapped_and_nested_layers_are_seen() -> None:
    inner = {"class_name": "Sequential", "config": {"layers": [layer("Bidirectional", layer=layer("LSTM", units=3))]}}
    reading = read_keras({"class_name": "Functional", "config": {"layers": [inner, layer("Dense")]}}, "m")
    assert {"recurrence", "gated_cell", "bidirectional_rnn"} <= set(by_id(reading))


def archive(path: Path, *rows: tuple[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as out:
        for name, text in rows:
            out.writestr(name, text)
    return path


def test_an_archive_is_read_by_its_configuration(tmp_path: Path) -> None:
    path = archive(tmp_path / "m.keras", ("metadata.json", "{}"), ("config.json", json.dumps(MODEL)))
    assert "convolution" in by_id(read_keras_zip(path))
    assert read_source(str(path))[0].file == "m.keras"
    assert read_source(str(path))[0].sha256


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("../config.json", "{}")], "outside the archive"),
        ([("archive/data.pkl", "x")], "PyTorch checkpoint"),
        ([("other.txt", "x")], "no config.json"),
        ([("config.json", "{}")], "not that of a Keras model"),
        ([("config.json", "{"), ("metadata.json", "{}")], "config.json"),
        ([("config.json", "0" * 3_000_000)], "config.json"),
    ],
)
def test_other_archives_get_one_line(tmp_path: Path, rows: list[tuple[str, str]], words: str) -> None:
    with pytest.raises(BadInput, match=words) as refused:
        read_keras_zip(archive(tmp_path / "m.keras", *rows))
    assert str(tmp_path) in str(refused.value)


def test_a_name_that_comes_twice_is_refused(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        path = archive(tmp_path / "m.keras", ("config.json", "{}"), ("config.json", "{}"))
    with pytest.raises(BadInput, match="twice"):
        read_keras_zip(path)


def test_hdf5_by_the_configuration_inside(tmp_path: Path) -> None:
    head = b"\x89HDF\r\n\x1a\n" + b"\x00" * 500
    path = tmp_path / "model.keras"  # HDF5 under another name
    path.write_bytes(head + json.dumps(MODEL).encode() + b"\x00}{" * 50)
    assert "convolution" in by_id(read_source(str(path))[0])
    path.write_bytes(head)
    with pytest.raises(BadInput, match="weights alone"):
        read_keras_hdf5(path)


def test_training_configuration() -> None:
    value = {"loss": "mse", "optimizer_config": {"class_name": "RMSprop", "config": {"lr": 0.01}}}
    assert looks_like_keras_training(value)
    assert not looks_like_keras(value)
    facts = {f.fact: f.value for f in read_keras_training(value, "t.json").found}
    assert facts == {"optimizer-choice": "RMSprop", "learning-rate": 0.01, "loss": "mse"}


def test_real_configurations(shared: Path) -> None:
    for path in sorted((shared / "data/inputs/keras").glob("*.json")):
        if "metadata" in path.name:
            continue
        reading = read_source(str(path))[0]
        if "training_config" in path.name:
            assert {"learning-rate", "optimizer-choice"} <= {f.fact for f in reading.found}
        elif "LSTM" in path.read_text():
            assert {"recurrence", "gated_cell"} <= set(by_id(reading))
