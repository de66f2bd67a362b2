"""One thing that was dropped on the new-study page, and what was recognised in it or not."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from ablator.app.icons import icon, pixmap
from ablator.app.plain import tip
from ablator.app.theme import Theme
from ablator.importers.found import Reading
from ablator.importers.graph_kinds import TABLES
from ablator.ui.style import label
from ablator.ui.template_tiles import NAMES

TEMPLATE = "template:"
FOLDER = "folder"
"""Role of the reading that names what of a folder was not read."""
ROLES = ("model", "settings", "log", "results")
FILES, LINES = 6, 4
"""Readings, and lines of what is open, that are shown of one source."""


class SourceRow(QFrame):
    """One thing that was dropped, and what was recognised in it or not."""

    removed = Signal()
    columns_wanted = Signal()

    def __init__(self, source: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.source = source
        self._theme = theme
        self._mark = QLabel()
        self._name = label(_name(source), "strong")
        self._name.setToolTip("" if source.startswith(TEMPLATE) else tip(source))
        self.seen = label(self.tr("reading…"), "small", "muted", wrap=True)
        self.unseen = label("", "small", "warning", wrap=True)
        self.unseen.hide()
        self.wrong = label("", "small", "danger", wrap=True)
        self.wrong.hide()
        remove = QToolButton()
        remove.setAutoRaise(True)
        remove.setIcon(icon("close", theme, "muted"))
        remove.setToolTip(self.tr("Leave out"))
        remove.setAccessibleName(self.tr("Leave out {0}").format(_name(source)))
        remove.clicked.connect(self.removed)
        words = QVBoxLayout()
        words.setSpacing(2)
        for part in (self._name, self.seen, self.unseen, self.wrong):
            words.addWidget(part)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 4, 0, 4)
        row.setSpacing(8)
        row.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        if Path(source).suffix.lower() in TABLES:
            self.columns = QPushButton(self.tr("Columns…"))
            self.columns.setProperty("quiet", "true")
            self.columns.setToolTip(tip(self.tr("Say what the columns stand for, where the table is a graph")))
            self.columns.clicked.connect(self.columns_wanted)
            row.addWidget(self.columns, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(remove, 0, Qt.AlignmentFlag.AlignTop)
        self._set_mark("file", "muted")

    def show_answer(self, readings: Sequence[Reading], problem: str, told: Sequence[str] = ()) -> None:
        """Say what was recognised, what was not, or why it could not be read; `told` is how graphs were understood."""
        self.wrong.setText(problem[:600])
        self.wrong.setVisible(bool(problem))
        self.seen.setVisible(not problem)
        shown = Path(self.source).name
        recognised = sorted((r for r in readings if r.role != FOLDER), key=_rank)
        lines = [_seen(r, shown) for r in recognised]
        if len(lines) > FILES:
            lines[FILES:] = [self.tr("and {0} more").format(len(lines) - FILES)]
            self.seen.setToolTip(tip("\n".join(_seen(r, shown) for r in recognised)))
        self.seen.setText(
            "\n".join([*lines, *(t[:300] for t in told[:LINES])]) or self.tr("nothing that a study can use")
        )
        open_ = [line for r in readings for line in _unseen(r, shown)]
        text = "\n".join(line[:160] for line in open_[:LINES])
        if len(open_) > LINES:
            text += "\n" + self.tr("and {0} more").format(len(open_) - LINES)
        self.unseen.setText(text)
        self.unseen.setToolTip(tip("\n".join(open_)) if len(open_) > LINES else "")
        self.unseen.setVisible(bool(text) and not problem)
        if problem:
            self._set_mark("warning", "danger")
        else:
            self._set_mark("check" if readings else "question", "success" if readings else "warning")

    def _set_mark(self, name: str, tone: str) -> None:
        self._mark.setPixmap(pixmap(name, self._theme.colour(tone), 20, self.devicePixelRatioF()))


def _name(source: str) -> str:
    if source.startswith(TEMPLATE):
        return NAMES.get(source[len(TEMPLATE) :], source)
    return Path(source).name or source


def _rank(reading: Reading) -> tuple[int, str]:
    """What makes the study comes first: the model, then the settings, the log, and results."""
    return (ROLES.index(reading.role) if reading.role in ROLES else len(ROLES)), reading.file


def _seen(reading: Reading, shown: str) -> str:
    """`config.json: Hugging Face config, llama, 14 ideas, 22 facts`; the file is left out where it is `shown` above."""
    parts = [reading.format, reading.model_type] if reading.model_type else [reading.format]
    if reading.ideas:
        there = sum(i.present is not False for i in reading.ideas)
        parts.append(_said("1 idea") if there == 1 else _said("{0} ideas").format(there))
    if reading.found:
        count = len(reading.found)
        parts.append(_said("1 fact") if count == 1 else _said("{0} facts").format(count))
    told = ", ".join(p for p in parts if p)
    return (told if Path(reading.file).name == shown else f"{Path(reading.file).name}: {told}")[:300]


def _unseen(reading: Reading, shown: str) -> list[str]:
    """What contradicts itself, was not read or not recognised, each with its file where that is not `shown` above."""
    lines = list(reading.contradictions)
    for word in reading.unknown:
        passed = reading.role == FOLDER or word.startswith("other ")
        lines.append((_said("not read: {0}") if passed else _said("not known from it: {0}")).format(word))
    name = Path(reading.file).name
    return lines if reading.role == FOLDER or name == shown else [f"{name}: {line}" for line in lines]


def _said(text: str) -> str:
    return QCoreApplication.translate("SourceRow", text)
