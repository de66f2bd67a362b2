"""The welcome page: one question, a place to drop files, templates as pictures, recent studies and the example."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ablator.app.examples import example_study
from ablator.app.icons import icon, pixmap
from ablator.app.settings import Settings
from ablator.app.theme import Theme
from ablator.ui.style import label
from ablator.ui.template_tiles import NAMES, WIDTH, TemplateTiles

COLUMN = WIDTH * len(NAMES) + 8 * (len(NAMES) - 1)
"""Width of the page's column: the templates in one row."""
SHOWN = 6
"""Recent studies shown."""
RECOVERED = 3
"""Pieces of recovered work shown."""


class DropArea(QFrame):
    """Where files are dropped; the window itself takes the drop, this shows where."""

    files_wanted = Signal()
    folder_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._hot = False
        self._mark = QLabel()
        self._mark.setAlignment(Qt.AlignmentFlag.AlignCenter)
        title = label(self.tr("Drop its files here"), "title")
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        what = label(self.tr("Model file, training settings, logs; all or any. A folder does, too."), tone="muted")
        what.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.files = QPushButton(self.tr("Choose files…"))
        self.folder = QPushButton(self.tr("Choose a folder…"))
        self.files.setProperty("leading", "true")
        self.files.clicked.connect(self.files_wanted)
        self.folder.clicked.connect(self.folder_wanted)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch()
        buttons.addWidget(self.files)
        buttons.addWidget(self.folder)
        buttons.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(8)
        for part in (self._mark, title, what):
            column.addWidget(part)
        column.addSpacing(4)
        column.addLayout(buttons)
        theme.changed.connect(self._tint)
        self._tint()

    def set_hot(self, hot: bool) -> None:
        """Show that what hovers over the window would be taken."""
        if hot != self._hot:
            self._hot = hot
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        p = QPainter(self)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(self._theme.colour("accent" if self._hot else "edge"), 1.5, Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([4, 4])
        p.setPen(pen)
        p.setBrush(self._theme.colour("selection" if self._hot else "panel"))
        p.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 10, 10)

    def _tint(self) -> None:
        self._mark.setPixmap(pixmap("drop", self._theme.colour("accent"), 32, self.devicePixelRatioF()))
        self.update()


class StudyButton(QPushButton):
    """One study that can be opened: its name, and its folder below in grey."""

    def __init__(self, name: str, where: str, image: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(f"{name}, {where}")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._image, self._theme = image, theme
        self._mark = QLabel()
        words = QVBoxLayout()
        words.setSpacing(0)
        self._name, self._where = label(name, "strong"), label(where, "small", "muted")
        for part in (self._name, self._where):
            part.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            words.addWidget(part)
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(10, 6, 10, 6)
        row.setSpacing(10)
        row.addWidget(self._mark)
        row.addLayout(words, 1)
        theme.changed.connect(self._tint)
        self._tint()

    def sizeHint(self) -> QSize:
        return self._row.sizeHint()

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self._row.sizeHint().height())

    def _tint(self) -> None:
        self._mark.setPixmap(pixmap(self._image, self._theme.colour("muted"), 20, self.devicePixelRatioF()))


class WelcomePage(QScrollArea):
    """The first page. It asks; the window acts. Its contents are made when it is first seen or needed."""

    files_wanted = Signal()
    folder_wanted = Signal()
    template_wanted = Signal(str)
    study_wanted = Signal(object)
    """Path of a study to open."""
    open_wanted = Signal()
    recovered_wanted = Signal(int)
    """Place of a piece of recovered work in the list that was shown."""
    recovery_wanted = Signal()
    """The whole list of recovered work."""

    def __init__(self, settings: Settings, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings, self._theme = settings, theme
        self.setAccessibleName(self.tr("Welcome"))
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.recovered: list[StudyButton] = []
        self.recent: list[StudyButton] = []
        self.example: StudyButton | None = None
        settings.changed.connect(self._follow)

    def make(self) -> None:
        """Make the contents, unless they are there."""
        if self.widget() is not None:
            return
        theme = self._theme
        page = QWidget()
        outer = QHBoxLayout(page)
        outer.setContentsMargins(24, 24, 24, 24)
        self._column = QWidget()
        self._column.setMaximumWidth(COLUMN)
        outer.addStretch()
        outer.addWidget(self._column, 100)
        outer.addStretch()
        column = QVBoxLayout(self._column)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addStretch(1)
        column.addWidget(label(self.tr("Which model is frustrating?"), "display"))
        column.addWidget(
            label(
                self.tr("See it as ideas in five lanes, and get the order in which to question them."),
                tone="muted",
                wrap=True,
            )
        )
        column.addSpacing(4)
        self.drop = DropArea(theme)
        self.drop.files_wanted.connect(self.files_wanted)
        self.drop.folder_wanted.connect(self.folder_wanted)
        column.addWidget(self.drop)
        column.addSpacing(8)
        column.addWidget(label(self.tr("Or start from a template"), "strong"))
        self.templates = TemplateTiles(theme)
        self.templates.chosen.connect(self.template_wanted)
        column.addWidget(self.templates)
        column.addSpacing(8)
        self._left = QVBoxLayout()
        self._left.setSpacing(6)
        column.addLayout(self._left)
        self._below = QGridLayout()
        self._below.setHorizontalSpacing(24)
        self._below.setVerticalSpacing(6)
        self._below.setColumnStretch(0, 1)
        self._below.setColumnStretch(1, 1)
        column.addLayout(self._below)
        column.addStretch(2)
        self._open = QPushButton(self.tr("Open a study…"))
        self._open.setIcon(icon("open", theme))
        self._open.clicked.connect(self.open_wanted)
        theme.changed.connect(lambda: self._open.setIcon(icon("open", theme)))
        self._fill_below()
        self.setWidget(page)

    def showEvent(self, event: QShowEvent) -> None:
        self.make()
        super().showEvent(event)

    def set_hot(self, hot: bool) -> None:
        """Show that what hovers over the window would be taken."""
        if self.widget() is not None:
            self.drop.set_hot(hot)

    def show_recovered(self, entries: Sequence[tuple[str, str]]) -> None:
        """Offer work that an earlier run left behind: its name, and what is known of it."""
        self.make()
        while (item := self._left.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.recovered = []
        if not entries:
            return
        self._left.addWidget(label(self.tr("Recovered work"), "strong"))
        for n, (name, detail) in enumerate(entries[:RECOVERED]):
            button = StudyButton(name, detail, "warning", self._theme)
            button.clicked.connect(lambda _=False, n=n: self.recovered_wanted.emit(n))
            self.recovered.append(button)
            self._left.addWidget(button)
        more = QPushButton(self.tr("All recovered work…"))
        more.clicked.connect(self.recovery_wanted)
        self._left.addWidget(more, 0, Qt.AlignmentFlag.AlignLeft)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.widget() is None:
            return
        room = min(self.viewport().width() - 48, COLUMN)
        fits = max((room + 8) // (WIDTH + 8), 1)
        self.templates.set_columns(9 if fits >= 9 else 5 if fits >= 5 else min(fits, 3))

    def _follow(self, key: str) -> None:
        if key == "files/recent" and self.widget() is not None:
            self._fill_below()

    def _fill_below(self) -> None:
        """Recent studies left, the example right."""
        while self._below.count():
            item = self._below.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None and widget is not self._open:
                widget.deleteLater()
        self._below.addWidget(label(self.tr("Recent studies"), "strong"), 0, 0)
        self.recent = []
        for n, path in enumerate(self._settings.recent()[:SHOWN]):
            button = StudyButton(path.stem, _home(path.parent), "study", self._theme)
            button.clicked.connect(lambda _=False, path=path: self.study_wanted.emit(path))
            self.recent.append(button)
            self._below.addWidget(button, 1 + n, 0)
        if not self.recent:
            none = label(self.tr("None yet. What you open or save appears here."), tone="muted", wrap=True)
            self._below.addWidget(none, 1, 0)
        example = example_study()
        if example is not None:
            self._below.addWidget(label(self.tr("Example"), "strong"), 0, 1)
            where = self.tr("A small decoder whose loss stays flat: where is the trouble?")
            self.example = StudyButton(example.stem.replace("-", " ").capitalize(), where, "example", self._theme)
            self.example.clicked.connect(lambda: self.study_wanted.emit(example))
            self._below.addWidget(self.example, 1, 1)
        self._below.addWidget(self._open, 2, 1, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)


def _home(folder: Path) -> str:
    """A folder as people write it, with ~ for their own."""
    try:
        return str(Path("~") / folder.relative_to(Path.home()))
    except ValueError:
        return str(folder)
