"""Training settings of any dialect, by the names under which the library knows each factor's parameters."""

import math
import re
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

import msgspec

from ablator.importers.experiments import experiments, several
from ablator.importers.found import Found, Reading
from ablator.importers.hf_part import short
from ablator.importers.monitored import monitored
from ablator.importers.setting_names import SEARCHED, factor_of, factor_of_class, rank_of
from ablator.importers.units import counted, global_batch, plain_name

FORMAT = "training settings"
MIN_KEYS = 2
"""A file counts as settings when at least this many of its keys are known parameters, or one of the decisive ones."""

DECISIVE = frozenset({"learning-rate", "batch-size", "training-length", "warmup", "weight-decay"})
MAX_KEYS = 5000
MAX_ALL = 20_000
"""Keys of a whole file that are looked at."""

MODEL_KEYS = 2000
"""Keys of a model's configuration among which training parameters are looked for; some list every layer's packing."""

MOST = 1000
"""Entries from which an object inside settings is a table, of labels or of layers, and no settings."""

_RANGES = frozenset(
    {"min", "max", "scaling", "distribution", "feasible_points", "values", "probabilities", "mu", "sigma"}
)
"""Keys of an object that says where a parameter is searched (W&B sweeps, AlgoPerf)."""


def flat(config: Mapping[str, Any]) -> Iterable[tuple[str, str, Any]]:
    """(dotted path, last name, value) of every scalar in nested settings, at most MAX_ALL.

    `{"desc": …, "value": v}` of W&B counts as v, a list or search with one number as the number; a search range is
    the text that says so.
    """
    for number, row in enumerate(_flat(config, "", 0)):
        if number >= MAX_ALL:
            return
        yield row


def _flat(config: Mapping[str, Any], path: str, depth: int) -> Iterable[tuple[str, str, Any]]:
    for number, (key, value) in enumerate(config.items()):
        if number >= MAX_KEYS or not isinstance(key, str):
            return
        here = f"{path}.{key}" if path else key
        if isinstance(value, dict) and 0 < len(value) <= len(_RANGES):
            value = _meant(value)
        elif isinstance(value, list) and len(value) == 1 and isinstance(value[0], str | int | float):
            value = value[0]
        if isinstance(value, dict) and depth < 8 and len(value) < MOST:
            yield from _flat(value, here, depth + 1)
        elif isinstance(value, str | int | float | bool) or value is None:
            yield here, key, value


def _meant(value: dict[str, Any]) -> Any:
    """What a small object stands for that is but one value, or a range of them; any other as it is."""
    names = set(value)
    if "value" in names and names <= {"desc", "value", "distribution"}:
        return value["value"]
    if names - {"_CLASS_"} == {"value", "unit"}:
        return f"{value['value']} {value['unit']}"
    if names == {"feasible_points"} and _one(value["feasible_points"]):
        return value["feasible_points"][0]
    if names <= _RANGES and names & {"min", "values", "feasible_points"}:
        return "range(" + ", ".join(f"{k} {v}" for k, v in list(value.items())[:4])[:80] + ")"
    return value


def _one(points: Any) -> bool:
    """Whether a search has but one point, which is then the value."""
    return isinstance(points, list) and len(points) == 1 and isinstance(points[0], str | int | float)


def looks_like_settings(config: Any) -> bool:
    """Whether an object names two known training parameters with values, or a decisive one."""
    if not isinstance(config, dict):
        return False
    known: set[str] = set()
    for path, name, value in flat(config):
        factor = factor_of(path, name)
        if factor is not None and value is not None and not (factor == "precision" and isinstance(value, float)):
            known.add(path)
            if len(known) >= MIN_KEYS or factor in DECISIVE:
                return True
    return False


def trains(config: Any) -> bool:
    """Whether an object says how to train: a learning rate, and a batch size or a length beside it."""
    if not isinstance(config, dict) or "auto_map" in config or "transformers_version" in config:
        return False
    most = MODEL_KEYS if "model_type" in config or "architectures" in config else MAX_ALL
    seen = {factor_of(path, name) for path, name, value in islice(flat(config), most) if value is not None}
    return "learning-rate" in seen and bool(seen & {"batch-size", "training-length"})


def read_settings(config: Mapping[str, Any], file: str, *, format_name: str = FORMAT) -> Reading:
    """Every known parameter as a fact named after its factor; unresolved references stay unknown and say so.

    The facts of one factor stand in the order in which they tell its value.
    """
    found: list[Found] = []
    unknown: list[str] = []
    apart = experiments(config)
    rows = [r for r in flat(config) if not any(r[0].startswith(f"{p}.") for p in apart)]
    if apart:
        unknown.append(several(apart))
    known = {path: value for path, _, value in rows}
    values: dict[str, Any] = {}
    for path, name, raw in rows:
        number = as_number(_resolved(raw, known, path))
        if not isinstance(number, float) or math.isfinite(number):
            values[path] = number
        factor = factor_of_class(name, number) or factor_of(path, name)
        if factor is None or number is None or number == "" or (factor == "precision" and isinstance(number, float)):
            continue
        why = _open(number)
        if why:
            unknown.append(f"{path} is {why}")
        else:
            fading = re.fullmatch(r"lin_([0-9.eE-]+)", number) if isinstance(number, str) else None
            if fading and factor == "learning-rate":
                number = as_number(fading[1])
            number, unit = counted(factor, path, number, known)
            found.append(Found(factor, number, file, path, unit=unit))
    found = _lengths([*found, *_passes(found, values, file)])
    together, missing = global_batch(found, values, file)
    found.sort(key=lambda f: (f.fact, rank_of(f.key), f.key))
    chosen = monitored(config)
    composed = config.get("defaults")
    if isinstance(composed, list) and composed:
        unknown.append(f"what defaults adds: {_words(composed)}")
    if not found and not apart:
        unknown.insert(0, "the settings: no known parameter has a value in this file")
    return Reading(
        file=file,
        format=format_name,
        role="settings",
        contradictions=tuple(_twice(found, file)),
        found=(*found, *([together] if together else [])),
        unknown=(*unknown, *([missing] if missing else [])),
        settings=values,
        metric=chosen.name if chosen else "",
        goal=chosen.goal if chosen else "",
    )


def _twice(found: Iterable[Found], file: str) -> Iterable[str]:
    """A rate, a batch or a length that stands twice in one file, under one name and with two values."""
    seen: dict[tuple[str, str], Found] = {}
    for fact in found:
        if fact.fact not in {"learning-rate", "batch-size", "training-length"} or not isinstance(
            fact.value, int | float
        ):
            continue
        other = seen.setdefault((fact.fact, plain_name(fact.key)), fact)
        if other.value != fact.value:
            yield f"{file} says both {other.key} = {short(other.value)} and {fact.key} = {short(fact.value)}"


def _open(value: Any) -> str:
    """Why a value is not known, in words; empty where it is."""
    if isinstance(value, float) and not math.isfinite(value):
        return "not finite"
    if not isinstance(value, str):
        return ""
    text = value.strip()
    if "${" in text or "$(" in text or "{{" in text or re.match(r"\$\w|<[\w.]+>$|%[\w./]+$", text):
        return f"{text[:60]}, which this file does not resolve"
    if SEARCHED.match(text) or re.match(r"range\(", text):
        return f"searched ({text[:60]}), not set"
    if text.lower() == "auto":
        return "auto: another file or the machine sets it"
    return "to be given at the start (???)" if text == "???" else ""


def _resolved(value: Any, known: Mapping[str, Any], path: str = "") -> Any:
    """What a reference to another key of the same file stands for; everything else as it is.

    `${.a}` is the key beside the one at `path`, `${..a}` one beside its parent, as OmegaConf reads them.
    """
    for _ in range(5):
        named = re.fullmatch(r"\$\{(\.*)([\w.]+)\}", value.strip()) if isinstance(value, str) else None
        if named is None:
            break
        parts = path.split(".")
        up = parts[: len(parts) - len(named[1])] if named[1] and len(parts) >= len(named[1]) else []
        key = ".".join([*up, named[2]])
        if key not in known or (named[1] and not path):
            break
        value, path = known[key], key
    return value


def with_references(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The configuration with `${a.b}` replaced by what the same file says there; untouched where it has none."""
    rows = list(islice(flat(config), MODEL_KEYS))
    if not any(isinstance(v, str) and v.lstrip().startswith("${") for _, _, v in rows):
        return config
    return _replaced(config, {path: value for path, _, value in rows}, 0)


def _replaced(config: Mapping[str, Any], known: Mapping[str, Any], depth: int, above: str = "") -> dict[str, Any]:
    return {
        k: _replaced(v, known, depth + 1, f"{above}{k}.")
        if isinstance(v, dict) and depth < 8
        else _resolved(v, known, f"{above}{k}")
        for k, v in config.items()
    }


def _lengths(found: list[Found]) -> list[Found]:
    """Megatron counts a whole run in samples: `train-samples` is then no size of the data. Reinforcement learning
    counts it in steps of its world: `n_epochs` and `n_steps` are then passes over one batch of them, and its size.
    """
    names = {plain_name(f.key) for f in found}
    if names & {"n_timesteps", "total_timesteps"}:
        found = [f for f in found if plain_name(f.key) not in {"n_epochs", "n_steps"}]
    if not names & {"lr_warmup_samples", "lr_decay_samples", "micro_batch_size"}:
        return found
    return [
        msgspec.structs.replace(f, fact="training-length", unit="samples")
        if plain_name(f.key) == "train_samples"
        else f
        for f in found
    ]


def _passes(found: Iterable[Found], values: Mapping[str, Any], file: str) -> Iterable[Found]:
    """`epoch` beside a rate and a batch is how many there are to be, where no other key tells the length."""
    told = {f.fact for f in found}
    whole = values.get("epoch")
    counted_on = {"learning-rate", "batch-size"} <= told and "training-length" not in told
    if counted_on and isinstance(whole, int) and not isinstance(whole, bool) and whole > 0:
        yield Found("training-length", whole, file, "epoch", unit="epochs")


def _words(composed: list[Any]) -> str:
    """The entries of a Hydra defaults list."""
    out = [f"{k}: {v}" for row in composed if isinstance(row, dict) for k, v in row.items()]
    out += [str(row) for row in composed if isinstance(row, str) and row != "_self_"]
    return ", ".join(out)[:120] or "nothing"


def as_number(value: Any) -> Any:
    """`3e-4` given as text is a number; other texts stay as they are."""
    if isinstance(value, str):
        text = value.strip()
        if text[:1] in "+-.0123456789" and any(c.isdigit() for c in text[:4]):
            try:
                return int(text) if text.lstrip("+-").isdigit() and len(text) < 19 else float(text)
            except ValueError:
                return value
        return value[:500]
    return value
