"""Texts that are no JSON: YAML, TOML, Python, shell, gin and printed arguments, each as plain names and values."""

from typing import Any

import msgspec

from ablator.core.errors import BadInput, ForeignFile
from ablator.files.json_text import text_of, what_is

PRINTED = frozenset({"txt", "log", "out", "args"})
"""How the names of files end that programs print into."""

NO_STEPS = "no line gives a loss or another metric beside a step or an epoch, and no settings are printed"
STEPS_MEND = "hand in the log as CSV or JSON lines"


class Written(msgspec.Struct, frozen=True):
    """The values of a text, what its format is called (empty: as its content says), and what it says twice."""

    value: Any
    form: str = ""
    notes: tuple[str, ...] = ()
    defaults: frozenset[str] = frozenset()
    """Keys whose values are only what the program takes where nothing else is said."""


def value_of_text(data: bytes, suffix: str, place: str) -> Written | None:
    """The values of a text by its first bytes and suffix; None where it should be JSON.

    Raises BadInput with the line for a text that is not what it seems.
    """
    from ablator.importers.flags import load_flags, looks_like_script

    if suffix in {"yaml", "yml"} and what_is(data[3:] if data[:3] == b"---" else data) is None:
        from ablator.importers.yaml_source import load_yaml

        return Written(load_yaml(data, place))
    if suffix == "py":
        from ablator.importers.python_source import load_python

        values, defaults = load_python(data, place)
        return Written(values, "Python settings", defaults=defaults)
    if suffix == "toml" and what_is(data) is None:
        return Written(_toml(data, place), "TOML settings")
    if suffix in {"jsonnet", "libsonnet", "json5", "jsonc"} and what_is(data) is None:
        from ablator.importers.jsonnet_source import load_jsonnet

        return Written(load_jsonnet(data, place), "Jsonnet settings" if suffix.endswith("sonnet") else "JSON settings")
    if suffix in {"ini", "cfg", "conf", "properties", "env"} and what_is(data) is None:
        from ablator.importers.ini_source import load_ini

        return Written(load_ini(data, place), "INI settings")
    if suffix == "gin":
        from ablator.importers.gin_source import load_gin

        return Written(load_gin(data, place), "gin settings")
    if looks_like_script(data, suffix):
        values, twice = load_flags(data, place)
        return Written(values, "shell script", twice)
    if suffix in PRINTED and data[:1] not in {b"{", b"["}:
        from ablator.importers.dumped import load_dump

        values = load_dump(text_of(data.lstrip(b"-"), place))
        if not values:
            raise ForeignFile(NO_STEPS, place=f"{place}:1", mend=STEPS_MEND)
        return Written(values, "printed arguments")
    return None


def _toml(data: bytes, place: str) -> Any:
    import tomllib

    try:
        return tomllib.loads(text_of(data, place)) if len(data) < 1 << 20 else {}
    except (ValueError, RecursionError) as wrong:  # a number of thousands of digits is no TOMLDecodeError
        raise BadInput(f"this is no TOML ({str(wrong)[:200]})", place=f"{place}:1", mend="mend that line") from None
