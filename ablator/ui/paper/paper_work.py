"""What the File menu does with paper: pictures written by a process of their own, and printing."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QProcess

from ablator.app.document import Document
from ablator.app.own_program import export_words, prepare
from ablator.app.plain import one_line
from ablator.core.errors import AblatorError
from ablator.ui.asking import Asking
from ablator.ui.file_work import FileWork
from ablator.ui.notice import NoticeStrip

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter
    from PySide6.QtWidgets import QWidget

    from ablator.core.study import Study

FORMATS = ("svg", "png", "pdf")
PAPER_DOTS = 300


class PaperWork(QObject):
    """Writes and prints the present study. Pictures are painted by `ablator export`, so that the window stays alive."""

    def __init__(
        self,
        document: Document,
        files: FileWork,
        asking: Asking,
        notices: NoticeStrip,
        say: Callable[[str], None],
        parent: "QWidget",
    ) -> None:
        super().__init__(parent)
        self._document, self._files, self._asking = document, files, asking
        self._notices, self._say, self._window = notices, say, parent
        self.running: set[QProcess] = set()

    def export(self) -> None:
        """Ask for a name and write graph, or graph and plan, in the format of its suffix."""
        document = self._document
        folder = document.path.parent if document.path is not None else Path.home()
        path = self._asking.for_picture(self._window, folder / f"{self._files.name or 'study'}.svg")
        if path is None:
            return
        form = path.suffix.lower().lstrip(".")
        if form not in FORMATS:
            self._notices.say(
                self.tr("{0} is no picture format; end the name in .svg, .png or .pdf.").format(path.name), "warning"
            )
            return
        self._start(document.study, form, path)

    def _start(self, study: "Study", form: str, path: Path) -> None:
        from ablator.files.study_file import save_study

        folder = TemporaryDirectory(prefix="abl-")
        source = Path(folder.name) / "study.ablation"
        try:
            save_study(study, source)
        except AblatorError as wrong:
            folder.cleanup()
            self._files.refuse(wrong, [])
            return
        process = prepare(QProcess(self), export_words(source, form, path))
        self.running.add(process)

        def ended(*_: object) -> None:
            if process not in self.running:
                return
            self.running.discard(process)
            folder.cleanup()
            self._tell(process, path)
            process.deleteLater()

        process.finished.connect(ended)
        process.errorOccurred.connect(ended)
        self._say(self.tr("Painting {0}…").format(path.name))
        process.start()

    def _tell(self, process: QProcess, path: Path) -> None:
        if (
            process.exitStatus() == QProcess.ExitStatus.NormalExit
            and process.exitCode() == 0
            and not process.error().value
        ):
            self._say(self.tr("Wrote {0}").format(path.name))
            return
        said = one_line(bytes(process.readAllStandardError().data()).decode("utf-8", "replace"), 400)
        self._notices.say(
            said.removeprefix("ablator: ") or self.tr("{0} could not be painted.").format(path.name), "danger"
        )

    def print(self) -> None:
        """Ask for a printer and print graph and plan."""
        self._asking.for_printer(self._window, self._files.name or "Ablator", self.print_on)

    def print_on(self, printer: "QPrinter") -> None:
        """Print graph and plan."""
        from ablator.ui.paper.writing import paint_pages

        plan = self._document.plan
        if plan is not None:
            printer.setResolution(PAPER_DOTS)
            pages = paint_pages(self._document.study, plan, printer)
            self._say(self.tr("Printed 1 page") if pages == 1 else self.tr("Printed {0} pages").format(pages))
