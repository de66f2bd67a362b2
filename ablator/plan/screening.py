"""Screening designs: many ideas judged in few runs, D-optimal over the models that can be built."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from ablator.core.elements import Json
from ablator.core.errors import BadInput
from ablator.core.queries import interacting
from ablator.core.study import Study, amount
from ablator.plan.baseline import rebased
from ablator.plan.commands import command
from ablator.plan.planner import plan, settings_now
from ablator.plan.power import power_of_t
from ablator.plan.results import NOISE, noise_of, results_by_step
from ablator.plan.screening_exchange import exchange, model_matrix
from ablator.plan.screening_model import (
    Alike,
    Alone,
    Leak,
    Spread,
    Term,
    alike,
    entangled,
    errors_of,
    free_pairs,
    leaks,
    one_at_a_time,
    spreads,
    terms_of,
    unestimable,
)
from ablator.plan.screening_space import Column, Space, columns_of
from ablator.plan.types import SHUT

if TYPE_CHECKING:
    from ablator.plan.screening_exchange import Matrix

STEP = "screen"
"""The first part of the ids of a design's runs."""

KNOWN = "known"
"""Word that stands for every interaction that the study itself names among the ideas."""

FREE = 8
"""Runs beyond the effects that a design gets to measure its own error with, where nothing else decides."""

MOST_RUNS = 96
"""A design never asks for more by itself."""

MOST_IDEAS, MOST_ASKED = 100, 500
"""Ideas and runs of the largest design that is made."""


class ScreenRun(msgspec.Struct, frozen=True, kw_only=True):
    """One run: which ideas are in, what that does to the baseline, and what falls with it.

    `overrides` are complete against the original settings. Each run has a seed of its own, so that the spread between
    seeds is part of the error.
    """

    run: str
    ideas: dict[str, bool]
    changes: tuple[str, ...]
    also_falls: tuple[str, ...]
    seed: int
    overrides: dict[str, Json]
    command: str


class Idea(msgspec.Struct, frozen=True):
    """An idea of a design, and what its other state is: out of a model that has it, or in."""

    id: str
    name: str
    present: bool
    change: str


class Screen(msgspec.Struct, frozen=True, kw_only=True):
    """A design with what it can tell. `efficiency` compares its determinant with that of an orthogonal design."""

    ideas: tuple[Idea, ...]
    interactions: tuple[str, ...]
    runs: tuple[ScreenRun, ...]
    freedom: int
    efficiency: float
    noise: float
    effect: float | None
    effects: tuple[Spread, ...]
    aliased: tuple[Alike, ...]
    leaks: tuple[Leak, ...]
    one_at_a_time: Alone
    left_out: tuple[str, ...]
    notes: tuple[str, ...]


class Model:
    """The ideas of a design with the interactions to estimate, over the rows that can be built.

    Raises BadInput for ideas and interactions that no valid run could tell.
    """

    def __init__(self, study: Study, ideas: Sequence[str] = (), interactions: Sequence[str] = ()) -> None:
        self.study = rebased(study)
        columns, left = columns_of(self.study, ideas)
        if len(columns) < 2:
            what = f"a design needs two ideas or more, and {len(columns)} can be taken out or put in"
            raise BadInput(what, mend="name ideas with --ideas, or plan them one at a time")
        if len(columns) > MOST_IDEAS:
            what = f"{len(columns)} ideas are more than a design can hold ({MOST_IDEAS})"
            raise BadInput(what, mend="name fewer with --ideas")
        self.left_out = left
        self.space = Space(self.study, columns)
        self.pool = self.space.pool()
        self._drop_entangled(bool(ideas))
        self.possible = free_pairs(self.pool, len(self.columns))
        self.pairs = tuple(self._pair(text) for text in self._wanted(interactions))
        self.pairs = tuple(dict.fromkeys(self.pairs))
        self._refuse_entangled_pairs()
        self.terms: tuple[Term, ...] = terms_of(self.space, self.pairs)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The ideas, sorted by id."""
        return self.space.columns

    @property
    def size(self) -> int:
        """Coefficients: the mean, the ideas and the interactions."""
        return 1 + len(self.terms)

    def matrix(self, rows: Sequence[int]) -> "Matrix":
        """The model matrix of rows, the mean in front."""
        return model_matrix(rows, len(self.columns), self.pairs)

    def _drop_entangled(self, wanted: bool) -> None:
        if not self.pool:
            raise BadInput("no model can be built with these ideas in or out", mend="name others with --ideas")
        lost = [j - 1 for j in entangled(model_matrix(self.pool, len(self.columns)))]
        if not lost:
            return
        reasons = [f"{self.columns[j].id}: no valid run tells it from the others or from the mean" for j in lost]
        if wanted:
            raise BadInput(reasons[0].replace(": no", " cannot be screened: no", 1), mend="leave it out of --ideas")
        self.left_out = (*self.left_out, *reasons)
        self.space = Space(self.study, [c for i, c in enumerate(self.columns) if i not in lost])
        self.pool = self.space.pool()
        if len(self.columns) < 2:
            raise BadInput("fewer than two ideas can be told apart", mend="plan them one at a time")

    def _wanted(self, interactions: Sequence[str]) -> list[str]:
        out: list[str] = []
        for text in interactions:
            if text != KNOWN:
                out.append(text)
                continue
            ids = [c.id for c in self.columns]
            pairs = {(a, b) for i, a in enumerate(ids) for b in ids[i + 1 :] if b in interacting(self.study, a)}
            at = {k: i for i, k in enumerate(ids)}
            out += [f"{a}:{b}" for a, b in sorted(pairs) if (at[a], at[b]) in set(self.possible)]
        return out

    def _pair(self, text: str) -> tuple[int, int]:
        first, colon, second = text.partition(":")
        at = {c.id: i for i, c in enumerate(self.columns)}
        if not colon or first == second or first not in at or second not in at:
            what = f"{text!r} is no interaction of two ideas of the design"
            raise BadInput(what, mend="write it as A:B, with ids of ideas that are screened")
        a, b = sorted((at[first], at[second]))
        if (a, b) not in self.possible:
            states = [(x, y) for x in (True, False) for y in (True, False)]
            missing = next((s for s in states if self.space.with_states({a: s[0], b: s[1]}) is None), None)
            if missing is not None:
                words = " and ".join(
                    f"{i} {'in' if s else 'out'}" for i, s in zip((first, second), missing, strict=True)
                )
                if (a, b) != (at[first], at[second]):
                    words = " and ".join(
                        f"{i} {'in' if s else 'out'}" for i, s in zip((second, first), missing, strict=True)
                    )
                what = f"{first} and {second} have no interaction to measure: no model can be built with {words}"
                raise BadInput(what, mend="leave it out of --interactions")
            more = [r for x, y in states if (r := self.space.with_states({a: x, b: y})) is not None]
            self.pool = list(dict.fromkeys((*self.pool, *more)))
        return a, b

    def _refuse_entangled_pairs(self) -> None:
        lost = entangled(self.matrix(self.pool)) if self.pairs else []
        if lost:
            a, b = self.pairs[lost[0] - 1 - len(self.columns)]
            what = (
                f"no valid run tells the interaction {self.columns[a].id}:{self.columns[b].id} from the other effects"
            )
            raise BadInput(what, mend="leave it out of --interactions")


def screen(
    study: Study, runs: int | None = None, ideas: Sequence[str] = (), interactions: Sequence[str] = ()
) -> Screen:
    """A D-optimal design for the main effects of `ideas` (default: all that can be taken out) and `interactions`.

    Without `runs`, as many as give every effect of interest the study's power under Holm, at most MOST_RUNS and what
    the budget pays. Deterministic. Raises BadInput where the noise is not known, for too few runs, and for effects that
    no valid run can tell.
    """
    noise = noise_of(study, results_by_step(study))
    if not noise:
        what = "the noise between seeds is not known, so that no design can say what it would show"
        mend = (
            f"repeat the baseline first (repeat-{NOISE} in `ablator next`), or say it with `ablator set STUDY noise X`"
        )
        raise BadInput(what, mend=mend)
    model = Model(study, ideas, interactions)
    effect = amount(study.info.effect, study.info.baseline)
    count, notes = _how_many(model, runs, noise, effect)
    rows = exchange(model.space, model.pool, count, model.pairs, model.possible)
    x = model.matrix(rows)
    if unestimable(x):
        raise BadInput(f"{count} runs did not suffice to tell all effects apart", mend=f"ask for {count + 4} runs")
    errors = errors_of(x, len(model.columns))
    names = [t.name for t in model.terms]
    info, ids = study.info, [c.id for c in model.columns]
    found = spreads(names, errors, count - model.size, noise, effect, info.alpha, info.power)
    together, leaked = alike(x, names), leaks(x, model.terms, ids, model.possible)
    return Screen(
        ideas=tuple(Idea(c.id, c.name, c.present, c.arm.change) for c in model.columns),
        interactions=tuple(names[len(ids) :]),
        runs=_runs(model, rows, settings_now(study)),
        freedom=count - model.size,
        efficiency=efficiency(x),
        noise=noise,
        effect=effect,
        effects=found,
        aliased=tuple(together),
        leaks=leaked,
        one_at_a_time=one_at_a_time(model.space, errors, count, noise, effect, info.alpha),
        left_out=model.left_out,
        notes=(
            *_untuned(study),
            *notes,
            *words_of(found, together, leaked, effect),
            *_unasked(model),
            _lacking(model, rows),
        ),
    )


def efficiency(x: "Matrix") -> float:
    """|X'X|^(1/p) / n: 1 for an orthogonal design, which the rules of the study may not allow."""
    import numpy as np

    sign, size = np.linalg.slogdet(x.T @ x)
    return round(float(np.exp(size / x.shape[1])) / x.shape[0], 4) if sign > 0 else 0.0


def _how_many(model: Model, asked: int | None, noise: float, effect: float | None) -> tuple[int, list[str]]:
    """How many runs, and what there is to say about the number."""
    p, info = model.size, model.study.info
    if asked is not None:
        if asked > MOST_ASKED:
            raise BadInput(f"{asked} runs are more than a design can hold ({MOST_ASKED})", mend="ask for fewer")
        if asked < p:
            pairs = f" and {len(model.pairs)} interactions" if model.pairs else ""
            what = (
                f"{asked} {'run is' if asked == 1 else 'runs are'} too few for {len(model.columns)} ideas{pairs}: with "
                f"the mean, {p} runs are needed at least, and {p + FREE} leave {FREE} to measure the error"
            )
            raise BadInput(what, mend="ask for more, or name fewer ideas with --ideas")
        return asked, []
    count = p + FREE
    if effect:
        rows = exchange(model.space, model.pool, count, model.pairs, model.possible)
        errors = errors_of(model.matrix(rows), len(model.columns))
        worst = max(errors) * math.sqrt(count)
        level = info.alpha / len(model.terms)
        most = max(MOST_RUNS, count)
        enough = (
            n
            for n in range(count, most)
            if power_of_t(abs(effect) * math.sqrt(n) / (noise * worst), n - p, level) >= info.power
        )
        count = next(enough, most)
    hours = info.hours_per_run
    if info.budget is not None and hours:
        paid = int(info.budget / hours)
        if paid < p + 2:
            return count, [f"The budget pays for {paid} of these {count} runs; {p} are needed at least."]
        if paid < count:
            return paid, [f"The budget pays for {paid} runs; {count} would be asked for."]
    return count, []


def _runs(model: Model, rows: Sequence[int], base: Mapping[str, Json]) -> tuple[ScreenRun, ...]:
    """Equal rows are one arm with several seeds."""
    arms = {row: f"r{i}" for i, row in enumerate(dict.fromkeys(rows), 1)}
    seen: dict[int, int] = {}
    out = []
    for number, row in enumerate(rows, 1):
        seen[row] = seen.get(row, 0) + 1
        settings = {**base, **model.space.overrides(row)}
        out.append(
            ScreenRun(
                run=f"{STEP}/{arms[row]}/s{seen[row]}",
                ideas={c.id: bool(row >> i & 1) for i, c in enumerate(model.columns)},
                changes=model.space.changes(row),
                also_falls=model.space.falls(row),
                seed=number,
                overrides=settings,
                command=command(model.study.info.command, settings, number),
            )
        )
    return tuple(out)


def _untuned(study: Study) -> list[str]:
    gate = next((g for g in plan(study).gates if g.stage == "instantiate"), None)
    if gate is None or gate.state not in SHUT:
        return []
    return [
        "Reachability is not exhausted: a screen of an untuned baseline misleads, since an idea that only lacks its "
        f"tuning looks useless and one that hides bad tuning looks needed. {gate.sentence}"
    ]


def words_of(
    effects: Sequence[Spread], together: Sequence[Alike], leaked: Sequence[Leak], effect: float | None
) -> list[str]:
    """Power and aliasing in plain sentences."""
    out = []
    powers = [s.power for s in effects if s.power is not None]
    shared = [s.power_of_all for s in effects if s.power_of_all is not None]
    seen = [s.detectable for s in effects if s.detectable is not None]
    if powers and effect:
        out.append(
            f"An effect of {abs(effect):.4g} is found with a probability of {min(powers):.2f} to {max(powers):.2f}, "
            f"each effect by itself; {min(shared):.2f} to {max(shared):.2f} where the level is shared by all "
            f"{len(effects)} (Holm, at worst)."
        )
    elif seen:
        out.append("No effect of interest is set (`ablator set STUDY effect X`), so that there is no power to tell.")
    if seen:
        out.append(f"The smallest effects that it shows lie between {min(seen):.4g} and {max(seen):.4g}.")
    elif effects and effects[0].detectable is None:
        out.append("No run is left to measure the error: intervals would lean on the study's noise alone.")
    if together:
        pairs = ", ".join(f"{a.a} and {a.b} ({abs(a.correlation):.2f})" for a in together[:4])
        more = f" and {len(together) - 4} more" if len(together) > 4 else ""
        out.append(f"These go together in many runs, so that each is known less well: {pairs}{more}.")
    else:
        out.append("No effect stands for another: no two of them go together by more than half.")
    if leaked:
        worst = leaked[0]
        out.append(
            f"Interactions that are not asked for would leak into main effects ({len(leaked)} times by a fifth or "
            f"more); most of all, {abs(worst.share):.0%} of how much more {worst.pair[0]} is worth beside "
            f"{worst.pair[1]} would be read as an effect of {worst.effect}."
        )
    return out


def _unasked(model: Model) -> list[str]:
    """Interactions that the study names and the model leaves out."""
    ids = [c.id for c in model.columns]
    held = set(model.pairs)
    missing = [
        f"{ids[a]}:{ids[b]}"
        for a, b in model.possible
        if (a, b) not in held and ids[b] in interacting(model.study, ids[a])
    ]
    if not missing:
        return []
    shown = ", ".join(missing[:6]) + (f" and {len(missing) - 6} more" if len(missing) > 6 else "")
    return [f"The study names interactions that this design does not ask for: {shown}; `--interactions {KNOWN}` does."]


def _lacking(model: Model, rows: Sequence[int]) -> str:
    """How far from the baseline the design goes: what a collapsed model says is not additive."""
    mean = sum((row ^ model.space.full).bit_count() for row in rows) / len(rows)
    return (
        f"On average a run changes {mean:.1f} of the {len(model.columns)} ideas; where such models collapse the "
        "effects do not add up, and fewer ideas at once tell more."
    )
