"""D-optimal designs by exchange (Fedorov 1972; coordinates: Meyer and Nachtsheim 1995), over rows that can be built."""

import random
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ablator.plan.screening_space import Space

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]

STARTS = 60
"""Designs that are begun at most; the best of them is kept."""

WORK = 30_000
"""Rows that are weighed in all, which bounds the time that large designs take; two designs are begun in any case."""

ALL = 256
"""Up to so many valid rows each exchange weighs all of them, beyond only those next to the row."""

ENOUGH = 8
"""Starts after which an orthogonal design is not bettered any more."""

NEARLY = 0.01
"""Designs whose efficiency is lower by this share count as equally good where they differ in what leaks."""

GAIN = 1e-6
"""Relative gain of the determinant below which an exchange is not worth making."""

Pairs = Sequence[tuple[int, int]]


def model_matrix(rows: Sequence[int], columns: int, pairs: Pairs = ()) -> "Matrix":
    """Rows as −1 and 1 with a leading 1, and a product for each interaction: shape (rows, 1 + columns + pairs)."""
    import numpy as np

    out = np.ones((len(rows), 1 + columns + len(pairs)))
    for r, row in enumerate(rows):
        for i in range(columns):
            if not row >> i & 1:
                out[r, 1 + i] = -1.0
    for j, (a, b) in enumerate(pairs):
        out[:, 1 + columns + j] = out[:, 1 + a] * out[:, 1 + b]
    return out


def exchange(space: Space, pool: Sequence[int], runs: int, pairs: Pairs = (), others: Pairs = ()) -> list[int]:
    """`runs` valid rows whose information matrix has a determinant that no exchange of one row makes larger.

    Of designs that are nearly as good the one is taken into whose effects the interactions `others`, which the model
    leaves out, leak least. Deterministic: fixed seeds, the first of equals wins. `pool` must hold rows that tell all
    effects apart.
    """
    import numpy as np

    k = len(space.columns)
    found: list[tuple[float, float, list[int]]] = []
    known: dict[int, Matrix] = {}

    def terms(rows: Sequence[int]) -> "Matrix":
        new = [r for r in dict.fromkeys(rows) if r not in known]
        if new:
            known.update(zip(new, model_matrix(new, k, pairs), strict=True))
        return np.stack([known[r] for r in rows])

    everything = terms(pool)
    left = WORK
    for start in range(STARTS):
        rows = _crossed(space, runs, folded=start == 0) if start < 2 else []
        rows = rows or (list(pool[: min(runs, len(space.columns) + 1)]) if start == 0 else [])
        if start > 2:
            draw = random.Random(start)
            rows = [pool[draw.randrange(len(pool))] for _ in range(runs // 2)]
        rows += _begun(pool, everything, terms(rows) if rows else everything[:0], runs - len(rows))
        left -= _improve(space, rows, terms, pool if len(pool) <= ALL else ())
        x = terms(rows)
        sign, size = np.linalg.slogdet(x.T @ x)
        if sign > 0:
            found.append((float(size), _leaking(x, k, others), list(rows)))
            orthogonal = size > x.shape[1] * np.log(runs) - 1e-9
            if orthogonal and (found[-1][1] < 1e-9 or start > ENOUGH):
                break
        if left <= 0:
            break
    if not found:
        return list(pool[:1]) * runs
    top = max(f[0] for f in found) - NEARLY * everything.shape[1]
    return sorted(
        min((f for f in found if f[0] >= top), key=lambda f: (round(f[1], 6), -round(f[0], 6)))[2], reverse=True
    )


def _leaking(x: "Matrix", columns: int, others: Pairs) -> float:
    """Sum of squares of what interactions outside of the model add to the main effects."""
    import numpy as np

    if not others:
        return 0.0
    first, second = np.array([a for a, _ in others]), np.array([b for _, b in others])
    z = x[:, 1 + first] * x[:, 1 + second]
    return float((np.linalg.solve(x.T @ x, x.T @ z)[1 : 1 + columns] ** 2).sum())


def _begun(pool: Sequence[int], everything: "Matrix", held: "Matrix", count: int) -> list[int]:
    """`count` rows beside those that are `held`, each the one that adds most information (Dykstra 1971)."""
    import numpy as np

    inverse = np.linalg.inv(held.T @ held + np.eye(everything.shape[1]) * 1e-4)
    rows: list[int] = []
    for _ in range(count):
        i = _first_best(np.einsum("ij,ij->i", everything @ inverse, everything))
        x = everything[i]
        v = inverse @ x
        inverse = inverse - np.outer(v, v) / (1 + x @ v)
        rows.append(pool[i])
    return rows


def _crossed(space: Space, runs: int, folded: bool) -> list[int]:
    """Rows of a Hadamard matrix as far as the runs go, which is optimal where every row can be built; else mended.

    `folded` takes each row with its opposite, which keeps interactions of two ideas out of all main effects (Box and
    Wilson 1951); where the runs do not suffice for that there are none.
    """
    k, skip = len(space.columns), 0 if folded else 1
    orders = sorted(_orders(2 * max(runs, k + 1)))
    small = [n for n in orders if k + skip <= n <= (runs // 2 if folded else runs)]
    if folded and not small:
        return []
    order = small[-1] if small else next(n for n in orders if n > k)
    ups = [sum(1 << i for i in range(k) if row[i + skip] > 0) for row in _hadamard(order)]
    if folded:
        ups += [row ^ ((1 << k) - 1) for row in ups]
    return [m for m in (space.mended(row, 0) for row in ups[:runs]) if m is not None]


def _orders(most: int) -> set[int]:
    """Orders up to `most` of matrices that `_hadamard` builds: 2, primes of the form 4m + 3 and one more, doubles."""
    found = {2} | {q + 1 for q in range(3, most, 4) if all(q % d for d in range(2, int(q**0.5) + 1))}
    for n in range(2, most // 2 + 1):
        if n in found:
            found.add(2 * n)
    return {n for n in found if n <= most}


def _hadamard(order: int) -> list[list[int]]:
    """A matrix of −1 and 1 with orthogonal rows and a first column of 1 (Sylvester 1867, Paley 1933)."""
    if order == 2:
        return [[1, 1], [1, -1]]
    if order // 2 in _orders(order // 2):
        half = _hadamard(order // 2)
        return [row + row for row in half] + [row + [-x for x in row] for row in half]
    q = order - 1
    squares = {x * x % q for x in range(1, q)}
    sign = [0] + [1 if d in squares else -1 for d in range(1, q)]
    rows = [[1] * order]
    for i in range(q):
        rows.append([-1, *(1 if i == j else sign[(j - i) % q] for j in range(q))])
    return [row if row[0] > 0 else [-x for x in row] for row in rows]


def _first_best(values: "Matrix") -> int:
    """The first of the largest values; what differs in the last digits between machines counts as equal."""
    import numpy as np

    top = float(values.max())
    return int(np.argmax(values >= top - 1e-9 * max(1.0, abs(top))))


def _improve(space: Space, rows: list[int], terms: Callable[[Sequence[int]], "Matrix"], pool: Sequence[int]) -> int:
    """Exchange rows in place until nothing is gained or half of the work is done; how many rows were weighed."""
    import numpy as np

    k, weighed = len(space.columns), 0
    gained = True
    while gained:
        gained = False
        x = terms(rows)
        inverse = np.linalg.inv(x.T @ x + np.eye(x.shape[1]) * 1e-8)
        for i, row in enumerate(rows):
            near = pool or [m for m in (space.move(row, c) for c in range(k)) if m is not None and m != row]
            if not near:
                continue
            weighed += len(near)
            if weighed > WORK // 2:
                return weighed
            others, own = terms(near), terms([row])[0]
            v = inverse @ own
            here = float(own @ v)
            there = np.einsum("ij,ij->i", others @ inverse, others)
            ratio = (1 + there) * (1 - here) + (others @ v) ** 2
            j = _first_best(ratio)
            if ratio[j] <= 1 + GAIN:
                continue
            rows[i] = near[j]
            gained = True
            new = others[j]
            w = inverse @ new
            inverse = inverse - np.outer(w, w) / (1 + new @ w)
            v = inverse @ own
            inverse = inverse + np.outer(v, v) / max(1 - own @ v, 1e-12)
    return weighed
