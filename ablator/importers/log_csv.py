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
from ablator.importers.log_rows import (
    COUNTS,
    CURVES,
    EPOCHS,
    MAX_COLUMNS,
    STEPS,
    counts,
    log_of_columns,
    prefix_of,
    reading_of,
    split_column,
)

RUNS = frozenset({"run", "run_id", "run_name", "run id", "run name", "trial", "trial_id", "experiment"})
"""Columns that say which of several runs a row belongs to."""

_NUMBERS = re.compile(r"[ \t]*[-+.\d][-+.,;\deE \t]*(?:\n|$)")
"""A line of nothing but numbers."""

BLANK = frozenset({"", "none", "null", "n/a", "na", "-", "true", "false"})
"""Words that programs write where there is no number."""


def looks_like_csv(data: bytes) -> bool:
    """Whether the first line is a header that names steps or curves."""
    head = _plain(data[:4096].decode("utf-8-sig", "replace"))
    line = re.split(r"\n", head.lstrip("\n"), maxsplit=1)[0]
    names = [c.strip().strip('"').lower() for c in re.split(r"[,;\t]", line)]
    counts = {n for n in names if n in STEPS or n in EPOCHS or n in COUNTS}
    curves = {n for n in names if canonical(n) in CURVES or n.endswith("loss")}
    return len(names) > 1 and bool(counts) and (bool(curves) or _tall(names) is not None)


def read_csv(data: bytes, name: str, place: str) -> Reading:
    """A CSV log. Raises BadInput for a row longer than the header, a column given twice, a word where a loss or a
    step belongs, or text that is no CSV.
    """
    text = _plain(text_of(data, place))
    delimiter = max(",;\t", key=text.lstrip("\n").split("\n", 1)[0].count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        header = [h.strip() for h in next(filter(None, reader), [])][:MAX_COLUMNS]
        rows = [cells for cells in reader if any(map(str.strip, cells))]
    except csv.Error as wrong:
        raise BadInput(f"this is no CSV ({wrong})", place=f"{place}:{reader.line_num}", mend="save it as CSV") from None
    twice = next((h for h in header if h and header.count(h) > 1), None)
    if twice is not None:
        raise BadInput(f"the column {twice[:80]!r} is there twice", place=f"{place}:1", mend="rename one of them")
    if rows and not text.endswith("\n") and len(rows[-1]) < len(header):
        rows.pop()  # the last line is still being written
    _refuse_long(text, delimiter, rows, len(header), place)
    header, rows, exported = _of_export(header, rows)
    tall = _tall([h.lower() for h in header])
    if tall is not None:
        header, rows = _widened(header, rows, tall, name)
    columns = _columns(header, rows, delimiter)
    _refuse_words(text, delimiter, rows, header, columns, place)
    column = next((i for i, h in enumerate(header) if h.lower() in RUNS), None)
    others: tuple[str, ...] = ()
    if column is not None:
        rows, others = _longest_run(rows, column)
        header = [h for i, h in enumerate(header) if i != column]
        columns = _columns(header, rows, delimiter)
    split = split_column(header)
    if split:
        columns = _by_split(columns, [prefix_of(c) for c in _cells(rows, header.index(split))])
    log = log_of_columns(columns, len(rows), name)
    others = (*exported, *others)
    return reading_of(log, "CSV log", unknown=others if rows else ("the log holds no rows yet",))


_EXPORTED = re.compile(r"(?P<run>.+?) - (?P<name>.+?)(?P<bound>__M(?:IN|AX))?$")
"""A column of a chart that Weights & Biases exports."""


def _of_export(header: list[str], rows: list[list[str]]) -> tuple[list[str], list[list[str]], tuple[str, ...]]:
    """The table with the plain names of one run where it is an exported chart, and a sentence that names the others."""
    told = [_EXPORTED.fullmatch(h) for h in header]
    own = [m for m in told if m and not m["bound"]]
    if not own or any(m is None for m in told[1:]):
        return header, rows, ()
    filled = {m["run"]: sum(bool(c) for c in _cells(rows, i)) for i, m in enumerate(told) if m and not m["bound"]}
    run = max(filled, key=lambda r: filled[r])
    kept = [i for i, m in enumerate(told) if m is None or (m["run"] == run and not m["bound"])]
    names = [m["name"] if (m := told[i]) else header[i] for i in kept]
    others = sorted(set(filled) - {run})
    words = (f"other runs: {len(others)} of this chart ({', '.join(others[:6])}); {run} is followed",) if others else ()
    return names, [[row[i] if i < len(row) else "" for i in kept] for row in rows], words


def _cells(rows: Sequence[Sequence[str]], column: int) -> list[str]:
    return [row[column].strip() if column < len(row) else "" for row in rows]


def _by_split(columns: dict[str, Column], prefixes: Sequence[str]) -> dict[str, Column]:
    """The columns with their numbers parted by the split that each row is of."""
    out: dict[str, Column] = {}
    for key, (rows, values) in columns.items():
        for prefix in dict.fromkeys(prefixes):
            if counts(key):
                out[key] = rows, values
                continue
            own = [(n, v) for n, v in zip(rows, values, strict=True) if prefixes[n] == prefix]
            if own:
                out[prefix + key] = [n for n, _ in own], [v for _, v in own]
    return out


def _tall(names: Sequence[str]) -> tuple[int | None, int] | None:
    """Where a table of one number a row holds the number's name (None: the file's name tells) and the number."""
    value = next((i for i, n in enumerate(names) if n == "value"), None)
    named = next((i for i, n in enumerate(names) if n in {"metric", "tag", "name", "key", "variable"}), None)
    if value is None or any(canonical(n) in CURVES for n in names):
        return None
    return (named, value) if named is not None or set(names) == {"wall time", "step", "value"} else None


def _widened(
    header: Sequence[str], rows: Sequence[Sequence[str]], tall: tuple[int | None, int], file: str
) -> tuple[list[str], list[list[str]]]:
    """The same table with a column for each name. TensorBoard saves one curve a file, named after its tag."""
    named, value = tall
    told = re.search(r"tag[-_](.+?)(?:\.\w+)?$", file)
    own = told[1] if told else file.rpartition("/")[2].rpartition(".")[0]
    names = [own] * len(rows) if named is None else _cells(rows, named)
    kept = [i for i in range(len(header)) if i not in tall]
    places = {n: i for i, n in enumerate(dict.fromkeys(names)) if i < MAX_COLUMNS}
    out: dict[tuple[str, ...], list[str]] = {}
    for name, row, cell in zip(names, rows, _cells(rows, value), strict=True):
        key = tuple(row[i] if i < len(row) else "" for i in kept)
        wide = out.setdefault(key, [*key, *[""] * len(places)])
        if name in places:
            wide[len(kept) + places[name]] = cell
    return [*(header[i] for i in kept), *places], list(out.values())


def _plain(text: str) -> str:
    """The text with plain ends of lines, without comments before the header, and with commas for columns of spaces."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    first, _, rest = text.partition("\n")
    if first.startswith("#") and _NUMBERS.match(rest):
        text = first.lstrip("# ") + "\n" + rest
    elif first.startswith("#"):
        comments = re.match(r"(?:#[^\n]*(?:\n|$))+", text)
        text = "\n" * comments[0].count("\n") + text[comments.end() :] if comments else text
    first, _, rest = text.lstrip("\n").partition("\n")
    if not re.search(r"[,;\t]", first) and " " in first.strip() and _NUMBERS.match(rest):
        return "\n".join(",".join(line.split()) for line in text.split("\n"))
    return text


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
    if text.endswith("%"):
        part = as_value(text[:-1])
        return None if part is None else part / 100
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
    next(filter(None, reader))
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
