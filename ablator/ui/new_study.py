"""The new-study page: what was dropped, what was seen in it, a live preview of the lanes, and what is known besides."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ablator.app.building import Answer, Problem, Wish
from ablator.app.jobs import Job, Jobs
from ablator.app.theme import Theme
from ablator.core.study import Study
from ablator.files.study_file import decode
from ablator.importers.found import Reading
from ablator.ui.head_form import HeadForm
from ablator.ui.lane_preview import LanePreview
from ablator.ui.source_row import TEMPLATE, SourceRow
from ablator.ui.style import label
from ablator.ui.symptom_list import SymptomList

PAUSE_MS = 150
"""Typing pauses so long before the preview follows."""
SYMPTOMS = 3
"""Symptoms that are named beside the files; the list below holds all of them."""


class NewStudyPage(QWidget):
    """One page with a live preview; nothing on it must be filled in. The study is built in the worker."""

    created = Signal(object)
    """The Study."""
    cancelled = Signal()
    files_wanted = Signal()
    folder_wanted = Signal()
    failed = Signal(str)

    def __init__(self, jobs: Jobs, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._theme = jobs, theme
        self.rows: list[SourceRow] = []
        self.columns: dict[str, dict[str, str]] = {}
        """Of tables made elsewhere, by source: heading → field."""
        self._job: Job | None = None
        self._study: Study | None = None
        self._fresh = False
        self._wanted = False
        self.preview = LanePreview(theme)
        self.form = HeadForm(columns=3)
        self.symptoms = SymptomList()
        self.create_button = QPushButton(self.tr("Create study"))
        self.create_button.setProperty("leading", "true")
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._build)
        self._lay_out()
        self.form.changed.connect(self._stale)
        self.symptoms.changed.connect(self._stale)
        self.create_button.clicked.connect(self._create)

    # Sources

    @property
    def sources(self) -> list[str]:
        """Paths and templates that the study is to be built from."""
        return [row.source for row in self.rows]

    def start(self, sources: Sequence[str]) -> None:
        """Begin anew with these sources."""
        self.columns.clear()
        for row in list(self.rows):
            self._take_out(row)
        for line in self.form.fields.values():
            line.clear()
        self.form.goal.setCurrentIndex(0)
        self.symptoms.clear()
        self.seen_symptoms.hide()
        self._study = None
        self.add(sources)
        self._stale()

    def add(self, sources: Sequence[str]) -> None:
        """Add paths or templates; a template replaces the one that is there, a path is taken once."""
        for source in sources:
            if source.startswith(TEMPLATE):
                for row in [r for r in self.rows if r.source.startswith(TEMPLATE)]:
                    self._take_out(row)
            if source in self.sources:
                continue
            row = SourceRow(source, self._theme)
            row.removed.connect(lambda row=row: self._remove(row))
            row.columns_wanted.connect(lambda row=row: self.map_columns(row))
            self.rows.append(row)
            self._list.insertWidget(self._list.count() - 1, row)
        self._nothing.setVisible(not self.rows)
        self._stale()

    def wish(self) -> Wish:
        """What the worker is asked to build."""
        return Wish(
            sources=tuple(self.sources),
            options={
                **self.form.values(),
                "symptoms": self.symptoms.ticked_by_hand(),
                "tables": {k: list(v.items()) for k, v in self.columns.items() if k in self.sources},
            },
            without=self.symptoms.unticked(),
        )

    def map_columns(self, row: SourceRow) -> None:
        """Ask what the columns of a table stand for."""
        from ablator.ui.mapping_dialog import MappingDialog, table_or_reason

        table = table_or_reason(Path(row.source))
        if isinstance(table, str):
            row.show_answer((), table)
            return
        dialog = MappingDialog(table, Path(row.source).name, self.columns.get(row.source, {}), self)

        def take() -> None:
            self.columns[row.source] = dialog.mapping
            self._stale()

        dialog.accepted.connect(take)
        dialog.open()

    def _remove(self, row: SourceRow) -> None:
        self._take_out(row)
        self._nothing.setVisible(not self.rows)
        self._stale()

    def _take_out(self, row: SourceRow) -> None:
        self.rows.remove(row)
        self._list.removeWidget(row)
        row.hide()
        row.deleteLater()

    # Building

    def _stale(self) -> None:
        self._fresh = False
        self._pause.start()
        self.create_button.setEnabled(not self.form.problems())

    def _build(self) -> None:
        if self._job is not None:
            self._job.cancel()
        try:
            wish = msgspec.msgpack.encode(self.wish())
        except UnicodeEncodeError:
            self._refuse(self.tr("a file name is no Unicode text; rename the file and drop it again"))
            return
        self._job = self._jobs.submit("build", wish, self._take, self._refuse)

    def _take(self, answer: bytes) -> None:
        self._job = None
        built = msgspec.msgpack.decode(answer, type=Answer)
        self._study = decode(built.study, "study")
        self._fresh = not self._pause.isActive()
        self._explain(built.readings, built.problems, built.told)
        self.preview.show_study(self._study if self.rows else None)
        self.form.suggest(self._study.info)
        self.symptoms.show_found(self._study)
        self._tell_symptoms()
        if self._wanted and self._fresh:
            self._hand_over()

    def _tell_symptoms(self) -> None:
        """Name the first symptoms beside the files: the whole list lies further down the page."""
        found = self.symptoms.found()
        words = "; ".join(found[:SYMPTOMS])
        if len(found) > SYMPTOMS:
            words = self.tr("{0}; and {1} more below").format(words, len(found) - SYMPTOMS)
        self.seen_symptoms.setText(self.tr("Symptoms seen: {0}").format(words) if found else "")
        self.seen_symptoms.setVisible(bool(found))

    def _refuse(self, reason: str) -> None:
        self._job = None
        self._wanted = False
        self.create_button.setEnabled(True)
        for row in self.rows:
            row.show_answer((), "")
        self.failed.emit(reason)

    def _explain(self, readings: Sequence[Reading], problems: Sequence[Problem], told: Sequence[str]) -> None:
        loose = [p.sentence for p in problems if not p.source]
        files = {r.file for r in readings}
        general = [t for t in told if t.partition(": ")[0] not in files]
        for row in self.rows:
            mine = [r for r in readings if _tells_of(row.source, r.file)]
            wrong = next((p.sentence for p in problems if p.source == row.source), "")
            graphs = {r.file for r in mine if r.graph is not None}
            own = [t for t in told if t.partition(": ")[0] in graphs]
            row.show_answer(mine, wrong or (loose[0] if loose and not mine else ""), [*own, *general] if graphs else ())

    def _create(self) -> None:
        self._wanted = True
        self.create_button.setEnabled(False)
        if self._fresh:
            self._hand_over()
        elif self._job is None and not self._pause.isActive():
            self._build()

    def _hand_over(self) -> None:
        self._wanted = False
        self.create_button.setEnabled(True)
        if self._study is not None:
            self.created.emit(self._study)

    # Looks

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(label(self.tr("New study"), "title"))
        head.addStretch()
        head.addWidget(label(self.tr("Everything may stay empty: unknown is a state, not an error."), "small", "muted"))
        body = QWidget()
        grid = QGridLayout(body)
        grid.setContentsMargins(0, 0, 8, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(16)
        grid.addWidget(self._panel(self.tr("What you have"), self._sources_part()), 0, 0)
        grid.addWidget(self._panel(self.tr("What it is made of"), self.preview), 0, 1)
        grid.addWidget(self._panel(self.tr("What would be better"), self.form), 1, 0, 1, 2)
        grid.addWidget(self._panel(self.tr("What you see"), self.symptoms), 2, 0, 1, 2)
        grid.setColumnStretch(0, 2)
        grid.setColumnStretch(1, 3)
        scroll = QScrollArea()
        scroll.setAccessibleName(self.tr("New study"))
        scroll.setWidgetResizable(True)
        scroll.setWidget(body)
        cancel = QPushButton(self.tr("Cancel"))
        cancel.clicked.connect(self.cancelled)
        foot = QHBoxLayout()
        foot.addStretch()
        foot.addWidget(cancel)
        foot.addWidget(self.create_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 16, 12)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(scroll, 1)
        column.addLayout(foot)

    def _panel(self, title: str, content: QWidget) -> QFrame:
        frame = QFrame()
        frame.setProperty("role", "panel")
        column = QVBoxLayout(frame)
        column.setContentsMargins(16, 12, 16, 16)
        column.setSpacing(8)
        column.addWidget(label(title, "strong"))
        column.addWidget(content, 1)
        return frame

    def _sources_part(self) -> QWidget:
        part = QWidget()
        column = QVBoxLayout(part)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self._list = QVBoxLayout()
        self._list.setSpacing(2)
        self._nothing = label(
            self.tr("Nothing yet: drop a model file, training settings or logs anywhere on this page."),
            tone="muted",
            wrap=True,
        )
        self._list.addWidget(self._nothing)
        self._list.addStretch()
        column.addLayout(self._list, 1)
        self.seen_symptoms = label("", "small", wrap=True)
        self.seen_symptoms.hide()
        column.addWidget(self.seen_symptoms)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        files, folder = QPushButton(self.tr("Add files…")), QPushButton(self.tr("Add a folder…"))
        files.clicked.connect(self.files_wanted)
        folder.clicked.connect(self.folder_wanted)
        buttons.addWidget(files)
        buttons.addWidget(folder)
        buttons.addStretch()
        column.addLayout(buttons)
        return part


def _tells_of(source: str, file: str) -> bool:
    """Whether a reading of `file` came from this source: the file itself, or one in the folder."""
    if source == file or Path(source).name == file.rstrip("/"):
        return True
    if source.startswith(TEMPLATE):
        return file.startswith(TEMPLATE)
    return Path(source) in Path(file).parents or (Path(source) / file).exists()
