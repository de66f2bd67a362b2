"""Rows of a study as the texts of a graph file, and back: what other programs show as attributes of nodes and edges."""

import json
import re
from collections.abc import Mapping
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import msgspec

from ablator.core.elements import Json
from ablator.core.study import attributes, same
from ablator.files.json_text import MAX_DIGITS
from ablator.files.study_bytes import row_value

MORE = "more"
"""Attribute that holds, as JSON, what an attribute of text would not bring back as it was."""

PLACES = ("step", "order", "state", "verdict")
"""Attributes of an exported node that tell its place in the plan; they are no part of the element."""

FORMAT_KEY, VERSION_KEY, STUDY_KEY = "format", "version", "study"
"""Attributes of the whole graph that tell it was written from a study."""

RECORD_KEY = "record"
"""Attribute of the whole graph that tells what was preregistered and what was done otherwise."""

_UNFIT = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def row_texts(row: msgspec.Struct, shown: Mapping[str, str] | None = None) -> dict[str, str]:
    """A row's attributes as texts that XML can hold. `shown` fills what the row leaves out, for other programs."""
    row_type = type(row)
    known = {key for _, key, _ in attributes(row_type)}
    out: dict[str, str] = {}
    more: dict[str, Any] = {}
    for key, value in row_value(row).items():
        text = value if isinstance(value, str) else _dumped(value)
        if key in known and not _UNFIT.search(text) and same(value_of(row_type, key, text), value):
            out[key] = text
        else:
            more[key] = value
            if key in known and is_text(row_type, key):
                out[key] = _UNFIT.sub("", text)
    for key, text in (shown or {}).items():
        if key not in out and key not in more:
            out[key] = _UNFIT.sub("", text)
            more[key] = None
    if more:
        out[MORE] = _dumped(more, ascii_only=True)
    return out


def row_values(row_type: type[msgspec.Struct], texts: Mapping[str, Json], *, native: bool = False) -> dict[str, Json]:
    """The row's attributes as the study file has them, from what `row_texts` wrote; `native` values are so already.

    Raises ValueError for bad JSON.
    """
    known = {key for _, key, _ in attributes(row_type)}
    read = () if native else known
    out = {k: (value_of(row_type, k, v) if isinstance(v, str) and k in read else v) for k, v in texts.items()}
    more = out.pop(MORE, {})
    if isinstance(more, str):
        more = _parsed(more)
    if not isinstance(more, dict):
        raise ValueError(f"{MORE} holds no JSON object")
    out |= more
    return {k: v for k, v in out.items() if not (v is None and k in more and k in known and is_text(row_type, k))}


def value_of(row_type: type[msgspec.Struct], key: str, text: str) -> Json:
    """What a text stands for as an attribute of a row: itself where a text is wanted, else JSON where it is some."""
    if is_text(row_type, key):
        return text
    try:
        return _parsed(text)
    except (ValueError, RecursionError):
        return text


@cache
def is_text(row_type: type[msgspec.Struct], key: str) -> bool:
    """Whether an attribute of a row holds a text or a word of a list, so that it is never read as JSON."""
    wanted = next((f.type for f in msgspec.structs.fields(row_type) if f.encode_name == key), str)
    if get_origin(wanted) is Literal:
        return True
    return wanted is str or (get_origin(wanted) in {Union, UnionType} and str in get_args(wanted))


def _parsed(text: str) -> Json:
    """JSON without endless numbers. Raises ValueError, or RecursionError where it is nested beyond all measure."""

    def whole(digits: str) -> int:
        if len(digits) > MAX_DIGITS:
            raise ValueError("too many digits")
        return int(digits)

    def refuse(word: str) -> float:
        raise ValueError(word)

    value: Json = json.loads(text, parse_int=whole, parse_constant=refuse)
    return value


def _dumped(value: Any, *, ascii_only: bool = False) -> str:
    return json.dumps(value, ensure_ascii=ascii_only, sort_keys=True)
