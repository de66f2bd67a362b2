"""What the seeds of an arm show beside the study's metric: how many diverged, and other metrics that moved."""

import re

from ablator.core.elements import Info
from ablator.plan.compare import Comparison, compare
from ablator.plan.results import ArmResults, Rows, other_metrics

LESS = re.compile(
    r"loss|err|perplex|ppl|nll|cross_?entropy|bits|bpb|bpc|(?<![a-z])(mae|mse|rmse|mape|wer|cer|ter|fid|kid|ece|eer)"
    r"(?![a-z])|brier|latency|time|second|duration|memory|vram|flop|param|size|cost|energy|regret|toxic",
    re.IGNORECASE,
)
"""Names of metrics of which less is better; of all others more is."""

UNSTABLE = 0.5
"""From this share of diverged seeds on, what the others reached says nothing of the arm (judged)."""

SHOWN = 3
"""Other metrics that are named at most."""


def seeds_run(arm: ArmResults) -> int:
    """Seeds that ended with a value or diverged."""
    return len(arm.seeds) + arm.unstable


def unstable(arm: ArmResults) -> bool:
    """Whether so many seeds diverged that the arm's stability is its outcome."""
    return arm.unstable > 0 and arm.unstable >= UNSTABLE * seeds_run(arm)


def stability(arm: ArmResults, base: ArmResults | None) -> str:
    """How many seeds of an arm diverged, beside those of the baseline; an empty text where none did in either."""
    theirs = base.unstable if base is not None else 0
    if not arm.unstable and not theirs:
        return ""
    said = f"{arm.unstable} of {seeds_run(arm)} seeds diverged"
    return f"{said} (baseline {theirs} of {seeds_run(base)})" if base is not None else said


def moved(info: Info, rows: Rows, arm: str) -> list[tuple[str, bool, Comparison]]:
    """Other metrics in which an arm differs from the baseline: name, whether it is better, the comparison.

    Raw values, so that a positive estimate is a larger value. Bonferroni over the metrics (Dunn 1961).
    """
    found: list[tuple[str, bool, Comparison]] = []
    table = other_metrics(info, rows, (arm, "base"))
    for name in sorted(table):
        made = compare(table[name].get(arm, {}), table[name].get("base", {}), info.alpha)
        if made is not None and made.estimate and made.p * len(table) < info.alpha:
            found.append((name, (made.estimate < 0) == bool(LESS.search(name)), made))
    return found


def trade(info: Info, rows: Rows, arm: str, word: str) -> str:
    """Which other metrics an arm moves, those against its own `word` first; an empty text for none."""
    found = sorted(moved(info, rows, arm), key=lambda row: (row[1] == (word == "better"), row[0]))
    parts = []
    for name, better, made in found[:SHOWN]:
        against = "but " if word in {"better", "worse"} and better != (word == "better") else ""
        how = "better" if better else "worse"
        parts.append(f"{against}{how} in {name}, by {made.estimate:+.3g} [{made.low:.3g}, {made.high:.3g}]")
    if len(found) > SHOWN:
        parts.append(f"and {len(found) - SHOWN} more metrics")
    return ", ".join(parts)
