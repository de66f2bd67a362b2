"""Watches the file of the open study: whoever else writes it is noticed by what the file holds, never by its time."""

from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from ablator.app.document import Document
from ablator.core.errors import AblatorError

PAUSE_MS = 150
"""A file that is being written gets so long to become whole."""


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
        """Compare the file with what is known of it."""
        from ablator.files.atomic import read_bytes, sha256

        path, known = self._document.path, self._document.file_hash
        self._watch(path)
        self.look_beside()
        if path is None or known is None:
            return
        if not path.exists():
            if self._told != "gone":
                self._told = "gone"
                self.gone.emit()
            return
        try:
            found = sha256(read_bytes(path))
        except AblatorError:
            return
        if found == known:
            self._told = ""
        elif found != self._told:
            self._told = found
            self.differs.emit(found)

    def look_beside(self) -> None:
        """Tell of copies beside the file that were not told yet."""
        from ablator.files.copies import conflict_copies

        path = self._document.path
        fresh = [c for c in conflict_copies(path) if c not in self._copies] if path is not None else []
        if fresh:
            self._copies |= set(fresh)
            self.copies.emit(fresh)

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
