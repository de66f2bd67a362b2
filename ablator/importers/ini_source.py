"""Settings as sections of `key = value` lines, and environment files without sections."""

import configparser
from typing import Any

from ablator.core.errors import BadInput
from ablator.files.json_text import text_of
from ablator.importers.dumped import plain

MAX_TEXT = 1 << 20


def load_ini(data: bytes, place: str) -> dict[str, Any]:
    """Section → name → value; names before the first section stand at the top. Nothing is interpolated.

    Raises BadInput with the line for what is no such text.
    """
    text = text_of(data, place)
    if len(text) > MAX_TEXT:
        raise BadInput("the text is too long for settings", place=place, mend="hand in the settings only")
    reader = configparser.RawConfigParser(allow_no_value=True, inline_comment_prefixes=("#", ";"))
    reader.optionxform = str  # type: ignore[assignment, method-assign]
    try:
        reader.read_string(f"[{_TOP}]\n{text}")
    except configparser.Error as wrong:
        line = getattr(wrong, "lineno", None) or next((n for n, _ in getattr(wrong, "errors", ())), 2)
        what = wrong.message.split("\n")[0].partition(": ")[2][:80] or "it cannot be parsed"
        raise BadInput(f"this is no INI text ({what})", place=f"{place}:{max(1, line - 1)}", mend="mend it") from None
    out: dict[str, Any] = {}
    for section in reader.sections():
        rows = {k.removeprefix("export "): _value(v) for k, v in reader.items(section)}
        if section == _TOP:
            out.update(rows)
        else:
            out[section] = rows
    return out


_TOP = "\x01"


def _value(words: str | None) -> Any:
    if words is None:
        return None
    text = words.strip()
    return {"true": True, "false": False, "none": None, "null": None}.get(text.lower(), plain(text))
