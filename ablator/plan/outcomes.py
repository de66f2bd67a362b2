"""What recorded results say about a step: a verdict with its reason, and the effect of each arm on the baseline."""

from collections.abc import Mapping

import msgspec

from ablator.core.elements import Evidence, Info, Json, Verdict
from ablator.core.study import Study, amount
from ablator.plan.besides import stability, trade, unstable
from ablator.plan.compare import Comparison, compare, equivalence_p, holm, mean, more_to_gain, tuning_doubt, variance
from ablator.plan.costs import hours_per_run
from ablator.plan.drafts import Draft
from ablator.plan.power import seeds_needed
from ablator.plan.results import ENDED, FIRST_SEEDS, ArmResults, Rows, by_arm, newest, score, settings_of
from ablator.plan.types import Arm, Effect, Run, speaks

LOST = 0.9
"""An arm that lost this share of the baseline's value collapsed: that says how it was trained, not what it is worth
(judged; method.md)."""

WORSE_TIMES = 3.0
"""For metrics to be made small: an arm this many times the baseline collapsed (judged)."""

EARLY_SHARE = 0.1
"""The share of alpha at which the first seeds alone decide, so that looking twice costs little (after O'Brien and
Fleming 1979; checked in tests/benchmarks/verdicts.py)."""

SIGN = "+ is better than the baseline"

MATTERS = frozenset({"critical", "harmful"})


class Outcome(msgspec.Struct, frozen=True):
    """The verdict that results suggest (None while they are not complete), its reason, and what was measured."""

    step: str
    verdict: Verdict | None
    reason: str
    date: str
    effects: dict[str, Effect] = {}
    overrides: dict[str, Json] = {}
    """Settings of the best trial where a factor was tuned."""
    seeds: dict[str, int] = {}
    """Arms that need this many seeds in all to be decided."""


def outcome_of(study: Study, d: Draft, rows: Rows, noise: float | None) -> Outcome | None:
    """What the results of a step of observe or reach say; None while runs are missing or only a person can tell."""
    if d.action in {"tune", "scale"}:
        return _tuned(study, d, rows, noise)
    if d.action == "repeat":
        return _repeated(study, d, rows)
    return None


def _complete(d: Draft, rows: Rows, kinds: frozenset[str]) -> bool:
    runs = [r for r in d.runs if r.kind in kinds]
    return bool(runs) and all(r.run in rows and rows[r.run].state in ENDED for r in runs)


def _first_look(d: Draft, rows: Rows) -> bool:
    """Whether all trials and the first seeds of every arm are over, so that a plain difference may end the step."""
    runs = [r for r in d.runs if r.kind == "tune" or (r.kind == "confirm" and (r.seed or 0) <= FIRST_SEEDS)]
    return bool(runs) and all(r.run in rows and rows[r.run].state in ENDED for r in runs)


def _repeated(study: Study, d: Draft, rows: Rows) -> Outcome | None:
    """A/A repeats: how far the same settings lie apart by the seed alone."""
    if not _complete(d, rows, frozenset({"confirm"})):
        return None
    values = [v for v in (score(study.info, rows[k]) for k in sorted(rows)) if v is not None]
    date = newest(rows.values())
    if len(values) < 2:
        return Outcome(d.id, "inconclusive", f"{len(values)} of {len(rows)} repeats ended with a value", date)
    spread, middle = variance(values) ** 0.5, abs(mean(values))
    share = f", {spread / middle:.2%} of the mean" if middle else ""
    return Outcome(d.id, "fine", f"measured: {spread:.3g} between {len(values)} repeats{share}", date)


def _tuned(study: Study, d: Draft, rows: Rows, noise: float | None) -> Outcome | None:
    """The best trial against the present value, and what as many trials again could still add."""
    planned = {r.run: r for r in d.runs if r.kind == "tune"}
    if sum(1 for r in planned.values() if r.overrides) < 2 or not _complete(d, rows, frozenset({"tune"})):
        return None
    date = newest(rows.values())
    scores = {k: v for k, v in ((k, score(study.info, rows[k])) for k in planned) if v is not None}
    if not scores:
        return Outcome(d.id, "inconclusive", "measured: no trial ended with a value", date)
    best = max(scores, key=lambda k: (scores[k], -int(k.rpartition("/t")[2])))
    own = planned[best].overrides
    said = ", ".join(f"{k}={v}" for k, v in sorted(own.items()))
    gain = more_to_gain([scores[k] for k in sorted(scores)], len(scores))
    left = f"; as many trials again would add {gain:.2g} at most" if gain < float("inf") else ""
    value = -scores[best] if study.info.goal == "min" else scores[best]
    head = f"measured: the best of {len(scores)} trials is {said} with {value:.4g}"
    element = study.elements[d.element]
    present = next((k for k, r in planned.items() if element.value in r.overrides.values()), None)
    if present is None:  # a factor that another element's value moves, as capacity is by the width
        today = {key: e.value for e in study.elements.values() for key in e.keys}
        present = next((k for k, r in planned.items() if r.overrides and r.overrides.items() <= today.items()), None)
    threshold = smallest(study, noise)
    if present is None or present not in scores:
        return Outcome(d.id, "fixed", f"{head}, the present value has no result{left}", date, overrides=own)
    better = scores[best] - scores[present]
    if better > threshold:
        return Outcome(d.id, "fixed", f"{head}, {better:.3g} better than now{left}", date, overrides=own)
    text = f"{head}, {better:.3g} better than now, which does not reach {threshold:.3g}{left}"
    return Outcome(d.id, "fine", text, date)


def against_baseline(study: Study, d: Draft, rows: Rows, found: Outcome, noise: float | None) -> Outcome:
    """The outcome of a sweep on the original baseline, unsettled where its unchanged trial is not that baseline.

    They differ from 4 σ on, or 5 % where no noise is known, and by no less than the effect of interest. A trial cut
    short is expected to be worse, so of it only a better value tells.
    """
    info, lead = study.info, present_trial(study, d)
    row = rows.get(lead.run) if lead is not None else None
    got = score(info, row) if row is not None else None
    if info.baseline is None or lead is None or got is None or found.verdict not in {"fine", "fixed"}:
        return found
    limit = max(4 * noise if noise else 0.05 * abs(info.baseline), amount(info.effect, info.baseline) or 0.0)
    gap = got - (-info.baseline if info.goal == "min" else info.baseline)
    whole = lead.cost_hours >= 0.99 * hours_per_run(info)
    if not limit or abs(gap) <= limit or (gap < 0 and not whole):
        return found
    said = f"the unchanged settings gave {_value(info, got):.5g}, the study says {info.baseline:.5g}"
    reason = f"{found.reason}; {said}: the run that was handed in did something else"
    reason += "; look for what differs, or set baseline to what they give"
    verdict = "undecided" if found.verdict == "fine" else found.verdict
    return msgspec.structs.replace(found, verdict=verdict, reason=reason)


def present_trial(study: Study, d: Draft) -> Run | None:
    """The trial of a sweep that leaves every setting as it is."""
    today = {key: e.value for e in study.elements.values() for key in e.keys}
    return next((r for r in d.runs if r.kind == "tune" and r.overrides and r.overrides.items() <= today.items()), None)


def smallest(study: Study, noise: float | None) -> float:
    """The smallest difference that counts: the effect of interest, else twice the noise, else anything."""
    effect = amount(study.info.effect, study.info.baseline)
    return effect if effect is not None else 2 * (noise or 0.0)


def idea_outcomes(
    study: Study, drafts: Mapping[str, Draft], results: Mapping[str, Rows], tuned: bool, noise: float | None
) -> dict[str, Outcome]:
    """Effects and verdicts of the steps on ideas that have results; Holm's correction runs over all arms measured.

    `tuned` says whether the noise is known and the baseline is tuned: without that nothing is concluded.
    """
    found: dict[str, dict[str, Comparison]] = {}
    tables: dict[str, dict[str, ArmResults]] = {}
    for key in sorted(drafts):
        d = drafts[key]
        if d.stage != "instantiate" or key not in results:
            continue
        tables[key] = by_arm(study.info, results[key])
        base = tables[key].get("base")
        found[key] = {}
        for arm in d.arms if base else ():
            one = tables[key].get(arm.id)
            made = _compared(study.info, one, base, noise) if one and base and arm.id != "base" else None
            if made is not None:
                found[key][arm.id] = made
    adjusted = holm({f"{k}/{a}": c.p for k, row in found.items() for a, c in row.items()})
    return {
        key: _judged(study, drafts[key], results[key], tables[key], found[key], adjusted, tuned, noise)
        for key in sorted(tables)
    }


def _compared(info: Info, arm: ArmResults, base: ArmResults, noise: float | None) -> Comparison | None:
    """The arm against the baseline, with the doubt of how well each is tuned; a baseline without trials of its own
    was tuned before, with as many."""
    spread = noise if noise is not None else variance(list(base.seeds.values())) ** 0.5
    own = tuning_doubt(list(arm.trials.values()), spread)
    other = tuning_doubt(list(base.trials.values()), spread) if base.trials else own
    return compare(arm.seeds, base.seeds, info.alpha, (own**2 + other**2) ** 0.5)


def _judged(
    study: Study,
    d: Draft,
    rows: Rows,
    table: Mapping[str, ArmResults],
    found: Mapping[str, Comparison],
    adjusted: Mapping[str, float],
    tuned: bool,
    noise: float | None,
) -> Outcome:
    effects = {k: Effect(_short(c.estimate), _short(c.low), _short(c.high), c.n) for k, c in sorted(found.items())}
    date = newest(rows.values())
    early = not _complete(d, rows, frozenset({"tune", "confirm"}))
    if early and not _first_look(d, rows):
        return Outcome(d.id, None, "", date, effects)
    level = study.info.alpha * (EARLY_SHARE if early else 1.0)
    words: dict[str, str] = {}
    reasons: list[str] = []
    seeds: dict[str, int] = {}
    for arm in d.arms:
        if arm.id in {"base", "find-out"}:
            continue
        p = adjusted.get(f"{d.id}/{arm.id}", 1.0)
        word, why, more = _arm_word(study, arm, table, found.get(arm.id), p, noise, level)
        said = (why, _seeds_lost(word, table, arm.id), trade(study.info, rows, arm.id, word))
        reasons.append(f"{arm.id} {', '.join(x for x in said if x)}")
        if not speaks(arm.id):
            continue
        words[arm.id] = word
        if more:
            seeds[arm.id] = seeds["base"] = max(more, seeds.get("base", 0))
    if early and not set(words.values()) <= {"better", "worse", "equal"}:
        return Outcome(d.id, None, "", date, effects)
    verdict = _verdict(study, d, words)
    if not tuned and verdict in {"critical", "replaceable", "redundant", "harmful"}:
        return Outcome(
            d.id, "inconclusive", f"the baseline is not tuned yet; {SIGN}: " + "; ".join(reasons), date, effects
        )
    return Outcome(d.id, verdict, f"measured, {SIGN}: " + "; ".join(reasons), date, effects, {}, seeds)


def _seeds_lost(word: str, table: Mapping[str, ArmResults], arm: str) -> str:
    """How many seeds diverged, where the words of an arm do not say so already."""
    return stability(table[arm], table.get("base")) if arm in table and word != "inconclusive" else ""


def _arm_word(
    study: Study,
    arm: Arm,
    table: Mapping[str, ArmResults],
    found: Comparison | None,
    adjusted: float,
    noise: float | None,
    level: float,
) -> tuple[str, str, int]:
    """(`better`, `worse`, `equal`, `undecided` or `inconclusive`; the words for it; seeds needed in all)."""
    got = table.get(arm.id)
    base = table.get("base")
    if got is not None and unstable(got):
        rest = f"; the others: {found.estimate:+.3g}" if found is not None else ""
        return "inconclusive", f"is unstable: {stability(got, base)}{rest}", 0
    if base is not None and unstable(base):
        return "inconclusive", f"has no sound baseline beside it: {stability(base, None)} there", 0
    if got is None or found is None or base is None:
        lost = f"{got.diverged} diverged, {got.failed} failed" if got else "no result"
        return "inconclusive", f"has too few values to compare ({lost})", 0
    tried = len(got.trials) + got.cut
    if arm.trials and (tried < max(1, arm.trials // 2) or not got.trials):
        return "inconclusive", f"was not re-tuned: {len(got.trials)} of {arm.trials} trials have a value", 0
    if got.diverged > len(got.seeds) or _collapsed(study.info, got, base):
        return "inconclusive", f"collapsed ({_value(study.info, mean(list(got.seeds.values()))):.3g})", 0
    interval = f"{found.estimate:+.3g} [{found.low:.3g}, {found.high:.3g}] over {found.n} seeds"
    if adjusted < level:
        return ("better" if found.estimate > 0 else "worse"), interval, 0
    margin = amount(study.info.effect, study.info.baseline)
    if margin and equivalence_p(found, margin) < level:
        return "equal", f"{interval}, within ±{margin:.3g}", 0
    more = _still_needed(study.info, found, margin, noise, adjusted / found.p if found.p > 0 else 1.0)
    if more:
        return "undecided", f"{interval}, {more - found.n} more seeds needed", more
    rest = ", unsure by how well it is tuned: more trials would tell more than seeds" if margin else ""
    return "undecided", interval + rest, 0


def _still_needed(info: Info, found: Comparison, margin: float | None, noise: float | None, others: float = 1.0) -> int:
    """Seeds in all that would show the effect of interest at the noise seen; 0 where no such effect is set.

    `others` is by how much Holm's correction raised the p value: the level is divided by it.
    """
    if not margin:
        return 0
    chance = max(0.0, found.error**2 - found.doubt**2)
    if found.doubt**2 > chance:
        return 0  # more trials would tell more than seeds
    seen = (chance * found.n / 2) ** 0.5
    level = info.alpha / max(1.0, others)
    return max(seeds_needed(margin, max(seen, noise or 0.0, 1e-12), level, info.power), found.n + 1)


def _value(info: Info, value: float) -> float:
    """A score as the metric is recorded."""
    return -value if info.goal == "min" else value


def _collapsed(info: Info, arm: ArmResults, base: ArmResults) -> bool:
    ours, theirs = mean(list(arm.seeds.values())), mean(list(base.seeds.values()))
    if info.goal == "min":
        return theirs < 0 and ours < WORSE_TIMES * theirs
    return theirs > 0 and ours < (1 - LOST) * theirs


def _verdict(study: Study, d: Draft, words: Mapping[str, str]) -> Verdict:
    """The verdict on the idea from what its arms showed; of a 2×2 from what both at once did."""
    present = study.elements[d.element].present is True
    if d.action == "isolate":
        words = {k: w for k, w in words.items() if k == "both"}
        if present:
            return _all(words, {"better": "harmful", "worse": "critical", "equal": "redundant"})
        return _all(words, {"better": "critical", "worse": "harmful", "equal": "redundant"})
    taken_out = {k: w for k, w in words.items() if k.startswith("without")}
    rest = {k: w for k, w in words.items() if k not in taken_out}
    if not present:
        if "better" in words.values():
            return "critical"
        return _all(words, {"worse": "harmful", "equal": "redundant"})
    if "better" in taken_out.values():
        return "harmful"
    if "equal" in taken_out.values():
        return "redundant"
    if {"better", "equal"} & set(rest.values()):
        return "replaceable"
    return _all(words, {"worse": "critical"})


def _all(words: Mapping[str, str], meaning: Mapping[str, Verdict]) -> Verdict:
    """The verdict of the one word that all arms share; else undecided, or inconclusive where that is all there is."""
    said = set(words.values())
    if len(said) == 1 and (word := next(iter(said))) in meaning:
        return meaning[word]
    if "undecided" in said or said <= set(meaning) | {"equal"}:
        return "undecided"
    return "inconclusive"


def best_settings(info: Info, d: Draft, arm: str, rows: Rows) -> dict[str, Json] | None:
    """Settings of the arm's best trial on record; None while a trial is missing."""
    planned = {r.run: r for r in d.runs if r.arm == arm and r.kind == "tune"}
    if not planned or any(k not in rows or rows[k].state not in ENDED for k in planned):
        return None
    scores = {k: v for k, v in ((k, score(info, rows[k])) for k in planned) if v is not None}
    if not scores:
        return None
    best = max(scores, key=lambda k: (scores[k], -int(k.rpartition("/t")[2])))
    row: Evidence = rows[best]
    return settings_of(row, planned[best].overrides)


def _short(value: float) -> float:
    return float(f"{value:.6g}")
