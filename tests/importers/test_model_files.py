"""Binary files are told by their first bytes; what must not be opened is refused with the reason."""

import csv
from pathlib import Path

import pytest

from ablator.core.errors import AblatorError, BadInput
from ablator.importers.model_files import read_model_file, without_shards
from ablator.importers.sources import read_source


@pytest.mark.parametrize("name", ["model.pt", "pytorch_model.bin", "model.h5", "config.json", "last.ckpt"])
def test_a_pickle_is_never_opened_whatever_its_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"\x80\x04\x95" + b"cos\nsystem\n(S'echo'\ntR.")
    with pytest.raises(BadInput, match="runs code") as refused:
        read_source(str(path))
    assert "ablator.describe(module)" in str(refused.value)


def test_an_old_checkpoint_without_the_mark_of_pickles(tmp_path: Path) -> None:
    path = tmp_path / "net.pth"
    path.write_bytes(b"cos\nsystem\n(S'echo'\ntR.")
    with pytest.raises(BadInput, match="runs code"):
        read_source(str(path))


def test_a_pointer_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n")
    with pytest.raises(BadInput, match="git lfs pull"):
        read_source(str(path))


def test_texts_are_left_to_other_readers(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text('{"model_type": "gpt2"}')
    assert read_model_file(path, "config.json") is None
    assert read_model_file(tmp_path / "none", "none") is None


def test_an_index_speaks_for_its_shards(tmp_path: Path) -> None:
    names = ["model-00001-of-00002.safetensors", "model.safetensors.index.json", "adapter.safetensors"]
    kept = without_shards(tmp_path / n for n in names)
    assert [p.name for p in kept] == names[1:]
    assert len(without_shards([tmp_path / names[0]])) == 1


@pytest.mark.parametrize("group", ["pickle", "zip", "safetensors", "onnx"])
def test_hostile_files_through_the_front_door(shared: Path, group: str) -> None:
    root = shared / "data/hostile"
    with (root / "index.csv").open(encoding="utf-8") as table:
        rows = [r for r in csv.DictReader(table) if r["group"] == group]
    assert rows
    for row in rows:
        path = root / row["file"]
        if row["expected"].startswith("clear"):
            with pytest.raises(AblatorError) as refused:
                read_source(str(path))
            assert path.name in str(refused.value)
        elif row["expected"] == "opens":
            assert read_source(str(path))[0].role == "model"
