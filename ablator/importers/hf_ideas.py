"""The ideas of one part, collected in a fixed order in which later words override earlier ones."""

from collections.abc import Iterable, Mapping

import msgspec

from ablator.core.elements import Json, Status
from ablator.importers.found import Found, FoundIdea
from ablator.importers.hf_aliases import LIMITS
from ablator.importers.hf_part import Part, is_number, short
from ablator.library import library

RANK: Mapping[str, int] = {"read": 3, "default": 2, "inferred": 1}
FACTS = ("width", "layers", "heads", "kv_heads", "ffn", "vocab_size", "context", "act", "experts", "topk")


class PartReading(msgspec.Struct, frozen=True):
    """What one part told."""

    found: tuple[Found, ...]
    ideas: tuple[FoundIdea, ...]
    unknown: tuple[str, ...]
    contradictions: tuple[str, ...]
    parameters: int | None


class Ideas:
    """The ideas of one part seen so far, by id; at most one of each."""

    def __init__(self, part: Part, site: str = "") -> None:
        self.part = part
        self.site = site
        self.here: dict[str, FoundIdea] = {}
        self.unknown: list[str] = []
        self.contradictions: list[str] = []

    def put(
        self,
        idea: str,
        status: Status,
        where: Iterable[str],
        *,
        present: bool = True,
        value: Json = None,
        keys: Iterable[str] = (),
        switches: Mapping[str, Json] | None = None,
    ) -> None:
        """Note an idea, shown by the keys or words in `where`; what was read with a value is not weakened."""
        known = self.here.get(idea)
        if known is not None and RANK.get(known.status, 0) > RANK.get(status, 0) and known.value is not None:
            return
        names = tuple(self.part.key(k) for k in keys)
        if value is None and known is not None:
            value = known.value
        self.here[idea] = FoundIdea(
            idea=idea,
            site=self.site,
            status=status,
            present=present,
            from_=tuple(f"{self.part.file}: {w}" for w in where),
            value=value,
            keys=names or (known.keys if known else ()),
            switches={self.part.key(k): v for k, v in (switches or {}).items()},
        )

    def drop(self, *ideas: str) -> None:
        """Take ideas back."""
        for idea in ideas:
            self.here.pop(idea, None)

    def has(self, idea: str) -> bool:
        """Whether an idea is there and present."""
        return idea in self.here and self.here[idea].present is True

    def filler(self, slot: str) -> str:
        """The first present filler of a slot, or an empty text."""
        rows = library().ideas
        return next((k for k, i in self.here.items() if rows[k].slot == slot and i.present), "")

    def fill(self, slot: str, filler: str, status: Status, where: Iterable[str], **more: Json) -> None:
        """Put a filler in its slot; the others leave it."""
        rows = library().ideas
        self.drop(*[k for k in self.here if rows[k].slot == slot and k != filler])
        self.put(filler, status, where, **more)

    def empty(self, slot: str, where: Iterable[str], **more: Json) -> None:
        """A slot that the file says is empty: its fillers leave it, the slot stands as absent."""
        rows = library().ideas
        self.drop(*[k for k in self.here if rows[k].slot == slot])
        self.put(slot, "read", where, present=False, **more)

    def facts(self) -> tuple[Found, ...]:
        """Sizes and words that the part gives; a size that no model has is reported, not used."""
        out = []
        for canonical in FACTS:
            seen = self.part.look(canonical)
            if seen is None:
                continue
            name, value, status = seen
            key = self.part.key(name)
            if isinstance(value, dict) or (isinstance(value, list) and len(value) > 64):
                continue
            if isinstance(value, str) and "${" in value:
                self.unknown.append(f"{key} is {value[:60]}, which this file does not resolve")
                continue
            sized = canonical in LIMITS and not isinstance(value, list)
            if sized and (not is_number(value) or not 0 < value <= LIMITS[canonical]):
                self.contradictions.append(f"{self.part.file}: {key} = {short(value)} is no size of a model")
                continue
            if isinstance(value, list) and not all(isinstance(v, str) or is_number(v) for v in value):
                continue
            out.append(Found(canonical, value, self.part.file, key, status, self.site))
        for name, value in self.part.body.items():
            if isinstance(value, float) and not is_number(value):
                self.unknown.append(f"{self.part.key(name)} is not finite")
        return tuple(out)

    def slots(self) -> None:
        """The slot of each filler stands in the study too: whether the role is needed is a question of its own."""
        rows = library().ideas
        for key in sorted(self.here):
            idea, slot = self.here[key], rows[key].slot
            if slot and idea.present and not self.has(slot):
                self.here[slot] = FoundIdea(idea=slot, site=self.site, status=idea.status, from_=idea.from_)
