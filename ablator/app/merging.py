"""Merges of the open study with files, made by the worker: nothing is dropped, and each is one step to take back."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from ablator.app.document import Document
from ablator.core.errors import AblatorError

if TYPE_CHECKING:
    from ablator.app.comparison_jobs import CompareAsk, MergeAnswer, MergeAsk, StagesAsk
    from ablator.app.planning import Submitting
    from ablator.core.study import Study


class Merging(QObject):
    """Asks the worker for merges and comparisons and takes the answers in, unless the study is another by then.

    An edit that was made meanwhile is kept: the merge is asked for once more.
    """

    merged = Signal(str, int)
    """Name of the file that was merged, and how many conflicts that left."""
    nothing = Signal(str)
    """Name of a file that holds nothing that is not here."""
    failed = Signal(str)

    def __init__(self, document: Document, jobs: "Submitting | None" = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._jobs = document, jobs
        self.sides: dict[str, str] = {}
        """For each conflict of this session: whether `shown` or `other` is ours."""

    def with_disk(self, label: str) -> None:
        """Bring what somebody else wrote to the study's file together with the study."""
        document = self._document
        path, ours = document.path, document.study
        if path is None:
            return
        from ablator.app.comparison_jobs import MergeAsk, merge_answer

        def take(answer: bytes) -> None:
            if document.path != path:
                return
            if document.study is not ours:
                self.with_disk(label)
                return
            found = merge_answer(answer)
            document.merge(found.as_change(label), found.theirs, found.file_hash)
            self._tell(path, found)

        base = document.base
        self._ask(
            lambda: MergeAsk(_data(ours), os.fsencode(path), None if base is None else _data(base)), "merge", take
        )

    def with_copy(self, copy: Path, label: str) -> None:
        """Bring what another file holds into the study; what both had in common is not known, so nothing is dropped."""
        document, ours = self._document, self._document.study
        from ablator.app.comparison_jobs import MergeAsk, merge_answer

        def take(answer: bytes) -> None:
            if document.study is not ours:
                self.with_copy(copy, label)
                return
            found = merge_answer(answer)
            change = found.as_change(label)
            if not change:
                self.nothing.emit(copy.name)
                return
            document.do(change)
            self._tell(copy, found)

        self._ask(lambda: MergeAsk(_data(ours), os.fsencode(copy), None, based=False), "merge", take)

    def from_git(self, path: Path, label: str, may_leave: Callable[[], bool]) -> None:
        """Open a file in which git left both sides: ours as it was, and the merge as an unsaved step."""
        from ablator.app.comparison_jobs import StagesAsk, merge_answer
        from ablator.files.study_file import decode

        def take(answer: bytes) -> None:
            found = merge_answer(answer)
            if not may_leave():
                return
            self._document.load(decode(found.ours, str(path)), path.absolute(), found.file_hash)
            self._document.outrank(None, found.file_hash)  # the file does not hold what was loaded
            self._document.do(found.as_change(label))
            self._tell(path, found)

        self._ask(lambda: StagesAsk(os.fsencode(path)), "stages", take)

    def compare(self, path: Path, told: Callable[[bytes], None]) -> None:
        """Compare the study with the one in a file; `told` takes the worker's answer."""
        from ablator.app.comparison_jobs import CompareAsk

        ours = self._document.study
        self._ask(lambda: CompareAsk(_data(ours), os.fsencode(path)), "compare", told)

    def _tell(self, path: Path, found: "MergeAnswer") -> None:
        self.sides |= found.sides
        self.merged.emit(path.name, len(found.sides))

    def _ask(
        self, ask: "Callable[[], MergeAsk | StagesAsk | CompareAsk]", name: str, take: Callable[[bytes], None]
    ) -> None:
        from ablator.app.comparison_jobs import asked

        try:
            payload = asked(ask())
        except AblatorError as wrong:
            self.failed.emit(str(wrong))
            return

        def taken(answer: bytes) -> None:
            try:
                take(answer)
            except AblatorError as wrong:
                self.failed.emit(str(wrong))

        if self._jobs is not None:
            self._jobs.submit(name, payload, taken, self.failed.emit)
            return
        QTimer.singleShot(0, self, lambda: self._in_process(name, payload, taken))

    def _in_process(self, name: str, payload: bytes, take: Callable[[bytes], None]) -> None:
        from ablator.app.worker import JOBS

        try:
            answer = JOBS[name](payload, lambda share, text: None)
        except AblatorError as wrong:
            self.failed.emit(str(wrong))
            return
        take(answer)


def _data(study: "Study") -> bytes:
    from ablator.files.study_file import encode

    return encode(study)
