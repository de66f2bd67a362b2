"""The values of settings in the words of the file that they are handed back to."""

import re
from collections.abc import Mapping, Sequence

from ablator.core.elements import Alternative, Element, Json
from ablator.core.study import Study, base_id, site_of

Settings = dict[str, Json]

TRAINER_KEYS = frozenset(
    ["per_device_train_batch_size", "num_train_epochs", "lr_scheduler_type", "optim", "micro_batch_size", "num_epochs"]
)
"""Keys by which the settings of Hugging Face's Trainer, and of what stands on it, are told."""

SWITCHED = ("bf16", "fp16", "tf32")
"""Precisions that are switches of their own in Hugging Face's settings."""

PRECISIONS: Sequence[tuple[re.Pattern[str], tuple[str, ...]]] = (
    (re.compile(r"(16|32|64|bf16)-(true|mixed)"), ("32-true", "bf16-mixed", "16-mixed")),
    (re.compile(r"(torch\.)?(bfloat16|float16|float32)"), ("float32", "bfloat16", "float16")),
    (re.compile(r"no"), ("no", "bf16", "fp16")),
    (re.compile(r"bf16|fp16|fp32|tf32"), ("fp32", "bf16", "fp16")),
    (re.compile(r"amp_bf16|amp_fp16"), ("fp32", "amp_bf16", "amp_fp16")),
)
"""Spellings of a precision, each with its whole vocabulary: Lightning, PyTorch, Accelerate, plain words, Composer."""

FAMILIES = ("adafactor", "adamw", "adagrad", "adam", "sgd", "lion", "lamb", "muon")
TRAINER_OPTIMIZERS = ("adamw_torch", "sgd", "adafactor")
TRAINER_SPELLING = re.compile(r"paged_|_torch|_8bit|_4bit|_32bit|_hf$|_fused|_bnb|_apex")
SAME_ARGUMENTS = ("AdamW", "Adam", "NAdam", "RAdam")
"""Classes of torch.optim that take the arguments of one another."""

DECAY_SHARE = 0.2
"""Share of the run over which a warmup-stable-decay schedule decays (Hägele et al. 2024)."""

ACTIVATIONS: Mapping[str, str] = {"relu": "relu", "gelu": "gelu", "silu": "silu", "relu_squared": "relu2"}
GATED: Mapping[str, str] = {"relu": "reglu", "gelu": "geglu", "silu": "swiglu"}
NORMS = frozenset({"layernorm", "rmsnorm", "batchnorm"})


def leaf(key: str) -> str:
    """The last part of a dotted key."""
    return key.rpartition(".")[2]


def facts(study: Study, element: str = "") -> Settings:
    """Keys of the files with what they said, by key; of one element where it is named."""
    return {
        e.source.partition(": ")[2] or e.name: e.value
        for _, e in sorted(study.evidence.items())
        if e.kind == "fact" and e.status == "read" and (not element or e.element == element)
    }


def of_trainer(study: Study) -> bool:
    """Whether the settings are those of Hugging Face's Trainer."""
    return any(leaf(k) in TRAINER_KEYS for k in facts(study))


def choices(study: Study, element: Element) -> list[tuple[str, Settings]]:
    """Values of a categorical factor, the present one first: how each reads, and the settings that bring it about.

    Empty where the file has no key whose vocabulary is known.
    """
    key, value = (element.keys[0] if element.keys else ""), element.value
    if not key or value is None or isinstance(value, list | dict):
        return []
    switches = {leaf(k): k for k in facts(study, element.id) if leaf(k) in SWITCHED}
    if switches:
        return _switched(study, switches, facts(study, element.id))
    words: Sequence[Json] = []
    if isinstance(value, bool):
        words = (not value,)
    elif base_id(element.id) == "precision":
        words = next((w for p, w in PRECISIONS if p.fullmatch(str(value))), ())
    elif base_id(element.id) == "optimizer-choice":
        words = _optimizers(key, str(value), study)
    elif base_id(element.id) == "lr-schedule":
        return _schedules(study, key, str(value))
    rest: list[tuple[str, Settings]] = [(str(w), {key: w}) for w in words if w != value]
    return [(str(value), {key: value}), *rest] if rest else []


def _switched(study: Study, keys: Mapping[str, str], known: Mapping[str, Json]) -> list[tuple[str, Settings]]:
    """One precision a switch: exactly one of 16-bit formats is on, all are off for fp32."""
    stem = next(iter(keys.values())).rpartition(".")
    front = stem[0] + stem[1]
    names = dict(keys) if not of_trainer(study) else {w: keys.get(w, f"{front}{w}") for w in ("bf16", "fp16")}
    names = {w: k for w, k in names.items() if w != "tf32"}
    if not names:
        return []
    present = next((w for w, k in names.items() if known.get(k) not in {None, False}), "fp32")
    found = [(w, {k: other == w for other, k in names.items()}) for w in ("fp32", *names)]
    here = [(w, {k: known.get(k, v) for k, v in s.items()}) for w, s in found if w == present]
    return [*here, *(x for x in found if x[0] != present)]


def family_of(text: str) -> str:
    """The kind of optimizer that a name speaks of; an empty text for none that is known."""
    return next((f for f in FAMILIES if f in text.lower()), "")


def _optimizers(key: str, value: str, study: Study) -> list[str]:
    """Optimizers in the spelling of the present one; none of its own kind."""
    front, dot, name = value.rpartition(".")
    if dot:
        return [f"{front}.{n}" for n in SAME_ARGUMENTS] if name in SAME_ARGUMENTS else []
    if leaf(key) == "optim" or TRAINER_SPELLING.search(value) or of_trainer(study):
        words = TRAINER_OPTIMIZERS
    elif not family_of(value):
        return []
    elif value[:1].isupper():
        words = ("AdamW", "SGD", "Adafactor")
    else:
        words = ("adamw", "sgd", "adafactor")
    return [w for w in words if family_of(w) != family_of(value)]


def _schedules(study: Study, key: str, value: str) -> list[tuple[str, Settings]]:
    """Schedules in the vocabulary of the file; a Trainer's constant rate keeps the warm-up that the run has."""
    here = (value, {key: value})
    if "." in value:
        return []
    if leaf(key) == "sched":
        words = ["cosine", "step", "poly"]
    elif of_trainer(study):
        warm = study.elements.get("warmup")
        flat = "constant_with_warmup" if warm is not None and warm.value else "constant"
        words = [flat, "linear", "cosine"]
    else:
        words = ["constant", "linear", "cosine"]
        words = [w.capitalize() for w in words] if value[:1].isupper() else words
    found = [here, *((w, {key: w}) for w in words if w != value)]
    steps = steps_of(study)
    if of_trainer(study) and value != "warmup_stable_decay" and steps:
        decay: Settings = {
            f"{key.removesuffix(leaf(key))}lr_scheduler_kwargs": {"num_decay_steps": round(steps * DECAY_SHARE)}
        }
        found.append(("warmup_stable_decay", {key: "warmup_stable_decay", **decay}))
    return found


def steps_of(study: Study) -> int | None:
    """Length of the run in optimizer steps, as its setting says; None where it is told in anything else."""
    length = study.elements.get("training-length")
    if length is None or not isinstance(length.value, int) or isinstance(length.value, bool) or length.value <= 0:
        return None
    said = length.unit == "steps" or any(leaf(k) == "max_steps" for k in length.keys)
    return length.value if said else None


def alternative_settings(study: Study, element: Element, to: Alternative) -> Settings:
    """Settings that put an alternative in an idea's place, where the file names the choice; else none."""
    key, value = (element.keys[-1] if element.keys else ""), element.value
    if to.to == "untie" and not to.overrides:
        return removal_settings(study, element, (element.id,))
    if to.overrides or not key:
        return dict(to.overrides)
    if element.slot == "activation_function" and isinstance(value, str):
        word = _activation(value, to.to)
        return {key: word} if word else {}
    if "head" in leaf(key) and base_id(element.id) in {"grouped_query_attention", "multi_query_attention"}:
        count = _kv_heads(study, element, to.to)
        return {key: count} if count else {}
    if element.slot == "norm_placement" and to.to.removesuffix("_norm") in {"pre", "post"}:
        if isinstance(value, bool):
            return {key: to.to == "pre_norm"}
        return {key: to.to.removesuffix("_norm")} if value in {"pre", "post"} else {}
    if element.slot == "normalization" and value in NORMS and to.to in NORMS:
        return {key: to.to}
    return {}


def _activation(value: str, to: str) -> str:
    """The word for another activation in the spelling of the present one; empty where there is none."""
    if value in GATED.values():
        return GATED.get(to, "")
    if value.startswith("gated-"):
        return f"gated-{to}" if to in {"relu", "gelu", "silu"} else ""
    return ACTIVATIONS.get(to, "") if value[:1].islower() else ""


def _kv_heads(study: Study, element: Element, to: str) -> int | None:
    heads = heads_of(study, site_of(element.id))
    if to == "multi_query_attention":
        return 1
    if to == "multi_head_attention":
        return heads
    if to == "grouped_query_attention" and heads:
        return next((heads // g for g in (4, 2, 3) if heads % g == 0 and heads // g > 1), None)
    return None


def removal_settings(study: Study, element: Element, gone: Sequence[str]) -> Settings:
    """Settings without an idea beyond plain switches: all heads with keys of their own, no activation at all."""
    if base_id(element.id) in {"grouped_query_attention", "multi_query_attention"}:
        return alternative_settings(study, element, Alternative("multi_head_attention"))
    switch = _switch_of(element)
    if switch:
        return {switch: False}
    if element.is_slot and base_id(element.id) == "activation_function" and study.info.model_type:
        inside = [study.elements[k] for k in gone if k in study.elements and study.elements[k].keys]
        if len(inside) == 1 and leaf(inside[0].keys[-1]) in {"hidden_act", "activation_function"}:
            return {inside[0].keys[-1]: "linear"}
    return {}


def _switch_of(element: Element) -> str:
    """The key of a switch that is on and so showed an idea, such as `tie_word_embeddings`; empty where none did."""
    if element.present is not True or element.is_slot:
        return ""
    shown = [f.partition(": ")[2] for f in element.from_]
    tied = next((k for k in shown if leaf(k).startswith("tie_")), "")
    return tied or next((k for k in shown if len(shown) == 1 and leaf(k).startswith("use_")), "")


def number_of(study: Study, base: str, site: str = "") -> int | None:
    """The whole number that an idea of a site is set to; None where it is unknown."""
    found = study.elements.get(f"{site}/{base}" if site else base)
    value = found.value if found is not None else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def heads_of(study: Study, site: str = "") -> int | None:
    """Attention heads of a site."""
    own = number_of(study, "multi_head_attention", site)
    sized = (e.sizes["heads"] for k, e in sorted(study.elements.items()) if site_of(k) == site and e.sizes.get("heads"))
    return own or next(sized, None)


def divisible(study: Study, element: Element, value: float) -> int:
    """The whole number nearest to `value` that the model can be built with: heads divide the width.

    A width becomes a multiple of twice the heads, so that rotary positions find pairs; heads become a divisor of it
    and a multiple of the key and value heads.
    """
    site, want = site_of(element.id), max(1, round(value))
    if base_id(element.id) == "width":
        step = 2 * (heads_of(study, site) or 4)
        return max(step, round(value / step) * step)
    if base_id(element.id) == "multi_head_attention":
        width = number_of(study, "width", site) or next(
            (
                e.sizes["inputs"]
                for k, e in sorted(study.elements.items())
                if site_of(k) == site and "inputs" in e.sizes
            ),
            0,
        )
        shared = shared_heads(study, site)
        group = shared[1] if shared and shared[1] < (number_of(study, "multi_head_attention", site) or 0) else 1
        able = [h for h in range(group, width + 1, group) if width % h == 0] if 0 < width <= 1 << 20 else []
        return min(able, key=lambda h: (abs(h - want), h)) if able else want
    if base_id(element.id) in {"ffn_mlp", "ffn_expansion_ratio"}:
        return max(8, round(value / 8) * 8)
    return want


def shared_heads(study: Study, site: str = "") -> tuple[str, int] | None:
    """The key that tells how many heads have keys and values of their own, and its number; None where no file does."""
    if site:
        return None
    names = {"num_key_value_heads", "num_kv_heads", "n_kv_heads", "n_head_kv", "n_kv_head", "n_query_groups"}
    found = ((k, v) for k, v in sorted(facts(study).items()) if leaf(k) in names)
    return next(((k, v) for k, v in found if isinstance(v, int) and not isinstance(v, bool) and v > 0), None)
