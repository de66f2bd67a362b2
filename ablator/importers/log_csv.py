"""Training logs as CSV (plain, Lightning, Ultralytics), read column by column."""

import csv
import io
import itertools
import re
from collections.abc import Iterator, Sequence

from ablator.core.errors import BadInput
from ablator.diagnose.log import Column, as_value, canonical
from ablator.files.json_text import text_of
from ablator.importers.found import Reading
from ablator.importers.log_rows import CURVES, EPOCHS, MAX_COLUMNS, STEPS, log_of_columns, reading_of

RUNS = frozenset({"run", "run_id", "run_name", "run id", "run name", "trial", "trial_id", "experiment"})
"""Columns that say which of several runs a row belongs to."""

BLANK = frozenset({"", "none", "null", "n/a", "na", "-", "true", "false"})
"""Words that programs write where there is no number."""


def looks_like_csv(data: bytes) -> bool:
    """Whether the first line is a header that names steps or curves."""
    line = re.split(rb"[\r\n]", data[:4096].lstrip(b"\xef\xbb\xbf"), maxsplit=1)[0].decode("utf-8", "replace")
    names = [c.strip().strip('"').lower() for c in re.split(r"[,;\t]", line)]
    counts = {n for n in names if n in STEPS or n in EPOCHS}
    curves = {n for n in names if canonical(n) in CURVES or n.endswith("loss")}
    return len(names) > 1 and bool(counts) and bool(curves)


def read_csv(data: bytes, name: str, place: str) -> Reading:
    """A CSV log. Raises BadInput for a row longer than the header, a column given twice, a word where a loss or a
    step belongs, or text that is no CSV.
    """
    text = text_of(data, place).replace("\r\n", "\n").replace("\r", "\n")
    delimiter = max(",;\t", key=text.split("\n", 1)[0].count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        header = [h.strip() for h in next(reader, [])][:MAX_COLUMNS]
        rows = [cells for cells in reader if any(map(str.strip, cells))]
    except csv.Error as wrong:
        raise BadInput(f"this is no CSV ({wrong})", place=f"{place}:{reader.line_num}", mend="save it as CSV") from None
    twice = next((h for h in header if h and header.count(h) > 1), None)
    if twice is not None:
        raise BadInput(f"the column {twice[:80]!r} is there twice", place=f"{place}:1", mend="rename one of them")
    _refuse_long(text, delimiter, rows, len(header), place)
    columns = _columns(header, rows, delimiter)
    _refuse_words(text, delimiter, rows, header, columns, place)
    column = next((i for i, h in enumerate(header) if h.lower() in RUNS), None)
    others: tuple[str, ...] = ()
    if column is not None:
        rows, others = _longest_run(rows, column)
        columns = _columns([h for i, h in enumerate(header) if i != column], rows, delimiter)
    log = log_of_columns(columns, len(rows), name)
    return reading_of(log, "CSV log", unknown=others if rows else ("the log holds no rows yet",))


def _columns(header: Sequence[str], rows: Sequence[Sequence[str]], delimiter: str) -> dict[str, Column]:
    """The numbers of each named column that holds any."""
    cells = itertools.zip_longest(*rows, fillvalue="")
    told = ((h, _numbers(c, delimiter)) for h, c in zip(header, cells, strict=False) if h)
    return {h: numbers for h, numbers in told if numbers[0]}


def _numbers(cells: Sequence[str], delimiter: str) -> Column:
    """The numbers of a column of cells; what is none is left out."""
    try:
        return range(len(cells)), list(map(float, cells))
    except ValueError:
        pass
    told = [(i, v) for i, v in enumerate(_number(c, delimiter) for c in cells) if v is not None]
    return [i for i, _ in told], [v for _, v in told]


def _number(cell: str, delimiter: str) -> float | None:
    if not cell:
        return None
    text = cell.strip()
    if delimiter == ";" and "," in text and "." not in text:
        text = text.replace(",", ".")
    return as_value(text)


def _refuse_long(text: str, delimiter: str, rows: Sequence[Sequence[str]], width: int, place: str) -> None:
    number = next((i for i, cells in enumerate(rows) if len(cells) > width), None)
    if number is not None:
        what = f"a row of {len(rows[number])} cells under {width} columns"
        line = _line_of(text, delimiter, number)
        raise BadInput(what, place=f"{place}:{line}", mend="quote cells that hold the delimiter")


def _refuse_words(
    text: str,
    delimiter: str,
    rows: Sequence[Sequence[str]],
    header: Sequence[str],
    columns: dict[str, Column],
    place: str,
) -> None:
    """A word where a loss or a step belongs: the table is damaged, or a column is missing."""
    words: list[tuple[int, int]] = []
    for i, name in enumerate(header):
        full = name in columns and len(columns[name][0]) == len(rows)
        if full or not (name.lower() in STEPS or canonical(name) in CURVES):
            continue
        cells = ((n, row[i].strip()) for n, row in enumerate(rows) if i < len(row))
        words += itertools.islice(((n, i) for n, c in cells if c.lower() not in BLANK and _is_word(c, delimiter)), 1)
    if words:
        number, i = min(words)
        what = f"{rows[number][i].strip()[:40]!r} stands in column {header[i][:40]!r}, where a number belongs"
        line = _line_of(text, delimiter, number)
        raise BadInput(what, place=f"{place}:{line}", mend="write a number, nan, or leave the cell empty")


def _is_word(cell: str, delimiter: str) -> bool:
    return _number(cell, delimiter) is None


def _line_of(text: str, delimiter: str, number: int) -> int:
    """The line at which a row below the header ends."""
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    next(reader)
    rows: Iterator[list[str]] = (cells for cells in reader if any(map(str.strip, cells)))
    next(itertools.islice(rows, number, None))
    return reader.line_num


def _longest_run(rows: Sequence[Sequence[str]], column: int) -> tuple[list[list[str]], tuple[str, ...]]:
    """The rows of the run that has most, of equals the last, without the column that names runs; a line on others."""
    groups: dict[str, list[list[str]]] = {}
    for row in rows:
        run = row[column].strip() if column < len(row) else ""
        groups.setdefault(run, []).append([*row[:column], *row[column + 1 :]])
    places = {k: i for i, k in enumerate(groups)}
    chosen = max(groups, key=lambda k: (len(groups[k]), places[k]), default="")
    if len(groups) < 2:
        return groups.get(chosen, []), ()
    named = ", ".join(k[:40] for k in list(groups)[:6] if k != chosen)
    return groups[chosen], (f"other runs: {len(groups) - 1} of this table ({named}); {chosen[:40]} is followed",)
