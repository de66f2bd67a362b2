"""The JSON Schema of the study file, made from the types: `python -m ablator.files.schema` writes it anew."""

from collections.abc import Mapping
from typing import Any

import msgspec

from ablator.core.elements import HIDDEN, Info
from ablator.core.lanes import KIND_OF_LANE
from ablator.core.limits import AMOUNT_PATTERN, ID_LENGTH, ID_PATTERN, INFO_LIMITS, ROW_ID_LENGTH
from ablator.core.study import FORMAT, TABLES, VERSION
from ablator.resources import resource

SCHEMA_FILE = ("schema", "ablation-study-1.schema.json")


def study_schema() -> dict[str, Any]:
    """The schema (2020-12). It says what one file can say of itself; that ids are there once, that relations have both
    ends and run in no circle, is checked by the loader alone."""
    _, parts = msgspec.json.schema_components([Info, *TABLES.values()], ref_template="#/$defs/{name}")
    defs = {name: _open(part) for name, part in sorted(parts.items())}
    _limit_info(defs["Info"]["properties"])
    _limit_elements(defs["Element"])
    for name in ("Evidence", "Decision", "Conflict"):
        defs[name]["properties"]["id"] = {
            "type": "string",
            "minLength": 1,
            "maxLength": ROW_ID_LENGTH,
            "pattern": r"^[^\u0000-\u001f\u007f]*$(?!\n)",
        }
    tables = {
        table: {"type": "array", "items": {"$ref": f"#/$defs/{row_type.__name__}"}}
        for table, row_type in TABLES.items()
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Ablation study",
        "description": "One frustrating model: its elements, relations, evidence and decisions. Unknown keys are kept.",
        "type": "object",
        "properties": {
            "format": {"const": FORMAT},
            "version": {"type": "integer", "minimum": 1, "maximum": VERSION},
            "study": {"$ref": "#/$defs/Info"},
            **tables,
        },
        "required": ["format", "version"],
        "$defs": defs,
    }


def _open(part: Mapping[str, Any]) -> dict[str, Any]:
    """A row's schema without our own name for unknown keys, which may be any."""
    out = {k: v for k, v in part.items() if k not in {"additionalProperties", "title"}}
    out["properties"] = {k: v for k, v in part.get("properties", {}).items() if k != HIDDEN}
    return out


def _limit_info(properties: dict[str, Any]) -> None:
    for key, limit in INFO_LIMITS.items():
        bound: dict[str, Any] = {"exclusiveMinimum" if limit.open_low else "minimum": limit.low}
        if limit.high is not None:
            bound["exclusiveMaximum" if limit.open_high else "maximum"] = limit.high
        properties[key] = _bounded(
            properties[key], {"number": bound, "string": {"pattern": f"^(?:{AMOUNT_PATTERN})$(?!\\n)"}}
        )


def _bounded(schema: dict[str, Any], bounds: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    if "anyOf" in schema:
        return {**schema, "anyOf": [_bounded(one, bounds) for one in schema["anyOf"]]}
    return {**schema, **bounds.get(schema.get("type", ""), {})}


def _limit_elements(element: dict[str, Any]) -> None:
    element["properties"]["id"] = {"type": "string", "maxLength": ID_LENGTH, "pattern": f"^(?:{ID_PATTERN})$(?!\\n)"}
    element["oneOf"] = [
        {"properties": {"lane": {"const": lane}, "kind": {"const": kind}}} for lane, kind in KIND_OF_LANE.items()
    ]


def schema_bytes() -> bytes:
    """The schema file's content."""
    return msgspec.json.format(msgspec.json.encode(study_schema()), indent=1) + b"\n"


if __name__ == "__main__":
    target = resource(*SCHEMA_FILE)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(schema_bytes())
