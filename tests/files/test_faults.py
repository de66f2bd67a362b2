"""Saving under what goes wrong outside of the program: kills, too little room, loss of power, many writers."""

import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ablator.core import edits
from ablator.core.elements import Element, Info
from ablator.core.errors import AblatorError, ChangedOnDisk
from ablator.core.study import study_from
from ablator.files.atomic import System, save_bytes, sha256
from ablator.files.study_file import encode, open_study, save_study

STUDY = study_from(
    Info(name="start"),
    [Element(id=f"idea-{i}", lane="instantiation", kind="idea", name="Idea " * 9) for i in range(200)],
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "s.ablation"
    path.write_bytes(encode(STUDY))
    return path


def forked(work: Callable[[], int]) -> int:
    """Run in a child and give its process id; its exit status is what `work` returns, 70 for any other error."""
    child = os.fork()
    if child:
        return child
    status = 70
    try:
        status = work()
    finally:
        os._exit(status)


def ended(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_killed_save_never_costs_the_study(file: Path) -> None:
    chance, last = random.Random(7), -1
    for _ in range(20):
        with subprocess.Popen(
            [sys.executable, "-m", "ablator", "_saveloop", str(file), "x-round", "100000"],
            stdout=subprocess.PIPE,
            text=True,
        ) as running:
            assert running.stdout
            said = [running.stdout.readline() for _ in range(chance.randrange(1, 6))]
            running.send_signal(signal.SIGKILL)
            said += running.stdout.read().splitlines(keepends=True)
        whole = [line for line in said if line.endswith("\n")]
        last = int(whole[-1].split()[1])
        assert int(str(open_study(file)[0].info.extra["x-round"])) >= last
    save_study(STUDY, file)
    assert os.listdir(file.parent) == [file.name], "no litter"


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99, 1.0])
def test_a_limit_on_the_size_of_files(file: Path, share: float) -> None:
    larger = edits.set_info(STUDY, "name", "larger " * 20).apply(STUDY)
    size, before = len(encode(larger)), file.read_bytes()

    def save() -> int:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(size * share), int(size * share)))
        try:
            save_study(larger, file)
        except AblatorError as wrong:
            return 3 if "larger than is allowed" in str(wrong) else 71
        return 0

    status = ended(forked(save))
    assert status == (0 if share == 1.0 else 3)
    assert file.read_bytes() == (encode(larger) if status == 0 else before)
    assert os.listdir(file.parent) == [file.name]


class Killed(System):
    """Ends the program without a word before the call of that number."""

    def __init__(self, number: int) -> None:
        self.left = number

    def _count(self) -> None:
        if self.left == 0:
            os._exit(9)
        self.left -= 1

    def write(self, descriptor: int, data: memoryview) -> int:
        self._count()
        return super().write(descriptor, data[: max(1, len(data) // 2)])

    def sync(self, descriptor: int) -> None:
        self._count()
        super().sync(descriptor)

    def replace(self, source: str, target: Path) -> None:
        self._count()
        super().replace(source, target)


def test_a_kill_before_each_call_leaves_the_old_or_the_new_file(file: Path) -> None:
    old, new, statuses = file.read_bytes(), b"new" * 1000, []
    for number in range(100):
        file.write_bytes(old)

        def save(number: int = number) -> int:
            save_bytes(file, new, system=Killed(number))
            return 0

        statuses.append(ended(forked(save)))
        assert file.read_bytes() == new if statuses[-1] == 0 else file.read_bytes() in (old, new)
        if statuses[-1] == 0:
            break
    assert set(statuses[:-1]) == {9}
    assert statuses[-1] == 0
    assert len(statuses) > 5
    assert os.listdir(file.parent) == [file.name]


class Disk(System):
    """Notes what would outlast a loss of power: the bytes of files that were synced, names once their folder was."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.safe: set[int] = set()

        self.steps: list[str] = []

    def write(self, descriptor: int, data: memoryview) -> int:
        self.steps.append("write")
        self.safe.discard(os.fstat(descriptor).st_ino)
        return super().write(descriptor, data[: max(1, len(data) // 2)])

    def sync(self, descriptor: int) -> None:
        self.steps.append("sync folder" if os.path.samestat(os.fstat(descriptor), self.folder.stat()) else "sync")
        self.safe.add(os.fstat(descriptor).st_ino)
        super().sync(descriptor)

    def replace(self, source: str, target: Path) -> None:
        assert os.stat(source).st_ino in self.safe, "a name must never lead to bytes that are not on the disk"
        self.steps.append("replace")
        super().replace(source, target)


def test_after_a_loss_of_power_the_old_or_the_new_file_stands(file: Path) -> None:
    disk = Disk(file.parent)
    save_bytes(file, b"new" * 1000, system=disk)
    assert disk.steps[-3:] == ["sync", "replace", "sync folder"], "saved is said once the new name is on the disk too"
    assert disk.steps.count("write") > 1
    assert file.read_bytes() == b"new" * 1000


def test_writers_lose_no_update_of_one_another(file: Path) -> None:
    def write(who: int) -> Callable[[], int]:
        def work() -> int:
            for turn in range(5):
                until = time.monotonic() + 60
                while time.monotonic() < until:
                    study, known = open_study(file)
                    try:
                        save_study(edits.set_info(study, f"x-{who}-{turn}", "here").apply(study), file, known)
                        break
                    except ChangedOnDisk:
                        continue
                else:
                    return 1
            return 0

        return work

    children = [forked(write(who)) for who in range(4)]
    assert [ended(child) for child in children] == [0, 0, 0, 0]
    extra = open_study(file)[0].info.extra
    assert {f"x-{who}-{turn}" for who in range(4) for turn in range(5)} <= extra.keys()


def test_a_replaced_file_is_left_alone_whatever_its_time_says(file: Path) -> None:
    study, known = open_study(file)
    stamp = file.stat()
    theirs = encode(edits.set_info(study, "name", "theirs").apply(study))
    file.write_bytes(theirs)
    os.utime(file, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    with pytest.raises(ChangedOnDisk):
        save_study(study, file, known)
    assert sha256(file.read_bytes()) == sha256(theirs)
