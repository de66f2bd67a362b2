"""Symptoms of the learning rate and its schedule, of decay, batch and length, from settings and the logged rate."""

from ablator.diagnose.seen import DETECTORS, Seen, above, below, silent, sure
from ablator.diagnose.trace import BATCHES, RATES, Trace

NO_RATE = "no learning rate is known"
SGD_HIGH = 0.5
"""Rates below this are usual for SGD, which trains small models and images, hardly ever tokens (judged)."""

LONG_MEMORY = 0.9999
"""A beta2 above this is itself what is unusual, whatever the length."""

DOUBT = 0.75
"""How surely a rate is too high where the optimizer is unknown and the run may be either (judged)."""

NO_LENGTH = "how many steps the run takes is unknown"


def usual_rate(t: Trace) -> float:
    """The usual peak rate: a fit to GPT-3's table by width for adaptive methods, 0.1 for SGD."""
    if not t.adaptive:
        return 0.1
    return min(1e-2, max(1e-5, 6e-4 * (768 / t.width) ** 0.83)) if t.width and t.width > 0 else 1e-3


def _rate(t: Trace, tuned_limit: float | None, limit: float, high: bool) -> Seen:
    rate = t.peak_rate
    own = t.setting(*RATES)
    if not high and rate is not None and own is not None:
        rate = max(rate, own)  # a schedule that never reaches the rate that is set makes no low setting
    place = t.place(*RATES) or "learning_rate"
    if rate == 0:
        return sure(not high, "the peak rate is 0: nothing is learned", place=place)
    if not rate:
        return silent(NO_RATE)
    judge = above if high else below
    usual = usual_rate(t)
    fresh = judge(rate / usual, limit, f"the peak rate is {rate:.3g}, usual is about {usual:.1g}", place=place)
    if t.tuned:
        if tuned_limit is None or not t.adaptive:
            return silent("no usual rate is known for this kind of fine-tune")
        tuned = judge(rate, tuned_limit, f"the peak rate is {rate:.3g} in a fine-tune", place=place)
        answer = tuned if t.surely_tuned else _either(tuned, fresh, rate, place)
        doubt = high and answer.present and not t.optimizer and not t.declared_pretrained and rate < SGD_HIGH
        return _doubted(answer, rate) if doubt else answer
    if not t.scratch:
        return silent("whether it is a fine-tune is unknown")
    return fresh


def _doubted(answer: Seen, rate: float) -> Seen:
    """The answer where SGD, to which such a rate is usual, is as possible as Adam."""
    says = f"the peak rate is {rate:.3g}, far above usual for Adam; the optimizer is unknown"
    return Seen(weight=min(answer.weight or 0.0, DOUBT), says=says, place=answer.place)


def _either(tuned: Seen, fresh: Seen, rate: float, place: str) -> Seen:
    """What holds for a fine-tune and for a run from scratch alike, the weaker of both."""
    if tuned.present != fresh.present or tuned.weight is None or fresh.weight is None:
        return silent("whether it is a fine-tune is unknown")
    weaker = min if tuned.present else max
    says = f"the peak rate is {rate:.3g}"
    return Seen(weight=weaker(tuned.weight, fresh.weight), says=says, place=place)


@DETECTORS.reads("learning-rate-below-usual")
def learning_rate_below_usual(t: Trace) -> Seen:
    """Under an eighth of the usual."""
    return _rate(t, 2e-6, 1 / 8, False)


@DETECTORS.reads("learning-rate-above-usual")
def learning_rate_above_usual(t: Trace) -> Seen:
    """Over five times the usual."""
    return _rate(t, 1e-3, 5.0, True)


@DETECTORS.reads("learning-rate-far-above-usual")
def learning_rate_far_above_usual(t: Trace) -> Seen:
    """Over fifteen times the usual; from scratch only."""
    return _rate(t, None, 15.0, True)


@DETECTORS.reads("learning-rate-far-below-usual")
def learning_rate_far_below_usual(t: Trace) -> Seen:
    """Under a thirtieth of the usual; from scratch only."""
    return _rate(t, None, 1 / 30, False)


@DETECTORS.reads("learning-rate-dead-tail")
def learning_rate_dead_tail(t: Trace) -> Seen:
    """The share of logs after the peak with less than 1 % of it."""
    if len(t.rates) < 8:
        return silent(NO_RATE)
    peak = max(range(len(t.rates)), key=lambda i: t.rates[i])
    after = t.rates[peak:]
    dead = [i for i in range(peak, len(t.rates)) if t.rates[i] < 0.01 * t.rates[peak]]
    share = len(dead) / len(after)
    says = f"the rate is all but zero for {share:.0%} of the run after its peak"
    points = t.points("learning_rate", t.rate_steps[dead[0]]) if dead else ()
    return above(share, 0.2, says, points=points, place="learning_rate", certain=1.4)


@DETECTORS.reads("learning-rate-never-decays")
def learning_rate_never_decays(t: Trace) -> Seen:
    """The last rate against the peak in a finished run."""
    if len(t.rates) < 8 or max(t.rates) <= 0:
        way = str(t.raw("lr_scheduler_type", "scheduler", "lr_scheduler", "sched") or "").lower()
        if not way or t.rates:
            return silent(NO_RATE)
        constant = way.startswith("constant") or way in {"none", "null"}
        return sure(constant, f"the schedule is {way}", place=t.place("lr_scheduler_type", "scheduler", "lr_scheduler"))
    if not t.finished:
        return silent("the run has not reached its plan")
    figure = t.rates[-1] / max(t.rates)
    says = f"the last rate is {figure:.0%} of the peak"
    return above(
        figure, 0.5, says, points=t.points("learning_rate", t.rate_steps[-1]), place="learning_rate", certain=1.4
    )


@DETECTORS.reads("warmup-absent")
def warmup_absent(t: Trace) -> Seen:
    """It starts at the full rate; usual when fine-tuning, so only from scratch."""
    if t.tuned:
        return silent("usual when fine-tuning")
    if len(t.rates) > 4 and t.part(t.rate_steps[0]) <= 0.03 and max(t.rates) > 0:
        share = t.rates[0] / max(t.rates)
        says = f"the first logged rate is {share:.0%} of the peak"
        first = t.points("learning_rate", t.rate_steps[0])
        return sure(share >= 0.95 and not t.warmup.told, says, points=first, place="learning_rate")
    if t.warmup.told is None:
        return silent("no setting names a warm-up")
    says = f"{t.warmup.place} is {t.warmup.told:g}"
    return sure(t.warmup.told <= 0, says, place=t.warmup.place)


@DETECTORS.reads("warmup-eats-the-run")
def warmup_eats_the_run(t: Trace) -> Seen:
    """The share of warm-up, set or read from the logged rate."""
    share = t.warmup.share
    if len(t.rates) > 4 and t.finished and max(t.rates) > t.rates[0]:
        top = max(t.rates)
        climb = t.part(next(s for s, r in zip(t.rate_steps, t.rates, strict=True) if r >= 0.99 * top))
        share = max(share or 0.0, climb)
    if share is None:
        return silent(NO_LENGTH if t.warmup.told else "no setting names a warm-up, and the rate is not logged")
    return above(share, 0.2, f"warm-up takes {share * 100:.2g}% of the run", place=t.warmup.place)


@DETECTORS.reads("decay-timescale-short")
def decay_timescale_short(t: Trace) -> Seen:
    """Over how many steps weight decay averages: 1 / (rate × decay)."""
    decay = t.setting("weight_decay", "wd")
    if decay is None:
        return silent("no weight decay is set in the files")
    if decay > 0 and not (t.mean_rate and t.mean_rate > 0):
        return silent(NO_RATE)
    if decay <= 0 or not t.mean_rate:
        return sure(False, f"weight decay is {decay:g}", place=t.place("weight_decay", "wd"))
    steps = 1 / max(t.mean_rate * decay, 1e-300)
    says = f"weight decay averages over {steps:.3g} steps"
    if t.extent is None and 200 <= steps < 20_000:
        return silent(NO_LENGTH)
    limit = max(200.0, 0.02 * t.extent.steps) if t.extent else 200.0
    return below(steps / limit, 1.0, says, place=t.place("weight_decay", "wd"))


@DETECTORS.reads("plain-sgd-on-transformer")
def plain_sgd_on_transformer(t: Trace) -> Seen:
    """SGD where the model has attention heads, or predicts tokens."""
    if not t.optimizer:
        return silent("the optimizer is unknown")
    place = t.place("optim", "optimizer", "opt")
    if not t.plain:
        return sure(False, f"the optimizer is {t.optimizer}", place=place)
    heads = t.size("num_attention_heads", "n_head", "num_heads")
    if heads:
        return sure(True, f"the optimizer is {t.optimizer} and the model has {heads:g} heads", place=place)
    if t.scratch and not t.model:
        return Seen(weight=0.8, says=f"the optimizer is {t.optimizer}, and the loss is that of tokens", place=place)
    return silent("whether the model has attention is unknown")


@DETECTORS.reads("tokens-per-step-small")
def tokens_per_step_small(t: Trace) -> Seen:
    """Tokens, or examples, in one update."""
    if not t.batch:
        return silent("the batch size is unknown")
    place = t.place(*BATCHES)
    if t.length:
        return below(t.batch * t.length, 512, f"an update sees {t.batch * t.length:g} tokens", place=place)
    return below(t.batch, 8, f"an update sees {t.batch:g} examples", place=place)


@DETECTORS.reads("shuffling-off")
def shuffling_off(t: Trace) -> Seen:
    """Shuffling set to false, or a sequential sampler."""
    value, way = t.raw("shuffle", "dataloader_shuffle"), str(t.raw("train_sampling_strategy", "sampler") or "")
    if value is None and not way:
        return silent("no setting tells")
    off = value is False or str(value).lower() in {"false", "0", "no"} or way.lower() == "sequential"
    return sure(off, f"shuffle is {value}" if not way else f"sampling is {way}", place=t.place("shuffle"))


@DETECTORS.reads("few-optimizer-steps")
def few_optimizer_steps(t: Trace) -> Seen:
    """The run against the memory of the optimizer's second moment."""
    beta = t.setting("adam_beta2", "beta2")
    if beta is None or not 0 < beta < 1 or not t.adaptive:
        return silent("beta2 is unknown")
    if beta > LONG_MEMORY:
        return silent(f"beta2 is {beta:g}: no run is long enough for it")
    if t.extent is None:
        return silent(NO_LENGTH)
    says = f"{t.extent.steps:g} steps, the second moment remembers {1 / (1 - beta):g}"
    return below(t.extent.steps * (1 - beta), 2.0, says, place=t.extent.place)


@DETECTORS.reads("few-trainable-parameters")
def few_trainable_parameters(t: Trace) -> Seen:
    """The share of parameters that train."""
    count = t.log.trainable or t.setting("trainable_params", "trainable_parameters")
    if not count or not t.parameters:
        return silent("the number of trainable parameters is unknown")
    share = count / t.parameters
    return below(share, 0.5, f"{share:.1%} of the parameters train", place="trainable_params")
