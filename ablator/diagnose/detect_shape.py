"""Symptoms of speed and shape: how far, how fast and how evenly the training loss fell."""

import math

from ablator.diagnose.detect_start import SHORT
from ablator.diagnose.seen import DETECTORS, Seen, above, below, silent, sure
from ablator.diagnose.signals import lag_one, median, polynomial_residuals
from ablator.diagnose.trace import Trace
from ablator.diagnose.units import honest_guess

LATE = "the log begins too late to tell how far the loss fell"
CUT = "the training loss is not logged, or not finite, up to the end"
ENDS = 0.85
NO_YARDSTICK = "the uniform guess is no yardstick here (a fine-tune, or unknown classes)"


@DETECTORS.reads("barely-learned")
def barely_learned(t: Trace) -> Seen:
    """Neither training nor evaluation got far from the uniform guess."""
    if not t.scratch:
        return silent(NO_YARDSTICK)
    if not t.losses or t.x[-1] < 0.3:
        return silent("too little of the run is logged")
    end = min(t.final, t.evals[-1]) if t.evals else t.final
    says = f"it stands at {end:.3g}, where {'guessing has' if t.uniform else 'it began at'} {t.guess:.3g}"
    return above(end / t.guess, 0.74, says, points=t.points("loss", t.steps[-1]), place="loss", certain=1.1)


@DETECTORS.reads("stuck-at-base-rate")
def stuck_at_base_rate(t: Trace) -> Seen:
    """Accuracy that never moves."""
    if len(t.accuracies) < 3 or not t.scratch:
        return silent("fewer than three accuracies, or no run from scratch")
    wide = max(t.accuracies) - min(t.accuracies)
    if t.accuracies[-1] >= 0.9:
        return sure(False, f"accuracy is {t.accuracies[-1]:.3g}", place="eval_accuracy")
    says = f"accuracy stays within {wide:.3g} of {t.accuracies[-1]:.3g}"
    ends = t.points("eval_accuracy", t.accuracy_steps[0], t.accuracy_steps[-1])
    return below(wide, 0.025, says, points=ends, place="eval_accuracy")


@DETECTORS.reads("early-plateau")
def early_plateau(t: Trace) -> Seen:
    """Nothing is gained after 40 % of a finished run."""
    if not t.enough or not t.finished:
        return silent(SHORT if not t.enough else "the run has not reached its plan")
    if t.x[-1] < ENDS:
        return silent(CUT)
    if t.drop <= 0 or t.x[0] > 0.4:
        return sure(True, "the loss never fell", place="loss") if t.begins else silent(LATE)
    figure = (t.at(0.4) - t.final) / t.drop
    says = f"only {max(figure, 0):.1%} of the whole drop comes after 40 % of the run"
    answer = below(figure, 0.05, says, points=t.points("loss", t.step_at(0.4), t.steps[-1]), place="loss")
    return answer if t.begins or answer.present else silent(LATE)


@DETECTORS.reads("still-improving-at-end")
def still_improving_at_end(t: Trace) -> Seen:
    """The curve still falls in the last fifth; a decayed rate flattens every curve, so then it is never absent."""
    if not t.enough or t.drop <= 0 or not t.finished:
        return silent("the run has not reached its plan, or never fell")
    if t.x[-1] < ENDS:
        return silent(CUT)
    figure = (t.at(0.8) - t.final) / t.drop
    says = f"{figure:.1%} of the whole drop comes in the last fifth"
    points = t.points("loss", t.step_at(0.8), t.steps[-1])
    if t.judged:
        own = (t.eval_at(0.8) - t.evals[-1]) / max(t.guess - min(t.evals), 1e-9)
        if own > figure:
            figure, says = own, f"{own:.1%} of the evaluation's drop comes in the last fifth"
            points = t.points("eval_loss", t.step_at(0.8), t.eval_steps[-1])
    answer = above(figure, 0.05, says, points=points, place="loss")
    if answer.present and figure * t.drop <= 1.5 * t.loss_noise:
        return silent("the fall at the end is within the noise")
    if answer.present and not t.begins:
        return silent(LATE)
    if not answer.present and t.decayed:
        return silent("the decayed learning rate flattens any curve")
    return answer


@DETECTORS.reads("slow-start")
def slow_start(t: Trace) -> Seen:
    """When the loss first fell by 15 % of the uniform guess."""
    if not t.enough or not t.scratch:
        return silent(NO_YARDSTICK if t.enough else SHORT)
    hit = next((i for i, v in enumerate(t.smooth) if v <= 0.85 * t.guess), None)
    if hit is None and t.x[-1] < 0.2:
        return silent("too little of the run is logged")
    at = 1.0 if hit is None else t.x[hit]
    goal = f"85 % of {t.yardstick}"
    says = f"it never falls to {goal}" if hit is None else f"it falls to {goal} after {at:.0%} of the run"
    return above(at, 0.2, says, points=t.points("loss", t.step_at(at)), place="loss", certain=1.5)


@DETECTORS.reads("late-drop-as-rate-decays")
def late_drop_as_rate_decays(t: Trace) -> Seen:
    """How much of the drop comes once the rate has passed 60 % of its peak on its way down."""
    if not t.enough or t.drop <= 0 or not t.decayed:
        return silent("the rate does not decay, or is not logged")
    if not t.shows_peak:
        return silent(LATE)
    peak = max(range(len(t.rates)), key=lambda i: t.rates[i])
    after = next((i for i in range(peak, len(t.rates)) if t.rates[i] < 0.6 * t.rates[peak]), None)
    if after is None:
        return silent("the rate does not decay")
    begin = t.at(t.part(t.rate_steps[after]))
    figure = (begin - t.final) / t.drop
    says = f"{min(figure, 1.0):.0%} of the drop comes after step {t.rate_steps[after]:g}, when the rate decays"
    points = t.points("loss", t.rate_steps[after], t.steps[-1])
    answer = above(figure, 0.25, says, points=points, place="loss", certain=1.5)
    return answer if t.begins or not answer.present else silent(LATE)


@DETECTORS.reads("train-loss-near-zero")
def train_loss_near_zero(t: Trace) -> Seen:
    """The training set is learned by heart."""
    if not t.losses:
        return silent("the log holds no training loss")
    limit = 0.1 if t.scratch else 0.01
    says = f"the training loss ends at {t.final * t.factor:.3g}"
    return below(
        t.final / honest_guess(t.guess, known=bool(t.uniform)),
        limit,
        says,
        points=t.points("loss", t.steps[-1]),
        place="loss",
    )


@DETECTORS.reads("train-loss-noisy")
def train_loss_noisy(t: Trace) -> Seen:
    """The width of the band of training losses."""
    if not t.enough:
        return silent(SHORT)
    says = f"the training loss moves by {t.loss_noise / t.guess:.2%} of {t.yardstick} from one log to the next"
    return above(t.loss_noise / t.guess, 0.015, says, place="loss", certain=1.4)


@DETECTORS.reads("train-loss-wanders")
def train_loss_wanders(t: Trace) -> Seen:
    """Waves: what a smooth curve (degree four) leaves of the last two thirds is correlated with itself."""
    first = len(t.losses) // 3
    if len(t.losses) - first < 12:
        return silent("fewer than twelve losses in the last two thirds")
    ys = t.losses[first:]
    wide = (t.x[-1] - t.x[first]) or 1.0
    left = polynomial_residuals([(x - t.x[first]) / wide * 2 - 1 for x in t.x[first:]], ys, 4)
    figure = lag_one(left)
    return above(figure, 0.45, f"neighbouring losses correlate by {figure:.2f}", place="loss", certain=1.4)


@DETECTORS.reads("epoch-sawtooth")
def epoch_sawtooth(t: Trace) -> Seen:
    """The loss steps down at each new epoch."""
    series = t.loss_series
    rows = (
        [
            (math.floor(e), v, s)
            for e, v, s in zip(series.epochs, series.values, series.steps, strict=True)
            if e is not None and math.isfinite(e) and math.isfinite(v)
        ]
        if series
        else []
    )
    if len(rows) < 10 or rows[-1][0] < 2 or len(rows) / max(rows[-1][0], 1) < 3:
        return silent("fewer than two epochs, or fewer than three logs in each")
    edges = [i for i in range(1, len(rows)) if rows[i][0] > rows[i - 1][0] and i > 1]
    if len(edges) < 2:
        return silent("fewer than two epoch boundaries")
    steps = [rows[i - 1][1] - rows[i][1] for i in edges]
    within = [rows[i - 1][1] - rows[i][1] for i in range(1, len(rows)) if rows[i][0] == rows[i - 1][0]]
    figure = (median(steps) - max(median(within), 0.0)) / max(3 * t.loss_noise, 0.01 * t.guess)
    says = f"the loss falls by {median(steps):.3g} where an epoch begins"
    return above(figure, 1.0, says, points=t.points("loss", *(rows[i][2] for i in edges[:6])), place="loss")


@DETECTORS.reads("logged-losses-differ-by-a-factor")
def logged_losses_differ_by_a_factor(t: Trace) -> Seen:
    """Train and evaluation loss differ by a steady factor: one of them is summed where the other is a mean."""
    if not t.judged or len(t.losses) < 5:
        return silent("fewer than three evaluations, or fewer than five training losses")
    points = (*t.points("loss", t.steps[-1]), *t.points("eval_loss", t.eval_steps[-1]))
    if t.factor == 1.0:
        return sure(False, "training and evaluation loss are on one scale", place="loss")
    says = f"training loss is {t.factor:.3g} times the evaluation loss, from first to last"
    return sure(True, says, points=points, place="loss")


@DETECTORS.reads("log-discontinuity")
def log_discontinuity(t: Trace) -> Seen:
    """Steps go backwards, or the rate jumps up after warm-up."""
    if t.log.restarts:
        return sure(True, f"the steps go backwards at row {t.log.restarts[0]}", place="step")
    if len(t.rates) < 8:
        return silent("the log holds no learning rates")
    if t.warmup_end is None:
        return silent("when warm-up ends is unknown")
    start = t.warmup_end + 1
    for i in range(1, len(t.rates)):
        if t.rate_steps[i - 1] > start and t.rates[i] > 3 * t.rates[i - 1] > 0 and t.rates[i] > 0.05 * max(t.rates):
            says = f"the learning rate jumps up at step {t.rate_steps[i]:g}"
            return sure(True, says, points=t.points("learning_rate", t.rate_steps[i]), place="learning_rate")
    return sure(False, "steps and rate run on without a break", place="step")
