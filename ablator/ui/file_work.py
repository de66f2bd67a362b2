"""What the File menu does: open, save and export, each with a way on when it fails."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject

from ablator.app.document import Document
from ablator.app.examples import example_study, is_example
from ablator.app.settings import Settings
from ablator.app.theme import Theme
from ablator.core.errors import AblatorError, ChangedOnDisk, LeftByGit
from ablator.ui.asking import Asking
from ablator.ui.disk_work import DiskWork
from ablator.ui.notice import Choice, Notice, NoticeStrip

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from ablator.app.planning import Submitting


class Says(Protocol):
    """Where a passing word goes."""

    def __call__(self, text: str) -> None:
        """Show it for some seconds."""


class FileWork(QObject):
    """Opens, saves and exports. Whatever fails, the study stays as it is and a notice says what can be done."""

    def __init__(
        self,
        document: Document,
        settings: Settings,
        asking: Asking,
        notices: NoticeStrip,
        say: Says,
        parent: "QWidget",
        theme: Theme,
        jobs: "Submitting | None" = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._settings, self._asking = document, settings, asking
        self._notices, self._say, self._window = notices, say, parent
        self.disk = DiskWork(document, notices, self, parent, theme, jobs)

    @property
    def name(self) -> str:
        """What the study is called in titles and questions."""
        d = self._document
        if d.path is not None:
            return d.path.stem
        return "" if d.empty else " ".join(d.study.info.name.split())[:200] or self.tr("Untitled study")

    # Open

    def open(self) -> None:
        """Ask for a study and open it."""
        path = self._asking.for_study(self._window, self._folder())
        if path is not None:
            self.open_path(path)

    def open_path(self, path: Path) -> bool:
        """Open a study file, after unsaved work has been seen to; False where it was not opened."""
        from ablator.files.study_file import open_study

        try:
            study, file_hash = open_study(path)
        except LeftByGit:
            text = self.tr("{0}: git could not merge this study by its lines and left both sides in it.")
            merge: Choice = (self.tr("Merge by meaning"), lambda: self.disk.merge_stages(path, self.may_leave))
            self._notices.say(text.format(path.name), "warning", [merge])
            return False
        except AblatorError as wrong:
            self.refuse(wrong, [])
            return False
        if not self.may_leave():
            return False
        self._notices.clear()
        self._document.load(study, path.absolute(), file_hash)
        self._remember(path)
        return True

    def open_example(self) -> None:
        """Open the study that comes with the program, as one without a file: it is saved elsewhere."""
        from ablator.files.study_file import open_study

        path = example_study()
        if path is None:
            self._notices.say(self.tr("The example study is not installed."), "warning")
            return
        try:
            study, _ = open_study(path)
        except AblatorError as wrong:
            self.refuse(wrong, [])
            return
        if self.may_leave():
            self._notices.clear()
            self._document.load(study, None, None)

    def close(self) -> bool:
        """Let the study go, after unsaved work has been seen to."""
        from ablator.core.study import Study

        if not self.may_leave():
            return False
        self._notices.clear()
        self._document.load(Study(), None, None)
        return True

    def may_leave(self) -> bool:
        """Whether the present study may be let go: it is saved, or the person says so."""
        document = self._document
        if document.empty or not document.dirty:
            return True
        untouched = document.path is None and not document.undo_stack.count()
        return (untouched and is_example(document.study)) or self._asked()

    def _asked(self) -> bool:
        answer = self._asking.about_unsaved(self._window, self.name)
        return answer == "discard" or (answer == "save" and self.save())

    def compare(self) -> None:
        """Ask for a study and show it beside the open one."""
        path = self._asking.for_study(self._window, self._folder())
        if path is not None:
            self.disk.compare(path)

    # Save

    def save(self) -> bool:
        """Save to the study's file, or ask for one."""
        if self._document.path is None:
            return self.save_as()
        return self._save(None)

    def save_as(self) -> bool:
        """Ask for a name and save under it."""
        stem = "".join(c if c.isalnum() or c in " -_." else "-" for c in self.name)[:80].strip() or "study"
        suggestion = self._document.path or Path(self._folder()) / f"{stem}.ablation"
        path = self._asking.where_to_save(self._window, suggestion, self.tr("Save the study as"))
        return path is not None and self._save(path)

    def _save(self, path: Path | None, *, force: bool = False) -> bool:
        try:
            self._document.save(path, force=force)
        except ChangedOnDisk as wrong:
            self.disk.save_refused(wrong)
            return False
        except AblatorError as wrong:
            retry: Choice = (self.tr("Retry"), lambda: self._done(self._save(path, force=force)))
            self.refuse(wrong, [retry, (self.tr("Save as…"), lambda: self._done(self.save_as()))])
            return False
        self._notices.clear()
        saved = self._document.path
        if saved is not None:
            self._remember(saved)
            self._say(self.tr("Saved {0}").format(saved.name))
        return True

    def _done(self, saved: bool) -> None:
        """A button of a notice has no use for the answer."""

    # Export

    def export_plan(self) -> None:
        """Write the plan as CSV."""
        from ablator.exporters.csv_tables import plan_csv

        if self._document.plan is not None:
            self._export(plan_csv(self._document.plan), "plan", self.tr("Export the plan"))

    def export_runs(self) -> None:
        """Write the runs as CSV."""
        from ablator.exporters.csv_tables import metrics_of, runs_csv

        if self._document.plan is not None:
            text = runs_csv(self._document.plan, metrics_of(self._document.study))
            self._export(text, "runs", self.tr("Export the runs"))

    def _export(self, text: str, word: str, what: str) -> None:
        suggestion = Path(self._folder()) / f"{self.name or 'study'}-{word}.csv"
        path = self._asking.where_to_save(self._window, suggestion, what, ".csv")
        if path is not None:
            self._write(path, text, word, what)

    def _write(self, path: Path, text: str, word: str, what: str) -> None:
        from ablator.files.atomic import save_bytes

        try:
            save_bytes(path, text.encode())
        except AblatorError as wrong:
            again: Choice = (self.tr("Retry"), lambda: self._write(path, text, word, what))
            self.refuse(wrong, [again, (self.tr("Save as…"), lambda: self._export(text, word, what))])
            return
        self._say(self.tr("Wrote {0}").format(path.name))

    # The rest

    def _folder(self) -> str:
        if self._document.path is not None:
            return str(self._document.path.parent)
        known = str(self._settings.get("files/folder"))
        return known if known and Path(known).is_dir() else str(Path.home())

    def _remember(self, path: Path) -> None:
        self._settings.remember(path)
        self._settings.set("files/folder", str(path.absolute().parent))

    def refuse(self, wrong: AblatorError, choices: Sequence[Choice]) -> Notice:
        """Say what went wrong, with ways on and the details to copy."""
        from ablator.ui.about import versions

        details = f"{type(wrong).__name__}: {wrong}\n{versions()}"
        return self._notices.say(str(wrong), "danger", choices, details)
