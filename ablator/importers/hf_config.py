"""Hugging Face `config.json` of any type: parts become sites, keys and the type's code become ideas."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import msgspec

from ablator.core.elements import Json
from ablator.importers.found import Found, FoundIdea, Reading
from ablator.importers.hf_aliases import HEADS, NOT_PARTS, PART_SUFFIX, SIGNS, aliases
from ablator.importers.hf_beside import (
    counts_whole,
    facts_beside,
    ideas_beside,
    is_beside,
    pair_loss,
    tower_type,
    type_beside,
)
from ablator.importers.hf_factors import factor_facts
from ablator.importers.hf_impossible import refuse_impossible
from ablator.importers.hf_kin import profile_of
from ablator.importers.hf_part import is_number, part_of
from ablator.importers.hf_reading import read_part
from ablator.importers.settings import with_references
from ablator.library import library
from ablator.resources import resource

FORMAT = "Hugging Face config.json"
MAX_PARTS = 24
SIZES = ("width", "layers", "heads", "kv_heads", "ffn", "head_dim", "vocab_size")
"""Keys that tell how large a model is, not what it is made of."""


@cache
def type_defaults() -> Mapping[str, Mapping[str, Any]]:
    """Decisive default values by model type."""
    raw = msgspec.json.decode(resource("library", "hf_defaults.json").read_bytes())
    return raw["types"]  # type: ignore[no-any-return]


def looks_like_model(config: Any) -> bool:
    """Whether an object is a model's configuration: it names a type or class, or some part has a model's keys."""
    if not isinstance(config, dict):
        return False
    if config.get("model_type") is not None or isinstance(config.get("architectures"), list):
        return True
    if isinstance(config.get("architecture"), str) and ("pretrained_cfg" in config or "num_classes" in config):
        return True
    return is_beside(config) or has_sizes(config)


def has_sizes(config: Mapping[str, Any]) -> bool:
    """Whether some part of an object has at least two sizes of a model."""
    return any(True for _ in _parts(config))


def read_config(config: Mapping[str, Any], file: str, *, place: str = "", format_name: str = FORMAT) -> Reading:
    """Everything that a model's configuration tells; unknown types are read by their keys alone.

    Raises BadInput where a key that decides everything has an impossible value; `place` is the file as errors name it.
    """
    config = with_references(config)
    refuse_impossible(config, place or file)
    if format_name == FORMAT and file.lower().endswith((".yaml", ".yml", ".toml", ".py")):
        format_name = "model configuration"
    model_type = _text(config.get("model_type")) or _text(config.get("architecture")) or type_beside(config)
    parts = list(_parts(config))[:MAX_PARTS] or _towers_of(model_type) or [("", "", config)]
    found: list[Found] = []
    ideas: list[FoundIdea] = []
    unknown: list[str] = []
    odd: list[str] = []
    totals: list[int | None] = []
    if model_type:
        named = next(
            (k for k in ("model_type", "architecture", "_class_name", "model") if _text(config.get(k))), "name"
        )
        found.append(Found("model_type", model_type, file, named, "read" if named != "name" else "inferred"))
    else:
        unknown.append("model type")
    speaks = any(name in config for name in aliases("vocab_size"))
    sites = _site_names([p[0] for p in parts], "text" if speaks else "main")
    for (_, path, body), site in zip(parts, sites, strict=True):
        own_type = _type_of_part(config, body, path, model_type, len(parts) == 1)
        classes = _class_names(config) if not path else ()
        part = part_of(body, path, file, own_type, _defaults(config, own_type), classes)
        read = read_part(part, site)
        found += factor_facts(part)
        found += read.found
        ideas += read.ideas
        unknown += read.unknown
        odd += read.contradictions
        totals.append(read.parameters)
    if len(parts) > 1:
        standing = {i.idea for i in ideas}
        ideas += [i for i in _joining(config, parts, file) if i.idea not in standing]
    if all(path for _, path, _ in parts):
        ideas += _whole(model_type, file)
    ideas += ideas_beside(config, file)
    found += facts_beside(config, file)
    if "auto_map" in config or config.get("trust_remote_code") is True:
        unknown.append("the model has its own code, which is not run")
    total = sum(t for t in totals if t is not None) if totals and all(t is not None for t in totals) else None
    return Reading(
        file=file,
        format=format_name,
        role="model",
        found=tuple(found),
        ideas=_once(ideas),
        family="clip" if re.search(r"(clip|siglip\d?)_text_model$", model_type) else family_of(ideas),
        model_type=model_type,
        parameters=(total or None) if counts_whole(config) else None,
        unknown=tuple(dict.fromkeys(unknown)),
        contradictions=tuple(dict.fromkeys(odd)),
    )


def _defaults(config: Mapping[str, Any], model_type: str) -> Mapping[str, Any]:
    """Values that keys left out have; none for sizes beside an adapter, whose base may be of any size."""
    found = type_defaults().get(model_type, {})
    if not isinstance(config.get("peft_type"), str):
        return found
    sizes = {key for name in SIZES for key in aliases(name)}
    return {k: v for k, v in found.items() if k not in sizes}


def _towers_of(model_type: str) -> list[tuple[str, str, Mapping[str, Any]]]:
    """The two towers of a pair whose file names neither: all in them is the default of their types."""
    names = [f"{n}_config" for n in ("text", "vision") if f"{model_type}_{n}_model" in type_defaults()]
    return [(name, name, {}) for name in names] if len(names) == 2 else []


def _parts(config: Mapping[str, Any], path: str = "", depth: int = 0) -> Iterable[tuple[str, str, Mapping[str, Any]]]:
    """(name, dotted path, object) of each part that is a model of its own, outermost first."""
    signs = 0
    for sign in SIGNS:
        signs += any(is_number(config.get(n)) or isinstance(config.get(n), list) for n in aliases(sign))
    own = config.get("model_type")
    if signs >= 2 or (path and isinstance(own, str) and own in type_defaults()):
        yield path.rpartition(".")[2], path, config
    if depth >= 3:
        return
    for number, (key, value) in enumerate(config.items()):
        if number > 400:
            return
        if isinstance(value, dict) and key not in NOT_PARTS and len(value) >= 2:
            yield from _parts(value, f"{path}.{key}" if path else key, depth + 1)


def _site_names(names: list[str], outermost: str) -> list[str]:
    """Site of each part: its key without `_config`, `outermost` for the whole's own; empty for a single part."""
    if len(names) == 1:
        return [""]
    out: list[str] = []
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9_-]+", "-", PART_SUFFIX.sub("", name)).strip("-_") or outermost
        site, n = plain, 2
        while site in out:
            site, n = f"{plain}{n}", n + 1
        out.append(site)
    return out


def _class_names(config: Mapping[str, Any]) -> tuple[str, ...]:
    names = config.get("architectures")
    return tuple(x for x in names if isinstance(x, str))[:4] if isinstance(names, list) else ()


def _whole(model_type: str, file: str) -> list[FoundIdea]:
    """What the code of a type that only joins parts implies for the whole, such as its objective."""
    base, implied = profile_of(model_type, library().detection.model_type_profiles) if model_type else ("", ())
    where = f"{file}: model_type ({model_type}: in its code)"
    return [FoundIdea(idea=i, status="inferred", from_=(where,)) for i in implied] if base == "nothing" else []


def _joining(config: Mapping[str, Any], parts: list[tuple[str, str, Mapping[str, Any]]], file: str) -> list[FoundIdea]:
    """Ideas that belong to no part but to how the parts are joined."""
    names = " ".join(p[1] for p in parts)
    out = []
    contrastive = [k for k in ("logit_scale_init_value", "projection_dim", "embed_dim") if k in config]
    if "text" in names and "vision" in names and contrastive:
        where = (f"{file}: {contrastive[0]}",)
        out += [FoundIdea(idea=i, status="read", from_=where) for i in ("dual_encoder",)]
        out += [FoundIdea(idea=i, status="inferred", from_=where) for i in (pair_loss(config), "learned_temperature")]
    last = [p[0] for p in parts]
    if "decoder" in last and any(name.endswith("encoder") for name in last):
        out.append(FoundIdea(idea="encoder_decoder_split", from_=(f"{file}: encoder, decoder",)))
    for pattern, ideas in HEADS:
        for name in _class_names(config):
            if re.search(pattern, name):
                out += [
                    FoundIdea(idea=i, status="inferred", from_=(f"{file}: architectures ({name})",))
                    for i in ideas
                    if library().ideas[i].category == "objective"
                ]
    return out


def _once(ideas: Iterable[FoundIdea]) -> tuple[FoundIdea, ...]:
    """Each idea once a site; what was read beats what was inferred, a shown absence beats an inference."""
    weight = {"read": 3, "default": 2, "inferred": 1, "added": 1, "unknown": 0}
    best: dict[tuple[str, str], FoundIdea] = {}
    for idea in ideas:
        key = (idea.site, idea.idea)
        known = best.get(key)
        if (
            known is None
            or weight[idea.status] > weight[known.status]
            or (weight[idea.status] == weight[known.status] and idea.value is not None and known.value is None)
        ):
            best[key] = idea
    return tuple(best[k] for k in sorted(best))


def family_of(ideas: Iterable[FoundIdea]) -> str:
    """The library's family word for a set of ideas; empty where they don't tell."""
    here = {i.idea for i in ideas if i.present}
    rules: tuple[tuple[str, bool], ...] = (
        ("clip", "dual_encoder" in here),
        ("encdec_lm", "encoder_decoder_split" in here),
        ("moe", "moe_layer" in here),
        ("ssm", "state_space_layer" in here),
        ("dit", "diffusion_denoising" in here),
        ("decoder_lm", {"causal_masking", "next_token_prediction", "token_embedding"} <= here),
        ("vit", "patch_embedding" in here and "softmax_attention" in here),
        ("cnn", bool(here & {"convolution", "depthwise_conv", "bottleneck_block"}) and "softmax_attention" not in here),
        (
            "encoder_lm",
            bool(here & {"masked_language_modeling", "replaced_token_detection"})
            or ("bidirectional_context" in here and "token_embedding" in here),
        ),
        ("decoder_lm", bool(here & {"causal_masking", "next_token_prediction"})),
        ("gnn", "message_passing" in here),
        ("rnn", "recurrence" in here),
    )
    return next((name for name, true in rules if true), "")


def _text(value: Json) -> str:
    return value.strip()[:80] if isinstance(value, str) else ""


def _type_of_part(config: Mapping[str, Any], body: Mapping[str, Any], path: str, outer: str, single: bool) -> str:
    """The type whose code a part is built by; a vision part is never taken for the language model beside it."""
    own = _text(body.get("model_type")) or tower_type(config, path) or _inner_type(outer, path, single)
    sees = re.search(r"vis|image|vit", path.rpartition(".")[2]) is not None
    if sees and own and "vision" not in own:
        base, implied = profile_of(own, library().detection.model_type_profiles)
        return f"{own}_vision" if base == "nothing" or "next_token_prediction" in implied else own
    return own


def _inner_type(outer: str, path: str, single: bool) -> str:
    """The type of a part that names none: the whole's, or the whole's with the part's name, where that is known."""
    if single or not path:
        return outer
    name = PART_SUFFIX.sub("", path.rpartition(".")[2])
    profiles = library().detection.model_type_profiles
    for tried in (f"{outer}_{name}_model", f"{outer}_{name}", name):
        if outer and (tried in type_defaults() or profile_of(tried, profiles)[0]):
            return tried
    return ""
