"""Text from files made harmless for Qt: shortened, on one line, and never taken for markup."""

import html
import math
from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QLocale

LONGEST = 2000
"""Characters of one text that are shown."""


def shortened(text: str, limit: int = LONGEST) -> str:
    """Text that may come from a file, cut where it would keep Qt busy."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def one_line(text: str, limit: int = LONGEST) -> str:
    """The text on one line, shortened."""
    return " ".join(shortened(text, limit).split())


def tip(text: str) -> str:
    """A tool tip that shows `text` as it stands: Qt would render markup in it, so every sign is escaped."""
    return f"<p style='white-space:pre-wrap'>{html.escape(shortened(text))}</p>" if text else ""


def caption(text: str) -> str:
    """A text for a button or a menu: on one line, with no letter underlined."""
    return one_line(text, 200).replace("&", "&&")


def hours(amount: float) -> str:
    """Hours in the user's locale, with as many decimals as tell something."""
    locale = QLocale()
    if amount and abs(amount) < 0.095:
        return locale.toString(amount, "f", 2)
    return locale.toString(float(amount), "f", 1)


def span(amount: float) -> str:
    """A time given in hours, with its unit: minutes where it is less than six of them."""
    locale = QLocale()
    if amount <= 0:
        return "–"
    if amount < 0.1:
        minutes = round(amount * 60)
        return f"{locale.toString(minutes)} min" if minutes else "< 1 min"
    return f"{locale.toString(float(amount), 'f', 0 if amount >= 99.95 else 1)} h"


def number(value: float) -> str:
    """A number in the user's locale, with up to six figures."""
    if isinstance(value, int) or (value == int(value) and abs(value) < 1e15):
        return QLocale().toString(int(value))
    return QLocale().toString(float(value), "g", 6)


def tick_text(value: float, beside: Sequence[float]) -> str:
    """A figure on an axis: as many decimals as tell it from the next, powers of ten where that needs many."""
    step = min((abs(b - a) for a, b in pairwise(beside)), default=abs(value)) or 1.0
    largest = max((abs(v) for v in beside), default=0.0)
    if largest >= 1e6 or (largest and largest < 1e-3):
        return QLocale().toString(float(value), "g", 3) if value else QLocale().toString(0)
    decimals = max(0, math.ceil(-math.log10(step) - 1e-9)) if step < 1 else 0
    return QLocale().toString(float(value), "f", min(decimals, 6))


def share(p: float) -> str:
    """A probability as a percentage in the user's locale."""
    locale = QLocale()
    if 0 < p < 0.0005:
        return "< " + locale.toString(0.1, "f", 1) + " %"
    return locale.toString(100 * p, "f", 1 if p < 0.0995 else 0) + " %"
