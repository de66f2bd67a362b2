"""What a save replaced can be had back."""

import os
from pathlib import Path

import pytest

from ablator.core.elements import Info
from ablator.core.study import Study
from ablator.files import versions
from ablator.files.study_file import open_study, save_study
from ablator.files.versions import earlier_versions, keep_version


def test_each_save_keeps_what_it_replaced(tmp_path: Path) -> None:
    file = tmp_path / "s.ablation"
    for name in ("one", "two", "two", "three"):
        save_study(Study(info=Info(name=name)), file)
    kept = [open_study(v.file)[0].info.name for v in earlier_versions(file)]
    assert kept == ["two", "one"]
    assert os.listdir(tmp_path) == ["s.ablation"]
    assert earlier_versions(file)[0].replaced.endswith("+00:00")


def test_a_link_and_its_file_have_the_same_versions(tmp_path: Path) -> None:
    file, link = tmp_path / "s.ablation", tmp_path / "link.ablation"
    link.symlink_to(file)
    keep_version(file, b"x")
    assert [v.file.read_bytes() for v in earlier_versions(link)] == [b"x"]


def test_the_oldest_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "KEPT", 3)
    for n in range(6):
        keep_version(tmp_path / "s", str(n).encode())
    assert [v.file.read_bytes() for v in earlier_versions(tmp_path / "s")] == [b"5", b"4", b"3"]


def test_no_room_for_versions_spoils_no_save(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))
    file = tmp_path / "s.ablation"
    for name in ("one", "two"):
        save_study(Study(info=Info(name=name)), file)
    assert open_study(file)[0].info.name == "two"
    assert earlier_versions(file) == []
