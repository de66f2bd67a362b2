"""Arguments that a program printed: `Namespace(lr=0.1, …)`, dotted lists of Megatron, and lines of names and values."""

import ast
import itertools
import re
from typing import Any

MAX_DUMP = 4 * 1024 * 1024
MAX_CALLS = 200
_OPEN = re.compile(r"\b(?:Namespace|TrainingArguments|Seq2SeqTrainingArguments|\w*Config|\w*Args)\(")
_DOTTED = re.compile(r"^(?:\[[^\]\n]{0,80}\]:?)?\s*([A-Za-z]\w*) \.{3,} (.*)$", re.MULTILINE)
_LINE = re.compile(r"^\s*(?:--)?([A-Za-z][\w.-]*)\s*[:=]\s*(\S.*?)\s*,?$")


def load_dump(text: str) -> dict[str, Any]:
    """Names and values that a printed text holds; empty where it holds none. Only literals count as values."""
    text = text[:MAX_DUMP]
    told = printed(text)
    if told:
        return told
    rows = [line for line in text.split("\n")[:5000] if line.strip() and not line.lstrip().startswith("#")]
    pairs = [found for line in rows if (found := _LINE.match(line))]
    if len(pairs) < 2 or len(pairs) < 0.8 * len(rows):
        return {}
    out: dict[str, Any] = {}
    for found in pairs:
        out.setdefault(found[1], plain(found[2]))
    return out


def printed(text: str) -> dict[str, Any]:
    """Arguments that stand among other lines of a text as one call or a dotted list; empty where none do."""
    for start in itertools.islice(_OPEN.finditer(text), MAX_CALLS):
        out = _call(text, start.start(), start.end())
        if len(out) > 1:
            return out
    dotted = {found[1]: plain(found[2]) for found in _DOTTED.finditer(text)}
    return dotted if len(dotted) > 3 else {}


def _call(text: str, start: int, opened: int) -> dict[str, Any]:
    """Keywords of the call that begins at `start`, up to the bracket that closes it."""
    depth, at, quote = 1, opened, ""
    while at < len(text) and depth and at - opened < 200_000:
        c = text[at]
        if quote:
            quote = "" if c == quote and text[at - 1] != "\\" else quote
        elif c in "'\"":
            quote = c
        else:
            depth += (c in "([{") - (c in ")]}")
        at += 1
    inside = text[opened : at - 1]
    try:
        node = ast.parse(f"f({inside})", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {m[1]: plain(m[2]) for m in re.finditer(r"(\w+)=('[^']*'|[^,()\[\]]+)", inside)}
    if not isinstance(node, ast.Call):
        return {}
    out = {}
    for word in node.keywords:
        try:
            value = ast.literal_eval(word.value)
        except (ValueError, TypeError, RecursionError):
            continue
        if word.arg and isinstance(value, str | int | float | bool | list):
            out[word.arg] = value
    return out


def plain(words: str) -> Any:
    """A literal as its value, anything else as the text it is."""
    text = words.strip().rstrip(",")
    try:
        value = ast.literal_eval(text) if len(text) < 500 else text
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return text[:500]
    return value if isinstance(value, str | int | float | bool) else None
