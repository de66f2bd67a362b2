"""GraphML from a file that may be anything: no DTD, no entities, nothing fetched, everything counted."""

import re
from typing import Final
from xml.parsers import expat

from ablator.core.elements import Json
from ablator.core.errors import BadInput
from ablator.importers.graph_head import head_of
from ablator.importers.graph_parts import MAX_EDGES, MAX_NODES, Edge, Graph, Node
from ablator.importers.text_source import CONFIG_LIMIT

MAX_DEPTH: Final = 64
MAX_KEYS: Final = 1000
MAX_TEXT: Final = 1_000_000
LABELS: Final = frozenset({"NodeLabel", "EdgeLabel"})
"""Elements in which yEd keeps the label of a node or edge."""

GROUP: Final = "contained in"


def looks_like_graphml(data: bytes) -> bool:
    """Whether the first bytes are XML whose root is a graph; in UTF-16 too."""
    head = data[:2000].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return head.startswith(b"<") and re.search(rb"<(?:[\w.-]+:)?graphml[\s>/]", head) is not None


def read_graphml(data: bytes, name: str, place: str) -> Graph:
    """The one graph of the file, nested graphs laid flat. Raises BadInput with `FILE:LINE` for what is none."""
    if len(data) > CONFIG_LIMIT:
        raise BadInput(f"the file has {len(data):,} bytes", place=place, mend="hand in a smaller graph")
    reader = _Reader(place)
    try:
        reader.parser.Parse(data, True)
    except expat.ExpatError as wrong:
        what = expat.errors.messages.get(wrong.code, "broken")
        raise BadInput(
            f"not XML: {what}, column {wrong.offset + 1}",
            place=f"{place}:{wrong.lineno}",
            mend="mend the line, or export the graph again",
        ) from None
    except (ValueError, LookupError):  # of an encoding that the file names and expat does not know
        raise reader.wrong("its encoding cannot be read", "export the graph as UTF-8") from None
    if not reader.graphs:
        raise reader.wrong("there is no graph in it", "hand in a GraphML file with one graph")
    graph = Graph(name, tuple(reader.nodes), tuple(reader.edges), told=tuple(reader.told))
    return head_of(graph, reader.head, f"{place}:1")


class _Reader:
    """One pass over the file; `stack` holds the names of the elements that are open."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.stack: list[str] = []
        self.keys: dict[str, tuple[str, str, str]] = {}
        """Id of a key → what it is for, its name, its type."""
        self.defaults: dict[tuple[str, str], Json] = {}
        self.nodes: list[Node] = []
        self.edges: list[Edge] = []
        self.head: dict[str, Json] = {}
        self.told: dict[str, None] = {}
        self.graphs = 0
        self.directed = [True]
        self.open: list[Node | Edge] = []
        self.data: str | None = None
        self.nested = False
        self.text: list[str] = []
        self.length = 0
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.EntityDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters

    def wrong(self, what: str, mend: str) -> BadInput:
        """An error at the line that is being read."""
        return BadInput(what, place=f"{self.place}:{self.parser.CurrentLineNumber}", mend=mend)

    def _doctype(self, *_: object) -> None:
        what = f"line {self.parser.CurrentLineNumber} declares a document type or entities, which are not read"
        raise self.wrong(what, "take the declaration out")

    def _start(self, tag: str, given: dict[str, str]) -> None:
        word = tag.rpartition(":")[2]
        if len(self.stack) >= MAX_DEPTH:
            raise self.wrong(f"nested deeper than {MAX_DEPTH}", "hand in another file")
        if not self.stack and word != "graphml":
            raise self.wrong(f"the file begins with <{word[:40]}>, not with <graphml>", "hand in a GraphML file")
        self.stack.append(word)
        if self.data is not None:
            self.nested = True
            if word in LABELS:
                self.text, self.length = [], 0
            return
        match word:
            case "key":
                self._key(given)
            case "graph":
                self._graph(given)
            case "node":
                self._node(given)
            case "edge":
                self._edge(given)
            case "hyperedge":
                raise self.wrong("a hyperedge joins more than two nodes", "write it as edges, a node between them")
            case "data" | "default":
                self.data, self.text, self.length = given.get("key", self._last_key), [], 0
                self.nested = False

    _last_key = ""

    def _key(self, given: dict[str, str]) -> None:
        key = given.get("id", "")
        if len(self.keys) >= MAX_KEYS:
            raise self.wrong(f"it declares more than {MAX_KEYS} attributes", "hand in a smaller graph")
        if key in self.keys:
            raise self.wrong(f"the key {key[:80]!r} is declared twice", "remove one of them")
        name = given.get("attr.name") or ("label" if "yfiles.type" in given else key)
        self.keys[key] = (given.get("for", "all"), name, given.get("attr.type", "string"))
        self._last_key = key

    def _graph(self, given: dict[str, str]) -> None:
        if len(self.directed) == 1 and self.graphs:
            raise self.wrong("there is a second graph", "keep one graph a file")
        self.graphs += 1
        if not self.open and len(self.directed) > 1:
            raise self.wrong("a graph lies in a graph, but in no node", "put it into a node")
        if self.open:
            self.told["groups are laid flat"] = None
        self.directed.append(given.get("edgedefault", "directed") != "undirected")

    def _node(self, given: dict[str, str]) -> None:
        if not given.get("id"):
            raise self.wrong("a node without an id", "give every node an id")
        if len(self.nodes) + len(self.open) >= MAX_NODES:
            raise self.wrong(f"more than {MAX_NODES:,} nodes", "hand in a smaller graph")
        node = Node(given["id"], self._here(), self._start_values("node"))
        group = next((n.id for n in reversed(self.open) if isinstance(n, Node)), None)
        if group is not None:
            node.values[GROUP] = group
        self.open.append(node)
        self.nodes.append(node)

    def _edge(self, given: dict[str, str]) -> None:
        for end in ("source", "target"):
            if not given.get(end):
                raise self.wrong(f"an edge without a {end}", "give every edge both ends")
        if len(self.edges) >= MAX_EDGES:
            raise self.wrong(f"more than {MAX_EDGES:,} edges", "hand in a smaller graph")
        directed = {"true": True, "false": False}.get(given.get("directed", ""), self.directed[-1])
        edge = Edge(given["source"], given["target"], self._here(), self._start_values("edge"), directed)
        self.open.append(edge)
        self.edges.append(edge)

    def _start_values(self, target: str) -> dict[str, Json]:
        return {name: value for (where, name), value in self.defaults.items() if where in {target, "all"}}

    def _here(self) -> str:
        return f"{self.place}:{self.parser.CurrentLineNumber}"

    def _characters(self, text: str) -> None:
        if self.data is None:
            return
        self.length += len(text)
        if self.length > MAX_TEXT:
            raise self.wrong("a text of more than a million characters", "hand in a smaller graph")
        self.text.append(text)

    def _end(self, tag: str) -> None:
        word = self.stack.pop()
        if self.data is not None:
            if word in LABELS:
                self._take("label", "".join(self.text).strip())
                self.text = []
            elif word in {"data", "default"} and self.stack[-1:] not in (["data"], ["default"]):
                self._data(word)
            return
        if word in {"node", "edge"} and self.open:
            self.open.pop()
        elif word == "graph":
            self.directed.pop()

    def _data(self, word: str) -> None:
        key, text = self.data or "", "".join(self.text)
        self.data = None
        if key not in self.keys:
            raise self.wrong(f"there is no key {key[:80]!r}", "declare it, or take the data out")
        where, name, kind = self.keys[key]
        if self.nested or not (text.strip() or kind == "string"):
            return
        value = self._typed(text, kind, name)
        if word == "default":
            self.defaults[where, name] = value
        elif self.open:
            self._take(name, value)
        elif self.stack and self.stack[-1] == "graph":
            self.head[name] = value

    def _take(self, name: str, value: Json) -> None:
        if self.open:
            self.open[-1].values[name] = value

    def _typed(self, text: str, kind: str, name: str) -> Json:
        plain = text.strip()
        if kind in {"int", "long"} and re.fullmatch(r"[+-]?[0-9]{1,18}", plain):
            return int(plain)
        if kind in {"float", "double"} and re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", plain):
            number = float(plain)
            if number - number == 0:
                return number
        if kind == "boolean" and plain.lower() in {"true", "false", "1", "0"}:
            return plain.lower() in {"true", "1"}
        if kind == "string":
            return text
        raise self.wrong(f"{name[:80]}: {plain[:40]!r} is no {kind[:20]} that can be read", "mend the value")
