"""Numbers as fields of a form show and take them: in the user's locale, there and back."""

import math
from typing import Any

from PySide6.QtCore import QLocale


def typed_number(text: str) -> float | None:
    """A finite number as people write it, in their locale or else in C's; None where it is none."""
    for locale in (QLocale(), QLocale.c()):
        value, good = locale.toDouble(text.strip())
        if good and math.isfinite(value):
            return float(value)
    return None


def shown_value(value: Any) -> str:
    """A setting as a field shows it; `typed_number` reads a float back."""
    if value is None:
        return ""
    if isinstance(value, float):
        return QLocale().toString(value, "g", 12)
    return str(value)
