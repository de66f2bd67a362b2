"""Earlier versions of a study: each save keeps what it replaced, in the user's data folder."""

import contextlib
import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

import msgspec

KEPT = 30
"""Versions of one file; the oldest go first."""


class Version(msgspec.Struct, frozen=True):
    """One earlier version: the file that holds it, and when it was replaced (ISO 8601, UTC)."""

    file: Path
    replaced: str


def keep_version(path: Path, data: bytes) -> None:
    """Keep the bytes that a save replaced. Never fails: a full disk here must not spoil a save that worked."""
    with contextlib.suppress(OSError, ValueError):
        folder = _folder(path)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
        part = folder / f"{stamp}.part"
        try:
            part.write_bytes(data)
            part.replace(folder / f"{stamp}.ablation")
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        for old in sorted(folder.glob("*.ablation"))[:-KEPT]:
            old.unlink(missing_ok=True)


def earlier_versions(path: Path) -> list[Version]:
    """What can be restored of the file at `path`, newest first; empty where nothing was kept."""
    found = []
    with contextlib.suppress(OSError, ValueError):
        for file in sorted(_folder(path).glob("*.ablation"), reverse=True):
            with contextlib.suppress(ValueError):
                when = datetime.strptime(file.stem, "%Y%m%dT%H%M%S%fZ").replace(tzinfo=UTC)
                found.append(Version(file, when.isoformat(timespec="seconds")))
    return found


def _folder(path: Path) -> Path:
    from platformdirs import user_data_path

    name = hashlib.sha256(os.fsencode(os.path.realpath(path))).hexdigest()[:32]
    return user_data_path("ablator") / "versions" / name
