"""Curves that a JSON object holds among other things: `{"history": [...]}`, a list a name, an object an epoch."""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from ablator.diagnose.log import as_value, canonical
from ablator.importers.found import Found, Reading
from ablator.importers.log_rows import BOXES, CURVES, STEPS, counts, flat_row, log_of_rows, reading_of, with_settings

MAX_LOOKED = 200
"""Entries of an object that are looked at."""

FEW = 2
"""Rows from which they are a curve."""

FORM = "curves in a JSON object"
_PLURAL = re.compile(r"(loss|accurac|acc|metric|score|perplexit)(?:es|ies|s)\b", re.IGNORECASE)
_CLOSING = re.compile(r"(?:test|final|eval|val|valid|best)[/_. -]\w", re.IGNORECASE)
_MODELS = frozenset({"model_type", "architectures", "weight_map", "log_history", "_target_"})


class _Inside(NamedTuple):
    """The rows, the keys of the object that hold them, and sentences on what is not known of them."""

    rows: list[dict[str, Any]]
    keys: tuple[str, ...]
    unknown: tuple[str, ...] = ()


def read_inside(value: Any, name: str) -> Reading | None:
    """The reading of an object that holds curves, with the settings and closing results beside them; else None."""
    if not isinstance(value, dict) or not _MODELS.isdisjoint(value):
        return None
    inside = next(_found(value), None)
    if inside is None:
        return None
    log = log_of_rows(inside.rows, name)
    if not any(n in CURVES or "loss" in n for n in log.series):
        return None
    reading = reading_of(log, FORM, unknown=inside.unknown)
    rest = {k: v for k, v in value.items() if k not in inside.keys}
    told = {f.fact for f in reading.found}
    ends = [
        Found(f"last.{k.lower()}", v, name, k)
        for k, v in itertools.islice(rest.items(), MAX_LOOKED)
        if isinstance(v, int | float) and not isinstance(v, bool) and v - v == 0 and _CLOSING.match(k)
    ]
    found = (*reading.found, *(f for f in ends if f.fact not in told and "epoch" not in f.fact))
    return with_settings(msgspec.structs.replace(reading, found=found), rest)


def _found(value: Mapping[str, Any]) -> Iterator[_Inside]:
    """What may be the curves, the surest first."""
    entries = list(itertools.islice(value.items(), MAX_LOOKED))
    for key, inner in entries:
        if isinstance(inner, list) and len(inner) >= FEW and isinstance(inner[0], dict):
            rows = _rows(inner)
            if rows:
                yield _Inside(rows, (key,))
    yield from _named(value)
    by_number = _by_number(entries)
    if by_number:
        yield _Inside(by_number, tuple(k for k, _ in entries))
    yield from _lists("", dict(entries), ())
    parts = {k: v for k, v in entries if isinstance(v, dict)}
    sides = {f"{k}_{n}": c for k, body in parts.items() if _side(k) for n, c in _columns(body).items()}
    yield from _lists("", sides, tuple(k for k in parts if _side(k)))
    for key, body in parts.items():
        yield from _lists(key, body, (key,))
        inner = {f"{k}_{n}": c for k, v in body.items() if isinstance(v, dict) and _side(k) for n, c in v.items()}
        yield from _lists(key, inner, (key,))
        rows = _by_number([(k, v) for k, v in itertools.islice(body.items(), 5000) if isinstance(k, str)])
        if rows:
            yield _Inside(rows, (key,))


_AT = ("steps", "step", "x", "iterations", "epochs")
_OF = ("values", "value", "y")


def _named(value: Mapping[str, Any]) -> Iterator[_Inside]:
    """Curves by name, each with its steps and its values, as Sacred and the exports of trackers hold them."""
    bodies = [((), value), *(((k,), v) for k, v in itertools.islice(value.items(), MAX_LOOKED) if isinstance(v, dict))]
    for keys, body in bodies:
        rows: dict[float, dict[str, Any]] = {}
        held: list[str] = list(keys)
        for name, steps, cells in _pairs(body, ""):
            held += [] if keys else [name.partition("/")[0], *(k for k in body if k in BOXES)]
            for at, cell in zip(steps, cells, strict=False):
                step = as_value(at)
                if step is not None and step - step == 0:
                    rows.setdefault(step, {"step": step})[name] = cell
        if rows:
            yield _Inside([rows[k] for k in sorted(rows)], tuple(held))


def _pairs(body: Mapping[str, Any], path: str, depth: int = 0) -> Iterator[tuple[str, list[Any], list[Any]]]:
    for key, inner in itertools.islice(body.items(), MAX_LOOKED):
        if not isinstance(inner, dict):
            continue
        steps = next((inner[k] for k in _AT if isinstance(inner.get(k), list)), None)
        cells = next((inner[k] for k in _OF if isinstance(inner.get(k), list)), None)
        if steps is not None and cells is not None and all(map(_number, cells[:50])):
            yield f"{path}{key}", steps, cells
        elif depth < 2:
            yield from _pairs(inner, path if key in BOXES else f"{path}{key}/", depth + 1)


def _side(key: str) -> bool:
    return key.lower() in {"train", "training", "val", "valid", "validation", "eval", "test", "dev"}


def _rows(items: Sequence[Any]) -> list[dict[str, Any]]:
    """The objects of a list as rows of a log, each with a count; empty where they hold no curve."""
    rows = [flat_row(r) for r in items if isinstance(r, dict)]
    if not any(canonical(str(k)) in CURVES for row in rows[:20] for k in row):
        return []
    counted = any(counts(str(k)) and canonical(str(k)) not in {"learning_rate", "grad_norm"} for r in rows for k in r)
    return rows if counted else [{"epoch": n, **row} for n, row in enumerate(rows)]


def _by_number(entries: Sequence[tuple[str, Any]]) -> list[dict[str, Any]]:
    """Rows that stand under their numbers: `{"0": {"loss": …}, "1": …}`, or `"epoch_1"`."""
    told = [(re.fullmatch(r"(?:(epoch|step|iter)\D?)?(\d{1,9})", k.lower()), v) for k, v in entries]
    if len(told) < FEW or not all(m and isinstance(v, dict) for m, v in told):
        return []
    rows = [{(m[1] or "epoch"): int(m[2]), **flat_row(v)} for m, v in told if m]
    return rows if any(canonical(str(k)) in CURVES for row in rows[:20] for k in row) else []


def _columns(body: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Lists of numbers by name, with plural names made singular."""
    out: dict[str, list[Any]] = {}
    for key, cells in itertools.islice(body.items(), MAX_LOOKED):
        if isinstance(cells, list) and len(cells) >= FEW and all(_number(c) for c in cells[:50]):
            out.setdefault(_PLURAL.sub(_singular, str(key)), cells)
    return out


def _singular(found: re.Match[str]) -> str:
    return found[1] + "y" if found[1].lower() in {"accurac", "perplexit"} else found[1]


def _number(cell: Any) -> bool:
    return cell is None or as_value(cell) is not None


def _lists(where: str, body: Mapping[str, Any], keys: tuple[str, ...]) -> Iterator[_Inside]:
    """Curves that are a list a name. Shorter ones are spread over the longest, as evaluations are, and it is said."""
    columns = _columns(body)
    if not any(canonical(k) in CURVES for k in columns):
        return
    longest = max(len(c) for c in columns.values())
    step = next((k for k, c in columns.items() if k.lower() in (*STEPS, "epoch", "epochs") and len(c) == longest), "")
    at = columns.pop(step) if step else list(range(longest))
    rows: list[dict[str, Any]] = [{(step.rstrip("s") or "epoch"): n} for n in at]
    short = []
    for key, cells in columns.items():
        for number, cell in enumerate(cells):
            rows[(number + 1) * longest // len(cells) - 1][key] = cell
        if len(cells) < longest:
            short.append(f"{key} ({len(cells)})")
    if short and not step:
        rows = [{("step" if k == "epoch" else k): v for k, v in row.items()} for row in rows]
    words = (
        (f"at which steps {', '.join(short[:3])} stands: its values were spread over {longest} rows",) if short else ()
    )
    yield _Inside(rows, keys or tuple(k for k in body if isinstance(body[k], list)), words)
