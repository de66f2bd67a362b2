"""Settings in several dialects: the same parameters, the same factors."""

from pathlib import Path
from typing import Any

import pytest

from ablator.core.errors import BadInput
from ablator.importers.found import Reading
from ablator.importers.python_source import load_assignments
from ablator.importers.sources import read_file
from ablator.importers.yaml_source import load_yaml


def told(folder: Path, name: str, text: str) -> Reading:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_file(path, name)


def value(reading: Reading, factor: str) -> Any:
    return next((f.value for f in reading.found if f.fact == factor), None)


def test_a_number_without_a_point_is_a_number(tmp_path: Path) -> None:
    r = told(tmp_path, "a.yaml", "optimizer:\n  lr: 3e-4\n  weight_decay: 1e-2\nbatch_size: 32\n")
    assert value(r, "learning-rate") == 3e-4
    assert [f.key for f in r.found if f.fact == "learning-rate"] == ["optimizer.lr"]


def test_what_the_file_does_not_resolve_is_unknown(tmp_path: Path) -> None:
    r = told(tmp_path, "a.yaml", "lr: ${base.lr}\nbatch_size: 8\nseed: 1\n")
    assert value(r, "learning-rate") is None
    assert any("${base.lr}" in u for u in r.unknown)


def test_python_is_read_and_never_run(tmp_path: Path) -> None:
    text = "import os\nos.abort()\nlearning_rate = 6e-4\nbatch_size = 12\nmax_iters = 5 * 8\nbeta2 = f()\n"
    r = told(tmp_path, "train.py", text)
    assert value(r, "learning-rate") == 6e-4
    assert value(r, "training-length") == 40


def test_python_sums_are_bounded() -> None:
    assert load_assignments(b"a = 2 ** 10\nb = 9 ** 9999\nc = 'x' * 10\nd = -1\n", "a.py") == {"a": 1024, "d": -1}
    with pytest.raises(BadInput, match="no Python"):
        load_assignments(b"a = = 1\n", "a.py")


@pytest.mark.parametrize(
    ("text", "words", "place"),
    [
        ("a: 1\na: 2\n", "twice", "x.yaml:2"),
        ("a: [1\nb: 2\n", "no YAML", "x.yaml:2"),
        ("a: 1\n---\nb: 2\n", "more than one document", "x.yaml:2"),
        ("a: " + "[" * 60 + "]" * 60, "deep", "x.yaml:1"),
        (
            "\n".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9) if i else 1}]" for i in range(12)),
            "aliases",
            "x.yaml",
        ),
    ],
)
def test_bad_yaml_gives_the_line(text: str, words: str, place: str) -> None:
    with pytest.raises(BadInput, match=words) as wrong:
        load_yaml(text.encode(), "x.yaml")
    assert wrong.value.place.startswith(place)


def test_a_tag_builds_nothing() -> None:
    assert load_yaml(b"a: !!python/object/apply:os.system ['true']\n", "x.yaml") == {"a": ["true"]}
    assert load_yaml(b"a: !!timestamp 2020-01-01\nb: 2020-01-01\n", "x.yaml") == {"a": "2020-01-01", "b": "2020-01-01"}
