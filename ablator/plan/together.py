"""What one trial moves together: factors that interact, and the schedule that has to end with the run."""

import math
from collections.abc import Sequence

import msgspec

from ablator.core.elements import Element, Json, Range
from ablator.core.queries import interacting, kept, retuned_with, targets_of, title
from ablator.core.study import Study, base_id
from ablator.plan.dialect import Settings, facts, leaf
from ablator.plan.sweeps import BY_WIDTH, LOOKED_AT, Trial, length_of, whole
from ablator.plan.trials import PRIMES, bounds, radical_inverse

MOST = 2
"""Factors that a sweep moves beside its own at most: with more, so few trials tell nothing (judged)."""

MORE = 2
"""Trials that each further factor adds to a sweep of numbers (judged)."""

NEAR = 10.0
"""How wide the box around the present value of a factor is that is moved along, as a ratio: it was tuned before."""

COSTLY = frozenset({"batch-size", "training-length", "data-quantity", BY_WIDTH})
"""Factors that are never moved along: they set what a run costs, and are chosen for that first."""

ENDS = frozenset(
    [
        "lr_decay_iters",
        "lr_decay_steps",
        "lr_decay_samples",
        "lr_decay_epochs",
        "decay_iters",
        "decay_steps",
        "decay_epochs",
        "max_decay_steps",
        "num_training_steps",
        "num_decay_steps",
        "total_steps",
        "t_max",
        "cosine_steps",
    ]
)
"""Keys that say, in small letters, when a schedule ends; they are stretched with the run."""


def partners(study: Study, element: Element) -> list[Element]:
    """Factors that a sweep of `element` moves along: those it interacts with that are settled before it, or beside it.

    Two factors interact where the study says so, where one has to be re-tuned with the other, where a change of one
    re-opens the other and one needs the other or both re-open each other, and where this one is a choice between kinds,
    which have to be compared each at its best. Only numbers that a setting of the files holds.
    """
    found = kept(study, "partners", _partners).get(element.id, ())
    return [e for e in (study.elements[k] for k in found) if _moves(e)][:MOST]


def _partners(study: Study) -> dict[str, tuple[str, ...]]:
    needs, reopens = targets_of(study, "needs"), targets_of(study, "reopens")
    out: dict[str, tuple[str, ...]] = {}
    for key, element in study.elements.items():
        if element.kind != "factor" or element.procedure != "sweep" or base_id(key) in COSTLY | LOOKED_AT:
            continue
        tied = {*interacting(study, key), *retuned_with(study, key)}
        mine = reopens.get(key, ())
        chosen = element.range is not None and bool(element.range.choices)
        wanted = needs.get(key, ())
        tied |= {k for k in mine if chosen or k in wanted or key in reopens.get(k, ())}
        tied |= {k for k in wanted if key in reopens.get(k, ())}
        # what waits for this one is moved in its own sweep
        tied = {k for k in tied if k != key and base_id(k) not in COSTLY and key not in needs.get(k, ())}
        if tied:
            out[key] = tuple(sorted(tied, key=lambda k: (k not in wanted, k)))
    return out


def _moves(element: Element) -> bool:
    """Whether a factor is a number that one key of the files sets, free to move around its present value."""
    value = element.value
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return element.kind == "factor" and number and bool(element.keys) and box(element) is not None


def box(element: Element) -> tuple[float, float] | None:
    """Low and high of a factor that is moved along, around its present value."""
    span = element.range
    if span is None or span.choices:
        return None
    near = msgspec.structs.replace(span, span=min(span.span or NEAR, NEAR)) if span.scale == "log" else span
    return bounds(near, float(element.value))


def joined(study: Study, element: Element, tried: Sequence[Trial]) -> list[Trial]:
    """The trials of a sweep over the joint box of `element` and what it interacts with, the present values first.

    Numbers go by a Halton sequence, `MORE` trials longer for each partner. Choices are tried once with the partners as
    they are, then once more with them moved, all alike. Runs of a length of their own are left alone.
    """
    mates = partners(study, element)
    if not mates or len(tried) < 2 or any(t.runs is not None or t.to_write for t in tried):
        return list(tried)
    span = element.range
    if span is not None and not span.choices and isinstance(element.value, int | float):
        tried = _numbers(element, span, tried, len(tried) + MORE * len(mates))
        return [tried[0], *(_moved(t, mates, i) for i, t in enumerate(tried[1:], 1))]
    return [*tried, *(_moved(t, mates, 1) for t in tried)]


def _numbers(element: Element, span: Range, tried: Sequence[Trial], count: int) -> list[Trial]:
    """The sweep's own values, gone on by the same sequence up to `count`."""
    from ablator.plan import trials

    key = next(iter(tried[0].settings))
    known = {repr(t.value) for t in tried}
    values = trials.points(span, element.value, count, whole=whole(element))
    return [*tried, *(Trial(v, {key: v}) for v in values if repr(v) not in known)][:count]


def _moved(trial: Trial, mates: Sequence[Element], index: int) -> Trial:
    """The trial with its partners at the `index`-th point of their box; prime 2 belongs to the sweep's own values."""
    settings = dict(trial.settings)
    for mate, base in zip(mates, PRIMES[1:], strict=False):
        between = box(mate)
        if between is not None:
            settings[mate.keys[0]] = _within(mate, *between, radical_inverse(index, base))
    return msgspec.structs.replace(trial, settings=settings)


def _within(element: Element, low: float, high: float, share: float) -> Json:
    if element.range is not None and element.range.scale == "log":
        value = math.exp(math.log(low) + (math.log(high) - math.log(low)) * share)
    else:
        value = low + (high - low) * share
    return round(value) if whole(element) else float(f"{value:.3g}")


def moved_words(study: Study, element: Element, tried: Sequence[Trial]) -> str:
    """What trials move beside the factor itself, for people; an empty text for nothing."""
    keys = {k for t in tried for k in t.settings}
    names = [title(e) for e in partners(study, element) if e.keys[0] in keys]
    return f", together with {' and '.join(names)} around the present value" if names else ""


def with_schedule(study: Study, settings: Settings) -> Settings:
    """The settings with the end of the schedule stretched as far as the run; as they are where its length stays."""
    ratio = length_of(study, settings)
    if ratio == 1.0:
        return settings
    out = dict(settings)
    for key, value in facts(study).items():
        number = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
        if number and key not in out and leaf(key).lower() in ENDS:
            out[key] = round(value * ratio) if isinstance(value, int) else value * ratio
    return out
