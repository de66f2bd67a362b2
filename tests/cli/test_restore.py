"""`ablator restore`: what saves replaced is listed and comes back, and nothing is lost on the way."""

import json
from pathlib import Path

import pytest

from ablator.cli.main import main
from ablator.files.study_file import open_study


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "s.ablation"
    path.write_text('{"format": "ablation-study", "version": 1, "study": {"name": "one"}}')
    for name in ("two", "three"):
        assert main(["set", str(path), "name", name]) == 0
    return path


def test_versions_are_listed_newest_first(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["restore", str(path)]) == 0
    assert [line.split()[:2] for line in capsys.readouterr().out.splitlines()] == [["1", "replaced"], ["2", "replaced"]]
    assert main(["restore", str(path), "--json"]) == 0
    assert [v["number"] for v in json.loads(capsys.readouterr().out)["versions"]] == [1, 2]


def test_a_version_comes_back_and_can_be_taken_back(path: Path) -> None:
    assert main(["restore", str(path), "2"]) == 0
    assert open_study(path)[0].info.name == "one"
    assert main(["restore", str(path), "1"]) == 0
    assert open_study(path)[0].info.name == "three"


def test_into_another_file(path: Path, tmp_path: Path) -> None:
    assert main(["restore", str(path), "1", "-o", str(tmp_path / "o.ablation")]) == 0
    assert open_study(tmp_path / "o.ablation")[0].info.name == "two"
    assert open_study(path)[0].info.name == "three"


def test_a_deleted_study_comes_back(path: Path) -> None:
    path.unlink()
    assert main(["restore", str(path), "1"]) == 0
    assert open_study(path)[0].info.name == "two"


@pytest.mark.parametrize("words", [["3"], ["0"], ["-o", "x.ablation"]])
def test_what_is_not_there_is_said(path: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    before = path.read_bytes()
    assert main(["restore", str(path), *words]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert path.read_bytes() == before


def test_a_file_that_never_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in ([], ["1"], ["--json"]):
        assert main(["restore", str(tmp_path / "nothing.ablation"), *words]) == 3
        said = capsys.readouterr()
        assert "nothing.ablation: there is no such file, and no earlier version" in said.err
        assert said.err.count("\n") == 1
        assert not said.out


def test_a_file_that_was_deleted_comes_back(path: Path) -> None:
    path.unlink()
    assert main(["restore", str(path), "1"]) == 0
    assert open_study(path)[0].info.name == "two"
