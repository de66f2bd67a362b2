"""Rescue: a copy of unsaved work in the user's data folder, made before anything else when something goes wrong."""

import contextlib
import re
import time
from pathlib import Path

from PySide6.QtCore import QStandardPaths

from ablator.app.document import Document
from ablator.core.errors import AblatorError

KEPT = 20


def folder() -> Path:
    """Where rescued studies lie."""
    data = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericDataLocation)
    return Path(data) / "ablator" / "rescued"


def rescue(document: Document) -> Path | None:
    """Write unsaved work to the data folder; None where there is none, or where it cannot be written."""
    if document.empty or not document.dirty:
        return None
    from ablator.files.study_file import save_study

    word = document.path.stem if document.path is not None else document.study.info.name
    stem = re.sub(r"[^\w.-]+", "-", word)[:60].strip("-.") or "study"
    target = folder() / f"{stem}-{time.strftime('%Y%m%d-%H%M%S')}.ablation"
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        save_study(document.study, target)
    except (AblatorError, OSError):
        return None
    return target


def rescued() -> list[Path]:
    """Studies that were rescued, newest first."""
    with contextlib.suppress(OSError):
        found = [p for p in folder().glob("*.ablation") if p.is_file()]
        return sorted(found, key=lambda p: p.name[-24:], reverse=True)[:KEPT]
    return []


def discard(path: Path) -> None:
    """Take a rescued study away."""
    with contextlib.suppress(OSError):
        path.unlink()
