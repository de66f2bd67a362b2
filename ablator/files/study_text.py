"""A study from the bytes of a file: a short way for what Ablator wrote, a careful one that names what is wrong."""

import re
import shlex
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from ablator.core.elements import HIDDEN, Conflict, Decision, Element, Evidence, Info, Relation
from ablator.core.errors import BadInput, LeftByGit, NewerVersion
from ablator.core.lanes import KIND_OF_LANE, a_kind
from ablator.core.limits import INFO_LIMITS, valid_id, valid_ids, valid_row_id, why_not_info
from ablator.core.queries import requirement_cycle
from ablator.core.study import FORMAT, TABLES, VERSION, Study
from ablator.files.json_text import MAX_DEPTH, MAX_WHOLE, parse_json
from ablator.files.migrations import OLDEST, migrated, pointer_in
from ablator.files.study_bytes import collecting_later, layout

PROBLEMS = 10
"""Problems named at once; more would not be read."""

Problem = tuple[str, str, str]
"""JSON pointer, what is wrong, what to do."""


class Document(msgspec.Struct, forbid_unknown_fields=True):
    """The top level of a study file; what the file leaves out is UNSET, so that it is left out again."""

    format: str
    version: int
    study: Info | UnsetType = UNSET
    elements: list[Element] | UnsetType = UNSET
    relations: list[Relation] | UnsetType = UNSET
    evidence: list[Evidence] | UnsetType = UNSET
    decisions: list[Decision] | UnsetType = UNSET
    conflicts: list[Conflict] | UnsetType = UNSET


_MARKS = re.compile(rb"^<{7} ", re.MULTILINE)
"""A line break within a text is written as an escape: at the start of a line this is never a study's own."""

_decoder = msgspec.json.Decoder(Document)
_encode = msgspec.json.Encoder().encode
_PAIRS = frozenset(KIND_OF_LANE.items())


def decode(data: bytes, name: str) -> Study:
    """The study in a file's bytes. Raises BadInput or NewerVersion with the place (`NAME:LINE` or `NAME: /pointer`)."""
    with collecting_later():
        return _short_way(data) or _careful_way(data, name)


def _short_way(data: bytes) -> Study | None:
    """The study, where the file is surely right; None sends it the careful way, which knows what to say."""
    if b"\\u" in data or HIDDEN.encode() in data:  # an escape could hide a colon, NUL or half a character
        return None
    try:
        document = _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    # A key that is given twice adds a colon that is not there when the document is written again.
    if document.format != FORMAT or document.version != VERSION or data.count(b":") != _encode(document).count(b":"):
        return None
    rows = {table: getattr(document, table) or [] for table in TABLES}
    tables = {table: {row.id: row for row in rows[table]} for table in TABLES}
    if any(len(tables[t]) != len(rows[t]) for t in TABLES) or not _tame(rows):
        return None
    study = Study(info=document.study or Info(), **tables)
    problems: list[Problem] = []
    _check_laws(study.info, tables, problems)
    return None if problems or _circles(study) else study


def _tame(rows: Mapping[str, list[Any]]) -> bool:
    """Whether free JSON values are neither deep nor endless; their types cannot say so."""
    elements = rows["elements"]
    free = [e.value for e in elements if e.value is not None]
    free += [a.overrides for e in elements if e.alternatives for a in e.alternatives]
    free += [e.range.choices for e in elements if e.range is not None]
    for row in rows["evidence"]:
        free += [row.value, row.overrides]
    free += [d.value for d in rows["decisions"]]
    for c in rows["conflicts"]:
        free += [c.base, c.shown, c.other]
    return all(isinstance(v, str) or _shallow(v) for v in free)


def _shallow(value: Any) -> bool:
    todo = [(value, 6)]
    while todo:
        v, depth = todo.pop()
        if isinstance(v, int):
            if abs(v) > MAX_WHOLE:
                return False
        elif isinstance(v, dict | list | tuple):
            if depth >= MAX_DEPTH:
                return False
            todo += [(x, depth + 1) for x in (v.values() if isinstance(v, dict) else v)]
    return True


def _careful_way(data: bytes, name: str) -> Study:
    marked = _MARKS.search(data)
    if marked:
        line = data.count(b"\n", 0, marked.start()) + 1
        raise LeftByGit(
            f"git left both sides in this file, the first in line {line}",
            place=f"{name}:{line}",
            mend=f"merge them by meaning with `ablator merge --stages {shlex.quote(name)}`",
        )
    raw = parse_json(data, name)
    if not isinstance(raw, dict):
        raise BadInput(
            f"the top level is {_json_word(raw)}, a study is an object with the key 'format'",
            place=f"{name}: /",
            mend="hand in a file that Ablator wrote",
        )
    version = _check_head(raw, name)
    raw = migrated(raw, name)
    problems: list[Problem] = []
    info = _struct(Info, raw.get("study", {}), "/study", problems)
    tables = {table: _table(table, row_type, raw.get(table, []), problems) for table, row_type in TABLES.items()}
    if not problems:
        _check_laws(info, tables, problems)
    if problems:
        raise _refusal([(pointer_in(version, where), what, mend) for where, what, mend in problems], name)
    extra = {k: v for k, v in raw.items() if k not in {"format", "version", "study", *TABLES}}
    study = Study(info=info, extra=extra, **tables)
    circle = _circles(study)
    if circle:
        raise BadInput(
            f"the {circle[0]} relations run in a circle: {' → '.join([*circle[1:], circle[1]])}",
            place=f"{name}: {pointer_in(version, '/relations')}",
            mend="remove one of them",
        )
    return study


def _circles(study: Study) -> list[str]:
    """A kind of relation followed by the ids on a circle of it, or nothing."""
    for kind in ("requires", "needs"):
        cycle = requirement_cycle(study, kind)
        if cycle:
            return [kind, *cycle]
    return []


def _check_head(raw: dict[str, Any], name: str) -> int:
    """The version of the format that the file has."""
    form, version = raw.get("format"), raw.get("version")
    if form != FORMAT:
        if "model_type" in raw or "architectures" in raw:
            raise BadInput(
                "this is a model's config.json, not a study",
                place=f"{name}: /format",
                mend=f"build a study from it: ablator new {name} -o STUDY.ablation",
            )
        said = "there is no format" if form is None else f"the format is {_short(form)}"
        raise BadInput(
            f"{said}, expected {FORMAT!r}", place=f"{name}: /format", mend="hand in a file that Ablator wrote"
        )
    if isinstance(version, bool) or not isinstance(version, int) or version < OLDEST:
        raise BadInput(
            f"the version is {_short(version)}, expected a whole number from {OLDEST} to {VERSION}",
            place=f"{name}: /version",
            mend="hand in a file that Ablator wrote",
        )
    if version > VERSION:
        raise NewerVersion(
            f"version {version} of the format, this program reads up to {VERSION}; the file was not touched",
            place=f"{name}: /version",
            mend="update Ablator",
        )
    return version


def _table(table: str, row_type: type[msgspec.Struct], rows: Any, problems: list[Problem]) -> dict[str, Any]:
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


def _struct(row_type: type[msgspec.Struct], item: Any, pointer: str, problems: list[Problem]) -> Any:
    """A row from its object; keys that the type does not know go to `extra`, at every depth."""
    if not isinstance(item, dict):
        problems.append((pointer, f"expected an object, found {_json_word(item)}", "write an object"))
        return row_type() if row_type is Info else None
    try:
        return row_from(row_type, item)
    except msgspec.ValidationError as wrong:
        what, _, where = str(wrong).partition(" - at `$")
        path = re.sub(r"\.([^.\[\]]+)|\[([^\]]*)\]", lambda m: "/" + (m[1] or m[2]), where.rstrip("`"))
        problems.append((pointer + path, what[0].lower() + what[1:].replace("`", "'"), "mend the value"))
        return row_type() if row_type is Info else None


def row_from(row_type: type[msgspec.Struct], item: dict[str, Any]) -> Any:
    """The row that `study_bytes.row_value` wrote. Raises msgspec.ValidationError where it is none."""
    return msgspec.convert(_split(row_type, item), row_type)


def attribute_from(row_type: type[msgspec.Struct], name: str, value: Any) -> Any:
    """What `study_bytes.attribute_value` wrote. Raises msgspec.ValidationError, or KeyError for an unknown name."""
    field = {f.name: f for f in msgspec.structs.fields(row_type)}[name]
    part = layout(row_type).parts.get(field.encode_name)
    if part is not None:
        value = [_split(part, v) for v in value] if isinstance(value, list) else _split(part, value)
    return msgspec.convert(value, field.type)


def _split(row_type: type[msgspec.Struct], item: Any) -> Any:
    if not isinstance(item, dict):
        return item
    plan = layout(row_type)
    out: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for key, value in item.items():
        if key not in plan.keys:
            extra[key] = value
            continue
        part = plan.parts.get(key)
        if part is not None:
            value = [_split(part, v) for v in value] if isinstance(value, list) else _split(part, value)
        out[key] = value
    if extra:
        out[HIDDEN] = extra
    return out


def _check_laws(info: Info, tables: Mapping[str, Mapping[str, Any]], problems: list[Problem]) -> None:
    """What types cannot say: bounds, ids, lanes and kinds, ends of relations."""
    for key in INFO_LIMITS:
        reason = why_not_info(key, getattr(info, key))
        if reason:
            problems.append((f"/study/{key}", reason, "mend the value"))
    elements: Mapping[str, Element] = tables["elements"]
    if not valid_ids(elements) or not {(e.lane, e.kind) for e in elements.values()} <= _PAIRS:
        _check_elements(elements, problems)
    relations: Mapping[str, Relation] = tables["relations"]
    ends = {r.source for r in relations.values()} | {r.target for r in relations.values()}
    if not ends <= elements.keys() or any(r.source == r.target for r in relations.values()):
        _check_relations(relations, elements, problems)
    for table in ("evidence", "decisions", "conflicts"):
        for i, key in enumerate(tables[table]):
            if not valid_row_id(key):
                problems.append(
                    (f"/{table}/{i}/id", f"{_short(key)} is no id", "use a short text without control characters")
                )


def _check_elements(elements: Mapping[str, Element], problems: list[Problem]) -> None:
    for i, (key, e) in enumerate(elements.items()):
        if not valid_id(key):
            problems.append(
                (f"/elements/{i}/id", f"{_short(key)} is no id", "use letters, digits, - and _, one / for a site")
            )
        if KIND_OF_LANE[e.lane] != e.kind:
            lies = f"on this lane lies {a_kind(KIND_OF_LANE[e.lane])}"
            problems.append((f"/elements/{i}/kind", f"{a_kind(e.kind)} does not lie on the {e.lane} lane", lies))


def _check_relations(
    relations: Mapping[str, Relation], elements: Mapping[str, Element], problems: list[Problem]
) -> None:
    for i, r in enumerate(relations.values()):
        for end, key in (("source", r.source), ("target", r.target)):
            if key not in elements:
                mend = "add the element or remove the relation"
                problems.append((f"/relations/{i}/{end}", f"there is no element {_short(key)}", mend))
        if r.source == r.target:
            problems.append((f"/relations/{i}", f"{_short(r.source)} relates to itself", "remove the relation"))


def _refusal(problems: list[Problem], name: str) -> BadInput:
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
    words: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "a boolean"),
        (dict, "an object"),
        (list, "a list"),
        (str, "a text"),
        ((int, float), "a number"),
    )
    return next((word for kind, word in words if isinstance(value, kind)), "null")
