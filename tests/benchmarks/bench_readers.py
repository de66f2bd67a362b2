"""Readers of model files against plain parsers in the same run: `python tests/benchmarks/bench_readers.py`."""

import json
import math
import os
import statistics
import struct
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ablator.importers.build import Options, study_from_files
from ablator.importers.onnx_graph import mapped, read_graph
from ablator.importers.onnx_model import read_onnx
from ablator.importers.safetensors_header import read_header, read_safetensors
from tests.importers.onnx_bytes import block, model, node, number

ROUNDS = 7
EXPERTS = ("gate_proj", "up_proj", "down_proj")


def header(tensors: int) -> bytes:
    """The header of a mixture of experts with about so many tensors, without its data."""
    rows: dict[str, object] = {"__metadata__": {"format": "pt"}}
    at = 0
    layers = max(1, tensors // (3 * 128 + 8))
    names: list[tuple[str, list[int]]] = [("model.embed_tokens.weight", [32_000, 1024])]
    for n in range(layers):
        top = f"model.layers.{n}."
        names += [(f"{top}self_attn.{p}_proj.weight", [1024, 1024]) for p in "qkvo"]
        names += [(f"{top}{p}.weight", [1024]) for p in ("input_layernorm", "post_attention_layernorm")]
        names.append((f"{top}mlp.gate.weight", [128, 1024]))
        names += [(f"{top}mlp.experts.{e}.{p}.weight", [512, 1024]) for e in range(128) for p in EXPERTS]
    for name, shape in names:
        size = 2 * math.prod(shape)
        rows[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [at, at + size]}
        at += size
    raw = json.dumps(rows, separators=(",", ":")).encode()
    return struct.pack("<Q", len(raw)) + raw


def onnx_file(megabytes: int) -> bytes:
    """An ONNX model of many layers with that much weight inside."""
    layers, each = 120, megabytes * 1_000_000 // 120
    parts = []
    for n in range(layers):
        parts.append(node("MatMul", f"x{n} w{n}", f"h{n}"))
        parts.append(node("Relu", f"h{n}", f"a{n}"))
        parts.append(node("Add", f"x{n} a{n}", f"x{n + 1}"))
        side = int((each / 4) ** 0.5)
        dims = number(1, side) + number(1, side) + number(2, 1) + block(8, f"w{n}")
        parts.append(block(5, dims + block(9, bytes(4 * side * side))))
    return model(*parts)


def timed(*calls: Callable[[], object]) -> list[float]:
    """Median milliseconds of each call, taken in turns."""
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(ROUNDS):
        for i, call in enumerate(calls):
            start = time.perf_counter()
            call()
            taken[i].append(1000 * (time.perf_counter() - start))
    return [statistics.median(t) for t in taken]


def parsed_plainly(path: Path) -> list[tuple[str, tuple[int, ...]]]:
    """Names and shapes by struct and json."""
    with path.open("rb") as stream:
        (length,) = struct.unpack("<Q", stream.read(8))
        rows = json.loads(stream.read(length))
    return [(k, tuple(v["shape"])) for k, v in rows.items() if k != "__metadata__"]


def parsed(path: Path) -> object:
    """Checked names and shapes by our reader."""
    with path.open("rb") as stream:
        return read_header(stream, os.fstat(stream.fileno()).st_size, str(path))


def safetensors(folder: Path) -> None:
    for tensors in (10_000, 74_391):
        path = folder / f"m{tensors}.safetensors"
        path.write_bytes(header(tensors))
        raw = path.read_bytes()[8:]
        ours, reading, theirs, loads = timed(
            lambda p=path: parsed(p),  # type: ignore[misc]
            lambda p=path: read_safetensors(p),  # type: ignore[misc]
            lambda p=path: parsed_plainly(p),  # type: ignore[misc]
            lambda r=raw: json.loads(r),  # type: ignore[misc]
        )
        sys.stdout.write(
            f"safetensors header, {tensors:,} tensors, {len(raw):,} bytes: checked {ours:.1f} ms, "
            f"{ours / theirs:.2f} × struct + json ({theirs:.1f}); to ideas {reading:.1f} ms, "
            f"{reading / loads:.2f} × json.loads ({loads:.1f})\n"
        )
    study, loads = timed(lambda: study_from_files([path], Options()), lambda: json.loads(raw))
    sys.stdout.write(f"  to a finished study {study:.1f} ms, {study / loads:.2f} × json.loads ({loads:.1f})\n")


def onnx(folder: Path) -> None:
    path = folder / "m.onnx"
    path.write_bytes(onnx_file(132))
    ours, walk, copied = timed(lambda: read_onnx(path), lambda: read_graph(mapped(path), str(path)), path.read_bytes)
    sys.stdout.write(
        f"ONNX of {path.stat().st_size:,} bytes: to ideas {ours:.1f} ms, graph alone {walk:.1f} ms; "
        f"reading its bytes alone {copied:.1f} ms ({ours / copied:.2f} ×)\n"
    )
    try:
        import onnx as library
    except ImportError:
        sys.stdout.write("  the onnx library is not installed: no peer to compare with\n")
        return
    (theirs,) = timed(lambda: len(library.load(path).graph.node))
    sys.stdout.write(f"  {ours / theirs:.2f} × onnx.load and walk ({theirs:.1f})\n")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        safetensors(Path(folder))
        onnx(Path(folder))


if __name__ == "__main__":
    main()
