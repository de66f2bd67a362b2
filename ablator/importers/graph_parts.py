"""A graph as a file tells it: nodes and edges with their attributes and the place of each, before it is understood."""

from typing import Final

import msgspec

from ablator.core.elements import Json

MAX_NODES: Final = 50_000
MAX_EDGES: Final = 200_000
"""Counted before anything is made of them."""


class Node(msgspec.Struct, frozen=True):
    """One node: the id that the file gives it, where it stands, and its other attributes under the file's own names."""

    id: str
    place: str
    values: dict[str, Json] = msgspec.field(default_factory=dict)


class Edge(msgspec.Struct, frozen=True):
    """One edge between two nodes of this or another file."""

    source: str
    target: str
    place: str
    values: dict[str, Json] = msgspec.field(default_factory=dict)
    directed: bool = True


class Graph(msgspec.Struct, frozen=True):
    """The nodes and edges of one file. `head` holds the study's settings where the graph was written from a study."""

    file: str
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    head: dict[str, Json] | None = None
    native: bool = False
    """Whether attributes are JSON values already; where they are texts, some stand for JSON."""
    told: tuple[str, ...] = ()
    """What was understood how, as sentences for people."""
