"""Several readings side by side: one set of ideas, and what the files say against each other."""

from collections.abc import Iterable, Sequence

import msgspec

from ablator.core.elements import Json
from ablator.importers.found import Found, FoundIdea, Reading
from ablator.importers.hf_part import short

WEIGHT = {"read": 3, "default": 2, "inferred": 1, "added": 1, "unknown": 0}


def merged_ideas(readings: Sequence[Reading]) -> list[FoundIdea]:
    """Each idea once a site, sorted; what was read beats what was inferred, and the first file given beats the next."""
    best: dict[tuple[str, str], FoundIdea] = {}
    for reading in readings:
        for idea in reading.ideas:
            key = (idea.site, idea.idea)
            if key not in best or WEIGHT[idea.status] > WEIGHT[best[key].status]:
                best[key] = idea
    return [best[k] for k in sorted(best)]


def across(readings: Sequence[Reading]) -> list[Reading]:
    """The readings, with what contradicts an earlier file named in the later one."""
    out: list[Reading] = []
    sizes: dict[tuple[str, str, str], Found] = {}
    presence: dict[tuple[str, str], tuple[FoundIdea, str]] = {}
    for reading in readings:
        odd = [*_sizes_against(reading, sizes), *_ideas_against(reading, presence)]
        out.append(msgspec.structs.replace(reading, contradictions=(*reading.contradictions, *odd)) if odd else reading)
    return out


def _sizes_against(reading: Reading, known: dict[tuple[str, str, str], Found]) -> Iterable[str]:
    own: dict[tuple[str, str, str], Found] = {}
    for fact in reading.found:
        if fact.status == "read" and reading.role in {"model", "settings"}:
            name = fact.fact if reading.role == "model" else fact.key.rpartition(".")[2]
            own.setdefault((reading.role, fact.site, name), fact)
    for key, fact in own.items():
        other = known.get(key)
        if other is None:
            known[key] = fact
        elif not _equal(other.value, fact.value):
            first = f"{other.file} says {other.key} = {short(other.value)}"
            yield f"{first}, {fact.file} says {fact.key} = {short(fact.value)}"


def _ideas_against(reading: Reading, known: dict[tuple[str, str], tuple[FoundIdea, str]]) -> Iterable[str]:
    for idea in reading.ideas:
        if idea.status != "read" or idea.present is None:
            continue
        key = (idea.site, idea.idea)
        other = known.get(key)
        if other is None:
            known[key] = (idea, reading.file)
        elif other[0].present != idea.present:
            words = {True: "there", False: "absent"}
            yield (
                f"{other[1]} says {idea.idea} is {words[bool(other[0].present)]}, "
                f"{reading.file} says it is {words[bool(idea.present)]}"
            )


def _equal(a: Json, b: Json) -> bool:
    return bool(a == b) or str(a) == str(b)
