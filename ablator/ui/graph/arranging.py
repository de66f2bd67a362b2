"""From a study to a layout request and back; knows no widgets, so that a process can run it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Request:
    """What the layout is asked: cards with their lanes and pins, edges that shape it, and the layout before."""

    cards: tuple[tuple[str, str, tuple[float, float] | None], ...]
    """(id, lane, pin)."""
    edges: tuple[tuple[str, str, str], ...]
    """(relation id, source, target)."""
    size: tuple[float, float]
    width: float
    previous: Any = None


@dataclass(frozen=True)
class Arrangement:
    """Corners of cards, (top, bottom) of bands and ways of relations, in scene units."""

    places: Mapping[str, tuple[float, float]]
    bands: Mapping[str, tuple[float, float]]
    routes: Mapping[str, tuple[tuple[float, float], ...]] = field(default_factory=dict)
    kept: Any = None
    """What the next request hands back as `previous`."""
