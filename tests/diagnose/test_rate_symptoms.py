"""What a learning rate says: nothing is learned at 0, and a low first loss alone makes no fine-tune."""

import pytest

from ablator.diagnose.log import Log, series_from
from ablator.diagnose.symptoms import symptoms


def low_start(rate: float) -> Log:
    rows = [{"step": 20 * i, "loss": 3.5 - 0.1 * i, "learning_rate": rate} for i in range(20)]
    series, _ = series_from(rows)
    return Log(series=series, rows=len(rows))


def test_a_rate_of_zero_is_seen_at_any_start() -> None:
    for settings in ({"learning_rate": 0.0}, {"lr": 0, "model_name_or_path": "gpt2"}):
        found = symptoms(Log(), settings)
        assert found["learning-rate-below-usual"].weight == 1.0
        assert found["learning-rate-far-below-usual"].says == "the peak rate is 0: nothing is learned"
        assert found["learning-rate-above-usual"].present is False


def test_a_rate_of_zero_in_the_files_yields_to_the_logged_one() -> None:
    found = symptoms(low_start(1e-4), {"learning_rate": 0.0})
    assert found["learning-rate-below-usual"].present is not True


@pytest.mark.parametrize("rate", [1e-3, 2e-3])
def test_a_low_first_loss_alone_is_no_fine_tune(rate: float) -> None:
    found = symptoms(low_start(rate))["learning-rate-above-usual"]
    assert found.present is None
    assert found.says == "whether it is a fine-tune is unknown"


def test_a_rate_that_is_high_or_low_for_either_kind_of_run_is_seen() -> None:
    found = symptoms(low_start(0.1))
    assert found["learning-rate-above-usual"].present is True
    assert "fine-tune" not in found["learning-rate-above-usual"].says
    assert symptoms(low_start(1e-7))["learning-rate-below-usual"].present is True


def test_a_declared_fine_tune_is_called_one() -> None:
    found = symptoms(low_start(1e-2), {"base_model": "gpt2"})["learning-rate-above-usual"]
    assert found.says == "the peak rate is 0.01 in a fine-tune"
    assert found.present is True
