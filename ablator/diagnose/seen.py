"""What a detector answers: present, absent or cannot judge, how strongly, and from which points of the curve."""

import math
from collections.abc import Callable, Mapping

import msgspec

from ablator.diagnose.log import Point

CERTAIN = 2.0
"""A figure that is this many times its limit (or its inverse) is judged without doubt; between, doubt is kept."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One symptom's answer. `weight` is how surely it is present, from 0 to 1; None where it cannot be judged."""

    weight: float | None = None
    says: str = ""
    """The figure in words, or why it cannot be judged."""
    points: tuple[Point, ...] = ()
    place: str = ""
    """What it read: `loss`, or a setting's place."""

    @property
    def present(self) -> bool | None:
        """Present, absent, or None for cannot judge."""
        return None if self.weight is None else self.weight >= 0.5


def silent(why: str) -> Seen:
    """Cannot judge, and why."""
    return Seen(says=why)


def sure(present: bool, says: str, *, points: tuple[Point, ...] = (), place: str = "") -> Seen:
    """Present or absent beyond doubt."""
    return Seen(weight=1.0 if present else 0.0, says=says, points=points, place=place)


def above(
    figure: float | None,
    limit: float,
    says: str,
    *,
    points: tuple[Point, ...] = (),
    place: str = "",
    certain: float = CERTAIN,
) -> Seen:
    """Present where the figure exceeds the limit; near the limit half sure, at `certain` times it quite sure."""
    if figure is None or math.isnan(figure):
        return silent("the figure cannot be computed")
    if figure <= 0 or limit <= 0:
        return Seen(weight=1.0 if figure > limit else 0.0, says=says, points=points, place=place)
    if math.isinf(figure):
        return Seen(weight=1.0, says=says, points=points, place=place)
    weight = 0.5 + 0.5 * math.log(figure / limit) / math.log(certain)
    return Seen(weight=min(1.0, max(0.0, weight)), says=says, points=points, place=place)


def below(
    figure: float | None,
    limit: float,
    says: str,
    *,
    points: tuple[Point, ...] = (),
    place: str = "",
    certain: float = CERTAIN,
) -> Seen:
    """Present where the figure lies under the limit."""
    other = above(figure, limit, says, points=points, place=place, certain=certain)
    return other if other.weight is None else msgspec.structs.replace(other, weight=1.0 - other.weight)


class Registry(dict[str, Callable[..., Seen]]):
    """Detectors by the symptom's id."""

    def reads(self, symptom: str) -> Callable[[Callable[..., Seen]], Callable[..., Seen]]:
        """Enter a detector under the symptom's id."""

        def enter(function: Callable[..., Seen]) -> Callable[..., Seen]:
            self[symptom] = function
            return function

        return enter


DETECTORS = Registry()
"""Every detector of one run: symptom id → function of a Trace."""


def counted(answers: Mapping[str, Seen]) -> tuple[int, int, int]:
    """(present, absent, cannot judge)."""
    marks = [a.present for a in answers.values()]
    return marks.count(True), marks.count(False), marks.count(None)
