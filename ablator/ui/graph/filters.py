"""Which cards a filter by lane, slot and state, or a search, leaves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ablator.ui.graph.faces import Face


@dataclass(frozen=True, slots=True)
class Filter:
    """What is shown; an empty set asks nothing of a card."""

    lanes: frozenset[str] = frozenset()
    slots: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    """Verdicts, states of steps, `absent`, `unknown`, `no-step`; one suffices."""

    def __bool__(self) -> bool:
        return bool(self.lanes or self.slots or self.words)

    def keeps(self, face: Face) -> bool:
        """Whether the card is shown."""
        return (
            (not self.lanes or face.lane in self.lanes)
            and (not self.slots or face.slot in self.slots)
            and (not self.words or bool(face.words & self.words))
        )

    def hidden(self, faces: Iterable[Face]) -> frozenset[str]:
        """Ids of the cards that are not shown."""
        return frozenset(f.id for f in faces if not self.keeps(f)) if self else frozenset()


def hits(text: str, faces: Mapping[str, Face], order: Iterable[str]) -> list[str]:
    """Ids of the cards whose name, id, slot or value holds every word of `text`.

    Names that begin with it come first, then names that hold it; else in the given order.
    """
    words = text.casefold().split()
    if not words:
        return []
    found = []
    for i, key in enumerate(order):
        face = faces[key]
        name = face.name.casefold()
        hay = f"{name} {face.id} {face.slot} {face.category} {face.detail}".casefold().replace("_", " ")
        if all(w.replace("_", " ") in hay for w in words):
            found.append((not name.startswith(words[0]), words[0] not in name, i, key))
    return [key for *_, key in sorted(found)]
