"""Recovered work: what an earlier run left behind is offered, opened as unsaved, or discarded."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from ablator.app.document import Document, same_file
from ablator.core.errors import AblatorError
from ablator.ui.notice import Choice, NoticeStrip

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from ablator.app.autosave import Autosave
    from ablator.app.left_behind import Left
    from ablator.ui.welcome import WelcomePage


class Recovery(QObject):
    """Keeps the journal of the window's document, and offers those of others that nobody holds any more."""

    offered = Signal()
    """`entries` are new."""

    def __init__(
        self,
        document: Document,
        welcome: "WelcomePage",
        notices: NoticeStrip,
        may_leave: Callable[[], bool],
        window: "QWidget",
    ) -> None:
        super().__init__(window)
        self._document, self._welcome, self._notices = document, welcome, notices
        self._may_leave, self._window = may_leave, window
        self.autosave: Autosave | None = None
        self.entries: list[Left] = []
        self._copy: Left | None = None
        document.dirty_changed.connect(self._saved)
        welcome.recovered_wanted.connect(lambda n: self.open(self.entries[n]))
        welcome.recovery_wanted.connect(self.show_list)

    def begin(self) -> None:
        """Journal every edit from now on, and offer what was left behind."""
        from ablator.app.autosave import Autosave

        if self.autosave is None:
            self.autosave = Autosave(self._document)
            self.autosave.failed.connect(lambda reason: self._notices.say(reason, "danger"))
        self.look()
        self._say_fault()
        self._say()

    def _say_fault(self) -> None:
        """The last run ended by a fault below Python: what it wrote of itself is told once, and kept to copy."""
        from ablator.app import faults
        from ablator.ui.about import versions

        found = faults.left_faults()
        if not found:
            return
        text = self.tr("Last time the program ended by a fault of its own. Unsaved work is under File, Recovered work.")
        details = f"{versions()}\n\n" + "\n\n".join(faults.report(path) for path in found[:3])
        notice = self._notices.say(text, "warning", (), details)

        def forget() -> None:
            for path in found:
                faults.discard(path)

        notice.closed.connect(forget)

    def look(self) -> None:
        """See anew what was left behind."""
        from ablator.app.left_behind import left_behind

        self.entries = left_behind()
        self._welcome.show_recovered([(e.name, e.wrong or e.detail) for e in self.entries])
        self.offered.emit()

    def _say(self) -> None:
        """A quiet bar; the welcome page and the menu offer the same."""
        good = [e for e in self.entries if not e.wrong]
        if not good:
            return
        if len(good) == 1:
            text = self.tr("Unsaved work was kept: {0} ({1})").format(good[0].name, good[0].detail)
            choices: list[Choice] = [
                (self.tr("Open it"), lambda: self.open(good[0])),
                (self.tr("Discard it"), lambda: self.discard(good[0])),
            ]
        else:
            text = self.tr("Unsaved work of {0} studies was kept, {1} last.").format(len(good), good[0].name)
            choices = [(self.tr("Show the list…"), self.show_list)]
        self._notices.say(text, "muted", choices)

    def open(self, entry: "Left") -> None:
        """Load recovered work as unsaved, after present work has been seen to."""
        if entry.wrong:
            self.show_list()
            return
        if not self._may_leave():
            return
        try:
            self._notices.clear()
            entry.open(self._document)
        except AblatorError as wrong:
            self._notices.say(str(wrong), "danger")
            return
        self._copy = entry if entry.copy is not None else None
        self.look()

    def discard(self, entry: "Left") -> None:
        """Delete recovered work."""
        entry.discard()
        self.look()

    def show_list(self) -> None:
        """All recovered work, to open or discard."""
        from ablator.app import rescue
        from ablator.ui.picking import PickDialog

        self.look()
        entries = list(self.entries)
        where = self.tr("It lies in {0}").format(rescue.folder().parent)
        PickDialog(
            self.tr("Recovered work"),
            self.tr("Unsaved work of runs that ended before it was saved. What is opened counts as unsaved.")
            + f"\n{where}",
            [(f"{e.name}    {e.wrong or e.detail}", e.wrong or e.detail, not e.wrong) for e in entries],
            [
                (self.tr("Open"), lambda n: self.open(entries[n])),
                (self.tr("Discard"), lambda n: self.discard(entries[n])),
            ],
            self._window,
            empty=self.tr("Nothing was left behind: every run ended with its work saved or let go.") + f"\n{where}",
        ).open()

    def let_go(self) -> None:
        """The window closes, and what is unsaved is not wanted."""
        if self.autosave is not None:
            self.autosave.discard()

    def secure(self) -> None:
        """The program is about to end unasked: the journal holds every edit; where it does not, a copy is made."""
        from ablator.app.rescue import rescue

        if self.autosave is None or not self.autosave.works:
            rescue(self._document)

    def _saved(self, dirty: bool) -> None:
        """A copy that was opened is not needed once it is saved elsewhere."""
        if not dirty and self._copy is not None and self._document.path is not None:
            if self._copy.copy is not None and not same_file(self._copy.copy, self._document.path):
                self._copy.discard()
            self._copy = None
            self.look()
