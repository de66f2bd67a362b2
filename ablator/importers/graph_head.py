"""Graphs that were written from a study: recognised by what the graph says of itself."""

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from ablator.core.elements import Json
from ablator.core.errors import BadInput, NewerVersion
from ablator.core.study import FORMAT, VERSION
from ablator.files.graph_text import FORMAT_KEY, PLACES, STUDY_KEY, VERSION_KEY
from ablator.importers.graph_parts import Edge, Graph, Node


def head_of(graph: Graph, said: Mapping[str, Json], place: str) -> Graph:
    """The graph with the study's head, where it names our format; any other comes back without its empty texts.

    Raises NewerVersion for a graph of a later format, BadInput where the head is no object.
    """
    if said.get(FORMAT_KEY) != FORMAT:
        return _said_alone(graph)
    version = str(said.get(VERSION_KEY, ""))
    if version.isascii() and version.isdigit() and len(version) < 10 and int(version) > VERSION:
        raise NewerVersion(
            f"version {int(version)} of the format, this program reads up to {VERSION}",
            place=place,
            mend="update Ablator",
        )
    head: Any = said.get(STUDY_KEY, {})
    native = isinstance(head, dict)
    if isinstance(head, str):
        try:
            head = json.loads(head)
        except (ValueError, RecursionError):
            head = None
    if not isinstance(head, dict):
        raise BadInput(f"the graph's {STUDY_KEY} is no JSON object", place=place, mend="export the graph again")
    return msgspec.structs.replace(
        graph,
        nodes=tuple(_without(n, PLACES) for n in graph.nodes),
        edges=tuple(_without(e, ("key",)) for e in graph.edges),
        head=head,
        native=native,
    )


def _said_alone(graph: Graph) -> Graph:
    """The graph without empty texts: editors write one for every attribute that a node does not have."""

    def told(row: Any) -> Any:
        return msgspec.structs.replace(row, values={k: v for k, v in row.values.items() if v != ""})

    return msgspec.structs.replace(graph, nodes=tuple(map(told, graph.nodes)), edges=tuple(map(told, graph.edges)))


def _without(row: Any, names: tuple[str, ...]) -> Any:
    """A node or edge without what an export adds for other programs."""
    assert isinstance(row, Node | Edge)
    return msgspec.structs.replace(row, values={k: v for k, v in row.values.items() if k not in names})
