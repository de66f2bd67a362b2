"""What a crash leaves of unsaved edits is found again."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings

from ablator.core import edits
from ablator.core.change import Change, between
from ablator.core.elements import Element, Info
from ablator.core.errors import AblatorError, CannotAccess
from ablator.core.study import Study, study_from
from ablator.files.journal import Journal, abandoned, journal_folder
from tests.core.any_study import studies

STUDY = study_from(Info(name="Start"), [Element(id="a", lane="instantiation", kind="idea")])


def crashed(folder: Path, *names: str) -> Study:
    """A journal with renames that nobody closed; returns the study after them."""
    journal, study = Journal(folder), STUDY
    journal.restart(study, Path("s.ablation"), "hash")
    for name in names:
        change = edits.rename(study, "a", name)
        journal.append(change)
        study = change.apply(study)
    journal.close()
    return study


@given(studies(), studies(), studies())
@settings(max_examples=40)
def test_any_change_comes_back(tmp_path_factory: pytest.TempPathFactory, a: Study, b: Study, c: Study) -> None:
    folder = tmp_path_factory.mktemp("journal")
    journal = Journal(folder)
    journal.restart(a, None, None)
    journal.append(between(a, b))
    journal.append(between(b, c))
    journal.append(Change("nothing"))
    assert abandoned(folder) == [], "a running program holds it"
    journal.close()
    (left,) = abandoned(folder)
    got = left.recover()
    assert got.study.same_as(c)
    assert (got.path, got.file_hash, got.damaged) == (None, None, 0)


def test_nothing_is_written_before_the_first_change(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "deep" / "folder")
    journal.restart(STUDY, None, None)
    assert list(tmp_path.iterdir()) == []


def test_saving_and_discarding_drop_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.restart(STUDY, None, None)
    journal.append(edits.rename(STUDY, "a", "x"))
    assert len(list(tmp_path.iterdir())) == 1
    journal.restart(STUDY, None, None)
    assert list(tmp_path.iterdir()) == []
    journal.discard()


def test_a_journal_stays_until_it_is_discarded(tmp_path: Path) -> None:
    study = crashed(tmp_path, "x", "y")
    for _ in range(2):
        (left,) = abandoned(tmp_path)
        got = left.recover()
        assert got.study.same_as(study)
        assert (got.path, got.file_hash, got.edits) == (Path("s.ablation"), "hash", 2)
    left.discard()
    assert abandoned(tmp_path) == []


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_a_torn_last_line_costs_one_edit(tmp_path: Path, cut: int) -> None:
    crashed(tmp_path, "x", "y")
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-cut])
    got = abandoned(tmp_path)[0].recover()
    assert got.study.elements["a"].name == ("y" if cut == 1 else "x")
    assert got.damaged == (0 if cut == 1 else 1)


def test_a_damaged_line_in_the_middle_is_left_out(tmp_path: Path) -> None:
    crashed(tmp_path, "x", "y", "z")
    (file,) = tmp_path.iterdir()
    lines = file.read_bytes().split(b"\n")
    lines[1] = lines[1].replace(b'"x"', b'"q"')
    file.write_bytes(b"\n".join(lines))
    got = abandoned(tmp_path)[0].recover()
    assert got.damaged
    assert got.study.elements["a"].name == "", "no edit is put where it does not fit"


@pytest.mark.parametrize("data", [b"", b"\x00" * 100, b"hello\n", b"00000000 {}\n", b"[" * 100_000])
def test_a_damaged_journal_is_one_sentence(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.journal").write_bytes(data)
    (left,) = abandoned(tmp_path)
    with pytest.raises(AblatorError):
        left.recover()


def test_no_folder_is_no_trouble() -> None:
    assert abandoned() == []
    assert "XDG_DATA_HOME" in os.environ
    assert journal_folder().is_relative_to(os.environ["XDG_DATA_HOME"])


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    journal = Journal(tmp_path / "file")
    journal.restart(STUDY, None, None)
    with pytest.raises(CannotAccess, match="journal"):
        journal.append(edits.rename(STUDY, "a", "x"))


def test_a_killed_program_loses_no_edit(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "ablator", "_edits", str(tmp_path), "100000"], stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout
        for _ in range(20):
            running.stdout.readline()
        running.send_signal(signal.SIGKILL)
        last = [line for line in running.stdout.read().splitlines(keepends=False) if line.startswith("edit ")]
    (left,) = abandoned(tmp_path)
    got = left.recover()
    acknowledged = int(last[-1].split()[1]) if last else 19
    assert got.edits > acknowledged - 1
    assert got.study.info.extra["x-edit"] == str(got.edits - 1)


def test_a_second_crash_loses_nothing_either(tmp_path: Path) -> None:
    for number in range(4):
        folder = tmp_path / str(number)
        with subprocess.Popen(
            [sys.executable, "-m", "ablator", "_edits", str(folder), "100000"], stdout=subprocess.PIPE, text=True
        ) as running:
            assert running.stdout
            for _ in range(5 + 3 * number):
                running.stdout.readline()
            running.send_signal(signal.SIGKILL)
            last = [line for line in running.stdout.read().splitlines() if line.startswith("edit ")]
        words = [sys.executable, "-m", "ablator", "_recover", str(folder)]
        with subprocess.Popen(words, stdout=subprocess.DEVNULL) as recovering:
            recovering.kill()
        said = [subprocess.run(words, capture_output=True, text=True, check=True).stdout for _ in range(2)]
        assert said[0] == said[1]
        acknowledged = int(last[-2].split()[1]) if len(last) > 1 else 4 + 3 * number
        assert int(said[0].split()[1]) >= acknowledged
