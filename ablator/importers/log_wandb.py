"""Offline runs of Weights & Biases (`run-ID.wandb`): history and configuration from its record file."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from ablator.core.errors import BadInput
from ablator.importers.found import Reading
from ablator.importers.log_rows import log_of_rows, reading_of
from ablator.importers.protobuf import BYTES, VARINT, Malformed, fields, text
from ablator.importers.settings import read_settings

FORMAT = "Weights & Biases run"
BLOCK = 32768
HEADER = 7
FULL, FIRST, MIDDLE, LAST = 1, 2, 3, 4
"""How a piece of a record continues, as LevelDB's log format numbers it."""

HISTORY, CONFIG, RUN, EXIT = 2, 5, 17, 18
"""Field numbers of a record's kinds in wandb_internal.proto."""

MAX_RECORD = 64 << 20


def read_wandb(data: bytes, name: str, place: str) -> Reading:
    """History rows, configuration, and whether the run ended. A cut record ends the file: it may still be written.

    Raises BadInput where there is nothing behind the mark.
    """
    if len(data) < HEADER:
        raise BadInput("the file ends after its mark (byte 4)", place=place, mend="hand in the whole run file")
    rows: list[dict[str, Any]] = []
    config: dict[str, Any] = {}
    ended = False
    unknown: list[str] = []
    try:
        for record in _records(data):
            ended |= _record(memoryview(record), rows, config)
    except Malformed as wrong:
        unknown.append(f"the log ends in a damaged record: {wrong}")
    if not rows:
        unknown.append("the log holds no history yet")
    log = msgspec.structs.replace(log_of_rows(rows, name), finished=True if ended else None)
    reading = reading_of(log, FORMAT, unknown=unknown)
    plain = {
        k: v["value"] if isinstance(v, dict) and {"value"} <= set(v) <= {"value", "desc"} else v
        for k, v in config.items()
    }
    plain.pop("_wandb", None)
    if not plain:
        return reading
    told = read_settings(plain, name, format_name=FORMAT)
    return msgspec.structs.replace(told, found=(*told.found, *reading.found), unknown=tuple(unknown), log=reading.log)


def _records(data: bytes) -> Iterator[bytes]:
    """Whole records, put together from their pieces in blocks of 32 KiB."""
    at, parts = HEADER, bytearray()
    while at + HEADER <= len(data):
        left = BLOCK - at % BLOCK
        if left < HEADER:
            at += left
            continue
        length, kind = int.from_bytes(data[at + 4 : at + 6], "little"), data[at + 6]
        if kind == 0 and length == 0:
            at += left
            continue
        begin, end = at + HEADER, at + HEADER + length
        if kind > LAST or length > left - HEADER or end > len(data):
            raise Malformed(f"a piece of {length:,} bytes does not fit", at)
        if kind in {FULL, FIRST}:
            parts = bytearray()
        parts += data[begin:end]
        if len(parts) > MAX_RECORD:
            raise Malformed("a record is too large", at)
        if kind in {FULL, LAST}:
            yield bytes(parts)
        at = end


def _record(data: memoryview, rows: list[dict[str, Any]], config: dict[str, Any]) -> bool:
    """Take one record in; True for the one that says that the run ended well."""
    ended = False
    for number, wire, begin, end in fields(data, 0, len(data)):
        if wire != BYTES:
            continue
        if number == HISTORY:
            row = dict(_items(data, begin, end))
            if row:
                rows.append(row)
        elif number == CONFIG:
            config.update(_items(data, begin, end))
        elif number == RUN:
            for inner, kind, start, stop in fields(data, begin, end):
                if inner == 4 and kind == BYTES:
                    config.update(_items(data, start, stop))
        elif number == EXIT:
            codes = [v for n, w, v, _ in fields(data, begin, end) if n == 1 and w == VARINT]
            ended = not any(codes)
    return ended


def _items(data: memoryview, begin: int, end: int) -> Iterator[tuple[str, Any]]:
    """Keys and values of a history or configuration: each item has a key, or a nested one, and JSON."""
    for number, wire, start, stop in fields(data, begin, end):
        if number != 1 or wire != BYTES:
            continue
        key, nested, words = "", [], ""
        for inner, kind, a, b in fields(data, start, stop):
            if kind == BYTES and inner == 1:
                key = text(data, a, b)
            elif kind == BYTES and inner == 2:
                nested.append(text(data, a, b))
            elif kind == BYTES and inner == 16:
                words = text(data, a, b)
        try:
            yield key or "/".join(nested), json.loads(words)
        except (ValueError, RecursionError):
            continue
