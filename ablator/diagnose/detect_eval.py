"""Symptoms of evaluation against training: gaps, rises, noise, coarse steps, results too good to be true."""

import math

from ablator.diagnose.seen import DETECTORS, Seen, above, below, silent, sure
from ablator.diagnose.signals import median
from ablator.diagnose.trace import Trace
from ablator.diagnose.units import honest_guess

COARSE = 1000
"""Items below which the steps of an accuracy are coarse: its standard error is above 1.5 points."""

APART = "training and evaluation loss are on different scales"
FEW = "fewer than three evaluations are logged"


def rise(t: Trace) -> tuple[float, int]:
    """(rise of the evaluation loss after its minimum in units of its limit, index of the minimum)."""
    low = min(range(len(t.evals)), key=lambda i: t.evals[i])
    return (t.evals[-1] - t.evals[low]) / max(4 * t.eval_noise, 0.02 * t.guess), low


@DETECTORS.reads("gap-grows")
def gap_grows(t: Trace) -> Seen:
    """The gap at the end against the gap early on."""
    if not t.judged or not t.losses:
        return silent(FEW)
    if t.factor != 1.0:
        return silent(APART)
    early = [t.gap(i) for i, x in enumerate(t.eval_x) if 0.15 <= x <= 0.45] or [t.gap(0)]
    grown = t.gap(-1) - median(early)
    says = f"the gap between evaluation and training grows by {grown:.3g} to {t.gap(-1):.3g}"
    points = t.points("eval_loss", t.eval_steps[0], t.eval_steps[-1])
    return above(grown / max(0.06 * t.guess, 4 * t.eval_noise), 1.0, says, points=points, place="eval_loss")


@DETECTORS.reads("eval-rises")
def eval_rises(t: Trace) -> Seen:
    """The evaluation loss turns and climbs."""
    if not t.judged:
        return silent(FEW)
    figure, low = rise(t)
    says = f"evaluation rises from {t.evals[low]:.4g} at step {t.eval_steps[low]:g} to {t.evals[-1]:.4g}"
    points = t.points("eval_loss", t.eval_steps[low], t.eval_steps[-1])
    return above(figure, 1.0, says, points=points, place="eval_loss")


@DETECTORS.reads("eval-rises-in-first-pass")
def eval_rises_in_first_pass(t: Trace) -> Seen:
    """It rises although nothing was seen twice, while training improves."""
    series = t.log.get("eval_loss")
    if not t.judged or series is None or not t.losses:
        return silent(FEW)
    figure, low = rise(t)
    turn = t.passes_at(series, t.eval_steps[low])
    if turn is None:
        return silent("the log counts no epochs")
    if turn >= 1 or t.final >= t.at(max(0.1, t.eval_x[low])):
        return sure(False, f"the lowest evaluation comes at epoch {turn:.3g}", place="eval_loss")
    says = f"evaluation rises from epoch {turn:.3g} on, before any item was seen twice"
    points = t.points("eval_loss", t.eval_steps[low], t.eval_steps[-1])
    return above(figure, 1.0, says, points=points, place="eval_loss")


@DETECTORS.reads("eval-worse-than-guessing")
def eval_worse_than_guessing(t: Trace) -> Seen:
    """The last evaluation against ln(classes)."""
    if not t.evals or not t.uniform or not t.scratch:
        return silent("no evaluation, or unknown classes")
    says = f"the last evaluation has {t.evals[-1]:.3g}, guessing has {t.uniform:.3g} (in nats)"
    points = t.points("eval_loss", t.eval_steps[-1])
    return above(t.evals[-1] / t.uniform, 1.0, says, points=points, place="eval_loss", certain=1.1)


@DETECTORS.reads("accuracy-falls-while-train-improves")
def accuracy_falls_while_train_improves(t: Trace) -> Seen:
    """Accuracy lost since its best, while the training loss fell."""
    if len(t.accuracies) < 3 or not t.losses:
        return silent("fewer than three accuracies are logged")
    best = max(range(len(t.accuracies)), key=lambda i: t.accuracies[i])
    lost = (t.accuracies[best] - t.accuracies[-1]) / max(t.accuracies[best], 1e-9)
    if t.final >= t.at(t.part(t.accuracy_steps[best])):
        return sure(False, "training did not improve since", place="eval_accuracy")
    says = f"accuracy falls by {lost:.0%} of its best"
    points = t.points("eval_accuracy", t.accuracy_steps[best], t.accuracy_steps[-1])
    return above(lost, 0.15, says, points=points, place="eval_accuracy", certain=1.5)


@DETECTORS.reads("loss-and-accuracy-disagree")
def loss_and_accuracy_disagree(t: Trace) -> Seen:
    """The evaluation loss rises while accuracy rises too."""
    if not t.judged or len(t.accuracies) < 3:
        return silent("loss and accuracy are not both evaluated")
    figure, low = rise(t)
    then = min(range(len(t.accuracies)), key=lambda i: abs(t.accuracy_steps[i] - t.eval_steps[low]))
    gained = t.accuracies[-1] - t.accuracies[then]
    says = f"since the lowest loss accuracy changed by {gained:+.3g}"
    return sure(figure > 1 and gained > 0.005, says, place="eval_loss, eval_accuracy")


@DETECTORS.reads("eval-below-train")
def eval_below_train(t: Trace) -> Seen:
    """Evaluation ends better than training."""
    if not t.judged or not t.losses:
        return silent(FEW)
    if t.factor != 1.0:
        return silent(APART)
    under = t.final - t.evals[-1]
    says = f"evaluation ends at {t.evals[-1]:.4g}, training at {t.final:.4g}"
    points = (*t.points("eval_loss", t.eval_steps[-1]), *t.points("loss", t.steps[-1]))
    return above(under / max(3 * t.loss_noise, 0.02 * t.guess), 1.0, says, points=points, place="eval_loss")


@DETECTORS.reads("eval-far-below-train")
def eval_far_below_train(t: Trace) -> Seen:
    """By more than a tenth of a guess."""
    if not t.judged or not t.losses:
        return silent(FEW)
    if t.factor != 1.0:
        return silent(APART)
    figure = (t.final - t.evals[-1]) / t.guess
    says = f"evaluation lies below training by {figure:.0%} of {t.yardstick}"
    return above(figure, 0.1, says, points=t.points("eval_loss", t.eval_steps[-1]), place="eval_loss")


@DETECTORS.reads("no-gap-despite-repeats")
def no_gap_despite_repeats(t: Trace) -> Seen:
    """Many passes over the data and still no gap."""
    if not t.judged or not t.losses or t.epoch is None:
        return silent("fewer than three evaluations, or no epochs are logged")
    if t.factor != 1.0:
        return silent(APART)
    if t.epoch < 3:
        return sure(False, f"only {t.epoch:.3g} passes over the data", place="epoch")
    gap = t.evals[-1] - t.final
    says = f"after {t.epoch:.3g} passes evaluation is {gap:+.3g} from training"
    present = gap <= max(2 * t.loss_noise, 0.02 * t.guess)
    return sure(present, says, points=t.points("eval_loss", t.eval_steps[-1]), place="eval_loss")


@DETECTORS.reads("eval-noisy")
def eval_noisy(t: Trace) -> Seen:
    """The evaluation curve jumps from one evaluation to the next."""
    if len(t.evals) < 5:
        return silent("fewer than five evaluations are logged")
    says = f"evaluation jumps by {t.eval_noise / t.guess:.2%} of {t.yardstick}"
    return above(
        t.eval_noise / t.guess, 0.02, says, points=t.points("eval_loss", *t.eval_steps[-5:]), place="eval_loss"
    )


@DETECTORS.reads("metric-moves-in-coarse-steps")
def metric_moves_in_coarse_steps(t: Trace) -> Seen:
    """The smallest set size for which every accuracy is a whole number of items, and how likely that is by chance."""
    values = sorted({round(a, 12) for a in t.accuracies if 0 < a < 1})
    if len(values) < 4:
        return silent("fewer than four different accuracies are logged")
    digits = max(len(f"{v:.10f}".rstrip("0").split(".")[1]) for v in values)
    half = 0.5 * 10 ** -max(digits, 3)
    for n in range(2, 2001):
        if all(abs(v * n - round(v * n)) <= half * n + 1e-9 for v in values):
            chance = min(1.0, 2 * half * n) ** len(values) * n
            if chance > 1e-4:
                return sure(False, "accuracy takes no coarse steps", place="eval_accuracy")
            says = f"every accuracy is a whole number of {n} items"
            points = t.points("eval_accuracy", t.accuracy_steps[-1])
            return below(n, COARSE, says, points=points, place="eval_accuracy")
    return sure(False, "accuracy takes no coarse steps", place="eval_accuracy")


@DETECTORS.reads("eval-set-tiny")
def eval_set_tiny(t: Trace) -> Seen:
    """Number of evaluation items."""
    count = t.setting("eval_samples", "max_eval_samples", "num_eval_examples")
    if count is None or 0 < count < 1:
        return silent("the size of the evaluation set is unknown")
    return below(count, 100, f"{count:g} items are evaluated", place=t.place("eval_samples", "max_eval_samples"))


@DETECTORS.reads("too-good-to-be-true")
def too_good_to_be_true(t: Trace) -> Seen:
    """A loss or accuracy that no honest task gives."""
    if not t.evals and not t.accuracies:
        return silent("nothing is evaluated")
    best = t.accuracies[-1] if t.accuracies else 0.0
    limit, top = (0.1, 0.98) if t.scratch else (0.002, 0.998)
    ratio = t.evals[-1] / honest_guess(t.guess, known=bool(t.uniform)) if t.evals else math.inf
    says = f"evaluation ends at loss {t.evals[-1]:.3g}" if t.evals else f"accuracy ends at {best:.3g}"
    if 1 >= best > top:
        return sure(True, f"accuracy is {best:.3g}", points=t.points("eval_accuracy", t.accuracy_steps[-1]))
    points = t.points("eval_loss", t.eval_steps[-1]) if t.evals else ()
    return below(ratio, limit, says, points=points, place="eval_loss", certain=1.5)


@DETECTORS.reads("many-epochs")
def many_epochs(t: Trace) -> Seen:
    """Passes over the data."""
    if t.epoch is None:
        return silent("the log counts no epochs")
    answer = above(t.epoch, 4.0, f"{t.epoch:.3g} passes over the data", place="epoch")
    return answer if answer.present or t.finished else silent("the run has not reached its plan")


@DETECTORS.reads("saw-little-of-the-data")
def saw_little_of_the_data(t: Trace) -> Seen:
    """A finished run that saw under a fifth of its data."""
    if t.epoch is None or not t.finished:
        return silent("the log counts no epochs, or the run has not reached its plan")
    return below(t.epoch, 0.2, f"{t.epoch:.2%} of the data were seen", place="epoch")
