"""What is made in idle moments, before anybody asks for it: the workspace, the library and the panels."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from ablator.ui.workspace import Workspace

IDLE_MS = 50
"""Between two pieces."""


def prepare(owner: QObject, there: Callable[[], "Workspace | None"], make: Callable[[], object]) -> None:
    """Make a piece at a time what the first study and its panels would have to wait for.

    `there` is the workspace, None until `make` has made it. With its owner all of it ends.
    """
    pieces: list[Callable[[], object]] = [_load_workspace, _load_library, make]

    def one() -> None:
        work = there()
        if work is None and pieces:
            pieces.pop(0)()
        elif work is not None and (missing := work.missing_panels()):
            work.panel(missing[-1])
        else:
            return
        QTimer.singleShot(IDLE_MS, owner, one)

    QTimer.singleShot(IDLE_MS, owner, one)


def _load_workspace() -> None:
    import ablator.ui.workspace  # noqa: F401  # the import is what takes time


def _load_library() -> None:
    from ablator.library import library

    library()
