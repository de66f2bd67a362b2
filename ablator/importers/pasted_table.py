"""A table as it is pasted from a paper, a page or a terminal: LaTeX, HTML, bars, tabs, or columns between blanks."""

import html
import re

from ablator.core.errors import BadInput
from ablator.files.json_text import text_of
from ablator.importers.csv_source import MAX_COLUMNS, MAX_ROWS, load_csv
from ablator.importers.markdown_table import load_markdown

Table = tuple[tuple[str, ...], list[tuple[str, ...]]]

_TABULAR = re.compile(r"\\begin\{(tabular[x*]?|longtable|array)\}(.*?)\\end\{\1\}", re.DOTALL)
_RULES = re.compile(
    r"\\(toprule|midrule|bottomrule|hline|addlinespace|specialrule|cmidrule|cline)(\([^)]*\))?(\[[^\]]*\])?"
    r"(\{[^}]*\})*"
)
_WRAPPED = re.compile(
    r"\\(?:textbf|textit|emph|underline|texttt|text|mathbf|mathrm|textsc|bf|it|mathit|small|multirow\{[^}]*\}\{[^}]*\})"
    r"\{([^{}]*)\}"
)
_SYMBOLS = (
    (r"\pm", "±"), (r"\times", "x"), (r"\uparrow", "↑"), (r"\downarrow", "↓"), (r"\checkmark", "✓"), (r"\cmark", "✓"),
    (r"\xmark", "✗"), (r"\%", "%"), (r"\#", "#"), (r"\_", "_"), (r"\&", "&"), (r"\,", ""), ("~", " "), ("$", ""),
    ("{", ""), ("}", ""), ("--", "–"),
)  # fmt: skip
_ROW = re.compile(r"<tr\b[^>]*>(.*?)(?=<tr\b|</table|\Z)", re.DOTALL | re.IGNORECASE)
_CELL = re.compile(r"<t[hd]\b[^>]*>(.*?)(?=<t[hd]\b|</tr|\Z)", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,400}>")
_GAP = re.compile(r"\t|\s{2,}")
_LINE = re.compile(r"[\s|+=:_-]*[-=_]{3,}[\s|+=:_-]*")


def load_pasted(data: bytes, name: str) -> Table:
    """Head and rows of the first table in a text, whatever it is written in. Raises BadInput where there is none."""
    text = text_of(data, name)
    for found in (_latex(text), _html(text)):
        if found:
            return _checked(found, name)
    if re.search(r"^\s*\|?.*\|", text, re.MULTILINE) and re.search(r"\|\s*:?-{2,}|-{2,}:?\s*\|", text):
        return load_markdown(data, name)
    first = next((line for line in text.splitlines() if line.strip()), "")
    aligned = _aligned(text)
    if "\t" not in first and aligned and not re.search(r"[,;]\S", first):
        return _checked(aligned, name)
    table = load_csv(data, name)
    if len(table.head) < 2 or not table.rows:
        raise BadInput("there is no table", place=name, mend="write a head, and a row an arm")
    return table.head, list(table.rows)


def _latex(text: str) -> list[list[str]]:
    """Rows of the first tabular in a LaTeX source, without its rules and commands."""
    found = _TABULAR.search(text)
    if found is None:
        return []
    body = re.sub(r"(?<!\\)%.*", "", _RULES.sub("", _after_columns(found[2])))
    rows = [[_plain(c) for c in re.split(r"(?<!\\)&", line)] for line in re.split(r"\\\\(?:\[[^\]]*\])?", body)]
    return [r for r in rows if any(r)]


def _after_columns(body: str) -> str:
    """What follows the column specification of a tabular, whose braces may be nested."""
    rest = body.lstrip()
    while rest[:1] in {"{", "["}:
        depth = 0
        for i, sign in enumerate(rest):
            depth += sign in "{["
            depth -= sign in "}]"
            if depth == 0:
                rest = rest[i + 1 :].lstrip()
                break
        else:
            return ""
    return rest


def _plain(cell: str) -> str:
    text = re.sub(r"\\(?:cite[tp]?|ref|label|footnote|vspace|rowcolor|cellcolor)(\[[^\]]*\])?\{[^{}]*\}", "", cell)
    text = re.sub(r"\\multicolumn\{[^}]*\}\{[^}]*\}", "", text)
    before = None
    while before != text:
        before, text = text, _WRAPPED.sub(r"\1", text)
    for sign, plain in _SYMBOLS:
        text = text.replace(sign, plain)
    return re.sub(r"\s+", " ", re.sub(r"\\[a-zA-Z]+\s?", "", text)).strip()


def _html(text: str) -> list[list[str]]:
    """Rows of the first table in a page."""
    if "<table" not in text.lower() or "<tr" not in text.lower():
        return []
    start = text.lower().index("<table")
    end = text.lower().find("</table", start)
    part = text[start : end if end > 0 else len(text)]
    rows = [[html.unescape(_TAG.sub("", c)).strip() for c in _CELL.findall(row)] for row in _ROW.findall(part)]
    return [r for r in rows if any(r)]


def _aligned(text: str) -> list[list[str]]:
    """Rows of columns that two blanks or more keep apart; empty where not every row has as many cells as the head."""
    rows = [
        [c for c in _GAP.split(line.strip().strip("│|")) if c]
        for line in text.splitlines()
        if line.strip() and not _LINE.fullmatch(line)
    ]
    width = len(rows[0]) if rows else 0
    return rows if width > 1 and len(rows) > 1 and all(len(r) == width for r in rows) else []


def _checked(rows: list[list[str]], name: str) -> Table:
    """Head and rows, a row of another width left out where it is a caption between two parts, else refused."""
    head, *rest = rows
    if len(head) > MAX_COLUMNS or len(rest) > MAX_ROWS:
        raise BadInput("the table is too large", place=name, mend=f"at most {MAX_ROWS:,} rows of {MAX_COLUMNS:,} cells")
    names: list[str] = []
    for i, cell in enumerate(head):
        plain = cell or ("arm" if i == 0 else f"column {i + 1}")
        names.append(plain if plain not in names else f"{plain} {i + 1}")
    out = []
    for number, row in enumerate(rest, 1):
        if sum(bool(c) for c in row) <= 1 < len(names):
            continue  # the name of a part of the table
        if len(row) != len(names):
            what = f"row {number} has {len(row)} cells, the head {len(names)}"
            raise BadInput(what, place=name, mend="give every row as many cells as the head")
        out.append(tuple(row))
    return tuple(names), out
