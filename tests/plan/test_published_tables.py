"""Published ablations: the plan of each model asks about what its authors found worth asking."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ablator.core.study import base_id
from ablator.importers.build import Options, study_from_files
from ablator.library.elements import twins
from ablator.plan.planner import plan
from ablator.resources import resource


def rows(name: str, key: str) -> Any:
    return yaml.safe_load((resource("library") / name).read_text(encoding="utf-8"))[key]


TABLES: list[dict[str, Any]] = rows("published_tables.yaml", "tables")
KNOBS: Mapping[str, str | None] = rows("knobs.yaml", "knobs")


def targets(table: Mapping[str, Any]) -> set[str]:
    """Elements that the arms of a table ask about; controls and settings of an idea itself are none."""
    names = {arm["target"] for arm in table["arms"] if not arm["target"].startswith("ctrl:")}
    knobs = {KNOBS.get(n[5:], n[5:]) for n in names if n.startswith("knob:")}
    return {k for k in knobs if k} | {twins().get(n, n) for n in names if not n.startswith("knob:")}


def proposed(ideas: list[str], folder: Path) -> set[str]:
    """Elements that the steps and arms of the plan of these ideas touch."""
    file = folder / "ideas.json"
    file.write_text(json.dumps({"ideas": ideas}), encoding="utf-8")
    found: set[str] = set()
    for step in plan(study_from_files([file], Options()).study).steps:
        arms: Iterable[str] = (x for a in step.arms for x in (*a.removes, *a.adds, *a.changes))
        found |= {base_id(k) for k in (step.element, *arms)}
    return found


def test_the_plan_proposes_what_published_tables_ablate(tmp_path: Path) -> None:
    assert len(TABLES) == 33
    wanted = [(t["id"], name) for t in TABLES for name in sorted(targets(t))]
    offers = {t["id"]: proposed(t["artifact"]["ideas"], tmp_path) for t in TABLES}
    missed = [f"{table}: {name}" for table, name in wanted if name not in offers[table]]
    assert len(missed) <= 0.05 * len(wanted), missed


@pytest.mark.parametrize("table", [t["id"] for t in TABLES])
def test_no_table_is_missed_by_half(table: str, tmp_path: Path) -> None:
    one = next(t for t in TABLES if t["id"] == table)
    wanted = targets(one)
    assert len(wanted - proposed(one["artifact"]["ideas"], tmp_path)) <= len(wanted) / 2
