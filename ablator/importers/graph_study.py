"""Elements and relations from the graphs of files: columns mapped, ids made plain, every fault named with its place."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Any

import msgspec

from ablator.core.edits import ENDS, SYMMETRIC
from ablator.core.elements import Element, Info, Json, Relation
from ablator.core.errors import BadInput
from ablator.core.lanes import KIND_OF_LANE, LANES, a_kind
from ablator.core.limits import valid_id, why_not_info, why_not_value
from ablator.core.queries import requirement_cycle
from ablator.core.study import Study, attributes, same
from ablator.files.graph_text import row_values, value_of
from ablator.files.study_text import row_from
from ablator.importers.graph_parts import Edge, Graph, Node
from ablator.importers.graph_words import EDGE_COLUMNS, NODE_COLUMNS, columns, lane_of, relation_of
from ablator.library import library
from ablator.library.elements import element_for, relations_for

FAULTS = 10
"""Faults named at once."""

UNTOLD = ("requires", "needs", "instantiates", "retunes", "observes", "reopens", "interacts")
"""What an edge without a kind is taken for: the first of these that may lead between its ends."""

RESERVED = frozenset({"id", "lane", "kind", "from", "source", "target"})
"""Attributes that are told by mapped columns alone."""

Fault = tuple[str, str, str]
"""Place, what is wrong, what to do."""


class Parts(msgspec.Struct, frozen=True):
    """The elements and relations of all graphs, what was understood how, and the head where one came from a study."""

    elements: Mapping[str, Element]
    relations: Mapping[str, Relation]
    told: tuple[str, ...]
    info: Info | None
    whole: bool
    """Whether every graph was written from a study, so that nothing needs to be added."""


def parts_of(graphs: Sequence[Graph]) -> Parts:
    """What the graphs hold together; an edge may lead to a node of another file.

    Raises BadInput that names up to ten of: an id twice, a dangling end, a relation twice, an unknown lane or kind,
    ends that do not fit, a circle of requirements.
    """
    making = _Making(graphs)
    for graph in graphs:
        making.nodes(graph)
    for graph in graphs:
        making.edges(graph)
    making.circles()
    if making.faults:
        raise _refusal(making.faults)
    heads = [g.head for g in graphs if g.head is not None]
    info = _info(heads[0], graphs[0].file) if heads else None
    return Parts(making.elements, making.relations, tuple(making.told), info, len(heads) == len(graphs))


def _refusal(faults: list[Fault]) -> BadInput:
    place, what, mend = faults[0]
    more = [f"{w} ({p})" for p, w, _ in faults[1:3]]
    left = len(faults) - 1 - len(more)
    words = " · ".join([what, *more, *([f"and {left}{'+' if len(faults) > FAULTS else ''} more"] if left > 0 else [])])
    return BadInput(words, place=place, mend=mend)


def _info(head: Mapping[str, Json], file: str) -> Info:
    try:
        info = row_from(Info, dict(head))
    except msgspec.ValidationError as wrong:
        raise BadInput(f"the study's settings: {wrong}", place=file, mend="export the graph again") from None
    reason = next(filter(None, (why_not_info(k, getattr(info, k)) for k in info.__struct_fields__)), None)
    if reason:
        raise BadInput(reason, place=file, mend="export the graph again")
    assert isinstance(info, Info)
    return info


class _Making:
    """The rows made so far; `ids` maps a file's id of a node to the element's."""

    def __init__(self, graphs: Sequence[Graph]) -> None:
        self.elements: dict[str, Element] = {}
        self.relations: dict[str, Relation] = {}
        self.ids: dict[str, str] = {}
        self.places: dict[str, str] = {}
        self.told: dict[str, None] = {t: None for g in graphs for t in g.told}
        self.faults: list[Fault] = []
        self.taken = {n.id for g in graphs for n in g.nodes if valid_id(n.id)}

    def fault(self, place: str, what: str, mend: str) -> None:
        """Remember what is wrong."""
        self.faults.append((place, what, mend))

    def nodes(self, graph: Graph) -> None:
        """The elements of one graph."""
        names = dict.fromkeys(k for n in graph.nodes for k in n.values)
        mapped = columns(names, {k: v for k, v in NODE_COLUMNS.items() if k != "id"}) if graph.head is None else {}
        self.tell(graph.file, mapped, names, Element)
        for node in graph.nodes:
            if len(self.faults) > FAULTS:
                return
            if node.id in self.ids:
                first = self.places[node.id]
                self.fault(node.place, f"the id {_short(node.id)} is there twice, first {_at(first)}", "rename one")
                continue
            key = node.id if valid_id(node.id) else self.plain_id(node.id)
            reason = why_not_value(node.values) if graph.head is None else None
            if reason:
                self.fault(node.place, reason, "mend the value")
            self.places[node.id] = node.place
            self.ids[node.id] = key
            if graph.head is None:
                self.foreign(node, key, mapped, graph.file)
            else:
                self.own(node, key, graph.native)

    def tell(self, file: str, mapped: Mapping[str, str], names: Iterable[str], row_type: type[msgspec.Struct]) -> None:
        """Put into words which column was taken for what, and which are kept as they are."""
        known = {key for _, key, _ in attributes(row_type)}
        used = set(mapped.values())
        for ours, name in mapped.items():
            if name != ours:
                self.told[f"{file}: {_short(name)} is taken as the {ours}"] = None
        kept = [n for n in names if n not in used and n not in known]
        if kept and mapped:
            more = f" and {len(kept) - 8} more" if len(kept) > 8 else ""
            self.told[f"{file}: kept as they are: {', '.join(map(_short, kept[:8]))}{more}"] = None

    def plain_id(self, wish: str) -> str:
        """An id of the kind that a study has, made from any text; two texts never give the same."""
        site, _, word = wish[:150].rpartition("/")
        word = re.sub(r"[^A-Za-z0-9_.+-]+", "-", word).strip("-.+") or "element"
        stem = f"{site}/{word}" if site and valid_id(f"{site}/{word}") else word
        numbers = (f"{stem}-{n}" for n in count(2))
        key = stem if stem not in self.taken else next(k for k in numbers if k not in self.taken)
        self.taken.add(key)
        self.told["ids were made plain, names keep what they were"] = None
        return key

    def own(self, node: Node, key: str, native: bool) -> None:
        """An element that an export of a study wrote."""
        try:
            row = row_from(Element, {**row_values(Element, node.values, native=native), "id": key})
        except (ValueError, RecursionError, msgspec.ValidationError) as wrong:
            self.fault(node.place, _why(wrong), "mend the value, or export the graph again")
            return
        self.put(row, node.place)

    def put(self, row: Element, place: str) -> None:
        """Take an element in, if its kind lies on its lane."""
        if KIND_OF_LANE[row.lane] != row.kind:
            what = f"{a_kind(row.kind)} does not lie on the {row.lane} lane"
            self.fault(place, what, f"write {a_kind(KIND_OF_LANE[row.lane])}")
            return
        self.elements[row.id] = row

    def foreign(self, node: Node, key: str, mapped: Mapping[str, str], file: str) -> None:
        """An element that another program or a person wrote; what the library knows under its id is filled in."""
        values = {k: v for k, v in node.values.items() if k not in RESERVED or k in mapped.values()}
        given = {ours: values.pop(name) for ours, name in mapped.items() if name in values}
        base = _from_library(key)
        words = {k: str(given.pop(k)) for k in ("lane", "kind") if k in given}
        lane = next((x for x in map(lane_of, words.values()) if x), None)
        if lane is None and "lane" in words and mapped["lane"] in {"lane", "model"}:
            mend = f"write one of {', '.join(LANES)}"
            self.fault(node.place, f"there is no lane {_short(words['lane'])}", mend)
            return
        if lane is None:
            lane = base.lane if base is not None else "instantiation"
            if words:
                values |= {mapped[k]: w for k, w in words.items()}
            self.told["elements whose lane is not told are taken as ideas"] = None
        row: dict[str, Json] = {"id": key, "lane": lane, "kind": KIND_OF_LANE[lane], "status": "read"}  # type: ignore[index]
        if key != node.id:
            row["name"] = node.id
        row |= {k: _given(Element, k, v) for k, v in {**values, **given}.items() if v is not None}
        if base is not None and base.lane == lane:
            row = {**_row(base), **row}
        row["from"] = [f"{file}:{node.place.rpartition(':')[2]}"]  # without the folders of this machine
        try:
            self.put(row_from(Element, row), node.place)
        except msgspec.ValidationError as wrong:
            self.fault(node.place, _why(wrong), "mend the value")

    def edges(self, graph: Graph) -> None:
        """The relations of one graph."""
        names = dict.fromkeys(k for e in graph.edges for k in e.values)
        ends = {"source", "target"}
        mapped = columns(names, {k: v for k, v in EDGE_COLUMNS.items() if k not in ends}) if graph.head is None else {}
        self.tell(graph.file, mapped, names, Relation)
        for edge in graph.edges:
            if len(self.faults) > FAULTS:
                return
            missing = next((end for end in (edge.source, edge.target) if end not in self.ids), None)
            if missing is not None:
                self.fault(edge.place, f"there is no element {_short(missing)}", "add it, or remove the relation")
                continue
            reason = why_not_value(edge.values) if graph.head is None else None
            if reason:
                self.fault(edge.place, reason, "mend the value")
            source, target = self.ids[edge.source], self.ids[edge.target]
            if source == target:
                self.fault(edge.place, f"{_short(edge.source)} relates to itself", "remove the relation")
                continue
            if source not in self.elements or target not in self.elements:
                continue  # its end was refused already
            row = self.relation(edge, mapped, graph, source, target)
            if row is None:
                continue
            if row.id in self.relations:
                first = self.places[row.id]
                self.fault(
                    edge.place, f"the relation {_short(row.id)} is there twice, first {_at(first)}", "remove one"
                )
                continue
            self.places[row.id] = edge.place
            self.relations[row.id] = row

    def relation(
        self, edge: Edge, mapped: Mapping[str, str], graph: Graph, source: str, target: str
    ) -> Relation | None:
        """One relation; None where something is wrong with it."""
        own = graph.head is not None
        values = {k: v for k, v in edge.values.items() if own or k not in RESERVED or k in mapped.values()}
        try:
            if own:
                plain = row_values(Relation, values, native=graph.native)
                made = row_from(Relation, {**plain, "source": source, "target": target})
                assert isinstance(made, Relation)
                return made
            given = {ours: values.pop(name) for ours, name in mapped.items() if name in values}
            word = given.pop("kind", None)
            kind = relation_of(str(word)) if word is not None else None
            if word is not None and kind is None:
                values[mapped["kind"]] = word
            kind = kind or self.kind_between(edge, source, target)
            if kind is None:
                return None
            if kind in SYMMETRIC and target < source:
                source, target = target, source
            row = {k: _given(Relation, k, v) for k, v in {**values, **given}.items() if v is not None}
            made = row_from(Relation, {**row, "source": source, "target": target, "kind": kind})
        except (ValueError, RecursionError, msgspec.ValidationError) as wrong:
            self.fault(edge.place, _why(wrong), "mend the value")
            return None
        assert isinstance(made, Relation)
        return made if self.fits(made, edge.place) else None

    def kind_between(self, edge: Edge, source: str, target: str) -> str | None:
        """The kind of an edge that tells none."""
        a, b = self.elements[source].kind, self.elements[target].kind
        if not edge.directed:
            self.told["edges without a direction are taken as interacts"] = None
            kinds: tuple[str, ...] = ("interacts",)
        else:
            kinds = UNTOLD
        kind = next((k for k in kinds if a in ENDS[k][0] and b in ENDS[k][1]), None)
        if kind is None:
            self.fault(edge.place, f"no relation leads from {a} to {b}", "turn it round, or remove it")
        elif edge.directed:
            self.told[f"relations without a known kind from {a} to {b} are taken as {kind}"] = None
        return kind

    def fits(self, row: Relation, place: str) -> bool:
        """Whether a relation may lead between its ends."""
        a, b = self.elements[row.source].kind, self.elements[row.target].kind
        froms, tos = ENDS[row.kind]
        if a in froms and b in tos:
            return True
        what = f"{row.kind} leads from {' or '.join(sorted(froms))} to {' or '.join(sorted(tos))}, not from {a} to {b}"
        self.fault(place, what, "turn it round, or give it another kind")
        return False

    def circles(self) -> None:
        """Requirements that run in a circle, at the place of one of their relations."""
        study = Study(elements=self.elements, relations=self.relations)
        for kind in ("requires", "needs"):
            cycle = requirement_cycle(study, kind)
            if cycle:
                place = self.places[f"{cycle[-1]} {kind} {cycle[0]}"]
                words = " → ".join(map(_short, [*cycle[:8], *(["…"] if len(cycle) > 8 else []), cycle[0]]))
                self.fault(place, f"the {kind} relations run in a circle: {words}", "remove one of them")


def _from_library(key: str) -> Element | None:
    """What the library has under an id, at the site that the id names."""
    site, _, word = key.rpartition("/")
    known = library()
    if word in known.ideas or (not site and (word in known.factors or word in known.claims)):
        return element_for(word, site=site, status="read")
    return None


def _row(element: Element) -> dict[str, Any]:
    from ablator.files.study_bytes import row_value

    return row_value(element)


def _given(row_type: type[msgspec.Struct], key: str, value: Json) -> Json:
    """A value as the attribute wants it: text of a table is read, a number becomes a text where one is wanted."""
    if isinstance(value, str):
        return value_of(row_type, key, value)
    if key in {k for _, k, _ in attributes(row_type)} and value_of(row_type, key, "0") == "0":
        return str(value) if not isinstance(value, dict | list) else value
    if isinstance(value, float) and value.is_integer() and same(value_of(row_type, key, "0"), 0):
        return int(value) if key in {"parameters", "blocks"} else value
    return value


def _why(wrong: Exception) -> str:
    text = str(wrong)
    return (text[:1].lower() + text[1:]).replace("`", "'")[:300] or "it cannot be read"


def _short(word: str) -> str:
    text = repr(word)
    return text if len(text) <= 60 else text[:57] + "…"


def _at(place: str) -> str:
    """A place as a later mention: the line or pointer alone."""
    _, colon, tail = place.rpartition(":")
    return f"in line {tail}" if colon and tail.isdigit() else f"at {tail.strip() or place}"


def with_parts(
    parts: Parts, info: Info, said: Mapping[str, Any], built: Mapping[str, Element], alone: bool
) -> tuple[Info, dict[str, Element], list[Relation]]:
    """Head, elements and relations of a study that graphs tell, beside what was built from other files.

    `said` are the settings that a person gave, `alone` whether there were no other files. A graph that was written
    from a study is the whole of it. Any other is the model: the library's factors, instruments and their relations
    are added, and between two of the graph's elements its own word counts.
    """
    head = info
    if parts.info is not None:
        head = msgspec.structs.replace(parts.info, **said)
    if parts.whole and alone:
        return head, dict(parts.elements), list(parts.relations.values())
    elements = {**built, **parts.elements}
    if any(e.kind == "phenomenon" for e in parts.elements.values()):
        for key in [k for k, e in built.items() if e.kind == "phenomenon" and k not in parts.elements]:
            del elements[key]
    relations = dict(parts.relations)
    for r in relations_for(elements.values()):
        inside = r.source in parts.elements and r.target in parts.elements
        if r.id not in relations and not (inside and parts.relations):
            relations[r.id] = r
    study = Study(elements=elements, relations=relations)
    if any(requirement_cycle(study, kind) for kind in ("requires", "needs")):
        relations = {k: r for k, r in relations.items() if k in parts.relations or r.kind not in {"requires", "needs"}}
    return head, elements, list(relations.values())
