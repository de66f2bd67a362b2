"""Bytes that may be anything: JSON at the speed of the plain parser."""

import gc
import json
import re
from typing import Any

from ablator.core.errors import BadInput
from ablator.files.json_text import MAX_DEPTH, parse_json, text_of, what_is

CONFIG_LIMIT = 32 * 1024 * 1024
"""Bytes of a model configuration beyond which it is refused before it is read."""

_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"BZh", "a bzip2 archive", "unpack it first"),
    (b"\xfd7zXZ\x00", "an xz archive", "unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", "unpack it first"),
    (b"\xff\xd8\xff", "a JPEG picture", "hand in the config.json of the model"),
    (b"GIF8", "a GIF picture", "hand in the config.json of the model"),
    (b"PAR1", "a Parquet table", "`ablator record` takes tables of results; save a log as CSV"),
    (b"ARROW1", "an Arrow table", "save it as CSV first"),
    (b"RIFF", "a sound, video or WebP file", "hand in the config.json of the model"),
    (
        b"\x08",
        "binary, perhaps an ONNX model",
        "give it a name that ends in .onnx, or hand in the config.json of the model",
    ),
)


def load_json(data: bytes, name: str, *, allow_nonfinite: bool = True, max_depth: int = MAX_DEPTH) -> Any:
    """The value in a JSON file, as `parse_json` gives it, within about twice the time of the plain parser.

    Raises BadInput for everything that `parse_json` refuses, with the line and the mend. With `allow_nonfinite`, bare
    NaN and Infinity, and numbers too large for a float, come back as such floats for the caller to judge.
    """
    for magic, what, mend in _MAGIC:
        if data.startswith(magic):
            raise BadInput(f"this is {what} (byte 0)", place=name, mend=mend)
    text = text_of(data, name)
    depth, keys = _counted(data, max_depth)
    if allow_nonfinite and depth <= max_depth:
        try:
            return _quick(text, keys)
        except (ValueError, RecursionError):
            pass  # the careful way says what is wrong and where
    return parse_json(data, name, allow_nonfinite=allow_nonfinite, max_depth=max_depth)


def is_prose(data: bytes) -> bool:
    """Whether these are plain words, and nothing that JSON, its comments or a known binary format begins with."""
    try:
        text = data.decode("utf-8-sig").lstrip()
    except UnicodeDecodeError:
        return False
    known = what_is(data) is not None or any(data.startswith(magic) for magic, _, _ in _MAGIC)
    return text[:1].isprintable() and text[:1] not in set('{["/<') and bool(text) and not known and "\x00" not in text


def _counted(data: bytes, most: int) -> tuple[int, int]:
    """(how deep brackets nest, how many keys there are) outside of texts, counted before anything is built.

    A depth of `most` + 1 stands for deeper, or for brackets that don't pair. Texts are taken out by replacement in the
    whole buffer, then innermost pairs level by level: no loop over characters.
    """
    if b"\\" in data:
        data = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    marks = data.translate(None, _NO_MARKS).replace(b'""', b"")
    if b'"' in marks:
        marks = re.sub(rb'"[^"]*"', b"", marks)
    keys = marks.count(b":")
    marks = marks.translate(_AS_BRACES, b":")
    depth = 0
    while marks and depth <= most:
        fewer = _PAIRS.sub(b"", marks)
        if len(fewer) == len(marks):
            return most + 1, keys
        marks, depth = fewer, depth + 1
    return depth, keys


_NO_MARKS = bytes(set(range(256)) - set(b'"[]{}:'))
_AS_BRACES = bytes.maketrans(b"[]", b"{}")
_PAIRS = re.compile(rb"(?:\{\})+")


def _quick(text: str, keys: int) -> Any:
    """The plain parser; ValueError wherever the careful one must have a look."""
    sizes: list[int] = []
    count = sizes.append

    def seen(value: dict[str, Any]) -> dict[str, Any]:
        count(len(value))
        return value

    collecting = gc.isenabled()
    gc.disable()  # a tree of plain values has no circles, and looking for them takes a third of the time
    try:
        value = json.loads(text, object_hook=seen)
    finally:
        if collecting:
            gc.enable()
    if "\\u" in text and re.search(r"\\u[dD][89a-fA-F]", text):
        raise ValueError("perhaps half a surrogate pair")
    if sum(sizes) < keys:
        raise ValueError("a key is given twice")
    return value
