"""Module trees: written from live modules without PyTorch, read without it."""

import json
from pathlib import Path
from typing import Any

import pytest

import ablator
from ablator.core.errors import BadInput
from ablator.importers.found import FoundIdea, Reading
from ablator.importers.module_tree import looks_like_tree, read_tree


class Parameter:
    def __init__(self, *shape: int) -> None:
        self.shape = shape
        self.dtype = "torch.float32"


class Fake:
    """Stands for torch.nn.Module: parameters and children by name."""

    def __init__(self, children: dict[str, "Fake"] | None = None, **parameters: Parameter) -> None:
        self.inner, self.parameters = children or {}, parameters

    def named_modules(self, prefix: str = "") -> Any:
        yield prefix, self
        for name, child in self.inner.items():
            yield from child.named_modules(f"{prefix}.{name}" if prefix else name)

    def named_parameters(self, recurse: bool = True, remove_duplicate: bool = True) -> Any:
        seen: set[int] = set()
        modules = self.named_modules() if recurse else [("", self)]
        for path, module in modules:
            for name, parameter in module.parameters.items():
                if not (remove_duplicate and id(parameter) in seen):
                    seen.add(id(parameter))
                    yield (f"{path}.{name}" if path else name), parameter

    def named_buffers(self) -> Any:
        return iter(())

    def extra_repr(self) -> str:
        return "p=0.1" if type(self).__name__ == "Dropout" else ""


def kind(name: str) -> type[Fake]:
    return type(name, (Fake,), {})


def decoder(blocks: int = 3) -> Fake:
    def linear(a: int, b: int) -> Fake:
        return kind("Linear")(weight=Parameter(b, a), bias=Parameter(b))

    def norm() -> Fake:
        return kind("LayerNorm")(weight=Parameter(8), bias=Parameter(8))

    table = Parameter(50, 8)
    layers = {
        str(n): kind("Block")(
            {
                "ln_1": norm(),
                "attn": kind("CausalSelfAttention")({"c_attn": linear(8, 24), "c_proj": linear(8, 8)}),
                "ln_2": norm(),
                "mlp": kind("MLP")({"c_fc": linear(8, 32), "act": kind("GELU")(), "c_proj": linear(32, 8)}),
                "drop": kind("Dropout")(),
            }
        )
        for n in range(blocks)
    }
    inner = {"wte": kind("Embedding")(weight=table), "h": kind("ModuleList")(layers), "ln_f": norm()}
    return kind("GPT")(
        {"transformer": kind("ModuleDict")(inner), "lm_head": kind("Linear")(weight=table)},
    )


def by_id(reading: Reading) -> dict[str, FoundIdea]:
    return {i.idea: i for i in reading.ideas if i.present}


def test_a_module_is_described_and_read_back(tmp_path: Path) -> None:
    target = tmp_path / "tree.json"
    tree = ablator.describe(decoder(), target)
    assert json.loads(target.read_text()) == tree
    assert tree["tied"] == [["transformer.wte.weight", "lm_head.weight"]]
    reading = read_tree(tree, "tree.json")
    ideas = by_id(reading)
    attention, mlp = 8 * 24 + 24 + 72, 8 * 32 + 32 + 32 * 8 + 8
    assert reading.parameters == tree["params"] == 400 + 3 * (attention + mlp + 32) + 16
    assert (ideas["softmax_attention"].parameters, ideas["softmax_attention"].blocks) == (3 * attention, 3)
    assert ideas["ffn_mlp"].parameters == 3 * mlp
    assert ideas["weight_tying"].status == "read"
    assert ideas["depth"].value == 3
    assert ideas["dropout"].value == 0.1
    assert {"gelu", "layernorm", "qkv_bias", "residual_connection", "token_embedding"} <= set(ideas)


def test_only_modules_are_described() -> None:
    with pytest.raises(TypeError, match="named_modules"):
        ablator.describe(object())


def test_trees_are_told_from_other_objects() -> None:
    assert looks_like_tree({"modules": {"": {"class": "M"}}})
    assert looks_like_tree({"": {"class": "M"}})
    assert not looks_like_tree({"modules": {"a": {"class": "M"}}})
    assert not looks_like_tree({"model_type": "gpt2"})


@pytest.mark.parametrize(
    "tree",
    [
        {"modules": {"": {"class": "M", "own": "many"}}},
        {"modules": {"": {"class": "M"}}, "version": 99},
        {"modules": {"": {"class": "M"}}, "tensors": [1]},
    ],
)
def test_what_is_no_tree_gets_one_line(tree: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="tree"):
        read_tree(tree, "t.json")


EXPECTED = {
    "llama2.c": "softmax_attention ffn_mlp gated_mlp rmsnorm token_embedding weight_tying",
    "timm-beit_base_patch16_224": "softmax_attention patch_embedding relative_position_bias layerscale gelu cls_token",
    "timm-convnext_tiny": "depthwise_conv layernorm ffn_mlp global_avg_pool",
    "timm-swin_tiny_patch4_window7_224": "shifted_window_attention relative_position_bias stochastic_depth",
    "timm-mixer_b16_224": "spatial_mlp_mixing patch_embedding ffn_mlp",
    "timm-vit_base_patch16_224": "softmax_attention patch_embedding learned_absolute_position cls_token",
    "torch.nn.LSTM": "recurrence gated_cell bidirectional_rnn",
    "x-transformers-gpt-rotary": "softmax_attention rope ffn_mlp rmsnorm",
}


@pytest.mark.parametrize("name", EXPECTED)
def test_real_trees(shared: Path, name: str) -> None:
    value = json.loads((shared / "data/inputs/meta/nnmodule" / f"{name}.json").read_text())
    reading = read_tree(value, name)
    assert set(EXPECTED[name].split()) <= set(by_id(reading))
    assert reading.parameters == value["params"]
    assert all((i.parameters or 0) <= value["params"] for i in reading.ideas)


def test_attention_owns_what_its_modules_own(shared: Path) -> None:
    value = json.loads((shared / "data/inputs/meta/nnmodule/timm-vit_base_patch16_224.json").read_text())
    true = sum(m["total"] for m in value["modules"].values() if m["class"].endswith("Attention"))
    assert by_id(read_tree(value, "vit"))["softmax_attention"].parameters == true
