"""The `.ablation` file: canonical bytes out, strict and bounded reading in, unknown keys kept."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from ablator.core.edits import valid_id
from ablator.core.elements import Info
from ablator.core.errors import BadInput, EditRefused, NewerVersion
from ablator.core.lanes import KIND_OF_LANE
from ablator.core.queries import requirement_cycle
from ablator.core.study import FORMAT, TABLES, VERSION, Study, attributes
from ablator.files.atomic import MAX_BYTES, read_bytes, save_bytes, sha256
from ablator.files.json_text import parse_json

PROBLEMS = 10
"""Problems named at once; more would not be read."""

ALWAYS = frozenset({"id", "lane", "kind", "name", "source", "target"})
"""Attributes that are written even where they hold their default."""

_encode = msgspec.json.Encoder().encode


def encode(study: Study) -> bytes:
    """The canonical bytes: same study, same bytes. One attribute a line, rows sorted, defaults left out.

    Raises EditRefused where a number is not finite.
    """
    out = [b'{\n "format": "ablation-study",\n "version": 1,\n "study": ', _row(Info, study.info, b" ", "/study")]
    for table, row_type in TABLES.items():
        rows = study.table(table)
        ordered = sorted(rows.values(), key=_by_ends) if table == "relations" else [rows[k] for k in sorted(rows)]
        out.append(b',\n "%s": [' % table.encode())
        body = b",".join(b"\n  " + _row(row_type, r, b"  ", f"/{table}/{i}") for i, r in enumerate(ordered))
        out.append(body + (b"\n ]" if ordered else b"]"))
    for key in sorted(study.extra):
        out.append(b",\n " + _encode(key) + b": " + _value(study.extra[key], f"/{key}"))
    out.append(b"\n}\n")
    return b"".join(out)


def _by_ends(r: Any) -> tuple[str, str, str]:
    return (r.source, r.target, r.kind)


def _row(row_type: type[msgspec.Struct], row: Any, indent: bytes, pointer: str) -> bytes:
    """One row, an attribute a line; `indent` is where its closing brace stands."""
    lines = []
    for name, key, default in _named(row_type):
        value = getattr(row, name)
        if value == default and type(value) is type(default) and (name not in ALWAYS or row_type is Info):
            continue
        lines.append(key + _value(value, pointer, name))
    extra = row.extra
    lines += [_encode(k) + b": " + _value(extra[k], pointer, k) for k in sorted(extra)]
    if not lines:
        return b"{}"
    gap = b",\n " + indent
    return b"{\n " + indent + gap.join(lines) + b"\n" + indent + b"}"


def _named(row_type: type[msgspec.Struct]) -> tuple[tuple[str, bytes, Any], ...]:
    known = _NAMES.get(row_type)
    if known is None:
        known = tuple((n, _encode(k) + b": ", d) for n, k, d in attributes(row_type))
        _NAMES[row_type] = known
    return known


_NAMES: dict[type[msgspec.Struct], tuple[tuple[str, bytes, Any], ...]] = {}


def _value(value: Any, pointer: str, name: str = "") -> bytes:
    """A value on one line. msgspec writes floats shortest round trip, and null where a float is not finite."""
    if isinstance(value, float | dict | list | tuple) and not _finite(value):
        raise EditRefused(
            "a number that is not finite cannot be saved",
            place=f"{pointer}/{name}".rstrip("/"),
            mend="set it to a finite number or leave it empty",
        )
    if isinstance(value, dict) and len(value) > 1:
        value = {k: value[k] for k in sorted(value)}
    return _encode(value)


def _finite(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(_finite(v) for v in value.values())
    if isinstance(value, list | tuple):
        return all(_finite(v) for v in value)
    return True


def decode(data: bytes, name: str) -> Study:
    """The study in a file's bytes. Raises BadInput or NewerVersion with the place (`NAME:LINE` or `NAME: /pointer`)."""
    raw = parse_json(data, name)
    if not isinstance(raw, dict):
        raise BadInput(
            f"the top level is {_json_word(raw)}, a study is an object",
            place=f"{name}: /",
            mend="hand in a file that Ablator wrote",
        )
    _check_head(raw, name)
    problems: list[tuple[str, str, str]] = []
    info = _struct(Info, raw.get("study", {}), "/study", problems)
    tables: dict[str, dict[str, Any]] = {}
    for table, row_type in TABLES.items():
        tables[table] = _table(table, row_type, raw.get(table, []), problems)
    if not problems:
        _check_laws(tables, problems)
    extra = {k: v for k, v in raw.items() if k not in {"format", "version", "study", *TABLES}}
    if problems:
        raise _refusal(problems, name)
    study = Study(info=info, extra=extra, **tables)
    for kind in ("requires", "needs"):
        cycle = requirement_cycle(study, kind)
        if cycle:
            raise BadInput(
                f"the {kind} relations run in a circle: {' → '.join([*cycle, cycle[0]])}",
                place=f"{name}: /relations",
                mend="remove one of them",
            )
    return study


def _check_head(raw: dict[str, Any], name: str) -> None:
    form, version = raw.get("format"), raw.get("version")
    if form != FORMAT:
        looks = "a model's config.json" if "model_type" in raw or "architectures" in raw else None
        if looks:
            raise BadInput(
                f"this is {looks}, not a study",
                place=f"{name}: /format",
                mend=f"build a study from it: ablator new {name} -o STUDY.ablation",
            )
        said = "there is no format" if form is None else f"the format is {_short(form)}"
        raise BadInput(
            f"{said}, expected {FORMAT!r}", place=f"{name}: /format", mend="hand in a file that Ablator wrote"
        )
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise BadInput(
            f"the version is {_short(version)}, expected a whole number from 1",
            place=f"{name}: /version",
            mend="hand in a file that Ablator wrote",
        )
    if version > VERSION:
        raise NewerVersion(
            f"version {version} of the format, this program reads up to {VERSION}; the file was not touched",
            place=f"{name}: /version",
            mend="update Ablator",
        )


def _table(
    table: str, row_type: type[msgspec.Struct], rows: Any, problems: list[tuple[str, str, str]]
) -> dict[str, Any]:
    out: dict[str, Any] = {}
    if not isinstance(rows, list):
        problems.append((f"/{table}", f"expected a list, found {_json_word(rows)}", "write a list of objects"))
        return out
    for i, item in enumerate(rows):
        if len(problems) > PROBLEMS:
            break
        pointer = f"/{table}/{i}"
        row = _struct(row_type, item, pointer, problems)
        if row is None:
            continue
        if row.id in out:
            problems.append((pointer, f"{_short(row.id)} is there twice", "remove one of them"))
        out[row.id] = row
    return out


def _struct(row_type: type[msgspec.Struct], item: Any, pointer: str, problems: list[tuple[str, str, str]]) -> Any:
    """A row from its object; keys that the type does not know go to `extra`."""
    if not isinstance(item, dict):
        problems.append((pointer, f"expected an object, found {_json_word(item)}", "write an object"))
        return row_type() if row_type is Info else None
    known = {key for _, key, _ in attributes(row_type)}
    extra = {k: v for k, v in item.items() if k not in known}
    try:
        row = msgspec.convert({k: v for k, v in item.items() if k in known}, row_type)
    except msgspec.ValidationError as wrong:
        what, _, where = str(wrong).partition(" - at `$")
        path = re.sub(r"\.([^.\[\]]+)|\[([^\]]*)\]", lambda m: "/" + (m[1] or m[2]), where.rstrip("`"))
        problems.append((pointer + path, what[0].lower() + what[1:].replace("`", "'"), "mend the value"))
        return row_type() if row_type is Info else None
    return msgspec.structs.replace(row, extra=extra) if extra else row


def _check_laws(tables: Mapping[str, Mapping[str, Any]], problems: list[tuple[str, str, str]]) -> None:
    """What types cannot say: ids, lanes and kinds, ends of relations."""
    elements = tables["elements"]
    for i, (key, e) in enumerate(elements.items()):
        if not valid_id(key):
            problems.append(
                (f"/elements/{i}/id", f"{_short(key)} is no id", "use letters, digits, - and _, one / for a site")
            )
        if KIND_OF_LANE[e.lane] != e.kind:
            problems.append(
                (
                    f"/elements/{i}/kind",
                    f"a {e.kind} does not lie on the {e.lane} lane",
                    f"on this lane lies a {KIND_OF_LANE[e.lane]}",
                )
            )
    for i, r in enumerate(tables["relations"].values()):
        for end, key in (("source", r.source), ("target", r.target)):
            if key not in elements:
                problems.append(
                    (
                        f"/relations/{i}/{end}",
                        f"there is no element {_short(key)}",
                        "add the element or remove the relation",
                    )
                )
        if r.source == r.target:
            problems.append((f"/relations/{i}", f"{_short(r.source)} relates to itself", "remove the relation"))
    for table in ("evidence", "decisions"):
        for i, key in enumerate(tables[table]):
            if not key or len(key) > 500 or any(ord(c) < 32 or c == "\x7f" for c in key):
                problems.append(
                    (f"/{table}/{i}/id", f"{_short(key)} is no id", "use a short text without control characters")
                )


def _refusal(problems: list[tuple[str, str, str]], name: str) -> BadInput:
    pointer, what, mend = problems[0]
    more = [f"{p}: {w}" for p, w, _ in problems[1:3]]
    left = len(problems) - 1 - len(more)
    if more:
        what += " · " + " · ".join(more)
    if left > 0:
        what += f" · and {left}{'+' if len(problems) > PROBLEMS else ''} more"
    return BadInput(what, place=f"{name}: {pointer}", mend=mend)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _json_word(value: Any) -> str:
    words: Iterable[tuple[type | tuple[type, ...], str]] = (
        (bool, "a boolean"),
        (dict, "an object"),
        (list, "a list"),
        (str, "a text"),
        ((int, float), "a number"),
    )
    return next((word for kind, word in words if isinstance(value, kind)), "null")


def open_study(path: Path) -> tuple[Study, str]:
    """The study in a file and the hash of its bytes, which `save_study` compares before it overwrites."""
    data = read_bytes(path, MAX_BYTES)
    return decode(data, str(path)), sha256(data)


def save_study(
    study: Study, path: Path, expected_hash: str | None = None, save: Callable[..., str] = save_bytes
) -> str:
    """Write a study durably, return the hash of its bytes. Raises ChangedOnDisk or CannotAccess: nothing changed then."""
    return save(path, encode(study), expected_hash=expected_hash)
