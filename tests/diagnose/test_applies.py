"""Conditions of the library are walked, never evaluated."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ablator.diagnose.applies import Unfit, holds
from ablator.library import library


@pytest.mark.parametrize(
    ("text", "names", "wanted"),
    [
        ("key('world_size', 1) > 1 or key('n_gpu', 1) > 1", {"n_gpu": 4}, True),
        ("key('world_size', 1) > 1 or key('n_gpu', 1) > 1", {}, False),
        ("str(key('dtype', '')) in ('bfloat16', 'float16')", {"dtype": "float16"}, True),
        ("key('resume_from_checkpoint') is not None", {"resume_from_checkpoint": "x"}, True),
        ("0.1 < best < 0.75", {"best": 0.5}, True),
        ("0.1 < best < 0.75", {"best": 0.9}, False),
        ("abs(gap) <= 2 * noise", {"gap": -1.0, "noise": 0.4}, False),
        ("a == 0 or b", {"a": 0}, True),
        ("a and b", {"a": False}, False),
        ("a and b", {"a": True}, None),
        ("a > 1", {"a": "text"}, None),
        ("a / b > 1", {"a": 1, "b": 0}, None),
    ],
)
def test_conditions(text: str, names: dict[str, Any], wanted: bool | None) -> None:
    assert holds(text, names) is wanted


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "().__class__",
        "[x for x in (1, 2)]",
        "lambda: 1",
        "a[0]",
        "key(name)",
        "str(a, b)",
        "9 ** 9 ** 9",
        "f'{a}'",
        "(",
        "a" * 5000,
    ],
)
def test_other_syntax_is_refused(text: str) -> None:
    with pytest.raises(Unfit):
        holds(text, {"a": [1], "name": "x", "b": 1})


def test_every_condition_of_the_library_can_be_walked() -> None:
    for factor in library().factors.values():
        for text in (factor.predicate, factor.applies_when):
            if text:
                assert holds(text, {}) in (True, False, None)


@given(st.dictionaries(st.sampled_from(["world_size", "bf16", "dtype", "n_gpu"]), st.text() | st.floats() | st.none()))
def test_no_settings_raise(names: dict[str, Any]) -> None:
    for factor in library().factors.values():
        if factor.applies_when:
            holds(factor.applies_when, names)
