"""How other programs call what an element or relation of a study has: names of columns, lanes and relations."""

import re
from collections.abc import Iterable, Mapping

from ablator.core.lanes import KIND_OF_LANE, LANES, SYMBOLS

NODE_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "key", "node", "node id", "element", "identifier"),
    "name": ("name", "label", "title", "text", "display name"),
    "lane": ("lane", "layer", "level", "model", "plane"),
    "kind": ("kind", "type", "category", "class", "node type", "element type", "group"),
    "slot": ("slot", "role"),
    "value": ("value", "setting", "val"),
    "unit": ("unit", "units"),
    "parameters": ("parameters", "params", "n params", "num parameters", "parameter count"),
    "blocks": ("blocks", "repeats", "count", "n blocks"),
    "present": ("present", "used", "active", "enabled"),
    "prior": ("prior", "probability", "p"),
    "question": ("question",),
    "note": ("note", "notes", "description", "comment", "comments", "remark", "desc"),
}
EDGE_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "source": ("source", "from", "src", "start", "tail", "parent", "source id", "from id", "u"),
    "target": ("target", "to", "dst", "dest", "destination", "end", "head", "child", "target id", "to id", "v"),
    "kind": ("kind", "type", "relation", "label", "rel", "edge type", "relationship", "interaction", "name"),
    "group": ("group", "any of", "alternatives"),
    "strength": ("strength",),
    "note": ("note", "notes", "description", "comment", "comments", "remark", "desc"),
}
"""Attribute of ours → how a column of it may be called, the surest first."""

_LANES: Mapping[str, tuple[str, ...]] = {
    "noumenon": ("phenomena", "data", "task", "problem", "target", "dataset"),
    "perception": ("claims", "hypothesis", "assumption", "belief", "inductive bias", "bias"),
    "instantiation": ("ideas", "architecture", "component", "module", "block", "design", "mechanism", "operator"),
    "reachability": ("factors", "hyperparameter", "hyper parameter", "training", "setting", "optimisation",
                     "optimization", "optimizer", "optimiser", "parameter", "config"),
    "observation": ("instruments", "metric", "measure", "measurement", "evaluation", "probe", "benchmark"),
}  # fmt: skip
_RELATIONS: Mapping[str, tuple[str, ...]] = {
    "requires": ("require", "depends on", "depends", "dependency", "depend", "uses", "built on", "prerequisite",
                 "stands on", "based on"),
    "needs": ("need", "after", "settle first"),
    "instantiates": ("instantiate", "implements", "realises", "realizes", "tests", "embodies"),
    "interacts": ("interact", "interacts with", "interaction", "confounds", "related", "relates", "related to",
                  "correlates"),
    "excludes": ("exclude", "conflicts", "conflicts with", "mutually exclusive", "incompatible", "xor"),
    "retunes": ("retune", "re tunes", "tunes", "must retune"),
    "reopens": ("reopen", "re opens", "invalidates"),
    "observes": ("observe", "measures", "evaluates", "monitors"),
}  # fmt: skip


def flat(word: str) -> str:
    """A word as it is compared: lower case, `nodeType`, `node-type` and `node_type` all `node type`."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", word[:200])
    return re.sub(r"[^a-z0-9]+", " ", apart.lower()).strip()


def columns(names: Iterable[str], known: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Which of the names stands for which attribute of ours: the surest name of each, and no name for two."""
    here: dict[str, str] = {}
    for name in names:
        here.setdefault(flat(name), name)
    out: dict[str, str] = {}
    for rank in range(max(map(len, known.values()))):
        for ours, aliases in known.items():
            if rank < len(aliases) and ours not in out and aliases[rank] in here:
                name = here[aliases[rank]]
                if name not in out.values():
                    out[ours] = name
    return out


def lane_of(word: str) -> str | None:
    """The lane that a lane, its symbol, a kind or another usual word names, or None."""
    return _LANE_WORDS.get(flat(word))


def relation_of(word: str) -> str | None:
    """The kind of relation that a word names, or None."""
    return _RELATION_WORDS.get(flat(word))


_LANE_WORDS = {flat(word): lane for lane in LANES for word in (lane, SYMBOLS[lane], KIND_OF_LANE[lane], *_LANES[lane])}
_RELATION_WORDS = {flat(word): kind for kind, words in _RELATIONS.items() for word in (kind, *words)}
