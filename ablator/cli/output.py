"""What commands print: JSON documents, tables for a terminal, and notes that keep out of the way."""

import os
import shutil
import sys
import textwrap
from collections.abc import Sequence
from typing import Any

import msgspec

from ablator.core.errors import BadInput, CannotAccess, one_line

LONGEST = 2000
"""Characters of a sentence that are shown."""


def write(text: str) -> None:
    """Text to stdout; a full disk or closed device is an error of its own, not a traceback."""
    if sys.stdout is None:
        raise CannotAccess("it is closed", place="standard output", mend="write to a file instead")
    try:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as wrong:
        raise CannotAccess(wrong.strerror or str(wrong), place="standard output", mend="check where it leads") from None


def write_bytes(data: bytes) -> None:
    """Bytes to stdout as they are. Raises CannotAccess as `write` does, and where stdout takes text alone."""
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:
        raise CannotAccess("it takes no bytes", place="standard output", mend="write to a file instead")
    try:
        buffer.write(data)
        buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as wrong:
        raise CannotAccess(wrong.strerror or str(wrong), place="standard output", mend="check where it leads") from None


def write_json(value: Any) -> None:
    """Exactly one JSON document."""
    write(msgspec.json.format(msgspec.json.encode(value), indent=1).decode())


def note(text: str, quiet: bool = False) -> None:
    """A word to the person, on stderr."""
    if not quiet and sys.stderr is not None:
        print(one_line(text), file=sys.stderr)


def counted(number: int, word: str) -> str:
    """`1 run`, `2 runs`."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def refuse_study(target: str, study: str) -> None:
    """Raise BadInput where an export would take the place of a study."""
    if target.lower().endswith(".ablation") or os.path.realpath(target) == os.path.realpath(study):
        raise BadInput("an export never takes the place of a study", place=target, mend="name another file")


def width() -> int:
    """Columns of the terminal; 120 where the output is no terminal, 100 where the terminal does not tell."""
    return shutil.get_terminal_size((100, 24)).columns if sys.stdout is not None and sys.stdout.isatty() else 120


def wrapped(text: str, indent: str = "") -> str:
    """A sentence over as many lines as the terminal is wide, those after the first moved in."""
    clean = one_line(text, LONGEST)
    return textwrap.fill(clean, width(), subsequent_indent=indent, break_on_hyphens=False, break_long_words=False)


def table(head: Sequence[str], rows: Sequence[Sequence[str]], widest: int) -> str:
    """Columns aligned with two spaces between them; the column `widest` takes the room that is left."""
    clean = [[one_line(str(c)) for c in row] for row in [head, *rows]]
    sizes = [max(len(row[i]) for row in clean) for i in range(len(head))]
    room = width() - sum(s for i, s in enumerate(sizes) if i != widest) - 2 * (len(head) - 1)
    sizes[widest] = max(16, min(sizes[widest], room))
    lines = []
    for row in clean:
        cells = [c if len(c) <= n else c[: n - 1] + "…" for c, n in zip(row, sizes, strict=True)]
        lines.append("  ".join(c.ljust(n) for c, n in zip(cells, sizes, strict=True)).rstrip())
    return "\n".join(lines)


def unknown_lines(lines: Sequence[str], most: int = 8) -> list[str]:
    """What an artefact left open, the first few lines and how many more there are."""
    more = [f"… and {len(lines) - most} more; `ablator show --json` lists them"] if len(lines) > most else []
    return [*lines[:most], *more]
