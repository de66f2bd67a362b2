"""Symptoms of stability and of the first steps: NaN, spikes, initial loss, gradient norms."""

import math

from ablator.diagnose.seen import DETECTORS, Seen, above, below, silent, sure
from ablator.diagnose.signals import median
from ablator.diagnose.trace import Trace

NO_GRADS = "the log holds no gradient norms"
SHORT = "fewer than eight training losses are logged"


@DETECTORS.reads("nan-or-inf")
def nan_or_inf(t: Trace) -> Seen:
    """Any value that is not finite, or a loss that drops at once to exactly 0 and stays (a hidden NaN)."""
    for name in ("loss", "eval_loss", "grad_norm"):
        series = t.log.get(name)
        for step, value in zip(series.steps, series.values, strict=True) if series else ():
            if not math.isfinite(value):
                says = f"{name} is {value} at step {step:g}"
                return sure(True, says, points=t.points(name, step), place=name)
    if not t.losses:
        return silent("the log holds no training loss")
    alive = [i for i, v in enumerate(t.losses) if v > 0]
    zero = len(t.losses) > 4 and t.losses[-1] == 0.0 and t.losses[-2] == 0.0
    if zero and alive and t.losses[alive[-1]] > 0.05 * t.losses[0]:
        step = t.steps[alive[-1] + 1]
        says = f"the loss drops to exactly 0 at step {step:g} and stays: a NaN that the log hides"
        return sure(True, says, points=t.points("loss", step), place="loss")
    if t.log.hides_nan and not t.grads:
        return silent("this writer hides NaN and logs no gradient norms")
    return sure(False, "every logged value is finite", place="loss")


@DETECTORS.reads("stopped-before-plan")
def stopped_before_plan(t: Trace) -> Seen:
    """A run that ended before its planned step; a snapshot of a running job cannot be judged."""
    if t.log.finished is None:
        return silent("the log may be a snapshot of a running job")
    done = t.log.done_steps or 0.0
    return sure(not t.log.finished, f"{done:g} of {t.total:g} steps were done", place="step")


@DETECTORS.reads("loss-spike")
def loss_spike(t: Trace) -> Seen:
    """A loss far above the median of the five before it, after the first tenth."""
    if not t.enough:
        return silent(SHORT)
    late = [i for i in range(5, len(t.losses)) if t.x[i] > 0.1]
    if not late:
        return silent("nothing is logged after the first tenth")
    rises = [(t.losses[i] - median(t.losses[i - 5 : i]), i) for i in late]
    rise, i = max(rises)
    limit = max(8 * t.loss_noise, 0.04 * t.guess)
    says = f"at step {t.steps[i]:g} the loss jumps by {rise * t.factor:.3g}, {rise / limit * 8:.1f} times its noise"
    return above(rise / limit, 1.0, says, points=t.points("loss", t.steps[i]), place="loss")


@DETECTORS.reads("loss-ends-above-best")
def loss_ends_above_best(t: Trace) -> Seen:
    """The training loss goes up again."""
    if not t.enough:
        return silent(SHORT)
    best = min(range(len(t.smooth)), key=lambda i: t.smooth[i])
    figure = (t.final - t.smooth[best]) / max(3 * t.loss_noise, 0.02 * t.guess)
    says = f"it ends at {t.final * t.factor:.4g} after {t.smooth[best] * t.factor:.4g} at step {t.steps[best]:g}"
    return above(figure, 1.0, says, points=t.points("loss", t.steps[best], t.steps[-1]), place="loss")


@DETECTORS.reads("initial-loss-high")
def initial_loss_high(t: Trace) -> Seen:
    """The first loss against ln(classes)."""
    if not (t.scratch and t.uniform and t.losses and t.x[0] <= 0.1):
        return silent("the uniform guess is no yardstick here, or the first log comes late")
    if t.factor != 1.0:
        return silent("training and evaluation loss are on different scales")
    ratio = t.losses[0] / t.uniform
    says = f"the first loss is {t.losses[0]:.3g}, a uniform guess has {t.uniform:.3g} (in nats)"
    return above(ratio, 1.1, says, points=t.points("loss", t.steps[0]), place="loss", certain=1.3)


@DETECTORS.reads("initial-loss-low")
def initial_loss_low(t: Trace) -> Seen:
    """The first loss far below ln(classes) although no pretrained start is declared."""
    if not (t.uniform and t.losses and t.x[0] <= 0.011) or t.declared_pretrained:
        return silent("no classes, the first log comes late, or a fine-tune")
    if t.factor != 1.0:
        return silent("training and evaluation loss are on different scales")
    ratio = t.losses[0] / t.uniform
    says = f"the first loss is {t.losses[0]:.3g}, a uniform guess has {t.uniform:.3g} (in nats)"
    return below(ratio, 0.7, says, points=t.points("loss", t.steps[0]), place="loss", certain=1.3)


@DETECTORS.reads("grad-norm-spike")
def grad_norm_spike(t: Trace) -> Seen:
    """The largest gradient norm after the first tenth against the median."""
    if len(t.grads) < 8:
        return silent(NO_GRADS)
    late = [i for i, s in enumerate(t.grad_steps) if t.part(s) > 0.1]
    if not late:
        return silent("nothing is logged after the first tenth")
    i = max(late, key=lambda k: t.grads[k])
    figure = t.grads[i] / max(median(t.grads), 1e-300)
    says = f"{figure:.3g} times the median at step {t.grad_steps[i]:g}"
    return above(figure, 6.0, says, points=t.points("grad_norm", t.grad_steps[i]), place="grad_norm")


@DETECTORS.reads("grad-norm-huge-at-start")
def grad_norm_huge_at_start(t: Trace) -> Seen:
    """The first two gradient norms against the median."""
    if len(t.grads) < 8:
        return silent(NO_GRADS)
    figure = max(t.grads[:2]) / max(median(t.grads), 1e-300)
    says = f"the first gradients are {figure:.3g} times the median"
    return above(figure, 8.0, says, points=t.points("grad_norm", *t.grad_steps[:2]), place="grad_norm")


@DETECTORS.reads("grad-norm-rises")
def grad_norm_rises(t: Trace) -> Seen:
    """The gradient norm of the last fifth against that of the first third after the start."""
    early = [g for s, g in zip(t.grad_steps, t.grads, strict=True) if 0.1 < t.part(s) <= 0.35]
    late = [g for s, g in zip(t.grad_steps, t.grads, strict=True) if t.part(s) > 0.8]
    if len(early) < 2 or len(late) < 2:
        return silent(NO_GRADS if not t.grads else "the log does not reach the last fifth")
    figure = median(late) / max(median(early), 1e-300)
    says = f"the last fifth has {figure:.3g} times the gradient norm of the first third"
    return above(figure, 1.8, says, points=t.points("grad_norm", t.step_at(0.3), t.grad_steps[-1]), place="grad_norm")


@DETECTORS.reads("grad-norm-collapses")
def grad_norm_collapses(t: Trace) -> Seen:
    """The gradient norm of the last fifth against the largest of the first logs."""
    if len(t.grads) < 8:
        return silent(NO_GRADS)
    n = len(t.grads)
    end, start = median(t.grads[-max(3, n // 5) :]), max(t.grads[: max(2, n // 20)])
    figure = end / max(start, 1e-300)
    says = f"it falls to {figure:.2%} of its start"
    return below(figure, 0.05, says, points=t.points("grad_norm", t.grad_steps[0], t.grad_steps[-1]), place="grad_norm")


@DETECTORS.reads("grad-norm-climbs-early")
def grad_norm_climbs_early(t: Trace) -> Seen:
    """The largest gradient norm of the first quarter against the very first: the signal grows as weights do."""
    early = [i for i, s in enumerate(t.grad_steps) if t.part(s) <= 0.25]
    if len(early) < 4 or t.tuned:
        return silent(
            NO_GRADS if not t.grads else "fewer than four gradient norms in the first quarter, or a fine-tune"
        )
    top = max(early, key=lambda i: t.grads[i])
    figure = t.grads[top] / max(t.grads[0], 1e-300)
    says = f"it climbs to {figure:.3g} times its first value by step {t.grad_steps[top]:g}"
    points = t.points("grad_norm", t.grad_steps[0], t.grad_steps[top])
    return above(figure, 3.0, says, points=points, place="grad_norm")


@DETECTORS.reads("updates-mostly-clipped")
def updates_mostly_clipped(t: Trace) -> Seen:
    """The share of gradient norms above the clip value after warm-up."""
    clip = t.setting("max_grad_norm", "grad_clip", "clip_grad", "gradient_clip_val")
    after = [g for s, g in zip(t.grad_steps, t.grads, strict=True) if s > (t.warmup_end or 0.0)]
    if not clip or len(after) < 8:
        return silent("no clip value is set, or too few gradient norms are logged")
    share = sum(g > clip for g in after) / len(after)
    says = f"{share:.0%} of the gradients lie above the clip value {clip:g}"
    return above(share, 0.8, says, place="grad_norm", certain=1.2)


@DETECTORS.reads("gradient-clipping-off")
def gradient_clipping_off(t: Trace) -> Seen:
    """Clipping set to nothing."""
    names = ("max_grad_norm", "grad_clip", "clip_grad", "gradient_clip_val")
    given = [n for n in names if n in t.settings]
    if not given:
        return silent("no setting tells")
    value = t.setting(*given)
    return sure(not value, f"{given[0]} is {t.settings[given[0]]}", place=given[0])
