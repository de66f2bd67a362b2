"""The configurations that a screening design may run: ideas in or out, each row a model that can be built."""

import random
from collections.abc import Iterable, Sequence

import msgspec

from ablator.core.elements import Element, Json
from ablator.core.errors import BadInput
from ablator.core.queries import present_ideas, requirements, targets_of, title
from ablator.core.study import Study, base_id, site_of
from ablator.plan.arms import arms_for, is_size
from ablator.plan.types import Arm

EXHAUSTIVE = 10
"""Up to so many ideas every row is looked at; beyond, a fixed random walk over valid rows stands for them."""

WALK = 600
"""Steps of that walk."""


class Column(msgspec.Struct, frozen=True):
    """One idea of a design: in (1) or out (0). `arm` is what brings about the state that the baseline has not."""

    id: str
    name: str
    present: bool
    arm: Arm

    @property
    def removes(self) -> tuple[str, ...]:
        """What the arm itself takes out; what falls with it is worked out for each row."""
        return tuple(k for k in self.arm.removes if k not in self.arm.also_falls)


class Fault(msgspec.Struct, frozen=True):
    """Why a row cannot be built; `ways` are flips (column, state) that would mend it, the mildest first."""

    reason: str
    ways: tuple[tuple[int, bool], ...]


def columns_of(study: Study, wanted: Sequence[str] = ()) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """The ideas to screen, sorted by id, and what was left out with the reason.

    Without `wanted`: every present idea that can be taken out or replaced; roles (slots) and sizes are left out. Raises
    BadInput for a wanted idea that is none, or that has only one state.
    """
    present = present_ideas(study)
    names = sorted(set(wanted)) or sorted(k for k in present if study.elements[k].kind == "idea")
    taken = {k for k in names if k in study.elements and not study.elements[k].is_slot}
    found: list[Column] = []
    left: list[str] = []
    for key in names:
        element = study.elements.get(key)
        if element is None or element.kind != "idea":
            raise BadInput(f"{key} is no idea of the study", mend="see `ablator show` for the ideas")
        reason = _why_not(element)
        arm = None if reason else _other_state(study, element, taken - {key}, present)
        if arm is None:
            reason = reason or "nothing can be built without it"
            if wanted:
                raise BadInput(f"{key} cannot be screened: {reason}", mend="leave it out")
            left.append(f"{key}: {reason}")
            continue
        found.append(Column(key, title(element), key in present, arm))
    return tuple(found), tuple(left)


def _why_not(element: Element) -> str:
    if element.is_slot:
        return "it is a role; the ideas that fill it are screened"
    if is_size(element):
        return "it is a size, which is neither in nor out"
    return ""


def _other_state(study: Study, element: Element, others: set[str], present: frozenset[str]) -> Arm | None:
    """The arm that takes a present idea out (removed if it may be, else replaced), or puts an absent one in."""
    arms = [a for a in arms_for(study, element, 0, 1).arms if a.id.startswith(("with", "to-", "mlp2"))]
    if element.id not in present:
        arm = next((a for a in arms if a.id == "with" and element.id in a.adds), None)
        if arm is None:
            return None
        return msgspec.structs.replace(arm, adds=tuple(k for k in arm.adds if k == element.id or k not in others))
    good = [a for a in arms if element.id in a.removes and not set(a.adds) & (others | present | {element.id})]
    return min(good, key=lambda a: (a.id != "without", a.id == "mlp2", arms.index(a)), default=None)


class _Substitute(msgspec.Struct, frozen=True):
    """What stands in an idea's place: `adds` where one of each of `needs` stands and none of `clashes`."""

    adds: int
    needs: tuple[int, ...]
    clashes: int


class Space:
    """Rows over the columns as whole numbers: bit i says that idea i is in. Compiled once, asked very often.

    An idea that is out gives its place to what its arm names, as long as that can stand; else it is simply gone.
    """

    def __init__(self, study: Study, columns: Sequence[Column]) -> None:
        self.study = study
        self.columns = tuple(columns)
        self._moves: dict[tuple[int, int], int | None] = {}
        present = present_ideas(study)
        self.ids = sorted({*present, *(c.id for c in columns), *(k for c in columns for k in c.arm.adds)})
        self._at = at = {k: i for i, k in enumerate(self.ids)}
        self._base = self._mask(present)
        self._column_at = {at[c.id]: i for i, c in enumerate(self.columns)}
        self._design = self._mask(c.id for c in columns)
        self._needs = self._requirements(present)
        self._excludes = [
            (at[s], at[t])
            for s, targets in targets_of(study, "excludes").items()
            for t in targets
            if s in at and t in at and not (s in present and t in present)
        ]
        seats: dict[tuple[str, str], int] = {}
        for k in self.ids:
            e = study.elements.get(k)
            if e is not None and e.slot and not e.is_slot:
                seats[site_of(k), e.slot] = seats.get((site_of(k), e.slot), 0) | 1 << at[k]
        self._seats = dict(sorted(seats.items()))
        self._out = [(1 << i, self._mask((c.id, *c.removes))) for i, c in enumerate(self.columns) if c.present]
        self._in = [
            (1 << i, self._mask(c.removes), self._mask((c.id, *c.arm.adds)))
            for i, c in enumerate(self.columns)
            if not c.present
        ]
        self._stay = self._design | self._mask(k for c in self.columns if not c.present for k in c.arm.adds)
        self._substitutes = {i: self._substitute(c) for i, c in enumerate(self.columns) if c.present and c.arm.adds}

    def _mask(self, keys: Iterable[str]) -> int:
        out = 0
        for k in keys:
            if k in self._at:
                out |= 1 << self._at[k]
        return out

    def _requirements(self, present: frozenset[str]) -> list[tuple[int, int, tuple[str, ...]]]:
        """(idea, those of which one must stand, their words); what the model as found does not meet is no rule."""
        out = []
        for source, need in requirements(self.study).items():
            for group in need.groups if source in self._at else ():
                known = tuple(x for x in group if x in self.study.elements)
                as_found = source in present and not any(x in present for x in group)
                if known and not as_found:
                    out.append((self._at[source], self._mask(group), known))
        return out

    def _substitute(self, column: Column) -> _Substitute:
        """When the replacement of an idea can stand: by the study's relations, or by what it has from the library."""
        adds = self._mask(column.arm.adds)
        needs = [group for source, group, _ in self._needs if adds >> source & 1]
        clashes = 0
        for a, b in self._excludes:
            clashes |= (1 << b if adds >> a & 1 else 0) | (1 << a if adds >> b & 1 else 0)
        element = self.study.elements[column.id]
        if element.slot:
            clashes |= self._seats.get((site_of(column.id), element.slot), 0)
        for mask in self._seats.values():
            clashes |= mask if mask & adds else 0
        wanted = {base_id(k) for k in column.arm.adds}
        for other in element.alternatives:
            if other.to in wanted:
                for group in other.requires:
                    needs.append(self._named(column.id, group) | (adds if wanted & set(group) else 0))
                clashes |= self._named(column.id, other.excludes)
        return _Substitute(adds, tuple(needs), clashes & ~adds)

    def _named(self, beside: str, names: Sequence[str]) -> int:
        """Ideas of these names, or in slots of these names, at the site of `beside`."""
        found = []
        for k in self.ids:
            element = self.study.elements.get(k)
            slot = element.slot if element is not None else None
            if site_of(k) == site_of(beside) and (base_id(k) in names or (slot is not None and slot in names)):
                found.append(k)
        return self._mask(found)

    @property
    def full(self) -> int:
        """The row that is the baseline: present ideas in, absent ones out."""
        return sum(1 << i for i, c in enumerate(self.columns) if c.present)

    def model(self, row: int) -> int:
        """The ideas of a row's model as a mask over `ids`: what cannot stand falls, but no idea of the design does."""
        return self._built(row)[0]

    def _built(self, row: int) -> tuple[int, tuple[int, ...]]:
        """The model, and the columns whose replacement stands in it."""
        held = self._base
        for bit, removes in self._out:
            if not row & bit:
                held &= ~removes
        for bit, removes, _ in self._in:
            if row & bit:
                held &= ~removes
        for bit, _, adds in self._in:
            if row & bit:
                held |= adds
        brought = [i for i in self._substitutes if not row >> i & 1]
        while True:
            now = held
            for i in brought:
                now |= self._substitutes[i].adds
            now = self._fallen(now)
            failing = next((i for i in brought if not self._stands(self._substitutes[i], now)), None)
            if failing is None:
                return now, tuple(brought)
            brought.remove(failing)

    @staticmethod
    def _stands(new: _Substitute, held: int) -> bool:
        return held & new.adds == new.adds and not held & new.clashes and all(held & group for group in new.needs)

    def _fallen(self, held: int) -> int:
        """What is left once all outside of the design that cannot stand has fallen."""
        falling = True
        while falling:
            falling = False
            for source, group, _ in self._needs:
                if held >> source & 1 and not self._stay >> source & 1 and not held & group:
                    held &= ~(1 << source)
                    falling = True
        return held

    def ideas(self, row: int) -> frozenset[str]:
        """The ideas that stand in a row's model, replacements included."""
        held = self.model(row)
        return frozenset(k for i, k in enumerate(self.ids) if held >> i & 1)

    def falls(self, row: int) -> tuple[str, ...]:
        """Ideas outside of the design that are gone from a row's model, sorted."""
        gone = self._base & ~self._design & ~self.model(row)
        return tuple(k for i, k in enumerate(self.ids) if gone >> i & 1)

    def valid(self, row: int) -> bool:
        """Whether the row's model can be built."""
        return not self.faults(row, first=True)

    def faults(self, row: int, first: bool = False) -> list[Fault]:
        """Why the row cannot be built, sorted by rule; only the first reason with `first`."""
        held = self.model(row)
        out: list[Fault] = []
        for source, group, known in self._needs:
            if held >> source & 1 and not held & group:
                ways = (*self._flip(source, False), *(w for x in _bits(group) for w in self._flip(x, True)))
                out.append(Fault(f"{self.ids[source]} needs {' or '.join(known)}", ways))
                if first:
                    return out
        for a, b in self._excludes:
            if held >> a & 1 and held >> b & 1:
                ways = (*self._flip(a, False), *self._flip(b, False))
                out.append(Fault(f"{self.ids[a]} excludes {self.ids[b]}", ways))
        for (_, slot), mask in self._seats.items():
            there = held & mask
            if there & (there - 1) and there & ~self._base:
                ways = tuple(
                    w for x in sorted(_bits(there), key=lambda x: self._base >> x & 1) for w in self._flip(x, False)
                )
                names = " and ".join(self.ids[x] for x in _bits(there))
                out.append(Fault(f"{names} both fill {slot}", ways))
        for at, i in self._column_at.items():
            is_in = bool(held >> at & 1)
            if is_in != bool(row >> i & 1):
                name = self.columns[i].id
                reason = f"{name} comes with another idea that is in" if is_in else f"{name} gives way to another idea"
                out.append(Fault(reason, ((i, is_in),)))
        return out[:1] if first else out

    def _flip(self, at: int, state: bool) -> list[tuple[int, bool]]:
        return [(self._column_at[at], state)] if at in self._column_at else []

    def mended(self, row: int, pinned: int) -> int | None:
        """The row with columns outside of `pinned` flipped until it can be built; None where that does not succeed."""
        for _ in range(len(self.columns) + 1):
            found = self.faults(row, first=True)
            if not found:
                return row
            way = next(((i, s) for i, s in found[0].ways if not pinned >> i & 1 and bool(row >> i & 1) != s), None)
            if way is None:
                return None
            row ^= 1 << way[0]
            pinned |= 1 << way[0]
        return None

    def move(self, row: int, column: int) -> int | None:
        """The row with one idea flipped, and whatever has to follow; None where no such row can be built."""
        key = (row, column)
        if key not in self._moves:
            self._moves[key] = self.mended(row ^ 1 << column, 1 << column)
        return self._moves[key]

    def with_states(self, states: dict[int, bool]) -> int | None:
        """A row that can be built in which some ideas are in given states, as near to the baseline as it goes."""
        row, pinned = self.full, 0
        for i, state in sorted(states.items()):
            row = row | 1 << i if state else row & ~(1 << i)
            pinned |= 1 << i
        return self.mended(row, pinned)

    def pool(self) -> list[int]:
        """Valid rows in a fixed order: all of them for few ideas, else a walk that flips each idea again and again."""
        k = len(self.columns)
        if k <= EXHAUSTIVE:
            return [row for row in range((1 << k) - 1, -1, -1) if self.valid(row)]
        seen: dict[int, None] = {}
        start = self.mended(self.full, 0)
        if start is None:
            return []
        seen[start] = None
        for i in range(k):
            found = self.move(start, i)
            if found is not None:
                seen[found] = None
        draw = random.Random(k)
        row = start
        for step in range(WALK):
            found = self.move(row, draw.randrange(k))
            if found is not None:
                row = found
                seen[row] = None
            if step % (2 * k) == 2 * k - 1:
                row = draw.choice(list(seen))
        return list(seen)

    def overrides(self, row: int) -> dict[str, Json]:
        """Settings that the row's arms change against the baseline."""
        out: dict[str, Json] = {}
        for i in self._changed(row):
            out.update(self.columns[i].arm.overrides)
        return out

    def changes(self, row: int) -> tuple[str, ...]:
        """What the row does to the baseline, in the words of its arms."""
        done = set(self._changed(row))
        return tuple(
            c.arm.change if i in done else f"remove {c.name}"
            for i, c in enumerate(self.columns)
            if bool(row >> i & 1) != c.present
        )

    def _changed(self, row: int) -> list[int]:
        """Columns whose arm is carried out in full: not those whose replacement cannot stand in the row."""
        brought = self._built(row)[1]
        return [
            i
            for i, c in enumerate(self.columns)
            if bool(row >> i & 1) != c.present and (i not in self._substitutes or i in brought)
        ]


def _bits(mask: int) -> list[int]:
    return [i for i in range(mask.bit_length()) if mask >> i & 1]
