"""JSON from a file that may be anything: strict, bounded, and every refusal names the line and the mend."""

import json
import math
import re
from typing import Any

from ablator.core.errors import BadInput

MAX_DEPTH = 32
MAX_DIGITS = 300
"""Digits of a whole number beyond which it is refused: every number that opens can be computed with as a float."""

MAX_WHOLE = 10**MAX_DIGITS - 1

_UNFIT = re.compile("[\x00\ud800-\udfff]")

_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself", "run `git lfs pull` and try again"),
    (b"PK\x03\x04", "a zip archive", "hand in the file inside it"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", "hand in the config.json beside it"),
    (b"\x89PNG", "a PNG picture", "hand in a JSON file"),
    (b"%PDF", "a PDF document", "hand in a JSON file"),
    (b"SQLite format 3\x00", "an SQLite database", "hand in a JSON file"),
    (b"\x1f\x8b", "a gzip archive", "unpack it first"),
    (b"GGUF", "a GGUF model", "hand in the config.json of the model it was made from"),
    (b"\x7fELF", "a program", "hand in a JSON file"),
    (b"\x93NUMPY", "a numpy array", "hand in a JSON file"),
    (b"\xff\xfe", "UTF-16 text", "save it as UTF-8"),
    (b"\xfe\xff", "UTF-16 text", "save it as UTF-8"),
    (b"<<<<<<<", "a file with merge conflicts", "solve the conflicts first, `ablator merge` does it by meaning"),
    (b"<!DOCTYPE", "an HTML page, perhaps a login or error page", "download the file itself"),
    (b"<html", "an HTML page, perhaps a login or error page", "download the file itself"),
    (b"<?xml", "an XML document", "hand in a JSON file"),
    (b"---", "a YAML document", "hand in a JSON file"),
)


def what_is(data: bytes) -> tuple[str, str] | None:
    """What the first bytes say a file is, where that is surely no JSON, and what to do; None where they don't tell."""
    head = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    for magic, what, mend in _MAGIC:
        if head[: len(magic)].lower() == magic.lower():
            return what, mend
    if data[:1] == b"\x80" and len(data) > 2 and data[1] in range(6):
        return "a Python pickle, which could run code", "hand in config.json or the .safetensors file instead"
    if len(data) > 9 and data[8:9] == b"{" and int.from_bytes(data[:8], "little") <= len(data):
        return "a safetensors file", "hand it in as a model, or use the config.json beside it"
    if b"\x00" in data[:4096]:
        if data[1:2] == b"\x00" or data[:1] == b"\x00":
            return "UTF-16 text or a binary file", "save it as UTF-8"
        return "a binary file", "hand in a text file"
    return None


def text_of(data: bytes, name: str) -> str:
    """UTF-8 text of a file; a byte order mark is dropped. Raises BadInput naming the byte that is none."""
    if not data.strip():
        raise BadInput("the file is empty", place=f"{name}:1", mend="write or download it again")
    known = what_is(data)
    if known:
        raise BadInput(f"this is {known[0]} (byte 0)", place=name, mend=known[1])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = data.count(b"\n", 0, wrong.start) + 1
        raise BadInput(
            f"byte {wrong.start} is not UTF-8", place=f"{name}:{line}", mend="save the file as UTF-8"
        ) from None
    if "\x00" in text:
        raise BadInput(
            "it holds a NUL character", place=f"{name}:{_line(text, text.index(chr(0)))}", mend="take it out"
        )
    return text


def parse_json(data: bytes, name: str, *, allow_nonfinite: bool = False, max_depth: int = MAX_DEPTH) -> Any:
    """The value in a JSON file. Refuses, with place and mend: other formats, broken syntax, keys given twice, nesting
    deeper than `max_depth`, lone surrogates, more than one document, endless numbers.

    Bare NaN and Infinity are refused unless `allow_nonfinite`; then they come back as floats for the caller to judge.
    """
    text = text_of(data, name)
    _refuse_depth(text, name, max_depth)
    strict = _Strict(text, name, allow_nonfinite)
    decoder = json.JSONDecoder(
        object_pairs_hook=strict.pairs,
        parse_constant=strict.constant,
        parse_int=strict.whole,
        parse_float=strict.number,
    )
    start = len(text) - len(text.lstrip(" \t\r\n"))
    try:
        value, end = decoder.raw_decode(text, start)
    except json.JSONDecodeError as wrong:
        raise _broken(text, name, wrong) from None
    rest = text[end:].strip(" \t\r\n")
    if rest:
        line = _line(text, end + len(text[end:]) - len(text[end:].lstrip()))
        what = "a second document begins" if rest[0] in "{[" else "there is text after the end of the document"
        what += f" in line {line}"
        raise BadInput(what, place=f"{name}:{line}", mend="keep one JSON document a file")
    unfit = _unfit(value) if "\\u" in text else None
    if unfit == "\x00":
        line = _line(text, text.find("\\u0000"))
        raise BadInput("a text holds NUL (\\u0000)", place=f"{name}:{line}", mend="take it out")
    if unfit:
        raise BadInput(
            "a text holds half a surrogate pair (\\ud800 to \\udfff)",
            place=f"{name}:{_surrogate_line(text)}",
            mend="write the whole character",
        )
    return value


class _Strict:
    """Hooks of the decoder that refuse what json lets through."""

    def __init__(self, text: str, name: str, allow_nonfinite: bool) -> None:
        self.text, self.name, self.allow = text, name, allow_nonfinite

    def pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        out = dict(pairs)
        if len(out) != len(pairs):
            seen: set[str] = set()
            twice = next(k for k, _ in pairs if k in seen or seen.add(k))  # type: ignore[func-returns-value]
            lines = [
                m.start() for m in re.finditer(re.escape(json.dumps(twice, ensure_ascii=False)) + r"\s*:", self.text)
            ]
            line = _line(self.text, lines[1]) if len(lines) > 1 else 1
            raise BadInput(f"the key {twice!r} is given twice", place=f"{self.name}:{line}", mend="keep one of them")
        return out

    def constant(self, word: str) -> float:
        if not self.allow:
            line = _line(self.text, max(self.text.find(word), 0))
            raise BadInput(
                f"{word} in line {line} is no JSON number",
                place=f"{self.name}:{line}",
                mend="use null or a finite number",
            )
        return float(word.replace("Infinity", "inf"))

    def number(self, digits: str) -> float:
        value = float(digits)
        if not math.isfinite(value) and not self.allow:
            line = _line(self.text, self.text.find(digits))
            raise BadInput(
                f"the number {digits[:20]} in line {line} is too large",
                place=f"{self.name}:{line}",
                mend="use a finite number",
            )
        return value

    def whole(self, digits: str) -> int | float:
        if len(digits.lstrip("-")) > MAX_DIGITS:
            line = _line(self.text, self.text.find(digits[:50]))
            raise BadInput(
                f"a number of {len(digits):,} digits in line {line}",
                place=f"{self.name}:{line}",
                mend="use a shorter number",
            )
        return int(digits)


def _refuse_depth(text: str, name: str, max_depth: int) -> None:
    """Count brackets outside of strings before anything is built."""
    if text.count("[") + text.count("{") <= max_depth:
        return
    depth = 0
    for match in re.finditer(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', text):
        c = match.group()
        if c in "[{":
            depth += 1
            if depth > max_depth:
                line = _line(text, match.start())
                raise BadInput(
                    f"nested deeper than {max_depth} in line {line}",
                    place=f"{name}:{line}",
                    mend="this is no file that a program of this kind writes; hand in another",
                )
        elif c in "]}":
            depth -= 1


def _broken(text: str, name: str, wrong: json.JSONDecodeError) -> BadInput:
    """One sentence for what json says, with the mend that usually helps."""
    at = wrong.pos
    place = f"{name}:{wrong.lineno}:{wrong.colno}"
    around = text[max(at - 1, 0) : at + 2].strip()
    if at >= len(text.rstrip()):
        return BadInput(
            f"the document ends too early, in line {wrong.lineno} (truncated)",
            place=place,
            mend="write or download it again",
        )
    if "//" in around or "/*" in around or around.startswith("#"):
        return BadInput("comments are not JSON", place=place, mend=f"take the comment out of line {wrong.lineno}")
    if "<<<<<<<" in text or ">>>>>>>" in text:
        return BadInput(
            "the file holds merge conflicts", place=place, mend="solve them first, `ablator merge` does it by meaning"
        )
    words = {
        "Illegal trailing comma before end of object": "a comma before }",
        "Invalid control character at": "a raw control character in a text",
        "Unterminated string starting at": "a text that does not end",
        "Expecting property name enclosed in double quotes": "a key in double quotes is expected",
        "Expecting ',' delimiter": "a comma or the end is expected",
        "Expecting ':' delimiter": "a colon is expected",
        "Expecting value": "a value is expected",
        "Invalid \\escape": "a wrong escape in a text",
        "Invalid \\uXXXX escape": "a wrong \\u escape in a text",
    }
    what = next((v for k, v in words.items() if wrong.msg.startswith(k)), wrong.msg.lower())
    return BadInput(
        f"not JSON: {what}, column {wrong.colno}", place=place, mend="mend the line, or write the file again"
    )


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, max(at, 0)) + 1


def _unfit(value: Any) -> str | None:
    """The first NUL or lone surrogate in any text of the value."""
    todo = [value]
    while todo:
        v = todo.pop()
        if isinstance(v, str):
            found = _UNFIT.search(v)
            if found:
                return found.group()
        elif isinstance(v, dict):
            todo += [*v.keys(), *v.values()]
        elif isinstance(v, list):
            todo += v
    return None


def _surrogate_line(text: str) -> int:
    match = re.search(r"\\u[dD][89a-fA-F]", text)
    return _line(text, match.start()) if match else 1
