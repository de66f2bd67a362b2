"""The plain part of Jsonnet and JSON5: comments, bare keys, commas at the end, `local` values; nothing is evaluated."""

import re
from typing import Any

from ablator.core.errors import BadInput
from ablator.files.json_text import text_of
from ablator.importers.python_source import value_of

MAX_TEXT = 1 << 20
MAX_DEPTH = 32
MAX_TOKENS = 100_000

_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|\#[^\n]*|/\*.*?\*/)|(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
    r"""|(?P<number>[0-9][0-9_]*(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?|\.[0-9]+(?:[eE][-+]?[0-9]+)?)|(?P<name>[A-Za-z_$]\w*)"""
    r"""|(?P<sign>:::?|\+:|[^\s\w])""",
    re.DOTALL,
)
_WORDS = {"true": True, "false": False, "null": None}
_OPEN, _CLOSED = {"{": "}", "[": "]", "(": ")"}, frozenset("}])")
_ENDS = frozenset({",", "}", "]", ";", ")"})


def load_jsonnet(data: bytes, place: str) -> Any:
    """The value of a Jsonnet text. What would have to be evaluated stays an open text: `$(std.extVar("GPU"))`.

    Raises BadInput with the line where the text is neither.
    """
    text = text_of(data, place)
    if len(text) > MAX_TEXT:
        raise BadInput("the text is too long for settings", place=place, mend="hand in the settings only")
    return _Reader(text, place).document()


class _Reader:
    """Reads tokens from left to right; `self.locals` holds the plain values that names stand for."""

    def __init__(self, text: str, place: str) -> None:
        self.text, self.place = text, place
        self.at = 0
        self.locals: dict[str, Any] = {}
        self.tokens: list[tuple[str, str, int]] = []
        end = 0
        for match in _TOKEN.finditer(text):
            if match.start() != end or len(self.tokens) > MAX_TOKENS:
                break
            end = match.end()
            if match.lastgroup != "space":
                self.tokens.append((match.lastgroup or "", match[0], match.start()))
        if end != len(text):
            self.refuse("a text is not closed, or there are too many words", end)
        self.tokens.append(("end", "", len(text)))

    def refuse(self, what: str, start: int | None = None) -> None:
        """Raise BadInput with the line at which the text cannot be read."""
        line = self.text.count("\n", 0, self.tokens[self.at][2] if start is None else start) + 1
        raise BadInput(
            f"this is no plain Jsonnet ({what})", place=f"{self.place}:{line}", mend="write it as JSON with `jsonnet`"
        )

    def document(self) -> Any:
        """The locals, then the one value of the text."""
        while self.tokens[self.at][1] == "local":
            self.local()
        value = self.value(0)
        if self.tokens[self.at][0] != "end":
            self.refuse("there is more after the value")
        return value

    def local(self) -> None:
        """`local NAME = VALUE;`"""
        self.at += 1
        while self.tokens[self.at][0] == "name" and self.tokens[self.at + 1][1] == "=":
            name = self.tokens[self.at][1]
            self.at += 2
            self.locals[name] = self.value(0)
            if self.tokens[self.at][1] != ",":
                break
            self.at += 1
        while self.tokens[self.at][1] != ";":  # a function, which is not called
            if self.tokens[self.at][0] == "end":
                self.refuse("a `local` has no end")
            self.at += 1
        self.at += 1

    def value(self, depth: int) -> Any:
        """The value that begins here, up to the comma or bracket after it."""
        if depth > MAX_DEPTH:
            self.refuse("it nests too deeply")
        start = self.at
        kind, word, _ = self.tokens[self.at]
        if word == "{":
            out: Any = self.object(depth)
        elif word == "[":
            out = self.list(depth)
        elif kind == "text":
            self.at += 1
            out = _unquoted(word)
        elif kind == "name" and word in _WORDS:
            self.at += 1
            out = _WORDS[word]
        elif kind == "name" and word in self.locals:
            self.at += 1
            out = self.locals[word]
        else:
            return self.expression(start)
        return out if self.tokens[self.at][1] in _ENDS or self.tokens[self.at][0] == "end" else self.expression(start)

    def expression(self, start: int) -> Any:
        """A number or sum of numbers as its value, anything else as the open text that it is."""
        waiting: list[str] = []
        self.at = start
        while self.tokens[self.at][0] != "end" and (waiting or self.tokens[self.at][1] not in _ENDS):
            word = self.tokens[self.at][1]
            if word in _OPEN:
                waiting.append(_OPEN[word])
            elif word in _CLOSED and waiting.pop() != word:
                self.refuse("brackets don't pair")
            self.at += 1
        if self.at == start or waiting:
            self.refuse("a value is expected")
        words = [
            repr(self.locals[w]) if w in self.locals and isinstance(self.locals[w], int | float) else w
            for _, w, _ in self.tokens[start : self.at]
        ]
        value = value_of("".join(words))
        if isinstance(value, int | float):
            return value
        written = self.text[self.tokens[start][2] : self.tokens[self.at][2]].strip()
        return f"$({' '.join(written.split())[:80]})"

    def list(self, depth: int) -> list[Any]:
        """`[VALUE, …]`; a comprehension is one open text."""
        out: list[Any] = []
        self.at += 1
        while self.tokens[self.at][1] != "]":
            out.append(self.value(depth + 1))
            self.comma("]")
        self.at += 1
        return out

    def object(self, depth: int) -> dict[str, Any]:
        """`{KEY: VALUE, …}`; a key given twice, or one that has to be computed, is refused."""
        out: dict[str, Any] = {}
        self.at += 1
        while self.tokens[self.at][1] != "}":
            kind, word, _ = self.tokens[self.at]
            if word == "local":
                self.at += 1
                name = self.tokens[self.at][1]
                self.at += 2
                self.locals[name] = self.value(depth + 1)
                self.comma("}")
                continue
            if kind not in {"text", "name"} or self.tokens[self.at + 1][1] not in {":", "::", ":::", "+:"}:
                self.refuse("a key and a colon are expected")
            key = _unquoted(word) if kind == "text" else word
            if key in out:
                self.refuse(f"the key {key[:60]!r} is given twice")
            self.at += 2
            out[key] = self.value(depth + 1)
            self.comma("}")
        self.at += 1
        return out

    def comma(self, closing: str) -> None:
        """Go over the comma between two entries; the last may do without."""
        if self.tokens[self.at][1] == ",":
            self.at += 1
        elif self.tokens[self.at][1] != closing:
            self.refuse(f"a comma or {closing} is expected")


def _unquoted(word: str) -> str:
    return re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), word[1:-1])
