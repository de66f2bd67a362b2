"""Whether a design that somebody made holds: what it can tell, what is aliased, and which runs cannot be built."""

from collections.abc import Mapping, Sequence

import msgspec

from ablator.core.study import Study, amount
from ablator.plan.results import noise_of, results_by_step
from ablator.plan.screening import Model, efficiency, words_of
from ablator.plan.screening_model import Alike, Leak, Spread, alike, errors_of, leaks, spreads, unestimable


class Row(msgspec.Struct, frozen=True):
    """One run of a pasted design: its name, the line it stands on, and which ideas are in."""

    run: str
    line: int
    ideas: dict[str, bool]


class Share(msgspec.Struct, frozen=True):
    """In how many runs an idea is in and out; balanced is as even as the number of runs allows."""

    idea: str
    runs_in: int
    runs_out: int
    balanced: bool


class BadRun(msgspec.Struct, frozen=True):
    """A run that cannot be built, and why."""

    run: str
    line: int
    reasons: tuple[str, ...]


class Lost(msgspec.Struct, frozen=True):
    """An effect that no result of this design can tell, and why in words."""

    effect: str
    reason: str


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What a design can tell. `estimable` is about all its effects; invalid runs are counted as if they were run."""

    runs: int
    estimable: bool
    balanced: bool
    not_estimable: tuple[Lost, ...]
    balance: tuple[Share, ...]
    aliased: tuple[Alike, ...]
    invalid: tuple[BadRun, ...]
    duplicates: tuple[tuple[str, ...], ...]
    freedom: int
    efficiency: float
    effects: tuple[Spread, ...]
    leaks: tuple[Leak, ...]
    notes: tuple[str, ...]


def row_of(model: Model, ideas: Mapping[str, bool]) -> int:
    """The states of ideas as a row of the model; ideas that are not named stand as in the baseline."""
    row = model.space.full
    for i, c in enumerate(model.columns):
        if c.id in ideas:
            row = row | 1 << i if ideas[c.id] else row & ~(1 << i)
    return row


def verify(study: Study, model: Model, design: Sequence[Row]) -> Checked:
    """Judge a design by the study's rules and its effects; see `Checked`."""
    rows = [row_of(model, r.ideas) for r in design]
    x = model.matrix(rows)
    names = [t.name for t in model.terms]
    lost = _lost(model, rows)
    noise, effect = noise_of(study, results_by_step(study)), amount(study.info.effect, study.info.baseline)
    found: tuple[Spread, ...] = ()
    leaked: tuple[Leak, ...] = ()
    if not lost:
        info = study.info
        errors = errors_of(x, len(model.columns))
        found = spreads(names, errors, len(rows) - model.size, noise, effect, info.alpha, info.power)
        leaked = leaks(x, model.terms, [c.id for c in model.columns], model.possible)
    together = alike(x, names)
    invalid = [
        BadRun(r.run, r.line, tuple(f.reason for f in faults))
        for r, row in zip(design, rows, strict=True)
        if (faults := model.space.faults(row))
    ]
    balance = tuple(_share(c.id, [bool(row >> i & 1) for row in rows]) for i, c in enumerate(model.columns))
    same: dict[int, list[str]] = {}
    for r, row in zip(design, rows, strict=True):
        same.setdefault(row, []).append(r.run)
    words = words_of(found, together, leaked, effect) if found else []
    return Checked(
        runs=len(rows),
        estimable=not lost,
        balanced=all(b.balanced for b in balance),
        not_estimable=tuple(lost),
        balance=balance,
        aliased=tuple(together),
        invalid=tuple(invalid),
        duplicates=tuple(tuple(v) for v in same.values() if len(v) > 1),
        freedom=max(0, len(rows) - model.size),
        efficiency=efficiency(x),
        effects=found,
        leaks=leaked,
        notes=tuple(words),
    )


def _share(idea: str, states: Sequence[bool]) -> Share:
    there = sum(states)
    return Share(idea, there, len(states) - there, abs(2 * there - len(states)) <= 1)


def _lost(model: Model, rows: Sequence[int]) -> list[Lost]:
    """Effects that the rows cannot tell, each with the plainest reason that holds."""
    x = model.matrix(rows)
    names = [t.name for t in model.terms]
    hidden = [j for j in unestimable(x) if j > 0]
    if not hidden:
        return []
    out = []
    for j in hidden:
        column = x[:, j]
        twins = [
            names[k - 1]
            for k in hidden
            if k != j and (bool((x[:, k] == column).all()) or bool((x[:, k] == -column).all()))
        ]
        term = model.terms[j - 1]
        if bool((column == column[0]).all()):
            state = "never out" if column[0] > 0 else "never in"
            reason = f"it is {state} in any run" if term.b is None else "its two ideas never vary one without the other"
        elif twins:
            reason = f"it goes with {', '.join(twins[:3])} in every run"
        elif len(rows) < model.size:
            reason = f"{len(rows)} runs are too few for {model.size} effects with the mean"
        else:
            reason = "other effects together make it up"
        out.append(Lost(names[j - 1], reason))
    return out
