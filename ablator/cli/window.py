"""The door from the command line to the window; Qt is loaded behind it."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ablator.core.errors import CannotAccess

if TYPE_CHECKING:
    from ablator.core.study import Study
    from ablator.plan.types import Plan


def open_window(paths: Sequence[str]) -> int:
    """Open the window on a study, or on what a study can be built from; the exit status when it is closed.

    Raises CannotAccess where a path leads nowhere, where there is no display, or where Qt lacks a library.
    """
    for text in paths:
        if not os.path.exists(text):
            raise CannotAccess("there is no such file or folder", place=text, mend="check the name")
        if not os.access(text, os.R_OK):
            raise CannotAccess("permission denied", place=text, mend="check who owns it and its mode")
    if sys.stderr.isatty():
        _read_first(paths)
    need_display()
    try:
        from ablator.ui.window_main import run
    except ImportError as wrong:
        raise without_qt(wrong) from None
    return run(paths)


def draw(study: "Study", plan: "Plan", form: str) -> bytes:
    """The bytes of graph and plan as `svg`, `png` or `pdf`, painted without a display."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ.setdefault("QT_LOGGING_RULES", "*.debug=false;qt.qpa.*=false")
    try:
        from ablator.ui.window_main import drawn
    except ImportError as wrong:
        raise without_qt(wrong) from None
    return drawn(study, plan, form)


def paint(study: Path | None, view: str, theme: str, size: tuple[int, int]) -> bytes:
    """PNG bytes of a view of the real window; the platform of Qt must be set before."""
    try:
        from ablator.ui.window_main import portrait
    except ImportError as wrong:
        raise without_qt(wrong) from None
    return portrait(study, view, theme, size)


def _read_first(paths: Sequence[str]) -> None:
    """A person at a terminal reads what is wrong with a study there; others read it in the window."""
    from ablator.files.study_file import open_study

    for text in paths:
        if text.endswith(".ablation"):
            open_study(Path(text))


def need_display() -> None:
    """Raise CannotAccess where no window can be shown: Qt itself would end the process."""
    if sys.platform.startswith("linux") and not any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    ):
        raise CannotAccess(
            "there is no display here",
            place="window",
            mend="use `ablator plan STUDY`, or paint the window to a file: `ablator screenshot STUDY -o window.png`",
        )


def without_qt(wrong: ImportError) -> CannotAccess:
    """What to say where Qt cannot be loaded."""
    return CannotAccess(
        f"Qt cannot be loaded: {wrong}",
        place="window",
        mend="on Debian and Ubuntu: apt-get install libgl1 libegl1 libxkbcommon0 libdbus-1-3 libfontconfig1 "
        "libxcb-cursor0",
    )
