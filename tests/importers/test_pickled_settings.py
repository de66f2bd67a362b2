"""Pickled training arguments are read without being unpickled."""

import enum
import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import pytest

from ablator.core.errors import BadInput
from ablator.importers.sources import read_source


class Schedule(enum.Enum):
    COSINE = "cosine"


class Arguments:
    """Stands for transformers.TrainingArguments."""

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("PWNED"),))


def arguments(**more: Any) -> Arguments:
    return Arguments(
        learning_rate=3e-4,
        per_device_train_batch_size=16,
        max_steps=2000,
        lr_scheduler_type=Schedule.COSINE,
        fp16=True,
        output_dir="out",
        debug=[],
        warmup_steps=100,
        **more,
    )


def zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("training_args/data.pkl", data)
        archive.writestr("training_args/version", "3\n")
    return out.getvalue()


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("archived", [True, False])
def test_scalars_and_enumerations_come_out(tmp_path: Path, protocol: int, archived: bool) -> None:
    data = pickle.dumps(arguments(), protocol=protocol)
    path = tmp_path / "training_args.bin"
    path.write_bytes(zipped(data) if archived else data)
    reading = read_source(str(path))[0]
    facts = {f.fact: f.value for f in reading.found}
    assert facts["learning-rate"] == 3e-4
    assert facts["batch-size"] == 16
    assert facts["lr-schedule"] == "cosine"
    assert reading.role == "settings"


def test_nothing_in_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "training_args.bin"
    path.write_bytes(pickle.dumps(arguments(accelerator=Evil()), protocol=2))
    assert any(f.value == 3e-4 for f in read_source(str(path))[0].found)
    assert not (tmp_path / "PWNED").exists()


@pytest.mark.parametrize(
    "data",
    [
        b"\x80\x02]q\x00.",
        b"\x80\x02}",
        b"\x80\x04\x95\xff\xff",
        pickle.dumps({"a": 1}),
        zipped(b"junk"),
        zipped(b"")[:40],
        b"\x80\x02u.",
    ],
    ids=["empty list", "cut short", "endless frame", "plain", "zip of junk", "cut zip", "no mark"],  # bytes hold times
)
def test_what_holds_no_settings_gets_one_line(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "training_args.bin"
    path.write_bytes(data)
    with pytest.raises(BadInput) as refused:
        read_source(str(path))
    assert str(path) in str(refused.value)


def test_other_pickles_stay_closed(tmp_path: Path) -> None:
    path = tmp_path / "weights.bin"
    path.write_bytes(pickle.dumps(arguments()))
    with pytest.raises(BadInput, match="runs code"):
        read_source(str(path))
