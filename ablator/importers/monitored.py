"""The metric by which settings choose among models or checkpoints, and which way they call better."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

MAX_LOOKED = 20_000
DEEP = 10
LONG = 50
"""Entries of one list that are looked at."""

_STRENGTH: Mapping[str, int] = {
    "metric_for_best_model": 0,
    "best_checkpoint_metric": 1,
    "validation_metric": 1,
    "model_selection_metric": 1,
    "selection_metric": 1,
    "primary_metric": 1,
    "checkpoint_metric": 1,
    "optimized_metric": 2,
    "objective_metric": 2,
    "best_metric": 2,
    "save_best": 2,
    "monitor": 4,
    "monitor_metric": 4,
    "early_stopping_metric": 5,
    "eval_metric": 6,
}
"""Keys that name such a metric; of several in one file the smallest number tells."""

_WAYS = ("mode", "greater_is_better", "maximize_best_checkpoint_metric", "direction", "goal", "monitor_mode", "rule")
_WORDS: Mapping[object, str] = {
    **dict.fromkeys(("max", "maximize", "maximise", "greater", "higher", "true"), "max"),
    **dict.fromkeys(("min", "minimize", "minimise", "less", "lower", "false"), "min"),
}
_NO_NAME = frozenset({"", "auto", "none", "null", "step", "epoch", "global_step", "iter", "true", "false"})


class Monitored(NamedTuple):
    """The name as the settings spell it, `min`, `max` or nothing where they don't say, and the dotted key."""

    name: str
    goal: str
    key: str


def monitored(config: Mapping[str, Any]) -> Monitored | None:
    """The metric that the settings choose by; None where they name none.

    >>> monitored({"callbacks": [{"monitor": "val/f1", "mode": "max"}]})
    Monitored(name='val/f1', goal='max', key='callbacks.0.monitor')
    """
    best: tuple[int, Monitored] | None = None
    for number, (path, body) in enumerate(_objects(config, "", 0)):
        if number >= MAX_LOOKED:
            break
        for rank, found in _named(path, body):
            if best is None or rank < best[0]:
                best = rank, found
    return best[1] if best else None


def _named(path: str, body: Mapping[str, Any]) -> Iterator[tuple[int, Monitored]]:
    for key, value in body.items():
        rank, text = _STRENGTH.get(str(key).lower()), _value(value)
        if rank is not None and _names(text):
            saving = rank == 4 and ("checkpoint" in path.lower() or "checkpoint" in str(body.get("class_path")).lower())
            name, goal = _signed(str(text))
            yield rank - saving, Monitored(name, goal or _way(body), f"{path}.{key}".lstrip("."))
    metric, way = body.get("metric"), body.get("goal")
    if path.rpartition(".")[2] == "metric" and isinstance(body.get("name"), str) and isinstance(way, str):
        yield 2, Monitored(body["name"][:99], _way(body), f"{path}.name")
    if isinstance(metric, str) and "monitor" not in body and _way(body) and _names(metric):
        yield 5, Monitored(metric, _way(body), f"{path}.metric".lstrip("."))


def _names(text: object) -> bool:
    return isinstance(text, str) and 0 < len(text) < 100 and text.lower() not in _NO_NAME and "${" not in text


def _signed(text: str) -> tuple[str, str]:
    """AllenNLP writes the way before the name: `+accuracy`."""
    way = {"+": "max", "-": "min"}.get(text[:1], "")
    return (text[1:], way) if way else (text, "")


def _way(body: Mapping[str, Any]) -> str:
    for key in _WAYS:
        value = _value(body.get(key))
        if isinstance(value, str | bool):
            told = _WORDS.get(str(value).lower(), "")
            if told:
                return told
    return ""


def _value(value: Any) -> Any:
    """The value itself, of W&B's `{"desc": …, "value": v}` too."""
    return value["value"] if isinstance(value, dict) and "value" in value and len(value) < 3 else value


def _objects(value: Any, path: str, depth: int) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every object in nested settings with its dotted path, outermost first."""
    if depth > DEEP:
        return
    if isinstance(value, dict):
        yield path, value
        rows = [(k, v) for k, v in value.items() if isinstance(v, dict | list)]
    else:
        rows = [(str(i), v) for i, v in enumerate(value[:LONG]) if isinstance(v, dict | list)]
    for key, inner in rows:
        yield from _objects(inner, f"{path}.{key}".lstrip("."), depth + 1)
