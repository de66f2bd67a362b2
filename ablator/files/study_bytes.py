"""The canonical bytes of a study: the same study always gives the same ones, one attribute a line."""

import contextlib
import gc
import math
from collections.abc import Iterator
from functools import cache
from typing import Any, get_args

import msgspec

from ablator.core.elements import HIDDEN, Amount, Info, Open
from ablator.core.errors import EditRefused
from ablator.core.study import FORMAT, TABLES, VERSION, Study, attributes

OPTIONAL = frozenset({"conflicts"})
"""Tables that are written only where they hold something."""

_encode = msgspec.json.Encoder(order="deterministic").encode


class Layout(msgspec.Struct, frozen=True):
    """How the rows of one type are written and read."""

    keys: dict[str, bytes]
    """Key in the file → the bytes before its value."""
    defaults: dict[str, Any]
    floats: frozenset[str]
    """Keys whose value is a float even where a program put a whole number there."""
    parts: dict[str, type[Open]]
    """Keys that hold one or many rows of a smaller type."""


@cache
def layout(row_type: type[msgspec.Struct]) -> Layout:
    """The layout of a row type, made once."""
    types = {f.encode_name: f.type for f in msgspec.structs.fields(row_type)}
    known = attributes(row_type)
    parts = {}
    for _, key, _ in known:
        inner = [t for t in _leaves(types[key]) if isinstance(t, type) and issubclass(t, Open)]
        if inner:
            parts[key] = inner[0]
    return Layout(
        keys={key: _encode(key) + b": " for _, key, _ in known},
        defaults={key: default for _, key, default in known},
        floats=frozenset(key for _, key, _ in known if {float, Amount} & {types[key], *get_args(types[key])}),
        parts=parts,
    )


def _leaves(wanted: Any) -> list[Any]:
    inner = get_args(wanted)
    return [leaf for one in inner for leaf in _leaves(one)] if inner else [wanted]


def encode(study: Study) -> bytes:
    """The canonical bytes: rows and keys in a fixed order, defaults left out.

    Raises EditRefused where a number is not finite or a text is no Unicode, neither of which a file can hold.
    """
    with collecting_later():
        return b"".join(_document(study))


@contextlib.contextmanager
def collecting_later() -> Iterator[None]:
    """Thousands of rows that all stay: looking for garbage among them would double the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _document(study: Study) -> list[bytes]:
    out = [f'{{\n "format": "{FORMAT}",\n "version": {VERSION},\n "study": '.encode()]
    out.append(_row(layout(Info), study.info, b" ", "/study"))
    for table, row_type in TABLES.items():
        rows = study.table(table)
        if table in OPTIONAL and not rows:
            continue
        ordered = sorted(rows.values(), key=_by_ends) if table == "relations" else [rows[k] for k in sorted(rows)]
        out.append(b',\n "%s": [' % table.encode())
        plan = layout(row_type)
        body = b",".join([b"\n  " + _row(plan, r, b"  ", f"/{table}/{i}") for i, r in enumerate(ordered)])
        out.append(body + (b"\n ]" if ordered else b"]"))
    for key in sorted(study.extra):
        out.append(b",\n " + _value(key, f"/{key}") + b": " + _value(study.extra[key], f"/{key}"))
    out.append(b"\n}\n")
    return out


def row_value(row: msgspec.Struct) -> dict[str, Any]:
    """One row as the JSON value that stands in the file: defaults left out, unknown keys in their place."""
    known, extra = _plain(layout(type(row)), msgspec.to_builtins(row))
    return {**known, **extra}


def _plain(plan: Layout, plain: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a row holds beyond its defaults, known keys in file order and unknown ones."""
    extra: dict[str, Any] = plain.pop(HIDDEN, None) or {}
    known: dict[str, Any] = {}
    defaults, floats, parts = plan.defaults, plan.floats, plan.parts
    for key, value in plain.items():
        kind = type(value)
        if kind is str:
            if value != defaults[key]:
                known[key] = value
            continue
        if kind is int and key in floats:
            value = float(value)
            kind = float
        default = defaults[key]
        if value == default and kind is type(default) and (value != 0 or str(value) == str(default)):
            continue
        if key in parts:
            value = _part(layout(parts[key]), value)
        known[key] = listed(value) if kind is tuple else value
    return known, extra


def listed(value: Any) -> Any:
    """A value with lists where Python has tuples, as it comes back from JSON."""
    return [listed(v) for v in value] if isinstance(value, tuple) else value


def _part(plan: Layout, value: Any) -> Any:
    if isinstance(value, dict):
        known, extra = _plain(plan, value)
        return {**known, **extra}
    return [_part(plan, v) for v in value] if isinstance(value, list | tuple) else value


def _by_ends(r: Any) -> tuple[str, str, str]:
    return (r.source, r.target, r.kind)


def _row(plan: Layout, row: msgspec.Struct, indent: bytes, pointer: str) -> bytes:
    """One row, an attribute a line; `indent` is where its closing brace stands."""
    known, extra = _plain(plan, msgspec.to_builtins(row))
    keys = plan.keys
    try:
        lines = [keys[key] + _encode(value) for key, value in known.items()]
        if extra:
            lines += [_encode(k) + b": " + _encode(extra[k]) for k in sorted(extra)]
    except UnicodeEncodeError:
        lines = [b"null"]
    if not lines:
        return b"{}"
    body = (b",\n " + indent).join(lines)
    if b"null" in body:  # perhaps what cannot be written: look value by value
        for key, value in [*known.items(), *((k, {k: v}) for k, v in (extra or {}).items())]:
            _value(value, pointer, key)
    return b"{\n " + indent + body + b"\n" + indent + b"}"


def _value(value: Any, pointer: str, name: str = "") -> bytes:
    """A value on one line; floats shortest round trip, keys sorted."""
    try:
        written = _encode(value)
    except UnicodeEncodeError:
        raise EditRefused(
            "a text that is no Unicode cannot be saved", place=f"{pointer}/{name}".rstrip("/"), mend="enter it again"
        ) from None
    if value is not None and b"null" in written and not _finite(value):
        raise EditRefused(
            "a number that is not finite cannot be saved",
            place=f"{pointer}/{name}".rstrip("/"),
            mend="set it to a finite number or leave it empty",
        )
    return written


def _finite(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(_finite(v) for v in value.values())
    if isinstance(value, list | tuple):
        return all(_finite(v) for v in value)
    return True


def attribute_value(row_type: type[msgspec.Struct], name: str, value: Any) -> Any:
    """The value of one attribute, by its Python name, as JSON holds it."""
    key = next((key for python, key, _ in attributes(row_type) if python == name), name)
    part = layout(row_type).parts.get(key)
    plain = msgspec.to_builtins(value)
    return listed(plain) if part is None else _part(layout(part), plain)
