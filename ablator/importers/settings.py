"""Training settings of any dialect, by the names under which the library knows each factor's parameters."""

import math
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from ablator.importers.found import Found, Reading
from ablator.library import library

FORMAT = "training settings"
MIN_KEYS = 2
"""A file counts as settings when at least this many of its keys are known parameters."""

MAX_KEYS = 5000

ALSO: Mapping[str, str] = {
    "lr": "learning-rate",
    "max_lr": "learning-rate",
    "base_lr": "learning-rate",
    "batch_size": "batch-size",
    "train_batch_size": "batch-size",
    "epochs": "training-length",
    "num_epochs": "training-length",
    "max_iters": "training-length",
    "optimizer": "optimizer-choice",
    "optim": "optimizer-choice",
    "seed": "seeds",
    "dropout": "dropout",
    "init_std": "initialisation",
    "warmup": "warmup",
    "warmup_iters": "warmup",
    "grad_clip": "gradient-clipping",
    "clip_grad": "gradient-clipping",
    "weight_decay": "weight-decay",
    "wd": "weight-decay",
    "lr_scheduler_type": "lr-schedule",
    "scheduler": "lr-schedule",
    "lr_decay_style": "lr-schedule",
    "momentum": "optimizer-choice",
    "shuffle": "shuffling",
    "precision": "precision",
    "max_train_samples": "data-quantity",
    "train_samples": "data-quantity",
    "eval_samples": "eval-set-size",
    "max_eval_samples": "eval-set-size",
    "label_noise": "label-noise",
    "eval_steps": "eval-cadence",
    "label_smoothing": "label-smoothing",
}
"""Spellings beside the library's `config_keys`, common in plain training scripts."""

PRIMARY: Mapping[str, tuple[str, ...]] = {
    "learning-rate": ("learning_rate", "lr"),
    "training-length": ("max_steps", "num_train_epochs", "epochs"),
    "batch-size": ("per_device_train_batch_size", "train_batch_size", "batch_size"),
    "warmup": ("warmup_steps", "warmup_ratio"),
    "lr-schedule": ("lr_scheduler_type",),
    "optimizer-choice": ("optim", "optimizer"),
    "precision": ("bf16", "fp16"),
}
"""Where several parameters set one factor, the one that its value is taken from."""


@cache
def factor_of_key() -> Mapping[str, str]:
    """Parameter name (as it stands, in lower case) → factor id; the library's own spellings win."""
    out = dict(ALSO)
    for factor in library().factors.values():
        for dialect, names in factor.config_keys.items():
            if dialect == "model_config":
                continue
            for name in names:
                out.setdefault(name.rpartition(".")[2].lower() if dialect == "hydra" else name.lower(), factor.id)
    return out


def flat(config: Mapping[str, Any], path: str = "", depth: int = 0) -> Iterable[tuple[str, str, Any]]:
    """(dotted path, last name, value) of every scalar in nested settings, at most MAX_KEYS a level."""
    for number, (key, value) in enumerate(config.items()):
        if number >= MAX_KEYS or not isinstance(key, str):
            return
        here = f"{path}.{key}" if path else key
        if isinstance(value, dict) and depth < 6:
            yield from flat(value, here, depth + 1)
        elif isinstance(value, str | int | float | bool) or value is None:
            yield here, key, value


def looks_like_settings(config: Any) -> bool:
    """Whether an object names at least two known training parameters with values."""
    if not isinstance(config, dict):
        return False
    keys = factor_of_key()
    known = 0
    for _, name, value in flat(config):
        known += name.lower() in keys and value is not None
        if known >= MIN_KEYS:
            return True
    return False


def trains(config: Any) -> bool:
    """Whether an object says how to train: a learning rate, and a batch size or a length beside it."""
    if not isinstance(config, dict) or "auto_map" in config or "transformers_version" in config:
        return False
    keys = factor_of_key()
    seen = {keys.get(name.lower()) for _, name, value in flat(config) if value is not None}
    return "learning-rate" in seen and bool(seen & {"batch-size", "training-length"})


def read_settings(config: Mapping[str, Any], file: str, *, format_name: str = FORMAT) -> Reading:
    """Every known parameter as a fact named after its factor; unresolved references stay unknown and say so."""
    keys = factor_of_key()
    found: list[Found] = []
    unknown: list[str] = []
    for path, name, value in flat(config):
        factor = keys.get(name.lower())
        if factor is None or value is None:
            continue
        if isinstance(value, str) and "${" in value:
            unknown.append(f"{path} is {value[:60]}, which this file does not resolve")
            continue
        number = as_number(value)
        if isinstance(number, float) and not math.isfinite(number):
            unknown.append(f"{path} is not finite")
            continue
        found.append(Found(factor, number, file, path))
    values = {path: as_number(value) for path, _, value in flat(config) if value is None or _finite(as_number(value))}
    found.sort(key=lambda f: (f.fact, _rank(f), f.key))
    return Reading(
        file=file, format=format_name, role="settings", found=tuple(found), unknown=tuple(unknown), settings=values
    )


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


def _finite(value: Any) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


def _rank(found: Found) -> int:
    names = PRIMARY.get(found.fact, ())
    last = found.key.rpartition(".")[2]
    return names.index(last) if last in names else len(names)
