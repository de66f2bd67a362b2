"""What a Hugging Face configuration tells, against what is known of the architectures; odd files against the rules."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ablator.core.errors import AblatorError, BadInput
from ablator.importers.found import FoundIdea, Reading
from ablator.importers.hf_config import looks_like_model, read_config
from ablator.library import library

LLAMA: dict[str, Any] = {
    "model_type": "llama",
    "architectures": ["LlamaForCausalLM"],
    "hidden_size": 4096,
    "intermediate_size": 11008,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 32,
    "max_position_embeddings": 4096,
    "rms_norm_eps": 1e-5,
    "hidden_act": "silu",
    "vocab_size": 32000,
    "tie_word_embeddings": False,
    "rope_theta": 10000.0,
}


def read(config: dict[str, Any]) -> Reading:
    return read_config(config, "config.json")


def at(reading: Reading, site: str = "") -> dict[str, FoundIdea]:
    return {i.idea: i for i in reading.ideas if i.site == site}


def present(reading: Reading, site: str = "") -> set[str]:
    return {k for k, i in at(reading, site).items() if i.present}


def test_llama_is_taken_apart() -> None:
    r = read(LLAMA)
    ideas = at(r)
    assert {"rope", "rmsnorm", "pre_norm", "gated_mlp", "residual_connection", "causal_masking"} <= present(r)
    assert "grouped_query_attention" not in ideas
    assert ideas["weight_tying"].present is False
    assert ideas["residual_connection"].status == "inferred"
    assert ideas["width"].value == 4096
    assert ideas["width"].status == "read"
    assert ideas["width"].from_ == ("config.json: hidden_size",)
    assert r.family == "decoder_lm"
    assert not r.unknown
    assert not r.contradictions


def test_parameters_of_llama_7b_are_exact() -> None:
    r = read(LLAMA)
    assert r.parameters == 6_738_415_616
    attention = at(r)["softmax_attention"]
    assert attention.blocks == 32
    assert attention.parameters == 32 * 4 * 4096 * 4096
    assert attention.sizes == {"inputs": 4096, "outputs": 4096, "heads": 32, "kv_heads": 32, "head_dim": 128}
    assert at(r)["ffn_mlp"].sizes == {"inputs": 4096, "outputs": 4096, "hidden": 11008, "matrices": 3}


def test_old_and_new_spellings_give_the_same_ideas() -> None:
    gpt2 = {"model_type": "gpt2", "n_embd": 768, "n_layer": 12, "n_head": 12, "n_positions": 1024, "vocab_size": 50257}
    r = read(gpt2)
    assert at(r)["width"].value == 768
    assert at(r)["depth"].value == 12
    assert {"learned_absolute_position", "layernorm", "pre_norm", "final_norm", "weight_tying"} <= present(r)
    old = read({**LLAMA, "rope_scaling": {"type": "linear", "factor": 2.0}})
    new = read(
        {**LLAMA, "rope_theta": None, "rope_parameters": {"rope_type": "linear", "factor": 2.0, "rope_theta": 10000.0}}
    )
    assert at(old)["rope_scaling"].value == at(new)["rope_scaling"].value == "linear"
    assert at(old)["rope"].value == at(new)["rope"].value == "theta 10000"


def test_defaults_of_the_type_are_marked_so() -> None:
    r = read({"model_type": "llama", "hidden_size": 64})
    assert at(r)["depth"].status == "default"
    assert at(r)["depth"].value == 32
    assert at(r)["width"].status == "read"


def test_grouped_queries_and_experts() -> None:
    r = read(
        {**LLAMA, "model_type": "mixtral", "num_key_value_heads": 8, "num_local_experts": 8, "num_experts_per_tok": 2}
    )
    assert {"grouped_query_attention", "moe_layer", "topk_routing", "ffn_mlp"} <= present(r)
    assert at(r)["moe_layer"].value == 8
    assert r.family == "moe"


def test_latent_attention_has_its_own_head_size() -> None:
    latent = {"kv_lora_rank": 512, "q_lora_rank": 1536, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64}
    r = read({**LLAMA, **latent, "model_type": "deepseek_v3", "num_attention_heads": 128, "hidden_size": 7168})
    assert {"latent_kv_compression", "softmax_attention", "moe_layer", "shared_expert"} <= present(r)
    assert at(r)["head_dim"].value == 192


def test_encoder_and_decoder_are_sites() -> None:
    r = read({"model_type": "t5", "d_model": 512, "d_kv": 64, "d_ff": 2048, "num_layers": 6, "num_decoder_layers": 6,
              "num_heads": 8, "vocab_size": 32128, "relative_attention_num_buckets": 32, "feed_forward_proj": "relu",
              "layer_norm_epsilon": 1e-6, "is_encoder_decoder": True})  # fmt: skip
    assert "bidirectional_context" in present(r, "encoder")
    assert "causal_masking" not in present(r, "encoder")
    assert {"causal_masking", "cross_attention"} <= present(r, "decoder")
    assert "rmsnorm" in present(r, "encoder")
    assert "layernorm" not in present(r, "encoder")
    assert "encoder_decoder_split" in present(r)
    assert r.family == "encdec_lm"


def test_whisper_positions_differ_by_side() -> None:
    r = read({"model_type": "whisper", "d_model": 384, "encoder_layers": 4, "decoder_layers": 4, "vocab_size": 51865,
              "encoder_attention_heads": 6, "decoder_attention_heads": 6, "max_source_positions": 1500})  # fmt: skip
    assert "sinusoidal_position" in present(r, "encoder")
    assert "conv_stem" in present(r, "encoder")
    assert "learned_absolute_position" in present(r, "decoder")


def test_mixed_stacks_have_a_site_for_each_block_kind() -> None:
    r = read({"model_type": "jamba", "hidden_size": 512, "num_hidden_layers": 8, "num_attention_heads": 8,
              "attn_layer_period": 8, "mamba_d_state": 16, "mamba_dt_rank": 32, "mamba_d_conv": 4,
              "vocab_size": 1000})  # fmt: skip
    assert "softmax_attention" in present(r, "attention")
    assert {"state_space_layer", "short_conv", "input_dependent_selection"} <= present(r, "mamba")
    assert {"residual_connection", "hybrid_mixer_stack"} <= present(r)


def test_parts_of_a_pair_are_sites() -> None:
    tower = {"hidden_size": 512, "num_hidden_layers": 12, "num_attention_heads": 8, "intermediate_size": 2048}
    r = read({"model_type": "clip", "projection_dim": 512, "logit_scale_init_value": 2.6592,
              "text_config": {**tower, "vocab_size": 49408, "max_position_embeddings": 77},
              "vision_config": {**tower, "patch_size": 32, "image_size": 224}})  # fmt: skip
    assert {"dual_encoder", "contrastive_infonce", "learned_temperature"} <= present(r)
    assert {"causal_masking", "token_embedding"} <= present(r, "text")
    assert "next_token_prediction" not in present(r, "text")
    assert {"patch_embedding", "bidirectional_context"} <= present(r, "vision")
    assert "causal_masking" not in present(r, "vision")
    assert at(r, "vision")["width"].from_ == ("config.json: vision_config.hidden_size",)


def test_a_vision_part_is_not_taken_for_its_language_model() -> None:
    r = read({"model_type": "qwen2_vl", "hidden_size": 512, "num_hidden_layers": 4, "num_attention_heads": 8,
              "vocab_size": 1000, "rms_norm_eps": 1e-6,
              "vision_config": {"depth": 4, "hidden_size": 64, "num_heads": 4, "patch_size": 14}})  # fmt: skip
    assert "causal_masking" not in present(r, "vision")
    assert "patch_embedding" in present(r, "vision")


def test_stages_are_summed() -> None:
    r = read({"model_type": "swin", "depths": [2, 2, 6, 2], "embed_dim": 96, "num_heads": [3, 6, 12, 24],
              "window_size": 7, "patch_size": 4, "image_size": 224, "hidden_size": 768})  # fmt: skip
    assert at(r)["depth"].value == 12
    assert {"shifted_window_attention", "hierarchical_stages", "relative_position_bias"} <= present(r)


def test_words_of_the_file_stand_above_its_type() -> None:
    r = read({**LLAMA, "model_type": "tinygpt", "norm_type": "none", "position_embedding_type": "none",
              "residual": False,
              "token_mixer": "mean", "rms_norm_eps": None, "rope_theta": None})  # fmt: skip
    ideas = at(r)
    assert ideas["normalization"].present is False
    assert ideas["position_information"].present is False
    assert ideas["residual_connection"].present is False
    assert ideas["residual_connection"].switches == {"residual": True}
    assert "pooling_mixing" in present(r)
    assert ideas["softmax_attention"].present is False


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("num_hidden_layers", 10**9, "no model has more"),
        ("num_hidden_layers", 4.5, "a whole number"),
        ("num_attention_heads", 0, "above 0"),
        ("hidden_size", 10**30, "no model has more"),
        ("model_type", ["llama"], "must be a text"),
    ],
)
def test_impossible_values_are_refused_with_their_place(key: str, value: object, words: str) -> None:
    with pytest.raises(BadInput, match=words) as wrong:
        read({**LLAMA, key: value})
    assert wrong.value.place == f"config.json: /{key}"


def test_bare_infinity_is_unknown() -> None:
    r = read({**LLAMA, "rope_theta": float("inf")})
    assert "rope_theta is not finite" in r.unknown
    assert "rope" in present(r)


def test_sizes_that_do_not_fit_are_shown() -> None:
    assert any("does not divide" in c for c in read({**LLAMA, "num_attention_heads": 7}).contradictions)
    many = read({**LLAMA, "model_type": "mixtral", "num_local_experts": 4, "num_experts_per_tok": 8})
    assert any("8 experts a token" in c for c in many.contradictions)


def test_other_model_files() -> None:
    adapter = read({"peft_type": "LORA", "base_model_name_or_path": "TinyLlama/TinyLlama-1.1B", "r": 8,
                    "target_modules": ["q_proj", "v_proj"], "lora_dropout": 0.1})  # fmt: skip
    assert {"softmax_attention", "rope", "rmsnorm"} <= present(adapter)
    assert not {i.idea for i in adapter.ideas if i.status == "default"} & {"depth", "width", "vocab_size"}
    assert adapter.parameters is None
    unet = read({"_class_name": "UNet2DConditionModel", "_diffusers_version": "0.6.0", "act_fn": "silu",
                 "block_out_channels": [320, 640], "norm_num_groups": 32})  # fmt: skip
    assert {"diffusion_denoising", "unet_skips", "groupnorm"} <= present(unet)
    assert unet.family == "dit"
    pooling = read({"word_embedding_dimension": 384, "pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False})
    assert "global_avg_pool" in present(pooling)
    assert looks_like_model({"embed_dim": 512, "text_cfg": {"width": 512}, "vision_cfg": {"width": 768}})


KEYS = sorted(
    {
        *LLAMA,
        *(k for names in library().detection.canonical_aliases.values() for k in names),
        *("text_config", "vision_config", "layer_types", "depths", "norm_type", "token_mixer", "is_causal", "model"),
        *("_class_name", "peft_type", "target_modules", "rope_scaling", "attn_config"),
    }
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 10**12)
    | st.floats()
    | st.sampled_from(["llama", "t5", "clip", "none", "gelu", "rope", "", "é" * 50])
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=8),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=20))
def test_any_object_gives_a_reading_or_one_clear_line(config: dict[str, Any]) -> None:
    try:
        r = read(config)
    except AblatorError as wrong:
        problem = str(wrong)
        assert problem.startswith("config.json")
        return
    rows = library().ideas
    seats = [(i.site, rows[i.idea].slot) for i in r.ideas if i.present and rows[i.idea].slot]
    assert len(seats) == len(set(seats)), "two fillers of one slot at one site"
    assert all(i.idea in rows for i in r.ideas)
    assert read(config) == r


def test_collected_models_give_three_ideas_or_more(shared: Path) -> None:
    paths = sorted((shared / "data/inputs/hf-real").glob("*.json"))[::3]
    told = few = 0
    for path in paths:
        try:
            config = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            continue
        told += 1
        r = read(config)
        few += sum(i.present is True and not library().ideas[i.idea].is_slot for i in r.ideas) < 3
    assert told > 50
    assert few <= 0.03 * told


def test_default_configurations_give_three_ideas_or_more(shared: Path) -> None:
    paths = sorted((shared / "data/inputs/hf-default").glob("*/config.json"))[::4]
    few = [p.parent.name for p in paths if len(read(json.loads(p.read_bytes())).ideas) < 3]
    assert len(paths) > 90
    assert len(few) <= 0.03 * len(paths), few


@pytest.mark.parametrize(
    ("config", "parameters"),
    [
        ({"model_type": "gpt2", "n_embd": 768, "n_layer": 12, "n_head": 12, "n_positions": 1024, "vocab_size": 50257,
          "tie_word_embeddings": True}, 124_439_808),
        ({**LLAMA, "model_type": "mistral", "num_key_value_heads": 8, "intermediate_size": 14336}, 7_241_732_096),
        ({"model_type": "falcon", "hidden_size": 14848, "num_hidden_layers": 80, "num_attention_heads": 232,
          "num_kv_heads": 8, "vocab_size": 65024, "new_decoder_architecture": True, "bias": False,
          "alibi": False}, 178_554_713_088),
        ({"model_type": "falcon", "hidden_size": 4544, "num_hidden_layers": 32, "num_attention_heads": 71,
          "num_kv_heads": 71, "multi_query": True, "parallel_attn": True, "vocab_size": 65024}, 6_921_720_704),
        ({"model_type": "gpt2"}, 124_439_808),
        ({"model_type": "gemma2"}, 2_614_341_888),
        ({"model_type": "qwen2", "hidden_size": 896, "num_hidden_layers": 24, "num_attention_heads": 14,
          "num_key_value_heads": 2, "intermediate_size": 4864, "tie_word_embeddings": True}, 494_032_768),
    ],
)  # fmt: skip
def test_parameter_counts(config: dict[str, Any], parameters: int) -> None:
    counted = read(config).parameters
    assert counted is not None
    assert abs(counted - parameters) <= 0.005 * parameters


def test_no_total_where_the_layers_hold_more(shared: Path) -> None:
    root = shared / "data/inputs"
    wrong = []
    counted = 0
    for path in sorted((root / "meta/all").glob("*.json.gz"))[::3]:
        kind = path.name.removesuffix(".json.gz")
        config = root / "hf-default" / kind / "config.json"
        if not config.is_file():
            continue
        true = json.loads(gzip.decompress(path.read_bytes()))["params"]
        total = read(json.loads(config.read_bytes())).parameters
        counted += total is not None
        if total is not None and abs(total - true) > 0.05 * true:
            wrong.append((kind, total, true))
    assert counted >= 10
    assert not wrong


PAIR = {"embed_dim": 512, "text_cfg": {"vocab_size": 100, "width": 64, "heads": 4, "layers": 2, "context_length": 8}}


def there(config: dict[str, Any], site: str = "") -> set[str]:
    return {i.idea for i in read_config(config, "config.json").ideas if i.site == site and i.present}


def test_a_bias_on_the_logits_belongs_to_the_sigmoid_loss() -> None:
    tower = {"timm_model_name": "vit_base_patch16_siglip_224", "timm_pool": "map"}
    pair = {**PAIR, "init_logit_bias": -10, "vision_cfg": tower}
    pair["text_cfg"] = {**PAIR["text_cfg"], "no_causal_mask": True}  # type: ignore[dict-item]
    assert "sigmoid_pairwise_loss" in there(pair)
    assert not {"contrastive_infonce", "causal_masking"} & there(pair)
    assert {"patch_embedding", "attention_pooling", "token_mixing"} <= there(pair, "vision")
    assert "cls_token" not in there(pair, "vision")
    assert read_config(pair, "config.json").parameters is None


def test_a_decoder_of_captions_attends_to_the_picture() -> None:
    both = {"width": 64, "heads": 4, "layers": 2}
    ideas = there({**PAIR, "vision_cfg": {**both, "patch_size": 16}, "multimodal_cfg": both}, "multimodal")
    assert {"cross_attention", "causal_masking"} <= ideas
    assert not {"patch_embedding", "bidirectional_context"} & ideas


def test_alibi_stands_above_the_word_absolute() -> None:
    bert = {"model_type": "bert", "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": 9}
    ideas = there({**bert, "position_embedding_type": "absolute", "alibi_starting_size": 512})
    assert "alibi" in ideas
    assert "learned_absolute_position" not in ideas


def test_a_text_tower_alone_is_of_its_pair() -> None:
    tower = {"model_type": "clip_text_model", "hidden_size": 64, "num_hidden_layers": 1, "num_attention_heads": 4}
    assert read_config(tower, "config.json").family == "clip"
    assert "attention_scaling" in there(tower)


def test_kin_of_bert_without_its_second_objective() -> None:
    small = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": 9}
    assert "next_sentence_prediction" in there({**small, "model_type": "megatron-bert"})
    ideas = there({**small, "model_type": "distilbert"})
    assert "masked_language_modeling" in ideas
    assert "next_sentence_prediction" not in ideas


@pytest.mark.parametrize(
    "model_type", ["bert", "roberta", "gpt2", "opt", "qwen2", "gemma2", "falcon", "vit", "gpt_neox"]
)
def test_a_bare_type_has_the_sizes_of_its_defaults(model_type: str) -> None:
    ideas = at(read({"model_type": model_type}))
    for idea in ("depth", "width", "multi_head_attention"):
        assert ideas[idea].status == "default"
        assert isinstance(ideas[idea].value, int)


def test_one_head_of_keys_for_all_queries() -> None:
    sizes = {"n_embd": 2048, "n_head": 16, "n_layer": 24, "n_inner": 8192, "vocab_size": 49152, "n_positions": 8192}
    ideas = at(read({"model_type": "gpt_bigcode", "multi_query": True, **sizes}))
    assert ideas["softmax_attention"].sizes["kv_heads"] == 1
    many = at(read({"model_type": "gpt_bigcode", "multi_query": False, **sizes}))
    assert many["softmax_attention"].sizes["kv_heads"] == 16


def test_norms_after_the_branch_end_without_one() -> None:
    config = {"model_type": "opt", "hidden_size": 512, "num_hidden_layers": 24, "num_attention_heads": 16}
    after = at(read({**config, "do_layer_norm_before": False}))
    assert "final_norm" not in after
    assert after["post_norm"].value is None
    assert "final_norm" in present(read(config))


def test_an_unknown_type_is_read_by_plain_words_and_names_the_rest() -> None:
    config = {"model_type": "mycool", "d_model": 384, "n_layers": 6, "n_heads": 6, "vocab_size": 5000, "causal": True}
    own = {"use_rope": True, "norm": "rmsnorm", "tie_embeddings": True, "wobble": 3, "moon_phase": "full"}
    reading = read(config | own)
    assert {"rope", "rmsnorm", "weight_tying"} <= present(reading)
    assert any(u.endswith("not understood: wobble, moon_phase") for u in reading.unknown)


def test_true_is_no_number_of_many_digits() -> None:
    said = read({"model_type": "gpt2", "intermediate_size": True}).contradictions
    assert said
    assert not any("digits" in c for c in said)


def test_a_reference_is_followed_in_its_own_file_and_else_stays_open() -> None:
    body = {
        "model_type": "gpt2",
        "n_embd": "${sizes.width}",
        "n_positions": "${other.context}",
        "n_head": 4,
        "n_layer": 2,
    }
    reading = read({**body, "sizes": {"width": 64}})
    assert at(reading)["width"].value == 64
    assert "n_positions is ${other.context}, which this file does not resolve" in reading.unknown
    assert not reading.contradictions


def test_a_bare_pair_has_the_two_towers_of_its_type() -> None:
    reading = read({"model_type": "clip"})
    assert at(reading, "text")["width"].value == 512
    assert at(reading, "vision")["width"].value == 768
    assert at(reading, "vision")["width"].status == "default"
    assert "dual_encoder" in present(reading)
