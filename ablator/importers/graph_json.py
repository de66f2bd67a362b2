"""Node-link JSON, as networkx, D3 and Cytoscape's users write it: `nodes` and `edges` (or `links`)."""

from collections.abc import Mapping
from typing import Any

import msgspec

from ablator.core.elements import Json
from ablator.core.errors import BadInput
from ablator.importers.graph_head import head_of
from ablator.importers.graph_parts import MAX_EDGES, MAX_NODES, Edge, Graph, Node
from ablator.importers.graph_words import EDGE_COLUMNS, NODE_COLUMNS, columns


def looks_like_node_link(value: Mapping[str, Any]) -> bool:
    """Whether an object holds a list of nodes and one of edges or links."""
    return isinstance(value.get("nodes"), list) and any(isinstance(value.get(k), list) for k in ("edges", "links"))


def read_node_link(value: Mapping[str, Any], name: str, place: str) -> Graph:
    """The graph of the file. Raises BadInput with `FILE: /pointer` for a node or edge that is none."""
    table = "edges" if isinstance(value.get("edges"), list) else "links"
    directed = value.get("directed", True) is not False
    nodes, edges = value["nodes"], value[table]
    for rows, most, what in ((nodes, MAX_NODES, "nodes"), (edges, MAX_EDGES, "edges")):
        if len(rows) > most:
            raise BadInput(f"it has {len(rows):,} {what}", place=f"{place}: /{what}", mend="hand in a smaller graph")
    id_key = _key(nodes, NODE_COLUMNS, "id", "id")
    source, target = (_key(edges, EDGE_COLUMNS, end, end) for end in ("source", "target"))
    made = tuple(_node(row, id_key, f"{place}: /nodes/{i}") for i, row in enumerate(nodes))
    by_number = [n.id for n in made] if not any(_is_number(n.get(id_key)) for n in nodes if isinstance(n, dict)) else []
    joined = tuple(_edge(row, (source, target), f"{place}: /{table}/{i}", by_number) for i, row in enumerate(edges))
    if not directed:
        joined = tuple(msgspec.structs.replace(e, directed=False) for e in joined)
    graph = Graph(name, made, joined)
    said = value.get("graph")
    return head_of(graph, said, f"{place}: /graph") if isinstance(said, dict) else graph


def _key(rows: list[Any], known: Mapping[str, tuple[str, ...]], ours: str, usual: str) -> str:
    """The key under which the first row holds an attribute of ours."""
    first = next((r for r in rows if isinstance(r, dict)), {})
    return usual if usual in first else columns(first, known).get(ours, usual)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _text(value: Json, what: str, place: str) -> str:
    if isinstance(value, str) and value:
        return value
    if _is_number(value):
        return str(value)
    found = "is missing" if value is None else "is no text"
    raise BadInput(f"the {what} {found}", place=place, mend="give it as a text that is not empty")


def _node(row: Any, id_key: str, place: str) -> Node:
    if isinstance(row, str | int) and not isinstance(row, bool):
        row = {id_key: row}
    if not isinstance(row, dict):
        raise BadInput("a node is an object with an id", place=place, mend='write it as {"id": "attention"}')
    inner = row.get("data")  # Cytoscape keeps a node's attributes there
    if id_key not in row and isinstance(inner, dict):
        row = inner
    values = {k: v for k, v in row.items() if k != id_key}
    return Node(_text(row.get(id_key), "id", f"{place}/{id_key}"), place, values)


def _edge(row: Any, keys: tuple[str, str], place: str, by_number: list[str]) -> Edge:
    """An edge; where no node's id is a number, D3's numbers of nodes in their list are understood as ends."""
    if not isinstance(row, dict):
        what = "an edge is an object with a source and a target"
        raise BadInput(what, place=place, mend='write it as {"source": "a", "target": "b"}')
    ends = []
    for key, what in zip(keys, ("source", "target"), strict=True):
        end: Any = row.get(key)
        if _is_number(end) and 0 <= end < len(by_number):
            end = by_number[end]
        ends.append(_text(end, what, f"{place}/{key}"))
    return Edge(ends[0], ends[1], place, {k: v for k, v in row.items() if k not in keys})
