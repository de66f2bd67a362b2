"""Detectors on curves written for them: present, absent and cannot judge; whatever the scale and the noise."""

import math
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ablator.diagnose.log import Log, series_from
from ablator.diagnose.seen import DETECTORS, Seen, above, below, counted
from ablator.diagnose.symptoms import symptoms
from ablator.library import library

V = 1000
LN_V = math.log(V)


def rows(
    n: int = 60, *, end: float = 2.0, rate: float = 1e-3, noise: float = 0.01, decay: bool = True, seed: int = 0
) -> list[dict[str, Any]]:
    """A healthy run: warm-up, cosine, loss from ln V to `end`, an evaluation every six logs."""
    draw = random.Random(seed)
    out: list[dict[str, Any]] = []
    for i in range(n):
        x = (i + 1) / n
        warm = min(1.0, x / 0.1)
        shape = 0.5 * (1 + math.cos(math.pi * x)) if decay else 1.0
        loss = end + (LN_V - end) * math.exp(-6 * x) + draw.gauss(0, noise)
        row = {"step": (i + 1) * 10, "epoch": x * 1.5, "loss": loss, "learning_rate": rate * warm * shape}
        out.append({**row, "grad_norm": 1.0 + 0.5 * math.exp(-5 * x) + abs(draw.gauss(0, 0.02))})
        if i % 6 == 5:
            clean = end + (LN_V - end) * math.exp(-6 * x)
            accuracy = 0.6 * (1 - math.exp(-4 * x)) + draw.gauss(0, 1e-4)
            out.append({"step": (i + 1) * 10, "epoch": x * 1.5, "eval_loss": clean, "eval_accuracy": accuracy})
    return out


def log_of(history: list[dict[str, Any]], planned: float = 600, finished: bool | None = True) -> Log:
    series, restarts = series_from(history)
    done = max((s.steps[-1] for s in series.values()), default=0.0)
    return Log(
        series=series, rows=len(history), planned_steps=planned, done_steps=done, finished=finished, restarts=restarts
    )


MODEL = {
    "vocab_size": V,
    "hidden_size": 256,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "max_position_embeddings": 128,
}
SETTINGS = {
    "learning_rate": 1e-3, "per_device_train_batch_size": 16, "max_steps": 600, "warmup_steps": 60,
    "weight_decay": 0.01, "optim": "adamw_torch", "max_grad_norm": 1000.0, "shuffle": True,
}  # fmt: skip


def judged(history: list[dict[str, Any]], *, finished: bool | None = True, **settings: Any) -> dict[str, Seen]:
    return symptoms(log_of(history, finished=finished), {**SETTINGS, **settings}, MODEL)


def present(answers: dict[str, Seen]) -> set[str]:
    return {k for k, a in answers.items() if a.present}


def test_every_symptom_of_one_run_has_a_detector() -> None:
    wanted = {s.id for s in library().symptoms.values() if s.scope == "run"}
    assert wanted == set(DETECTORS)


def test_a_healthy_run_shows_nothing_that_alarms() -> None:
    assert present(judged(rows())) <= {"eval-below-train", "few-tokens-per-parameter", "saw-little-of-the-data"}


def change(history: list[dict[str, Any]], key: str, edit: Any) -> list[dict[str, Any]]:
    count = sum(key in r for r in history)
    number = 0
    out = []
    for r in history:
        if key in r:
            number += 1
            r = {**r, key: edit(number / count, r[key])}
        out.append(r)
    return out


@pytest.mark.parametrize(
    ("symptom", "key", "edit"),
    [
        ("nan-or-inf", "loss", lambda x, v: math.nan if x > 0.7 else v),
        ("nan-or-inf", "grad_norm", lambda x, v: math.inf if x > 0.99 else v),
        ("nan-or-inf", "loss", lambda x, v: 0.0 if x > 0.7 else v),
        ("loss-spike", "loss", lambda x, v: v + 3 if 0.5 < x <= 0.52 else v),
        ("loss-ends-above-best", "loss", lambda x, v: v + 6 * max(0.0, x - 0.7)),
        ("initial-loss-high", "loss", lambda x, v: v + 8 * math.exp(-20 * x)),
        ("grad-norm-spike", "grad_norm", lambda x, v: 30.0 if 0.6 < x <= 0.62 else v),
        ("grad-norm-huge-at-start", "grad_norm", lambda x, v: 40.0 if x < 0.03 else v),
        ("grad-norm-rises", "grad_norm", lambda x, v: v * (1 + 4 * x)),
        ("grad-norm-collapses", "grad_norm", lambda x, v: v * math.exp(-8 * x)),
        ("grad-norm-climbs-early", "grad_norm", lambda x, v: 0.1 if x < 0.05 else v),
        ("updates-mostly-clipped", "grad_norm", lambda x, v: v + 2000),
        ("barely-learned", "eval_loss", lambda x, v: 0.95 * LN_V),
        ("stuck-at-base-rate", "eval_accuracy", lambda x, v: 0.11),
        ("late-drop-as-rate-decays", "loss", lambda x, v: LN_V - 0.5 - (4 * (x - 0.55) if x > 0.55 else 0)),
        ("learning-rate-dead-tail", "learning_rate", lambda x, v: 0.0 if x > 0.5 else v),
        ("eval-rises", "eval_loss", lambda x, v: v + 3 * max(0.0, x - 0.4)),
        ("gap-grows", "eval_loss", lambda x, v: v + 3 * max(0.0, x - 0.4)),
        ("eval-rises-in-first-pass", "eval_loss", lambda x, v: v + 8 * max(0.0, x - 0.3)),
        ("eval-worse-than-guessing", "eval_loss", lambda x, v: 1.2 * LN_V),
        ("accuracy-falls-while-train-improves", "eval_accuracy", lambda x, v: 0.5 - 0.4 * x),
        ("eval-far-below-train", "eval_loss", lambda x, v: v - 1.2),
        ("eval-noisy", "eval_loss", lambda x, v: v + math.sin(97 * x)),
        ("too-good-to-be-true", "eval_accuracy", lambda x, v: 0.995),
        ("train-loss-near-zero", "loss", lambda x, v: (LN_V - 0.02) * math.exp(-9 * x) + 0.02),
        ("train-loss-wanders", "loss", lambda x, v: v + 0.3 * math.sin(30 * x)),
        ("metric-moves-in-coarse-steps", "eval_accuracy", lambda x, v: round(v * 64) / 64),
    ],
)
def test_a_planted_fault_is_seen(symptom: str, key: str, edit: Any) -> None:
    history = change(rows(), key, edit)
    if symptom == "barely-learned":
        history = change(history, "loss", lambda x, v: 0.95 * LN_V)
    answer = judged(history)[symptom]
    assert answer.present, answer.says
    assert judged(rows())[symptom].present is not True


def test_a_run_that_still_falls_says_so_and_marks_the_points() -> None:
    history = change(rows(decay=False), "loss", lambda x, v: LN_V - 3 * x)
    answer = judged(history)["still-improving-at-end"]
    assert answer.present
    assert [p.series for p in answer.points] == ["loss", "loss"]


def test_a_decayed_rate_flattens_any_curve_so_nothing_is_absent() -> None:
    assert judged(rows())["still-improving-at-end"].present is None
    assert judged(rows(decay=False))["still-improving-at-end"].present is False


def test_a_snapshot_is_no_stopped_run() -> None:
    half = rows()[:35]
    assert judged(half, finished=None)["stopped-before-plan"].present is None
    assert judged(half, finished=False)["stopped-before-plan"].present is True
    assert judged(half, finished=None)["early-plateau"].present is None


def test_fine_tunes_do_not_start_at_the_uniform_guess() -> None:
    history = change(rows(end=1.0), "loss", lambda x, v: 1.8 - 0.4 * x)
    answers = symptoms(log_of(history), {**SETTINGS, "learning_rate": 2e-5, "base_model": "some/model"}, MODEL)
    for name in ("barely-learned", "slow-start", "initial-loss-low", "warmup-absent", "few-tokens-per-parameter"):
        assert answers[name].present is None, name


def test_hidden_nan_is_not_absent() -> None:
    history = [{k: v for k, v in r.items() if k != "grad_norm"} for r in rows()]
    log = log_of(history)
    hidden = Log(series=log.series, planned_steps=600, finished=True, hides_nan=True)
    assert symptoms(log)["nan-or-inf"].present is False
    assert symptoms(hidden)["nan-or-inf"].present is None


def test_without_a_model_its_symptoms_cannot_be_judged() -> None:
    answers = symptoms(log_of(rows()), SETTINGS)
    for name in (
        "strong-dropout",
        "mode-dependent-layers",
        "residual-absent",
        "width-very-small",
        "init-scale-unusual",
    ):
        assert answers[name].present is None, name


def test_without_settings_nothing_is_said_of_them() -> None:
    answers = symptoms(log_of(rows()))
    for name in ("gradient-clipping-off", "decay-timescale-short", "shuffling-off", "eval-set-tiny"):
        assert answers[name].present is None, name


@pytest.mark.parametrize(
    ("symptom", "settings"),
    [
        ("gradient-clipping-off", {"max_grad_norm": 0.0}),
        ("warmup-eats-the-run", {"warmup_steps": 400}),
        ("decay-timescale-short", {"weight_decay": 30.0}),
        ("plain-sgd-on-transformer", {"optim": "sgd"}),
        ("shuffling-off", {"shuffle": False}),
        ("eval-set-tiny", {"eval_samples": 20}),
        ("few-optimizer-steps", {"adam_beta2": 0.999}),
        ("tokens-per-step-small", {"per_device_train_batch_size": 1}),
        ("little-unique-data", {"train_samples": 10}),
        ("few-trainable-parameters", {"trainable_params": 1000}),
    ],
)
def test_settings_speak(symptom: str, settings: dict[str, Any]) -> None:
    assert judged(rows(), **settings)[symptom].present is True
    assert judged(rows())[symptom].present is not True


@pytest.mark.parametrize("rate", [3e-7, 1e-6])
def test_a_tiny_rate_is_far_below_usual(rate: float) -> None:
    answers = judged(change(rows(), "learning_rate", lambda x, v: v * rate / 1e-3), learning_rate=rate)
    assert answers["learning-rate-far-below-usual"].present
    assert not answers["learning-rate-above-usual"].present


@pytest.mark.parametrize(
    ("symptom", "model", "ideas"),
    [
        ("strong-dropout", {"hidden_dropout_prob": 0.7}, {}),
        ("residual-absent", {"residual": False}, {}),
        ("residual-absent", {}, {"residual_connection": False}),
        ("normalisation-absent", {"norm_type": "none"}, {}),
        ("feed-forward-absent", {"use_mlp": False}, {}),
        ("attention-scale-absent", {"scale_attn_weights": False}, {}),
        ("position-signal-absent", {"position_embedding_type": "none"}, {}),
        ("causal-mask-absent", {"is_causal": False, "architectures": ["XForCausalLM"]}, {}),
        ("mixer-not-attention", {"token_mixer": "mean"}, {}),
        ("mixer-not-attention", {}, {"token_mixing": True, "pooling_mixing": True}),
        ("norm-after-residual", {}, {"post_norm": True}),
        ("init-scale-unusual", {"initializer_range": 0.8}, {}),
        ("width-very-small", {"hidden_size": 8}, {}),
    ],
)
def test_models_speak(symptom: str, model: dict[str, Any], ideas: dict[str, bool]) -> None:
    assert symptoms(log_of(rows()), SETTINGS, {**MODEL, **model}, ideas)[symptom].present is True


def test_restarts_are_seen() -> None:
    history = rows()
    assert judged(history[:40] + history[20:])["log-discontinuity"].present is True
    assert judged(history)["log-discontinuity"].present is False


@pytest.mark.parametrize("scale", [0.01, 7.0, 1000.0])
def test_the_unit_of_length_does_not_matter(scale: float) -> None:
    history = change(rows(), "eval_loss", lambda x, v: v + 3 * max(0.0, x - 0.4))
    stretched = [{**r, "step": r["step"] * scale} for r in history]
    log, other = log_of(history), log_of(stretched, planned=600 * scale)
    same, also = symptoms(log, {}, MODEL), symptoms(other, {}, MODEL)
    differ = {k for k in same if same[k].present != also[k].present}
    assert differ <= {"few-tokens-per-parameter", "model-tiny-for-its-data"}


@pytest.mark.parametrize("seed", range(12))
def test_noise_changes_no_answer_about_shapes(seed: int) -> None:
    quiet = present(judged(rows(noise=0.005)))
    loud = present(judged(rows(noise=0.03, seed=seed)))
    assert loud - quiet <= {"train-loss-wanders", "eval-below-train"}


cells = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=6), st.sampled_from(["NaN", "1e999", "-inf"])
)
names = st.sampled_from(["step", "epoch", "loss", "eval_loss", "eval_accuracy", "learning_rate", "grad_norm", "x"])
tables = st.lists(st.dictionaries(names, cells, max_size=6), max_size=25)
settings = st.dictionaries(
    st.sampled_from([*SETTINGS, "adam_beta2", "eval_samples", "train_samples"]), cells, max_size=8
)
models = st.dictionaries(
    st.sampled_from([*MODEL, "architectures", "norm_type", "initializer_range", "dropout", "id2label"]),
    cells,
    max_size=8,
)


@given(tables, settings, models, st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)))
def test_no_rows_settings_or_model_ever_raise(
    history: list[dict[str, Any]], told: dict[str, Any], model: dict[str, Any], planned: float | None
) -> None:
    series, restarts = series_from(history)
    log = Log(series=series, planned_steps=planned, finished=True, restarts=restarts)
    answers = symptoms(log, told, model)
    assert set(answers) == set(DETECTORS)
    assert all(a.weight is None or 0 <= a.weight <= 1 for a in answers.values())
    assert sum(counted(answers)) == len(answers)


def test_near_a_limit_doubt_is_kept() -> None:
    assert above(2.0, 1.0, "").weight == 1.0
    assert above(1.0, 1.0, "").weight == 0.5
    assert above(0.5, 1.0, "").weight == 0.0
    assert below(0.5, 1.0, "").present is True
    assert above(math.nan, 1.0, "").present is None


def test_rates_that_are_never_above_zero_say_nothing_of_a_warmup() -> None:
    below_zero = [{"step": i, "loss": -float(i), "learning_rate": -1.0} for i in range(1, 50)]
    assert not symptoms(log_of(below_zero), {}, MODEL)["warmup-eats-the-run"].present
