"""The words of a step's worth: quantities that people read, without exponents."""

import pytest

from ablator.plan.reasons import full_runs, plain, worth


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "0"),
        (7.3e-6, "under 0.0001"),
        (0.0234, "0.023"),
        (1.83, "1.8"),
        (99.6, "100"),
        (312.0, "312"),
        (1220, "1,220"),
    ],
)
def test_a_quantity_has_no_exponent(value: float, said: str) -> None:
    assert plain(value, 2) == said


@pytest.mark.parametrize("digits", [2, 3, 4])
def test_no_size_brings_an_exponent_back(digits: int) -> None:
    assert not any("e" in plain(m * 10.0**x, digits).removeprefix("under") for x in range(-4, 12) for m in (1, 9.9999))


def test_one_run_is_one_run() -> None:
    assert full_runs(1.0) == "1 full run"
    assert worth(0.02, 0.023, "ready") == "the culprit with probability 2.0%, for the cost of 0.023 full runs"
