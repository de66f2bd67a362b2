"""Which kind of graph a file is, and its reading."""

from collections.abc import Mapping
from typing import Any

from ablator.importers.found import Reading
from ablator.importers.graph_csv import looks_like_graph_table, read_graph_table
from ablator.importers.graph_json import read_node_link
from ablator.importers.graph_parts import Graph
from ablator.importers.graph_xml import looks_like_graphml, read_graphml


def graph_reading(data: bytes, name: str, place: str) -> Reading | None:
    """The reading of a GraphML file or of a table of elements or relations; None for any other file."""
    if looks_like_graphml(data):
        return _reading(read_graphml(data, name, place), "GraphML")
    if name.lower().endswith((".csv", ".tsv")) and looks_like_graph_table(data):
        graph = read_graph_table(data, name, place)
        return _reading(graph, "table of relations" if graph.edges else "table of elements")
    return None


def read_node_link_graph(value: Mapping[str, Any], name: str, place: str) -> Reading:
    """The reading of node-link JSON."""
    return _reading(read_node_link(value, name, place), "node-link JSON")


def _reading(graph: Graph, form: str) -> Reading:
    return Reading(file=graph.file, format=form, role="model", graph=graph)
