"""A figure as a value: axes, layers and sentences; it is made in the worker, sent as msgpack and painted anywhere."""

from typing import Literal

import msgspec

Ink = Literal["text", "muted", "blue", "orange", "green", "purple", "red"]
Shape = Literal["circle", "square", "diamond"]
Point = tuple[float, float]


class Axis(msgspec.Struct, frozen=True):
    """One axis: what it measures, with the unit, and the numbers at its ends (low < high)."""

    label: str
    low: float = 0.0
    high: float = 1.0
    whole: bool = False
    """Whether only whole numbers mean something on it."""


class Line(msgspec.Struct, frozen=True, tag=True):
    """A line through points; a name puts it into the key."""

    points: tuple[Point, ...]
    ink: Ink
    name: str = ""
    dashed: bool = False


class Area(msgspec.Struct, frozen=True, tag=True):
    """A band between two curves: x, low, high."""

    points: tuple[tuple[float, float, float], ...]
    ink: Ink
    name: str = ""


class Dots(msgspec.Struct, frozen=True, tag=True):
    """Single points, told apart by shape and filling as well as by colour."""

    points: tuple[Point, ...]
    ink: Ink
    name: str = ""
    shape: Shape = "circle"
    hollow: bool = False


class Rule(msgspec.Struct, frozen=True, tag=True):
    """A straight line across the whole plot at one value; `upright` where the value is on the x axis."""

    at: float
    ink: Ink
    name: str = ""
    upright: bool = False
    dashed: bool = True


class Strip(msgspec.Struct, frozen=True, tag=True):
    """A band across the whole plot between two values."""

    low: float
    high: float
    ink: Ink
    name: str = ""
    upright: bool = False


class Interval(msgspec.Struct, frozen=True, tag=True):
    """An estimate with its interval on a row of the figure, counted from the top."""

    row: int
    estimate: float
    low: float
    high: float
    ink: Ink
    shape: Shape = "circle"
    hollow: bool = False


Layer = Line | Area | Dots | Rule | Strip | Interval


class Row(msgspec.Struct, frozen=True):
    """A row of a forest plot: its name left, its figures right. A heading has no interval."""

    name: str
    figures: str = ""
    heading: bool = False


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """What is drawn. `rows` take the place of the y axis. With `empty` there is nothing to draw, and it says why.

    `notes` are sentences painted below; `summary` says in words what the figure shows to those who cannot see it.
    """

    title: str
    x: Axis = Axis("")
    y: Axis = Axis("")
    rows: tuple[Row, ...] = ()
    layers: tuple[Layer, ...] = ()
    key: tuple[Layer, ...] = ()
    """Samples that stand in the key beside the layers with a name."""
    notes: tuple[str, ...] = ()
    summary: str = ""
    empty: str = ""


def spanned(label: str, values: list[float], *, whole: bool = False, zero: bool = False) -> Axis:
    """An axis that shows all values with a little room; `zero` begins at zero. One value alone gets room around it."""
    if not values:
        return Axis(label)
    low, high = (0.0 if zero else min(values)), max(values)
    room = (high - low) * 0.06 or abs(high) * 0.05 or 1.0
    if whole:
        room = max(room, 0.5)
    return Axis(label, low if zero else low - room, high + room, whole)
