"""The merge driver inside a real git: merges, conflicts, both added, cherry-pick, rebase, damage, a killed driver."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ablator.cli.main import main
from ablator.core import edits
from ablator.core.elements import Element, Info, Relation
from ablator.core.errors import BadInput
from ablator.core.study import Study, study_from
from ablator.files.git import ATTRIBUTE, install_merge_driver
from ablator.files.merge import merge_studies
from ablator.files.study_file import decode, encode

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

FILE = "plan.ablation"
BASE = study_from(
    Info(name="Base", budget=10.0),
    [Element(id=f"i{n}", lane="instantiation", kind="idea", name=f"Idea {n}") for n in range(6)],
    [Relation(source=f"i{n}", target=f"i{n - 1}", kind="requires") for n in range(1, 6)],
)
OURS = edits.rename(BASE, "i1", "Ours").apply(BASE)
THEIRS = edits.remove(BASE, ["i5"]).apply(edits.set_info(BASE, "budget", 20).apply(BASE))
CLASH = edits.rename(BASE, "i1", "Theirs").apply(BASE)


class Repository:
    """A git repository with two branches, `main` and `other`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("init", "-q", "-b", "main")
        install_merge_driver(folder)
        self.git("config", "merge.ablation.driver", f'"{sys.executable}" -m ablator merge-driver %O %A %B %L %P')
        self.git("add", ".")
        self.git("commit", "-qm", "start")

    def git(self, *words: str, fails: bool = False) -> str:
        ended = subprocess.run(["git", *words], cwd=self.folder, capture_output=True, text=True, check=False)
        assert fails or ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout + ended.stderr

    def put(self, study: Study | bytes, name: str = FILE) -> None:
        (self.folder / name).write_bytes(study if isinstance(study, bytes) else encode(study))
        self.git("add", name)
        self.git("commit", "-qm", "put")

    def branches(self, base: Study | None, ours: Study | bytes, theirs: Study | bytes) -> None:
        if base is not None:
            self.put(base)
        self.git("branch", "other")
        self.put(ours)
        self.git("checkout", "-q", "other")
        self.put(theirs)
        self.git("checkout", "-q", "main")

    @property
    def data(self) -> bytes:
        return (self.folder / FILE).read_bytes()

    @property
    def unmerged(self) -> bool:
        return any(line[:2] in {"UU", "AA"} for line in self.git("status", "--porcelain").splitlines())

    @property
    def litter(self) -> list[str]:
        return [line for line in self.git("status", "--porcelain").splitlines() if line.startswith("??")]


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


@pytest.mark.parametrize("theirs", [THEIRS, CLASH], ids=["clean", "conflict"])
@pytest.mark.parametrize("way", [("merge", "-q", "other"), ("rebase", "other"), ("cherry-pick", "other")])
def test_git_merges_by_meaning(repository: Repository, theirs: Study, way: tuple[str, ...]) -> None:
    repository.branches(BASE, OURS, theirs)
    repository.git(*way, fails=theirs is CLASH)
    merged = merge_studies(BASE, OURS, theirs)
    assert repository.data == encode(merged.study)
    assert repository.unmerged == bool(merged.conflicts) == (theirs is CLASH)
    assert not repository.litter


def test_both_sides_added_the_file(repository: Repository) -> None:
    repository.branches(None, OURS, CLASH)
    repository.git("merge", "-q", "other", fails=True)
    assert decode(repository.data, "s").conflicts
    assert repository.unmerged


def test_stash_pop(repository: Repository) -> None:
    repository.put(BASE)
    (repository.folder / FILE).write_bytes(encode(THEIRS))
    repository.git("stash", "-q")
    repository.put(OURS)
    repository.git("stash", "pop")
    assert repository.data == encode(merge_studies(BASE, OURS, THEIRS).study)


def test_a_damaged_side_leaves_ours_alone(repository: Repository) -> None:
    repository.branches(BASE, OURS, b'{"format": ')
    said = repository.git("merge", "-q", "other", fails=True)
    assert repository.data == encode(OURS)
    assert "ablator: plan.ablation:1" in said


def test_a_killed_driver_leaves_ours_alone(repository: Repository) -> None:
    repository.branches(BASE, OURS, THEIRS)
    repository.git("config", "merge.ablation.driver", "kill -9 $$; : %O %A %B %L %P")
    repository.git("merge", "-q", "other", fails=True)
    assert repository.data == encode(OURS)


def test_without_the_driver_git_mostly_merges_the_text(repository: Repository) -> None:
    repository.git("config", "--remove-section", "merge.ablation")
    repository.branches(BASE, OURS, THEIRS)
    repository.git("merge", "-q", "other")
    assert repository.data == encode(merge_studies(BASE, OURS, THEIRS).study)


def test_statuses_of_the_driver(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [str(tmp_path / n) for n in ("base", "ours", "theirs")]
    for name, data in zip(names, (encode(BASE), encode(OURS), b"[]"), strict=True):
        Path(name).write_bytes(data)
    assert main(["merge-driver", *names, "7", "plan.ablation"]) > 128
    assert Path(names[1]).read_bytes() == encode(OURS)
    Path(names[2]).write_bytes(encode(THEIRS))
    assert main(["merge-driver", *names, "7", "plan.ablation"]) == 0
    Path(names[2]).write_bytes(encode(CLASH))
    assert main(["merge-driver", *names, "7", "plan.ablation"]) == 1
    assert "plan.ablation: elements/i1/name: edited twice" in capsys.readouterr().err


def test_installing_twice_changes_nothing_more(repository: Repository) -> None:
    (repository.folder / ".gitattributes").write_text("*.png binary")
    install_merge_driver(repository.folder)
    assert install_merge_driver(repository.folder / ".git" / "..")
    assert (repository.folder / ".gitattributes").read_text() == f"*.png binary\n{ATTRIBUTE}\n"


def test_installing_for_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / ".config"))
    assert len(install_merge_driver(tmp_path, for_user=True)) == 2
    assert (tmp_path / ".config" / "git" / "attributes").read_text() == f"{ATTRIBUTE}\n"
    assert "ablator merge-driver" in (tmp_path / "gitconfig").read_text()


def test_outside_of_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", os.fspath(tmp_path.parent))
    with pytest.raises(BadInput, match="no git repository"):
        install_merge_driver(tmp_path)


def test_the_command_installs(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(repository.folder)
    assert main(["merge", "--install"]) == 0
    assert "ablator merge-driver" in capsys.readouterr().err
    assert "ablator merge-driver" in repository.git("config", "merge.ablation.driver")
