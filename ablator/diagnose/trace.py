"""A scale-free view of one run: its log, settings and model facts, with every figure that detectors share."""

import math
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from ablator.diagnose.extent import (
    PASSES,
    STEPS,
    Extent,
    counts_passes,
    finite,
    from_zero,
    passes_done,
    passes_seen,
    planned_extent,
    positive,
)
from ablator.diagnose.log import Log, Point, Series
from ablator.diagnose.signals import curved_noise, interpolate, median, nearest, noise, running_median
from ablator.diagnose.units import as_shares, steady_factor
from ablator.diagnose.warm import Warmup, warmup_of

DROPOUTS = (
    "hidden_dropout_prob",
    "attention_dropout",
    "attention_probs_dropout_prob",
    "dropout",
    "resid_pdrop",
    "embd_pdrop",
    "attn_pdrop",
    "classifier_dropout",
    "drop_path_rate",
)
ADAPTIVE = ("adam", "lamb", "lion", "adafactor", "muon", "rmsprop", "sophia", "shampoo", "ademamix", "prodigy", "soap")
PLAIN = ("sgd", "momentum", "nesterov")
BATCHES = ("train_batch_size", "per_device_train_batch_size", "micro_batch_size", "batch_size")
RATES = ("learning_rate", "lr", "max_lr", "base_lr", "lr0")
ENOUGH = 8
"""Logged training losses below which shapes are not judged."""

TOKEN_START = 4.0
"""A run whose classes are unknown counts as from scratch when it starts above this: e^4 = 55 classes, which pretrained
models hardly ever start from (judged)."""

BEGINS = 0.1
"""A log whose first training loss comes after this share of the run does not show where learning began."""

EARLY = 0.03
"""Up to this share of the run the first loss tells whether learning began from nothing (judged)."""

SPENT = 0.02
"""A rate that fell to this share of its peak at the last row has come to its end, and the run with it (judged)."""

_EVALUATION = re.compile(r"(eval|val|valid|validation|dev|test)[/_. -]")

GENTLE = 5e-5
"""At or below this peak rate a run whose classes are unknown counts as a fine-tune (judged)."""


class Trace:
    """One run as detectors read it. `settings` and `model` map names, as their files spell them, to values.

    Every figure is a fraction of the planned run or of the yardstick `guess`, the loss of the uniform guess, so that
    neither units of length nor of loss matter. Nothing raises on strange values: what is no number counts as missing.
    """

    def __init__(
        self, log: Log, settings: Mapping[str, Any], model: Mapping[str, Any], ideas: Mapping[str, Any]
    ) -> None:
        self.log, self.settings, self.model, self.ideas = log, settings, model, ideas
        loss = log.get("loss")
        self.loss_series = loss
        self.in_passes = counts_passes(log)
        self.zero = from_zero(log, passes=self.in_passes)
        self.ahead = 1.0 if self.zero and self.in_passes else 0.0
        self.total = self._total()
        steps, values = self._finite(loss)
        self.steps = steps
        self.x = [self.part(s) for s in steps]
        self.eval_steps, self.evals = self._finite(self._eval())
        self.eval_x = [self.part(s) for s in self.eval_steps]
        self.factor = steady_factor(self.x, values, self.eval_x, self.evals)
        """Times that the logged training loss is the evaluation's, where that tells of two scales; else 1."""
        values = [v / self.factor for v in values]
        self.losses = values
        self.smooth = running_median(values)
        self.final = median(values[-max(3, math.ceil(0.05 * len(values))) :])
        self.loss_noise = noise(values[len(values) // 2 :])
        self.eval_noise = curved_noise(self.evals)
        self.rate_steps, self.rates = self._finite(log.get("learning_rate"))
        self.grad_steps, self.grads = self._finite(log.get("grad_norm"))
        self.accuracy_steps, told = self._finite(log.get("eval_accuracy"))
        self.accuracies = as_shares(told)

    def _finite(self, series: Series | None) -> tuple[list[float], list[float]]:
        if series is None:
            return [], []
        pairs = [(s, v) for s, v in zip(series.steps, series.values, strict=True) if math.isfinite(v)]
        return [p[0] for p in pairs], [p[1] for p in pairs]

    def _eval(self) -> Series | None:
        own = self.log.get("eval_loss")
        if own is not None:
            return own
        names = [k for k in self.log.series if _EVALUATION.match(k) and k.endswith("loss")]
        return self.log.series[min(names, key=lambda k: (-len(self.log.series[k].values), k))] if names else None

    def _total(self) -> float:
        """Where the curves' axis ends, in what the log counts: steps, or passes; 1 where nothing is logged."""
        said = positive(self.settings, PASSES if self.in_passes else STEPS)
        planned = self.log.planned_steps or (said[0] if said else None)
        last = max((s.steps[-1] for s in self.log.series.values() if s.steps), default=1.0) + self.ahead
        total = planned if planned and planned > 0 else max(last, self.log.done_steps or 0.0)
        return min(max(total, 1e-9), 1e15)

    def part(self, step: float) -> float:
        """A step of the log as a fraction of the planned run."""
        return (step + self.ahead) / self.total

    def step_at(self, fraction: float) -> float:
        """The step of the log at a fraction of the planned run."""
        return fraction * self.total - self.ahead

    @cached_property
    def extent(self) -> Extent | None:
        """How many optimizer steps are planned, as far as anything tells."""
        return planned_extent(self.log, self.settings, self.batch, self.length, passes=self.in_passes)

    def raw(self, *names: str) -> Any:
        """The first of these settings that has a value, as it stands."""
        return next((self.settings[n] for n in names if self.settings.get(n) is not None), None)

    def setting(self, *names: str) -> float | None:
        """The first of these settings that is a finite number."""
        return finite(self.settings, names)

    def size(self, *names: str) -> float | None:
        """The first of these model facts that is a finite number."""
        return finite(self.model, names)

    def place(self, *names: str) -> str:
        """The spelling under which the first of these is given."""
        return next((n for n in names if self.settings.get(n) is not None or self.model.get(n) is not None), "")

    # what kind of run it is

    @cached_property
    def classes(self) -> float | None:
        """Number of classes that the loss is over: labels of a classifier, vocabulary of a language model."""
        names = self.model.get("architectures")
        text = " ".join(str(x) for x in names) if isinstance(names, list | tuple) else str(names or "")
        labels = self.size("num_labels", "num_classes")
        if labels is None and isinstance(self.model.get("id2label"), dict):
            labels = float(len(self.model["id2label"]))
        if "Classification" in text:
            return labels or 2.0
        vocabulary = self.size("vocab_size")
        return vocabulary or labels

    @cached_property
    def declared_pretrained(self) -> bool:
        """The settings or the model name a pretrained start."""
        value = self.raw(
            "init_from", "base_model", "pretrained", "peft_type", "adapter", "lora_r", "model_name_or_path"
        )
        value = value if value is not None else self.model.get("peft_type")
        return bool(value) and str(value).lower() not in {"scratch", "false", "none", "0", "resume"}

    @cached_property
    def tuned(self) -> bool:
        """Whether it is a fine-tune: declared, or it starts far below the uniform guess, or nothing else fits."""
        if self.declared_pretrained:
            return True
        gentle = bool(self.peak_rate and self.peak_rate <= 1e-4)
        if not self.losses:
            return gentle and self.classes is None
        start = self.losses[0]
        if self.classes and self.classes > 1:
            low = start < 0.7 * math.log(self.classes) and (self.x[0] <= 0.02 or gentle)
            head = "Classification" in str(self.model.get("architectures"))
            return low or (head and gentle)
        low = start < TOKEN_START and self.x[0] <= EARLY
        return low or bool(self.peak_rate and self.peak_rate <= GENTLE)

    @cached_property
    def surely_tuned(self) -> bool:
        """Whether more than a low first loss of unknown classes says so: small tasks start low from scratch, too."""
        return self.tuned and (self.declared_pretrained or bool(self.classes and self.classes > 1))

    @cached_property
    def scratch(self) -> bool:
        """Whether the uniform guess is a yardstick: from scratch, one cross-entropy, classes known or shown."""
        if self.tuned or (self.loss_series is not None and " + " in self.loss_series.key):
            return False
        known = bool(self.classes and self.classes > 1)
        return known or (bool(self.losses) and self.x[0] <= 0.05 and self.losses[0] >= TOKEN_START)

    @cached_property
    def uniform(self) -> float | None:
        """ln(classes), where they are known."""
        return math.log(self.classes) if self.classes and self.classes > 1 else None

    @cached_property
    def guess(self) -> float:
        """The yardstick: the loss where learning starts."""
        if self.scratch and self.uniform:
            return self.uniform
        if not self.losses:
            return max(self.evals[0], 1e-6) if self.evals else 1.0
        start = self.losses[0] if not self.tuned else max(self.smooth[0], 1e-6)
        return max(start, 1e-6)

    @cached_property
    def yardstick(self) -> str:
        """What `guess` is, in words."""
        if self.scratch and self.uniform:
            return "a guess"
        return "the first training loss" if self.losses else "the first evaluation"

    @cached_property
    def begins(self) -> bool:
        """Whether the whole drop of the loss is known: its first log is early, or guessing is the yardstick."""
        return bool(self.losses) and (self.x[0] <= BEGINS or bool(self.scratch and self.uniform))

    @cached_property
    def drop(self) -> float:
        """How far the training loss fell in all."""
        return self.guess - min(self.smooth) if self.smooth else 0.0

    # settings that several detectors read

    @cached_property
    def optimizer(self) -> str:
        """Name of the optimizer in lower case, empty where unknown."""
        return str(self.raw("optim", "optimizer", "opt", "optimizer_name") or "").lower()

    @cached_property
    def adaptive(self) -> bool:
        """Adaptive method, or unknown."""
        return not self.optimizer or any(k in self.optimizer for k in ADAPTIVE)

    @cached_property
    def plain(self) -> bool:
        """SGD, with or without momentum."""
        return any(k in self.optimizer for k in PLAIN) and not any(k in self.optimizer for k in ADAPTIVE)

    @cached_property
    def peak_rate(self) -> float | None:
        """Highest learning rate: logged, else set; a log that begins on the way down does not show it."""
        own = self.setting(*RATES)
        if not self.rates:
            return own
        return max(self.rates) if self.shows_peak else own

    @cached_property
    def shows_peak(self) -> bool:
        """Whether the logged rates reach back to their peak."""
        top = max(self.rates, default=0.0)
        falls = top > 0 and self.rates[0] >= top and self.rates[-1] < 0.99 * top
        return bool(self.rates) and (self.part(self.rate_steps[0]) <= BEGINS or (top > 0 and not falls))

    @cached_property
    def mean_rate(self) -> float | None:
        """Mean learning rate: logged, else half of the set one."""
        if self.rates and self.shows_peak:
            return sum(self.rates) / len(self.rates)
        return self.peak_rate / 2 if self.peak_rate else None

    @cached_property
    def warmup(self) -> Warmup:
        """The warm-up that is set."""
        return warmup_of(self.settings, self.extent.steps if self.extent else None)

    @cached_property
    def warmup_end(self) -> float | None:
        """The step of the log at which warm-up ends; None where one is set and nothing tells when it ends."""
        steps, share = self.warmup.steps, self.warmup.share
        if steps and not self.in_passes:
            return steps
        return None if share is None and self.warmup.told else self.step_at(share or 0.0)

    @cached_property
    def width(self) -> float | None:
        """Hidden size."""
        return self.size("hidden_size", "n_embd", "d_model", "dim")

    @cached_property
    def dropout(self) -> float | None:
        """Largest dropout or drop-path rate of the model; None where neither model nor settings name one."""
        rates = [r for r in (self.size(k) for k in DROPOUTS) if r is not None]
        rates += [r for r in (self.setting(k) for k in DROPOUTS) if r is not None]
        return max(rates) if rates else None

    @cached_property
    def length(self) -> float | None:
        """Tokens in one sequence."""
        own = self.setting("max_seq_length", "seq_length", "block_size", "cutoff_len", "sequence_len", "max_length")
        return own or self.size("max_position_embeddings", "block_size", "n_positions", "max_seq_len")

    @cached_property
    def batch(self) -> float | None:
        """Examples in one update over all devices."""
        whole = self.setting("global_batch_size")
        if whole and whole > 0:
            return whole
        one = self.setting(*BATCHES)
        if not one or one <= 0:
            return None
        times = self.setting("gradient_accumulation_steps", "accumulate_grad_batches") or 1.0
        return one * max(times, 1.0) * max(self.setting("world_size", "n_gpu", "num_gpus") or 1.0, 1.0)

    @cached_property
    def parameters(self) -> float | None:
        """Parameters of the model: counted, else estimated from its sizes."""
        own = self.size("num_parameters", "parameters")
        if own:
            return own
        d, v, layers = self.width, self.size("vocab_size"), self.size("num_hidden_layers", "n_layer", "n_layers")
        if not (d and v and layers):
            return None
        inner = self.size("intermediate_size", "n_inner") or 4 * d
        tables = 1 if self.model.get("tie_word_embeddings", True) else 2
        return v * d * tables + (self.length or 0) * d + layers * (4 * d * d + 2 * d * inner)

    @cached_property
    def tokens(self) -> float | None:
        """Tokens seen in the planned run; None where its length is unknown."""
        return self.extent.steps * self.batch * self.length if self.extent and self.batch and self.length else None

    @cached_property
    def epoch(self) -> float | None:
        """Passes over the data at the last row that tells; None where all that is told is that the first one began."""
        return passes_seen(self.log, zero=self.zero)

    def passes_at(self, series: Series, step: float) -> float | None:
        """Passes over the data that were done at a step of a series; None where the log counts none."""
        return passes_done(series, zero=self.zero)(step)

    # the curves

    @property
    def enough(self) -> bool:
        """Whether the training curve has the points that shapes need."""
        return len(self.losses) >= ENOUGH

    @property
    def judged(self) -> bool:
        """Whether there are three evaluations."""
        return len(self.evals) >= 3

    @property
    def finished(self) -> bool:
        """Whether the run reached its plan; a run whose plan is unknown counts when its log says that it ended."""
        if self.log.finished is not None:
            return self.log.finished
        return self.log.planned_steps is None and self.spent

    @cached_property
    def spent(self) -> bool:
        """Whether the logged rate ran down to nothing just where the log ends, as a schedule does at its plan."""
        if len(self.rates) < ENOUGH or not self.shows_peak:
            return False
        limit = SPENT * max(self.rates)
        gone = sum(r <= limit for r in self.rates)
        return self.rates[-1] <= limit and gone <= 0.2 * len(self.rates)

    @cached_property
    def decayed(self) -> bool:
        """Whether the learning rate has all but gone at the last log: then every curve is flat."""
        return bool(self.rates) and self.rates[-1] < 0.2 * max(self.rates)

    def at(self, fraction: float) -> float:
        """Smoothed training loss at a fraction of the planned run."""
        return interpolate(fraction, self.x, self.smooth)

    def eval_at(self, fraction: float) -> float:
        """Evaluation loss at a fraction of the planned run."""
        return interpolate(fraction, self.eval_x, self.evals)

    def gap(self, index: int) -> float:
        """Evaluation loss minus smoothed training loss at one evaluation."""
        return self.evals[index] - interpolate(self.eval_x[index], self.x, self.smooth)

    def points(self, name: str, *steps: float) -> tuple[Point, ...]:
        """The points of a series nearest to these steps."""
        series = self.log.get(name) or (self._eval() if name == "eval_loss" else None)
        if series is None or not series.steps:
            return ()
        out = []
        for step in steps:
            i = nearest(step, series.steps)
            out.append(Point(series.name, series.steps[i], series.values[i]))
        return tuple(dict.fromkeys(out))
