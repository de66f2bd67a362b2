"""Elements and relations as two tables, or the relations alone: columns under the names that people give them."""

from collections.abc import Mapping

import msgspec

from ablator.core.errors import BadInput
from ablator.files.json_text import what_is
from ablator.importers.csv_source import Table, delimiter_of, load_csv
from ablator.importers.graph_parts import MAX_EDGES, MAX_NODES, Edge, Graph, Node
from ablator.importers.graph_words import EDGE_COLUMNS, NODE_COLUMNS, columns, flat


def looks_like_graph_table(data: bytes) -> bool:
    """Whether the first line names both ends of a relation, or the id and the lane, kind or name of an element."""
    if what_is(data) is not None:
        return False
    head = _head(data)
    ends = columns(head, EDGE_COLUMNS)
    if {"source", "target"} <= ends.keys():
        return True
    names = columns(head, NODE_COLUMNS)
    return "id" in names and bool({"lane", "kind", "name"} & names.keys())


def _head(data: bytes) -> list[str]:
    text = data[:65_536].decode("utf-8-sig", "replace")
    lines = [x for x in text.splitlines() if x.strip()]
    line = lines[1] if len(lines) > 1 and lines[0].lower().startswith("sep=") else next(iter(lines), "")
    return [c.strip().strip('"') for c in line.split(delimiter_of(line))]


FIELDS = tuple(dict.fromkeys([*NODE_COLUMNS, *EDGE_COLUMNS]))
"""What a column can be mapped to."""


def mapped_columns(data: bytes, mapping: Mapping[str, str]) -> list[str]:
    """Which columns of the mapping the table has in its first line."""
    head = set(_head(data))
    return [column for column in mapping if column in head]


def read_graph_table(data: bytes, name: str, place: str, mapping: Mapping[str, str] | None = None) -> Graph:
    """The nodes or the edges in a table. Raises BadInput with `FILE:LINE` for what is no table or lacks an end.

    `mapping` says which column stands for which of FIELDS; it outranks what the column and its neighbours are called.
    """
    table = load_csv(data, place)
    if mapping:
        table = _renamed(table, mapping)
    ends = columns(table.head, EDGE_COLUMNS)
    edges = {"source", "target"} <= ends.keys()
    most = MAX_EDGES if edges else MAX_NODES
    if len(table.rows) > most:
        raise BadInput(f"it has {len(table.rows):,} rows", place=place, mend="hand in a smaller graph")
    places = [f"{place}:{line}" for line in table.lines]
    rows = [{h: c for h, c in zip(table.head, cells, strict=True) if h and c} for cells in table.rows]
    if edges:
        return Graph(
            name, edges=tuple(_edge(r, ends["source"], ends["target"], p) for r, p in zip(rows, places, strict=True))
        )
    names = columns(table.head, NODE_COLUMNS)
    if "id" not in names:
        raise BadInput(
            "no column is the id of an element, and none are the source and target of a relation",
            place=f"{place}:1",
            mend="say which with --map COLUMN=id, or --map COLUMN=source --map COLUMN=target",
        )
    key = names["id"]
    return Graph(name, nodes=tuple(_node(r, key, p) for r, p in zip(rows, places, strict=True)))


def _renamed(table: Table, mapping: Mapping[str, str]) -> Table:
    """The table with the fields as headings; a column that bears such a name and is not meant steps back."""
    taken = {field for column, field in mapping.items() if column in table.head}
    head = tuple(mapping.get(h) or (f"column {h}" if flat(h) in taken else h) for h in table.head)
    return msgspec.structs.replace(table, head=head)


def _edge(row: dict[str, str], source: str, target: str, place: str) -> Edge:
    for column in (source, target):
        if column not in row:
            raise BadInput(f"the column {column[:80]} is empty", place=place, mend="name both ends of every relation")
    return Edge(row[source], row[target], place, {k: v for k, v in row.items() if k not in {source, target}})


def _node(row: dict[str, str], key: str, place: str) -> Node:
    if key not in row:
        raise BadInput(f"the column {key[:80]} is empty", place=place, mend="give every element an id")
    return Node(row[key], place, {k: v for k, v in row.items() if k != key})
