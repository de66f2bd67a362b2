"""Copies that a sync program lays beside a study when two places changed it at once."""

import contextlib
import os
import re
from pathlib import Path

from ablator.files.atomic import MAX_BYTES

MOST = 20
"""Copies that are told; a folder with more is not gone through to the end."""

_MARKED = re.compile(
    r"(?: \([^()]{0,100}(?:conflict|konflikt)[^()]{0,100}\)"  # Dropbox, Nextcloud
    r"|\.sync-conflict-\d{8}-\d{6}-[0-9A-Za-z]+"  # Syncthing
    r"|_conflict-\d{8}-\d{6}"  # ownCloud
    r"| ?\[conflict(?:ed)?[^\[\]]{0,100}\])",
    re.IGNORECASE,
)


def conflict_copies(path: Path) -> list[Path]:
    """The copies of the file at `path` that lie beside it, by name; a folder that cannot be read holds none.

    Only names count: `name (conflicted copy …)`, `name.sync-conflict-…`, `name_conflict-…` and `name [conflict]`, with
    the ending of the file. What is no ordinary file, empty or too large to be a study is no copy.
    """
    found: list[Path] = []
    with contextlib.suppress(OSError, ValueError), os.scandir(path.parent) as entries:
        for entry in entries:
            if _is_copy(entry.name, path.stem, path.suffix):
                with contextlib.suppress(OSError):
                    if entry.is_file(follow_symlinks=False) and 0 < entry.stat().st_size <= MAX_BYTES:
                        found.append(path.parent / entry.name)
                        if len(found) == MOST:
                            break
    return sorted(found)


def _is_copy(name: str, stem: str, suffix: str) -> bool:
    if not (name.startswith(stem) and name.endswith(suffix)):
        return False
    return _MARKED.fullmatch(name[len(stem) : len(name) - len(suffix)]) is not None
