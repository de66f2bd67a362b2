"""One part of a model's configuration: its keys by canonical name, each with where it stands and how it is known."""

from collections.abc import Mapping
from typing import Any, TypeGuard

import msgspec

from ablator.core.elements import Json, Status
from ablator.importers.hf_aliases import FLATTENED, LIMITS, RATIOS, WHOLE, aliases

NULL_IS_SILENT = frozenset({"rope_any", "rope_scaling", "rope_parameters"})
"""Names for which a null says nothing, while elsewhere it overrides the type's default."""


class Part(msgspec.Struct, frozen=True):
    """The keys of one part, with where they stand and what its type defaults to."""

    body: Mapping[str, Any]
    path: str
    file: str
    model_type: str = ""
    defaults: Mapping[str, Any] = {}
    classes: tuple[str, ...] = ()
    nested: Mapping[str, str] = {}
    """Keys that stand in an object inside the part, with their dotted path."""

    def key(self, name: str) -> str:
        """Dotted path of a key in the file."""
        name = self.nested.get(name, name)
        return f"{self.path}.{name}" if self.path else name

    def look(self, canonical: str) -> tuple[str, Any, Status] | None:
        """(key, value, status) of a canonical name: from the file, else from the type's defaults; None where absent.

        A null in the file overrides a default; a number that is not finite is no value.
        """
        names, silenced = aliases(canonical), False
        for name in names:
            if name not in self.body:
                continue
            value = self.body[name]
            if value is None or (isinstance(value, float) and not is_number(value)):
                silenced = silenced or canonical not in NULL_IS_SILENT
            else:
                return name, value, "read"
        if silenced:
            return None
        for name in names:
            value = self.defaults.get(name)
            if value is not None:
                return name, value, "default"
        return None

    def value(self, canonical: str) -> Any:
        """The value of a canonical name, or None."""
        seen = self.look(canonical)
        return None if seen is None else seen[1]

    def size(self, canonical: str) -> int | None:
        """A plausible whole number, else None; of a list (one a stage) the largest, for layers the sum."""
        seen = self.look(canonical)
        if seen is None:
            return None
        name, value, _ = seen
        if isinstance(value, list) and value and len(value) < 5000:
            numbers = [v for v in value if is_number(v)]
            value = sum(numbers) if canonical == "layers" else max(numbers, default=None)
        if canonical == "ffn" and name in RATIOS:
            width = self.size("width")
            value = value * width if width and is_number(value) and value < 1000 else None
        if not is_number(value) or not 0 < value <= LIMITS.get(canonical, 1e12):
            return None
        return round(value) if canonical == "ffn" or canonical not in WHOLE or value == int(value) else None

    def flag(self, name: str) -> bool | None:
        """A switch of the file or of the type's defaults; None where neither has it."""
        value = self.value(name)
        return value if isinstance(value, bool) else None


def part_of(
    body: Mapping[str, Any],
    path: str,
    file: str,
    model_type: str,
    defaults: Mapping[str, Any],
    classes: tuple[str, ...],
) -> Part:
    """A part with the keys of its inner settings objects lifted up, and only those defaults that fit its own sizes."""
    flat, nested = dict(body), {}
    for inner, where in FLATTENED.items():
        value = body.get(inner)
        if isinstance(value, dict):
            for k, v in value.items():
                if k not in flat and k != "model_type":
                    flat[k], nested[k] = v, f"{where}.{k}"
    if isinstance(flat.get("ffn_act_fn"), dict) and isinstance(flat["ffn_act_fn"].get("name"), str):
        flat["hidden_act"], nested["hidden_act"] = flat["ffn_act_fn"]["name"], "ffn_config.ffn_act_fn.name"
    part = Part(flat, path, file, model_type, {}, classes, nested)
    return msgspec.structs.replace(part, defaults=_fitting(part, defaults))


def _fitting(part: Part, defaults: Mapping[str, Any]) -> Mapping[str, Any]:
    """Defaults that the class works out from other sizes are not taken where the file gives other sizes."""
    if not defaults:
        return defaults
    by_default = Part({}, "", "", defaults=defaults)
    out = dict(defaults)
    width, heads, kv = by_default.size("width"), by_default.size("heads"), by_default.size("kv_heads")
    own_width, own_heads = _own(part, "width"), _own(part, "heads")
    if own_heads is not None and own_heads != heads and kv is not None:
        out = {k: v for k, v in out.items() if k not in aliases("kv_heads")}
        if kv == heads:
            out["num_key_value_heads"] = own_heads
    if (own_width, own_heads) != (None, None) and width and heads and out.get("head_dim") == width // heads:
        out.pop("head_dim", None)
    if isinstance(part.body.get("vision_config"), dict) or isinstance(part.body.get("text_config"), dict):
        out.pop("patch_size", None)
    return out


def _own(part: Part, canonical: str) -> int | None:
    seen = part.look(canonical)
    return part.size(canonical) if seen is not None and seen[2] == "read" else None


def is_number(value: Any) -> TypeGuard[int | float]:
    """Whether a value is a finite number of a size that arithmetic bears (no bool)."""
    return isinstance(value, int | float) and not isinstance(value, bool) and -1e300 < value < 1e300


def word(value: Any) -> str | None:
    """A text in lower case without spaces around; None for anything else."""
    return value.strip().lower() if isinstance(value, str) else None


def short(value: Json) -> str:
    """A value as a person may read it, at most 40 characters."""
    text = (
        str(value)
        if is_number(value)
        else repr(value)
        if not isinstance(value, int) or isinstance(value, bool)
        else "a number of very many digits"
    )
    return text if len(text) <= 40 else text[:37] + "…"
