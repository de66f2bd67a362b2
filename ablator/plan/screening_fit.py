"""What the results of a screening design say: least squares, with intervals and the noise that the model leaves."""

from collections.abc import Sequence

import msgspec

from ablator.core.errors import BadInput
from ablator.core.study import amount
from ablator.plan.compare import holm
from ablator.plan.results import noise_of, results_by_step
from ablator.plan.screening import Model
from ablator.plan.screening_model import WORTH, unestimable


class Fitted(msgspec.Struct, frozen=True):
    """One effect in metric units: what the model gains by the idea, positive = better with it.

    For an interaction A:B, how much more A is worth where B is in than where B is out. `p` is corrected after Holm.
    `word` is `helps` or `harms` (of two ideas: they `reinforce` or `weaken` each other), `negligible` (within ± the
    effect of interest, TOST) or `undecided`.
    """

    effect: str
    estimate: float
    low: float
    high: float
    p: float
    word: str


class Fit(msgspec.Struct, frozen=True, kw_only=True):
    """All effects; `error` is the spread that the model leaves, None where no run was left to measure it."""

    runs: int
    freedom: int
    mean: float
    error: float | None
    effects: tuple[Fitted, ...]
    notes: tuple[str, ...]


def fit(model: Model, rows: Sequence[int], values: Sequence[float]) -> Fit:
    """Ordinary least squares of `values` (metric units) on valid rows, with 95 % intervals from the residual spread.

    Without a degree of freedom the intervals lean on the study's noise. Raises BadInput where results are too few for
    the effects, or there is neither a residual nor a noise.
    """
    import numpy as np
    from scipy.special import stdtr, stdtrit

    info = model.study.info
    x, y = model.matrix(rows), np.array(values, dtype=float) * (-1.0 if info.goal == "min" else 1.0)
    names = [t.name for t in model.terms]
    lost = [names[j - 1] for j in unestimable(x) if j] if len(rows) else names
    if lost or len(rows) < model.size:
        shown = ", ".join(lost[:5]) + (f" and {len(lost) - 5} more" if len(lost) > 5 else "")
        what = f"{len(rows)} results do not tell {shown or 'the mean'}; {model.size} effects are to be estimated"
        raise BadInput(what, mend="run what is missing, or name fewer ideas with --ideas")
    noise = noise_of(model.study, results_by_step(model.study))
    inverse = np.linalg.inv(x.T @ x)
    found = inverse @ (x.T @ y)
    rest = y - x @ found
    freedom = len(rows) - model.size
    error = float(np.sqrt(rest @ rest / freedom)) if freedom else None
    spread = error if error is not None else noise
    if spread is None:
        what = "no run is left to measure the error, and the noise between seeds is not known"
        raise BadInput(what, mend="add runs, or say the noise with `ablator set STUDY noise X`")
    df = float(freedom) if freedom else np.inf
    worth = np.array([WORTH[t.b is not None] for t in model.terms])
    estimates, errors = found[1:] * worth, np.sqrt(np.diag(inverse))[1:] * worth * spread
    half = float(stdtrit(df, 0.975)) * errors
    raw = {}
    for name, estimate, one in zip(names, estimates, errors, strict=True):
        raw[name] = float(2 * stdtr(df, -abs(estimate) / one)) if one > 0 else float(estimate == 0)
    corrected = holm(raw)
    margin = amount(info.effect, info.baseline)
    equal = float(stdtrit(df, 0.95)) * errors
    effects = []
    for j, name in enumerate(names):
        estimate = float(estimates[j])
        within = bool(margin) and abs(estimate) + float(equal[j]) < abs(margin or 0.0)
        word = _word(estimate, corrected[name] <= info.alpha, within, model.terms[j].b is not None)
        low, high = estimate - float(half[j]), estimate + float(half[j])
        effects.append(Fitted(name, _short(estimate), _short(low), _short(high), _short(corrected[name]), word))
    notes = _notes(freedom, error, noise, margin)
    mean = _short(float(found[0]) * (-1.0 if info.goal == "min" else 1.0))
    seen = None if error is None else _short(error)
    return Fit(runs=len(rows), freedom=freedom, mean=mean, error=seen, effects=tuple(effects), notes=tuple(notes))


def _word(estimate: float, shown: bool, within: bool, pair: bool) -> str:
    if within:
        return "negligible"
    if not shown:
        return "undecided"
    better, worse = ("reinforce", "weaken") if pair else ("helps", "harms")
    return better if estimate > 0 else worse


def _notes(freedom: int, error: float | None, noise: float | None, margin: float | None) -> list[str]:
    """Whether the model fits, by the spread that it leaves against the noise between seeds."""
    from scipy.special import chdtrc

    out = []
    if error is None:
        out.append(
            "No run is left to measure the error: the intervals lean on the study's noise, and on no interaction."
        )
    elif noise and float(chdtrc(freedom, freedom * (error / noise) ** 2)) < 0.05:
        out.append(
            f"The effects leave a spread of {error:.3g}, more than the noise of {noise:.3g} explains: something beyond "
            "the model is at work, an interaction, a collapsed run, untuned settings; the intervals carry it."
        )
    elif noise:
        out.append(f"The effects leave a spread of {error:.3g}, as the noise of {noise:.3g} lets expect.")
    if margin is None:
        out.append("No effect of interest is set, so that nothing can be called negligible.")
    out.append("An effect is on average over the other ideas in and out; confirm what matters in the whole model.")
    return out


def _short(value: float) -> float:
    return float(f"{value:.6g}")
