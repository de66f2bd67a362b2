"""Which kind of graph a file is, and its reading."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from ablator.core.errors import BadInput
from ablator.files.atomic import read_bytes
from ablator.importers.found import Reading
from ablator.importers.graph_csv import FIELDS, looks_like_graph_table, mapped_columns, read_graph_table
from ablator.importers.graph_json import read_node_link
from ablator.importers.graph_parts import Graph
from ablator.importers.graph_xml import looks_like_graphml, read_graphml
from ablator.importers.text_source import CONFIG_LIMIT

TABLES = frozenset({".csv", ".tsv"})
"""Endings of tables whose columns can be mapped."""


def graph_reading(data: bytes, name: str, place: str) -> Reading | None:
    """The reading of a GraphML file or of a table of elements or relations; None for any other file."""
    if looks_like_graphml(data):
        return _reading(read_graphml(data, name, place), "GraphML")
    if name.lower().endswith((".csv", ".tsv")) and looks_like_graph_table(data):
        graph = read_graph_table(data, name, place)
        return _reading(graph, "table of relations" if graph.edges else "table of elements")
    return None


def mapped_tables(sources: Sequence[str], mapping: Mapping[str, str]) -> dict[str, Reading]:
    """The readings of those sources that are tables with a column of the mapping (column → field), by source.

    Raises BadInput for a field that there is not, a column that no table has, and two columns of one table for a field.
    """
    for field in mapping.values():
        if field not in FIELDS:
            raise BadInput(f"there is no field {field!r}", place="new --map", mend=f"there are: {', '.join(FIELDS)}")
    found: dict[str, Reading] = {}
    seen: set[str] = set()
    for source in sources:
        path = Path(source)
        if path.suffix.lower() not in TABLES or not path.is_file():
            continue
        data = read_bytes(path, CONFIG_LIMIT)
        here = {column: mapping[column] for column in mapped_columns(data, mapping)}
        if here:
            seen |= here.keys()
            found[source] = _mapped(data, source, here)
    missing = next((column for column in mapping if column not in seen), None)
    if missing is not None:
        mend = "use the heading as it stands in the first line of a CSV"
        raise BadInput(f"no table has a column {missing[:80]!r}", place="new --map", mend=mend)
    return found


def mapped_table(source: str, mapping: Mapping[str, str]) -> Reading:
    """The reading of one table whose columns stand for fields as `mapping` says. Raises BadInput where they do not."""
    data = read_bytes(Path(source), CONFIG_LIMIT)
    here = {column: mapping[column] for column in mapped_columns(data, mapping)}
    return _mapped(data, source, here)


def _mapped(data: bytes, source: str, here: Mapping[str, str]) -> Reading:
    twice = next((f for f in here.values() if list(here.values()).count(f) > 1), None)
    if twice:
        raise BadInput(f"two columns are mapped to {twice}", place=f"{source}:1", mend="map one of them")
    graph = read_graph_table(data, Path(source).name, source, here)
    form = "table of relations" if graph.edges else "table of elements"
    return msgspec.structs.replace(_reading(graph, form), sha256=hashlib.sha256(data).hexdigest())


def read_node_link_graph(value: Mapping[str, Any], name: str, place: str) -> Reading:
    """The reading of node-link JSON."""
    return _reading(read_node_link(value, name, place), "node-link JSON")


def _reading(graph: Graph, form: str) -> Reading:
    return Reading(file=graph.file, format=form, role="model", graph=graph)
