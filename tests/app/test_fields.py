"""What a field shows is read back as the same number, whatever the locale."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QLocale

from ablator.app.fields import shown_value, typed_number

LOCALES = ("C", "en_US", "de_DE", "fr_FR", "hi_IN")


@pytest.fixture(params=LOCALES)
def locale(request: pytest.FixtureRequest) -> Iterator[str]:
    before = QLocale()
    QLocale.setDefault(QLocale(request.param))
    yield request.param
    QLocale.setDefault(before)


@pytest.mark.usefixtures("locale")
@given(st.floats(-1e9, 1e9).map(lambda x: float(f"{x:.6g}")))
def test_a_shown_number_is_read_back(value: float) -> None:
    assert typed_number(shown_value(value)) == value


@pytest.mark.usefixtures("locale")
@pytest.mark.parametrize("text", ["", "many", "nan", "inf", "1e999"])
def test_what_is_no_finite_number_is_none(text: str) -> None:
    assert typed_number(text) is None


@pytest.mark.usefixtures("locale")
def test_a_plain_decimal_is_understood_everywhere() -> None:
    assert typed_number("0.25") == 0.25
    assert typed_number("3e-4") == 3e-4
