"""Settings outside the range that nearly all runs keep to."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ablator.core.elements import Info
from ablator.core.study import study_from
from ablator.diagnose.diagnosis import diagnosis
from ablator.diagnose.likelihood import likelihoods
from ablator.diagnose.usual import RANGES, usual_rows
from ablator.library import library
from ablator.library.elements import factor_element

FACTORS = sorted(library().factors)


def ratio(factor: str, **settings: Any) -> float:
    rows = diagnosis(FACTORS, settings=settings)
    table = likelihoods(study_from(Info(), [factor_element(k) for k in FACTORS], (), rows))
    return math.prod(t[0] for t in table.get(factor, []))


def test_ranges_name_factors_and_directions_of_the_library() -> None:
    for row in RANGES:
        modes = {m.id for m in library().factors[row.factor].modes}
        assert not modes or {row.below, row.above} - {""} <= modes, row.names
        assert row.low < row.high


@pytest.mark.parametrize(
    ("factor", "odd", "usual"),
    [
        ("optimizer-choice", {"adam_beta2": 0.3}, {"adam_beta2": 0.999}),
        ("optimizer-choice", {"adam_beta1": 0.9999}, {"adam_beta1": 0.9}),
        ("optimizer-choice", {"adam_epsilon": 0.1}, {"adam_epsilon": 1e-8}),
        ("gradient-clipping", {"max_grad_norm": 1e-4}, {"max_grad_norm": 1.0}),
        ("label-noise", {"label_noise": 0.4}, {"label_noise": 0.01}),
        ("label-smoothing", {"label_smoothing_factor": 0.6}, {"label_smoothing_factor": 0.1}),
        ("weight-decay", {"weight_decay": 3.0}, {"weight_decay": 0.1}),
    ],
)
def test_what_lies_outside_speaks(factor: str, odd: dict[str, float], usual: dict[str, float]) -> None:
    assert ratio(factor, **odd) > 3
    assert ratio(factor, **usual) < 1.0
    words = usual_rows(odd, FACTORS)[0]
    assert words.strength == 1.0
    assert "usual is" in words.note


def test_further_outside_says_more() -> None:
    assert ratio("weight-decay", weight_decay=20.0) > ratio("weight-decay", weight_decay=1.0)


def test_zero_is_off_and_judged_elsewhere() -> None:
    assert usual_rows({"max_grad_norm": 0.0, "weight_decay": 0}, FACTORS) == []


def test_a_share_of_the_run_is_no_number_of_steps() -> None:
    element = factor_element("warmup", value=0.1, status="read")
    assert likelihoods(study_from(Info(), [element])) == {}


@given(st.dictionaries(st.sampled_from([n for r in RANGES for n in r.names]), st.floats() | st.text() | st.none()))
def test_no_settings_raise(settings: dict[str, Any]) -> None:
    for row in usual_rows(settings, FACTORS):
        assert row.strength in (0.0, 1.0)
