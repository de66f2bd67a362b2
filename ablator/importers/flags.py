"""Shell and Slurm scripts that start a training: their flags and variables, read as text and never run."""

import re
import shlex
from collections.abc import Iterable, Iterator
from typing import Any

from ablator.core.errors import BadInput
from ablator.files.json_text import text_of
from ablator.importers.python_source import value_of

MAX_SCRIPT = 1024 * 1024
MAX_WORDS = 50_000
MAX_TEXT = 2000
"""Characters of one value."""

_NAME = re.compile(r"[A-Za-z_]\w*$")
_FLAG = re.compile(r"--?([A-Za-z][\w.-]*)(?:=(.*))?$", re.DOTALL)
_OVERRIDE = re.compile(r"\+{0,2}([A-Za-z_][\w./@-]*)=(.*)$", re.DOTALL)
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::?[-=]([^{}]*))?\}|(\w+))")
_SUM = re.compile(r"\$\(\(([^()$]{1,200})\)\)")
_COMMAND = re.compile(r"\$\([^()\n]{0,500}\)|\$\(\([^()\n]{0,500}\)\)|`[^`\n]{0,500}`")
_DIRECTIVE = re.compile(r"\s*#\s*SBATCH\s+(--\S.*)$")


def looks_like_script(data: bytes, suffix: str) -> bool:
    """Whether a file is a shell script: by its first line, else by its suffix."""
    head = data[:80].split(b"\n")[0]
    return bool(re.match(rb"#!.*\b(ba|z|da|k)?sh\b", head)) or suffix in {"sh", "bash", "slurm", "sbatch", "zsh"}


def load_flags(data: bytes, name: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Values by name of every flag, Hydra override and variable, and what is given twice with different values.

    Variables and sums that the script itself sets are put in; everything else stays as it is written. Raises BadInput
    for a script that is too long.
    """
    if len(data) > MAX_SCRIPT:
        raise BadInput(f"the script has {len(data):,} bytes", place=name, mend="hand in the script that trains")
    return _Script().read(text_of(data, name).replace("\\\r\n", " ").replace("\\\n", " "))


class _Script:
    """Walks a script line by line; later variables win as they do when it runs, the first flag keeps its value."""

    def __init__(self) -> None:
        self.variables: dict[str, str] = {}
        self.flags: dict[str, Any] = {}
        self.twice: list[str] = []
        self.words = 0

    def read(self, text: str) -> tuple[dict[str, Any], tuple[str, ...]]:
        open_array = False
        for line in _lines(text):
            directive = _DIRECTIVE.match(line)
            words = _words(directive[1] if directive else line)
            self.words += len(words)
            if self.words > MAX_WORDS:
                break
            if directive:
                self._flags(w for word in words for w in word.split("=", 1))
                continue
            if not open_array:
                words = self._assigned(words)
            open_array = words[:1] == ["("] and ")" not in words if not open_array else ")" not in words
            self._flags(w for w in words if w not in {"(", ")"})
        named = {k: _number(v) for k, v in self.variables.items() if not re.search(r"--|\s", v)}
        return {**named, **self.flags}, tuple(self.twice[:10])

    def _assigned(self, words: list[str]) -> list[str]:
        """Take assignments off the front of a line; a text that holds flags is read for them."""
        while words and words[0] in {"export", "declare", "local", "readonly", "-x", "set", "env"}:
            words = words[1:]
        while words:
            name, equals, value = words[0].partition("=")
            if not equals or not _NAME.match(name.rstrip("+")):
                break
            words = words[1:]
            if value or not words or words[0] != "(":
                self.variables[name.rstrip("+")] = self._put_in(value)[:MAX_TEXT]
                if "--" in value:
                    self._flags(_words(value))
        return words

    def _flags(self, words: Iterable[str]) -> None:
        waiting = ""
        for word in words:
            flag = _FLAG.match(word)
            if flag and not re.match(r"-\.?\d", word):
                if waiting:
                    self._take(waiting, True)
                waiting = "" if flag[2] is not None else flag[1]
                if flag[2] is not None:
                    self._take(flag[1], self._put_in(flag[2]))
            elif waiting:
                self._take(waiting, self._put_in(word))
                waiting = ""
            elif override := _OVERRIDE.match(word):
                self._take(override[1], self._put_in(override[2]))
        if waiting:
            self._take(waiting, True)

    def _take(self, name: str, value: Any) -> None:
        key, number = name.replace("/", "."), _number(value)
        if key in self.flags and self.flags[key] != number:
            self.twice.append(f"{key} is given as {self.flags[key]} and as {number}"[:200])
        self.flags.setdefault(key, number)

    def _put_in(self, text: str) -> str:
        for _ in range(4):
            new = _VARIABLE.sub(self._variable, text[:MAX_TEXT])
            new = _SUM.sub(self._sum, new)
            if new == text:
                break
            text = new
        return text

    def _variable(self, found: re.Match[str]) -> str:
        name, default = found[1] or found[3], found[2]
        value = self.variables.get(name, default or None)
        return found[0] if value is None else value

    def _sum(self, found: re.Match[str]) -> str:
        words = re.sub(r"\b[A-Za-z_]\w*", lambda m: self.variables.get(m[0], m[0]), found[1])
        value = value_of(words.strip().replace("/", "//"))
        return str(value) if isinstance(value, int) else found[0]


def _lines(text: str) -> Iterator[str]:
    """Lines, with a quoted text that runs over several of them in one."""
    held = ""
    for line in text.split("\n"):
        held = f"{held}\n{line}" if held else line
        bare = re.sub(r"\\.", "", held)
        odd = bare.count('"') % 2 or (bare.count("'") % 2 and not re.search(r"\w'\w", bare))
        if odd and len(held) < 20_000 and not held.lstrip().startswith("#"):
            continue
        yield held
        held = ""
    if held:
        yield from held.split("\n")


def _words(line: str) -> list[str]:
    """The words of a line without its comment, brackets of an array apart; what a command would print is one word."""
    line = _COMMAND.sub(lambda m: re.sub(r"[\s'\"]", "", m[0]), line)
    array = re.sub(r"^(\s*\w+\+?=)\(", r"\1 ( ", line)
    array = re.sub(r"\)\s*$", " )", array) if array != line or line.strip() == ")" else array
    try:
        return shlex.split(array, comments=True)
    except ValueError:
        return array.split("#")[0].split()


def _number(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9][0-9_]*", value) and len(value) < 19:
        return int(value.replace("_", ""))
    return value
