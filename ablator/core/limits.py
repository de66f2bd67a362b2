"""What values may be, beyond their types: ids, texts and numbers; edits, the loader and the schema ask here."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from ablator.core.elements import Json

ID_PATTERN: Final = r"[A-Za-z0-9_][A-Za-z0-9_.+-]*(/[A-Za-z0-9_][A-Za-z0-9_.+-]*)?"
"""`ID` or `SITE/ID`."""

ID_LENGTH: Final = 200
ROW_ID_LENGTH: Final = 500
"""Ids of evidence, decisions and conflicts: any text without control characters."""

AMOUNT_PATTERN: Final = r"\+?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})? ?%?"
"""An effect or noise as text: `1.5%` of the baseline, or a number in metric units."""

_ID = re.compile(ID_PATTERN)
_NO_ID = re.compile(rf"\n(?!{ID_PATTERN}(?=\n)|\Z)")
"""A line that is no id."""

_AMOUNT = re.compile(AMOUNT_PATTERN)
_ROW_ID = re.compile(rf"[^\x00-\x1f\x7f]{{1,{ROW_ID_LENGTH}}}")
_UNFIT = re.compile("[\x00\ud800-\udfff]")


class Limit(msgspec.Struct, frozen=True):
    """Bounds of a number: from `low` (or above it, where `open_low`) to `high` (or below it, where `open_high`)."""

    words: str
    low: float
    high: float | None = None
    open_low: bool = False
    open_high: bool = False

    def holds(self, value: float) -> bool:
        """Whether `value` lies within."""
        above = value > self.low if self.open_low else value >= self.low
        below = self.high is None or (value < self.high if self.open_high else value <= self.high)
        return above and below


INFO_LIMITS: Final[Mapping[str, Limit]] = {
    "epsilon": Limit("epsilon is a probability from 0 to below 1", 0, 1, open_high=True),
    "alpha": Limit("alpha lies between 0 and 1", 0, 1, open_low=True, open_high=True),
    "power": Limit("power lies between 0 and 1", 0, 1, open_low=True, open_high=True),
    "hours_per_run": Limit("hours per run must be above 0 and at most a billion", 0, 1e9, open_low=True),
    "budget": Limit("a budget cannot be negative", 0),
    "effect": Limit("effect cannot be negative", 0),
    "noise": Limit("noise cannot be negative", 0),
}
"""Bounds of the numbers in the head of a study."""


def valid_id(text: str) -> bool:
    """Whether `text` may be an element's id."""
    return len(text) <= ID_LENGTH and _ID.fullmatch(text) is not None


def valid_ids(texts: Iterable[str]) -> bool:
    """Whether every text may be an element's id: one search through all of them, for a file of thousands."""
    rows = [*texts]
    if max(map(len, rows), default=0) > ID_LENGTH:
        return False
    lines = "\n" + "\n".join(rows) + "\n"
    return not rows or (lines.count("\n") == len(rows) + 1 and _NO_ID.search(lines) is None)


def valid_row_id(text: str) -> bool:
    """Whether `text` may be the id of evidence, a decision or a conflict."""
    return _ROW_ID.fullmatch(text) is not None


def why_not_info(key: str, value: Any) -> str | None:
    """The reason why the head's setting may not have this value, or None. The type is taken to be right."""
    limit = INFO_LIMITS.get(key)
    if limit is None or value is None:
        return None
    if isinstance(value, str):
        if _AMOUNT.fullmatch(value):
            return None
        return f"{key} is a number in metric units, or a percentage such as 1.5%"
    return None if limit.holds(value) else limit.words


def why_not_value(value: Json) -> str | None:
    """The reason why a value cannot be saved, or None: half a character, NUL, or a number that is not finite."""
    todo = [value]
    while todo:
        v = todo.pop()
        if isinstance(v, str):
            if _UNFIT.search(v):
                return "a text holds NUL" if "\x00" in v else "a text holds half a character"
        elif isinstance(v, float):
            if v - v != 0:
                return "a number is not finite"
        elif isinstance(v, dict):
            todo += [*v.keys(), *v.values()]
        elif isinstance(v, list | tuple):
            todo += v
        elif isinstance(v, msgspec.Struct):
            todo += [getattr(v, name) for name in v.__struct_fields__]
    return None
