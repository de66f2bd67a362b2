"""Values that no model can have: refused with their place, before anything is built from them."""

from collections.abc import Mapping
from typing import Any

from ablator.core.errors import BadInput
from ablator.importers.hf_aliases import LIMITS, aliases
from ablator.importers.hf_part import short

DECISIVE = ("layers", "heads", "width")


def refuse_impossible(config: Mapping[str, Any], place: str) -> None:
    """Raise BadInput with a JSON pointer where the type is no text, or a size is none that a model can have."""
    kind = config.get("model_type")
    if kind is not None and not isinstance(kind, str):
        raise BadInput("model_type must be a text", place=f"{place}: /model_type", mend='write it as "llama"')
    for canonical in DECISIVE:
        for name in aliases(canonical):
            value = config.get(name)
            if isinstance(value, bool) or not isinstance(value, int | float):
                continue
            why = _why_not(value, canonical)
            if why:
                raise BadInput(
                    f"{name} = {short(value)}, but {why}", place=f"{place}: /{name}", mend="correct the number"
                )


def _why_not(value: int | float, canonical: str) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return ""  # published configurations hold a bare Infinity: it opens as unknown
    if isinstance(value, float) and value != int(value):
        return "it must be a whole number"
    if value < 0 or (value == 0 and canonical == "heads"):
        return "it must be above 0"
    if value > LIMITS[canonical]:
        return f"no model has more than {LIMITS[canonical]:,.0f}"
    return ""
