"""What a type's code, its class names and the library's rules say about one part."""

import re
from typing import Any

from ablator.core.elements import Status
from ablator.importers.hf_aliases import HEADS, READING_HEADS
from ablator.importers.hf_ideas import Ideas
from ablator.importers.hf_kin import profile_of
from ablator.importers.hf_part import Part, is_number, word
from ablator.library import library
from ablator.library.types import Condition, ConfigRule

ROPE_LESS = frozenset({"rope", "partial_rope", "rope_scaling", "rope_local_global_theta"})


def profile(ideas: Ideas) -> None:
    """Ideas that the code of the model type implies, or of its kin."""
    own = ideas.part.model_type
    if not own:
        return
    base, implied = profile_of(own, library().detection.model_type_profiles)
    kin = "" if base == own else f", kin of {base}"
    if {"convolution", "encoder_decoder_split"} <= set(implied) and "hierarchical_stages" not in implied:
        implied = tuple("conv_stem" if i == "convolution" else i for i in implied)
    for idea in implied:
        if idea in library().ideas:
            ideas.put(idea, "inferred", [f"model_type ({own}: in its code{kin})"])
    if not base:
        ideas.unknown.append(f"model type {own}: read by its keys alone")


def class_names(ideas: Ideas) -> None:
    """What the class name of the built model says, where the type's code leaves it open."""
    rows = library().ideas
    for name in ideas.part.classes:
        for pattern, implied in HEADS:
            if not re.search(pattern, name):
                continue
            for idea in implied:
                slot = rows[idea].slot
                if idea in ideas.here or (slot and ideas.filler(slot)):
                    continue
                if {idea, "causal_masking", "bidirectional_context"} <= {*ideas.here, idea} or (
                    idea == "bidirectional_context" and ideas.has("causal_masking")
                ):
                    continue
                ideas.put(idea, "inferred", [f"architectures ({name})"])
        if READING_HEADS.search(name) and not ideas.has("causal_masking"):
            ideas.drop("next_token_prediction")


def rules(ideas: Ideas) -> None:
    """The library's rules over keys; a guess by keys adds no second filler to a slot that the code fills."""
    for rule in library().detection.config_rules:
        if all(holds(ideas.part, c) for c in rule.all) and not any(holds(ideas.part, c) for c in rule.none):
            _take(ideas, rule)


def _take(ideas: Ideas, rule: ConfigRule) -> None:
    seen = [s for s in (ideas.part.look(c.key) for c in rule.all) if s is not None]
    keys = [s[0] for s in seen]
    status: Status = "default" if any(s[2] == "default" for s in seen) else "read"
    sure = rule.confidence == "certain" and status == "read"
    if rule.confidence in {"heuristic", "hint"} and status == "read":
        status = "inferred"
    slot = library().ideas[rule.idea].slot
    filler = ideas.filler(slot) if slot else ""
    if rule.idea in ROPE_LESS and not sure and filler and filler != "rope":
        return
    if rule.idea not in ideas.here and filler and not sure:
        return
    if rule.idea == "learned_absolute_position" and _relative(ideas.part):
        return
    if rule.idea == "learned_absolute_position" and rule.idea not in ideas.here and _rotates(ideas.part):
        return
    value = seen[0][1] if len(seen) == 1 else None
    scalar = value if isinstance(value, str) or is_number(value) or isinstance(value, bool) else None
    switches = {keys[0]: False} if len(keys) == 1 and scalar is True else None
    more: dict[str, Any] = {"value": scalar, "keys": keys, "switches": switches}
    where = [ideas.part.key(k) for k in keys]
    if rule.idea in _PLAIN or scalar is False:  # a switch that is off names its opposite, and is no value of that
        more = {"value": None, "keys": (), "switches": None}
    both = rule.idea in ideas.here or slot in {"token_mixing", "input_representation"}
    if filler and filler != rule.idea and not both:
        ideas.fill(slot or "", rule.idea, status, where, **more)
    else:
        ideas.put(rule.idea, status, where, **more)


_PLAIN = frozenset({"softmax_attention", "token_embedding", "layernorm", "rmsnorm", "batchnorm"})
"""Ideas whose key shows that they are there, but whose number (heads, words, epsilon) is no value of theirs."""


def _rotates(part: Part) -> bool:
    """Whether a part looks like a language model of the RMSNorm kind, none of which learns its positions."""
    return part.value("rms_norm_eps") is not None and part.value("patch_size") is None


def _relative(part: Part) -> bool:
    """Whether the part names another kind of position than an absolute one."""
    kind = word(part.body.get("position_embedding_type", part.body.get("pe_type")))
    return (kind is not None and kind not in {"absolute", "learned"}) or part.flag("position_biased_input") is False


def holds(part: Part, c: Condition) -> bool:
    """Whether one condition of a rule holds for a part; odd values hold nothing."""
    value = part.value(c.key)
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
        return is_number(value) and value > c.value
    if c.op == "in":
        return isinstance(value, str) and value in c.value
    if c.op == "regex":
        return isinstance(value, str) and re.search(str(c.value), value[:200]) is not None
    if c.op in {"lt_key", "ne_key"}:
        other = part.value(c.other or "")
        if not (is_number(value) and is_number(other)):
            return False
        return bool(value < other if c.op == "lt_key" else value != other)
    if c.op in {"contains_all", "contains_any"}:
        words = {v for v in value[:2000] if isinstance(v, str)} if isinstance(value, list) else set()
        return set(c.value) <= words if c.op == "contains_all" else bool(set(c.value) & words)
    return False


def typical(ideas: Ideas) -> None:
    """What any stack of this shape has, where neither its type nor its keys say so."""
    part, attention = ideas.part, ideas.has("softmax_attention")
    deep = (part.size("layers") or 0) > 1
    if attention:
        why = ["(every published stack of attention blocks has it)"]
        for idea in ("residual_connection", "attention_scaling"):
            fits = deep if idea == "residual_connection" else part.model_type not in _UNSCALED
            if fits and idea not in ideas.here:
                ideas.put(idea, "inferred", why)
        if deep and "ffn_mlp" not in ideas.here and "moe_layer" not in ideas.here:
            ideas.put("ffn_mlp", "inferred", why)
    if (ideas.has("gated_mlp") or ideas.has("moe_layer")) and "ffn_mlp" not in ideas.here:
        ideas.put("ffn_mlp", "inferred", ["(experts and gates stand in an MLP)"])
    if ideas.has("moe_layer") and "topk_routing" not in ideas.here and (part.size("topk") or 0) > 0:
        ideas.put("topk_routing", "inferred", ["(experts chosen by a router)"])
    if ideas.has("rmsnorm") and attention and not ideas.filler("norm_placement"):
        ideas.put("pre_norm", "inferred", ["(RMSNorm stacks normalise before the branch)"])
    _language(ideas)
    if ideas.has("patch_embedding") and attention and not ideas.has("causal_masking"):
        ideas.put("bidirectional_context", "inferred", ["(patches are read all at once)"])


_UNSCALED = frozenset({"t5", "mt5", "umt5", "byt5", "longt5", "switch_transformers", "gpt_neo", "pop2piano", "udop"})
"""Types whose attention scores are not divided by the root of the head's size."""


def _language(ideas: Ideas) -> None:
    """Masks and objectives of language models."""
    part = ideas.part
    objective = ideas.filler("pretraining_objective")
    if ideas.has("encoder_decoder_split"):
        if ideas.has("token_embedding") and part.model_type:
            for idea in ("bidirectional_context", "causal_masking"):
                if idea not in ideas.here:
                    ideas.put(idea, "inferred", ["(a text encoder and a text decoder)"])
        if "cross_attention" not in ideas.here:
            ideas.put("cross_attention", "inferred", ["(the decoder reads the encoder)"])
        return
    plain = "bidirectional_context" not in ideas.here and part.value("is_encoder_decoder") is not True
    named = re.search(r"text|llm|language|decoder|thinker", part.path) is not None
    if part.value("rms_norm_eps") is not None and "vocab_size" in part.body and (not part.path or named) and plain:
        for idea in ("causal_masking", "token_embedding"):
            if idea not in ideas.here:
                ideas.put(idea, "inferred", ["(RMSNorm over a vocabulary: a causal language model)"])
        if ideas.has("softmax_attention") and not ideas.filler("position_information"):
            ideas.put("rope", "inferred", ["(RMSNorm over a vocabulary: rotary unless the file says otherwise)"])
    text_tower = "text_model" in part.model_type or "clip" in part.model_type or not ideas.has("token_embedding")
    if ideas.has("causal_masking") and not objective and not text_tower:
        ideas.put("next_token_prediction", "inferred", ["(a causal mask over tokens)"])
