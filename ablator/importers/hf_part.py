"""One part of a model's configuration: its keys by canonical name, its ideas by rule, profile and plain words."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from ablator.core.elements import Json, Status
from ablator.importers.found import Found, FoundIdea
from ablator.importers.hf_aliases import HEADS, profile_of
from ablator.importers.hf_counts import Sizes, count
from ablator.library import library
from ablator.library.types import Condition

LIMITS: Mapping[str, float] = {"width": 1e6, "layers": 2000, "heads": 4096, "kv_heads": 4096, "ffn": 1e7, "vocab_size": 1e8,
                               "context": 1e9, "experts": 1e5, "topk": 1e4}
"""Sizes beyond which a value is no size of a real model: reported, not used."""

ENCODER_ONLY = frozenset({"bidirectional_context"})
DECODER_ONLY = frozenset({"causal_masking", "cross_attention"})
SHARED = frozenset({"encoder_decoder_split", "token_embedding", "weight_tying", "vocab_size", "embedding_scale",
                    "subword_tokenization", "shared_encdec_weights", "width"})
"""Ideas of an encoder–decoder that stand once, at no site."""

OFF_WORDS = frozenset({"none", "no", "off", "nope", "null", ""})
MEAN_MIXERS = frozenset({"mean", "mean_pool", "avg", "average", "pool", "pooling"})
LAYER_WORDS: Mapping[str, str] = {"full_attention": "softmax_attention", "sliding_attention": "softmax_attention",
                                  "attention": "softmax_attention", "mamba": "state_space_layer", "mamba2": "state_space_layer",
                                  "linear_attention": "linear_attention", "conv": "causal_convolution",
                                  "recurrent": "linear_recurrence_decay"}


class Part(msgspec.Struct, frozen=True):
    """The keys of one part, with where they stand and what its type defaults to."""

    body: Mapping[str, Any]
    path: str
    file: str
    model_type: str
    defaults: Mapping[str, Any]
    classes: tuple[str, ...] = ()

    def key(self, name: str) -> str:
        """Dotted path of a key in the file."""
        return f"{self.path}.{name}" if self.path else name

    def look(self, canonical: str) -> tuple[str, Any, Status] | None:
        """(key, value, status) of a canonical name: from the file, else from the type's defaults; None where absent."""
        names = library().detection.canonical_aliases.get(canonical, (canonical,))
        for source, status in ((self.body, "read"), (self.defaults, "default")):
            for name in names:
                value = source.get(name)
                if value is not None:
                    return name, value, status  # type: ignore[return-value]
        return None

    def value(self, canonical: str) -> Any:
        """The value of a canonical name, or None."""
        seen = self.look(canonical)
        return None if seen is None else seen[1]

    def size(self, canonical: str) -> int | None:
        """A plausible whole number, else None; of a list (one a stage) the largest."""
        value = self.value(canonical)
        if isinstance(value, list) and value and len(value) < 5000:
            value = max((v for v in value if _number(v)), default=None)
        most = LIMITS.get(canonical, 1e12)
        return int(value) if _number(value) and 0 < value <= most else None


class PartReading(msgspec.Struct, frozen=True):
    """What one part told."""

    found: tuple[Found, ...]
    ideas: tuple[FoundIdea, ...]
    unknown: tuple[str, ...]
    contradictions: tuple[str, ...]
    parameters: int | None


class PartIdeas:
    """Collects the ideas of one part; later words of the file override what its type's code implies."""

    def __init__(self, part: Part, site: str) -> None:
        self.part = part
        self.site = site
        self.ideas: dict[str, FoundIdea] = {}
        self.unknown: list[str] = []
        self.contradictions: list[str] = []

    def read(self) -> PartReading:
        """All of it, in the order profile, class names, rules, sizes, explicit words, slots."""
        found = self._facts()
        self._profile()
        self._class_names()
        self._rules()
        self._rope()
        self._typical()
        self._sizes()
        self._explicit()
        self._drop_contradicted()
        self._slots()
        total = self._count()
        return PartReading(found, tuple(self._at_sites()), tuple(self.unknown), tuple(self.contradictions), total)

    def _put(self, idea: str, status: Status, where: Iterable[str], *, present: bool = True, value: Json = None,
             keys: Iterable[str] = (), switches: Mapping[str, Json] | None = None) -> None:
        rank = {"read": 3, "default": 2, "inferred": 1}
        known = self.ideas.get(idea)
        if known is not None and rank.get(known.status, 0) > rank.get(status, 0) and known.value is not None:
            return
        keys = tuple(self.part.key(k) for k in keys)
        self.ideas[idea] = FoundIdea(
            idea=idea, site=self.site, status=status, present=present, from_=tuple(f"{self.part.file}: {w}" for w in where),
            value=value if value is not None or known is None else known.value, keys=keys or (known.keys if known else ()),
            switches={self.part.key(k): v for k, v in (switches or {}).items()})

    def _facts(self) -> tuple[Found, ...]:
        out = []
        for canonical in ("width", "layers", "heads", "kv_heads", "ffn", "vocab_size", "context", "act", "experts", "topk"):
            seen = self.part.look(canonical)
            if seen is None:
                continue
            key, value, status = seen
            if isinstance(value, dict) or (isinstance(value, list) and len(value) > 64):
                continue
            if isinstance(value, float) and not math.isfinite(value):
                self.unknown.append(f"{self.part.key(key)} is not finite")
                continue
            if canonical in LIMITS and not isinstance(value, list) and (not _number(value) or not 0 < value <= LIMITS[canonical]):
                self.contradictions.append(f"{self.part.file}: {self.part.key(key)} = {_short(value)} is no size of a model")
                continue
            out.append(Found(canonical, value, self.part.file, self.part.key(key), status, self.site))
        return tuple(out)

    def _profile(self) -> None:
        name, ideas = profile_of(self.part.model_type, library().detection.model_type_profiles) if self.part.model_type else ("", ())
        kin = "" if name == self.part.model_type else f", kin of {name}"
        for idea in ideas:
            self._put(idea, "inferred", [f"model_type ({self.part.model_type}: in its code{kin})"])
        if self.part.model_type and not ideas:
            self.unknown.append(f"model type {self.part.model_type}: read by its keys alone")

    def _class_names(self) -> None:
        for name in self.part.classes:
            for pattern, ideas in HEADS:
                if re.search(pattern, name):
                    for idea in ideas:
                        if not (idea == "bidirectional_context" and "causal_masking" in self.ideas) and idea not in self.ideas:
                            self._put(idea, "inferred", [f"architectures ({name})"])

    def _rules(self) -> None:
        for rule in library().detection.config_rules:
            if not all(self._holds(c) for c in rule.all) or any(self._holds(c) for c in rule.none):
                continue
            seen = [self.part.look(c.key) for c in rule.all]
            keys = [s[0] for s in seen if s is not None]
            status: Status = "default" if any(s is not None and s[2] == "default" for s in seen) else "read"
            if rule.confidence == "heuristic" and status == "read":
                status = "inferred"
            if self._beaten(rule.idea, rule.confidence, status):
                continue
            value = seen[0][1] if len(keys) == 1 and seen[0] is not None else None
            scalar = value if isinstance(value, int | float | str) and _finite(value) else None
            switch = {keys[0]: False} if len(keys) == 1 and scalar is True else None
            self._put(rule.idea, status, [self.part.key(k) for k in keys], value=scalar, keys=keys, switches=switch)

    def _beaten(self, idea: str, confidence: str, status: Status) -> bool:
        """A guess by keys does not add a second filler to a slot that the type's code already fills."""
        if idea in self.ideas or (confidence == "certain" and status == "read"):
            return False
        slot = library().ideas[idea].slot
        return slot is not None and any(library().ideas[k].slot == slot for k in self.ideas)

    def _holds(self, c: Condition) -> bool:
        value = self.part.value(c.key)
        if c.op == "present":
            return value is not None
        if c.op == "is_list":
            return isinstance(value, list)
        if value is None:
            return False
        if c.op == "truthy":
            return bool(value) and value != "none"
        if c.op == "eq":
            return bool(value == c.value) and isinstance(value, bool) == isinstance(c.value, bool)
        if c.op == "gt":
            return _number(value) and value > c.value
        if c.op == "in":
            return isinstance(value, str) and value in c.value
        if c.op == "regex":
            return isinstance(value, str) and re.search(str(c.value), value) is not None
        if c.op in {"lt_key", "ne_key"}:
            other = self.part.value(c.other or "")
            if not (_number(value) and _number(other)):
                return False
            return bool(value < other if c.op == "lt_key" else value != other)
        if c.op in {"contains_all", "contains_any"}:
            words = set(v for v in value[:2000] if isinstance(v, str)) if isinstance(value, list) else set()
            return set(c.value) <= words if c.op == "contains_all" else bool(set(c.value) & words)
        return False

    def _rope(self) -> None:
        """Old and new spellings of the rotary settings."""
        for key in ("rope_parameters", "rope_scaling"):
            inner = self.part.body.get(key)
            if isinstance(inner, dict):
                kind = inner.get("rope_type", inner.get("type"))
                if isinstance(kind, str) and kind not in {"default", "mrope"} and "rope" in self.ideas:
                    self._put("rope_scaling", "read", [self.part.key(key)], value=kind, keys=[key])
                partial = inner.get("partial_rotary_factor")
                if _number(partial) and 0 < partial < 1:
                    self._put("partial_rope", "read", [self.part.key(key)], value=partial, keys=[f"{key}.partial_rotary_factor"])
        for key in ("rotary_pct", "partial_rotary_factor"):
            value = self.part.body.get(key)
            if _number(value) and 0 < value < 1:
                self._put("partial_rope", "read", [self.part.key(key)], value=value, keys=[key])
        theta = self.part.body.get("rope_theta")
        if _number(theta) and "rope" in self.ideas:
            self._put("rope", "read", [self.part.key("rope_theta")], value=f"theta {theta:g}")

    def _typical(self) -> None:
        """What any stack of this shape has, where neither its type nor its keys say so."""
        here = self.ideas
        attention = "softmax_attention" in here
        deep = (self.part.size("layers") or 0) > 1
        if attention and deep:
            for idea in ("residual_connection", "attention_scaling"):
                if idea not in here:
                    self._put(idea, "inferred", ["(every published stack of attention blocks has it)"])
            if "ffn_mlp" not in here and "moe_layer" not in here:
                self._put("ffn_mlp", "inferred", ["(every published stack of attention blocks has it)"])
        if "rmsnorm" in here and attention and not self._slot_filled("norm_placement"):
            self._put("pre_norm", "inferred", ["(RMSNorm stacks normalise before the branch)"])
        if "causal_masking" in here and "next_token_prediction" not in here and not self._slot_filled("pretraining_objective"):
            self._put("next_token_prediction", "inferred", ["(a causal mask over tokens)"])
        if self.part.value("rms_norm_eps") is not None and "vocab_size" in self.part.body and not self.part.path:
            for idea in ("causal_masking", "next_token_prediction", "token_embedding"):
                if idea not in here and "bidirectional_context" not in here and self.part.value("is_encoder_decoder") is not True:
                    self._put(idea, "inferred", ["(RMSNorm over a vocabulary: a causal language model)"])
        if "patch_embedding" in here and attention and "causal_masking" not in here:
            self._put("bidirectional_context", "inferred", ["(patches are read all at once)"])

    def _slot_filled(self, slot: str) -> bool:
        return any(library().ideas[k].slot == slot and i.present for k, i in self.ideas.items())

    def _sizes(self) -> None:
        """Sizes as ideas with values."""
        width, layers, heads = self.part.size("width"), self.part.size("layers"), self.part.size("heads")
        ffn, vocab = self.part.size("ffn"), self.part.size("vocab_size")
        for idea, canonical, value in (("width", "width", width), ("depth", "layers", layers), ("vocab_size", "vocab_size", vocab)):
            seen = self.part.look(canonical)
            if value is not None and seen is not None:
                self._put(idea, seen[2], [self.part.key(seen[0])], value=value, keys=[seen[0]])
        if heads and "multi_head_attention" in self.ideas:
            seen = self.part.look("heads")
            if seen is not None:
                self._put("multi_head_attention", seen[2], [self.part.key(seen[0])], value=heads, keys=[seen[0]])
        kv, kv_seen = self.part.size("kv_heads"), self.part.look("kv_heads")
        if kv and heads and kv_seen is not None and "grouped_query_attention" in self.ideas:
            self._put("grouped_query_attention", kv_seen[2], [self.part.key(kv_seen[0])], value=f"{kv} of {heads}", keys=[kv_seen[0]])
        if heads and width and "softmax_attention" in self.ideas:
            own = self.part.body.get("head_dim")
            value = int(own) if _number(own) and 0 < own < 1e5 else (width // heads if width % heads == 0 else None)
            if value is None:
                self.contradictions.append(f"{self.part.file}: width {width} does not divide into {heads} heads")
            else:
                self._put("head_dim", "read" if own == value else "inferred", [self.part.key("head_dim" if own else "hidden_size")],
                          value=value, keys=["head_dim"] if own else [])
        seen = self.part.look("ffn")
        if ffn and width and seen is not None and "ffn_mlp" in self.ideas:
            ratio = ffn if seen[0] in {"mlp_ratio", "expansion_ratio"} else round(ffn / width, 3)
            self._put("ffn_expansion_ratio", seen[2], [self.part.key(seen[0])], value=f"{ratio:g} × width", keys=[seen[0]])
        topk, experts = self.part.size("topk"), self.part.size("experts")
        if topk and experts and topk > experts:
            self.contradictions.append(f"{self.part.file}: {topk} experts a token, but only {experts} experts")
        if "moe_layer" in self.ideas and experts:
            known = self.part.look("experts")
            if known is not None:
                self._put("moe_layer", known[2], [self.part.key(known[0])], value=experts, keys=[known[0]])

    def _explicit(self) -> None:
        """Words by which a file says that an idea is there or not."""
        body = self.part.body
        for key, idea in (("residual", "residual_connection"), ("use_residual", "residual_connection"), ("use_mlp", "ffn_mlp"),
                          ("is_causal", "causal_masking"), ("causal", "causal_masking"), ("scale_attn_weights", "attention_scaling"),
                          ("scale_attention", "attention_scaling")):
            value = body.get(key)
            if isinstance(value, bool):
                self._put(idea, "read", [self.part.key(key)], present=value, value=value, keys=[key], switches={key: not value})
                if not value and idea == "ffn_mlp":
                    for gone in ("ffn_expansion_ratio", "gated_mlp", "gelu", "relu", "silu"):
                        self.ideas.pop(gone, None)
                if value is False and idea == "causal_masking" and "softmax_attention" in self.ideas:
                    self._put("bidirectional_context", "read", [self.part.key(key)])
        self._norm_words(body)
        kind = _word(body.get("position_embedding_type", body.get("position_encoding")))
        positions = {"absolute": "learned_absolute_position", "learned": "learned_absolute_position", "rotary": "rope",
                     "rope": "rope", "alibi": "alibi", "sinusoidal": "sinusoidal_position", "relative_key": "relative_position_bias",
                     "relative_key_query": "relative_position_bias", "relative": "relative_position_bias"}
        if kind is not None:
            key = "position_embedding_type" if "position_embedding_type" in body else "position_encoding"
            self._fill("position_information", positions.get(kind), kind, key)
        mixer = _word(body.get("token_mixer"))
        if mixer is not None:
            if mixer in MEAN_MIXERS:
                self._fill("token_mixing", "pooling_mixing", mixer, "token_mixer")
            else:
                self._fill("token_mixing", {"attention": "softmax_attention", "conv": "convolution", "fourier": "fourier_mixing",
                                            "mlp": "spatial_mlp_mixing", "mamba": "state_space_layer"}.get(mixer), mixer, "token_mixer")

    def _norm_words(self, body: Mapping[str, Any]) -> None:
        kind = _word(body.get("norm_type", body.get("normalization")))
        norms = {"layernorm": "layernorm", "layer_norm": "layernorm", "ln": "layernorm", "rmsnorm": "rmsnorm", "rms_norm": "rmsnorm",
                 "batchnorm": "batchnorm", "batch_norm": "batchnorm", "groupnorm": "groupnorm", "group_norm": "groupnorm"}
        if kind is not None:
            self._fill("normalization", norms.get(kind), kind, "norm_type" if "norm_type" in body else "normalization")
        where = _word(body.get("norm_position"))
        absent = "normalization" in self.ideas and self.ideas["normalization"].present is False
        if where in {"pre", "post", "sandwich"} and not absent:
            self._fill("norm_placement", f"{where}_norm", where, "norm_position")
        elif absent:
            for gone in ("pre_norm", "post_norm", "sandwich_norm", "final_norm"):
                self.ideas.pop(gone, None)

    def _fill(self, slot: str, filler: str | None, word: str, key: str) -> None:
        """A slot named by a word: its other fillers go; `none` empties it."""
        if filler is None and word not in OFF_WORDS:
            return
        for k in [k for k in self.ideas if library().ideas[k].slot == slot and k != filler]:
            del self.ideas[k]
        if filler is None:
            self._put(slot, "read", [self.part.key(key)], present=False, value=word, keys=[key])
            return
        self._put(filler, "read", [self.part.key(key)], value=word, keys=[key])
        if slot == "token_mixing" and filler != "softmax_attention":
            for k in list(self.ideas):
                if library().ideas[k].category in {"attention", "multi_head_diversity"}:
                    del self.ideas[k]

    def _drop_contradicted(self) -> None:
        """What the type's code implies and the file's own words rule out."""
        drop = {"rope": ("partial_rope", "rope_scaling", "rope_local_global_theta")}
        for idea, dependants in drop.items():
            if idea not in self.ideas:
                for k in dependants:
                    self.ideas.pop(k, None)
        if self.part.value("tie_word_embeddings") is False:
            tie = self.part.look("tie_word_embeddings")
            self.ideas.pop("weight_tying", None)
            if tie is not None and tie[2] == "read" and "token_embedding" in self.ideas:
                self._put("weight_tying", "read", [self.part.key(tie[0])], present=False, value=False, keys=[tie[0]], switches={tie[0]: True})
        if self.ideas.get("causal_masking") is not None and self.ideas["causal_masking"].present and not self._two_sided():
            self.ideas.pop("bidirectional_context", None)

    def _two_sided(self) -> bool:
        return "encoder_decoder_split" in self.ideas

    def _slots(self) -> None:
        """The slot of each filler stands in the study too: whether the role is needed at all is a question of its own."""
        for key in sorted(self.ideas):
            idea = self.ideas[key]
            slot = library().ideas[key].slot
            if slot and idea.present and slot not in self.ideas:
                self.ideas[slot] = FoundIdea(idea=slot, site=self.site, status=idea.status, from_=idea.from_)

    def _count(self) -> int | None:
        """Parameters of each idea that owns some; the total where every block is understood."""
        layers = self.part.size("layers")
        table = count(Sizes.of(self.part, set(k for k, i in self.ideas.items() if i.present)))
        for key, share in table.by_idea.items():
            if key in self.ideas:
                self.ideas[key] = msgspec.structs.replace(
                    self.ideas[key], parameters=share.parameters, blocks=share.blocks, sizes=share.sizes)
        per_layer = {"residual_connection", "pre_norm", "post_norm", "causal_masking", "rope", "alibi", "attention_scaling", "gated_mlp"}
        for key in per_layer & self.ideas.keys():
            if self.ideas[key].blocks is None and layers:
                self.ideas[key] = msgspec.structs.replace(self.ideas[key], blocks=layers)
        return table.total

    def _at_sites(self) -> Iterable[FoundIdea]:
        """Encoder and decoder of one part, and the block kinds of a hybrid stack, are sites of their own."""
        if self._two_sided():
            for key, idea in sorted(self.ideas.items()):
                row = library().ideas[key]
                if key in SHARED or row.category == "objective" or row.level != "instantiation" or key == "pretraining_objective":
                    yield msgspec.structs.replace(idea, site=self.site)
                    continue
                for side in ("encoder", "decoder"):
                    if (side == "encoder" and key in DECODER_ONLY) or (side == "decoder" and key in ENCODER_ONLY):
                        continue
                    half = idea.parameters // 2 if idea.parameters else None
                    yield msgspec.structs.replace(idea, site=side if not self.site else f"{self.site}-{side}", parameters=half)
            return
        mixers = [k for k, i in self.ideas.items() if library().ideas[k].slot == "token_mixing" and i.present]
        if len(mixers) < 2 or "hybrid_mixer_stack" not in self.ideas:
            yield from (self.ideas[k] for k in sorted(self.ideas))
            return
        names = {"softmax_attention": "attention", "state_space_layer": "mamba", "linear_attention": "linear",
                 "causal_convolution": "conv", "linear_recurrence_decay": "recurrent"}
        for key, idea in sorted(self.ideas.items()):
            category = library().ideas[key].category
            site = ""
            if key in mixers:
                site = names.get(key, key)
            elif category in {"attention", "multi_head_diversity", "positional_encoding"} or key == "position_information":
                site = "attention"
            elif category == "state_recurrence" and key != "hybrid_mixer_stack":
                site = "mamba" if "state_space_layer" in mixers else "linear"
            if key == "token_mixing":
                for mixer in mixers:
                    yield msgspec.structs.replace(idea, site=self._joined(names.get(mixer, mixer)))
                continue
            yield msgspec.structs.replace(idea, site=self._joined(site))

    def _joined(self, site: str) -> str:
        return f"{self.site}-{site}" if self.site and site else self.site or site


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _finite(value: Any) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


def _word(value: Any) -> str | None:
    return value.strip().lower() if isinstance(value, str) else None


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "…"
