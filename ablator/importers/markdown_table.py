"""A table pasted from a Markdown page: rows of cells between bars, the head first."""

import re

from ablator.core.errors import BadInput
from ablator.files.json_text import text_of
from ablator.importers.csv_source import MAX_COLUMNS, MAX_ROWS

_RULE = re.compile(r"\s*\|?\s*:?-{2,}:?\s*(\|\s*:?-{2,}:?\s*)*\|?\s*")


def load_markdown(data: bytes, name: str) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Head and rows of the first table in a Markdown text. Raises BadInput with `FILE:LINE` where there is none."""
    lines = text_of(data, name).splitlines()
    rule = next((n for n, line in enumerate(lines) if n and "|" in lines[n - 1] and _RULE.fullmatch(line)), None)
    if rule is None:
        raise BadInput("there is no table", place=name, mend="write a head, a line of dashes, and a row an arm")
    head = _cells(lines[rule - 1])
    if len(head) > MAX_COLUMNS:
        raise BadInput(f"more than {MAX_COLUMNS:,} columns", place=f"{name}:{rule}", mend="leave some out")
    rows: list[tuple[str, ...]] = []
    for number, line in enumerate(lines[rule + 1 :], rule + 2):
        if "|" not in line:
            break
        cells = _cells(line)
        if len(cells) != len(head):
            what = f"{len(cells)} cells where the head has {len(head)}"
            raise BadInput(what, place=f"{name}:{number}", mend="give every row as many cells as the head")
        if len(rows) >= MAX_ROWS:
            raise BadInput(f"more than {MAX_ROWS:,} rows", place=f"{name}:{number}", mend="hand in a smaller table")
        rows.append(cells)
    return head, rows


def _cells(line: str) -> tuple[str, ...]:
    """The cells of a line, without the bars around it and the signs of bold and code in them."""
    inner = line.strip().removeprefix("|").removesuffix("|")
    return tuple(re.sub(r"^(\*\*|__|`)(.*)\1$", r"\2", c.strip()) for c in re.split(r"(?<!\\)\|", inner))
