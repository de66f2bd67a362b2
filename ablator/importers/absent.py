"""Ideas that a complete list of a model's ideas leaves out, and that models of its family hold: they could be added."""

from collections import Counter
from collections.abc import Iterable

from ablator.importers.found import FoundIdea
from ablator.library import library
from ablator.library.elements import twins
from ablator.library.types import Idea

ALL = "all"
"""The mark of an idea that every family holds, which tells none."""

NEAR = 0.5
"""Families that hold this share of what the first one holds are kin of it: ConvNeXt and CNN, say (judged)."""


def left_out(ideas: Iterable[FoundIdea], name: str) -> list[FoundIdea]:
    """Ideas of the family that could be put in as the model stands, each as absent, sorted.

    The families are those that most of the listed ideas belong to. An idea that fills a slot is asked about by its
    slot; one that excludes a listed idea, or needs one that is not listed, cannot be put in.
    """
    known = library().ideas
    here = {i.idea for i in ideas if not i.site and i.present}
    families = likely_families(known[k] for k in here)
    found = (row for key, row in sorted(known.items()) if key not in here and families & set(row.families))
    return [
        FoundIdea(idea=row.id, status="inferred", present=False, from_=(f"{name}: not among the ideas",))
        for row in found
        if _could_be_added(row, here)
    ]


def likely_families(ideas: Iterable[Idea]) -> set[str]:
    """The families that hold most of some ideas, or nearly; empty where none names a family."""
    counts = Counter(f for idea in ideas for f in idea.families if f != ALL)
    most = max(counts.values(), default=0)
    return {f for f, n in counts.items() if n >= NEAR * most}


def _could_be_added(idea: Idea, here: set[str]) -> bool:
    if idea.level != "instantiation" or idea.slot or idea.is_slot or idea.id in twins():
        return False
    known = library().ideas
    clash = here & set(idea.excludes) or any(idea.id in known[k].excludes for k in here)
    groups = [{key} for key in idea.requires] + [set(group) for group in idea.requires_any]
    return not clash and all(group & here for group in groups)
