"""What a run printed: the last line that is JSON, and what a check answers."""

import math
from pathlib import Path

import pytest

from ablator.runners.readings import answer_of, last_object, metrics_of


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('{"loss": 2}\nstep 3\n{"loss": 1.5, "note": "x"}\nbye\n', {"loss": 1.5, "note": "x"}),
        ('INFO done: {"loss": 1}', {"loss": 1}),
        ('{\n "loss": 1\n}\n', {"loss": 1}),
        ("nothing {here}\n", {}),
        ("[1, 2]\n", {}),
        ("", {}),
        ('{"loss": NaN}', None),
    ],
)
def test_the_last_object_counts(tmp_path: Path, text: str, wanted: dict[str, object] | None) -> None:
    path = tmp_path / "out"
    path.write_text(text)
    found = last_object(path)
    assert found == wanted if wanted is not None else math.isnan(found["loss"])


def test_an_output_that_is_not_text_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"\xff\x00{" * 1000 + b"\n" + b'{"a":' * 20_000)
    assert last_object(path) == {}
    assert last_object(tmp_path / "none") == {}


def test_numbers_are_metrics_and_nothing_else_is() -> None:
    found = metrics_of({"a": 1, "b": True, "c": "2", "d": [1], "e": 10**400, "loss": 0.5}, "loss")
    assert list(found.items()) == [("loss", 0.5), ("a", 1.0)]


@pytest.mark.parametrize(
    ("text", "code", "verdict"),
    [
        ("all well\n", 0, "fine"),
        ("", 0, "fine"),
        ("wrong\n", 1, None),
        ('{"verdict": "fixed", "reason": "swapped labels"}\n', 1, "fixed"),
        ('{"verdict": null}\n', 0, None),
        ('{"verdict": "splendid"}\n', 0, None),
    ],
)
def test_a_check_answers_by_its_exit_or_its_words(tmp_path: Path, text: str, code: int, verdict: str | None) -> None:
    path = tmp_path / "out"
    path.write_text(text)
    assert answer_of(path, code, text.strip()).verdict == verdict


def test_names_and_reasons_that_no_study_could_hold_are_passed_over(tmp_path: Path) -> None:
    assert metrics_of({"loss": 0.5, "\ud800": 1.0, "a\x00b": 2.0}, "loss") == {"loss": 0.5}
    path = tmp_path / "out"
    path.write_text('{"verdict": "fine", "reason": "a\\ud800b\\u0000c"}')
    assert answer_of(path, 0, "").reason == "a b c"
