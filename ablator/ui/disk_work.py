"""Other writers of the open file, its earlier versions, and the conflicts of a merge."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal, Protocol

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale, QObject, Qt

from ablator.app.disk_watch import DiskWatch
from ablator.app.document import Document
from ablator.core.errors import AblatorError
from ablator.ui.notice import Choice, Notice, NoticeStrip

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from ablator.core.elements import Conflict
    from ablator.core.study import Study


class Filing(Protocol):
    """What saves the study and says why it cannot; `FileWork` is one."""

    def save(self) -> bool:
        """Save to the study's file."""

    def save_as(self) -> bool:
        """Ask for a name and save under it."""

    def refuse(self, wrong: AblatorError, choices: Sequence[Choice]) -> None:
        """Say what went wrong, with ways on."""


class DiskWork(QObject):
    """Tells of changes on disk and carries out what a person decides. Nothing is overwritten or dropped unasked."""

    def __init__(self, document: Document, notices: NoticeStrip, files: Filing, window: "QWidget") -> None:
        super().__init__(window)
        self._document, self._notices, self._files, self._window = document, notices, files, window
        self._notice: Notice | None = None
        self.watch = DiskWatch(document, self)
        self.watch.differs.connect(self._differs)
        self.watch.gone.connect(self._gone)
        self.watch.copies.connect(self._copies)

    # Somebody else wrote the file

    def _differs(self, file_hash: str) -> None:
        path = self._document.path
        if path is None:
            return
        text = self.tr("{0} was changed on disk by another program.").format(path.name)
        if self._document.dirty:
            self._tell(text, self.choices())
        else:
            self._tell(text, [(self.tr("Reload"), self.reload), (self.tr("Save as…"), self._save_as)])

    def _gone(self) -> None:
        path = self._document.path
        if path is not None:
            text = self.tr("{0} is no longer where it was. The study is still here.").format(path.name)
            self._tell(text, [(self.tr("Write it again"), self._write), (self.tr("Save as…"), self._save_as)])

    def _copies(self, copies: "list[Path]") -> None:
        """One notice a copy: each is merged or left by itself."""
        for copy in copies:
            text = self.tr("{0} lies beside this study: two places changed it at once.").format(copy.name)
            merge = self.tr("Merge it")
            self._notices.say(text, "warning", [(merge, partial(self.merge_copy, copy))])

    def merge_copy(self, copy: "Path") -> None:
        """Bring what a copy holds into the study, as one step; the copy stays where it is.

        What the two had in common is not known: nothing is dropped, and each difference waits as a conflict.
        """
        from ablator.core.change import between
        from ablator.core.study import Study
        from ablator.files.merge import merge_studies
        from ablator.files.study_file import open_study

        try:
            theirs, _ = open_study(copy)
        except AblatorError as wrong:
            self._files.refuse(wrong, [])
            return
        ours = self._document.study
        merged = merge_studies(Study(), ours, theirs)
        self._notices.clear()
        if merged.study.same_as(ours):
            self._notices.say(self.tr("{0} holds nothing that is not here.").format(copy.name), "success")
            return
        self._document.do(between(ours, merged.study, self.tr("Merge {0}").format(copy.name)))
        self._say_merged(len(merged.conflicts))

    def _tell(self, text: str, choices: list[Choice]) -> None:
        """One notice at a time about the file: an older one asks about what is no longer there."""
        self.forget()
        self._notice = self._notices.say(text, "warning", choices)

    def forget(self) -> None:
        """Take the notice about the file away: what it asks was answered by other means."""
        notice, self._notice = self._notice, None
        if notice is not None and notice in self._notices.notices:
            notice.closed.emit()

    def choices(self, *, then_save: bool = False) -> list[Choice]:
        """What can be done where both sides changed; `then_save` where a save was under way."""
        return [
            (self.tr("Keep mine"), lambda: self.keep_mine(then_save=then_save)),
            (self.tr("Reload theirs"), self.reload),
            (self.tr("Merge"), self.merge),
            (self.tr("Save as…"), self._save_as),
        ]

    def keep_mine(self, *, then_save: bool = False) -> None:
        """The present study outranks what is on disk; that is kept as an earlier version when it is replaced."""
        from ablator.files.atomic import read_bytes, sha256
        from ablator.files.study_file import decode

        path = self._document.path
        if path is None:
            return
        theirs: Study | None = None
        try:
            data = read_bytes(path)
        except AblatorError as wrong:
            self._files.refuse(wrong, [(self.tr("Save as…"), self._save_as)])
            return
        try:
            theirs = decode(data, str(path))
        except AblatorError:
            pass  # what cannot be read cannot be a base, yet it may be replaced
        self._document.outrank(theirs, sha256(data))
        if then_save:
            self._files.save()

    def reload(self) -> None:
        """Read the study's file again; what was not saved is lost."""
        found = self._read()
        if found is not None:
            self._notices.clear()
            self._document.load(found[0], self._document.path, found[1])

    def merge(self) -> None:
        """Bring what both sides changed into one study, as one step; what cannot be decided is kept as conflicts."""
        from ablator.files.merge import merge_studies

        found, ours = self._read(), self._document.study
        if found is None:
            return
        theirs, file_hash = found
        base = self._document.base
        merged = merge_studies(base if base is not None else theirs, ours, theirs)
        self._notices.clear()
        self._document.merge(merged.study, theirs, file_hash, self.tr("Merge with the file on disk"))
        self._say_merged(len(merged.conflicts))

    def _say_merged(self, conflicts: int) -> None:
        if conflicts:
            text = self.tr("Merged. Where both sides changed the same thing, both values are kept: {0} to decide.")
            choices = [(self.tr("Decide…"), self.show_conflicts)]
            self._notices.say(text.format(QLocale().toString(conflicts)), "warning", choices)
        else:
            self._notices.say(self.tr("Merged without conflict. Save to write it."), "success")

    def _read(self) -> "tuple[Study, str] | None":
        from ablator.files.study_file import open_study

        if self._document.path is None:
            return None
        try:
            return open_study(self._document.path)
        except AblatorError as wrong:
            self._files.refuse(wrong, [(self.tr("Save as…"), self._save_as)])
            return None

    def _save_as(self) -> None:
        self._files.save_as()

    def _write(self) -> None:
        self._files.save()

    # Conflicts

    def show_conflicts(self) -> None:
        """What a merge left open, to decide one by one."""
        from ablator.ui.picking import PickDialog

        conflicts = list(self._document.study.conflicts.values())
        rows = [(_conflict_text(c), _conflict_text(c), True) for c in conflicts]
        PickDialog(
            self.tr("Conflicts"),
            self.tr("Both sides changed the same thing. The study shows one value and keeps the other."),
            rows,
            [
                (self.tr("Keep what is shown"), lambda n: self._decide(conflicts[n], "shown")),
                (self.tr("Take the other"), lambda n: self._decide(conflicts[n], "other")),
            ],
            self._window,
            stays=True,
        ).open()

    def _decide(self, conflict: "Conflict", keep: Literal["shown", "other"]) -> bool:
        from ablator.core.conflicts import solve

        return self._document.attempt(solve, conflict.id, keep)

    # Earlier versions

    def show_versions(self) -> None:
        """What earlier saves of the file replaced, to restore as an unsaved step."""
        from ablator.files.versions import earlier_versions
        from ablator.ui.picking import PickDialog

        path = self._document.path
        versions = earlier_versions(path) if path is not None else []
        PickDialog(
            self.tr("Earlier versions"),
            self.tr("What earlier saves replaced. A version that is restored counts as an edit: it can be undone."),
            [(self.tr("Replaced on {0}").format(_local(v.replaced)), v.file.name, True) for v in versions],
            [(self.tr("Restore"), lambda n: self.restore(versions[n].file, _local(versions[n].replaced)))],
            self._window,
            empty=self.tr("No earlier version of this file was kept: it was not saved over yet."),
        ).open()

    def restore(self, version: "Path", when: str) -> None:
        """Make the study what an earlier version was, as one step."""
        from ablator.core.change import between
        from ablator.files.study_file import open_study

        try:
            study, _ = open_study(version)
        except AblatorError as wrong:
            self._files.refuse(wrong, [])
            return
        self._document.do(between(self._document.study, study, self.tr("Restore the version of {0}").format(when)))


def _local(iso: str) -> str:
    """A moment in the time and words of the user's place."""
    moment = QDateTime.fromString(iso, Qt.DateFormat.ISODate).toLocalTime()
    return QLocale().toString(moment, QLocale.FormatType.ShortFormat)


def _conflict_text(c: "Conflict") -> str:
    place = " ".join(p for p in (c.row if c.row != "info" else "", c.attribute) if p) or c.table
    if not c.attribute:
        shown, other = _said("there"), _said("not there")
        if c.shown is None:
            shown, other = other, shown
    else:
        shown, other = str(c.shown)[:80], str(c.other)[:80]
    return _said("{0}: shown {1}, other {2} ({3})").format(place, shown, other, _said(c.kind))


def _said(text: str) -> str:
    return QCoreApplication.translate("DiskWork", text)
