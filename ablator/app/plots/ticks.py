"""How the round numbers along an axis are written."""

import math
from itertools import pairwise

from PySide6.QtCore import QLocale

from ablator.app import curves
from ablator.app.plots.figure import Axis

TINY, HUGE = 1e-5, 1e6
"""Beyond these a tick is written with a power of ten."""


def ticks(axis: Axis, most: int) -> list[float]:
    """At most about `most` round values inside the axis; whole ones where only those mean something."""
    if not axis.high > axis.low:
        return []
    found = curves.ticks(axis.low, axis.high, most)
    return [v for v in found if not axis.whole or v == round(v)]


def written(values: list[float]) -> list[str]:
    """Ticks as texts in the user's locale, all with the decimals that tell them apart."""
    locale = QLocale()
    step = min((b - a for a, b in pairwise(values)), default=1.0)
    if max((abs(v) for v in values), default=0.0) >= HUGE or not step > TINY:
        return [locale.toString(v, "g", 6) for v in values]
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    return [locale.toString(v + 0.0, "f", decimals) for v in values]
