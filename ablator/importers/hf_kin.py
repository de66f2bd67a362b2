"""What the code of a model type implies beyond its keys: its own profile, or that of its kin with the differences."""

import re
from collections.abc import Mapping

BASES: Mapping[str, str] = {
    "encoder": "bidirectional_context softmax_attention residual_connection layernorm ffn_mlp",
    "decoder": "causal_masking next_token_prediction token_embedding softmax_attention residual_connection layernorm "
    "ffn_mlp",
    "vision": "patch_embedding softmax_attention bidirectional_context layernorm pre_norm final_norm ffn_mlp "
    "residual_connection",
    "seq2seq": "encoder_decoder_split cross_attention softmax_attention layernorm ffn_mlp residual_connection "
    "token_embedding",
    "conv": "convolution hierarchical_stages batchnorm residual_connection",
    "cross": "cross_attention softmax_attention residual_connection layernorm ffn_mlp",
    "linear_lm": "linear_attention causal_masking next_token_prediction token_embedding residual_connection rmsnorm "
    "pre_norm final_norm ffn_mlp gated_mlp",
    "nothing": "",
}
"""Sets from which types without a profile in the library are built."""

_LLAMA = (
    r"llama|llama_.*|mistral.*|ministral.*|yi|internlm\d*|granite|smollm\d|minicpm|aquila|solar|exaone|mimo|decilm|xverse|cwm|"
    r"codellama|seed_oss|ernie4_5|helium|telechat.*|pangu.*|iquestcoder|youtu|mellum|emu3_text_model|chameleon|"
    r"aria_text|transformer|deepseek|baichuan|skywork|diffllama|jais2|csm.*|evolla|afmoe|hyperclovax|moshi|laguna|"
    r"voxtral_realtime_text|higgs_audio_v2|paddleocr_vl_text|openelm|lighton_ocr_text|granite4_vision_text|molmo2_text"
)

_UNET = (
    "+convolution +groupnorm +silu +residual_connection +unet_skips +hierarchical_stages +timestep_conditioning "
    "+diffusion_denoising"
)

KIN: tuple[tuple[str, str, str], ...] = (
    (r"(unet\w*condition\w*|unetspatio\w*|\w*controlnet\w*)model|unet_.*", "cross", "-layernorm " + _UNET),
    (r"unet2dmodel|unet1dmodel", "nothing", _UNET),
    (
        r"stablecascadeunet",
        "cross",
        "+depthwise_conv +unet_skips +hierarchical_stages +timestep_conditioning "
        "+diffusion_denoising +global_response_norm",
    ),
    (
        r"(asymmetric)?autoencoder\w*|vqmodel|vae\w*",
        "nothing",
        "+latent_autoencoder +convolution +groupnorm +silu +residual_connection +hierarchical_stages",
    ),
    (
        r"flux\w*transformer2dmodel|chroma\w*",
        "vision",
        "-learned_absolute_position +rope +qk_norm +adaptive_norm +timestep_conditioning +diffusion_denoising",
    ),
    (
        r"\w*transformer[23]dmodel|dit\w*|\w*transformer3dmodel",
        "vision",
        "+adaptive_norm +timestep_conditioning +diffusion_denoising",
    ),
    (r"mllama_text_model", "llama", "+cross_attention"),
    (r".*hifigan|univnet|vocos", "nothing", "+convolution +residual_connection"),
    (r"pp_ocrv\d.*|pp_lcnet.*|hgnet.*|uvdoc", "conv", "+depthwise_conv"),
    (r"superpoint", "conv", "-residual_connection"),
    (r".*perciever|.*perceiver|.*resampler", "cross", ""),
    (_LLAMA, "llama", ""),
    (r"arcee", "llama", "-gated_mlp +relu_squared"),
    (
        r"hunyuan_v1_dense|hunyuan_vl_text|qwen3_.*text|qwen3_asr.*|qwen3_omni_moe_talker_code_predictor|colqwen3",
        "qwen3",
        "",
    ),
    (r"apertus", "llama", "-gated_mlp +qk_norm"),
    (r"nemotron", "llama", "-rmsnorm +layernorm -gated_mlp +relu_squared +partial_rope"),
    (r"stablelm", "llama", "-rmsnorm +layernorm +partial_rope"),
    (r"starcoder2", "llama", "-rmsnorm +layernorm -gated_mlp"),
    (r"persimmon|fuyu", "llama", "-rmsnorm +layernorm -gated_mlp +relu_squared +partial_rope +qk_norm"),
    (r"olmo", "llama", "-rmsnorm +layernorm"),
    (r"olmo3", "olmo2", "+local_global_interleave"),
    (r"orion", "llama", "-rmsnorm +layernorm"),
    (r"olmoe|flex_olmo", "mixtral", "+qk_norm"),
    (r"bitnet", "llama", "+relu_squared"),
    (r"chatglm", "llama", "+partial_rope +qkv_bias"),
    (r"glm", "llama", "+partial_rope"),
    (r"glm4|glm_ocr_text|glm4v_text|glm46v_text", "llama", "+partial_rope -pre_norm +sandwich_norm"),
    (r"gemma|vaultgemma|recurrentgemma", "llama", "+embedding_scale +gelu"),
    (
        r"gemma3n.*text|gemma3|gemma4.*text|gemma4|t5gemma2?_.*text|embedding_gemma2.*|diffusion_gemma_text|shieldgemma2",
        "gemma3_text",
        "",
    ),
    (r"exaone4", "olmo2", ""),
    (r"qwen|qwen1_5|qwen2_.*text|qwen2_5.*text", "qwen2", ""),
    (r"qwen2_moe", "mixtral", "+qkv_bias +shared_expert"),
    (r"qwen3_moe|qwen3_vl_moe.*text|qwen3_omni_moe.*text|qwen3_vl_moe", "mixtral", "+qk_norm"),
    (r"qwen3_5.*|qwen4_exp.*", "qwen3_next", ""),
    (
        r"granitemoe|dbrx|ernie4_5_moe|exaone_moe|minimax|minimax_m2|phimoe|granitemoeshared|ernie4_5_vl_moe_text|openmoe",
        "mixtral",
        "",
    ),
    (r"minimax_m3.*", "mixtral", "+qk_norm"),
    (
        r"glm4_moe|dots1|solar_open|glm4v_moe_text|dots3.*text",
        "mixtral",
        "+shared_expert +sigmoid_router +aux_free_balancing",
    ),
    (r"hunyuan_v1_moe", "mixtral", "+shared_expert +qk_norm"),
    (r"llama4.*", "mixtral", "+shared_expert +sigmoid_router"),
    (
        r"deepseek_v2|deepseek_ocr2_text|deepseek_vl_v2|unlimited_ocr_text",
        "deepseek_v3",
        "-sigmoid_router -aux_free_balancing",
    ),
    (
        r"deepseek_v32|deepseek_v4|deepseek_ref|kimi_k2.*|glm_moe_dsa|longcat.*|mistral4|mistral_large4.*|axk1",
        "deepseek_v3",
        "",
    ),
    (r"minicpm3", "llama", "+latent_kv_compression"),
    (r"phi4.*|phi3_v|phi3_small", "phi3", ""),
    (r"phi|mixformer-sequential|phi-msft", "gpt_neox", ""),
    (r"cohere2.*|aya.*", "cohere", "+local_global_interleave"),
    (r"gpt2-.*|gpt-sw3|openai-gpt|imagegpt|nanogpt|gpt_neo|decision_transformer", "gpt2", ""),
    (r"gpt_bigcode", "gpt2", "+multi_query_attention"),
    (r"gpt_neox.*|pythia|gpt-neox.*", "gpt_neox", ""),
    (r"codegen", "gptj", ""),
    (r"refinedweb.*", "falcon", ""),
    (r"biogpt", "decoder", "+pre_norm +final_norm +learned_absolute_position"),
    (r"xglm|ctrl", "decoder", "+pre_norm +final_norm +sinusoidal_position"),
    (r"kosmos.*text.*", "decoder", "+pre_norm +final_norm"),
    (r"trocr", "decoder", "+post_norm +learned_absolute_position +cross_attention"),
    (r"musicgen.*decoder", "decoder", "+pre_norm +final_norm +sinusoidal_position +cross_attention"),
    (r"git", "decoder", "+post_norm +learned_absolute_position"),
    (
        r"distilbert|layoutlm.*|layoutxlm|markuplm|tapas|luke|mluke|lilt|nystromformer|yoso|chinese_clip_text_model|dpr|mra|splinter|"
        r"align_text_model|big_bird|macbert|bros|rembert|convbert|squeezebert|flava_text_model|blip_text_model|roc_bert",
        "bert",
        "-next_sentence_prediction",
    ),
    (
        r"megatron-bert|ernie|ernie_m|qdqbert|mobilebert|visual_bert|nezha|dnabert|canine|bert-.*|bertjapanese",
        "bert",
        "",
    ),
    (
        r"xlm-roberta.*|camembert|roberta-.*|longformer|ibert|xmod|data2vec-text|bridgetower_text_model|altclip_text_model|"
        r"clap_text_model|bert-generation|phobert|jina_embeddings_v3|mpnet",
        "roberta",
        "",
    ),
    (r"deberta|sew-d", "deberta-v2", ""),
    (r"roformer", "bert", "-learned_absolute_position +rope"),
    (r"nomic_bert", "bert", "-learned_absolute_position +rope +gated_mlp"),
    (
        r"eurobert|neobert",
        "encoder",
        "-layernorm +rmsnorm +pre_norm +final_norm +rope +gated_mlp +token_embedding +masked_language_modeling",
    ),
    (r"esm.*", "encoder", "+pre_norm +final_norm +token_embedding +masked_language_modeling"),
    (
        r"xlm|flaubert",
        "encoder",
        "+post_norm +learned_absolute_position +token_embedding +masked_language_modeling +embedding_norm",
    ),
    (r"funnel", "encoder", "+post_norm +disentangled_attention +hierarchical_stages +token_embedding"),
    (r"xlnet", "encoder", "-bidirectional_context +post_norm +disentangled_attention +token_embedding"),
    (r"modernvbert|colmodernvbert", "modernbert", ""),
    (r"lxmert", "encoder", "+post_norm +cross_attention +token_embedding"),
    (r".*qformer", "encoder", "+post_norm +cross_attention"),
    (r"mt5|umt5|byt5|longt5|flan.*t5|pop2piano|.*_t5|udop|pix2struct.*text.*", "t5", ""),
    (r"mbart|blenderbot|nllb.*", "bart", "-post_norm +pre_norm +final_norm"),
    (r"blenderbot-small|plbart|led|prophetnet|mvp", "bart", ""),
    (
        r"m2m_100|pegasus.*|nllb-moe|bigbird_pegasus|seamless_m4t.*",
        "seq2seq",
        "+pre_norm +final_norm +sinusoidal_position +embedding_scale",
    ),
    (r"marian|fsmt", "seq2seq", "+post_norm +sinusoidal_position +embedding_scale"),
    (r"speech_to_text|speecht5", "seq2seq", "+pre_norm +sinusoidal_position +conv_stem"),
    (r"autoformer|informer|time_series_transformer", "seq2seq", "-token_embedding +post_norm +sinusoidal_position"),
    (r"moonshine.*", "seq2seq", "+pre_norm +final_norm +rope +conv_stem"),
    (
        r"table-transformer|detr|conditional_detr|deformable_detr|grounding-dino|dab-detr|rt_detr.*|d_fine|rf_detr|lw_detr|omdet-turbo",
        "seq2seq",
        "-token_embedding +convolution +hierarchical_stages +post_norm",
    ),
    (
        r"clip_text_model|.*clip.*text.*|metaclip_2_text.*|groupvit_text_model|owlvit_text_model|owlv2_text_model|xclip_text_model|sam3.*text_model",
        "decoder",
        "-next_token_prediction +pre_norm +final_norm +learned_absolute_position",
    ),
    (
        r"siglip\d?_text_model|tipsv2_text_model",
        "encoder",
        "+pre_norm +final_norm +learned_absolute_position +token_embedding",
    ),
    (r"coca_multimodal", "decoder", "-token_embedding +cross_attention +pre_norm +final_norm"),
    (
        r"aimv2_text_model",
        "decoder",
        "-next_token_prediction -layernorm +rmsnorm +pre_norm +final_norm +gated_mlp +learned_absolute_position",
    ),
    (
        r"clip|altclip|chinese_clip|xclip|owlvit|owlv2|metaclip_2|groupvit|clap|aimv2|align",
        "nothing",
        "+dual_encoder +contrastive_infonce +learned_temperature +projection_head",
    ),
    (r"siglip\d?", "nothing", "+dual_encoder +sigmoid_pairwise_loss +learned_temperature"),
    (r"blip-2|llava.*|.*_vl|instructblip.*|video_llava|vipllava|idefics\d?", "nothing", ""),
    (
        r"siglip\d?_vision_model|idefics\d?_vision|smolvlm_vision|tipsv2_vision_model|phi4_multimodal_vision|cosmos3_edge_vision",
        "vision",
        "+learned_absolute_position",
    ),
    (
        r"clip_vision_model|.*clip.*vision.*|owlv.*vision_model|metaclip_2_vision.*|flava_image_model|yolos|vit_msn|vit_hybrid|ijepa|"
        r"blip.*vision_model|instructblip.*vision_model|audio-spectrogram-transformer|dpt|internvl_vision|vitpose_backbone|timesformer|vivit",
        "vit",
        "",
    ),
    (r"dinov2.*|rf_detr_dinov2|pixio", "vit", "+layerscale"),
    (r"dinov3_vit|eomt_dinov3", "vision", "+cls_token +rope +layerscale +register_tokens"),
    (
        r"pixtral|qwen2_5_vl_vision|qwen3.*_vision.*|qwen2_vl_vision|qwen4_exp_vision|glm.*vision|kimi_vl_vision|moonvit",
        "vision",
        "+rope",
    ),
    (r"aimv2_vision_model", "vision", "-layernorm +rmsnorm +gated_mlp +learned_absolute_position"),
    (r"videomae|vit_mae_.*", "vision", "+sinusoidal_position +masked_image_modeling"),
    (r"data2vec-vision|florence_vision", "beit", ""),
    (
        r"vitdet|sam_vision_model|sam_hq_vision_model|sam3_vit_model|deepseek_ocr2_sam_vision_model|unlimited_ocr_sam.*",
        "vision",
        "+learned_absolute_position",
    ),
    (r"donut-swin|maskformer-swin|swin-.*|clap_audio_model", "swin", ""),
    (r"swinv2", "swin", "-pre_norm +post_norm"),
    (r"regnet|rt_detr_resnet|.*resnet.*", "resnet", "-bottleneck_block"),
    (r"bit", "resnet", "-batchnorm +groupnorm +weight_standardization +pre_activation"),
    (r"dinov3_convnext", "convnext", ""),
    (
        r"mobilenet_v\d|efficientnet.*|align_vision_model|tf_efficientnet.*",
        "conv",
        "+depthwise_conv +inverted_bottleneck +global_avg_pool",
    ),
    (r"densenet.*", "conv", "-residual_connection +dense_connections"),
    (r"vgg.*", "conv", "-residual_connection -batchnorm"),
    (r"mobilevit.*", "conv", "+depthwise_conv +inverted_bottleneck"),
    (r"segformer|glpn|pvt.*", "encoder", "+pre_norm +hierarchical_stages +patch_embedding"),
    (r"cvt", "encoder", "+pre_norm +hierarchical_stages +short_conv +cls_token"),
    (r"dinat|nat", "encoder", "+pre_norm +hierarchical_stages +relative_position_bias"),
    (r"focalnet|levit", "encoder", "+hierarchical_stages"),
    (r"hubert|unispeech.*|sew|data2vec-audio", "wav2vec2", ""),
    (r"wavlm", "wav2vec2", "+relative_position_bias"),
    (r"wav2vec2-.*", "encoder", "+waveform_frontend +short_conv +pre_norm"),
    (
        r".*audio_encoder|glmasr_encoder|voxtral_encoder|audioflamingo3_encoder",
        "encoder",
        "+pre_norm +final_norm +conv_stem",
    ),
    (r"falcon_mamba|mamba_ssm", "mamba", ""),
    (r"zamba|samba|hymba", "jamba", "-moe_layer"),
    (r"zamba2|bamba|granitemoehybrid|falcon_h1", "jamba", "-moe_layer -no_position_encoding +scalar_decay_heads"),
    (r"nemotron_h", "jamba", "-moe_layer -gated_mlp +relu_squared +scalar_decay_heads"),
    (r"lfm2|lfm2_moe|lfm3", "llama", "+causal_convolution +hybrid_mixer_stack +qk_norm"),
    (r"recurrent_gemma", "llama", "+linear_recurrence_decay +hybrid_mixer_stack +embedding_scale +short_conv"),
    (r"kimi_linear|olmo_hybrid", "qwen3_next", "-partial_rope -moe_layer -shared_expert -attention_output_gate"),
    (r"rwkv.*", "rwkv", ""),
    (
        r"xlstm",
        "nothing",
        "+recurrence +gated_cell +causal_masking +next_token_prediction +token_embedding +residual_connection "
        "+pre_norm",
    ),
    (r"delta_net", "linear_lm", "+short_conv"),
    (r"gated_deltanet", "linear_lm", "+gated_delta_rule +short_conv"),
    (r"gla|gsa|retnet|hgrn\d?|lightnet", "linear_lm", ""),
    (
        r"decoder_only_t5",
        "t5",
        "-encoder_decoder_split -cross_attention -bidirectional_context -span_corruption +next_token_prediction",
    ),
    (r"patchtst", "encoder", "+patch_embedding +batchnorm -layernorm"),
    (
        r"patchtsmixer|tinytimemixer",
        "nothing",
        "+spatial_mlp_mixing +patch_embedding +residual_connection +ffn_mlp +layernorm",
    ),
    (r"timesfm.*", "decoder", "-token_embedding -next_token_prediction +patch_embedding +pre_norm"),
    (r"vits|mimi.*|encodec", "nothing", "+convolution"),
    (
        r"tacotron\d?",
        "nothing",
        "+encoder_decoder_split +recurrence +gated_cell +convolution +batchnorm +token_embedding +dropout",
    ),
    (r".*llama", "llama", ""),
    (r".*bert", "bert", ""),
    (r".*vit", "vit", ""),
)
"""(pattern of the model type, profile or base set, differences). The first that matches in full is taken. Judged by the
lineage of the code: which class each type's layers were derived from."""


def profile_of(model_type: str, profiles: Mapping[str, tuple[str, ...]]) -> tuple[str, tuple[str, ...]]:
    """(whose code it is, ideas that this code implies) for a model type or its kin; empty where none is known."""
    name = model_type.lower()
    sees, hears = "vision" in name or "visual" in name, name.endswith(("audio", "audio_encoder"))
    if name in profiles and name not in {"clip", "siglip"}:
        return name, profiles[name]
    for pattern, base, differences in KIN:
        if re.fullmatch(pattern, name):
            if (sees or hears) and "next_token_prediction" in (profiles.get(base) or BASES.get(base, "").split()):
                continue
            ideas = dict.fromkeys(profiles.get(base) or BASES.get(base, "").split())
            for word in differences.split():
                if word[0] == "+":
                    ideas[word[1:]] = None
                else:
                    ideas.pop(word[1:], None)
            return base, tuple(ideas)
    return ("vision", tuple(BASES["vision"].split())) if sees else ("", ())
