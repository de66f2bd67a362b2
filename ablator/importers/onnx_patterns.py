"""Ideas that the operators of an ONNX graph show, pattern by pattern."""

from collections.abc import Callable, Iterable, Iterator

from ablator.importers.hf_ideas import Ideas
from ablator.importers.onnx_graph import Graph, Node

PASSING = frozenset(
    {"Add", "Mul", "Div", "Sub", "Where", "Cast", "Reshape", "Transpose", "Identity", "Dropout", "IsNaN", "Clip"}
    | {"Squeeze", "Unsqueeze", "Slice", "Expand", "Tanh"}
)
"""Operators that stand between the products of an attention and its softmax."""

PRODUCTS = frozenset({"MatMul", "Gemm", "Einsum", "FusedMatMul", "MatMulInteger"})
ATTENTIONS = frozenset({"Attention", "MultiHeadAttention", "GroupQueryAttention", "DecoderMaskedMultiHeadAttention"})
ACTIVATIONS = frozenset({"Relu", "Gelu", "Sigmoid", "Tanh", "Erf", "LeakyRelu", "Elu", "Softplus", "HardSwish", "Mul"})
HOPS = 8
LOOKS = 400
"""Operators that one search looks at, at most."""


class Operators:
    """A graph's operators by what they make and who takes it."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.weights = {w.name: w for w in graph.weights}
        self.maker: dict[str, Node] = {}
        self.takers: dict[str, list[Node]] = {}
        self.kinds: dict[str, list[Node]] = {}
        for node in graph.nodes:
            self.kinds.setdefault(node.op, []).append(node)
            for out in node.outputs:
                self.maker.setdefault(out, node)
            for taken in node.inputs:
                self.takers.setdefault(taken, []).append(node)

    def all(self, *ops: str) -> list[Node]:
        """The operators of these kinds, in the order of the graph by kind."""
        return [n for op in ops for n in self.kinds.get(op, ())]

    def above(self, node: Node, through: frozenset[str] | None = PASSING, hops: int = HOPS) -> Iterator[Node]:
        """Operators that feed a node, nearest first; beyond the first only through the given kinds."""
        yield from self._walk(node, lambda n: [m for i in n.inputs if (m := self.maker.get(i))], through, hops)

    def below(self, node: Node, through: frozenset[str] | None = PASSING, hops: int = HOPS) -> Iterator[Node]:
        """Operators that a node feeds, nearest first; beyond the first only through the given kinds."""
        yield from self._walk(node, lambda n: [t for o in n.outputs for t in self.takers.get(o, ())], through, hops)

    def _walk(
        self, node: Node, step: Callable[[Node], list[Node]], through: frozenset[str] | None, hops: int
    ) -> Iterator[Node]:
        seen: set[int] = {id(node)}
        ring = [node]
        for _ in range(hops):
            following = []
            for n in ring:
                if n is not node and through is not None and n.op not in through:
                    continue
                for other in step(n):
                    if id(other) not in seen and len(seen) < LOOKS:
                        seen.add(id(other))
                        following.append(other)
                        yield other
            ring = following

    def weight_of(self, node: Node) -> tuple[int, ...] | None:
        """Shape of the first weight that a node takes."""
        return next((self.weights[i].shape for i in node.inputs if i in self.weights), None)


def read_patterns(ideas: Ideas, ops: Operators) -> None:
    """Note every idea that operators show; what names or classes showed already stays."""
    for idea, find in _PATTERNS:
        node = next(iter(find(ops)), None)
        if node is not None and not ideas.has(idea):
            ideas.put(idea, "read", [f"{node.name or node.op} ({node.op})"])
    if ideas.has("softmax_attention"):
        for idea in ("multi_head_attention",):
            if not ideas.has(idea):
                ideas.put(idea, "inferred", ["Softmax between two products"])


def _attention(ops: Operators) -> Iterable[Node]:
    yield from ops.all(*ATTENTIONS)
    for node in ops.all("Softmax"):
        product_above = any(n.op in PRODUCTS for n in ops.above(node))
        if product_above and any(n.op in PRODUCTS and not ops.weight_of(n) for n in ops.below(node)):
            yield node


def _causal(ops: Operators) -> Iterable[Node]:
    for node in ops.all(*ATTENTIONS):
        if node.numbers.get("is_causal") == [1] or node.numbers.get("unidirectional") == [1]:
            yield node
    if next(iter(_attention(ops)), None) is not None:
        yield from ops.all("Trilu")


def _grouped(ops: Operators) -> Iterable[Node]:
    for node in ops.all("GroupQueryAttention", "Attention"):
        heads, kv = node.numbers.get("num_heads"), node.numbers.get("kv_num_heads")
        if heads and kv and 0 < kv[0] < heads[0]:
            yield node


def _rope(ops: Operators) -> Iterable[Node]:
    yield from ops.all("RotaryEmbedding")
    for node in ops.all("Neg"):
        if any(n.op == "Slice" for n in ops.above(node, hops=1)) and any(
            n.op == "Concat" for n in ops.below(node, hops=1)
        ):
            yield node


def _layernorm(ops: Operators) -> Iterable[Node]:
    yield from ops.all("LayerNormalization", "SkipLayerNormalization")
    yield from _by_mean(ops, centred=True)


def _rmsnorm(ops: Operators) -> Iterable[Node]:
    yield from ops.all("SimplifiedLayerNormalization", "RMSNormalization", "SkipSimplifiedLayerNormalization")
    yield from _by_mean(ops, centred=False)


def _by_mean(ops: Operators, *, centred: bool) -> Iterable[Node]:
    """Mean of squares under a root; centred where a difference was squared."""
    for node in ops.all("ReduceMean"):
        squares = [n for n in ops.above(node, hops=1) if n.op in {"Pow", "Mul"}]
        rooted = any(n.op == "Sqrt" for n in ops.below(node, frozenset({"Add"}), 2))
        if squares and rooted and any(n.op == "Sub" for n in ops.above(squares[0], hops=1)) == centred:
            yield node


def _silu(ops: Operators) -> Iterable[Node]:
    yield from ops.all("Silu", "Swish")
    for node in ops.all("Sigmoid"):
        for below in ops.below(node, hops=1):
            if below.op == "Mul" and node.inputs[:1] and node.inputs[0] in below.inputs:
                yield node


def _gelu(ops: Operators) -> Iterable[Node]:
    yield from ops.all("Gelu", "FastGelu", "QuickGelu", "BiasGelu")
    yield from (n for n in ops.all("Erf") if any(b.op == "Add" for b in ops.below(n, hops=1)))
    if "Pow" not in ops.kinds:
        return
    yield from (n for n in ops.all("Tanh") if any(a.op == "Pow" for a in ops.above(n, frozenset({"Mul", "Add"}), 4)))


def _mlp(ops: Operators) -> Iterable[Node]:
    if not PRODUCTS & ops.kinds.keys():
        return
    narrow = frozenset({"Add", "Identity", "Dropout", "Cast"}) | ACTIVATIONS
    for node in ops.all("Relu", "Gelu", "Erf", "Sigmoid", "Tanh", "FastGelu", "QuickGelu"):
        up = next((n for n in ops.above(node, narrow, 4) if n.op in PRODUCTS and ops.weight_of(n)), None)
        if up is not None and any(n.op in PRODUCTS and ops.weight_of(n) for n in ops.below(node, narrow, 6)):
            yield up


def _gated(ops: Operators) -> Iterable[Node]:
    for node in ops.all("Mul"):
        made = [m for i in node.inputs if (m := ops.maker.get(i))]
        if len(made) != 2:
            continue
        plain = next((m for m in made if m.op in PRODUCTS and ops.weight_of(m)), None)
        other = next((m for m in made if m is not plain), None)
        if plain is None or other is None or other.op not in ACTIVATIONS:
            continue
        gate = next((n for n in ops.above(other, ACTIVATIONS, 5) if n.op in PRODUCTS and ops.weight_of(n)), None)
        if gate is not None and gate is not plain and gate.inputs[:1] == plain.inputs[:1]:
            yield node


def _residual(ops: Operators) -> Iterable[Node]:
    """A sum of two computed tensors, one of which the other was made from."""
    for node in ops.all("Add")[:500]:
        computed = [i for i in node.inputs if i not in ops.weights]
        if len(computed) != 2 or computed[0] == computed[1]:
            continue
        for kept, branch in (computed, computed[::-1]):
            made = ops.maker.get(branch)
            if made is None or len(ops.takers.get(kept, ())) < 2 or made.op in {"Gather", "Constant"}:
                continue
            if kept in made.inputs or any(kept in n.inputs for n in ops.above(made, None, 24)):
                yield node
                break


def _convolution(ops: Operators) -> Iterable[Node]:
    for node in ops.all("Conv", "ConvInteger", "QLinearConv", "FusedConv"):
        groups = node.numbers.get("group", [1])[0]
        kernel = node.numbers.get("kernel_shape", [3])
        if groups == 1 and max(kernel, default=1) > 1 and not _patches(node):
            yield node


def _patches(node: Node) -> bool:
    kernel, strides = node.numbers.get("kernel_shape"), node.numbers.get("strides")
    return bool(kernel) and kernel == strides and max(kernel or [0]) >= 4


def _depthwise(ops: Operators) -> Iterable[Node]:
    for node in ops.all("Conv"):
        shape = ops.weight_of(node)
        groups = node.numbers.get("group", [1])[0]
        if groups > 1 and (shape is None or (len(shape) > 2 and shape[1] == 1)):
            yield node


def _patch_embedding(ops: Operators) -> Iterable[Node]:
    first = next(iter(ops.all("Conv")), None)
    if first is not None and _patches(first):
        yield first


def _tables(ops: Operators) -> Iterable[Node]:
    for node in ops.all("Gather"):
        weight = ops.weights.get(node.inputs[0]) if node.inputs else None
        if weight is not None and len(weight.shape) == 2 and weight.shape[1] > 1 and weight.dtype[0] in "FB":
            yield node


def _tied(ops: Operators) -> Iterable[Node]:
    tables = {n.inputs[0] for n in _tables(ops)}
    for node in ops.graph.nodes:
        if node.op in PRODUCTS | {"Transpose"} and any(i in tables for i in node.inputs):
            yield node


def _two_ways(ops: Operators) -> Iterable[Node]:
    return (n for n in ops.all("LSTM", "GRU", "RNN") if n.words.get("direction") == "bidirectional")


def _skips(ops: Operators) -> Iterable[Node]:
    for node in ops.all("Concat"):
        if any(n.op in {"Resize", "Upsample", "ConvTranspose"} for n in ops.above(node, hops=1)):
            yield node


def _dense(ops: Operators) -> Iterable[Node]:
    """Concatenations whose result is concatenated again, many times: dense connections."""
    chained = [n for n in ops.all("Concat") if any(b.op == "Concat" for b in ops.below(n, hops=1))]
    return chained if len(chained) >= 8 else ()


def _of(*kinds: str) -> Callable[[Operators], Iterable[Node]]:
    return lambda ops: ops.all(*kinds)


_PATTERNS: tuple[tuple[str, Callable[[Operators], Iterable[Node]]], ...] = (
    ("softmax_attention", _attention),
    ("grouped_query_attention", _grouped),
    ("causal_masking", _causal),
    ("rope", _rope),
    ("layernorm", _layernorm),
    ("rmsnorm", _rmsnorm),
    ("batchnorm", _of("BatchNormalization")),
    ("groupnorm", _of("GroupNormalization")),
    ("gelu", _gelu),
    ("silu", _silu),
    ("relu", _of("Relu")),
    ("gated_mlp", _gated),
    ("ffn_mlp", _mlp),
    ("residual_connection", _residual),
    ("moe_layer", _of("MoE", "QMoE")),
    ("recurrence", _of("LSTM", "GRU", "RNN")),
    ("gated_cell", _of("LSTM", "GRU")),
    ("bidirectional_rnn", _two_ways),
    ("depthwise_conv", _depthwise),
    ("convolution", _convolution),
    ("patch_embedding", _patch_embedding),
    ("unet_skips", _skips),
    ("dense_connections", _dense),
    ("global_avg_pool", _of("GlobalAveragePool")),
    ("token_embedding", _tables),
    ("weight_tying", _tied),
)
