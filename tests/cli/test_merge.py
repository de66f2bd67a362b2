"""`ablator merge`: conflicts are listed with both values and decided one by one or at once, from files or git."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from ablator.cli.main import main
from ablator.core import edits
from ablator.core.elements import Element, Info
from ablator.core.study import Study, study_from
from ablator.files.study_file import encode, open_study

ROWS = [Element(id=k, lane="instantiation", kind="idea", name=k.upper()) for k in ("a", "b", "c")]
BASE = study_from(Info(name="Base", budget=1.0), ROWS)


def changed(study: Study, name: str, budget: float, extra: str = "") -> Study:
    study = edits.rename(study, "a", name).apply(study)
    study = edits.set_info(study, "budget", budget).apply(study)
    return edits.rename(study, extra, name).apply(study) if extra else study


OURS, THEIRS = changed(BASE, "Ours", 10.0, "b"), changed(BASE, "Theirs", 20.0, "c")


@pytest.fixture
def three(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{name}.ablation" for name in ("base", "ours", "theirs")]
    for path, study in zip(paths, (BASE, OURS, THEIRS), strict=True):
        path.write_bytes(encode(study))
    return paths


def run(*words: object) -> int:
    return main([str(w) for w in words])


def test_what_both_changed_is_listed_with_both_values(three: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    out = three[0].with_name("out.ablation")
    assert run("merge", *three, "-o", out) == 1
    said = capsys.readouterr().err
    assert "shown 'Ours', other 'Theirs'" in said
    assert "ablator merge" in said
    study = open_study(out)[0]
    assert (study.elements["b"].name, study.elements["c"].name) == ("Ours", "Theirs")
    assert run("merge", out, "--json") == 1
    assert len(json.loads(capsys.readouterr().out)["conflicts"]) == 2


@pytest.mark.parametrize(("side", "name", "budget"), [("--ours", "Ours", 10.0), ("--theirs", "Theirs", 20.0)])
def test_one_side_for_all(three: list[Path], side: str, name: str, budget: float) -> None:
    out = three[0].with_name("out.ablation")
    assert run("merge", *three, "-o", out, side, "all") == 0
    study = open_study(out)[0]
    assert (study.elements["a"].name, study.info.budget) == (name, budget)
    assert (study.elements["b"].name, study.elements["c"].name) == ("Ours", "Theirs"), (
        "what only one side changed stays"
    )


def test_one_by_one_and_the_rest(three: list[Path]) -> None:
    out = three[0].with_name("out.ablation")
    assert run("merge", *three, "-o", out, "--theirs", "all", "--ours", "elements/a/name") == 0
    study = open_study(out)[0]
    assert (study.elements["a"].name, study.info.budget) == ("Ours", 20.0)


def test_a_merged_study_is_decided_later(three: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    out = three[0].with_name("out.ablation")
    run("merge", *three, "-o", out)
    shown = open_study(out)[0].elements["a"].name
    assert run("merge", out, "--other", "elements/a/name") == 1
    assert open_study(out)[0].elements["a"].name == {"Ours": "Theirs", "Theirs": "Ours"}[shown]
    assert run("merge", out, "--shown", "all") == 0
    assert not open_study(out)[0].conflicts
    before = out.read_bytes()
    assert run("merge", out) == 0
    assert out.read_bytes() == before
    capsys.readouterr()
    assert run("merge", out, "--shown", "elements/z/name") == 2
    assert run("merge", out, "--ours", "all") == 2
    assert capsys.readouterr().err.count("\n") == 2
    assert out.read_bytes() == before


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@pytest.mark.parametrize("both_added", [False, True])
def test_a_file_with_marks_is_merged_from_the_stages_of_git(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], both_added: bool
) -> None:
    def git(*words: str) -> int:
        return subprocess.run(["git", *words], cwd=tmp_path, capture_output=True, check=False).returncode

    path = tmp_path / "my plan.ablation"

    def put(study: Study) -> None:
        path.write_bytes(encode(study))
        assert git("add", ".") == 0
        assert git("commit", "-qm", "put") == 0

    git("init", "-q", "-b", "main")
    git("commit", "-q", "--allow-empty", "-m", "start")
    if not both_added:
        put(BASE)
    git("branch", "other")
    put(OURS)
    git("checkout", "-q", "other")
    put(THEIRS)
    git("checkout", "-q", "main")
    assert git("merge", "-q", "other") != 0
    assert b"<<<<<<<" in path.read_bytes()
    assert run("show", path) == 2
    said = capsys.readouterr().err
    assert f"ablator merge --stages '{path}'" in said
    assert run("merge", "--stages", path, "--theirs", "all") == 0
    assert "git add" in capsys.readouterr().err
    study = open_study(path)[0]
    assert study.elements["a"].name == "Theirs"
    if not both_added:
        assert study.elements["b"].name == "Ours"
    assert git("add", ".") == 0
    assert git("commit", "-qm", "merged") == 0
    assert run("merge", "--stages", path) == 2
    assert "no unfinished merge" in capsys.readouterr().err


def test_two_studies_have_nothing_in_common_and_nothing_is_dropped(three: list[Path]) -> None:
    _, ours, theirs = three
    assert run("merge", ours, theirs, "-o", ours, "--theirs", "elements/a/name") == 1
    study = open_study(ours)[0]
    assert study.elements["a"].name == "Theirs"
    assert {"elements/b/name", "elements/c/name", "study/budget"} == study.conflicts.keys()
    assert run("merge", ours, theirs) == 2, "where to is not said"


def test_copies_beside_a_study_are_named_by_every_command(
    three: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    ours = three[1]
    copy = ours.with_name("ours (conflicted copy 2026-01-02).ablation")
    copy.write_bytes(encode(THEIRS))
    for words in (["show", ours], ["set", ours, "budget"], ["next", ours, "--json"]):
        capsys.readouterr()
        assert run(*words) == 0
        said = capsys.readouterr().err
        assert copy.name in said
        assert said.count("\n") == 1
    assert run("show", ours, "--quiet") == 0
    assert not capsys.readouterr().err
