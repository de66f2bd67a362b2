"""CSV from a file that may be anything: delimiter found out, every cell a text first, every refusal with its line."""

import csv
import io
import re
from collections.abc import Sequence

import msgspec

from ablator.core.errors import BadInput
from ablator.files.cells import restore_cell
from ablator.files.json_text import text_of

MAX_COLUMNS = 2000
MAX_ROWS = 200_000
MAX_CELL = 1_000_000
_DELIMITERS = ",;\t|"


class Table(msgspec.Struct, frozen=True):
    """The rows of a CSV as texts, each as long as the head; `lines` are their line numbers in the file."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    delimiter: str
    decimal: str
    """`,` where numbers are written `0,93`, else `.`."""

    def number(self, text: str) -> float | None:
        """The number that a cell holds, None where it holds none; infinities and NaN are numbers."""
        return parse_number(text, self.decimal)


def load_csv(data: bytes, name: str) -> Table:
    """The one table in a CSV file. Raises BadInput with `FILE:LINE` for what is no table."""
    text = text_of(data, name)
    named = re.match(r"sep=([,;\t|])\r?\n", text)  # Excel writes and reads such a line
    delimiter = named[1] if named else delimiter_of(text)
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    head: tuple[str, ...] | None = None
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    start = 1
    if named:
        next(reader)
        start = 2
    while True:
        try:
            row = next(reader)
        except StopIteration:
            break
        except csv.Error as wrong:
            why = "a quoted cell does not end" if "unexpected end" in str(wrong) else str(wrong)
            raise BadInput(f"this is no CSV ({why})", place=f"{name}:{start}", mend="mend that line") from None
        line, start = start, reader.line_num + 1
        if not any(c.strip() for c in row):
            continue
        if head is None:
            head = _head(row, name, line)
            continue
        if len(row) > len(head) and any(c.strip() for c in row[len(head) :]):
            what = f"the row has {len(row)} cells, the head {len(head)}"
            raise BadInput(what, place=f"{name}:{line}", mend="put cells that hold the delimiter in quotes")
        if len(rows) >= MAX_ROWS:
            raise BadInput(f"it has more than {MAX_ROWS:,} rows", place=f"{name}:{line}", mend="hand in fewer rows")
        rows.append(tuple(restore_cell(c.strip()) for c in (*row[: len(head)], *[""] * (len(head) - len(row)))))
        lines.append(line)
    if head is None:
        raise BadInput(
            "the table has no head", place=f"{name}:1", mend="write the names of the columns in its first row"
        )
    return Table(head, tuple(rows), tuple(lines), delimiter, decimal_of(rows, delimiter))


def _head(row: list[str], name: str, line: int) -> tuple[str, ...]:
    head = tuple(restore_cell(c.strip()) for c in row)
    while head and not head[-1]:
        head = head[:-1]
    if len(head) > MAX_COLUMNS:
        raise BadInput(f"it has {len(head):,} columns", place=f"{name}:{line}", mend="this does not look like a table")
    twice = next((h for i, h in enumerate(head) if h and h in head[:i]), None)
    if twice is not None:
        raise BadInput(f"the column {twice[:80]!r} is there twice", place=f"{name}:{line}", mend="rename or remove one")
    return head


def delimiter_of(text: str) -> str:
    """Of `, ; TAB |` the most frequent outside of quotes in the first line; a comma where none is there."""
    line = next((x for x in text[:100_000].splitlines() if x.strip()), "")
    outside = "".join(line.split('"')[::2])
    counts = {d: outside.count(d) for d in _DELIMITERS}
    best = max(_DELIMITERS, key=lambda d: (counts[d], -_DELIMITERS.index(d)))
    return best if counts[best] else ","


def decimal_of(rows: Sequence[Sequence[str]], delimiter: str) -> str:
    """The sign before the decimals: a comma where some numbers carry one, and none a point."""
    if delimiter == ",":
        return "."
    commas = points = 0
    for row in rows[:2000]:
        for cell in row:
            if cell and (cell[0].isdigit() or cell[0] in "+-,."):
                commas += parse_number(cell, ",") is not None and "," in cell
                points += parse_number(cell, ".") is not None and "." in cell
    return "," if commas and not points else "."


def parse_number(text: str, decimal: str = ".") -> float | None:
    """A number as people and programs write it, None for anything else: no digit groups, no units."""
    plain = text.strip()
    if len(plain) > 60 or not plain or "_" in plain:
        return None
    if decimal == ",":
        if "." in plain and "," in plain:
            return None
        plain = plain.replace(",", ".")
    try:
        return float(plain)
    except ValueError:
        return None
