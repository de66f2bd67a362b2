"""Copies that sync programs lay beside a study are known by their names."""

from pathlib import Path

import pytest

from ablator.files.copies import conflict_copies


@pytest.mark.parametrize(
    "name",
    [
        "plan (conflicted copy 2026-01-02).ablation",
        "plan (Anna's conflicted copy 2026-01-02 3).ablation",
        "plan (Case Conflict).ablation",
        "plan (In Konflikt stehende Kopie von Anna).ablation",
        "plan.sync-conflict-20260102-101112-ABCDEF7.ablation",
        "plan_conflict-20260102-101112.ablation",
        "plan [Conflict].ablation",
    ],
)
def test_copies_are_found(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("{}")
    assert [c.name for c in conflict_copies(tmp_path / "plan.ablation")] == [name]


@pytest.mark.parametrize(
    "name",
    [
        "plan.ablation",
        "plan 2.ablation",
        "plan (1).ablation",
        "plans (conflicted copy).ablation",
        "plan (conflict).csv",
    ],
)
def test_other_files_are_none(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("{}")
    assert conflict_copies(tmp_path / "plan.ablation") == []


def test_what_is_no_file_is_none(tmp_path: Path) -> None:
    (tmp_path / "plan (conflict).ablation").mkdir()
    (tmp_path / "plan (conflict 2).ablation").write_text("")
    assert conflict_copies(tmp_path / "plan.ablation") == []
    assert conflict_copies(tmp_path / "away" / "plan.ablation") == []
