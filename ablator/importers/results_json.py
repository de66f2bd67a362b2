"""Results that programs leave at the end of a run: `all_results.json`, W&B summaries, evaluation harnesses."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ablator.importers.found import Found, Reading

_RATES = ("_runtime", "_per_second", "_samples", "_steps", "total_flos", "_stderr", "_flops")
MAX_RESULTS = 500


def looks_like_results(value: Any) -> bool:
    """Whether an object holds a run's closing metrics: `epoch` or a run time beside `train_…` and `eval_…` numbers."""
    if not isinstance(value, dict) or not 2 <= len(value) <= MAX_RESULTS:
        return False
    named = [k for k in value if re.match(r"(train|eval|test|predict)_\w", k)]
    timed = any(k.endswith(("_runtime", "_per_second")) for k in named)
    return timed and all(not isinstance(v, dict | list) for v in value.values())


def read_results(value: Mapping[str, Any], name: str) -> Reading:
    """The closing metrics of a Hugging Face run as `last.NAME`, its time as hours."""
    found = [Found(f"last.{k}", v, name, k) for k, v in value.items() if _metric(k, v)]
    found += _hours(value.get("train_runtime"), name, "train_runtime")
    if _number(value.get("train_samples")):
        found.append(Found("data-quantity", value["train_samples"], name, "train_samples", unit="samples"))
    if _number(value.get("epoch")):
        found.append(Found("trained_epochs", value["epoch"], name, "epoch", unit="epochs"))
    return Reading(file=name, format="results of a run", role="results", found=tuple(found))


def looks_like_summary(value: Any) -> bool:
    """Whether an object is a run's summary as Weights & Biases writes it."""
    return isinstance(value, dict) and "_runtime" in value and ("_step" in value or "_timestamp" in value)


def read_summary(value: Mapping[str, Any], name: str) -> Reading:
    """The last value of everything that the run logged."""
    rows = [(k, v) for k, v in list(value.items())[:MAX_RESULTS] if not k.startswith("_") and _number(v)]
    found = [Found(f"last.{k.replace('/', '_')}", v, name, k) for k, v in rows]
    found += _hours(value.get("_runtime"), name, "_runtime")
    unknown = () if rows else ("the run logged no number",)
    return Reading(file=name, format="summary of a run", role="results", found=tuple(found), unknown=unknown)


def looks_like_harness(value: Any) -> bool:
    """Whether an object holds results by task, as evaluation harnesses write them."""
    rows = value.get("results") if isinstance(value, dict) else None
    if isinstance(rows, dict):
        return bool(rows) and all(isinstance(v, dict) and any(_number(x) for x in v.values()) for v in rows.values())
    return isinstance(rows, list) and bool(rows) and all(isinstance(r, dict) and "task_name" in r for r in rows)


def read_harness(value: Mapping[str, Any], name: str) -> Reading:
    """One fact a task and metric."""
    rows = value["results"]
    by_task: Iterable[tuple[str, Mapping[str, Any]]] = (
        rows.items() if isinstance(rows, dict) else ((str(r["task_name"]), r) for r in rows)
    )
    found = [
        Found(f"last.{task}_{k.partition(',')[0]}", v, name, f"results.{task}.{k}")
        for task, metrics in by_task
        for k, v in metrics.items()
        if _number(v) and not k.partition(",")[0].endswith("_stderr")
    ]
    return Reading(file=name, format="results of an evaluation", role="results", found=tuple(found[:MAX_RESULTS]))


_SCORE = re.compile(
    r"(?:(?:test|eval|val|valid|best|final|macro|micro)[/_. -])*(?:acc|accuracy|balanced_accuracy|f1|f1[_-]\w+|loss|"
    r"auc|auroc|roc_auc|precision|recall|perplexity|ppl|bleu|rouge\w*|mae|mse|rmse|r2|wer|cer|map|miou|"
    r"dice|score|reward|mcc)",
    re.IGNORECASE,
)


def looks_like_scores(value: Any) -> bool:
    """Whether an object holds scores by name, as scripts write them at the end: `{"accuracy": 0.91, "f1": 0.88}`."""
    if not isinstance(value, dict) or not 1 <= len(value) <= MAX_RESULTS:
        return False
    return any(_SCORE.fullmatch(k.rpartition(".")[2]) for k, _ in _scores(value))


def read_scores(value: Mapping[str, Any], name: str) -> Reading:
    """The last value of each score; those at the top stand before those of classes."""
    rows = sorted(_scores(value), key=lambda row: row[0].count("."))
    found = [Found(f"last.{k.replace('.', '_')}", v, name, k) for k, v in rows[:MAX_RESULTS]]
    return Reading(file=name, format="results of a run", role="results", found=tuple(found))


def _scores(value: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    for key, cell in value.items():
        if _number(cell):
            yield key, cell
        elif isinstance(cell, dict):
            yield from ((f"{key}.{k}", v) for k, v in cell.items() if isinstance(k, str) and _number(v))


def _metric(key: str, value: Any) -> bool:
    return _number(value) and re.match(r"(eval|test|predict|train)_", key) is not None and not key.endswith(_RATES)


def _hours(seconds: Any, file: str, key: str) -> list[Found]:
    return [Found("hours_per_run", round(seconds / 3600, 4), file, key)] if _number(seconds) and seconds > 0 else []


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
