"""The frozen study: tables of elements, relations, evidence and decisions, with their lookups."""

from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import msgspec

from ablator.core.elements import Conflict, Decision, Element, Evidence, Info, Relation

FORMAT = "ablation-study"
VERSION = 1

TABLES: Mapping[str, type[msgspec.Struct]] = MappingProxyType(
    {
        "elements": Element,
        "relations": Relation,
        "evidence": Evidence,
        "decisions": Decision,
        "conflicts": Conflict,
    }
)
"""The tables in their file order, with the type of their rows; `conflicts` is written only where there are any."""

Row = Element | Relation | Evidence | Decision | Conflict


class Study(msgspec.Struct, frozen=True, eq=False, weakref=True, kw_only=True):
    """One frustrating model as a value: never changed, only replaced by `Change.apply`.

    Each table maps an id to its row. Iterate with `sorted_rows` where order matters: dict order carries no meaning.
    """

    info: Info = Info()
    elements: Mapping[str, Element] = {}
    relations: Mapping[str, Relation] = {}
    evidence: Mapping[str, Evidence] = {}
    decisions: Mapping[str, Decision] = {}
    conflicts: Mapping[str, Conflict] = {}
    """What a merge left to be decided by a person."""
    extra: Mapping[str, Any] = {}
    """Unknown top-level keys, written back as they came."""

    def table(self, name: str) -> Mapping[str, Any]:
        """The table called `name`; raises KeyError for any other word."""
        if name not in TABLES:
            raise KeyError(name)
        return getattr(self, name)  # type: ignore[no-any-return]

    def same_as(self, other: "Study") -> bool:
        """Whether both hold the same rows and settings, whatever their order; 1, 1.0 and true are not the same."""
        return (
            same(self.info, other.info)
            and all(same(dict(self.table(t)), dict(other.table(t))) for t in TABLES)
            and same(dict(self.extra), dict(other.extra))
        )

    def on_lane(self, lane: str) -> list[Element]:
        """Elements of one lane, sorted by id."""
        return [self.elements[k] for k in sorted(self.elements) if self.elements[k].lane == lane]

    def relations_of(self, kind: str) -> list[Relation]:
        """Relations of one kind, sorted by id."""
        return [self.relations[k] for k in sorted(self.relations) if self.relations[k].kind == kind]

    def decisions_on(self, step: str) -> list[Decision]:
        """Decisions on a step, oldest first (by date, then id)."""
        found = (d for d in self.decisions.values() if d.step == step)
        return sorted(found, key=lambda d: (d.date, d.id))


def same(a: Any, b: Any) -> bool:
    """Whether two values are equal and would be written alike: 1, 1.0 and true are not the same, nor 0.0 and -0.0."""
    if a is b:
        return True
    if a != b:
        return False
    if isinstance(a, str):
        return True
    if isinstance(a, msgspec.Struct):
        return all(same(getattr(a, name), getattr(b, name)) for name in a.__struct_fields__)
    if isinstance(a, dict):
        return all(same(value, b[key]) for key, value in a.items())
    if isinstance(a, list | tuple):
        return all(map(same, a, b))
    return type(a) is type(b) and (a != 0 or str(a) == str(b))


def study_from(
    info: Info,
    elements: Iterable[Element] = (),
    relations: Iterable[Relation] = (),
    evidence: Iterable[Evidence] = (),
    decisions: Iterable[Decision] = (),
) -> Study:
    """A study from rows in any order; a later row with the same id wins."""
    return Study(
        info=info,
        elements={e.id: e for e in elements},
        relations={r.id: r for r in relations},
        evidence={e.id: e for e in evidence},
        decisions={d.id: d for d in decisions},
    )


def site_of(element_id: str) -> str:
    """The site in `SITE/ID`, or an empty text for a model with one site."""
    return element_id.rpartition("/")[0]


def base_id(element_id: str) -> str:
    """The id without its site: `encoder/rope` gives `rope`."""
    return element_id.rpartition("/")[2]


def amount(setting: float | str | None, baseline: float | None) -> float | None:
    """A setting in metric units: `1.5%` is taken of the baseline; None where it cannot be told."""
    if isinstance(setting, str):
        try:
            share = float(setting.strip().rstrip("%")) / (100.0 if setting.strip().endswith("%") else 1.0)
        except ValueError:
            return None
        if not setting.strip().endswith("%"):
            return share
        return None if baseline is None else abs(baseline) * share
    return setting


@cache
def attributes(row_type: type[msgspec.Struct]) -> tuple[tuple[str, str, Any], ...]:
    """(python name, key in the file, default) of each attribute but `extra`, in file order; NODEFAULT if required."""
    out = []
    for f in msgspec.structs.fields(row_type):
        if f.name == "extra":
            continue
        default: Any = f.default
        if default is msgspec.NODEFAULT and f.default_factory is not msgspec.NODEFAULT:
            default = f.default_factory()
        out.append((f.name, f.encode_name, default))
    return tuple(out)
