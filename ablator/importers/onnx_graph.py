"""The structure of an ONNX model: operators, names, shapes of weights; no weight is read and no other file opened."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from ablator.core.errors import BadInput, one_line
from ablator.importers.protobuf import BYTES, VARINT, Malformed, fields, numbers, signed, text

NODES_LIMIT = 1_000_000
DEPTH_LIMIT = 32
MEND = "export the model again, or hand in its config.json"
ATTRIBUTES_OF = frozenset(
    {
        "Conv",
        "LSTM",
        "GRU",
        "RNN",
        "Attention",
        "MultiHeadAttention",
        "GroupQueryAttention",
        "Constant",
        "If",
        "Loop",
        "Scan",
    }
)
"""Operators whose attributes are looked at."""

TYPES: Mapping[int, str] = {
    1: "F32",
    2: "U8",
    3: "I8",
    5: "I16",
    6: "I32",
    7: "I64",
    9: "BOOL",
    10: "F16",
    11: "F64",
} | {
    16: "BF16",
    17: "F8_E4M3",
    19: "F8_E5M2",
}
HIERARCHY, SCOPES = "pkg.torch.onnx.class_hierarchy", "pkg.torch.onnx.name_scopes"


class Node(msgspec.Struct):
    """One operator. `scope` is the module that it belongs to and `classes` the classes around it, where known."""

    op: str
    name: str = ""
    inputs: list[str] = []
    outputs: list[str] = []
    numbers: dict[str, list[int]] = {}
    words: dict[str, str] = {}
    classes: tuple[str, ...] = ()
    scope: str = ""


class Tensor(msgspec.Struct, frozen=True):
    """A weight's name, shape and type."""

    name: str
    shape: tuple[int, ...]
    dtype: str


class Graph(msgspec.Struct):
    """Operators of the main graph and of those inside it, the weights, and who wrote the file."""

    nodes: list[Node]
    weights: list[Tensor]
    inputs: list[str]
    producer: str = ""
    opset: int = 0
    external: bool = False


class _Frame(msgspec.Struct):
    begin: int
    end: int
    depth: int


def read_graph(data: memoryview, name: str) -> Graph:
    """The structure of a model. Raises BadInput, with the byte, for what is no ONNX model or has no operators."""
    if not len(data):
        raise BadInput("the file is empty", place=f"{name}", mend="export the model again")
    try:
        graph = _model(data, name)
    except Malformed as wrong:
        raise BadInput(f"this is no ONNX model: {wrong}", place=name, mend=MEND) from None
    except IndexError:
        raise BadInput(f"this is no ONNX model: it ends early (byte {len(data):,})", place=name, mend=MEND) from None
    if not graph.nodes:
        raise BadInput("the graph has no operators (byte 0)", place=name, mend=MEND)
    _check_order(graph, name)
    return graph


def _model(data: memoryview, name: str) -> Graph:
    graph = Graph([], [], [])
    found = False
    for number, wire, begin, end in fields(data, 0, len(data)):
        if number == 7 and wire == BYTES:
            found = True
            _graphs(data, _Frame(begin, end, 0), graph, name)
        elif number == 2 and wire == BYTES:
            graph.producer = text(data, begin, end)[:80]
        elif number == 8 and wire == BYTES:
            opset = {n: (b, e, w) for n, w, b, e in fields(data, begin, end)}
            if 1 not in opset or opset[1][0] == opset[1][1]:
                graph.opset = opset.get(2, (0, 0, 0))[0]
        elif number == 25 and wire == BYTES:
            _function(data, begin, end, graph)
    if not found:
        raise BadInput("there is no graph in it (byte 0)", place=name, mend=MEND)
    return graph


def _graphs(data: memoryview, first: _Frame, graph: Graph, name: str) -> None:
    """The operators and weights of a graph and, without recursion, of the graphs inside its operators."""
    todo = [first]
    while todo:
        frame = todo.pop()
        if frame.depth > DEPTH_LIMIT:
            raise BadInput(f"graphs stand in graphs more than {DEPTH_LIMIT} deep", place=name, mend=MEND)
        for number, wire, begin, end in fields(data, frame.begin, frame.end):
            if wire != BYTES:
                continue
            if number == 1:
                node, inner = _node(data, begin, end)
                graph.nodes.append(node)
                todo += [_Frame(b, e, frame.depth + 1) for b, e in inner]
                if len(graph.nodes) > NODES_LIMIT:
                    raise BadInput(f"the graph has more than {NODES_LIMIT:,} nodes", place=name, mend=MEND)
            elif number == 5:
                graph.weights.append(_tensor(data, begin, end, graph))
            elif number == 11 and frame.depth == 0:
                graph.inputs.append(_named(data, begin, end))


def _function(data: memoryview, begin: int, end: int, graph: Graph) -> None:
    """The operators of a function of the model stand for those of the places that call it."""
    for number, wire, b, e in fields(data, begin, end):
        if number == 7 and wire == BYTES:
            graph.nodes.append(_node(data, b, e)[0])


def _node(data: memoryview, begin: int, end: int) -> tuple[Node, list[tuple[int, int]]]:
    node = Node("")
    node.inputs, node.outputs, node.numbers, node.words = [], [], {}, {}
    attributes: list[tuple[int, int]] = []
    inner: list[tuple[int, int]] = []
    for number, wire, b, e in fields(data, begin, end):
        if wire != BYTES:
            continue
        if number == 1:
            node.inputs.append(text(data, b, e))
        elif number == 2:
            node.outputs.append(text(data, b, e))
        elif number == 3:
            node.name = text(data, b, e)
        elif number == 4:
            node.op = text(data, b, e)
        elif number == 5:
            attributes.append((b, e))
        elif number == 9:
            _note(data, b, e, node)
    if node.op in ATTRIBUTES_OF:
        for b, e in attributes:
            inner += _attribute(data, b, e, node)
    if not node.scope and node.name.startswith("/"):
        node.scope = node.name.rpartition("/")[0].strip("/").replace("/", ".")
    return node, inner


def _note(data: memoryview, begin: int, end: int, node: Node) -> None:
    """The scope and classes that PyTorch's exporter notes beside an operator."""
    pair = {n: (b, e) for n, w, b, e in fields(data, begin, end) if w == BYTES}
    if 1 not in pair or 2 not in pair:
        return
    key = text(data, *pair[1])
    if key == HIERARCHY:
        node.classes = _words(text(data, *pair[2]))
    elif key == SCOPES:
        scopes = _words(text(data, *pair[2]))
        node.scope = scopes[-2] if len(scopes) > 1 else ""


def _words(listed: str) -> tuple[str, ...]:
    """The words of a Python list of texts, as its repr writes them."""
    return tuple(w.strip().strip("'\"") for w in listed.strip("[] ").split(","))


def _attribute(data: memoryview, begin: int, end: int, node: Node) -> list[tuple[int, int]]:
    """Note whole numbers and words of an attribute; return the graphs inside it."""
    name, values, word, inner = "", [], "", []
    for number, wire, b, e in fields(data, begin, end):
        if number == 1 and wire == BYTES:
            name = text(data, b, e)
        elif number == 3 and wire == VARINT:
            values.append(signed(b))
        elif number == 8:
            values += numbers(data, wire, b, e) if wire in {VARINT, BYTES} else []
        elif number == 4 and wire == BYTES:
            word = text(data, b, min(e, b + 64))
        elif number in {6, 11} and wire == BYTES:
            inner.append((b, e))
    if values and len(values) <= 64:
        node.numbers[name] = values
    if word:
        node.words[name] = word
    return inner


def _tensor(data: memoryview, begin: int, end: int, graph: Graph) -> Tensor:
    shape: list[int] = []
    name, kind = "", 0
    for number, wire, b, e in fields(data, begin, end):
        if number == 1 and wire in {VARINT, BYTES}:
            shape += numbers(data, wire, b, e)
        elif number == 2 and wire == VARINT:
            kind = b
        elif number == 8 and wire == BYTES:
            name = text(data, b, e)
        elif number == 13 or (number == 14 and b == 1):
            graph.external = True
    if any(n < 0 for n in shape) or len(shape) > 64:
        raise Malformed(f"weight “{one_line(name, 80)}” has a dimension below zero", begin)
    return Tensor(name, tuple(shape), TYPES.get(kind, "?"))


def _named(data: memoryview, begin: int, end: int) -> str:
    return next((text(data, b, e) for n, w, b, e in fields(data, begin, end) if n == 1 and w == BYTES), "")


def _check_order(graph: Graph, name: str) -> None:
    """No operator takes what it makes itself."""
    for node in graph.nodes:
        if any(i and i in node.outputs for i in node.inputs):
            raise BadInput(f"node “{one_line(node.name or node.op, 80)}” feeds itself", place=name, mend=MEND)


def scoped(graph: Graph) -> Iterable[Tensor]:
    """The weights without constants; those that the exporter renamed get the name of the module that uses them."""
    users: dict[str, Node] = {}
    for node in graph.nodes:
        for i in node.inputs:
            users.setdefault(i, node)
    for w in graph.weights:
        user = users.get(w.name)
        if user is None or (len(w.shape) == 4 and "Conv" not in user.op) or not w.shape:
            continue  # a mask, a table of angles, a number
        if user.scope and (w.name.startswith(("onnx::", "val_")) or w.name.isdigit()):
            yield Tensor(f"{user.scope}.weight", w.shape, w.dtype)
        else:
            yield w


def mapped(path: Path) -> memoryview:
    """A file's bytes as the system pages them in; the empty file as no bytes."""
    import mmap

    with path.open("rb") as stream:
        if stream.seek(0, 2) == 0:
            return memoryview(b"")
        return memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
