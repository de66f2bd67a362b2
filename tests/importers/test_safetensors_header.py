"""Headers of safetensors files: exact parameters, ideas by names, and nothing that a hostile file can do."""

import contextlib
import csv
import json
import math
from pathlib import Path
from typing import Any

import pytest

from ablator.core.errors import AblatorError, BadInput, CannotAccess
from ablator.importers.found import FoundIdea, Reading
from ablator.importers.safetensors_header import (
    looks_like_index,
    looks_like_safetensors,
    read_index,
    read_safetensors,
)

BYTES = {"F32": 4, "F16": 2, "BF16": 2, "I32": 4, "U32": 4, "U8": 1, "I8": 1, "I64": 8}
Shapes = dict[str, tuple[str, list[int]]]


def file_of(path: Path, tensors: Shapes, *, data: bytes | None = b"", metadata: Any = None) -> Path:
    """A safetensors file; with data None the weights are not there."""
    header: dict[str, Any] = {} if metadata is None else {"__metadata__": metadata}
    at = 0
    for name, (dtype, shape) in tensors.items():
        size = math.prod(shape) * BYTES[dtype]
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + size]}
        at += size
    raw = json.dumps(header).encode()
    body = b"" if data is None else (data or bytes(range(256)) * (at // 256 + 1))[:at]
    path.write_bytes(len(raw).to_bytes(8, "little") + raw + body)
    return path


def llama(layers: int = 2, *, head: bool = True, d: int = 16) -> Shapes:
    out: Shapes = {"model.embed_tokens.weight": ("F32", [100, d])}
    for n in range(layers):
        block = f"model.layers.{n}."
        out |= {f"{block}self_attn.{p}_proj.weight": ("F32", [d, d]) for p in "qo"}
        out |= {f"{block}self_attn.{p}_proj.weight": ("F32", [d // 4, d]) for p in "kv"}
        out |= {f"{block}mlp.{p}_proj.weight": ("F32", [4 * d, d]) for p in ("gate", "up")}
        out[f"{block}mlp.down_proj.weight"] = ("F32", [d, 4 * d])
        out |= {f"{block}{n}.weight": ("F32", [d]) for n in ("input_layernorm", "post_attention_layernorm")}
    out["model.norm.weight"] = ("F32", [d])
    return out | ({"lm_head.weight": ("F32", [100, d])} if head else {})


def by_id(reading: Reading) -> dict[str, FoundIdea]:
    return {i.idea: i for i in reading.ideas if i.present}


def facts(reading: Reading) -> dict[str, Any]:
    return {f.fact: f.value for f in reading.found}


def test_the_norms_of_torchs_own_layers_are_not_placed_by_their_names(tmp_path: Path) -> None:
    shapes: Shapes = {"emb.weight": ("F32", [100, 32])}
    for n in range(2):
        block = f"encoder.layers.{n}."
        shapes |= {f"{block}norm{k}.{p}": ("F32", [32]) for k in (1, 2) for p in ("weight", "bias")}
        shapes |= {f"{block}linear1.weight": ("F32", [64, 32]), f"{block}linear2.weight": ("F32", [32, 64])}
        shapes[f"{block}self_attn.in_proj_weight"] = ("F32", [96, 32])
    reading = read_safetensors(file_of(tmp_path / "m.safetensors", shapes), "m.safetensors")
    assert "layernorm" in by_id(reading)
    assert not {"pre_norm", "post_norm"} & set(by_id(reading))
    assert any("norms come before or after" in word for word in reading.unknown)
    named = {k.replace("norm1", "input_layernorm"): v for k, v in shapes.items()}
    assert "pre_norm" in by_id(read_safetensors(file_of(tmp_path / "m.safetensors", named), "m.safetensors"))


def test_a_small_llama(tmp_path: Path) -> None:
    reading = read_safetensors(file_of(tmp_path / "model.safetensors", llama(3)), "model.safetensors")
    ideas = by_id(reading)
    assert reading.family == "decoder_lm"
    assert reading.parameters == 2 * 1600 + 3 * (2 * 256 + 2 * 64 + 3 * 1024 + 32) + 16
    assert facts(reading)["layers"] == 3
    attention = ideas["softmax_attention"]
    assert (attention.parameters, attention.blocks, attention.status) == (3 * 640, 3, "read")
    assert attention.from_[0] == "model.safetensors: model.layers.#.self_attn.q_proj.weight"
    assert ideas["ffn_mlp"].sizes == {"inputs": 16, "outputs": 16, "hidden": 64, "matrices": 3}
    assert ideas["gated_mlp"].parameters == 3 * 1024
    assert {"grouped_query_attention", "rmsnorm", "residual_connection", "causal_masking"} <= set(ideas)
    assert ideas["residual_connection"].status == "inferred"
    assert "weight_tying" not in ideas


def test_a_missing_head_is_a_tied_one_and_a_copied_one_counts_once(tmp_path: Path) -> None:
    without = read_safetensors(file_of(tmp_path / "a.safetensors", llama(head=False)))
    assert by_id(without)["weight_tying"].status == "inferred"
    twice = llama(d=16)
    size = sum(math.prod(shape) * 4 for _, shape in twice.values())
    table = bytes((7 * n) % 251 for n in range(6400))
    body = table + bytes(size - 12800) + table
    with_copy = read_safetensors(file_of(tmp_path / "b.safetensors", twice, data=body))
    assert by_id(with_copy)["weight_tying"].status == "read"
    assert with_copy.parameters == without.parameters
    other = read_safetensors(file_of(tmp_path / "c.safetensors", twice, data=body[:-1] + b"\xff"))
    assert other.parameters == (without.parameters or 0) + 1600


@pytest.mark.parametrize(
    ("tensors", "parameters", "how"),
    [
        (
            {
                "h.0.mlp.fc1.qweight": ("I32", [8, 32]),
                "h.0.mlp.fc1.qzeros": ("I32", [1, 4]),
                "h.0.mlp.fc1.scales": ("F16", [1, 32]),
                "h.0.mlp.fc1.g_idx": ("I32", [64]),
            },
            64 * 32,
            "GPTQ, 4 bits",
        ),
        (
            {
                "h.0.mlp.fc1.qweight": ("I32", [64, 4]),
                "h.0.mlp.fc1.qzeros": ("I32", [1, 4]),
                "h.0.mlp.fc1.scales": ("F16", [1, 32]),
            },
            64 * 32,
            "AWQ, 4 bits",
        ),
        (
            {
                "h.0.mlp.fc1.weight": ("U8", [1024, 1]),
                "h.0.mlp.fc1.weight.absmax": ("U8", [32]),
                "h.0.mlp.fc1.weight.quant_map": ("F32", [16]),
                "h.0.mlp.fc1.weight.quant_state.bitsandbytes__nf4": ("U8", [81]),
            },
            64 * 32,
            "bitsandbytes, 4 bits",
        ),
        (
            {
                "h.0.mlp.experts.gate_up_proj_blocks": ("U8", [4, 32, 2, 16]),
                "h.0.mlp.experts.gate_up_proj_scales": ("U8", [4, 32, 2]),
            },
            4 * 32 * 64,
            "MXFP4",
        ),
    ],
)
def test_packed_weights_count_what_they_stand_for(tmp_path: Path, tensors: Shapes, parameters: int, how: str) -> None:
    reading = read_safetensors(file_of(tmp_path / "q.safetensors", tensors))
    assert reading.parameters == parameters
    assert facts(reading)["quantised"] == how


def test_fused_and_separate_experts_are_the_same_mixture(tmp_path: Path) -> None:
    router: Shapes = {f"model.layers.{n}.mlp.gate.weight": ("F32", [4, 8]) for n in range(2)}
    separate = router | {
        f"model.layers.{n}.mlp.experts.{e}.{p}_proj.weight": ("F32", [6, 8] if p != "down" else [8, 6])
        for n in range(2)
        for e in range(4)
        for p in ("gate", "up", "down")
    }
    fused = router | {
        f"model.layers.{n}.mlp.experts.{p}": ("F32", shape)
        for n in range(2)
        for p, shape in (("gate_up_proj", [4, 8, 12]), ("down_proj", [4, 6, 8]))
    }
    one = read_safetensors(file_of(tmp_path / "a.safetensors", separate))
    two = read_safetensors(file_of(tmp_path / "b.safetensors", fused))
    assert one.parameters == two.parameters == 2 * (32 + 4 * 3 * 48)
    for reading in (one, two):
        assert facts(reading)["experts"] == 4
        assert by_id(reading)["moe_layer"].parameters == reading.parameters
        assert by_id(reading)["moe_layer"].blocks == 2


def test_an_index_reads_its_shards_beside_it(tmp_path: Path) -> None:
    tensors = llama(2)
    names = list(tensors)
    shards = {"model-00001-of-00002.safetensors": names[:9], "model-00002-of-00002.safetensors": names[9:]}
    for shard, inside in shards.items():
        file_of(tmp_path / shard, {n: tensors[n] for n in inside})
    index = tmp_path / "model.safetensors.index.json"
    text = json.dumps({"metadata": {"total_size": 1}, "weight_map": {n: s for s, ns in shards.items() for n in ns}})
    index.write_text(text)
    whole = read_index(text.encode(), index)
    single = read_safetensors(file_of(tmp_path / "one.safetensors", tensors))
    assert whole.parameters == single.parameters
    assert set(by_id(whole)) == set(by_id(single))
    (tmp_path / "model-00002-of-00002.safetensors").unlink()
    names_only = read_index(text.encode(), index)
    assert names_only.parameters is None
    assert "softmax_attention" in by_id(names_only)
    assert "sizes of the tensors" in names_only.unknown[0]


def test_what_it_is_is_told_by_first_bytes(tmp_path: Path) -> None:
    path = file_of(tmp_path / "x.bin", llama(1), metadata={"format": "pt"})
    assert looks_like_safetensors(path.read_bytes()[:64])
    assert not looks_like_safetensors(b"{" + b" " * 30)
    assert not looks_like_safetensors(b"PK\x03\x04" + b"\x00" * 30)
    assert looks_like_index({"metadata": {}, "weight_map": {}})
    assert not looks_like_index([])


def test_a_duplicate_name_is_refused(tmp_path: Path) -> None:
    entry = '{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'
    raw = f'{{"a":{entry},"a":{entry}}}'.encode()
    path = tmp_path / "x.safetensors"
    path.write_bytes(len(raw).to_bytes(8, "little") + raw + b"0000")
    with pytest.raises(BadInput, match=r"twice|again|duplicate"):
        read_safetensors(path)


def test_a_missing_file_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(CannotAccess):
        read_safetensors(tmp_path / "no.safetensors")


def test_parameters_are_exact_and_shares_fit_the_modules(shared: Path) -> None:
    folders = sorted((shared / "data/inputs/meta/models").iterdir())
    assert len(folders) > 40
    few = []
    for folder in folders:
        modules = json.loads((folder / "modules.json").read_text())
        reading = read_safetensors(folder / "model.safetensors.headeronly", folder.name)
        assert reading.parameters == modules[""]["total"], folder.name
        owned = sum(i.parameters or 0 for i in reading.ideas if i.idea != "gated_mlp")
        assert owned <= reading.parameters, folder.name
        if owned < 0.8 * reading.parameters:
            few.append(folder.name)
    assert len(few) <= 10, few


@pytest.mark.parametrize("name", ["llama", "mistral", "gemma", "vit", "t5", "whisper", "phi", "qwen3", "electra"])
def test_attention_and_mlp_own_what_their_modules_own(shared: Path, name: str) -> None:
    folder = shared / "data/inputs/meta/models" / name
    modules: dict[str, dict[str, Any]] = json.loads((folder / "modules.json").read_text())
    reading = read_safetensors(folder / "model.safetensors.headeronly")
    tops = [k for k, m in modules.items() if m["class"].endswith("Attention") and "." in k]
    outer = [k for k in tops if not any(k.startswith(f"{other}.") for other in tops)]
    norms = sum(m["own"] for k, m in modules.items() if "orm" in m["class"] and any(k.startswith(o) for o in outer))
    biases = sum(m["own"] for k, m in modules.items() if "relative" in k)
    true = sum(modules[k]["total"] for k in outer) - norms - biases
    owned = sum(i.parameters or 0 for i in reading.ideas if i.idea in {"softmax_attention", "cross_attention"})
    assert owned == pytest.approx(true, rel=0.01)


def test_indexes_of_real_models_open_by_names(shared: Path) -> None:
    for path in sorted((shared / "data/inputs/meta/real-index").iterdir()):
        if "bloom" in path.name:
            with pytest.raises(BadInput, match="after the end"):
                read_index(path.read_bytes(), path, path.name)
            continue
        reading = read_index(path.read_bytes(), path, path.name)
        assert len(by_id(reading)) >= 3, path.name
        assert all(i.parameters is None for i in reading.ideas)


def test_hostile_files_get_one_line_or_open(shared: Path) -> None:
    root = shared / "data/hostile"
    with (root / "index.csv").open(encoding="utf-8") as table:
        rows = [r for r in csv.DictReader(table) if r["group"] == "safetensors"]
    for row in rows:
        path = root / row["file"]
        read = (lambda p: read_index(p.read_bytes(), p)) if path.suffix == ".json" else read_safetensors
        if row["expected"].startswith("clear"):
            with pytest.raises(AblatorError) as refused:
                read(path)
            assert str(path) in str(refused.value)
            assert len(str(refused.value)) < 700
        elif row["expected"] == "opens":
            assert read(path).role == "model"
        else:
            with contextlib.suppress(AblatorError):
                read(path)


def test_a_header_without_tensors_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"\x02" + bytes(7) + b"{}")
    with pytest.raises(BadInput, match="names no tensors"):
        read_safetensors(path)
