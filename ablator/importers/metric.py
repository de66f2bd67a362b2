"""Which metric a study is about, which way is better, and where it stands."""

import re
from collections.abc import Sequence
from typing import Literal

from ablator.diagnose.log import canonical
from ablator.importers.found import Reading

Goal = Literal["min", "max"]

_LESS_IS_BETTER = re.compile(
    r"loss|perplexity|ppl|error|deviance|bits_per|(^|[/_ .-])(err|top[15]_?err|wer|cer|ter|der|mer|mae|mse|rmse|rmsle|"
    r"mape|smape|nll|nelbo|fid|kid|fvd|lpips|bpc|bpb|bpd|ece|eer|brier|epe|mpjpe|chamfer|kl|regret|hter|abs_?rel|hamming|"
    r"min_?dcf|mcd)([/_ .@-]|$)",
    re.IGNORECASE,
)

_NO_METRIC = re.compile(
    r"time|second|(?<!per_)byte(?!_perp)|mem|alloc|epoch|step|iter|(^|[/_])lr|learning_rate|grad|(?<!acc_)norm|samples|flos|"
    r"flops|zeros|throughput|(^|[/_])pg\d|^(bsz|wp[bs]|ups|seed)$|wall|\.py$|^v_num$|parameters|(^|_)scale$|^rate$|"
    r"(clip|drop|frame|decay|exploration)\w*_rate$|mfu|gpu|cpu|density|hp_metric|tokens|gen_len|"
    r"(^|[/_])(ep_)?len(_mean|gth)?$|cost$|fps|ips$|speed|eta$",
    re.IGNORECASE,
)
"""Names of logged quantities that say nothing about how good the model is."""

_OF_EVALUATION = re.compile(r"^(eval|val|valid|validation|test|dev|metrics)[/_. -]|^objective", re.IGNORECASE)

_QUALITY = re.compile(
    r"loss|perplexity|ppl|error|acc|(^|[/_])rew(_|$)|precision|recall|reward|return|score|bleu|rouge|meteor|cider|corr|spearman|pearson|"
    r"success|quality|similarity|bits_per|(^|[/_ .-])(err|f1|f1[_-]\w+|m?ap|m?ap_?\d*\w?|bbox_m?ap\w*|segm_m?ap\w*|ar|"
    r"m?iou|miou|dice|auc|auroc|roc_?auc|pr_?auc|ap\d+|wer|cer|ter|der|mae|mse|rmse|mape|smape|r2|nll|elbo|fid|kid|"
    r"psnr|ssim|lpips|fvd|ndcg\S*|mrr\S*|hit\S*|em|qem|exact_match\w*|exact|mcc|matthews\w*|kappa|bpc|bpb|bpd|ece|eer|"
    r"brier|top\d|top_\d|acc\d|pass@?\d+|win_?rate|pck\S*|epe|stoi|pesq|sdr|si_?snr|snr|map50\S*|ndcg)([/_ .@(,-]|$)",
    re.IGNORECASE,
)
"""Names that say how good a model is, though nothing says that they are of an evaluation."""

_REWARD = re.compile(r"reward|return|ep_rew", re.IGNORECASE)


def metric_of(readings: Sequence[Reading]) -> str:
    """The metric that the settings choose models by, else the evaluation loss of a log, else any of its metrics."""
    at_end = _at_end(readings)
    chosen = next((r.metric for r in readings if r.metric), "")
    if chosen:
        return _as_logged(chosen, at_end)
    if "eval_loss" in at_end:
        return "eval_loss"
    told = candidates(readings)
    return told[0] if told else ""


def candidates(readings: Sequence[Reading]) -> list[str]:
    """Metrics that logs and results give a last value of: those of an evaluation first, then rewards, then others."""
    told = [n for n in _at_end(readings) if not _NO_METRIC.search(n)]
    trained = any(r.log is not None and "loss" in r.log.series for r in readings)
    told = [n for n in told if _OF_EVALUATION.match(n) or (_QUALITY.search(n) and not (trained and "loss" in n))]
    told = [n for n in told if not re.match(r"train(ing)?[/_. -]", n) or _REWARD.search(n)] or told
    return sorted(dict.fromkeys(told), key=lambda n: (not _OF_EVALUATION.match(n), not _REWARD.search(n)))


def choice_told(readings: Sequence[Reading], metric: str) -> str:
    """A sentence where several metrics were there and no file says which counts; else an empty text."""
    if any(r.metric for r in readings):
        return ""
    others = [n for n in candidates(readings) if n != metric]
    if not others or not metric:
        return ""
    more = f" and {len(others) - 3} more" if len(others) > 3 else ""
    return f"which metric counts: {metric} was taken, beside {', '.join(others[:3])}{more}"[:300]


def _at_end(readings: Sequence[Reading]) -> list[str]:
    return [f.fact[5:] for r in readings for f in r.found if f.fact.startswith("last.")]


def _as_logged(chosen: str, at_end: Sequence[str]) -> str:
    """The chosen metric under the name that the log gives it."""
    if f"eval_{chosen}" in at_end:
        return f"eval_{chosen}"
    if chosen in at_end:
        return chosen
    wanted = {_bare(chosen), _bare(canonical(chosen)), _bare(f"eval_{chosen}"), _bare(canonical(f"eval_{chosen}"))}
    return next((n for n in at_end if _bare(n) in wanted), chosen)


def _bare(name: str) -> str:
    plain = re.sub(r"[^a-z0-9@]+", "_", name.lower())
    return re.sub(r"^(val|valid|validation|dev|metrics)_", "eval_", plain)


def goal_of(metric: str) -> Goal:
    """`min` for losses and errors, `max` for everything else."""
    return "min" if _LESS_IS_BETTER.search(metric) else "max"


def goal_told(readings: Sequence[Reading]) -> Goal | None:
    """Which way is better where a file says so, by what the metric comes from first."""
    said = next((r.goal for r in readings if r.goal and r.metric), "") or next((r.goal for r in readings if r.goal), "")
    return "min" if said == "min" else "max" if said == "max" else None


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
