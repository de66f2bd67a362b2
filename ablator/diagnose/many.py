"""Symptoms that need several runs: differences within the noise, seeds, sweeps, repeats, a published number."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from ablator.core.elements import Evidence, Info
from ablator.core.study import Study
from ablator.diagnose.evidence import shares_row, symptom_rows
from ablator.diagnose.seen import Seen, above, below, silent, sure
from ablator.diagnose.signals import median

REPEATS = "repeat-noise-floor"
"""The step whose runs repeat the baseline."""

LARGEST = 1e60
"""A metric beyond it is a run that blew up, not a value: squares of it would leave the range of numbers."""

BASE = "base"
"""The arm that repeats the baseline beside others."""

EDGE = 0.1
"""The outer tenth of a range counts as its edge."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One recorded run; `score` is the study's metric with its sign turned so that greater is better."""

    step: str
    arm: str
    kind: str
    number: int
    score: float | None
    diverged: bool
    seed: int | None
    settings: Mapping[str, Any]


def group_rows(study: Study) -> list[Evidence]:
    """Evidence rows of the symptoms that the recorded runs show, to be recorded beside them; none without results."""
    found = results(study)
    if not found:
        return []
    rows = symptom_rows(group_symptoms(found, study.info), study.elements, "recorded runs")
    return [*rows, shares_row(study.elements)] if rows else []


def results(study: Study) -> list[Result]:
    """Every recorded run that is over, in the order of its id."""
    out = []
    for key in sorted(study.evidence):
        row = study.evidence[key]
        parts = row.run.split("/")
        if row.kind != "result" or len(parts) < 3 or row.state in {"running", "failed", "pruned"}:
            continue
        value = _score(study.info, row)
        if value is None and row.state == "done" and row.metrics and study.info.metric not in row.metrics:
            continue  # other metrics only: the run still waits for the study's
        out.append(
            Result(
                step=parts[0],
                arm="/".join(parts[1:-1]),
                kind=parts[-1][:1],
                number=int(re.sub(r"\D", "", parts[-1])[:9] or 0),
                score=value if row.state == "done" else None,
                diverged=row.state == "diverged" or (bool(row.metrics) and value is None),
                seed=row.seed,
                settings=row.overrides,
            )
        )
    return out


def _score(info: Info, row: Evidence) -> float | None:
    only = next(iter(row.metrics.values())) if len(row.metrics) == 1 and not info.metric else None
    value = row.metrics.get(info.metric, only)
    if value is None or not abs(value) <= LARGEST:
        return None
    return -value if info.goal == "min" else value


def group_symptoms(found: Sequence[Result], info: Info) -> dict[str, Seen]:
    """Symptom id → answer for each symptom of several runs."""
    noise = _noise(found)
    return {
        "difference-within-noise": _within_noise(found, noise),
        "seeds-change-the-winner": _winner_changes(found),
        "best-value-at-edge": _at_edge(found),
        "many-trials-diverge": _diverging(found),
        "same-seed-differs": _same_seed(found),
        "below-published": _below_published(found, info, noise),
    }


def _noise(found: Sequence[Result]) -> float | None:
    values = [r.score for r in found if r.step == REPEATS and r.score is not None]
    if len(values) < 2:
        return None
    mean = sum(values) / len(values)
    return math.sqrt(sum((v - mean) ** 2 for v in values) / (len(values) - 1))


def _pairs(found: Sequence[Result]) -> dict[tuple[str, str], tuple[dict[int, float], dict[int, float]]]:
    """(step, arm) → values of the arm and of the baseline beside it, by seed number; confirming runs only."""
    arms: dict[tuple[str, str], dict[int, float]] = {}
    for r in found:
        if r.kind == "s" and r.score is not None:
            arms.setdefault((r.step, r.arm), {})[r.number] = r.score
    return {
        key: (values, arms[key[0], BASE]) for key, values in arms.items() if key[1] != BASE and (key[0], BASE) in arms
    }


def _within_noise(found: Sequence[Result], noise: float | None) -> Seen:
    pairs = _pairs(found)
    if noise is None or not pairs:
        return silent("the baseline was not repeated, or no arm has confirming runs beside it")
    ratios = []
    for (step, arm), (a, b) in sorted(pairs.items()):
        difference = abs(sum(a.values()) / len(a) - sum(b.values()) / len(b))
        ratios.append((difference / max(2 * noise * math.sqrt(1 / len(a) + 1 / len(b)), 1e-300), f"{step}/{arm}"))
    figure, where = min(ratios)
    return below(
        figure, 1.0, f"{where} differs from the baseline by {figure:.2g} of what the noise allows", place=where
    )


def _winner_changes(found: Sequence[Result]) -> Seen:
    judged = []
    for (step, arm), (a, b) in sorted(_pairs(found).items()):
        signs = {math.copysign(1, a[k] - b[k]) for k in a.keys() & b.keys() if a[k] != b[k]}
        if len(a.keys() & b.keys()) >= 2:
            judged.append((len(signs) > 1, f"{step}/{arm}"))
    if not judged:
        return silent("no arm shares two seeds with the baseline")
    present, where = max(judged)
    return sure(
        present, f"the winner of {where} {'changes' if present else 'is the same'} from seed to seed", place=where
    )


def _at_edge(found: Sequence[Result]) -> Seen:
    """The best trial of a sweep lies in the outer tenth of what was tried, in logarithms where all are positive."""
    answers = []
    for step in sorted({r.step for r in found if r.kind == "t"}):
        trials = [r for r in found if r.step == step and r.kind == "t" and r.score is not None]
        if len(trials) < 4:
            continue
        best = max(trials, key=lambda r: (r.score or 0.0, -r.number))
        for name in sorted(best.settings):
            values = [v for v in (_number(r.settings.get(name)) for r in trials) if v is not None]
            own = _number(best.settings[name])
            if own is None or len(set(values)) < 4:
                continue
            place = _position(own, values)
            answers.append((min(place, 1 - place) <= EDGE, f"the best {name} of {step} is {own:g}", step))
    if not answers:
        return silent("no sweep of four trials over a number is on record")
    present, says, where = max(answers)
    return sure(present, says + (", at the edge of its range" if present else ", inside its range"), place=where)


def _position(own: float, values: Sequence[float]) -> float:
    low, high = min(values), max(values)
    if low > 0:
        own, low, high = math.log(own), math.log(low), math.log(high)
    return (own - low) / (high - low) if high > low else 0.5


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _diverging(found: Sequence[Result]) -> Seen:
    trials = [r for r in found if r.kind == "t"]
    if len(trials) < 4:
        return silent("fewer than four trials are on record")
    share = sum(r.diverged for r in trials) / len(trials)
    return above(share, 0.1, f"{share:.0%} of {len(trials)} trials diverged", place="trials")


def _same_seed(found: Sequence[Result]) -> Seen:
    """Runs with one seed and equal settings."""
    groups: dict[tuple[int, str], list[float]] = {}
    for r in found:
        if r.seed is not None and r.score is not None and r.kind != "c":
            words = repr(sorted((k, repr(v)) for k, v in r.settings.items()))
            groups.setdefault((r.seed, words), []).append(r.score)
    twice = [v for v in groups.values() if len(v) > 1]
    if not twice:
        return silent("no seed was run twice with equal settings")
    wide = max(max(v) - min(v) for v in twice)
    size = max(abs(x) for v in twice for x in v)
    return sure(wide > 1e-6 * size, f"equal settings and seed differ by {wide:.3g}", place="seed")


def _below_published(found: Sequence[Result], info: Info, noise: float | None) -> Seen:
    """The baseline's repeats against the target, where one is set as the number to be reached."""
    values = [r.score for r in found if r.step == REPEATS and r.score is not None]
    if info.target is None or noise is None or len(values) < 2:
        return silent("no number to be reached is set, or the baseline was not repeated")
    wanted = -info.target if info.goal == "min" else info.target
    error = max(noise / math.sqrt(len(values)), 1e-300)
    short = (wanted - median(values)) / error
    return above(short, 2.0, f"the baseline is {short:.2g} standard errors short of the target", place="target")
