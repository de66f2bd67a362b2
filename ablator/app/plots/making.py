"""Makes the figures from a study and its plan: effects, tuning, noise, power and time."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

import msgspec

from ablator.app.plain import one_line
from ablator.app.plots.devices import devices
from ablator.app.plots.figure import (
    Area,
    Axis,
    Dots,
    Figure,
    Ink,
    Interval,
    Layer,
    Line,
    Row,
    Rule,
    Shape,
    Strip,
    spanned,
)
from ablator.core.queries import title
from ablator.core.study import Study, amount
from ablator.plan.best import best_band
from ablator.plan.compare import mean, more_to_gain, variance
from ablator.plan.outcomes import smallest
from ablator.plan.power import detectable, seeds_needed
from ablator.plan.results import LARGEST, NOISE, newest_repeats, noise_of, raw_score, results_by_step
from ablator.plan.types import Arm, Effect, Plan, Step

FEW_SEEDS, MANY_SEEDS = 12, 40
"""Least and most seeds on the axis of the power curve."""

FEWEST_TRIALS = 4
"""Fewer are never called exhausted: their resamples hold too little of what may come (judged)."""

MANY_TRIALS = 200
"""More trials than that are not drawn: the band is made from each beginning of them."""

STAGES = MappingProxyType(
    {"observe": "Observe", "reach": "Reach", "instantiate": "Instantiate", "perceive": "Perceive"}
)


class Request(msgspec.Struct, frozen=True, array_like=True):
    """What the worker is asked for: the kind of figure, the study's bytes, the plan in msgpack, and a step."""

    kind: str
    study: bytes
    plan: bytes
    step: str = ""


def made(payload: bytes) -> bytes:
    """A `Request` to a `Figure`, both in msgpack. Raises BadInput for a damaged study."""
    from ablator.files.study_file import decode

    asked = msgspec.msgpack.decode(payload, type=Request)
    plan = msgspec.msgpack.decode(asked.plan, type=Plan)
    return msgspec.msgpack.encode(figure(asked.kind, decode(asked.study, "study"), plan, asked.step))


def figure(kind: str, study: Study, plan: Plan, step: str = "") -> Figure:
    """The figure of a kind of `KINDS`. Raises KeyError for another word."""
    return KINDS[kind](study, plan, step)


def tuned_steps(study: Study, plan: Plan) -> list[Step]:
    """Steps with results of tuning trials on record, in plan order."""
    results = results_by_step(study)
    return [s for s in plan.steps if any("/t" in run for run in results.get(s.id, ()))]


def forest(study: Study, plan: Plan, _: str = "") -> Figure:
    """Effects of all arms measured, with their intervals, by stage, against the smallest effect that counts."""
    head = "Effects on the baseline"
    margin = amount(study.info.effect, study.info.baseline)
    rows: list[Row] = []
    bars: list[Interval] = []
    stage = ""
    for step in plan.steps:
        for arm in step.arms:
            if arm.effect is None or not math.isfinite(arm.effect.high - arm.effect.low):
                continue
            if step.stage != stage:
                stage = step.stage
                rows.append(Row(STAGES[stage], heading=True))
            e = arm.effect
            ink, shape, hollow = _reading(e, margin)
            bars.append(Interval(len(rows), e.estimate, e.low, e.high, ink, shape, hollow))
            figures = f"{e.estimate:+.3g} [{e.low:.3g}, {e.high:.3g}]  n = {e.n}".replace("-", "\N{MINUS SIGN}")
            rows.append(Row(_arm_name(study, step, arm), figures))
    if not bars:
        return Figure(title=head, empty="Record values per seed, of an arm and of its base, to see effects.")
    reach = [v for b in bars for v in (b.low, b.high)] + [0.0] + ([-margin, margin] if margin else [])
    layers: list[Layer] = [*bars, Rule(0.0, "muted", "", True, False)]
    if margin:
        layers.insert(0, Strip(-margin, margin, "muted", f"±{margin:.3g}, too small to care about", True))
    counts = [sum(1 for b in bars if (b.ink, b.hollow) == kind[:2]) for kind in _READINGS]
    said = ", ".join(f"{n} {kind[3]}" for n, kind in zip(counts, _READINGS, strict=True) if n)
    key = tuple(Dots((), k[0], k[3], k[2], k[1]) for n, k in zip(counts, _READINGS, strict=True) if n)
    return Figure(
        title=head,
        x=spanned(f"Difference to the baseline in {_metric(study)}, + is better", reach),
        rows=tuple(rows),
        layers=tuple(layers),
        key=key,
        notes=(
            f"Bars: {100 * (1 - study.info.alpha):.3g} % intervals, each on its own; "
            "verdicts are corrected for the number of arms.",
        ),
        summary=f"{_count(len(bars), 'arm')} measured: {said}.",
    )


_READINGS: tuple[tuple[Ink, bool, Shape, str], ...] = (
    ("blue", False, "square", "better than the baseline"),
    ("red", False, "diamond", "worse than the baseline"),
    ("green", True, "square", "too small to care about"),
    ("muted", True, "circle", "not told from chance yet"),
)


def _reading(e: Effect, margin: float | None) -> tuple[Ink, Shape, bool]:
    """How an interval is drawn: colour, shape, and whether it is hollow."""
    inside = margin is not None and -margin < e.low and e.high < margin
    ink, hollow, shape, _ = _READINGS[2 if inside else 0 if e.low > 0 else 1 if e.high < 0 else 3]
    return ink, shape, hollow


def _arm_name(study: Study, step: Step, arm: Arm) -> str:
    """What the arm changes; the element before it where the change does not name it."""
    element = study.elements.get(step.element)
    name, change = title(element) if element else step.element, arm.change or arm.id
    text = one_line(change if name.casefold() in change.casefold() else f"{name}: {change}", 200)
    return text[:1].upper() + text[1:]


def tuning(study: Study, plan: Plan, step: str = "") -> Figure:
    """Trials of one step, the best so far, the best expected with its band, and where tuning counts as exhausted."""
    steps = tuned_steps(study, plan)
    chosen = next((s for s in steps if s.id == step), steps[0] if steps else None)
    if chosen is None:
        return Figure(title="Tuning", empty="Record the trials of a tuning step to see how much is left to gain.")
    name = title(study.elements[chosen.element]) if chosen.element in study.elements else chosen.id
    values = _trials(study, chosen)
    head = f"Tuning: {one_line(name, 120)}"
    if len(values) < 2:
        return Figure(title=head, empty="Two trials with a value are needed; record one more.")
    sign = -1.0 if study.info.goal == "min" else 1.0
    scores = [sign * v for v in values]
    n = len(scores)
    best = [sign * max(scores[: m + 1]) for m in range(n)]
    band = [(m, *sorted((sign * low, sign * high)), sign * mid) for m, low, mid, high in best_band(scores, 2 * n)]
    threshold = smallest(study, noise_of(study, results_by_step(study)))
    done = _exhausted(scores, threshold)
    layers: list[Layer] = [
        Area(tuple((m, low, high) for m, low, high, _ in band), "blue", "90 % band of the expected best"),
        Line(tuple((m, mid) for m, _, _, mid in band), "blue", "Expected best of as many trials", True),
        Line(_stairs(best), "orange", "Best so far"),
        Dots(tuple((float(m), v) for m, v in enumerate(values, 1)), "text", "Trial", "circle", True),
    ]
    left = more_to_gain(scores, n)
    gain = f"As many trials again would add {left:.2g} at most (95 %)"
    unit = f"; what counts is {threshold:.3g}" if threshold else "; say the smallest effect you care about to judge it"
    note = "Not exhausted yet." if threshold else ""
    if done is not None:
        layers.append(Rule(float(done), "green", "Exhausted", True))
        note = f"Exhausted since trial {done}: the rest to gain lies below what counts."
    ends = [v for row in band for v in row[1:]] + values
    return Figure(
        title=head,
        x=Axis("Trials", 0.5, 2 * n + 0.5, True),
        y=spanned(_metric(study), ends),
        layers=tuple(layers),
        notes=tuple(s for s in (f"{gain}{unit}.", note) if s),
        summary=f"{_count(n, 'trial')}, best {best[-1]:.4g}. {gain}{unit}. {note}".strip(),
    )


def _stairs(values: list[float]) -> tuple[tuple[float, float], ...]:
    """The values from trial 1 on as a line that jumps at each trial."""
    out = [(1.0, values[0])]
    for m, value in enumerate(values[1:], 2):
        out += [(float(m), out[-1][1]), (float(m), value)]
    return tuple(out)


def _trials(study: Study, step: Step) -> list[float]:
    """The metric of the trials of the step's first arm that has any, by number."""
    found: dict[str, dict[int, float]] = {}
    for run, row in results_by_step(study).get(step.id, {}).items():
        _, arm, word = run.split("/", 2)
        value = raw_score(study.info, row)
        trial = word[:1] == "t" and word[1:].isdigit() and row.state == "done"
        if trial and value is not None and abs(value) <= LARGEST:
            found.setdefault(arm, {})[int(word[1:])] = value
    arms = [a.id for a in step.arms if a.id in found] or sorted(found)
    return [v for _, v in sorted(found[arms[0]].items())][:MANY_TRIALS] if arms else []


def _exhausted(scores: list[float], threshold: float) -> int | None:
    """The number of trials since which as many again would gain less than `threshold`, to the last; else None."""
    since: int | None = None
    if not threshold > 0:
        return None
    for m in range(len(scores), FEWEST_TRIALS - 1, -1):
        if more_to_gain(scores[:m], m) >= threshold:
            break
        since = m
    return since


def noise(study: Study, plan: Plan, _: str = "") -> Figure:
    """Repeats of the unchanged baseline: each value, their mean, and one standard deviation around it."""
    head = "Noise of the baseline"
    results = results_by_step(study)
    step = newest_repeats(study, results)[0] or f"repeat-{NOISE}"
    rows = results.get(step, {})
    values = [
        v for k in sorted(rows, key=_number) if rows[k].state == "done"
        and (v := raw_score(study.info, rows[k])) is not None and abs(v) <= LARGEST
    ]  # fmt: skip
    if len(values) < 2:
        said = amount(study.info.noise, study.info.baseline)
        word = f" The study says {said:.3g} for now." if said is not None else ""
        return Figure(title=head, empty=f"Record two or more repeats of the baseline to see its noise.{word}")
    middle, spread = mean(values), variance(values) ** 0.5
    share = f", {100 * spread / abs(middle):.2g} % of the mean" if middle else ""
    text = f"σ = {spread:.3g} between {len(values)} repeats{share}; mean {middle:.4g}."
    text += "" if step == f"repeat-{NOISE}" else f" The newest repeats: {step}."
    return Figure(
        title=head,
        x=Axis("Repeat", 0.5, len(values) + 0.5, True),
        y=spanned(_metric(study), [*values, middle - spread, middle + spread]),
        layers=(
            Strip(middle - spread, middle + spread, "blue", "Mean ± σ"),
            Rule(middle, "blue", "Mean", False, False),
            Dots(tuple((float(n), v) for n, v in enumerate(values, 1)), "text", "Repeat"),
        ),
        notes=(text,),
        summary=text,
    )


def power(study: Study, plan: Plan, _: str = "") -> Figure:
    """The smallest effect that each number of seeds shows, at the study's level and power."""
    info = study.info
    head = "What a number of seeds can show"
    spread = noise_of(study, results_by_step(study))
    if not spread:
        return Figure(title=head, empty="Record repeats of the baseline, or give the noise in the study's settings.")
    margin = amount(info.effect, info.baseline)
    need = seeds_needed(margin, spread, info.alpha, info.power) if margin else None
    last = min(max(FEW_SEEDS, (need or 0) + 3), MANY_SEEDS)
    points = [
        (float(n), seen) for n in range(2, last + 1) if (seen := detectable(spread, n, info.alpha, info.power))
    ]  # fmt: skip
    layers: list[Layer] = [
        Line(tuple(points), "blue", f"Smallest effect seen with a power of {100 * info.power:.3g} %"),
        Dots(tuple(points), "blue"),
    ]
    notes = [f"With {int(n)} seeds you can see {_percent(v, info.baseline)}." for n, v in points if n in {3.0, 5.0}]
    if margin and need:
        layers.append(Rule(margin, "orange", f"The smallest effect you care about, {margin:.3g}"))
        more = "at least " if need >= 100 else ""
        notes.append(f"The effect you care about, {_percent(margin, info.baseline)}, needs {more}{need} seeds an arm.")
    top = [v for _, v in points] + ([margin] if margin else [])
    method = f"Two-sample t test, level {info.alpha:.3g}, power {info.power:.2g}, σ = {spread:.3g}."
    return Figure(
        title=head,
        x=Axis("Seeds an arm", 1.5, last + 0.5, True),
        y=spanned(f"Effect in {_metric(study)}", top, zero=True),
        layers=tuple(layers),
        notes=(" ".join(notes), method),
        summary=" ".join([*notes, method]),
    )


def _percent(value: float, baseline: float | None) -> str:
    return f"{100 * value / abs(baseline):.3g} % ({value:.3g})" if baseline else f"{value:.3g}"


def _metric(study: Study) -> str:
    return one_line(study.info.metric, 60) or "the metric"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _number(run: str) -> tuple[int, str]:
    digits = run.rpartition("/")[2][1:]
    return (int(digits) if digits.isdigit() else 0), run


KINDS: Mapping[str, Callable[[Study, Plan, str], Figure]] = MappingProxyType(
    {"forest": forest, "tuning": tuning, "noise": noise, "power": power, "devices": devices}
)
