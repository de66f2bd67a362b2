"""Where the arrow keys lead: along relations to other rows, and from card to card within a row."""

from collections.abc import Iterable, Mapping
from typing import Literal

from PySide6.QtCore import QRectF

Way = Literal["left", "right", "up", "down"]


def step(here: QRectF, way: Way, cards: Mapping[str, QRectF], joined: Iterable[str]) -> str | None:
    """The id of the card to go to from `here`, or None at the end.

    Up and down prefer cards that a relation joins to this one; else the nearest card that way. Left and right stay
    in the row, and go on at the row's end with the next row.
    """
    if way in {"left", "right"}:
        return _sideways(here, way, cards)
    down = way == "down"
    there = {k: r for k, r in cards.items() if (r.top() >= here.bottom() if down else r.bottom() <= here.top())}
    related = {k: there[k] for k in joined if k in there}
    if related:
        return min(related, key=lambda k: (_distance(here, related[k]), k))
    return min(there, key=lambda k: (_distance(here, there[k]), k)) if there else None


def _distance(a: QRectF, b: QRectF) -> float:
    """Rows count for more than columns, so that the nearest row wins."""
    return abs(a.center().x() - b.center().x()) + 4.0 * abs(a.center().y() - b.center().y())


def _sideways(here: QRectF, way: Way, cards: Mapping[str, QRectF]) -> str | None:
    forward = way == "right"
    y, x = here.center().y(), here.center().x()
    places = {k: (r.center().y(), r.center().x()) for k, r in cards.items()}
    row = {k: p for k, p in places.items() if abs(p[0] - y) < here.height() / 2}
    ahead = {k: p for k, p in row.items() if (p[1] > x if forward else p[1] < x)}
    if ahead:
        return min(ahead, key=lambda k: (abs(ahead[k][1] - x), k))
    beyond = {k: p for k, p in places.items() if k not in row and (p[0] > y if forward else p[0] < y)}
    if not beyond:
        return None
    nearest = min(beyond, key=lambda k: (abs(beyond[k][0] - y), k))
    rest = {k: p for k, p in beyond.items() if abs(p[0] - beyond[nearest][0]) < 1.0}
    return min(rest, key=lambda k: (rest[k][1] if forward else -rest[k][1], k))
