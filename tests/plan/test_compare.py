"""Comparisons against scipy as the reference, and figures that everybody can look up."""

import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ablator.plan.compare import compare, equivalence_p, go_together, holm, mean, more_to_gain, tuning_doubt, variance
from ablator.plan.power import detectable, power_of, seeds_needed

values = st.floats(-100, 100).map(lambda x: round(x, 3))
samples = st.lists(values, min_size=2, max_size=8)


def numbered(row: list[float]) -> dict[int, float]:
    return dict(enumerate(row, 1))


@given(samples, samples)
def test_unpaired_arms_are_compared_as_welch_does(a: list[float], b: list[float]) -> None:
    if len(a) == len(b) or min(variance(a), variance(b)) < 1e-3:
        return
    found = compare(numbered(a), numbered(b))
    assert found is not None
    reference = stats.ttest_ind(a, b, equal_var=False)
    interval = reference.confidence_interval()
    assert found.p == pytest.approx(reference.pvalue, abs=1e-9)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), rel=1e-6, abs=1e-6)
    assert not found.paired


@given(st.lists(st.tuples(values, values), min_size=4, max_size=8))
def test_seeds_that_move_both_arms_alike_are_used_as_pairs(pairs: list[tuple[float, float]]) -> None:
    a, b = [x for x, _ in pairs], [x + 0.1 * y for x, y in pairs]
    if variance(a) < 1e-3 or variance([y for _, y in pairs]) < 1e-3:
        return
    found = compare(numbered(a), numbered(b))
    assert found is not None
    test = stats.pearsonr(a, b, alternative="greater")
    if test.pvalue < 0.049:
        assert found.paired
        assert found.p == pytest.approx(stats.ttest_rel(a, b).pvalue, abs=1e-6)
    elif test.pvalue > 0.051:
        assert not found.paired


def test_seeds_that_have_nothing_in_common_are_no_pairs() -> None:
    found = compare(numbered([1.0, 2.0, 1.5, 2.5]), numbered([2.5, 1.5, 2.0, 1.0]))
    assert found is not None
    assert not found.paired
    assert not go_together({1: 1.0, 2: 2.0, 3: 3.0}, {1: 1.1, 2: 2.1, 3: 3.1}), "three seeds cannot tell"
    assert not go_together({1: 1.0, 2: 2.0, 3: 3.0, 4: 4.0}, {1: 1.1, 2: 2.1, 3: 3.1, 5: 4.1}), "other seeds"


def test_doubt_about_tuning_widens_the_interval() -> None:
    a, b = numbered([1.0, 1.2, 0.9, 1.1]), numbered([0.5, 0.2, 0.4, 0.5])
    plain, wide = compare(a, b), compare(a, b, doubt=1.0)
    assert plain is not None
    assert wide is not None
    assert wide.high - wide.low > 3 * (plain.high - plain.low)
    assert wide.estimate == plain.estimate
    assert plain.p < 0.05 < wide.p


def test_doubt_about_tuning_is_what_more_trials_would_gain_beyond_noise() -> None:
    assert tuning_doubt([1.0]) == 0.0
    assert tuning_doubt([3.0] * 8) == 0.0
    spread = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
    assert 0 < tuning_doubt(spread) < 1
    assert tuning_doubt(spread, noise=10.0) == 0.0


@given(samples, st.floats(0.1, 5))
def test_equivalence_is_two_one_sided_tests(a: list[float], margin: float) -> None:
    b = [x * 0.5 + 1 for x in a] + [0.0]
    found = compare(numbered(a), numbered(b))
    assert found is not None
    if min(variance(a), variance(b)) < 1e-3:
        return
    reference = max(
        stats.ttest_ind([x + margin for x in a], b, equal_var=False, alternative="greater").pvalue,
        stats.ttest_ind([x - margin for x in a], b, equal_var=False, alternative="less").pvalue,
    )
    assert equivalence_p(found, margin) == pytest.approx(reference, abs=1e-9)


def test_one_seed_compares_nothing() -> None:
    assert compare({1: 3.0}, {1: 2.0}) is None


def test_holm_against_worked_figures() -> None:
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005}) == pytest.approx(
        {"d": 0.02, "a": 0.03, "c": 0.06, "b": 0.06}
    )


def test_nine_repeats_with_a_spread_of_1_28_per_cent_need_27_8_5_seeds() -> None:
    assert [seeds_needed(effect, 1.28) for effect in (1.0, 2.0, 3.0)] == [27, 8, 5]
    assert [round(power_of(effect, 1.28, 3), 2) for effect in (1.0, 2.0, 3.0)] == [0.12, 0.31, 0.58]


@given(st.floats(0.1, 4), st.integers(2, 30))
def test_power_grows_with_the_seeds_and_inverts(noise: float, seeds: int) -> None:
    least = detectable(noise, seeds)
    assert least is not None
    assert power_of(least, noise, seeds) == pytest.approx(0.8, abs=1e-3)
    assert power_of(least, noise, seeds + 1) >= 0.8 - 1e-3
    assert seeds_needed(least * 1.001, noise) <= seeds


def test_power_against_simulation() -> None:
    rng = random.Random(5)
    hits = 0
    for _ in range(600):
        a = numbered([rng.gauss(1.5, 1) for _ in range(8)])
        b = {k + 100: rng.gauss(0, 1) for k in range(8)}
        found = compare(a, b)
        assert found is not None
        hits += found.p < 0.05
    assert hits / 600 == pytest.approx(power_of(1.5, 1, 8), abs=0.05)


def test_more_tuning_gains_less_the_longer_it_went_on() -> None:
    rng = random.Random(2)
    few = [rng.random() for _ in range(6)]
    many = few + [rng.random() for _ in range(60)]
    assert more_to_gain(few, 6) > more_to_gain(many, 6) >= 0
    assert more_to_gain([1.0], 4) == float("inf")
    assert more_to_gain([2.0, 2.0, 2.0], 8) == pytest.approx(0)


@given(samples)
def test_mean_and_variance(row: list[float]) -> None:
    assert mean(row) == pytest.approx(statistics.fmean(row), abs=1e-9)
    assert variance(row) == pytest.approx(statistics.variance(row), abs=1e-6)
