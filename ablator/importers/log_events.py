"""TensorBoard event files: scalars of both versions, and the settings that a Hugging Face Trainer writes as text."""

import json
import re
import struct
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec

from ablator.core.errors import BadInput
from ablator.importers.found import Reading
from ablator.importers.log_rows import log_of_rows, reading_of
from ablator.importers.protobuf import BYTES, FIXED32, FIXED64, VARINT, Malformed, fields, signed, text
from ablator.importers.settings import read_settings

FORMAT = "TensorBoard events"
FLOAT, DOUBLE, INT32, STRING, INT64 = 1, 2, 3, 7, 9
"""Types of a tensor, as TensorFlow numbers them."""

_TEXTS = {"args/text_summary": "settings", "model_config/text_summary": "model", "model/text_summary": "model"}
MAX_TEXT = 1 << 20


def looks_like_events(data: bytes) -> bool:
    """Whether the first record is an event: its length fits and it begins with a wall time."""
    return len(data) >= 16 and data[12:13] == b"\x09" and 9 <= int.from_bytes(data[:8], "little") < 1 << 40


def read_events(data: bytes, name: str, place: str) -> Reading:
    """The scalars of an event file, by step. A record that is cut ends the file: the run may still be writing.

    Raises BadInput where even the first record is damaged.
    """
    rows: dict[int, dict[str, Any]] = {}
    texts: dict[str, str] = {}
    split = split_of(place)
    whole, view = memoryview(data), 0
    unknown: list[str] = []
    try:
        for begin, end in _records(data):
            view = begin
            _event(whole, begin, end, rows, texts, split)
    except Malformed as wrong:
        if view == 0:
            mend = "hand in a whole event file"
            raise BadInput(f"the first record is damaged: {wrong}", place=place, mend=mend) from None
        unknown.append(f"the log ends in the middle of a record: {wrong}")
    except struct.error:
        unknown.append(f"a record is damaged (byte {view:,})")
    if not rows:
        unknown.append("the log holds no scalars")
    log = log_of_rows([rows[k] for k in sorted(rows)], name)
    reading = reading_of(log, FORMAT, unknown=unknown)
    return _with_texts(reading, texts, name)


def split_of(place: str) -> str:
    """`train_` or `eval_` where the folder of a file says which split it logs, as Keras and TensorFlow do.

    >>> split_of("logs/validation/events.out.tfevents.1")
    'eval_'
    """
    found = re.search(r"(?:^|[/\\_])(train|training|val|valid|validation|eval|test|dev)(?:[/\\]|__)[^/\\]*$", place)
    return "" if found is None else "train_" if found[1].startswith("train") else "eval_"


@lru_cache(maxsize=4096)
def _renamed(tag: str, split: str) -> str:
    """The tag as a split's own; `epoch_loss` is the loss, `evaluation_loss_vs_iterations` that of the evaluation."""
    if tag in {"epoch", "train/epoch"}:
        return "epoch"
    vs = re.fullmatch(r"evaluation_(\w+)_vs_iterations", tag)
    if vs:
        return f"eval_{vs[1]}"
    plain = re.sub(r"^epoch_(?=\w)", "", tag)
    named = re.match(r"(train|val|valid|eval|test|dev)", plain.lower())
    if not split or named or re.search(r"rate|^lr|grad", plain.lower()):
        return plain
    return split + plain


def _records(data: bytes) -> Iterator[tuple[int, int]]:
    """Where the bytes of each record begin and end. Raises Malformed where one does not fit."""
    at, size = 0, len(data)
    while at < size:
        if size - at < 16:
            raise Malformed("a record is cut", at)
        length = int.from_bytes(data[at : at + 8], "little")
        if length > size - at - 16:
            raise Malformed(f"a record of {length:,} bytes does not fit", at)
        yield at + 12, at + 12 + length
        at += 16 + length


def _event(
    data: memoryview, begin: int, end: int, rows: dict[int, dict[str, Any]], texts: dict[str, str], split: str
) -> None:
    step, clock, summaries = 0, 0.0, []
    for number, wire, value, stop in fields(data, begin, end):
        if number == 1 and wire == FIXED64:
            clock = struct.unpack("<d", value.to_bytes(8, "little"))[0]
        elif number == 2 and wire == VARINT:
            step = signed(value)
        elif number == 5 and wire == BYTES:
            summaries.append((value, stop))
    for start, stop in summaries:
        for number, wire, value, last in fields(data, start, stop):
            if number == 1 and wire == BYTES:
                tag, scalar = _value(data, value, last, texts)
                if scalar is not None:
                    row = rows.setdefault(step, {"step": step, "wall_time": clock})
                    row[_renamed(tag, split)] = scalar


def _value(data: memoryview, begin: int, end: int, texts: dict[str, str]) -> tuple[str, float | None]:
    tag, scalar = "", None
    tensor: tuple[int, int] | None = None
    for number, wire, value, stop in fields(data, begin, end):
        if number == 1 and wire == BYTES:
            tag = text(data, value, min(stop, value + 300))
        elif number == 2 and wire == FIXED32:
            scalar = struct.unpack("<f", value.to_bytes(4, "little"))[0]
        elif number == 8 and wire == BYTES:
            tensor = (value, stop)
    if scalar is None and tensor is not None:
        told = _tensor(data, *tensor)
        if isinstance(told, str):
            if tag in _TEXTS:
                texts.setdefault(_TEXTS[tag], told)
        else:
            scalar = told
    return tag, scalar


def _tensor(data: memoryview, begin: int, end: int) -> float | str | None:
    """The one number or text that a tensor holds; None for more than one or another type."""
    kind, content = 0, None
    plain: list[float | str] = []
    for number, wire, value, stop in fields(data, begin, end):
        if number == 1 and wire == VARINT:
            kind = value
        elif number == 4 and wire == BYTES:
            content = (value, stop)
        elif number == 5 and wire == BYTES and stop - value == 4:
            plain.append(struct.unpack("<f", data[value:stop])[0])
        elif number == 5 and wire == FIXED32:
            plain.append(struct.unpack("<f", value.to_bytes(4, "little"))[0])
        elif number == 6 and wire == BYTES and stop - value == 8:
            plain.append(struct.unpack("<d", data[value:stop])[0])
        elif number == 8 and wire == BYTES and stop - value <= MAX_TEXT:
            plain.append(text(data, value, stop))
    shapes = {FLOAT: "<f", DOUBLE: "<d", INT32: "<i", INT64: "<q"}
    if content is not None and kind in shapes and content[1] - content[0] == struct.calcsize(shapes[kind]):
        return float(struct.unpack(shapes[kind], data[content[0] : content[1]])[0])
    return plain[0] if len(plain) == 1 else None


def _with_texts(reading: Reading, texts: dict[str, str], name: str) -> Reading:
    """The reading with the settings and the model that a Hugging Face Trainer writes as texts."""
    settings, model = _object(texts.get("settings", "")), _object(texts.get("model", ""))
    log = reading.log
    if settings:
        told = read_settings(settings, name, format_name=FORMAT)
        planned = settings.get("max_steps")
        if log is not None and isinstance(planned, int) and planned > 0:
            done = log.done_steps is not None and log.done_steps >= 0.98 * planned
            log = msgspec.structs.replace(log, planned_steps=float(planned), finished=True if done else None)
        unknown = (*reading.unknown, *told.unknown)
        reading = msgspec.structs.replace(told, found=(*told.found, *reading.found), unknown=unknown, log=log)
    return _with_model(reading, model, name) if isinstance(model.get("model_type"), str) else reading


def _with_model(reading: Reading, model: dict[str, Any], name: str) -> Reading:
    from ablator.importers.hf_config import read_config

    try:
        told = read_config(model, name, place=name)
    except BadInput as wrong:
        return msgspec.structs.replace(reading, unknown=(*reading.unknown, f"the model in this log: {wrong.what}"))
    return msgspec.structs.replace(
        told,
        role=reading.role if reading.role == "settings" else "model",
        format=FORMAT,
        found=(*reading.found, *told.found),
        unknown=(*reading.unknown, *told.unknown),
        settings=reading.settings,
        log=reading.log,
    )


def _object(words: str) -> dict[str, Any]:
    begin, end = words.find("{"), words.rfind("}")
    try:
        value = json.loads(words[begin : end + 1]) if 0 <= begin < end else {}
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
