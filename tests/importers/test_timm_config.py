"""timm models by the names of their architectures."""

import json
from pathlib import Path

import pytest

from ablator.core.study import base_id
from ablator.importers.build import Options, study_from_files
from ablator.importers.found import Found
from ablator.importers.sources import read_source
from ablator.importers.timm_config import looks_like_timm, looks_like_timm_args, read_timm, read_timm_args
from ablator.importers.timm_names import ARCHITECTURES, implied
from ablator.library import library


def test_the_table_names_known_ideas_with_one_filler_a_slot() -> None:
    rows = library().ideas
    for _, words in ARCHITECTURES:
        taken_back = {w[1:] for w in words.split() if w.startswith("-")}
        ideas = {w for w in words.split() if not w.startswith("-")} - taken_back
        assert ideas | taken_back <= set(rows)
        for slot in ("position_information", "normalization", "norm_placement", "readout", "input_representation"):
            assert sum(rows[i].slot == slot for i in ideas) <= 1, (words, slot)


@pytest.mark.parametrize(
    ("name", "ideas", "without"),
    [
        ("vit_base_patch16_224.augreg_in21k", "cls_token learned_absolute_position patch_embedding", "layerscale"),
        ("vit_small_patch16_dinov3.lvd1689m", "rope register_tokens layerscale", "learned_absolute_position"),
        ("deit3_small_patch16_224", "layerscale", "relative_position_bias"),
        ("beit_base_patch16_224", "relative_position_bias", "learned_absolute_position"),
        ("swin_tiny_patch4_window7_224", "shifted_window_attention hierarchical_stages", "cls_token"),
        ("mixer_b16_224", "spatial_mlp_mixing", "softmax_attention"),
        ("convnext_tiny", "depthwise_conv layerscale", "global_response_norm"),
        ("convnextv2_base", "global_response_norm", "layerscale"),
        ("resnet18.a1_in1k", "convolution", "bottleneck_block"),
        ("resnet50", "bottleneck_block batchnorm", "squeeze_excite"),
        ("resnetv2_50", "pre_activation", "post_norm"),
        ("seresnet50", "squeeze_excite", "grouped_convolution"),
        ("efficientnet_b0", "depthwise_conv squeeze_excite silu", "convolution"),
        ("mobilenetv3_large_100", "depthwise_conv inverted_bottleneck", "convolution"),
        ("regnety_016", "grouped_convolution squeeze_excite", "depthwise_conv"),
        ("densenet121", "dense_connections", "residual_connection"),
        ("eva02_base_patch14_224", "rope gated_mlp", "gelu"),
    ],
)
def test_architectures(name: str, ideas: str, without: str) -> None:
    assert set(ideas.split()) <= set(implied(name))
    assert without not in implied(name)


def test_an_unknown_architecture_is_left_to_others() -> None:
    assert implied("my_own_net") == ()
    assert not looks_like_timm({"architecture": "my_own_net", "num_classes": 10})
    assert not looks_like_timm({"architecture": "vit_base_patch16_224", "model_type": "timm_wrapper", "num_classes": 3})


def test_a_config_gives_sizes_by_its_name_and_arguments() -> None:
    value = {"architecture": "vit_base_patch16_224", "num_classes": 10, "model_args": {"drop_path_rate": 0.1}}
    reading = read_timm(value, "config.json")
    ideas = {i.idea: i for i in reading.ideas}
    assert (ideas["width"].value, ideas["depth"].value, ideas["multi_head_attention"].value) == (768, 12, 12)
    assert ideas["patch_embedding"].value == 16
    assert ideas["stochastic_depth"].value == 0.1
    assert ideas["softmax_attention"].status == "inferred"
    assert reading.family == "vit"
    assert Found("width", 768, "config.json", "architecture", "inferred") in reading.found


def test_arguments_of_a_run_hold_settings_and_the_model() -> None:
    value = {"model": "resnet50", "opt": "lamb", "sched": "cosine", "lr": 0.008, "epochs": 300, "batch_size": 256}
    assert looks_like_timm_args(value)
    reading = read_timm_args(value, "args.yaml")
    assert reading.role == "settings"
    assert "bottleneck_block" in {i.idea for i in reading.ideas}
    assert any(f.fact == "learning-rate" and f.value == 0.008 for f in reading.found)


def test_a_file_becomes_a_study(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"architecture": "convnext_tiny", "num_classes": 1000, "pretrained_cfg": {}}))
    assert read_source(str(path))[0].format == "timm config.json"
    study = study_from_files([path], Options()).study
    assert "depthwise_conv" in {base_id(e) for e in study.elements}
