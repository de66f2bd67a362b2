"""Work that an earlier run left behind: journals of unsaved edits, and copies made when something went wrong."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from ablator.app.examples import is_example
from ablator.core.errors import AblatorError

if TYPE_CHECKING:
    from ablator.app.document import Document
    from ablator.files.journal import Abandoned

SHOWN = 50
"""Entries looked at; older ones are offered once these are gone."""


@dataclass(frozen=True, slots=True)
class Left:
    """One piece of work: what it is called, what is known of it, and why it cannot be had back, where it cannot."""

    name: str
    detail: str
    wrong: str = ""
    journal: "Abandoned | None" = None
    copy: Path | None = None

    def discard(self) -> None:
        """Delete it for good."""
        from ablator.app import rescue

        if self.journal is not None:
            self.journal.discard()
        if self.copy is not None:
            rescue.discard(self.copy)

    def open(self, document: "Document") -> None:
        """Load it as unsaved work. Raises AblatorError where nothing of it can be read.

        A journal goes once the document's own journal holds its edits; a copy stays until it is discarded.
        """
        from ablator.app.autosave import recover
        from ablator.files.study_file import open_study

        if self.journal is not None:
            recover(document, self.journal)
        elif self.copy is not None:
            study, _ = open_study(self.copy)
            document.load(study, None, None)


def left_behind() -> list[Left]:
    """What can be had back, newest first. Never fails; a journal without an edit is cleared away."""
    from ablator.app.rescue import rescued
    from ablator.files.journal import abandoned

    found = [entry for one in reversed(abandoned()[-SHOWN:]) if (entry := _of_journal(one)) is not None]
    found += [Left(path.stem, _when(path), copy=path) for path in rescued()]
    return found


def _of_journal(one: "Abandoned") -> Left | None:
    when = _when(one.file)
    try:
        kept = one.recover()
    except AblatorError as wrong:
        return Left(one.file.name, when, str(wrong), journal=one)
    if kept.study.same_as(kept.base) and (kept.path is not None or is_example(kept.study)):
        one.discard()
        return None
    name = kept.path.stem if kept.path is not None else " ".join(kept.study.info.name.split())[:200]
    parts = [when, _said("1 edit") if kept.edits == 1 else _said("{0} edits").format(kept.edits)]
    if kept.damaged:
        parts.append(_said("{0} damaged").format(kept.damaged))
    return Left(name or _said("Untitled study"), ", ".join(parts), journal=one)


def _said(text: str) -> str:
    return QCoreApplication.translate("LeftBehind", text)


def _when(path: Path) -> str:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime).astimezone().strftime("%Y-%m-%d %H:%M")
    except OSError:
        return ""
