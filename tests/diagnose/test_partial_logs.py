"""Logs that show less than a whole run: cut, thinned, one split only, other units. Nothing untrue may be said."""

import math
import random
from typing import Any

import pytest

from ablator.diagnose.log import Log, series_from
from ablator.diagnose.proportions import proportion_rows
from ablator.diagnose.seen import Seen
from ablator.diagnose.symptoms import symptoms
from ablator.diagnose.trace import Trace

STEPS = 400


def run(*, end: float = 2.0, seed: int = 0) -> list[dict[str, Any]]:
    """A healthy run of 400 steps on 90 characters: warm-up over a tenth, cosine to zero, ten evaluations."""
    draw = random.Random(seed)
    out: list[dict[str, Any]] = []
    for step in range(10, STEPS + 1, 10):
        x = step / STEPS
        rate = 3e-3 * min(1.0, x / 0.1) * 0.5 * (1 + math.cos(math.pi * max(0.0, x - 0.1) / 0.9))
        clean = end + (math.log(90) - end) * math.exp(-7 * x)
        loss = clean + draw.gauss(0, 0.02)
        out.append({"step": step, "epoch": 0.8 * x, "loss": loss, "learning_rate": rate, "grad_norm": 1.0})
        if step % 40 == 0:
            accuracy = round(0.5 * (1 - math.exp(-5 * x)) + draw.gauss(0, 1e-3), 4)
            out.append({"step": step, "epoch": 0.8 * x, "eval_loss": clean, "eval_accuracy": accuracy})
    return out


def seen(rows: list[dict[str, Any]], *, planned: float | None = STEPS, finished: bool | None = True) -> dict[str, Seen]:
    series, _ = series_from(rows)
    return symptoms(Log(series=series, rows=len(rows), planned_steps=planned, finished=finished))


def test_a_log_that_begins_late_does_not_tell_how_far_the_loss_fell() -> None:
    answers = seen([r for r in run() if r["step"] > 100])
    assert answers["still-improving-at-end"].present is not True
    assert answers["late-drop-as-rate-decays"].present is not True
    assert answers["warmup-eats-the-run"].present is None
    assert answers["learning-rate-far-below-usual"].present is None


def test_a_log_that_begins_when_the_rate_is_spent_does_not_say_that_it_was_always_zero() -> None:
    rows = [{**r, "learning_rate": 0.0} if "loss" in r else r for r in run() if r["step"] > 200]
    answers = seen(rows)
    assert answers["learning-rate-below-usual"].present is not True


def test_a_low_first_loss_in_the_middle_of_a_run_is_no_sign_of_a_fine_tune() -> None:
    rows = [r for r in run() if r["step"] % 50 == 0 or "eval_loss" in r]
    assert "a fine-tune" not in seen(rows)["learning-rate-above-usual"].says


def test_accuracy_in_percent_reads_as_its_share() -> None:
    percent = [{**r, "eval_accuracy": 100 * r["eval_accuracy"]} if "eval_accuracy" in r else r for r in run()]
    share = {k: a.weight for k, a in seen(run()).items()}
    assert {k: a.weight for k, a in seen(percent).items()} == pytest.approx(share)


def test_evaluations_alone_are_measured_by_the_first_of_them() -> None:
    answers = seen([r for r in run() if "eval_loss" in r])
    assert answers["eval-noisy"].present is False
    assert "the first evaluation" in answers["eval-noisy"].says


def test_guessing_is_named_only_where_the_classes_are_known() -> None:
    answers = seen(run(end=4.0))
    assert answers["barely-learned"].present
    assert "guess" not in answers["barely-learned"].says + answers["train-loss-noisy"].says


def test_a_rate_that_ran_down_to_nothing_tells_that_the_run_is_over() -> None:
    whole, half = run(end=1.0), [r for r in run(end=1.0) if r["step"] <= STEPS / 2]
    assert seen(whole, planned=None, finished=None)["early-plateau"].present is not None
    assert seen(half, planned=None, finished=None)["early-plateau"].present is None
    assert seen(whole, finished=None)["early-plateau"].present is None


def test_a_schedule_that_never_reaches_the_rate_that_is_set_is_no_low_setting() -> None:
    rows = [{**r, "learning_rate": 3e-3 * r["step"] / 4000} if "loss" in r else r for r in run()]
    series, _ = series_from(rows)
    log = Log(series=series, planned_steps=STEPS, finished=True)
    settings, model = {"learning_rate": 3e-3, "optim": "adamw", "warmup_steps": 10}, {"vocab_size": 90}
    answers = symptoms(log, settings, model)
    assert answers["learning-rate-below-usual"].present is False
    assert answers["warmup-eats-the-run"].present
    found = proportion_rows(Trace(log, settings, model, {}), ["warmup", "lr-schedule"])
    assert [sorted(r.value) for r in found if isinstance(r.value, dict)] == [["lr-schedule", "warmup"]]


def test_a_huge_first_loss_makes_no_result_too_good() -> None:
    rows = [{**r, "loss": r["loss"] + 150 * math.exp(-r["step"] / 8)} if "loss" in r else r for r in run()]
    answers = seen(rows)
    assert not answers["too-good-to-be-true"].present
    assert not answers["train-loss-near-zero"].present
