"""Which metric a study is about, which way is better, and where it stands."""

import re
from collections.abc import Sequence
from typing import Literal

from ablator.importers.found import Reading

Goal = Literal["min", "max"]

_LESS_IS_BETTER = re.compile(
    r"loss|perplexity|ppl|error|(^|[_/])(wer|cer|mae|mse|rmse|nll|fid|bpc|bpb|ece|eer)([_/]|$)", re.IGNORECASE
)


_NO_METRIC = re.compile(
    r"time|second|byte|mem|alloc|epoch|step|iter|(^|[/_])lr|learning_rate|grad|norm|samples|flos|flops|zeros|throughput|"
    r"(^|[/_])pg\d|^(bsz|wp[bs]|ups|seed)$|wall|\.py$|^v_num$|parameters|(^|_)(scale|rate)$|mfu|gpu|cpu|density|hp_metric|tokens|gen_len",
    re.IGNORECASE,
)
"""Names of logged quantities that say nothing about how good the model is."""

_OF_EVALUATION = re.compile(r"^(eval|val|valid|validation|test|dev|metrics)[/_. -]|^objective", re.IGNORECASE)


def metric_of(readings: Sequence[Reading]) -> str:
    """The metric that the settings choose models by, else the evaluation loss of a log, else any of its metrics."""
    at_end = [f.fact[5:] for r in readings for f in r.found if f.fact.startswith("last.")]
    for reading in readings:
        chosen = reading.settings.get("metric_for_best_model")
        if isinstance(chosen, str) and 0 < len(chosen) < 100:
            return f"eval_{chosen}" if f"eval_{chosen}" in at_end else chosen
    if "eval_loss" in at_end:
        return "eval_loss"
    told = [n for n in at_end if not _NO_METRIC.search(n)]
    return next((n for n in told if _OF_EVALUATION.match(n)), told[0] if told else "")


def goal_of(metric: str) -> Goal:
    """`min` for losses and errors, `max` for everything else."""
    return "min" if _LESS_IS_BETTER.search(metric) else "max"


def value_at_end(readings: Sequence[Reading], metric: str) -> float | None:
    """The last evaluation of a metric in any log; `accuracy` also finds `eval_accuracy`."""
    if not metric:
        return None
    names = {f"last.{metric}", f"last.eval_{metric}"}
    for reading in readings:
        for fact in reading.found:
            if fact.fact in names and isinstance(fact.value, int | float):
                return float(fact.value)
    return None
