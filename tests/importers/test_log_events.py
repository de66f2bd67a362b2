"""TensorBoard event files written by hand, record by record."""

import json
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ablator.core.errors import AblatorError, BadInput
from ablator.importers.log_events import looks_like_events, read_events
from ablator.importers.sources import read_file


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def part(number: int, body: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(body)) + body


def event(step: int, *values: bytes, clock: float = 1.0) -> bytes:
    body = b"\x09" + struct.pack("<d", clock) + b"\x10" + varint(step)
    return body + (part(5, b"".join(part(1, v) for v in values)) if values else part(3, b"brain.Event:2"))


def record(body: bytes) -> bytes:
    return struct.pack("<Q", len(body)) + b"\0" * 4 + body + b"\0" * 4


def simple(tag: str, value: float) -> bytes:
    return part(1, tag.encode()) + b"\x15" + struct.pack("<f", value)


def tensor(tag: str, body: bytes) -> bytes:
    return part(1, tag.encode()) + part(8, body)


def floats(value: float) -> bytes:
    return b"\x08\x01" + part(5, struct.pack("<f", value))


def content(value: float) -> bytes:
    return b"\x08\x01" + part(4, struct.pack("<f", value))


def words(text: str) -> bytes:
    return b"\x08\x07" + part(8, text.encode())


SETTINGS = {"learning_rate": 1e-3, "max_steps": 20, "per_device_train_batch_size": 8}
FILE = b"".join(
    record(e)
    for e in (
        event(0),
        event(0, tensor("args/text_summary", words(json.dumps(SETTINGS)))),
        event(10, simple("train/loss", 4.0), simple("train/learning_rate", 1e-3), simple("train/epoch", 0.5)),
        event(10, tensor("eval/loss", floats(3.5))),
        event(20, tensor("train/loss", content(2.5))),
        event(20, tensor("image", b"\x08\x01" + part(4, b"\0" * 64))),
    )
)


def test_scalars_of_both_versions_and_the_trainers_settings() -> None:
    assert looks_like_events(FILE)
    reading = read_events(FILE, "events", "events")
    log = reading.log
    assert log is not None
    assert log.series["loss"].values == (4.0, 2.5)
    assert log.series["loss"].epochs == (0.5, None)
    assert log.series["eval_loss"].values == (3.5,)
    assert (log.planned_steps, log.finished) == (20.0, True)
    assert reading.role == "settings"
    assert {"learning-rate", "batch-size"} <= {f.fact for f in reading.found}
    assert "image" not in log.series


def test_a_torn_end_is_named() -> None:
    reading = read_events(FILE[:-30], "events", "events")
    assert reading.log is not None
    assert reading.log.series["loss"].values
    assert "ends in the middle of a record" in reading.unknown[0]


def test_a_record_of_impossible_size_is_refused() -> None:
    with pytest.raises(BadInput, match="first record is damaged"):
        read_events(struct.pack("<Q", 2**62) + b"\0" * 12, "events", "events")


@given(st.binary(max_size=200), st.integers(0, len(FILE)))
def test_no_bytes_end_in_a_traceback(noise: bytes, at: int) -> None:
    for data in (FILE[:at] + noise, FILE[:at] + noise + FILE[at + len(noise) :]):
        try:
            read_events(data, "events", "events")
        except AblatorError:
            pass


def test_public_event_files_are_read(shared: Path) -> None:
    files = [
        p for p in (shared / "data" / "inputs" / "logs").iterdir() if "tfevents" in p.name and p.stat().st_size > 200
    ]
    assert len(files) > 5
    for file in files:
        log = read_file(file, file.name).log
        assert log is not None
        assert log.series, file.name
