"""Runs from the window: the program's own `run` in a process of its own, its results taken through the document."""

import os
import shlex
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtCore import QCoreApplication, QObject, QProcess, QTemporaryDir, Signal

from ablator.app.own_program import frozen
from ablator.core import edits
from ablator.core.elements import Decision, Evidence
from ablator.core.errors import BadInput, EditRefused

if TYPE_CHECKING:
    from ablator.app.document import Document
    from ablator.core.study import Study
    from ablator.plan.types import Plan

SHOWN = 200
"""First runs that are listed before anything is started."""

START = "import sys; sys.path.append({0!r}); from ablator.__main__ import main; sys.exit(main())"
"""Finds the package wherever this program was started from, after all that the runs themselves may need."""

END_MS = 8_000
"""How long runs may take to end where the window is closed."""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """How runs are made, as the dialog asks it."""

    command: str
    style: str = "hydra"
    checks: str = ""
    jobs: int = 1
    auto: bool = False

    def words(self, study: Path, root: Path) -> list[str]:
        """The words of the command line that does it."""
        words = ["run", str(study), "--events", f"--runs={root}", f"--command={self.command}", f"--style={self.style}"]
        words.append(f"--jobs={self.jobs}")
        return words + ([f"--checks={self.checks}"] if self.checks else []) + (["--auto"] if self.auto else [])


class Rows(msgspec.Struct):
    """What a run put on record, as the process tells it."""

    evidence: list[Evidence] = []
    decisions: list[Decision] = []


class Told(msgspec.Struct):
    """One line of the process: a run that ended, rows for the record, or the end of it all."""

    made: dict[str, Any] = {}
    rows: Rows | None = None
    ended: str = ""
    sentence: str = ""


class Running(QObject):
    """Owns the process that makes runs, one at a time. Its results go on record in the study they were made for."""

    told = Signal(dict)
    """A run that ended: `run`, `state`, `metrics`, `seconds`, `note`."""
    started = Signal()
    ended = Signal(str)
    """Why, in a sentence; nothing runs any more."""

    def __init__(self, document: "Document", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.made: list[dict[str, Any]] = []
        """The runs that ended since the start."""
        self.sentence = ""
        """How the last one ended."""
        self._process: QProcess | None = None
        self._folder: QTemporaryDir | None = None
        self._rest = b""
        self._left = False
        """Whether another study was loaded meanwhile: what still comes is none of its results."""
        document.replaced.connect(self._leave)
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.close)

    @property
    def active(self) -> bool:
        """Whether runs are being made."""
        return self._process is not None

    def start(self, choice: Choice) -> None:
        """Make runs of the present study, in a folder beside its file. Raises EditRefused while some are made."""
        path = self.document.path
        if self.active or path is None:
            raise EditRefused("runs are being made already" if self.active else "the study has no file yet")
        from ablator.files.study_file import encode

        self._folder = QTemporaryDir()
        snapshot = Path(self._folder.path()) / path.name
        snapshot.write_bytes(encode(self.document.study))
        process = QProcess(self)
        process.setProgram(sys.executable)
        words = choice.words(snapshot, path.with_suffix(".runs"))
        root = str(Path(__file__).resolve().parents[2])
        process.setArguments(words if frozen() else ["-P", "-c", START.format(root), *words])
        process.setWorkingDirectory(str(path.parent))
        process.readyReadStandardOutput.connect(self._read)
        process.finished.connect(self._finished)
        process.errorOccurred.connect(self._failed)
        self.made, self.sentence, self._rest, self._left = [], "", b"", False
        self._process = process
        process.start()
        self.started.emit()

    def stop(self) -> None:
        """Ask the process to end, as Ctrl-C does: its runs can be made again."""
        if self._process is not None and self._process.processId():
            os.kill(int(self._process.processId()), signal.SIGINT)

    def _leave(self) -> None:
        self._left = self.active
        self.stop()

    def close(self) -> None:
        """Stop, and wait until nothing runs any more."""
        if self._process is not None:
            self.stop()
            self._process.waitForFinished(END_MS)

    def _read(self) -> None:
        if self._process is None:
            return
        self._rest += bytes(self._process.readAllStandardOutput().data())
        *lines, self._rest = self._rest.split(b"\n")
        for line in lines:
            try:
                self._take(msgspec.json.decode(line, type=Told))
            except msgspec.MsgspecError:
                continue  # another program's words on the same output

    def _take(self, told: Told) -> None:
        if told.made:
            self.made.append(told.made)
            self.told.emit(told.made)
        if told.ended:
            self.sentence = told.sentence
        if told.rows is None or self._left:
            return
        if told.rows.evidence:
            self.document.attempt(edits.record_evidence, told.rows.evidence)
        for row in told.rows.decisions:
            fresh = edits.next_id(self.document.study, "decisions", "d")
            self.document.attempt(edits.decide, msgspec.structs.replace(row, id=fresh))

    def _finished(self) -> None:
        if self._process is None:
            return
        self._read()
        process, self._process, self._folder = self._process, None, None
        said = bytes(process.readAllStandardError().data()).decode("utf-8", "replace").strip().splitlines()
        process.deleteLater()
        last = said[-1].removeprefix("ablator: ") if said else ""
        self.sentence = self.sentence or last or "it ended without a word"
        self.ended.emit(self.sentence)

    def _failed(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart and self._process is not None:
            self.sentence = self._process.errorString()
            self._finished()


def first_runs(study: "Study", plan: "Plan | None", choice: Choice, root: Path) -> list[tuple[str, str]]:
    """The runs that would be started first, each with its whole command. Raises BadInput for what is no command."""
    from ablator.plan.launches import startable
    from ablator.plan.upcoming import upcoming
    from ablator.runners.template import STYLES, Filling, Template

    style = next(s for s in STYLES if s == choice.style)
    template = Template.of(choice.command, style)
    if not template.takes_settings():
        raise BadInput("the command has no place for the settings of a run", mend="write {overrides} where they belong")
    if plan is None:
        return []
    ready, out = upcoming(plan), []
    for step in ready.steps:
        for run in startable(step, [r for r in ready.runs if r.step == step.id]):
            folder = root.joinpath(*run.run.split("/"))
            overrides: Mapping[str, Any] = run.overrides
            filling = Filling(
                run=run.run,
                folder=str(folder),
                file=str(folder / "overrides.json"),
                overrides=overrides,
                seed=run.seed,
                step=step.id,
                element=step.element,
            )
            out.append((run.run, shlex.join(template.words(filling))))
            if len(out) >= SHOWN:
                return out
    return out
