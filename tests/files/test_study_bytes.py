"""The study file: the same study gives the same bytes, and what is written is read back as it was."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ablator.core.elements import Element, Info, Range, Relation
from ablator.core.errors import EditRefused
from ablator.core.study import Study, study_from
from ablator.files import study_text
from ablator.files.study_file import decode, encode
from tests.core.any_study import studies

GOLDEN = Path(__file__).parents[1] / "data" / "golden-1.ablation"


@given(studies())
@settings(max_examples=80)
def test_round_trip(study: Study) -> None:
    data = encode(study)
    again = decode(data, "s")
    assert again.same_as(study)
    assert encode(again) == data
    assert data.endswith(b"}\n")


@given(studies(), st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_the_order_of_rows_and_keys_does_not_matter(study: Study, random: object) -> None:
    def shuffled(value: object) -> object:
        if isinstance(value, dict):
            pairs = [(k, shuffled(v)) for k, v in value.items()]
            random.shuffle(pairs)  # type: ignore[attr-defined]
            return dict(pairs)
        if isinstance(value, list) and all(isinstance(v, dict) and "id" in v for v in value):
            rows = [shuffled(v) for v in value]
            random.shuffle(rows)  # type: ignore[attr-defined]
            return rows
        return value

    data = encode(study)
    mixed = json.dumps(shuffled(json.loads(data))).encode()
    assert encode(decode(mixed, "s")) == data


@given(studies())
@settings(max_examples=60)
def test_the_short_way_and_the_careful_way_agree(study: Study) -> None:
    data = encode(study)
    short = study_text._short_way(data)
    careful = study_text._careful_way(data, "s")
    assert careful.same_as(study)
    assert short is None or short.same_as(careful)


def test_a_plain_study_takes_the_short_way() -> None:
    study = study_from(
        Info(name='é: "quoted" : ü', baseline=0.1),
        [Element(id=k, lane="instantiation", kind="idea", name=f"{k}:") for k in ("a", "b")],
        [Relation(source="b", target="a", kind="requires")],
    )
    assert study_text._short_way(encode(study)) is not None


def test_one_attribute_a_line() -> None:
    study = study_from(Info(name="S"), [Element(id="a", lane="instantiation", kind="idea", name="A", value=[1, 2])])
    assert encode(study).decode().splitlines()[6:14] == [
        ' "elements": [',
        "  {",
        '   "id": "a",',
        '   "lane": "instantiation",',
        '   "kind": "idea",',
        '   "name": "A",',
        '   "value": [1,2]',
        "  }",
    ]


def test_whole_numbers_in_float_attributes_are_written_as_floats() -> None:
    study = study_from(
        Info(budget=24), [Element(id="a", lane="reachability", kind="factor", minutes=30, range=Range(low=1, high=2))]
    )
    data = encode(study)
    assert encode(decode(data, "s")) == data
    assert b'"budget": 24.0' in data


def test_floats_are_the_shortest_that_come_back() -> None:
    for value in (0.1, 1e-9, 1e22, 5e-324, 1.7976931348623157e308, -0.0):
        data = encode(Study(info=Info(baseline=value)))
        assert str(decode(data, "s").info.baseline) == str(value)
    study = study_from(Info(), [Element(id="a", lane="reachability", kind="factor", prior=-0.0)])
    assert decode(encode(study), "s").same_as(study), "a default is left out only where it is exactly that"


def test_unknown_keys_are_kept_at_every_depth() -> None:
    document = {
        "format": "ablation-study",
        "version": 1,
        "later": {"z": 1, "a": [1]},
        "study": {"name": "S", "mood": "bad", "artefacts": [{"name": "config.json", "mtime": 1}]},
        "elements": [
            {
                "id": "a",
                "lane": "instantiation",
                "kind": "idea",
                "colour": "red",
                "alternatives": [{"to": "b", "new": None}],
                "range": {"low": 1.5, "step": 2},
            }
        ],
        "evidence": [{"id": "e", "kind": "fact", "weight": 1}],
        "decisions": [{"id": "d", "kind": "pin", "mood": {"x": "y"}}],
    }
    study = decode(json.dumps(document).encode(), "s")
    again = json.loads(encode(study))
    assert again.pop("relations") == []
    assert again == document


def test_what_cannot_be_written_is_refused() -> None:
    for value in (float("nan"), [float("inf")], {"a": float("-inf")}, "\ud800"):
        study = study_from(Info(), [Element(id="a", lane="instantiation", kind="idea", value=value)])
        with pytest.raises(EditRefused, match="cannot be saved"):
            encode(study)
    with pytest.raises(EditRefused, match="cannot be saved"):
        encode(study_from(Info(), [Element(id="a", lane="reachability", kind="factor", range=Range(high=1e999))]))


@pytest.mark.compat
def test_the_golden_file_is_read_and_written_as_it_is() -> None:
    data = GOLDEN.read_bytes()
    assert encode(decode(data, "golden")) == data


def test_bytes_do_not_depend_on_the_hash_seed() -> None:
    code = (
        "import sys; from pathlib import Path; from ablator.files.study_file import decode, encode;"
        f"sys.stdout.buffer.write(encode(decode(Path({str(GOLDEN)!r}).read_bytes(), 'g')))"
    )
    for seed in ("0", "1"):
        ended = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, env={**os.environ, "PYTHONHASHSEED": seed}, check=True
        )
        assert ended.stdout == GOLDEN.read_bytes()
