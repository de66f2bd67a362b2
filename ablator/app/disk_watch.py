"""Watches the file of the open study: whoever else writes it is noticed by what the file holds, never by its time."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from ablator.app.aside import Aside
from ablator.app.document import Document
from ablator.core.errors import AblatorError

PAUSE_MS = 150
"""A file that is being written gets so long to become whole."""
GONE = "gone"


class DiskWatch(QObject):
    """Looks at the file of one document whenever the system reports a change, and when it is told to look."""

    differs = Signal(str)
    """Hash of what the file holds now, where that is neither what was read or saved nor what was told before."""
    gone = Signal()
    """The file is no longer there; told once."""
    copies = Signal(list)
    """Paths of copies that a sync program laid beside the file; each is told once."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._told = ""
        self._copies: set[Path] = set()
        self._aside: Aside[_Seen] = Aside(self._look, self._tell, self)
        self._watcher = QFileSystemWatcher(self)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self.look)
        self._watcher.fileChanged.connect(self._pause.start)
        self._watcher.directoryChanged.connect(self._pause.start)
        self._beside = QTimer(self)
        self._beside.setSingleShot(True)
        self._beside.setInterval(PAUSE_MS)
        self._beside.timeout.connect(self.look_beside)
        document.replaced.connect(self._beside.start)
        for signal in (document.path_changed, document.replaced, document.dirty_changed):
            signal.connect(self._follow)

    @property
    def watched(self) -> list[str]:
        """What is watched: the file and its folder, in which it may come back and copies appear."""
        return self._watcher.files() + self._watcher.directories()

    def look(self) -> None:
        """Compare the file with what is known of it, aside: a large file or a slow disk never holds the window up."""
        self._watch(self._document.path)
        self._aside.ask()

    def stop(self) -> None:
        """Look no more; to be called before the window goes."""
        self._pause.stop()
        self._beside.stop()
        self._aside.stop()

    def look_beside(self) -> None:
        """Tell of copies beside the file that were not told yet."""
        self._aside.ask()

    @property
    def looking(self) -> bool:
        """Whether it is being looked right now."""
        return self._aside.busy

    def _look(self) -> Callable[[], "_Seen"]:
        path, known = self._document.path, self._document.file_hash
        return lambda: _seen(path, known)

    def _tell(self, seen: "_Seen") -> None:
        path, known = self._document.path, self._document.file_hash
        if (seen.path, seen.known) != (path, known):
            self.look()  # saved or replaced meanwhile
            return
        fresh = [c for c in seen.copies if c not in self._copies]
        if fresh:
            self._copies |= set(fresh)
            self.copies.emit(fresh)
        if known is None or seen.found is None:
            return
        if seen.found == known:
            self._told = ""
        elif seen.found != self._told:
            self._told = seen.found
            if seen.found == GONE:
                self.gone.emit()
            else:
                self.differs.emit(seen.found)

    def _follow(self) -> None:
        if self._document.path is None:
            self._told = ""
        self._watch(self._document.path)

    def _watch(self, path: Path | None) -> None:
        """Watch this file anew: one that was replaced is another file under the same name."""
        if self.watched:
            self._watcher.removePaths(self.watched)
        if path is not None:
            there = [str(place) for place in (path, path.parent) if place.exists()]
            if there:
                self._watcher.addPaths(there)


class _Seen(NamedTuple):
    """What was seen of a file: the hash of what it holds, GONE, or None where it cannot be read."""

    path: Path | None
    known: str | None
    found: str | None
    copies: list[Path]


def _seen(path: Path | None, known: str | None) -> _Seen:
    """Look at a file and what lies beside it. Touches no object of the window."""
    from ablator.files.atomic import read_bytes, sha256
    from ablator.files.copies import conflict_copies

    if path is None:
        return _Seen(path, known, None, [])
    copies = conflict_copies(path)
    if known is None:
        return _Seen(path, known, None, copies)
    if not path.exists():
        return _Seen(path, known, GONE, copies)
    try:
        return _Seen(path, known, sha256(read_bytes(path)), copies)
    except AblatorError:
        return _Seen(path, known, None, copies)
