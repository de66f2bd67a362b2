"""The `.ablation` file: opened with the hash of its bytes, saved durably."""

from pathlib import Path

from ablator.core.errors import AblatorError, EditRefused
from ablator.core.study import Study
from ablator.files.atomic import MAX_BYTES, read_bytes, save_bytes, sha256
from ablator.files.study_bytes import encode
from ablator.files.study_text import decode
from ablator.files.versions import keep_version

__all__ = ["decode", "encode", "open_study", "save_study"]


def open_study(path: Path) -> tuple[Study, str]:
    """The study in a file and the hash of its bytes, which `save_study` compares before it overwrites."""
    data = read_bytes(path, MAX_BYTES)
    return decode(data, str(path)), sha256(data)


def save_study(study: Study, path: Path, expected_hash: str | None = None) -> str:
    """Write a study durably, return its hash. Raises ChangedOnDisk or CannotAccess; then nothing changed.

    What could not be opened again is refused before a byte is written. What was there before is kept as an earlier
    version in the user's data folder.
    """
    data = encode(study)
    try:
        decode(data, "study")
    except AblatorError as wrong:
        raise EditRefused(
            f"the study could not be opened again: {wrong.what}", place=wrong.place, mend=wrong.mend
        ) from None
    before = _present(path)
    saved = save_bytes(path, data, expected_hash=expected_hash)
    if before is not None and before != data:
        keep_version(path, before)
    return saved


def _present(path: Path) -> bytes | None:
    try:
        return read_bytes(path, MAX_BYTES)
    except AblatorError:
        return None
