"""Offline W&B runs written by hand: records in pieces over blocks of 32 KiB."""

import json
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ablator.core.errors import AblatorError, BadInput
from ablator.importers.log_kinds import log_reading
from ablator.importers.log_wandb import BLOCK, HEADER, read_wandb


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def part(number: int, body: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(body)) + body


def item(key: str, value: Any) -> bytes:
    return part(1, part(1, key.encode()) + part(16, json.dumps(value).encode()))


def history(**values: Any) -> bytes:
    return part(2, b"".join(item(k, v) for k, v in values.items()))


def run_file(*records: bytes) -> bytes:
    out = bytearray(b":W&B" + struct.pack("<HB", 0xBEE1, 0))
    for body in records:
        first, rest = True, body
        while True:
            left = BLOCK - len(out) % BLOCK
            if left < HEADER:
                out += b"\0" * left
                continue
            piece, rest = rest[: left - HEADER], rest[left - HEADER :]
            kind = 1 if first and not rest else 2 if first else 3 if rest else 4
            out += b"\0" * 4 + struct.pack("<HB", len(piece), kind) + piece
            first = False
            if not rest:
                break
    return bytes(out)


CONFIG = part(17, part(4, item("learning_rate", {"value": 3e-4}) + item("max_steps", 100) + item("_wandb", {"x": 1})))
LONG = history(_step=1, text="x" * 100_000, loss=3.0)
FILE = run_file(CONFIG, history(_step=0, loss=4.0, _runtime=1.5), LONG, history(**{"_step": 2, "eval/loss": 2.0}))


def test_history_and_configuration() -> None:
    reading = log_reading(FILE, "run.wandb", "run.wandb")
    assert reading is not None
    log = reading.log
    assert log is not None
    assert log.series["loss"].values == (4.0, 3.0)
    assert log.series["eval_loss"].steps == (2.0,)
    assert log.finished is None
    assert {f.fact: f.value for f in reading.found}["learning-rate"] == 3e-4
    assert "_wandb" not in reading.settings


def test_a_run_that_ended_well_says_so() -> None:
    log = read_wandb(run_file(history(_step=0, loss=4.0), part(18, b"\x08\x00")), "r", "r").log
    assert log is not None
    assert log.finished is True


def test_a_torn_end_keeps_what_came_before() -> None:
    reading = read_wandb(FILE[:-20], "r", "r")
    assert reading.log is not None
    assert len(reading.log.series["loss"].values) == 2
    assert "damaged record" in reading.unknown[0]


def test_the_mark_alone_is_refused() -> None:
    with pytest.raises(BadInput):
        read_wandb(b":W&B", "r", "r")


@given(st.binary(max_size=100), st.integers(5, 400))
def test_no_bytes_end_in_a_traceback(noise: bytes, at: int) -> None:
    try:
        read_wandb(FILE[:at] + noise, "r", "r")
    except AblatorError:
        pass


def test_a_configuration_may_hold_an_empty_object() -> None:
    config = part(17, part(4, item("learning_rate", {"value": 3e-4}) + item("extra", {}) + item("more", {"desc": "x"})))
    reading = log_reading(run_file(config, history(_step=0, loss=4.0)), "run.wandb", "run.wandb")
    assert reading is not None
    assert [f.value for f in reading.found if f.fact == "learning-rate"] == [3e-4]
