"""Questions about a study's graph: what falls if this goes, peel order, blockers, valid configurations.

Every view is built once for a pair of tables, elements and relations, and kept while that pair is in use.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar

from ablator.core.elements import Element, Relation
from ablator.core.study import Study, base_id, site_of

if TYPE_CHECKING:
    import networkx as nx

T = TypeVar("T")
_VIEWS: "list[tuple[Mapping[str, Element], Mapping[str, Relation], dict[str, object]]]" = []
"""(elements, relations, views of them by name), the pair asked about last in front."""

PAIRS = 6
"""Pairs of tables whose views are kept: a study, the one before it, and what is compared with them."""


def kept(study: Study, name: str, make: Callable[[Study], T]) -> T:
    """What `make(study)` gave when first asked for under `name`; each name has one maker.

    `make` may look at elements and relations only: a study that shares both tables shares the views.
    """
    if not _VIEWS or _VIEWS[0][0] is not study.elements or _VIEWS[0][1] is not study.relations:
        found = next((v for v in _VIEWS if v[0] is study.elements and v[1] is study.relations), None)
        if found is not None:
            _VIEWS.remove(found)
        _VIEWS.insert(0, found or (study.elements, study.relations, {}))
        del _VIEWS[PAIRS:]
    views = _VIEWS[0][2]
    if name not in views:
        views[name] = make(study)
    return views[name]  # type: ignore[return-value]


def related(study: Study, kind: str) -> tuple[Relation, ...]:
    """Relations of one kind, sorted by id."""

    def make(study: Study) -> dict[str, tuple[Relation, ...]]:
        out: dict[str, list[Relation]] = {}
        for key in sorted(study.relations):
            out.setdefault(study.relations[key].kind, []).append(study.relations[key])
        return {k: tuple(v) for k, v in out.items()}

    return kept(study, "related", make).get(kind, ())


def graph(study: Study) -> "nx.MultiDiGraph[str]":
    """All relations between existing elements as a networkx multigraph, keyed by kind. Treat it as read-only."""
    return kept(study, "graph", _graph)


def _graph(study: Study) -> "nx.MultiDiGraph[str]":
    import networkx as nx

    g: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for key in sorted(study.elements):
        element = study.elements[key]
        g.add_node(key, lane=element.lane, kind=element.kind, name=element.name)
    for rid in sorted(study.relations):
        r = study.relations[rid]
        if r.source in study.elements and r.target in study.elements:
            g.add_edge(r.source, r.target, key=r.kind, group=r.group)
    return g


Seat = tuple[str, str]
"""A slot at a site: (site, slot)."""


class Requirement:
    """What one idea stands on: `groups` is a conjunction of alternatives (each a tuple of ids, one suffices).

    `seats` says for each group which slots of which site meet it, whatever fills them.
    """

    __slots__ = ("groups", "seats")

    def __init__(self, groups: tuple[tuple[str, ...], ...], seats: tuple[tuple[Seat, ...], ...]) -> None:
        self.groups = groups
        self.seats = seats


def requirements(study: Study) -> Mapping[str, Requirement]:
    """For each element with `requires` relations, what it stands on; a slot lists its fillers at the site too."""
    return kept(study, "requirements", _requirements)


def _requirements(study: Study) -> dict[str, Requirement]:
    plain: dict[str, list[tuple[list[str], list[Seat]]]] = {}
    grouped: dict[str, dict[str, tuple[list[str], list[Seat]]]] = {}
    for r in related(study, "requires"):
        if r.source not in study.elements:
            continue
        if r.group:
            ids, seats = grouped.setdefault(r.source, {}).setdefault(r.group, ([], []))
        else:
            ids, seats = [], []
            plain.setdefault(r.source, []).append((ids, seats))
        ids += fillers_and_self(study, r.target)
        target = study.elements.get(r.target)
        if target is None or target.is_slot:
            seats.append((site_of(r.target), base_id(r.target)))
    out: dict[str, Requirement] = {}
    for source in sorted(plain.keys() | grouped.keys()):
        rows = [*plain.get(source, []), *(v for _, v in sorted(grouped.get(source, {}).items()))]
        out[source] = Requirement(
            tuple(tuple(dict.fromkeys(ids)) for ids, _ in rows), tuple(tuple(seats) for _, seats in rows)
        )
    return out


def seats_taken(study: Study, removed: Iterable[str], added: Iterable[str]) -> frozenset[Seat]:
    """Slots that ideas from outside the study take over: those that what is `removed` held at their site.

    An idea called `no_…` names an empty slot, and takes none.
    """
    strange = {site_of(k) for k in added if k not in study.elements and not base_id(k).startswith("no_")}
    if not strange:
        return frozenset()
    held = ((site_of(k), study.elements[k].slot) for k in removed if k in study.elements)
    return frozenset((site, slot) for site, slot in held if slot and site in strange)


def slots(study: Study) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """(site, slot) → ids of the elements that fill it, sorted; absent ideas do not fill."""
    return kept(study, "slots", _slots)


def _slots(study: Study) -> dict[tuple[str, str], tuple[str, ...]]:
    table: dict[tuple[str, str], list[str]] = {}
    for key in sorted(study.elements):
        e = study.elements[key]
        if e.slot and e.present is not False:
            table.setdefault((site_of(key), e.slot), []).append(key)
    return {k: tuple(v) for k, v in table.items()}


def fillers_and_self(study: Study, target: str) -> list[str]:
    """Ids that meet a requirement on `target`: itself, and where it is a slot its fillers at the same site."""
    element = study.elements.get(target)
    if element is not None and not element.is_slot:
        return [target]
    site, _, slot = target.rpartition("/")
    found = list(slots(study).get((site, slot), ()))
    if element is None:
        return [target, *found]
    return found or [target]


def present_ideas(study: Study) -> frozenset[str]:
    """Ideas that stand in the model now: neither shown to be absent nor unknown."""
    return kept(study, "present", _present_ideas)


def _present_ideas(study: Study) -> frozenset[str]:
    return frozenset(k for k, e in study.elements.items() if e.kind == "idea" and e.present)


def falls_with(study: Study, removed: Iterable[str], *, added: Iterable[str] = ()) -> frozenset[str]:
    """Ideas that cannot stand once `removed` are gone and `added` are in, without `removed` themselves.

    An idea falls when a plain requirement is gone or when no alternative of a group is left. Requirements that were
    not met before the removal do not make anything fall: the model as found is taken to work. Of `added`, ideas that
    the study does not hold take the slots of what they replace, so that what needs a slot alone keeps standing.
    """
    gone = set(removed)
    before = present_ideas(study)
    staying = set(added)
    for key in list(gone):
        element = study.elements.get(key)
        if element is not None and element.is_slot:
            gone.update(x for x in fillers_and_self(study, key) if x not in staying)
    needs, carries = requirements(study), dependents(study)
    taken = seats_taken(study, gone, staying)
    todo = sorted(k for k in gone if k in carries)
    while todo:
        lost = todo.pop()
        for key in carries.get(lost, ()):
            if key in gone or (key not in before and key not in staying):
                continue
            for group, seats in zip(needs[key].groups, needs[key].seats, strict=True):
                if lost not in group or not any(x in before for x in group) or not taken.isdisjoint(seats):
                    continue
                if not any((x in before or x in staying) and x not in gone for x in group):
                    gone.add(key)
                    todo.append(key)
                    break
    return frozenset((gone - set(removed) - staying) & before)


def dependents(study: Study) -> Mapping[str, tuple[str, ...]]:
    """For each id, the elements that name it among what they stand on, sorted."""
    return kept(study, "dependents", _dependents)


def _dependents(study: Study) -> dict[str, tuple[str, ...]]:
    out: dict[str, set[str]] = {}
    for source, need in requirements(study).items():
        for target in (x for group in need.groups for x in group):
            out.setdefault(target, set()).add(source)
    return {k: tuple(sorted(v)) for k, v in out.items()}


def blockers(study: Study, element_id: str) -> frozenset[str]:
    """Ideas that would fall directly or indirectly with `element_id`: what must be peeled before it stands alone."""
    return falls_with(study, [element_id])


def peel_order(study: Study) -> list[list[str]]:
    """Present ideas in layers: first those on which nothing stands, then what these stood on, and so on.

    Ideas on a cycle of requirements, which a valid study does not hold, come last in one layer.
    """
    left = set(present_ideas(study))
    needs = requirements(study)
    carries: dict[str, set[str]] = {k: set() for k in left}
    for source in left:
        for group in needs[source].groups if source in needs else ():
            for target in group:
                if target in left and target != source:
                    carries[target].add(source)
    for key in left:
        if study.elements[key].is_slot:
            carries[key].update(x for x in fillers_and_self(study, key) if x in left and x != key)
    layers: list[list[str]] = []
    while left:
        free = sorted(k for k in left if not (carries[k] & left))
        if not free:
            layers.append(sorted(left))
            break
        layers.append(free)
        left -= set(free)
    return layers


def problems_of(study: Study, configuration: Iterable[str]) -> list[str]:
    """Why a set of idea ids is no valid configuration: unmet requirements, exclusions, two fillers of one slot.

    A requirement that the model as found does not meet is no problem, as in `falls_with`: the model is taken to work.
    Ids that the study does not hold take the slots that they find empty, as they do there.
    """
    chosen = set(configuration)
    out: list[str] = []
    needs, found = requirements(study), present_ideas(study)
    taken_over = seats_taken(study, found - chosen, chosen)
    for key in sorted(chosen):
        need = needs.get(key)
        for group, seats in zip(need.groups, need.seats, strict=True) if need is not None else ():
            known = [x for x in group if x in study.elements]
            as_found = key in found and not any(x in found for x in group)
            met = any(x in chosen for x in group) or not taken_over.isdisjoint(seats)
            if known and not as_found and not met:
                out.append(f"{key} needs {' or '.join(known)}")
    for source, targets in targets_of(study, "excludes").items():
        if source in chosen:
            out += [f"{source} excludes {target}" for target in targets if target in chosen]
    taken: dict[tuple[str, str], str] = {}
    for key in sorted(chosen):
        e = study.elements.get(key)
        if e is None or not e.slot:
            continue
        seat = (site_of(key), e.slot)
        if seat in taken and not _coexist(study, taken[seat], key):
            out.append(f"{taken[seat]} and {key} both fill {e.slot}")
        taken[seat] = key
    return out


def _coexist(study: Study, a: str, b: str) -> bool:
    """Two fillers that the artefacts show side by side are taken as they were found."""
    present = present_ideas(study)
    return a in present and b in present


def valid_configurations(study: Study, free: Iterable[str], limit: int = 4096) -> Iterator[frozenset[str]]:
    """Valid configurations over the ideas in `free` (in or out; what cannot stand falls with it), the full one first.

    Yields each configuration once, at most `limit` of them, in a fixed order.
    """
    base = present_ideas(study)
    names = sorted(set(free) & base)
    seen: set[frozenset[str]] = set()
    for mask in range(1 << min(len(names), 24)):
        out = [n for i, n in enumerate(names) if mask >> i & 1]
        chosen = base - set(out) - falls_with(study, out)
        if chosen in seen:
            continue
        seen.add(chosen)
        if not problems_of(study, chosen):
            yield chosen
            if len(seen) >= limit:
                return


def requirement_cycle(study: Study, kind: str = "requires") -> list[str]:
    """Ids on one cycle of `requires` (or `needs`) relations, in order; empty where there is none."""
    edges = [(r.source, r.target) for r in study.relations.values() if r.kind == kind]
    if not edges or acyclic(edges):
        return []
    targets: dict[str, list[str]] = {}
    for source, target in sorted(edges):
        targets.setdefault(source, []).append(target)
    state: dict[str, int] = {}
    for root in sorted(targets):
        if state.get(root):
            continue
        path: list[str] = []
        stack: list[tuple[str, Iterator[str]]] = [(root, iter(targets[root]))]
        state[root] = 1
        path.append(root)
        while stack:
            rest = stack[-1][1]
            child = next(rest, None)
            if child is None:
                stack.pop()
                state[path.pop()] = 2
            elif state.get(child) == 1:
                return path[path.index(child) :]
            elif not state.get(child):
                state[child] = 1
                path.append(child)
                stack.append((child, iter(targets.get(child, ()))))
    return []


def acyclic(edges: Iterable[tuple[str, str]]) -> bool:
    """Whether nothing can be reached from itself: take away what nothing leads to, until all is gone (Kahn 1962)."""
    leads: dict[str, list[str]] = {}
    arriving: dict[str, int] = {}
    for source, target in edges:
        leads.setdefault(source, []).append(target)
        arriving[target] = arriving.get(target, 0) + 1
    free = [key for key in leads if key not in arriving]
    while free:
        for target in leads.pop(free.pop(), ()):
            arriving[target] -= 1
            if not arriving[target]:
                del arriving[target]
                free.append(target)
    return not arriving


def targets_of(study: Study, kind: str) -> Mapping[str, tuple[str, ...]]:
    """source → its targets by one kind of relation, sorted; only ends that exist."""

    def make(study: Study) -> dict[str, tuple[str, ...]]:
        out: dict[str, list[str]] = {}
        for r in related(study, kind):
            if r.source in study.elements and r.target in study.elements:
                out.setdefault(r.source, []).append(r.target)
        return {k: tuple(sorted(v)) for k, v in out.items()}

    return kept(study, f"targets of {kind}", make)


def reopened_by(study: Study, element_id: str) -> frozenset[str]:
    """Factors and instruments whose verdict goes stale when `element_id` changes: exactly its `reopens` edges."""
    return frozenset(targets_of(study, "reopens").get(element_id, ()))


def retuned_with(study: Study, element_id: str) -> tuple[str, ...]:
    """Factors that must be re-tuned when the idea is touched, sorted."""
    return targets_of(study, "retunes").get(element_id, ())


def interacting(study: Study, element_id: str) -> tuple[str, ...]:
    """Elements that confound a one-at-a-time change of this one, sorted."""
    return kept(study, "interacting", _interacting).get(element_id, ())


def _interacting(study: Study) -> dict[str, tuple[str, ...]]:
    out: dict[str, set[str]] = {}
    for source, targets in targets_of(study, "interacts").items():
        for target in targets:
            out.setdefault(source, set()).add(target)
            out.setdefault(target, set()).add(source)
    return {k: tuple(sorted(v)) for k, v in out.items()}


def neighbours(study: Study, element_id: str) -> tuple[str, ...]:
    """Every element one relation away, sorted."""
    out: set[str] = set()
    for r in study.relations.values():
        if r.source == element_id:
            out.add(r.target)
        elif r.target == element_id:
            out.add(r.source)
    return tuple(sorted(out & study.elements.keys()))


def title(element: Element) -> str:
    """The name people read, or the id where an element has none."""
    return element.name or element.id
