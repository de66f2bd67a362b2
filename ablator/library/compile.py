"""Compile the YAML files of the library into `library.json`: `python -m ablator.library.compile`."""

from pathlib import Path
from typing import Any

import msgspec

from ablator.library.types import Library
from ablator.resources import resource


def compiled(folder: Path) -> bytes:
    """The bytes of `library.json` for the YAML files in `folder`; checked against the types on the way."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    def read(name: str) -> dict[str, Any]:
        return dict(yaml.load((folder / f"{name}.yaml").read_text(encoding="utf-8"), Loader=loader))

    ideas, claims, factors, symptoms = read("ideas"), read("claims"), read("factors"), read("symptoms")
    detection = read("detection")

    def by_id(rows: list[dict[str, Any]]) -> dict[str, Any]:
        return {row["id"]: row for row in rows}

    raw = {
        "ideas": by_id(ideas["ideas"]),
        "claims": by_id(claims["claims"]),
        "factors": by_id(factors["factors"]),
        "symptoms": by_id(symptoms["symptoms"]),
        "culprits": by_id(symptoms["idea_and_claim_culprits"]),
        "knobs": read("knobs")["knobs"],
        "detection": detection,
        "shares": factors["shares"],
        "same_as_idea": factors["same_as_idea"],
        "change_events": factors["change_events"],
        "minutes_per_run": factors["minutes_per_run"],
        "temper": symptoms["inference"]["temper"],
        "not_applicable": symptoms["inference"]["not_applicable_factor"],
        "sources": {**symptoms["sources"], **factors["sources"]},
    }
    library = msgspec.convert(raw, Library, strict=False)
    return msgspec.json.format(msgspec.json.encode(library), indent=0) + b"\n"


if __name__ == "__main__":
    target = resource("library", "library.json")
    target.write_bytes(compiled(target.parent))
