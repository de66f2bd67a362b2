"""One window a study: a second start with a file that is open brings its window to the front instead of another one."""

import hashlib
import os
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtNetwork import QLocalServer, QLocalSocket
from PySide6.QtWidgets import QWidget

from ablator.app.document import Document

PATIENCE_MS = 700
"""So long a second start waits for the first one to answer; after that it opens a window of its own."""
ANSWER = b"here\n"


def name_of(path: Path) -> str:
    """Where the window of a study listens: the same for every way that leads to one file."""
    mark = hashlib.blake2b(os.path.realpath(path).encode("utf-8", "surrogateescape"), digest_size=12).hexdigest()
    return f"ablator-{os.getuid() if hasattr(os, 'getuid') else 'user'}-{mark}"


def raised_elsewhere(path: Path) -> bool:
    """Whether another window holds this study; it has then come to the front."""
    socket = QLocalSocket()
    socket.connectToServer(name_of(path))
    if not socket.waitForConnected(PATIENCE_MS):
        return False
    answered = socket.waitForReadyRead(PATIENCE_MS) and bytes(socket.readAll().data()).startswith(ANSWER)
    socket.abort()
    return bool(answered)


class Presence(QObject):
    """Listens for later starts on the present file, as long as there is one."""

    def __init__(self, document: Document, window: QWidget) -> None:
        super().__init__(window)
        self._document, self._window = document, window
        self._server: QLocalServer | None = None
        document.path_changed.connect(self.follow)
        self.follow()

    @property
    def listening(self) -> str:
        """The name that is listened on; empty where there is no file, or another window has it."""
        return self._server.serverName() if self._server is not None else ""

    def follow(self) -> None:
        """Listen for the file that the document has now."""
        path = self._document.path
        wanted = name_of(path) if path is not None else ""
        if wanted == self.listening:
            return
        self.stop()
        if not wanted or (path is not None and raised_elsewhere(path)):
            return
        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        QLocalServer.removeServer(wanted)  # what a killed process left; one that lives has just not answered
        if server.listen(wanted):
            server.newConnection.connect(self._come)
            self._server = server
        else:
            server.deleteLater()

    def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
            self._server.deleteLater()
            self._server = None

    def _come(self) -> None:
        """A later start asks: answer, and come to the front."""
        socket = self._server.nextPendingConnection() if self._server is not None else None
        if socket is None:
            return
        socket.write(ANSWER)
        socket.flush()
        socket.disconnected.connect(socket.deleteLater)
        window = self._window
        if window.isMinimized():
            window.showNormal()
        window.raise_()
        window.activateWindow()
