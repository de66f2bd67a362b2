"""Copy and save for charts and plots: one question for a file, one way to write it."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from ablator.app.plots.saving import FORMATS
from ablator.core.errors import AblatorError
from ablator.files.atomic import save_bytes

AskPath = Callable[[QWidget, str, str, str], tuple[str, str]]
"""Asks where to save: parent, title, first name, kinds of files; gives the path, empty where nobody wants to."""


def ask_path(parent: QWidget, head: str, first: str, kinds: str) -> tuple[str, str]:
    """Ask through the dialog of the system."""
    return QFileDialog.getSaveFileName(parent, head, first, kinds)


def keep(parent: QWidget, ask: AskPath, head: str, first: str, made: Callable[[str], bytes]) -> str:
    """Ask for a file and write what `made` gives for its format; what to say of it, empty where nobody wants to."""
    kinds = ";;".join(f"{form.upper()} (*.{form})" for form in FORMATS)
    name, chosen = ask(parent, head, first, kinds)
    if not name:
        return ""
    path = Path(name)
    if path.suffix.lower().lstrip(".") not in FORMATS:
        form = next((f for f in FORMATS if chosen.startswith(f.upper())), FORMATS[0])
        path = path.with_name(f"{path.name}.{form}")
    try:
        save_bytes(path, made(path.suffix.lower().lstrip(".")))
    except AblatorError as wrong:
        return str(wrong)
    return QCoreApplication.translate("PlotsPanel", "Saved {0}").format(path.name)
