"""Trees of modules as `ablator.describe` writes them: class names, parameters, ties, shapes."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from ablator.core.errors import BadInput
from ablator.importers.class_names import read_classes
from ablator.importers.found import Found, FoundIdea, Reading
from ablator.importers.hf_config import family_of
from ablator.importers.hf_ideas import Ideas
from ablator.importers.hf_part import Part
from ablator.importers.hf_sites import at_sites
from ablator.importers.weights import NUMBER, fold
from ablator.importers.weights_names import read_names

FORMAT = "module tree"
MODULES_LIMIT = 200_000
VERSION = 1
MEND = "write it again with ablator.describe(module)"
NOT_SHARED = frozenset({"residual_connection", "dropout", "stochastic_depth", "moe_layer", "spatial_mlp_mixing"})
"""Ideas whose class holds others' parameters too, or none: their share comes from names."""

TYPES: Mapping[str, str] = {"float32": "F32", "float16": "F16", "bfloat16": "BF16", "float64": "F64"}
PATCHES = re.compile(r"PatchEmbed(dings)?$")


class Module(msgspec.Struct, frozen=True):
    """One module: its class with the module path of the class, parameters of its own and of all below it."""

    class_: str = msgspec.field(name="class", default="")
    own: int = 0
    total: int = 0
    extra_repr: str = ""


class Described(msgspec.Struct, frozen=True):
    """One tensor of the state."""

    shape: tuple[int, ...] = ()
    dtype: str = "float32"


class Tree(msgspec.Struct, frozen=True):
    """A module tree by path, the root under the empty path."""

    modules: dict[str, Module]
    tied: tuple[tuple[str, ...], ...] = ()
    tensors: dict[str, Described] = {}
    version: int = VERSION
    params: int | None = None
    name: str = ""


def looks_like_tree(value: object) -> bool:
    """Whether a JSON value is a module tree, or the modules of one."""
    if not isinstance(value, dict):
        return False
    modules = value.get("modules", value)
    root = modules.get("") if isinstance(modules, dict) else None
    return isinstance(root, dict) and isinstance(root.get("class"), str)


def read_tree(value: Mapping[str, Any], file: str, place: str = "") -> Reading:
    """Ideas by classes, then by names of tensors; parameters exact, tied ones once. Raises BadInput."""
    place = place or file
    raw = value if "modules" in value else {"modules": value}
    try:
        tree = msgspec.convert(raw, Tree)
    except msgspec.ValidationError as wrong:
        raise BadInput(f"the module tree cannot be understood: {wrong}", place=place, mend=MEND) from None
    if tree.version > VERSION:
        raise BadInput(f"the tree has version {tree.version}", place=place, mend="update Ablator")
    if len(tree.modules) > MODULES_LIMIT:
        raise BadInput(f"the tree has {len(tree.modules):,} modules", place=place, mend=MEND)
    ideas = Ideas(Part({}, "", file))
    model_type, owners = read_classes(ideas, _classes(tree))
    named = _by_names(tree, ideas, file)
    _settings(tree, ideas)
    if tree.tied:
        ideas.put("weight_tying", "read", [" = ".join(tree.tied[0])[:200]])
    for idea in ("multi_head_attention", "residual_connection"):
        if ideas.has("softmax_attention") and idea not in ideas.here:
            ideas.put(idea, "inferred", ["attention"])
    _depth(tree, ideas)
    ideas.slots()
    here = tuple(_with_share(i, owners, tree, named) for i in at_sites(ideas))
    total = tree.modules[""].total or tree.params or None
    found = [f for f in (Found("parameters", total, file, "total"),) if total]
    if model_type:
        found.append(Found("model_type", model_type, file, "class", "inferred"))
    return Reading(
        file=file,
        format=FORMAT,
        role="model",
        found=tuple(found),
        ideas=here,
        family=family_of(here),
        model_type=model_type,
        parameters=total,
        name=tree.name[:200],
    )


def _classes(tree: Tree) -> dict[str, str]:
    """Class of each module by path, but for what makes patches: a convolution in name alone."""
    patches = [p for p, m in tree.modules.items() if PATCHES.search(m.class_)]
    inside = tuple(f"{p}." for p in patches)
    return {p: m.class_ for p, m in tree.modules.items() if not (inside and p.startswith(inside))}


def _by_names(tree: Tree, ideas: Ideas, file: str) -> dict[str, FoundIdea]:
    """What the tensors' names add; what classes showed stays."""
    shapes = tree.tensors or {f"{p}.weight": Described() for p, m in tree.modules.items() if m.own}
    rows = list(shapes.values())
    folded = fold(list(shapes), [d.shape for d in rows], [TYPES.get(d.dtype, "F32") for d in rows])
    named = read_names(folded, file, complete=bool(tree.tensors))
    sized = bool(tree.tensors)
    out = {}
    for idea in named.ideas:
        if idea.present and (sized or idea.idea not in {"rmsnorm", "width", "vocab_size", "bias_free_linear"}):
            out[idea.idea] = idea
            if idea.idea not in ideas.here and not _filled(ideas, idea.idea):
                ideas.here[idea.idea] = msgspec.structs.replace(
                    idea, site="", parameters=None, value=idea.value if sized else None
                )
    return out if sized else {}


def _filled(ideas: Ideas, idea: str) -> bool:
    from ablator.library import library

    slot = library().ideas[idea].slot
    return bool(slot) and bool(ideas.filler(slot or ""))


def _settings(tree: Tree, ideas: Ideas) -> None:
    """Rates that the modules tell of themselves."""
    for path, module in tree.modules.items():
        kind = module.class_.rpartition(".")[2]
        rate = re.search(r"p=([0-9.]+)", module.extra_repr)
        if kind == "Dropout" and rate and "dropout" not in ideas.here and float(rate.group(1)[:8] or 0) > 0:
            ideas.put("dropout", "read", [f"{path}: {module.extra_repr[:40]}"], value=float(rate.group(1)[:8]))
        if "batch_first" in module.extra_repr and "bidirectional=True" in module.extra_repr:
            ideas.put("bidirectional_rnn", "read", [f"{path}: bidirectional=True"])


def _depth(tree: Tree, ideas: Ideas) -> None:
    """How many equal blocks the longest list of modules has."""
    stacks: dict[tuple[str, str], int] = {}
    for path, module in tree.modules.items():
        head, _, last = path.rpartition(".")
        if last.isdigit() and module.total:
            key = (NUMBER.sub("#", head), module.class_)
            stacks[key] = stacks.get(key, 0) + 1
    stacks = {k: n for k, n in stacks.items() if "expert" not in k[0] and n > 1}
    if stacks:
        (prefix, _), n = max(stacks.items(), key=lambda item: (item[1], item[0]))
        ideas.put("depth", "read", [f"{prefix}.#"], value=n)


def _with_share(idea: FoundIdea, owners: dict[str, list[str]], tree: Tree, named: dict[str, FoundIdea]) -> FoundIdea:
    """The parameters below the modules of an idea's class, each counted once; else those that names tell."""
    other = named.get(idea.idea)
    paths = owners.get(idea.idea, [])
    if idea.idea in NOT_SHARED or not paths or (other is not None and other.parameters):
        if other is None:
            return idea
        return msgspec.structs.replace(idea, parameters=other.parameters, blocks=other.blocks, sizes=other.sizes)
    outer = _outermost(paths)
    side = idea.site.rpartition("-")[2]
    if side in {"encoder", "decoder"}:
        outer = [p for p in outer if re.search(rf"(^|\.){side}", p)] or outer
    total = sum(tree.modules[p].total for p in outer)
    counts: dict[str, int] = {}
    for p in outer:
        key = NUMBER.sub("#", p)
        counts[key] = counts.get(key, 0) + 1
    sizes = other.sizes if other is not None else {}
    if idea.idea == "gated_mlp":
        total //= 3
    return msgspec.structs.replace(idea, parameters=total or None, blocks=max(counts.values()), sizes=sizes)


def _outermost(paths: list[str]) -> list[str]:
    """Paths that lie below no other of them."""
    out: list[str] = []
    for path in sorted(paths, key=lambda p: p.split(".")):
        if not out or not (path.startswith(f"{out[-1]}.") or not out[-1]):
            out.append(path)
    return out
