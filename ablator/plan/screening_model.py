"""What a screening design can tell: standard errors, power, aliasing, and the same runs spent one idea at a time."""

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from ablator.plan.power import power_of_t
from ablator.plan.screening_exchange import Pairs, model_matrix
from ablator.plan.screening_space import Space

if TYPE_CHECKING:
    from ablator.plan.screening_exchange import Matrix

FAR = 1e-8
"""Relative size below which a singular value or a remainder counts as nothing."""

LIKENESS = 0.5
"""Correlation from which two columns are named as aliased in part: a quarter of one's variance is the other's."""

WORTH = (2.0, 4.0)
"""What a coefficient of a −1/1 column is worth: with less without; for interactions the difference of two such."""

LEAK = 0.2
"""From this share of an unmodelled interaction on, what leaks into an effect is named."""

MOST_ALIASES = 12
"""Leaks that are told; the largest come first."""


class Term(msgspec.Struct, frozen=True):
    """One effect: `a` alone, or the interaction of `a` and `b`. Its name is the id, or `A:B`."""

    name: str
    a: int
    b: int | None = None


class Leak(msgspec.Struct, frozen=True):
    """`share` of the interaction of a pair, which the model leaves out, ends up in the effect."""

    effect: str
    pair: tuple[str, str]
    share: float


class Alike(msgspec.Struct, frozen=True):
    """Two effects whose columns go together: `correlation` 1 means that no result tells one from the other."""

    a: str
    b: str
    correlation: float


class Spread(msgspec.Struct, frozen=True):
    """What an estimate is worth: its standard error in units of the noise, its power, and what it could show.

    `power` is for the effect of interest at the study's level, `power_of_all` where the level is shared by all effects
    (the worst case of Holm); `detectable` is in metric units. None where noise or effect are unknown.
    """

    effect: str
    error: float
    power: float | None
    power_of_all: float | None
    detectable: float | None


class Alone(msgspec.Struct, frozen=True):
    """The same number of runs spent one idea at a time: the mean variance against the design's, and the power."""

    runs: int
    baseline_runs: int
    variance_ratio: float | None
    power: float | None
    sentence: str


def terms_of(space: Space, pairs: Pairs) -> tuple[Term, ...]:
    """Main effects in the order of the columns, then the interactions."""
    ids = [c.id for c in space.columns]
    return (*(Term(k, i) for i, k in enumerate(ids)), *(Term(f"{ids[a]}:{ids[b]}", a, b) for a, b in pairs))


def entangled(x: "Matrix") -> list[int]:
    """Columns of a model matrix that those before them make up: their effects cannot be estimated beside them."""
    import numpy as np

    basis: list[Matrix] = []
    out = []
    for j in range(x.shape[1]):
        rest = x[:, j].copy()
        for _ in range(2):  # twice is enough (Giraud et al. 2005)
            for q in basis:
                rest -= (q @ rest) * q
        size = float(np.linalg.norm(rest))
        if size <= FAR * max(1.0, float(np.linalg.norm(x[:, j]))) or len(basis) >= x.shape[0]:
            out.append(j)
        else:
            basis.append(rest / size)
    return out


def unestimable(x: "Matrix") -> list[int]:
    """Columns whose coefficient no result can tell, in any order of the columns: they lie in what the others span."""
    import numpy as np

    _, sizes, right = np.linalg.svd(x, full_matrices=True)
    rank = int((sizes > FAR * max(float(sizes[0]), 1.0)).sum()) if len(sizes) else 0
    null = right[rank:]
    return [j for j in range(x.shape[1]) if null.size and float(np.abs(null[:, j]).max()) > 1e-6]


def errors_of(x: "Matrix", mains: int) -> list[float]:
    """Standard error of each effect in units of the noise, without the mean; `x` has full rank."""
    import numpy as np

    v = np.diag(np.linalg.inv(x.T @ x))
    return [float(WORTH[j >= mains] * np.sqrt(v[1 + j])) for j in range(x.shape[1] - 1)]


def spreads(
    names: Sequence[str],
    errors: Sequence[float],
    freedom: int,
    noise: float | None,
    effect: float | None,
    alpha: float,
    power: float,
) -> tuple[Spread, ...]:
    """Power and smallest detectable effect of each estimate; without a degree of freedom there is neither."""
    out = []
    shift = _detectable_shift(freedom, alpha, power) if freedom >= 1 else None
    for name, error in zip(names, errors, strict=True):
        at = at_all = seen = None
        if noise and freedom >= 1:
            seen = float(f"{shift * error * noise:.6g}") if shift is not None else None
            if effect:
                step = abs(effect) / (error * noise)
                at = round(power_of_t(step, freedom, alpha), 4)
                at_all = round(power_of_t(step, freedom, alpha / len(names)), 4)
        out.append(Spread(name, round(error, 6), at, at_all, seen))
    return tuple(out)


def _detectable_shift(freedom: int, alpha: float, power: float) -> float | None:
    low, high = 0.0, 1.0
    while power_of_t(high, freedom, alpha) < power:
        high *= 2
        if high > 1e4:
            return None
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if power_of_t(middle, freedom, alpha) < power else (low, middle)
    return high


def alike(x: "Matrix", names: Sequence[str], least: float = LIKENESS) -> list[Alike]:
    """Pairs of effects whose columns correlate by `least` or more, the strongest first."""
    import numpy as np

    z = x[:, 1:] - x[:, 1:].mean(axis=0)
    size = np.linalg.norm(z, axis=0)
    safe = np.where(size > FAR, size, 1.0)
    r = (z / safe).T @ (z / safe)
    found = [
        Alike(names[i], names[j], round(float(r[i, j]), 4))
        for i, j in itertools.combinations(range(len(names)), 2)
        if abs(r[i, j]) >= least - 1e-9
    ]
    return sorted(found, key=lambda a: (-abs(a.correlation), a.a, a.b))


def free_pairs(pool: Sequence[int], columns: int) -> list[tuple[int, int]]:
    """Pairs of ideas of which each stands without the other, and both, and none: only they can interact."""
    x = model_matrix(pool, columns)[:, 1:] > 0
    yes, no = x.astype(float), (~x).astype(float)
    four = (yes.T @ yes > 0) & (yes.T @ no > 0) & (no.T @ yes > 0) & (no.T @ no > 0)
    return [(i, j) for i, j in itertools.combinations(range(columns), 2) if four[i, j]]


def leaks(x: "Matrix", terms: Sequence[Term], ids: Sequence[str], pairs: Pairs) -> tuple[Leak, ...]:
    """How interactions that the model leaves out bias the main effects: (X'X)⁻¹X'Z (Box and Wilson 1951).

    The share is of the interaction as a difference of differences: how much more one idea is worth beside the other.
    """
    import numpy as np

    held = {(t.a, t.b) for t in terms if t.b is not None}
    left = [p for p in pairs if p not in held]
    mains = [j for j, t in enumerate(terms) if t.b is None]
    if not left or not mains:
        return ()
    z = np.stack([x[:, 1 + a] * x[:, 1 + b] for a, b in left], axis=1)
    share = np.linalg.solve(x.T @ x, x.T @ z)[1:] * WORTH[0] / WORTH[1]
    out = [
        Leak(terms[j].name, (ids[left[c][0]], ids[left[c][1]]), round(float(share[j, c]), 3))
        for j in mains
        for c in np.flatnonzero(np.abs(share[j]) >= LEAK)
    ]
    return tuple(sorted(out, key=lambda k: (-abs(k.share), k.effect, k.pair)))


def one_at_a_time(
    space: Space, errors: Sequence[float], runs: int, noise: float | None, effect: float | None, alpha: float
) -> Alone:
    """The same runs as repeats of the baseline and of each idea's own arm, split where the mean variance is least.

    Both are judged by the same model without interactions, so that what falls with an idea is charged to both alike.
    """
    k = len(space.columns)
    rows = [space.full, *(m for i in range(k) if (m := space.move(space.full, i)) is not None)]
    x = model_matrix(rows, k)
    if len(rows) < k + 1 or entangled(x):
        return Alone(runs, 0, None, None, "One at a time, some of these ideas could not be told apart at all.")
    best: tuple[float, int, list[float]] | None = None
    for n in range(1, runs - k + 1):
        each, more = divmod(runs - n, k)
        counts = [n, *(each + (i < more) for i in range(k))]
        if each < 1:
            break
        found = errors_of(_repeated(x, counts), k)
        mean = sum(e * e for e in found) / k
        if best is None or mean < best[0] - 1e-12:
            best = (mean, n, found)
        elif mean > 2 * best[0]:
            break
    if best is None:
        return Alone(runs, 0, None, None, f"One at a time needs {k + 1} runs at least.")
    ratio = best[0] / (sum(e * e for e in errors[:k]) / k)
    freedom = runs - k - 1
    power = None
    if noise and effect and freedom >= 1:
        power = round(sum(power_of_t(abs(effect) / (e * noise), freedom, alpha) for e in best[2]) / k, 4)
    sentence = (
        f"One at a time, {runs} runs ({best[1]} of the baseline) give each effect {ratio:.3g} times the variance"
        + (f" and a mean power of {power:.2f}" if power is not None else "")
        + ". It tells what an idea is worth in the whole model; the design tells it on average over the others."
    )
    return Alone(runs, best[1], round(ratio, 4), power, sentence)


def _repeated(x: "Matrix", counts: Sequence[int]) -> "Matrix":
    """Rows weighted by the root of their repeats: the information of the repeated rows at the size of the few."""
    import numpy as np

    return x * np.sqrt(np.array(counts, dtype=float))[:, None]  # type: ignore[no-any-return]
