"""Optuna studies, from an SQLite storage or a journal: their trials, told without Optuna."""

import json
import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from ablator.core.errors import BadInput
from ablator.files.json_text import text_of
from ablator.importers.found import Reading, Trial
from ablator.importers.search import range_words, read_search
from ablator.importers.sqlite_tables import Tables

FORMAT = "Optuna study"
STATES = ("running", "done", "pruned", "failed", "running")
"""States by Optuna's own numbers: running, complete, pruned, failed, waiting."""

_WORDS = {"COMPLETE": "done", "PRUNED": "pruned", "FAIL": "failed"}
MAX_LINES = 500_000


class _Trial(msgspec.Struct):
    study: int
    number: int = 0
    state: str = "running"
    values: dict[int, float] = msgspec.field(default_factory=dict)
    settings: dict[str, Any] = msgspec.field(default_factory=dict)
    begin: str = ""
    end: str = ""


class _Storage(msgspec.Struct):
    studies: dict[int, str] = msgspec.field(default_factory=dict)
    directions: dict[int, dict[int, str]] = msgspec.field(default_factory=dict)
    trials: dict[int, _Trial] = msgspec.field(default_factory=dict)
    ranges: dict[tuple[int, str], str] = msgspec.field(default_factory=dict)

    counts: dict[int, int] = msgspec.field(default_factory=dict)

    def next_number(self, study: int) -> int:
        """The number of the next trial of a study, from 0."""
        number = self.counts.get(study, 0)
        self.counts[study] = number + 1
        return number

    def param(self, trial: Any, name: Any, value: Any, distribution: Any) -> None:
        """Take in what one trial had for one parameter; a choice is stored by its number."""
        row = self.trials.get(trial)
        if row is None or not isinstance(name, str):
            return
        words, choices = range_words(str(distribution))
        if choices is not None and isinstance(value, int | float) and 0 <= value < len(choices):
            value = choices[int(value)]
        if "Int" in str(distribution) and isinstance(value, float) and _finite(value):
            value = int(value)
        row.settings[name] = value if isinstance(value, str | int | float | bool) else None
        if words:
            self.ranges.setdefault((row.study, name), words)


def optuna_tables(tables: Tables) -> bool:
    """Whether a database is an Optuna storage."""
    return tables.has("studies", "study_id", "study_name") and tables.has("trials", "trial_id", "study_id", "state")


def read_optuna_tables(tables: Tables, name: str, place: str) -> Reading:
    """The largest study of a storage. Raises BadInput where there is none."""
    store = _Storage()
    store.studies = {i: str(n) for i, n in tables.rows("studies", ("study_id", "study_name"))}
    if tables.has("study_directions", "objective"):
        for study, objective, word in tables.rows("study_directions", ("study_id", "objective", "direction")):
            store.directions.setdefault(study, {})[objective] = str(word).lower()[:3]
    elif tables.has("studies", "direction"):
        for study, word in tables.rows("studies", ("study_id", "direction")):
            store.directions[study] = {0: str(word).lower()[:3]}
    columns = ["trial_id", "study_id", "state", "datetime_start", "datetime_complete"]
    older = tables.has("trials", "value")
    for row in tables.rows("trials", [*columns, *(["value"] if older else [])], "trial_id"):
        number = (
            sum(t.study == row[1] for t in store.trials.values()) if len(store.trials) < 2000 else len(store.trials)
        )
        state = _WORDS.get(str(row[2]), "running")
        trial = _Trial(row[1], number, state, begin=str(row[3] or ""), end=str(row[4] or ""))
        if older and _finite(row[5]):
            trial.values[0] = float(row[5])
        store.trials[row[0]] = trial
    if tables.has("trial_values", "trial_id", "objective", "value"):
        typed = ("value_type",) if tables.has("trial_values", "value_type") else ()
        for row in tables.rows("trial_values", ("trial_id", "objective", "value", *typed)):
            infinite = {"INF_POS": math.inf, "INF_NEG": -math.inf}.get(str(row[3]) if typed else "")
            value = infinite if infinite is not None else row[2]
            if row[0] in store.trials and isinstance(value, int | float):
                store.trials[row[0]].values[row[1]] = float(value)
    if tables.has("trial_params", "trial_id", "param_name", "param_value", "distribution_json"):
        for row in tables.rows("trial_params", ("trial_id", "param_name", "param_value", "distribution_json")):
            store.param(*row)
    return _told(store, name, place)


def looks_like_journal(data: bytes) -> bool:
    """Whether the first line is an operation of Optuna's journal."""
    return data[:1] == b"{" and b'"op_code"' in data[:4096].split(b"\n")[0]


def read_journal(data: bytes, name: str, place: str) -> Reading:
    """The largest study of a journal; a torn last line is left out. Raises BadInput where no study is in it."""
    store = _Storage()
    for line in text_of(data, place).split("\n")[:MAX_LINES]:
        try:
            row = json.loads(line) if line.strip() else {}
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict):
            _operation(store, row)
    return _told(store, name, place)


def _operation(store: _Storage, row: Mapping[str, Any]) -> None:
    code, trial = row.get("op_code"), store.trials.get(row.get("trial_id", -1))
    if code == 0:
        study = len(store.studies)
        store.studies[study] = str(row.get("study_name", ""))[:200]
        named = row.get("directions")
        words = {1: "min", 2: "max"}
        store.directions[study] = {
            i: words.get(d, "") for i, d in enumerate(named if isinstance(named, list) else []) if isinstance(d, int)
        }
    elif code == 4 and isinstance(row.get("study_id"), int):
        study = row["study_id"]
        number = store.next_number(study)
        new = _Trial(study, number, begin=str(row.get("datetime_start") or ""))
        store.trials[len(store.trials)] = new
        _ended(new, row)
    elif code == 5:
        store.param(
            row.get("trial_id"), row.get("param_name"), row.get("param_value_internal"), row.get("distribution")
        )
    elif code == 6 and trial is not None:
        _ended(trial, row)


def _ended(trial: _Trial, row: Mapping[str, Any]) -> None:
    state, values = row.get("state"), row.get("values")
    if isinstance(state, int) and 0 <= state < len(STATES):
        trial.state = STATES[state]
    if isinstance(values, list):
        trial.values = {i: float(v) for i, v in enumerate(values[:20]) if isinstance(v, int | float)}
    trial.end = str(row.get("datetime_complete") or trial.end)


def _told(store: _Storage, name: str, place: str) -> Reading:
    if not store.studies:
        raise BadInput(
            "this Optuna storage holds no study (table or line 1)", place=place, mend="hand in a training log"
        )

    def size(study: int) -> tuple[int, int, int]:
        rows = [t for t in store.trials.values() if t.study == study]
        return sum(t.state == "done" for t in rows), len(rows), study

    chosen = max(store.studies, key=size)
    rows = [t for t in store.trials.values() if t.study == chosen]
    directions = store.directions.get(chosen, {})
    trials = [Trial(number=t.number, state=t.state, value=t.values.get(0), settings=t.settings) for t in rows]
    unknown = _others(store.studies[s] for s in store.studies if s != chosen)
    if len(directions) > 1:
        unknown.append(f"which of the {len(directions)} objectives counts: the first is taken")
    reading = read_search(
        trials,
        name,
        FORMAT,
        metric="objective",
        goal=directions.get(0, "") or "min",
        ranges={n: words for (study, n), words in store.ranges.items() if study == chosen},
        hours=_hours(rows),
        unknown=unknown,
    )
    return msgspec.structs.replace(reading, name=store.studies[chosen][:200])


def _others(names: Iterable[str]) -> list[str]:
    rows = sorted(names)
    return [f"other studies in this storage: {', '.join(n[:40] for n in rows[:8])}"] if rows else []


def _hours(rows: Iterable[_Trial]) -> float | None:
    """The median time of a complete trial, in hours."""
    spans = []
    for t in rows:
        try:
            span = (datetime.fromisoformat(t.end) - datetime.fromisoformat(t.begin)).total_seconds()
        except (ValueError, TypeError):
            continue
        if t.state == "done" and span > 0:
            spans.append(span)
    return round(sorted(spans)[len(spans) // 2] / 3600, 6) if spans else None


def _finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
