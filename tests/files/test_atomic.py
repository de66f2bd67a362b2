"""Saving leaves the old or the new file, never half of one, whatever fails."""

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from ablator.core.errors import BadInput, CannotAccess, ChangedOnDisk
from ablator.files import atomic
from ablator.files.atomic import System, read_bytes, save_bytes, sha256

OLD, NEW = b"old\n", b"new " * 1000


class Failing(System):
    """The system whose call number `which` fails with `error`."""

    def __init__(self, which: int, error: int) -> None:
        self.left, self.error = which, error

    def _count(self, call: Callable[[], int | None]) -> int | None:
        if self.left == 0:
            raise OSError(self.error, os.strerror(self.error))
        self.left -= 1
        return call()

    def write(self, descriptor: int, data: memoryview) -> int:
        return self._count(lambda: os.write(descriptor, data[: max(1, len(data) // 2)])) or 0

    def sync(self, descriptor: int) -> None:
        self._count(lambda: os.fsync(descriptor))

    def replace(self, source: str, target: Path) -> None:
        self._count(lambda: os.replace(source, target))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "s.ablation"
    path.write_bytes(OLD)
    return path


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EACCES, errno.EROFS])
def test_any_call_may_fail(file: Path, error: int) -> None:
    saved, said = False, ""
    for which in range(100):
        file.write_bytes(OLD)
        try:
            save_bytes(file, NEW, system=Failing(which, error))
            saved = True
        except CannotAccess as wrong:
            said = str(wrong)
        assert file.read_bytes() == NEW if saved else file.read_bytes() in (OLD, NEW)
        assert os.listdir(file.parent) == [file.name], "no litter"
        assert saved or str(file) in said
        if saved:
            assert which > 5
            return
    pytest.fail("never saved")


def test_a_killed_save_leaves_the_old_file_and_the_next_one_sweeps(file: Path) -> None:
    class Killed(System):
        def sync(self, descriptor: int) -> None:
            os._exit(9)

    child = os.fork()
    if child == 0:
        save_bytes(file, NEW, system=Killed())
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert file.read_bytes() == OLD
    assert len(os.listdir(file.parent)) == 2
    save_bytes(file, NEW)
    assert os.listdir(file.parent) == [file.name]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o755])
def test_the_mode_is_kept(file: Path, mode: int) -> None:
    file.chmod(mode)
    save_bytes(file, NEW)
    assert stat.S_IMODE(file.stat().st_mode) == mode


def test_links_are_followed(file: Path, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    link = tmp_path / "sub" / "link.ablation"
    link.symlink_to("../s.ablation")
    save_bytes(link, NEW)
    assert link.is_symlink()
    assert file.read_bytes() == NEW
    assert os.listdir(tmp_path / "sub") == ["link.ablation"]


@pytest.mark.parametrize(
    "name",
    ["p" * 246 + ".ablation", "計" * 82 + ".ablation", "a\nb.ablation", "-rf.ablation", "<b>x.ablation", "# ? %"],
)
def test_odd_names(tmp_path: Path, name: str) -> None:
    save_bytes(tmp_path / name, NEW)
    assert read_bytes(tmp_path / name) == NEW
    assert os.listdir(tmp_path) == [name]


def test_a_name_that_is_not_utf8(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.ablation"))
    save_bytes(path, NEW)
    save_bytes(path, OLD, expected_hash=sha256(NEW))
    assert os.listdir(os.fsencode(tmp_path)) == [b"caf\xe9.ablation"]


def test_what_somebody_else_wrote_is_not_overwritten(file: Path) -> None:
    loaded = sha256(OLD)
    file.write_bytes(b"theirs")
    os.utime(file, (1, 1))
    with pytest.raises(ChangedOnDisk, match="somebody else"):
        save_bytes(file, NEW, expected_hash=loaded)
    assert file.read_bytes() == b"theirs"
    assert save_bytes(file, NEW, expected_hash=sha256(b"theirs")) == sha256(NEW)


def test_locks_lie_in_the_runtime_folder(file: Path) -> None:
    save_bytes(file, NEW)
    assert os.listdir(file.parent) == [file.name]
    assert atomic._runtime().is_relative_to(os.environ["XDG_RUNTIME_DIR"])


def test_without_a_runtime_folder(
    file: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    save_bytes(file, NEW)
    assert file.read_bytes() == NEW
    assert capfd.readouterr() == ("", "")


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, kind in (
        (tmp_path, BadInput),
        (tmp_path / "pipe", BadInput),
        (tmp_path / "none" / "x", CannotAccess),
        (Path("a\0b"), CannotAccess),
    ):
        with pytest.raises(kind):
            save_bytes(path, NEW)
        with pytest.raises(kind):
            read_bytes(path)


def test_a_file_that_is_too_large_is_refused(file: Path) -> None:
    with pytest.raises(BadInput, match="at most 3"):
        read_bytes(file, limit=3)
