"""What model types share: profiles of kin, class-name suffixes, and the keys by which a part of a model is known."""

import re
from collections.abc import Mapping

KIN: tuple[tuple[str, str], ...] = (
    (r"llama.*|mistral.*|ministral.*|yi|baichuan|internlm.*|arcee|granite|smollm.*|stablelm.*|minicpm.*|aquila|deepseek|"
     r"solar.*|exaone|nemotron|starcoder2|olmo|mimo|decilm|xverse|aya.*|cwm|codellama|vaultgemma|hunyuan_v1_dense|seed_oss|"
     r"ernie4_5|apertus|helium|lfm2|persimmon|orion|telechat|pangu.*|bitnet", "llama"),
    (r"qwen|qwen2_.*text|qwen2_5.*text|qwen1_5", "qwen2"),
    (r"qwen3_.*text|qwen3_(?!next|5|moe|vl_moe|omni_moe).*", "qwen3"),
    (r"gemma|gemma_text", "llama"),
    (r"gemma3|gemma3n.*|gemma4.*text|gemma4|t5gemma.*text", "gemma3_text"),
    (r"olmo3|flex_olmo|exaone4", "olmo2"),
    (r"qwen2_moe|qwen3_moe|qwen3_vl_moe.*|qwen3_omni_moe.*text|granitemoe|olmoe|phimoe|dbrx|minimax_m2|glm4_moe|dots1|"
     r"exaone_moe|solar_open|ernie4_5_moe", "mixtral"),
    (r"deepseek_v2|deepseek_v32|deepseek_v4|kimi_k2.*|glm_moe_dsa|longcat.*|mistral_large4.*|mistral4|axk1|deepseek_ref", "deepseek_v3"),
    (r"gpt2-.*|gpt-sw3|gpt_bigcode|openai-gpt|imagegpt|decision_transformer|gpt_neo|codegen|biogpt|xglm|ctrl|nanogpt", "gpt2"),
    (r"gpt_neox.*|pythia|gpt-neox.*|stablelm_epoch|phi", "gpt_neox"),
    (r"refinedweb.*|falcon.*", "falcon"),
    (r"distilbert|ernie|layoutlm|megatron-bert|mobilebert|nezha|dpr|luke|markuplm|squeezebert|tapas|visual_bert|bert-.*|"
     r"esm|roc_bert|.*bert$", "bert"),
    (r"xlm-roberta.*|camembert|roberta-.*|longformer|ibert|xmod|data2vec-text|mpnet", "roberta"),
    (r"mt5|umt5|byt5|longt5|flan.*t5|pop2piano|.*_t5", "t5"),
    (r"mbart|m2m_100|marian|pegasus.*|blenderbot.*|plbart|nllb.*|bigbird_pegasus|led|fsmt|prophetnet|speech_to_text", "bart"),
    (r"vit_.*|dinov2.*|dinov3_vit|yolos|beit.*|data2vec-vision|pixio|ijepa|vivit|videomae|.*vit$|sam_vision.*|deit.*|"
     r"clip_vision_model|.*clip.*vision.*|siglip.*vision.*|.*_vision|.*vision_model|audio-spectrogram-transformer|vitdet|ast", "vit"),
    (r"clip_text_model|.*clip.*text.*|siglip.*text.*", "clip_text"),
    (r"clip|altclip|chinese_clip|xclip|owlvit|metaclip_2|clipseg|groupvit|clap", "clip"),
    (r"siglip2|siglip", "siglip"),
    (r"swinv2|swin-.*|donut-swin|maskformer-swin|swin2sr|hiera", "swin"),
    (r"regnet|bit|.*resnet.*", "resnet"),
    (r"dinov3_convnext|convnext.*", "convnext"),
    (r"hubert|wavlm|unispeech.*|sew.*|wav2vec2.*|data2vec-audio", "wav2vec2"),
    (r"falcon_mamba|mamba_ssm", "mamba"),
    (r"jamba.*|zamba2?|bamba|granitemoehybrid|nemotron_h|samba", "jamba"),
    (r"rwkv.*", "rwkv"),
    (r"moonshine.*|whisper.*", "whisper"),
    (r"deberta|sew-d", "deberta-v2"),
)
"""Model types without a profile of their own, as (pattern, profile whose ideas the code shares). Judged by the code's lineage."""

EXTRA_PROFILES: Mapping[str, tuple[str, ...]] = {
    "clip_text": ("causal_masking", "residual_connection", "softmax_attention", "ffn_mlp", "token_embedding",
                  "learned_absolute_position", "pre_norm", "layernorm", "final_norm"),
}

HEADS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"(ForCausalLM|LMHeadModel|CausalLM|ForConditionalGenerationText)$", ("causal_masking", "next_token_prediction", "token_embedding")),
    (r"ForMaskedLM$", ("bidirectional_context", "masked_language_modeling", "token_embedding")),
    (r"ForPreTraining$", ("bidirectional_context", "token_embedding")),
    (r"For(SequenceClassification|TokenClassification|QuestionAnswering|MultipleChoice)$", ("token_embedding",)),
    (r"ForConditionalGeneration$", ("next_token_prediction",)),
    (r"ForImageClassification$", ("bidirectional_context",)),
    (r"ForMaskedImageModeling$", ("masked_image_modeling",)),
)
"""What the class name of the built model says (transformers naming)."""

PART_SUFFIX = re.compile(r"(_config|_cfg|_params|_args|_kwargs)$")
NOT_PARTS = frozenset({
    "quantization_config", "task_specific_params", "id2label", "label2id", "rope_parameters", "rope_scaling", "auto_map",
    "generation_config", "init_config", "pretrained_cfg", "text_config_dict", "vision_config_dict", "attn_config", "ssm_cfg",
    "loftq_config", "rank_pattern", "alpha_pattern", "compression_config", "perceiver_config", "sparse_attention_config",
})

SIGNS = frozenset({"width", "layers", "heads", "ffn", "vocab_size", "patch_size", "state_size", "depths", "hidden_sizes", "experts"})
"""A part is a model of its own when at least two of these are there."""


def profile_of(model_type: str, profiles: Mapping[str, tuple[str, ...]]) -> tuple[str, tuple[str, ...]]:
    """(profile name, ideas that its code implies) for a model type, its own or its kin's; empty where none is known."""
    name = model_type.lower()
    if name in profiles:
        return name, profiles[name]
    for pattern, kin in KIN:
        if re.fullmatch(pattern, name):
            return kin, EXTRA_PROFILES.get(kin) or profiles.get(kin, ())
    return "", ()
