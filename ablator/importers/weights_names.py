"""What the names and shapes of tensors say: ideas with the parameters they own, equal blocks folded."""

import math
import re
from collections.abc import Container, Iterable, Mapping
from functools import cache

import msgspec

from ablator.core.elements import Status
from ablator.importers.found import Found, FoundIdea
from ablator.importers.hf_ideas import Ideas
from ablator.importers.hf_part import Part
from ablator.importers.hf_sites import at_sites
from ablator.importers.weights import Folded, Weight, blocks_of
from ablator.library import library

SURE: Mapping[str, Status] = {"certain": "read", "likely": "read", "hint": "inferred"}
NAMES_AT_MOST = 3

ATTENTION = re.compile(
    r"(^|[._])(self_attn|attn|attention|self_attention|SelfAttention|attn1|mha|MultiHeadAttention|multihead_attn|"
    r"self)[._\d]|(^|\.)(wq|wk|wv|in_proj_weight|out_proj)\."
)
CROSS = re.compile(r"(^|\.)(encoder_attn|cross_attn|crossattention|EncDecAttention|attn2)\.")
FFN = re.compile(
    r"(^|\.)(mlp|ffn|feed_forward|feedforward|FeedForward|fc1|fc2|fc_in|fc_out|DenseReluDense|lin1|lin2|linear1|"
    r"linear2|c_fc|pwconv1|pwconv2|dense_h_to_4h|dense_4h_to_h|mlp_block|ff|w1|w2|w3)(\.|$)|"
    r"#\.(intermediate|output)\.dense\."
)
NORM = re.compile(
    r"(^|[._\d])(\w*norm\w*|ln(_\w+|\d)?|\w+_ln|gn|bn\d?)\.(weight|bias|gamma|beta|scale)$", re.IGNORECASE
)
TOP_NORM = re.compile(
    r"(^|\.)(ln_f|final_layer_?norm|final_norm|norm_f|norm|layernorm|layer_norm|out_norm|ln_post)\.weight$"
)
EMBEDDING = re.compile(
    r"(^|\.)(embed_tokens|word_embeddings|wte|shared|tok_embeddings|embed_in|token_embedding|embeddings)(\.weight)?$"
)
EXPERTS = re.compile(r"\.experts\.|\.(block_sparse_moe|moe)\.|\.router\.|\.gate\.(weight|wg)|e_score_correction")
SHARED = re.compile(r"\.shared_experts?(_gate)?\.")
GATE = re.compile(r"\.(gate_proj|wi_0|w1)\.weight$")
FUSED_GATE = re.compile(r"\.gate_up_proj(\.weight)?$")
HEAD = re.compile(r"^(lm_head|output|embed_out|language_model\.lm_head|head)\.weight$")
SSM = re.compile(r"\.(mixer|mamba|ssm)\.")
SSM_SIGN = re.compile(r"(^|\.)(mixer|mamba|ssm|mamba_\w+)\.(A_log|A|D)$")
MASKED = re.compile(r"(^|\.)(cls|predictions|mlm_head|lm_head\.dense)\.|^head\.(dense|norm)\.|^decoder\.bias$")
DECODER = re.compile(
    r"(^|\.)(model|transformer|gpt_neox|backbone|language_model)\.(layers|h|blocks)\.#|^layers\.#\.attention\.wq"
)
ENCODER = re.compile(r"(^|\.)encoder\.(layers?|block)\.#")
HEAD_NORM = re.compile(r"(q|k|query|key)_?(layer)?norm")
HALVES = re.compile(r"block\.#\.layer\.#\.")
"""T5 counts the attention and the MLP of a block as layers."""
NESTED = re.compile(r"#\.(blocks|block|layers)\.#\.")
TOWERS = re.compile(r"(^|\.)(vision|visual|image|text|language|audio)(_model|_tower|_encoder)?\.")
LORA = re.compile(r"\.lora_[AB]\.")


class Named(msgspec.Struct, frozen=True):
    """What the names of one file's tensors told."""

    ideas: tuple[FoundIdea, ...]
    found: tuple[Found, ...]
    unknown: tuple[str, ...] = ()


def read_names(folded: Folded, file: str, *, complete: bool = True) -> Named:
    """Ideas and sizes by the names of tensors; `complete` is False where other shards hold the rest of the model."""
    towers = _towers(folded.weights)
    ideas: list[FoundIdea] = []
    found: list[Found] = []
    for site, weights in towers.items():
        reader = _Names(weights, file, site, complete)
        ideas += reader.read()
        found += reader.found
    found.append(Found("parameters", folded.parameters, file, "shapes", "inferred" if folded.guessed else "read"))
    if folded.packed:
        found.append(Found("quantised", ", ".join(folded.packed), file, "types of the tensors"))
    unknown = []
    names = {w.name for w in folded.weights}
    if any(_either_way(name, names) for name in names):
        unknown.append("whether the norms come before or after each layer: torch's own layers name both alike")
    if folded.guessed:
        unknown.append("bits of the packed weights (4 assumed)")
    if any(LORA.search(w.name) for w in folded.weights):
        rank = next((min(w.shape) for w in folded.weights if LORA.search(w.name) and w.shape), None)
        found.append(Found("adapter", f"LoRA of rank {rank}", file, "lora_A, lora_B"))
    return Named(tuple(ideas), tuple(found), tuple(unknown))


def _either_way(name: str, others: Container[str]) -> bool:
    """Whether it is the first norm of torch's own transformer layer, which its names do not place."""
    stem, norm, rest = name.rpartition("norm1.weight")
    return bool(norm) and not rest and f"{stem}self_attn.in_proj_weight" in others


def _towers(weights: Iterable[Weight]) -> dict[str, list[Weight]]:
    """Weights by tower; one site without a name unless there are at least two towers."""
    out: dict[str, list[Weight]] = {}
    for w in weights:
        seen = TOWERS.search(w.name)
        kind = seen.group(2) if seen else ""
        site = {"visual": "vision", "image": "vision", "language": "text"}.get(kind, kind)
        out.setdefault(site, []).append(w)
    named = [s for s in out if s]
    if len(named) < 2 and not (named == ["vision"] and any(EMBEDDING.search(w.name) for w in out.get("", ()))):
        return {"": list(weights) if isinstance(weights, tuple) else [w for group in out.values() for w in group]}
    if "" in out:
        rest = "text" if "text" not in out else "main"
        out[rest] = out.get(rest, []) + out.pop("")
    return out


class _Names:
    """The weights of one tower, and the ideas that their names show."""

    def __init__(self, weights: list[Weight], file: str, site: str, complete: bool) -> None:
        self.weights = weights
        self.file = file
        self.site = site
        self.complete = complete
        self.ideas = Ideas(Part({}, "", file), site)
        self.found: list[Found] = []
        self.owned: dict[str, list[Weight]] = {}
        self.stacks = blocks_of(weights)
        self.counts: dict[str, int] = {}
        for w in weights:
            self.counts[w.name] = self.counts.get(w.name, 0) + w.count
        self.by_name = {w.name: w for w in weights}
        self.state_space = any(SSM_SIGN.search(w.name) for w in weights)
        self.pointwise = {w.shape[1] for w in weights if len(w.shape) > 1 and math.prod(w.shape[2:]) == 1}
        self.routed = any(".experts." in w.name for w in weights)

    def read(self) -> tuple[FoundIdea, ...]:
        """All ideas of the tower at their sites, with what they own."""
        if not self.weights:
            return ()
        for w in self.weights:
            for idea, status in _rules(w.name):
                if self._holds(idea, w):
                    self._see(idea, w, status)
        for w in self.weights:
            if w.each:
                self._own(w)
        self._shapes()
        self._follow()
        self._sizes()
        self.ideas.slots()
        return tuple(self._with_shares(i) for i in at_sites(self.ideas))

    def _see(self, idea: str, w: Weight, status: Status) -> None:
        known = self.ideas.here.get(idea)
        if known is not None and (known.status == "read" or status != "read"):
            return
        self.ideas.put(idea, status, (w.example,))

    def _holds(self, idea: str, w: Weight) -> bool:
        """Whether a name that fits a rule means the idea here: its siblings decide."""
        if idea == "softmax_attention" and (self.state_space or "lstm" in w.name):
            return "lstm" not in w.name and not re.search(r"\.in_proj\b", w.name)
        if idea in {"state_space_layer", "input_dependent_selection"}:
            return self.state_space
        if idea in {"softmax_attention", "linear_attention"}:
            return not (idea == "linear_attention" and self.state_space)
        if idea == "moe_layer" and "experts" not in w.name:
            return len(w.shape) == 2 and self.routed
        if idea == "gated_mlp" and re.search(r"\.(w1|wi_0)\.weight$", w.name):
            third = w.name.replace(".w1.", ".w3.").replace(".wi_0.", ".wi_1.")
            return third in self.by_name
        if idea == "learned_absolute_position":
            return len(w.shape) >= 2
        if idea == "layerscale":
            return len(w.shape) <= 1 and "norm" not in w.name.lower() and "grn" not in w.name
        if idea == "layernorm":
            return w.name.replace(".bias", ".running_mean") not in self.by_name
        if idea == "pre_norm":
            return not _either_way(w.name, self.by_name)
        if idea == "short_conv":
            return len(w.shape) == 3 and w.shape[-1] <= 8
        return idea in library().ideas

    def _own(self, w: Weight) -> None:
        """Give a weight to the ideas that own it."""
        for idea in self._owners(w):
            self.owned.setdefault(idea, []).append(w)
            self._see(idea, w, "inferred" if idea == "rmsnorm" and "rms" not in w.name else "read")

    def _owners(self, w: Weight) -> tuple[str, ...]:
        name = w.name
        if SHARED.search(name):
            return ("shared_expert",)
        if EXPERTS.search(name) and (len(w.shape) == 3 or self.ideas.has("moe_layer")):
            return ("moe_layer",)
        if NORM.search(name) and len(w.shape) == 1:
            return (self._norm(w),)
        if EMBEDDING.search(name) and len(w.shape) == 2:
            return ("token_embedding",)
        if re.search(r"(position_embeddings?|wpe|pos_embed|embed_positions?)(\.weight)?$", name):
            return ("learned_absolute_position",)
        if CROSS.search(name):
            return ("cross_attention",)
        if self.state_space and SSM.search(name) and "attn" not in name:
            return ("state_space_layer",)
        if self.ideas.has("recurrence") and re.search(r"(weight|bias)_(ih|hh)_l\d", name):
            return ("recurrence",)
        if ATTENTION.search(name) and self.ideas.has("softmax_attention"):
            return ("softmax_attention",)
        if len(w.shape) == 4 and max(w.shape[2:]) > 1:
            return (self._convolution(w),)
        if FFN.search(name):
            gated = self.ideas.has("gated_mlp") and bool(GATE.search(name) or FUSED_GATE.search(name))
            return ("ffn_mlp", "gated_mlp") if gated else ("ffn_mlp",)
        return ()

    def _norm(self, w: Weight) -> str:
        stem = w.name.rpartition(".")[0]
        if f"{stem}.running_mean" in self.by_name:
            return "batchnorm"
        return "layernorm" if f"{stem}.bias" in self.by_name or f"{stem}.beta" in self.by_name else "rmsnorm"

    def _convolution(self, w: Weight) -> str:
        if re.search(r"patch_embed", w.name):
            return "patch_embedding"
        if w.shape[1] == 1 and w.shape[0] in self.pointwise:
            return "depthwise_conv"
        return "convolution"

    def _shapes(self) -> None:
        """What rows and columns tell beyond names."""
        ideas = self.ideas
        for w in self.weights:
            for q, k in ((".q_proj.", ".k_proj."), (".wq.", ".wk."), (".query.", ".key.")):
                other = self.by_name.get(w.name.replace(q, k)) if q in w.name else None
                if other is not None and len(w.shape) == 2 == len(other.shape) and 0 < other.shape[0] < w.shape[0]:
                    self._see("grouped_query_attention", other, "read")
            if re.search(r"\.(q_proj|query|qkv|c_attn|wq|q_lin|query_key_value)\.bias$", w.name):
                self._see("qkv_bias", w, "read")
            if w.name.count("#") == 0 and TOP_NORM.search(w.name) and ideas.has("softmax_attention"):
                self._see("final_norm", w, "read")
        linear = [w for w in self.weights if "#" in w.name and w.name.endswith(".weight") and len(w.shape) == 2]
        biases = {w.name for w in self.weights if w.name.endswith(".bias")}
        if linear and self.complete and not any(w.name.removesuffix("weight") + "bias" in biases for w in linear):
            self._see("bias_free_linear", linear[0], "inferred")

    def _follow(self) -> None:
        """Ideas that follow from others; names show no residual sums, masks or objectives."""
        ideas, first = self.ideas, self.weights[0]
        mixer = next((self.owned[k][0] for k in ("softmax_attention", "state_space_layer") if k in self.owned), None)
        if ideas.has("softmax_attention"):
            self._see("multi_head_attention", mixer or first, "inferred")
        if mixer is not None:
            self._see("residual_connection", mixer, "inferred")
        shortcut = next((w for w in self.weights if re.search(r"\.(downsample|shortcut)\.", w.name)), None)
        if shortcut is not None:
            self._see("residual_connection", shortcut, "inferred")
        self._directions()
        matrices = [w for w in self.weights if len(w.shape) == 2 and w.each]
        if not ideas.here and len(matrices) >= 2:
            self.owned["ffn_mlp"] = matrices
            self._see("ffn_mlp", matrices[0], "inferred")

    def _directions(self) -> None:
        """Which way the stack looks: by the names of its blocks and heads."""
        first = self._first
        table = next((w for w in self.weights if EMBEDDING.search(w.name) and len(w.shape) in {0, 2}), None)
        masked, decoder, encoder = first(MASKED), first(DECODER), first(ENCODER)
        if self.ideas.has("cross_attention") and first(re.compile(r"(^|\.)encoder\.")) is not None:
            self._see("encoder_decoder_split", self.owned.get("cross_attention", self.weights)[0], "inferred")
        elif masked is not None and table is not None:
            for idea in ("bidirectional_context", "masked_language_modeling"):
                self._see(idea, masked, "inferred")
        elif decoder is not None and table is not None and self.complete:
            head = first(HEAD)
            for idea in ("causal_masking", "next_token_prediction"):
                self._see(idea, head or decoder, "inferred")
            if head is None:
                self._see("weight_tying", table, "inferred")
        elif encoder is not None and self.ideas.has("softmax_attention"):
            self._see("bidirectional_context", encoder, "inferred")

    def _first(self, pattern: re.Pattern[str]) -> Weight | None:
        return next((w for w in self.weights if pattern.search(w.name)), None)

    def _sizes(self) -> None:
        """Depth, width, vocabulary and experts as values."""
        put = self.ideas.put
        stacks = dict(self.stacks)
        for name, count in self.counts.items():
            nested = NESTED.search(name)
            if nested is not None and name.count("#") == 2:
                key = name[: nested.end() - 2]
                stacks[key] = max(count, stacks.get(key, 0))
            halves = HALVES.search(name)
            if halves is not None and len(self.by_name[name].shape) == 2:
                key = f"{name[: halves.start()]}block."
                stacks[key] = max(count, stacks.get(key, 0))
        deeper = {n[: s.end() - 2] for n in self.counts if (s := NESTED.search(n)) and n.count("#") > 2}
        stacks = {k: n for k, n in stacks.items() if n > 1 and not k.endswith("stages.") and k not in deeper}
        if stacks:
            prefix = max(stacks, key=lambda k: (stacks[k], k))
            put("depth", "read", (f"{prefix}#",), value=stacks[prefix])
            if not NESTED.search(f"{prefix}#."):
                self.found.append(Found("layers", stacks[prefix], self.file, f"{prefix}#", "read", self.site))
        table = next((w for w in self.weights if EMBEDDING.search(w.name) and len(w.shape) == 2), None)
        sized = self._norm_of_blocks() or table
        if sized is not None:
            put("width", "read", (sized.example,), value=sized.shape[-1])
            self.found.append(Found("width", sized.shape[-1], self.file, sized.example, "read", self.site))
        if table is not None:
            put("vocab_size", "read", (table.example,), value=table.shape[0])
            self.found.append(Found("vocab_size", table.shape[0], self.file, table.example, "read", self.site))
        experts = self._experts()
        if experts is not None:
            put("moe_layer", "read", (experts[1].example,), value=experts[0])
            self.found.append(Found("experts", experts[0], self.file, experts[1].example, "read", self.site))

    def _norm_of_blocks(self) -> Weight | None:
        """A norm of the width that most norms inside blocks have; None where stages have widths of their own."""
        norms = [w for k in ("rmsnorm", "layernorm") for w in self.owned.get(k, ()) if "#" in w.name]
        counts: dict[int, int] = {}
        for w in norms:
            if not HEAD_NORM.search(w.name):
                counts[w.shape[-1]] = counts.get(w.shape[-1], 0) + w.count
        if not counts:
            return None
        most = max(counts, key=lambda n: (counts[n], n))
        if counts[most] < 0.7 * sum(counts.values()):
            return None
        return next(w for w in norms if w.shape[-1] == most)

    def _experts(self) -> tuple[int, Weight] | None:
        for w in self.weights:
            if re.search(r"\.experts\.(gate_up_proj|down_proj)$", w.name) and len(w.shape) == 3:
                return w.shape[0], w
        for w in self.weights:
            if re.search(r"\.experts\.#\.", w.name):
                inside = w.name.partition(".experts.")[0]
                stack = self.stacks.get(w.name.partition("#")[0], 0)
                router = self.by_name.get(f"{inside}.gate.weight") or self.by_name.get(f"{inside}.router.weight")
                layers = router.count if router is not None else stack
                return (w.count // layers, w) if layers and w.count >= layers else None
        return None

    def _with_shares(self, idea: FoundIdea) -> FoundIdea:
        own = self.owned.get(idea.idea, [])
        side = idea.site.rpartition("-")[2]
        if idea.site != self.site and side in {"encoder", "decoder"}:
            own = [w for w in own if re.search(rf"(^|\.){side}\.", w.name)]
        if not own:
            return idea
        matched = tuple(dict.fromkeys(f"{self.file}: {w.name}" for w in own))[:NAMES_AT_MOST]
        share = sum(w.parameters for w in own)
        if idea.idea == "gated_mlp":
            share = sum(w.parameters // (2 if FUSED_GATE.search(w.name) else 1) for w in own)
        return msgspec.structs.replace(
            idea,
            parameters=share,
            blocks=self._blocks(own),
            from_=tuple(dict.fromkeys((*matched, *idea.from_)))[: NAMES_AT_MOST + 1],
            sizes=self._dimensions(idea.idea, own),
        )

    def _blocks(self, own: list[Weight]) -> int | None:
        counts: dict[str, int] = {}
        for w in own:
            if "#" in w.name and ".experts.#" not in w.name:
                counts[w.name] = counts.get(w.name, 0) + w.count
        if counts:
            return max(counts.values())
        return self.stacks.get(own[0].name.partition("#")[0]) if "#" in own[0].name else 1

    def _dimensions(self, idea: str, own: list[Weight]) -> dict[str, int]:
        if idea not in {"ffn_mlp", "moe_layer"}:
            return {}
        shapes = sorted({tuple(sorted(w.shape[-2:])) for w in own if len(w.shape) >= 2 and "gate.w" not in w.name})
        if len(shapes) != 1:
            return {}
        small, large = shapes[0]
        gated = self.ideas.has("gated_mlp")
        return {"inputs": small, "outputs": small, "hidden": large, "matrices": 3 if gated else 2}


def _rules(name: str) -> tuple[tuple[str, Status], ...]:
    """(idea, how sure) of each rule of the library that a tensor's name fits."""
    return tuple(
        (idea, SURE.get(confidence, "inferred")) for pattern, idea, confidence in _compiled() if pattern.search(name)
    )


@cache
def _compiled() -> tuple[tuple[re.Pattern[str], str, str], ...]:
    rules = library().detection.tensor_rules
    return tuple(
        (re.compile(r.regex.replace(r"\d+", "#")), r.idea, r.confidence) for r in rules if r.idea[:5] != "ctrl:"
    )
