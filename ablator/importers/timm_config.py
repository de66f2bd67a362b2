"""timm models by the name of their architecture, which is all that their config.json and args.yaml say of them."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from ablator.importers.found import Found, FoundIdea, Reading
from ablator.importers.hf_config import family_of
from ablator.importers.hf_ideas import Ideas
from ablator.importers.hf_part import Part, is_number
from ablator.importers.hf_sites import at_sites
from ablator.importers.settings import read_settings
from ablator.importers.timm_names import WIDTHS, implied

FORMAT = "timm config.json"
ARGS_FORMAT = "timm args"


def looks_like_timm(value: object) -> bool:
    """Whether an object is the config.json of a timm model that is known by its name."""
    if not isinstance(value, dict) or "model_type" in value:
        return False
    name = value.get("architecture")
    return isinstance(name, str) and bool(implied(name)) and bool({"pretrained_cfg", "num_classes"} & value.keys())


def looks_like_timm_args(value: object) -> bool:
    """Whether an object is what timm's training script was called with."""
    if not isinstance(value, dict):
        return False
    name = value.get("model")
    return isinstance(name, str) and bool(implied(name)) and {"opt", "sched", "lr"} <= value.keys()


def read_timm(value: Mapping[str, Any], file: str) -> Reading:
    """Ideas and sizes that the name of the architecture stands for; `model_args` override them."""
    name = value["architecture"]
    ideas, found = _ideas(name, file, "architecture", value)
    return Reading(
        file=file,
        format=FORMAT,
        role="model",
        found=found,
        ideas=ideas,
        family=family_of(ideas),
        model_type=name[:80],
        unknown=("settings of the architecture that its name does not tell",),
    )


def read_timm_args(value: Mapping[str, Any], file: str) -> Reading:
    """The settings of a training run, and the ideas of the model that it names."""
    ideas, found = _ideas(value["model"], file, "model", {})
    reading = read_settings(value, file, format_name=ARGS_FORMAT)
    return msgspec.structs.replace(
        reading, ideas=ideas, family=family_of(ideas), model_type=value["model"][:80], found=(*reading.found, *found)
    )


def _ideas(name: str, file: str, key: str, value: Mapping[str, Any]) -> tuple[tuple[FoundIdea, ...], tuple[Found, ...]]:
    ideas = Ideas(Part({}, "", file))
    where = [f"{key} ({name[:60]})"]
    sizes = _sizes(name)
    arguments = value.get("model_args")
    if isinstance(arguments, dict):
        sizes |= {
            idea: arguments[k]
            for k, idea in (("embed_dim", "width"), ("depth", "depth"), ("num_heads", "heads"), ("img_size", "image"))
            if is_number(arguments.get(k))
        }
    for idea in implied(name):
        number = sizes.get({"multi_head_attention": "heads", "patch_embedding": "patch"}.get(idea, idea))
        if idea in {"depth", "width"} and number is None:
            continue
        ideas.put(idea, "inferred", where, value=number)
    if "image" in sizes:
        ideas.put("image_resolution", "inferred", where, value=sizes["image"])
    if isinstance(arguments, dict) and is_number(arguments.get("drop_path_rate")):
        rate = arguments["drop_path_rate"]
        ideas.put("stochastic_depth", "read", ["model_args.drop_path_rate"], value=rate, present=rate > 0)
    ideas.slots()
    found = [Found("model_type", name[:80], file, key)]
    found += [
        Found({"depth": "layers"}.get(fact, fact), number, file, key, "inferred") for fact, number in sizes.items()
    ]
    return at_sites(ideas), tuple(found)


def _sizes(name: str) -> dict[str, Any]:
    """Sizes that the words and numbers of a name stand for."""
    out: dict[str, Any] = {}
    if re.match(r"(vit|deit|deit3|beit|beitv2|eva02)_", name):
        word = next((w for w in WIDTHS if f"_{w}_" in f"{name}_"), None)
        if word is not None:
            out["width"], out["depth"], out["heads"] = WIDTHS[word]
    patch, image = re.search(r"patch(\d{1,3})", name), re.search(r"_(\d{3})(\.|_|$)", name)
    if patch:
        out["patch"] = int(patch.group(1))
    if image:
        out["image"] = int(image.group(1))
    return out
