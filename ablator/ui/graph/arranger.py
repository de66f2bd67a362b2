"""Asks for layouts and hands them on: small ones at once, large ones from the worker process."""

import msgspec
from PySide6.QtCore import QObject, Signal

from ablator.app.layout import Arrangement, arrange
from ablator.app.planning import Running, Submitting
from ablator.core.study import Study
from ablator.ui.graph.request import request_for

AT_ONCE = 300
"""Up to so many cards a layout takes less than a frame or two and is made on the spot."""
ASPECT = 2.0


class Arranger(QObject):
    """Owns the layout shown last. Only the answer to the question asked last is ever handed on."""

    arranged = Signal(object)
    """The Arrangement."""
    failed = Signal(str)

    def __init__(self, jobs: Submitting | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.jobs = jobs
        self.before: Arrangement | None = None
        self.aspect = ASPECT
        self._job: Running | None = None
        self._gone: dict[str, tuple[int, int]] = {}
        """Where cards lay that are no longer there, so that undo puts them back."""

    def forget(self) -> None:
        """Another study: nothing of the layout before counts."""
        self.before = None
        self._gone = {}

    def ask(self, study: Study, *, afresh: bool = False) -> None:
        """Lay a study out; what is known stays where it is, unless `afresh`."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
        if afresh:
            self.forget()
        asked = request_for(study, self.aspect, self.before, self._returning(study))
        if self.jobs is None or len(asked.cards) <= AT_ONCE:
            self._take(arrange(asked))
        else:
            self._job = self.jobs.submit("layout", msgspec.msgpack.encode(asked), self._decode, self._fail)

    def _returning(self, study: Study) -> dict[str, tuple[int, int]]:
        """Cells of cards that are back, where nobody lies now."""
        if self.before is None:
            return {}
        held = {(study.elements[k].lane, cell) for k, cell in self.before.cells.items() if k in study.elements}
        return {
            k: cell
            for k, cell in self._gone.items()
            if k in study.elements and k not in self.before.cells and (study.elements[k].lane, cell) not in held
        }

    def _decode(self, answer: bytes) -> None:
        self._take(msgspec.msgpack.decode(answer, type=Arrangement))

    def _take(self, found: Arrangement) -> None:
        self._job = None
        if self.before is not None:
            self._gone.update(self.before.cells)
        self.before = found
        self.arranged.emit(found)

    def _fail(self, reason: str) -> None:
        self._job = None
        self.failed.emit(reason)
