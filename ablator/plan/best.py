"""The best that a number of trials can be expected to find, with its band."""

from collections.abc import Sequence

from ablator.plan.compare import RESAMPLES


def best_band(values: Sequence[float], most: int) -> list[tuple[int, float, float, float]]:
    """Draws, and 5 %, middle and 95 % of the expected best of that many, for 1 to `most` draws (greater is better).

    The middle is that of the trials themselves, the band that of bootstrap resamples (Dodge et al. 2019).
    """
    import random

    import numpy as np

    n = len(values)
    if n < 1:
        return []
    draw = random.Random(n).random
    again = np.array([sorted(values[int(draw() * n)] for _ in range(n)) for _ in range(RESAMPLES)])
    own = np.sort(np.array(values, dtype=float))
    out = []
    for m in range(1, most + 1):
        edges = (np.arange(n + 1) / n) ** m
        weights = np.diff(edges)
        low, high = np.percentile(again @ weights, (5, 95))
        out.append((m, float(low), float(own @ weights), float(high)))
    return out
