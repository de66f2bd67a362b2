"""The JSON Schema is up to date, and says what the loader says, as far as a schema can."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ablator.core.errors import BadInput
from ablator.core.study import Study
from ablator.files.schema import SCHEMA_FILE, schema_bytes, study_schema
from ablator.files.study_file import decode, encode
from ablator.resources import resource
from tests.core.any_study import json_values, studies

VALIDATOR = jsonschema.Draft202012Validator(study_schema())
GOLDEN = Path(__file__).parents[1] / "data" / "golden-1.ablation"
BEYOND_A_SCHEMA = ("twice", "circle", "there is no element", "relates to itself", "nested deeper", "digits")
"""What only the loader sees: it takes a look at the whole document."""

odd = st.sampled_from(
    [
        None,
        True,
        0,
        -1,
        1.5,
        2**63,
        -0.0,
        "",
        "x",
        "1.5%",
        "-1",
        "a\n",
        "ä",
        " ",
        "remove",
        [],
        {},
        [[]],
        [None],
        {"id": 1},
    ]
)


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something can be changed in a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for key, part in inner for place in places(part, (*at, key)))]


def mutated(data: st.DataObject, document: Any) -> Any:
    """The document with one to three changes."""
    for _ in range(data.draw(st.integers(1, 3))):
        spots = [p for p in places(document) if p]
        place = data.draw(st.sampled_from(spots))
        holder = document
        for key in place[:-1]:
            holder = holder[key]
        key = place[-1]
        what = data.draw(st.sampled_from(["set", "set", "set", "drop", "add", "any"]))
        if what == "drop":
            del holder[key]
        elif what == "add" and isinstance(holder, dict):
            holder["x-new"] = data.draw(odd)
        else:
            holder[key] = data.draw(json_values if what == "any" else odd)
    return document


def whole_as_float(value: Any) -> bool:
    """JSON Schema takes 1.0 for a whole number, and the loader, which keeps 1 and 1.0 apart, does not."""
    return any(isinstance(v, float) and v.is_integer() for v in leaves(value))


def leaves(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return [value] if inner is None else [leaf for part in inner for leaf in leaves(part)]


def verdicts(document: Any) -> tuple[bool, bool, str]:
    """What the schema says, what the loader says, and its sentence."""
    said = ""
    try:
        decode(json.dumps(document).encode(), "s")
    except BadInput as wrong:
        said = str(wrong)
    return VALIDATOR.is_valid(document), not said, said


def test_the_schema_file_is_up_to_date() -> None:
    assert resource(*SCHEMA_FILE).read_bytes() == schema_bytes(), "run python -m ablator.files.schema"


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(study_schema())


def test_the_golden_file_is_valid() -> None:
    VALIDATOR.validate(json.loads(GOLDEN.read_bytes()))


@given(studies())
@settings(max_examples=40)
def test_what_is_written_is_valid(study: Study) -> None:
    VALIDATOR.validate(json.loads(encode(study)))


@given(st.data())
@settings(max_examples=300)
def test_schema_and_loader_agree(data: st.DataObject) -> None:
    document = mutated(data, json.loads(GOLDEN.read_bytes()))
    schema, loader, said = verdicts(document)
    if schema and not loader and (any(w in said for w in BEYOND_A_SCHEMA) or whole_as_float(document)):
        return
    assert schema == loader, said


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("version", 0),
        ("version", True),
        ("version", "1"),
        ("format", "other"),
        ("elements", {}),
        ("study", []),
        ("conflicts", None),
    ],
)
def test_both_refuse(place: str, value: Any) -> None:
    document = {**json.loads(GOLDEN.read_bytes()), place: value}
    assert verdicts(document)[:2] == (False, False)
