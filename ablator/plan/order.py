"""The order of steps that finds the culprit soonest: 1|prec|Σ w C by Sidney's decomposition, exact inside small blocks.

Sidney 1975: repeatedly take the initial set with the largest Σw/Σc; some optimal order has these blocks one after
another. The blocks come from maximum closures (minimum cuts) in exact integer arithmetic. Inside a block the order is
exact by dynamic programming over initial sets where these are few, else greedy by closure ratio and then improved
window by window with the same dynamic programme.
"""

from collections.abc import Sequence
from functools import lru_cache

from ablator.core.errors import EditRefused
from ablator.plan.flow import max_closure

SCALE = 10**15
"""Weights and costs are counted in this part of a unit, so that sums and comparisons are exact."""
EXACT_STATES = 8_000
"""Initial sets that the exact search may visit in one block."""

WINDOW = 10
"""Jobs that the improvement looks at together: at most 2^10 initial sets a window."""

ROUNDS = 6

PARTS = 4096
"""Connected parts of a precedence whose order is remembered."""


def expected_cost(order: Sequence[int], weights: Sequence[float], costs: Sequence[float]) -> float:
    """Σ w_i C_i with C_i the cumulated cost up to and including i."""
    spent = total = 0.0
    for i in order:
        spent += costs[i]
        total += weights[i] * spent
    return total


def order(
    weights: Sequence[float],
    costs: Sequence[float],
    before: Sequence[Sequence[int]],
    *,
    keys: Sequence[str] | None = None,
) -> list[int]:
    """A permutation that makes Σ w_i C_i small and keeps the precedence.

    `before[j]` are the indices that must come before j. Ties go to the smaller key, so that the result does not depend
    on the order of the input. Raises EditRefused naming a circle when `before` holds one.
    """
    n = len(weights)
    names = list(keys) if keys is not None else [f"{i:09d}" for i in range(n)]
    rank = sorted(range(n), key=lambda i: (names[i], i))
    place = {old: new for new, old in enumerate(rank)}
    w = [max(0, round(weights[i] * SCALE)) for i in rank]
    c = [max(1, round(costs[i] * SCALE)) for i in rank]
    pred = [sorted({place[p] for p in before[i]} - {place[i]}) for i in rank]
    _refuse_circles(pred, [names[i] for i in rank])
    jobs = _Jobs(w, c, pred)
    return [rank[i] for i in jobs.solve()]


def _refuse_circles(pred: list[list[int]], names: list[str]) -> None:
    left = {i: set(p) for i, p in enumerate(pred)}
    free = [i for i, p in left.items() if not p]
    then: list[list[int]] = [[] for _ in pred]
    for j, p in enumerate(pred):
        for i in p:
            then[i].append(j)
    while free:
        i = free.pop()
        del left[i]
        for j in then[i]:
            left[j].discard(i)
            if not left[j]:
                free.append(j)
    if left:
        circle = [min(left)]
        while circle.count(circle[-1]) < 2:
            circle.append(min(left[circle[-1]]))
        circle = circle[circle.index(circle[-1]) :]
        raise EditRefused("these steps wait for each other in a circle: " + " → ".join(names[i] for i in circle))


class _Jobs:
    """The jobs of one call as integers, in the order of their keys."""

    def __init__(self, w: list[int], c: list[int], pred: list[list[int]]) -> None:
        self.w, self.c, self.pred = w, c, pred
        self.succ: list[list[int]] = [[] for _ in w]
        for j, before in enumerate(pred):
            for i in before:
                self.succ[i].append(j)

    def solve(self) -> list[int]:
        """Blocks of every connected part, merged by falling ratio, each ordered inside."""
        blocks: list[tuple[list[int], int]] = []
        for number, part in enumerate(self._parts()):
            at = {i: k for k, i in enumerate(part)}
            before = tuple(tuple(at[p] for p in self.pred[i]) for i in part)
            for block in _solved(tuple(self.w[i] for i in part), tuple(self.c[i] for i in part), before):
                blocks.append(([part[k] for k in block], number))
        # Blocks of one part already fall in ratio and sorting is stable, so the precedence is kept.
        order = sorted(range(len(blocks)), key=lambda k: (_Ratio(*self._sums(blocks[k][0])), blocks[k][1]))
        return [i for k in order for i in blocks[k][0]]

    def split(self) -> list[list[int]]:
        """Sidney's blocks of jobs that hang together, in their order and each ordered inside."""
        return [self._inside(b) for b in self._blocks(list(range(len(self.w))))]

    def _sums(self, jobs: Sequence[int]) -> tuple[int, int]:
        return sum(self.w[i] for i in jobs), sum(self.c[i] for i in jobs)

    def _parts(self) -> list[list[int]]:
        """Connected parts of the precedence, each sorted."""
        seen = [False] * len(self.w)
        parts = []
        for root in range(len(self.w)):
            if seen[root]:
                continue
            seen[root] = True
            part, todo = [], [root]
            while todo:
                i = todo.pop()
                part.append(i)
                for j in (*self.pred[i], *self.succ[i]):
                    if not seen[j]:
                        seen[j] = True
                        todo.append(j)
            parts.append(sorted(part))
        return parts

    def _blocks(self, part: list[int]) -> list[list[int]]:
        """Sidney's blocks of one part, by halving: split off the best closure at the part's own ratio, then recurse."""
        out: list[list[int]] = []
        todo = [part]
        while todo:
            jobs = todo.pop()
            if len(jobs) > 1:
                first = self._better_than_average(jobs)
                if first:
                    inside = set(first)
                    todo.append([i for i in jobs if i not in inside])
                    todo.append(first)
                    continue
            out.append(jobs)
        return out

    def _better_than_average(self, jobs: list[int]) -> list[int]:
        """The initial set that gains most over the average ratio of `jobs`; empty where none gains."""
        weight, cost = self._sums(jobs)
        at = {i: k for k, i in enumerate(jobs)}
        gain = [self.w[i] * cost - self.c[i] * weight for i in jobs]
        pred = [[at[p] for p in self.pred[i] if p in at] for i in jobs]
        return [jobs[k] for k in max_closure(gain, pred)]

    def _inside(self, block: list[int]) -> list[int]:
        """The order inside a block that Sidney cannot split."""
        greedy = self._greedy(block)
        if len(block) <= 2 or self._at_bound(greedy):
            return greedy
        exact = self._exact(block, EXACT_STATES)
        return exact if exact is not None else self._improved(greedy)

    def _at_bound(self, block: Sequence[int]) -> bool:
        """Whether the order costs no more than any order of such a block can: (ΣwΣc + Σwc) / 2.

        In a block without a better initial set every order's curve of weight left over cost spent stays above the
        diagonal (Goemans and Williamson 2000); jobs of equal ratio reach it in any order.
        """
        weight, cost = self._sums(block)
        spent = total = own = 0
        for i in block:
            spent += self.c[i]
            total += self.w[i] * spent
            own += self.w[i] * self.c[i]
        return 2 * total <= weight * cost + own

    def _exact(self, block: Sequence[int], states: int) -> list[int] | None:
        """The optimum by dynamic programming over initial sets; None where there are more than `states` of them."""
        at = {i: k for k, i in enumerate(block)}
        need = [sum(1 << at[p] for p in self.pred[i] if p in at) for i in block]
        frees = [[at[j] for j in self.succ[i] if j in at] for i in block]
        # any of the first jobs alone make an initial set, and so does all without any of the last ones
        ends = max(sum(1 for n in need if not n), sum(1 for f in frees if not f))
        if 1 << ends > states:
            return None
        jobs = [(self.w[i], self.c[i]) for i in block]
        last: dict[int, int] = {}
        # initial set → (value so far, cost so far, jobs that may come next)
        layer = {0: (0, 0, sum(1 << k for k, n in enumerate(need) if not n))}
        for _ in block:
            following: dict[int, tuple[int, int, int]] = {}
            for mask, (value, spent, free) in layer.items():
                left = free
                while left:
                    bit = left & -left
                    left ^= bit
                    k = bit.bit_length() - 1
                    weight, cost = jobs[k]
                    then, total = mask | bit, value + weight * (spent + cost)
                    known = following.get(then)
                    if known is None:
                        now_free = free ^ bit
                        for j in frees[k]:
                            if need[j] & then == need[j]:
                                now_free |= 1 << j
                        following[then] = (total, spent + cost, now_free)
                        last[then] = k
                    elif total < known[0]:
                        following[then] = (total, *known[1:])
                        last[then] = k
                if len(last) > states:
                    return None
            layer = following
        out = []
        mask = (1 << len(block)) - 1
        while mask:
            out.append(block[last[mask]])
            mask ^= 1 << last[mask]
        return out[::-1]

    def _greedy(self, block: list[int]) -> list[int]:
        """Again and again the job whose open ancestors and itself have the best ratio together, ancestors first."""
        left = set(block)
        out: list[int] = []
        closures = {i: self._ancestors(i, left) for i in block}
        while left:
            best = min(sorted(left), key=lambda i: _Ratio(*self._sums([*closures[i], i])))
            chosen = self._topological([*closures[best], best])
            out += chosen
            done = set(chosen)
            left -= done
            for i in left:
                if not done.isdisjoint(closures[i]):
                    closures[i] = closures[i] - done
        return out

    def _ancestors(self, job: int, inside: set[int]) -> set[int]:
        seen: set[int] = set()
        todo = [job]
        while todo:
            for p in self.pred[todo.pop()]:
                if p in inside and p not in seen:
                    seen.add(p)
                    todo.append(p)
        return seen

    def _topological(self, jobs: list[int]) -> list[int]:
        """Jobs in an allowed order, of those that are free the one with the best ratio first."""
        left = set(jobs)
        out: list[int] = []
        while left:
            free = [i for i in sorted(left) if left.isdisjoint(self.pred[i])]
            best = min(free, key=lambda i: _Ratio(self.w[i], self.c[i]))
            out.append(best)
            left.discard(best)
        return out

    def _improved(self, found: list[int]) -> list[int]:
        """Every window of the order made optimal in itself, until a round changes nothing."""
        for _ in range(ROUNDS):
            before = list(found)
            for start in range(0, max(1, len(found) - WINDOW + 1), max(1, WINDOW // 2)):
                window = self._exact(found[start : start + WINDOW], 1 << (WINDOW + 1))
                if window is not None:
                    found[start : start + WINDOW] = window
            if found == before:
                break
        return found


@lru_cache(maxsize=PARTS)
def _solved(w: tuple[int, ...], c: tuple[int, ...], pred: tuple[tuple[int, ...], ...]) -> list[list[int]]:
    """The blocks of one connected part; kept, since most parts stay as they are from one plan to the next."""
    return [[0]] if len(w) == 1 else _Jobs(list(w), list(c), [list(p) for p in pred]).split()


class _Ratio:
    """Orders by falling w/c without dividing; equal ratios are equal."""

    __slots__ = ("cost", "weight")

    def __init__(self, weight: int, cost: int) -> None:
        self.weight, self.cost = weight, cost

    def __lt__(self, other: "_Ratio") -> bool:
        return self.weight * other.cost > other.weight * self.cost

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Ratio) and self.weight * other.cost == other.weight * self.cost

    def __hash__(self) -> int:
        return hash(self.weight * SCALE // self.cost)
