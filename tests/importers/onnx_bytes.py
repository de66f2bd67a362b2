"""Small ONNX models, written byte by byte."""

from collections.abc import Sequence


def varint(value: int) -> bytes:
    value &= 2**64 - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def block(field: int, data: bytes | str) -> bytes:
    raw = data.encode() if isinstance(data, str) else data
    return varint(field << 3 | 2) + varint(len(raw)) + raw


def attribute(name: str, values: Sequence[int]) -> bytes:
    return block(5, block(1, name) + b"".join(number(8, v) for v in values))


def node(op: str, inputs: str, outputs: str, name: str = "", extra: bytes = b"") -> bytes:
    body = b"".join(block(1, i) for i in inputs.split()) + b"".join(block(2, o) for o in outputs.split())
    return block(1, body + block(3, name) + block(4, op) + extra)


def weight(name: str, *shape: int, extra: bytes = b"") -> bytes:
    return block(5, b"".join(number(1, n) for n in shape) + number(2, 1) + block(8, name) + extra)


def model(*parts: bytes) -> bytes:
    return number(1, 8) + block(2, "test") + block(7, b"".join(parts)) + block(8, block(1, "") + number(2, 17))


def attention_block() -> bytes:
    """One attention with a causal mask, its residual sum, a layer norm and an MLP with its own."""
    return model(
        node("Gather", "table ids", "x"),
        node("LayerNormalization", "x g b", "n"),
        *(node("MatMul", f"n w{p}", p, f"/layers.0/attn/{p}_proj/MatMul") for p in "qkv"),
        node("Transpose", "k", "kt"),
        node("MatMul", "q kt", "s"),
        node("Trilu", "ones", "mask"),
        node("Add", "s mask", "sm"),
        node("Softmax", "sm", "p"),
        node("MatMul", "p v", "o"),
        node("MatMul", "o wo", "y", "/layers.0/attn/o_proj/MatMul"),
        node("Add", "x y", "r"),
        node("MatMul", "r w1", "h", "/layers.0/mlp/fc1/MatMul"),
        node("Gelu", "h", "a"),
        node("MatMul", "a w2", "z", "/layers.0/mlp/fc2/MatMul"),
        node("Add", "r z", "out"),
        weight("table", 100, 8),
        weight("g", 8),
        weight("b", 8),
        *(weight(f"w{p}", 8, 8) for p in "qkvo"),
        weight("w1", 8, 32),
        weight("w2", 32, 8),
    )
