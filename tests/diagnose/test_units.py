"""Losses on two scales, and accuracies in percent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ablator.diagnose.log import Log, series_from
from ablator.diagnose.symptoms import symptoms
from ablator.diagnose.units import as_shares, steady_factor

XS = [i / 40 for i in range(1, 41)]
AT = [i / 8 for i in range(1, 9)]


def curve(x: float, end: float = 2.0) -> float:
    return end + 2.5 * (1 - x) ** 3


@given(st.floats(3.0, 5000.0))
def test_a_sum_in_the_place_of_a_mean_is_found(factor: float) -> None:
    found = steady_factor(XS, [factor * curve(x) for x in XS], AT, [curve(x) for x in AT])
    assert found == pytest.approx(factor, rel=0.1)


@pytest.mark.parametrize("factor", [1.0, 1.3, 1.7, 0.7])
def test_what_regularisation_explains_is_no_factor(factor: float) -> None:
    assert steady_factor(XS, [factor * curve(x) for x in XS], AT, [curve(x) for x in AT]) == 1.0


def test_learning_by_heart_is_no_factor() -> None:
    losses = [curve(x, end=0.05) for x in XS]
    assert steady_factor(XS, losses, AT, [curve(x, end=2.5) for x in AT]) == 1.0


def test_curves_on_two_scales_are_not_compared() -> None:
    rows = [{"step": 10 * i, "loss": 48 * curve(x)} for i, x in enumerate(XS, 1)]
    rows += [{"step": int(400 * x), "eval_loss": curve(x)} for x in AT]
    series, _ = series_from(sorted(rows, key=lambda r: r["step"]))
    answers = symptoms(Log(series=series, planned_steps=400, finished=True), {}, {"vocab_size": 90})
    assert answers["logged-losses-differ-by-a-factor"].present
    assert "48" in answers["logged-losses-differ-by-a-factor"].says
    quiet = ("eval-below-train", "eval-far-below-train", "gap-grows", "too-good-to-be-true", "initial-loss-high")
    assert not [k for k in quiet if answers[k].present]
    assert not answers["early-plateau"].present


def test_percent_and_shares_stay_apart() -> None:
    assert as_shares([12.5, 50.0]) == [0.125, 0.5]
    assert as_shares([0.1, 0.9]) == [0.1, 0.9]
    assert as_shares([0.1, 250.0]) == [0.1, 250.0]
    assert as_shares([]) == []
