"""Autosave: every change of the document goes to the journal, and what a crash left can be had back."""

from PySide6.QtCore import QObject, Signal

from ablator.app.document import Document
from ablator.core.change import Change, between
from ablator.core.errors import AblatorError
from ablator.files.journal import Abandoned, Journal, Recovered, journal_folder


class Autosave(QObject):
    """Keeps the journal of one document. It is dropped once everything is saved, or let go by `discard`."""

    failed = Signal(str)
    """The journal cannot be written; said once until it works again."""

    def __init__(self, document: Document, journal: Journal | None = None) -> None:
        super().__init__(document)
        self._document = document
        self._journal = journal if journal is not None else Journal(journal_folder())
        self._works = True
        document.changed.connect(self._append)
        document.replaced.connect(self._restart)
        document.path_changed.connect(self._restart_when_saved)
        document.dirty_changed.connect(self._restart_when_saved)
        self._restart()

    @property
    def works(self) -> bool:
        """Whether the last edit could be journalled."""
        return self._works

    def discard(self) -> None:
        """Drop the journal: a person chose to lose the edits, or saved them."""
        self._journal.discard()

    def _append(self, change: Change) -> None:
        try:
            self._journal.append(change)
            self._works = True
        except AblatorError as wrong:
            if self._works:
                self._works = False
                self.failed.emit(str(wrong))

    def _restart_when_saved(self) -> None:
        if not self._document.dirty:
            self._restart()

    def _restart(self) -> None:
        document = self._document
        self._journal.restart(document.study, document.path, document.file_hash)
        if document.dirty:
            self._append(Change(""))


def recover(document: Document, left: Abandoned) -> Recovered:
    """Load what a crash left as unsaved edits, one step to take back. Raises AblatorError where nothing can be read.

    The document's own journal holds it before the old one goes, so that a second crash loses nothing.
    """
    found = left.recover()
    document.load(found.base, found.path, found.file_hash)
    document.do(between(found.base, found.study, "Recover unsaved edits"))
    left.discard()
    return found
