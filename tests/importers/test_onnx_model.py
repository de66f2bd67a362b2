"""ONNX models: ideas by classes, names and operators, and nothing that a hostile file can do."""

import csv
from pathlib import Path

import pytest

from ablator.core.errors import AblatorError, BadInput, CannotAccess
from ablator.importers.found import FoundIdea, Reading
from ablator.importers.model_files import looks_like_onnx
from ablator.importers.onnx_model import read_onnx
from tests.importers.onnx_bytes import attention_block, attribute, block, model, node, number, weight


def read(path: Path, data: bytes) -> Reading:
    path.write_bytes(data)
    return read_onnx(path)


def by_id(reading: Reading) -> dict[str, FoundIdea]:
    return {i.idea: i for i in reading.ideas if i.present}


def test_operators_show_a_decoder_block(tmp_path: Path) -> None:
    reading = read(tmp_path / "model.onnx", attention_block())
    ideas = by_id(reading)
    assert {"softmax_attention", "causal_masking", "residual_connection", "layernorm", "ffn_mlp", "gelu"} <= set(ideas)
    assert "token_embedding" in ideas
    assert "gated_mlp" not in ideas
    assert "weight_tying" not in ideas
    assert reading.parameters == 800 + 16 + 256 + 512
    assert ideas["causal_masking"].from_ == ("model.onnx: Trilu (Trilu)",)
    assert any("exact number of parameters" in line for line in reading.unknown)
    assert next(f for f in reading.found if f.fact == "parameters").status == "inferred"


def test_a_softmax_at_the_end_is_no_attention(tmp_path: Path) -> None:
    data = model(node("MatMul", "x w", "h"), node("Softmax", "h", "y"), weight("w", 4, 3))
    assert "softmax_attention" not in by_id(read(tmp_path / "m.onnx", data))


def test_a_gate_is_a_product_of_two_products_of_one_tensor(tmp_path: Path) -> None:
    data = model(
        node("MatMul", "x w1", "g"),
        node("Sigmoid", "g", "s"),
        node("Mul", "g s", "a"),
        node("MatMul", "x w3", "u"),
        node("Mul", "a u", "h"),
        node("MatMul", "h w2", "y"),
        weight("w1", 8, 16),
        weight("w2", 16, 8),
        weight("w3", 8, 16),
    )
    ideas = by_id(read(tmp_path / "m.onnx", data))
    assert {"gated_mlp", "silu", "ffn_mlp"} <= set(ideas)


def test_convolutions_by_their_groups_and_strides(tmp_path: Path) -> None:
    patch = attribute("kernel_shape", [16, 16]) + attribute("strides", [16, 16])
    deep = attribute("kernel_shape", [7, 7]) + attribute("group", [8])
    data = model(
        node("Conv", "x w1", "a", extra=patch),
        node("Conv", "a w2", "b", extra=deep),
        node("GlobalAveragePool", "b", "y"),
        weight("w1", 8, 3, 16, 16),
        weight("w2", 8, 1, 7, 7),
    )
    ideas = by_id(read(tmp_path / "m.onnx", data))
    assert {"patch_embedding", "depthwise_conv", "global_avg_pool"} <= set(ideas)
    assert "convolution" not in ideas


def test_a_table_used_again_at_the_end_is_tied(tmp_path: Path) -> None:
    data = model(
        node("Gather", "table ids", "x"),
        node("Transpose", "table", "t"),
        node("MatMul", "x t", "y"),
        weight("table", 10, 4),
    )
    assert "weight_tying" in by_id(read(tmp_path / "m.onnx", data))


def test_external_data_is_named_and_never_opened(tmp_path: Path) -> None:
    outside = block(13, block(1, "location") + block(2, "/dev/zero")) + number(14, 1)
    reading = read(tmp_path / "m.onnx", model(node("Relu", "w", "y"), weight("w", 2, 2, extra=outside)))
    assert any("another file" in line for line in reading.unknown)
    assert reading.parameters == 4


def test_it_is_told_by_first_bytes() -> None:
    assert looks_like_onnx(attention_block()[:64])
    assert not looks_like_onnx(b"{" * 64)
    assert not looks_like_onnx(b"")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\x08\x08", "no graph"),
        (model(), "no operators"),
        (attention_block()[:200], "byte"),
        (model(node("Add", "x y", "y", "loop")), "feeds itself"),
        (model(node("Relu", "x", "y"), weight("w", -1, 4)), "below zero"),
    ],
)
def test_what_is_no_model_gets_one_line(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(data)
    with pytest.raises(BadInput, match=words) as refused:
        read_onnx(path)
    assert str(path) in str(refused.value)


def test_a_missing_file_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(CannotAccess):
        read_onnx(tmp_path / "no.onnx")


EXPECTED = {
    "bert.dynamo": "softmax_attention layernorm ffn_mlp gelu token_embedding residual_connection bidirectional_context",
    "bert.legacy": "softmax_attention layernorm ffn_mlp gelu token_embedding learned_absolute_position",
    "bloom_alibi.dynamo": "softmax_attention alibi causal_masking ffn_mlp layernorm",
    "bloom_alibi.legacy": "softmax_attention ffn_mlp layernorm token_embedding",
    "convnext.dynamo": "depthwise_conv layernorm gelu patch_embedding",
    "gpt2.dynamo": "softmax_attention causal_masking ffn_mlp layernorm gelu",
    "llama.dynamo": "softmax_attention rope rmsnorm gated_mlp silu causal_masking",
    "nanogpt.dynamo": "softmax_attention ffn_mlp layernorm gelu residual_connection",
    "resnet.legacy": "convolution relu residual_connection global_avg_pool",
    "t5_encoder.dynamo": "softmax_attention rmsnorm relative_position_bias relu ffn_mlp",
    "t5_encoder.legacy": "softmax_attention relative_position_bias relu ffn_mlp",
    "vit.dynamo": "softmax_attention patch_embedding layernorm gelu ffn_mlp",
}


@pytest.mark.parametrize("name", EXPECTED)
def test_real_exports(shared: Path, name: str) -> None:
    reading = read_onnx(shared / "data/inputs/onnx/generated" / f"{name}.onnx")
    assert set(EXPECTED[name].split()) <= set(by_id(reading))
    if not name.startswith(("convnext", "resnet", "vit")):
        assert "convolution" not in by_id(reading)


def test_parameters_of_real_exports_are_near_those_counted(shared: Path) -> None:
    folder = shared / "data/inputs/onnx"
    with (folder / "index.csv").open(encoding="utf-8") as table:
        rows = [r for r in csv.DictReader(table) if r["status"] == "ok" and r["params"].isdigit()]
    assert len(rows) > 10
    for row in rows:
        path = folder / row["file"] if (folder / row["file"]).exists() else folder / "generated" / row["file"]
        if not path.is_file() or int(row["params"]) < 20_000:
            continue
        reading = read_onnx(path)
        assert reading.parameters == pytest.approx(int(row["params"]), rel=0.1), row["file"]


def test_hostile_files_get_one_line_or_open(shared: Path) -> None:
    root = shared / "data/hostile"
    with (root / "index.csv").open(encoding="utf-8") as table:
        rows = [r for r in csv.DictReader(table) if r["group"] == "onnx"]
    for row in rows:
        path = root / row["file"]
        if row["expected"].startswith("clear"):
            with pytest.raises(AblatorError) as refused:
                read_onnx(path)
            assert str(path) in str(refused.value)
        elif row["expected"] == "opens":
            assert read_onnx(path).role == "model"
