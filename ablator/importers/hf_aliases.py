"""Names by which configurations call the same thing, sizes that are plausible, and what class names say."""

import re
from collections.abc import Mapping
from functools import cache

from ablator.library import library

MORE: Mapping[str, tuple[str, ...]] = {
    "width": (
        "hidden_dim",
        "width",
        "hidden_channels",
        "n_embed",
        "model_dim",
        "encoder_embed_dim",
        "vision_embed_dim",
    ),
    "layers": (
        "depth",
        "num_blocks",
        "layers",
        "n_blocks",
        "num_encoder_layers",
        "decoder_layers",
        "num_decoder_layers",
        "vision_layers",
    ),
    "heads": ("heads", "decoder_attention_heads", "num_attention_head", "n_attn_heads", "attention_heads"),
    "kv_heads": ("n_kv_heads", "kv_n_heads", "multi_query_group_num", "num_query_groups"),
    "ffn": (
        "hidden_dim",
        "decoder_ffn_dim",
        "filter_channels",
        "inner_dim",
        "ffn_size",
        "inter_dim",
        "hidden_ratio",
        "ffn_hidden_dim",
    ),
    "vocab_size": ("padded_vocab_size", "n_vocab", "num_embeddings", "vocab"),
    "context": ("n_ctx", "seq_length", "max_target_positions", "block_size", "max_sequence_length", "max_seq_length"),
    "experts": ("n_experts", "num_moe_experts", "moe_num_experts"),
    "topk": ("moe_topk", "num_experts_per_token", "n_activated_experts", "top_k_experts", "moe_k"),
    "act": ("hidden_activation", "act_fn", "mlp_hidden_act", "act_layer", "hidden_act_fn", "activation_type"),
    "resid_drop": ("resid_dropout", "p_dropout", "hidden_dropout_rate", "dropout_p", "drop_rate"),
    "layer_norm_eps": ("layernorm_eps", "layer_norm_eps", "ln_eps"),
    "tie_word_embeddings": (
        "tie_embeddings",
        "tie_embedding",
        "tied_embeddings",
        "tie_weights",
        "weight_tying",
        "share_embeddings",
        "share_decoder_input_output_embed",
    ),
    "rms_norm_eps": ("rms_norm_eps", "rms_norm_epsilon", "rms_eps", "rmsnorm_eps"),
}
"""Aliases beyond those of the library, tried after them."""

RATIOS = frozenset({"mlp_ratio", "expansion_ratio", "hidden_ratio"})
"""Names of `ffn` that hold a multiple of the width."""

LIMITS: Mapping[str, float] = {
    "width": 1e6,
    "layers": 20_000,
    "heads": 4096,
    "kv_heads": 4096,
    "ffn": 1e7,
    "vocab_size": 1e8,
    "context": 1e9,
    "experts": 1e5,
    "topk": 1e4,
}
"""Sizes beyond which a value is no size of a real model."""

WHOLE = frozenset({"width", "layers", "heads", "kv_heads", "vocab_size", "experts", "topk"})

HEADS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        r"(ForCausalLM|LMHeadModel|CausalLM|ForConditionalGenerationText)$",
        ("causal_masking", "next_token_prediction", "token_embedding"),
    ),
    (r"(ForMaskedLM|ForMaskLM)$", ("bidirectional_context", "masked_language_modeling", "token_embedding")),
    (r"ForConditionalGeneration$", ("next_token_prediction",)),
    (r"ForMaskedImageModeling$", ("masked_image_modeling",)),
)
"""What the class name of the built model says (transformers naming)."""

READING_HEADS = re.compile(
    r"For(SequenceClassification|TokenClassification|QuestionAnswering|MultipleChoice|ImageClassification|"
    r"AudioClassification|Prediction)$|(?<!LMHead)Model(WithProjection)?$"
)
"""Class names of models without a language head."""

PART_SUFFIX = re.compile(r"(_config|_cfg|_params|_args|_kwargs|_config_dict)$")
NOT_PARTS = frozenset(
    {
        "quantization_config",
        "task_specific_params",
        "id2label",
        "label2id",
        "rope_parameters",
        "rope_scaling",
        "auto_map",
        "generation_config",
        "init_config",
        "pretrained_cfg",
        "text_config_dict",
        "vision_config_dict",
        "attn_config",
        "ssm_cfg",
        "loftq_config",
        "rank_pattern",
        "alpha_pattern",
        "compression_config",
        "sparse_attention_config",
        "ffn_config",
        "attn",
        "audio",
        "train",
        "data",
        "optimizer",
        "training",
        "distributed",
        "gst",
        "img_token_compression_config",
        "linear_attn_config",
        "eval",
        "infer",
    }
)
"""Keys of objects that are settings of a part, not parts."""

FLATTENED: Mapping[str, str] = {
    "attn_config": "attn_config",
    "ffn_config": "ffn_config",
    "attn": "attn",
    "ssm_cfg": "ssm_cfg",
}
"""Objects whose keys count as keys of the part that holds them."""

SIGNS = (
    "width",
    "layers",
    "heads",
    "ffn",
    "vocab_size",
    "patch_size",
    "state_size",
    "depths",
    "hidden_sizes",
    "experts",
    "context",
)
"""A part is a model of its own when at least two of these are there."""


@cache
def aliases(canonical: str) -> tuple[str, ...]:
    """All keys by which files call a thing, the usual ones first."""
    known = library().detection.canonical_aliases.get(canonical, (canonical,))
    return tuple(dict.fromkeys((*known, *MORE.get(canonical, ()))))
