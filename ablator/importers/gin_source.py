"""Gin configurations: bindings of literals and macros, read as text; nothing is imported or included."""

import ast
import re
from collections.abc import Iterator
from typing import Any

from ablator.core.errors import BadInput
from ablator.files.json_text import text_of

MAX_GIN = 1024 * 1024
_BINDING = re.compile(r"\s*([\w./@-]+)\s*=\s*(.*)$", re.DOTALL)


def load_gin(data: bytes, name: str) -> dict[str, Any]:
    """Values by `scope.function.parameter`; a macro stands for its value, `@name` for the name.

    Raises BadInput for a file that is too long or holds no binding.
    """
    if len(data) > MAX_GIN:
        raise BadInput(f"the file has {len(data):,} bytes", place=name, mend="hand in the file that holds the settings")
    rows = [(key.replace("/", "."), words) for key, words in _bindings(text_of(data, name))]
    macros = {key: words for key, words in rows if "." not in key}
    out = {}
    for key, words in rows:
        for _ in range(5):
            if not words.startswith("%") or words[1:] not in macros:
                break
            words = macros[words[1:]]
        out[key] = _literal(words)
    if not out:
        raise BadInput("no line binds a value to a name", place=f"{name}:1", mend="hand in the file with the bindings")
    return out


def _bindings(text: str) -> Iterator[tuple[str, str]]:
    held = ""
    for line in text.replace("\\\n", " ").split("\n"):
        held = f"{held} {re.sub(r'(^|[ ])#.*$', '', line)}" if held else re.sub(r"(^|\s)#.*$", "", line)
        opened = sum(held.count(c) for c in "([{") - sum(held.count(c) for c in ")]}")
        if opened > 0 and len(held) < 20_000:
            continue
        found = _BINDING.match(held)
        if found and found[2].strip():
            yield found[1], found[2].strip()
        held = ""


def _literal(words: str) -> Any:
    try:
        value = ast.literal_eval(words) if len(words) < 20_000 else words
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return words.removeprefix("@").removesuffix("()")[:500]
    return value if isinstance(value, str | int | float | bool | list | dict) else None
