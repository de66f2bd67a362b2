"""timm models by name: which ideas an architecture has, from the pattern that its name fits."""

import re
from collections.abc import Mapping

_VIT = (
    "patch_embedding softmax_attention multi_head_attention bidirectional_context attention_scaling qkv_bias layernorm "
    "pre_norm final_norm ffn_mlp gelu residual_connection learned_absolute_position depth width"
)
_RESNET = (
    "convolution hierarchical_stages batchnorm relu residual_connection identity_shortcut post_norm conv_stem "
    "global_avg_pool bottleneck_block"
)
_CONVNEXT = (
    "depthwise_conv large_kernel inverted_bottleneck hierarchical_stages layernorm gelu ffn_mlp residual_connection "
    "fewer_activations fewer_norms separate_downsampling global_avg_pool patch_embedding"
)
_MOBILE = (
    "depthwise_conv hierarchical_stages batchnorm residual_connection inverted_bottleneck global_avg_pool conv_stem"
)

ARCHITECTURES: tuple[tuple[str, str], ...] = (
    (r"vit_\w*dinov3", f"{_VIT} cls_token rope register_tokens layerscale -learned_absolute_position"),
    (r"vit_\w*(reg\d?|register)", f"{_VIT} cls_token register_tokens"),
    (r"vit_\w*(gap|siglip)", f"{_VIT} global_avg_pool"),
    (r"(vit|deit)_", f"{_VIT} cls_token"),
    (r"deit3_|cait_", f"{_VIT} cls_token layerscale"),
    (r"beit(v2)?_|beit3_", f"{_VIT} cls_token layerscale relative_position_bias -learned_absolute_position"),
    (r"eva02_", f"{_VIT} cls_token rope gated_mlp silu -gelu -learned_absolute_position"),
    (r"eva_", f"{_VIT} cls_token"),
    (
        r"xcit_",
        f"{_VIT} cls_token layerscale depthwise_conv -softmax_attention -multi_head_attention -attention_scaling",
    ),
    (
        r"swin(v2)?_",
        f"{_VIT} shifted_window_attention relative_position_bias hierarchical_stages global_avg_pool "
        "-learned_absolute_position",
    ),
    (r"pvt_|twins_|mvit", f"{_VIT} hierarchical_stages"),
    (
        r"(mixer|gmixer|resmlp|gmlp)_",
        "patch_embedding spatial_mlp_mixing layernorm pre_norm final_norm ffn_mlp gelu residual_connection "
        "global_avg_pool depth width",
    ),
    (
        r"poolformer|metaformer",
        "patch_embedding pooling_mixing hierarchical_stages groupnorm pre_norm ffn_mlp gelu residual_connection "
        "layerscale global_avg_pool",
    ),
    (r"convnextv2", f"{_CONVNEXT} global_response_norm"),
    (r"convnext", f"{_CONVNEXT} layerscale"),
    (r"convmixer", "depthwise_conv large_kernel patch_embedding batchnorm gelu residual_connection global_avg_pool"),
    (r"(nf_|nfnet|dm_nfnet|eca_nfnet)", f"{_RESNET} weight_standardization squeeze_excite -batchnorm"),
    (r"(se_?resne|seres|legacy_seres|ecares|skres)", f"{_RESNET} squeeze_excite"),
    (r"(resnext|wide_resnet|resnest)", f"{_RESNET} grouped_convolution"),
    (r"resnet(18|34)(\b|\.|_|$)", f"{_RESNET} -bottleneck_block"),
    (r"resnetv2", f"{_RESNET} pre_activation -post_norm"),
    (r"(resnet|resnetrs|hrnet|dla|res2net|tresnet|rexnet)", _RESNET),
    (r"regnety", f"{_RESNET} grouped_convolution squeeze_excite"),
    (r"regnet", f"{_RESNET} grouped_convolution"),
    (r"densenet", "convolution hierarchical_stages dense_connections batchnorm relu conv_stem global_avg_pool"),
    (r"(vgg)", "convolution hierarchical_stages relu"),
    (r"(inception|xception|googlenet)", "convolution hierarchical_stages batchnorm relu conv_stem global_avg_pool"),
    (r"(tf_)?efficientnetv?2?_?|mobilenetv3|tinynet|lcnet", f"{_MOBILE} squeeze_excite silu"),
    (r"(mobilenet|mnasnet|fbnet|spnasnet|ghostnet|repvgg|mobileone)", f"{_MOBILE} relu"),
    (
        r"(maxvit|maxxvit|coatnet|coatnext)",
        f"{_VIT} hierarchical_stages relative_position_bias inverted_bottleneck squeeze_excite conv_stem "
        "global_avg_pool -patch_embedding -learned_absolute_position",
    ),
    (r"(levit|efficientformer|mobilevit|tiny_vit|edgenext)", f"{_VIT} hierarchical_stages conv_stem -patch_embedding"),
)
"""What the code of timm's architectures holds, by the beginnings of their names; `-` takes an idea back."""

WIDTHS: Mapping[str, tuple[int, int, int]] = {
    "tiny": (192, 12, 3),
    "small": (384, 12, 6),
    "base": (768, 12, 12),
    "large": (1024, 24, 16),
    "huge": (1280, 32, 16),
}
"""Width, depth and heads of the plain vision transformers by the word in their names."""


def implied(architecture: str) -> tuple[str, ...]:
    """Ideas of an architecture by its name; empty for an unknown one.

    >>> "layerscale" in implied("deit3_small_patch16_224")
    True
    """
    name = architecture.lower().rpartition("/")[2].removeprefix("timm_")
    for pattern, words in ARCHITECTURES:
        if re.match(pattern, name):
            ideas = dict.fromkeys(w for w in words.split() if not w.startswith("-"))
            for word in words.split():
                if word.startswith("-"):
                    ideas.pop(word[1:], None)
            return tuple(ideas)
    return ()
