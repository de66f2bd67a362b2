"""Older versions of the study file, brought to the present one step by step; the file itself is left alone."""

from collections.abc import Callable, Mapping
from typing import Any

from ablator.core.errors import BadInput
from ablator.core.lanes import KIND_OF_LANE, SYMBOLS
from ablator.core.study import VERSION

Document = dict[str, Any]

OLDEST = 0
"""Version 0 had flat `nodes` and `edges`, layers by their symbols, and settings beside them; see `tests/data`."""

_LANES = {symbol: lane for lane, symbol in SYMBOLS.items()}
_HEAD = {
    "title": "name",
    "model": "model_type",
    "metric": "metric",
    "goal": "goal",
    "baseline": "baseline",
    "target": "target",
    "effect": "effect",
    "noise": "noise",
    "run_hours": "hours_per_run",
    "budget_hours": "budget",
    "command": "command",
    "comment": "note",
}
_NODE = {"label": "name", "params": "parameters", "repeats": "blocks", "seen_in": "from", "comment": "note"}
_EDGE = {"from": "source", "to": "target", "type": "kind", "any_of": "group", "comment": "note"}
_RESULT = {"scores": "metrics", "settings": "overrides", "by": "author", "when": "date"}
_JUDGEMENT = {"because": "reason", "by": "author", "when": "date"}
_WORDS = {"depends_on": "requires", "tests": "instantiates", "confounds": "interacts", "measures": "observes"}
_BACK = {
    0: {"elements": "nodes", "relations": "edges", "evidence": "results", "decisions": "judgements"},
}
"""Where a table of the present version stood in an older one, for the places in messages."""


def migrated(raw: Document, name: str) -> Document:
    """The document in the present version; one of it comes back as it is. Keys that nobody knows are kept.

    Raises BadInput where the document has not the shape of the version that it names.
    """
    version = raw["version"]
    while version < VERSION:
        raw = _STEPS[version](raw, name)
        version += 1
    return raw


def pointer_in(version: int, pointer: str) -> str:
    """A place of the migrated document as a place of the file that was read."""
    _, _, rest = pointer.partition("/")
    table, slash, row = rest.partition("/")
    if version not in _BACK:
        return pointer
    if table == "study":
        return f"/{next((old for old, new in _HEAD.items() if new == row), row)}"
    return f"/{_BACK[version].get(table, table)}{slash}{row}"


def _from_0(raw: Document, name: str) -> Document:
    """Version 0 to 1: the head becomes `study`, nodes `elements`, edges `relations`; attributes are renamed."""
    if not isinstance(raw.get("nodes"), list):
        raise BadInput(
            "the version is 0, and a file of version 0 has a list of nodes",
            place=f"{name}: /version",
            mend=f"versions from {OLDEST} to {VERSION} are read; write the version that the file has",
        )
    out: Document = {k: v for k, v in raw.items() if k not in {*_HEAD, "nodes", "edges", "results", "judgements"}}
    out["version"] = 1
    out["study"] = {_HEAD[k]: v for k, v in raw.items() if k in _HEAD}
    out["elements"] = _rows(raw.get("nodes", []), _element)
    out["relations"] = _rows(raw.get("edges", []), _relation)
    out["evidence"] = _rows(raw.get("results", []), _evidence)
    out["decisions"] = _rows(raw.get("judgements", []), _decision)
    return out


def _rows(rows: Any, one: Callable[[Document], Document]) -> Any:
    """Each object of a list brought forward; anything else stays for the loader, which names its place."""
    return [one(row) if isinstance(row, dict) else row for row in rows] if isinstance(rows, list) else rows


def _renamed(row: Document, names: Mapping[str, str]) -> Document:
    """A row under the new names; where both are there, the one that stands under the new name wins."""
    return {**{names[k]: v for k, v in row.items() if k in names}, **{k: v for k, v in row.items() if k not in names}}


def _element(row: Document) -> Document:
    out = _renamed(row, _NODE)
    lane = out.pop("layer", None)
    if isinstance(lane, str):
        lane = _LANES.get(lane, lane)
    if lane is not None:
        out["lane"] = lane
    if isinstance(lane, str) and lane in KIND_OF_LANE:
        out.setdefault("kind", KIND_OF_LANE[lane])
    if isinstance(out.get("from"), str):
        out["from"] = [out["from"]]
    x, y = out.pop("x", None), out.pop("y", None)
    if x is not None or y is not None:
        out["place"] = [x, y]
    return out


def _relation(row: Document) -> Document:
    out = _renamed(row, _EDGE)
    if isinstance(out.get("kind"), str):
        out["kind"] = _WORDS.get(out["kind"], out["kind"])
    return out


def _evidence(row: Document) -> Document:
    out = _renamed(row, _RESULT)
    out.setdefault("kind", "result")
    if isinstance(out.get("run"), str):
        out.setdefault("id", f"run-{out['run']}")
    return out


def _decision(row: Document) -> Document:
    out = _renamed(row, _JUDGEMENT)
    out.setdefault("kind", "waiver" if out.pop("skip", False) is True else "verdict")
    return out


_STEPS: Mapping[int, Callable[[Document, str], Document]] = {0: _from_0}
"""From each older version to the next one."""
