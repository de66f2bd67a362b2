"""Model files beside a plain config.json: adapters, sentence poolings, diffusion parts, pairs of towers."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ablator.importers.found import Found, FoundIdea
from ablator.importers.hf_part import is_number
from ablator.importers.timm_names import implied
from ablator.library import library

_BASES: tuple[tuple[str, str], ...] = (
    (r"mixtral", "mixtral"),
    (r"mistral|zephyr", "mistral"),
    (r"gemma-?2", "gemma2"),
    (r"gemma-?3", "gemma3"),
    (r"gemma", "gemma"),
    (r"qwen-?3", "qwen3"),
    (r"qwen", "qwen2"),
    (r"phi-?[34]", "phi3"),
    (r"phi", "phi"),
    (r"deepseek-v[23]|deepseek-r1(?!-distill)", "deepseek_v3"),
    (r"llama|vicuna|alpaca|wizard|smollm", "llama"),
    (r"falcon", "falcon"),
    (r"bloom", "bloom"),
    (r"pythia|neox", "gpt_neox"),
    (r"gpt2|gpt-2|dialogpt", "gpt2"),
    (r"distilbert", "distilbert"),
    (r"deberta", "deberta-v2"),
    (r"xlm-?roberta|roberta", "roberta"),
    (r"albert", "albert"),
    (r"modernbert", "modernbert"),
    (r"bert", "bert"),
    (r"flan-?t5|mt5|(?<![a-z])t5", "t5"),
    (r"whisper", "whisper"),
    (r"bart", "bart"),
    (r"mamba", "mamba"),
    (r"opt-\d", "opt"),
    (r"(?<![a-z])vit(?![a-z])", "vit"),
)
"""What the name of a base model says of its type; the first that is found in it."""

_MODULES: tuple[tuple[frozenset[str], tuple[str, ...]], ...] = (
    (frozenset({"q_proj", "k_proj", "v_proj", "query", "key", "value", "q", "v", "c_attn", "query_key_value"}),
     ("softmax_attention",)),
    (frozenset({"gate_proj", "gate_up_proj"}), ("ffn_mlp", "gated_mlp")),
    (frozenset({"up_proj", "down_proj", "fc1", "fc2", "c_fc", "dense_h_to_4h"}), ("ffn_mlp",)),
    (frozenset({"in_proj", "x_proj", "dt_proj"}), ("state_space_layer",)),
)  # fmt: skip


def is_beside(config: Mapping[str, Any]) -> bool:
    """Whether an object is one of these files."""
    adapter = isinstance(config.get("peft_type"), str)
    diffusion = isinstance(config.get("_class_name"), str) and "_diffusers_version" in config
    return adapter or diffusion or _is_pooling(config) or _towers(config)


def type_beside(config: Mapping[str, Any]) -> str:
    """The model type that such a file names: the class of a diffusion part, the base of an adapter, a named model."""
    if isinstance(config.get("_class_name"), str):
        return str(config["_class_name"])[:80]
    base = config.get("base_model_name_or_path")
    if isinstance(config.get("peft_type"), str) and isinstance(base, str):
        name = base[:300].rstrip("/").rpartition("/")[2].lower()
        return next((kind for pattern, kind in _BASES if re.search(pattern, name)), "")
    named = config.get("model")
    if isinstance(named, str) and "base_model" not in config:
        return named[:80]
    if "type_vocab_size" in config and "hidden_dropout_prob" in config:  # BERT's own files name no type
        shares = "num_hidden_groups" in config
        return "deberta-v2" if config.get("relative_attention") is True else "albert" if shares else "bert"
    return ""


def tower_type(config: Mapping[str, Any], name: str) -> str:
    """The type of one tower of an OpenCLIP pair."""
    part = config.get(name)
    if not _towers(config) or not isinstance(part, dict):
        return ""
    hub = part.get("hf_model_name", part.get("timm_model_name"))
    if isinstance(hub, str):
        return next((kind for pattern, kind in _BASES if re.search(pattern, hub[:200].lower())), "")
    if name == "text_cfg":
        return "siglip_text_model" if part.get("no_causal_mask") is True else "clip_text_model"
    if name == "multimodal_cfg":
        return "coca_multimodal"
    return "resnet" if isinstance(part.get("layers"), list) else "clip_vision_model"


def ideas_beside(config: Mapping[str, Any], file: str) -> Iterable[FoundIdea]:
    """Ideas that the file shows beyond what its type implies."""
    targets = config.get("target_modules")
    if isinstance(config.get("peft_type"), str) and isinstance(targets, list):
        names = {t.rpartition(".")[2] for t in targets[:200] if isinstance(t, str)}
        for modules, ideas in _MODULES:
            if names & modules:
                where = f"{file}: target_modules ({', '.join(sorted(names & modules))})"
                for idea in ideas:
                    yield FoundIdea(idea=idea, status="inferred", from_=(where,))
    if _is_pooling(config):
        for key, idea in (("pooling_mode_cls_token", "cls_token"), ("pooling_mode_mean_tokens", "global_avg_pool")):
            if config.get(key) is True:
                yield FoundIdea(idea=idea, value=True, from_=(f"{file}: {key}",), keys=(key,), switches={key: False})
                yield FoundIdea(idea="readout", from_=(f"{file}: {key}",))
        width = config.get("word_embedding_dimension")
        if is_number(width) and 0 < width < 10**6:
            where = f"{file}: word_embedding_dimension"
            yield FoundIdea(idea="width", value=width, from_=(where,))
            yield FoundIdea(idea="token_embedding", status="inferred", from_=(where,))
    if _towers(config):
        where = f"{file}: embed_dim, text_cfg"
        loss = f"{file}: init_logit_bias" if "init_logit_bias" in config else where
        yield FoundIdea(idea=pair_loss(config), status="inferred", from_=(loss,))
        for idea in ("dual_encoder", "learned_temperature", "projection_head"):
            yield FoundIdea(idea=idea, status="inferred", from_=(where,))
        yield from _timm_tower(config, file)


def pair_loss(config: Mapping[str, Any]) -> str:
    """The loss of a pair of towers: a bias on the logits belongs to the sigmoid loss alone."""
    return "sigmoid_pairwise_loss" if "init_logit_bias" in config else "contrastive_infonce"


def counts_whole(config: Mapping[str, Any]) -> bool:
    """Whether the file gives the sizes of every tower: one that is only named has parameters of its own."""
    towers = [v for k, v in config.items() if k.endswith("_cfg") and isinstance(v, dict)]
    return not any(isinstance(t.get(k), str) for t in towers for k in ("timm_model_name", "hf_model_name"))


def _timm_tower(config: Mapping[str, Any], file: str) -> Iterable[FoundIdea]:
    """What the name of a timm model implies for the tower that it stands for."""
    part = config.get("vision_cfg")
    name = part.get("timm_model_name") if isinstance(part, dict) else None
    if not isinstance(part, dict) or not isinstance(name, str):
        return
    ideas = set(implied(name[:200]))
    pooled = {"map": "attention_pooling", "avg": "global_avg_pool"}.get(str(part.get("timm_pool")), "")
    if pooled or "_gap" in name:
        ideas = (ideas - {"cls_token", "global_avg_pool"}) | {pooled or "global_avg_pool"}
    rows = library().ideas
    ideas |= {rows[i].slot or i for i in ideas}
    for idea in sorted(ideas):
        yield FoundIdea(idea=idea, site="vision", status="inferred", from_=(f"{file}: vision_cfg.timm_model_name",))


def facts_beside(config: Mapping[str, Any], file: str) -> Iterable[Found]:
    """Settings of an adapter: what is frozen, what it started from, its dropout."""
    if not isinstance(config.get("peft_type"), str):
        return
    for key, factor in (
        ("lora_dropout", "dropout"),
        ("base_model_name_or_path", "pretrained-initialisation"),
        ("r", "frozen-parameters"),
    ):
        value = config.get(key)
        if isinstance(value, str) or is_number(value):
            yield Found(factor, value[:300] if isinstance(value, str) else value, file, key)


def _is_pooling(config: Mapping[str, Any]) -> bool:
    return "word_embedding_dimension" in config and any(k.startswith("pooling_mode") for k in list(config)[:50])


def _towers(config: Mapping[str, Any]) -> bool:
    """A pair of towers as OpenCLIP writes it."""
    other = config.get("vision_cfg", config.get("audio_cfg"))
    return isinstance(config.get("text_cfg"), dict) and isinstance(other, dict) and "embed_dim" in config
