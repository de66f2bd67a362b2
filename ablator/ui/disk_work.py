"""Other writers of the open file, its earlier versions, and the conflicts of a merge."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QDateTime, QLocale, QObject, Qt

from ablator.app.disk_watch import DiskWatch
from ablator.app.document import Document
from ablator.app.merging import Merging
from ablator.app.theme import Theme
from ablator.core.errors import AblatorError
from ablator.ui.notice import Choice, Notice, NoticeStrip

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from ablator.app.planning import Submitting
    from ablator.core.study import Study


class Filing(Protocol):
    """What saves the study and says why it cannot; `FileWork` is one."""

    def save(self) -> bool:
        """Save to the study's file."""

    def save_as(self) -> bool:
        """Ask for a name and save under it."""

    def refuse(self, wrong: AblatorError, choices: Sequence[Choice]) -> Notice:
        """Say what went wrong, with ways on."""


class DiskWork(QObject):
    """Tells of changes on disk and carries out what a person decides. Nothing is overwritten or dropped unasked."""

    def __init__(
        self,
        document: Document,
        notices: NoticeStrip,
        files: Filing,
        window: "QWidget",
        theme: Theme,
        jobs: "Submitting | None" = None,
    ) -> None:
        super().__init__(window)
        self._document, self._notices, self._files, self._window = document, notices, files, window
        self._theme = theme
        self.merging = Merging(document, jobs, self)
        self.merging.merged.connect(self._merged)
        self.merging.nothing.connect(self._nothing)
        self.merging.failed.connect(self._failed)
        self._notice: Notice | None = None
        self._asking: Notice | None = None
        self.watch = DiskWatch(document, self)
        self.watch.differs.connect(self._differs)
        self.watch.gone.connect(self._gone)
        self.watch.copies.connect(self._copies)

    # Somebody else wrote the file

    def save_refused(self, wrong: AblatorError) -> None:
        """A save met what somebody else wrote: one notice asks, and no second one about the same pushes it away."""
        self.forget()
        self._notice = self._asking = self._files.refuse(wrong, self.choices(then_save=True))

    def _differs(self, file_hash: str) -> None:
        path = self._document.path
        if path is None or (self._asking is not None and self._asking in self._notices.notices):
            return
        text = self.tr("{0} was changed on disk by another program.").format(path.name)
        if self._document.dirty:
            self._tell(text, self.choices())
        else:
            compare = (self.tr("Compare"), self._compare_disk)
            self._tell(text, [(self.tr("Reload"), self.reload), compare, (self.tr("Save as…"), self._save_as)])

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
            compare = (self.tr("Compare"), partial(self.compare, copy))
            self._notices.say(text, "warning", [compare, (merge, partial(self.merge_copy, copy))])

    def merge_copy(self, copy: "Path") -> None:
        """Bring what a copy holds into the study, as one step; the copy stays where it is.

        What the two had in common is not known: nothing is dropped, and each difference waits as a conflict.
        """
        self.merging.with_copy(copy, self.tr("Merge {0}").format(copy.name))

    def merge_stages(self, path: "Path", may_leave: "Callable[[], bool]") -> None:
        """Open a file in which git left both sides, merged by meaning."""
        self.merging.from_git(path, self.tr("Merge what git left in {0}").format(path.name), may_leave)

    def compare(self, path: "Path", name: str = "") -> None:
        """Show the study beside the one in a file."""
        from ablator.ui.compare_dialog import CompareDialog

        CompareDialog(self._document, self.merging, self._theme, path, self._window, name).show()

    def _compare_disk(self) -> None:
        path = self._document.path
        if path is not None:
            self.compare(path, self.tr("{0} on disk").format(path.stem))

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
            (self.tr("Compare"), self._compare_disk),
            (self.tr("Merge"), self.merge),
            (self.tr("Save as…"), self._save_as),
        ]

    def keep_mine(self, *, then_save: bool = False) -> None:
        """The present study outranks what is on disk; that is kept as an earlier version when it is replaced."""
        from ablator.files.atomic import read_bytes, sha256

        path = self._document.path
        if path is None:
            return
        try:
            data = read_bytes(path)
        except AblatorError as wrong:
            self._files.refuse(wrong, [(self.tr("Save as…"), self._save_as)])
            return
        self._document.outrank(data, sha256(data))
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
        self.merging.with_disk(self.tr("Merge with the file on disk"))

    def _merged(self, name: str, conflicts: int) -> None:
        self._notices.clear()
        if conflicts:
            text = self.tr("Merged. Where both sides changed the same thing, both values are kept: {0} to decide.")
            choices = [(self.tr("Decide…"), self.show_conflicts)]
            self._notices.say(text.format(QLocale().toString(conflicts)), "warning", choices)
        else:
            self._notices.say(self.tr("Merged without conflict. Save to write it."), "success")

    def _nothing(self, name: str) -> None:
        self._notices.clear()
        self._notices.say(self.tr("{0} holds nothing that is not here.").format(name), "success")

    def _failed(self, reason: str) -> None:
        self._files.refuse(AblatorError(reason), [(self.tr("Save as…"), self._save_as)])

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
        from ablator.ui.compare_conflicts import ConflictsDialog

        ConflictsDialog(self._document, self.merging.sides, self._window).open()

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
            [
                (self.tr("Restore"), lambda n: self.restore(versions[n].file, _local(versions[n].replaced))),
                (self.tr("Compare"), lambda n: self._compare_version(versions[n].file, versions[n].replaced)),
            ],
            self._window,
            empty=self.tr("No earlier version of this file was kept: it was not saved over yet."),
        ).open()

    def _compare_version(self, file: "Path", replaced: str) -> bool:
        self.compare(file, self.tr("version of {0}").format(_local(replaced)))
        return False

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
