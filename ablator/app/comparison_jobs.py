"""Comparing and merging away from the window: what is asked of the worker, and what it answers."""

import os
from pathlib import Path

import msgspec

from ablator.app.comparison import Comparison, compare
from ablator.core.change import Change, between
from ablator.core.study import Study
from ablator.files.atomic import MAX_BYTES, read_bytes, sha256
from ablator.files.change_text import change_bytes, change_of
from ablator.files.merge import merge_studies
from ablator.files.study_file import decode, encode, open_study


class MergeAsk(msgspec.Struct, frozen=True, array_like=True):
    """Merge `ours` with the study in the file at `path`; without a base nothing is taken to be in common."""

    ours: bytes
    path: bytes
    base: bytes | None = None
    based: bool = True
    """Whether there is a common base; where it is not handed in, the file itself is it."""


class StagesAsk(msgspec.Struct, frozen=True, array_like=True):
    """Merge what git holds of the file at `path` in an unfinished merge."""

    path: bytes


class MergeAnswer(msgspec.Struct, frozen=True, array_like=True):
    """How ours becomes the merge, what the file holds, and how many conflicts were made.

    `sides` tells for each conflict whether `shown` or `other` is ours. `ours` is our side where it was read from git.
    """

    change: bytes
    theirs: bytes
    file_hash: str
    sides: dict[str, str]
    ours: bytes = b""

    def as_change(self, label: str) -> Change:
        """The change from ours to the merge, under a name."""
        return Change(label, change_of(self.change).cells)


class CompareAsk(msgspec.Struct, frozen=True, array_like=True):
    """Compare `left` with the study in the file at `path`."""

    left: bytes
    path: bytes


def asked(ask: MergeAsk | StagesAsk | CompareAsk) -> bytes:
    """A question as the worker takes it."""
    return msgspec.msgpack.encode(ask)


def merge_bytes(payload: bytes) -> bytes:
    """Answer a MergeAsk. Raises AblatorError where a file cannot be read."""
    ask = msgspec.msgpack.decode(payload, type=MergeAsk)
    path = Path(os.fsdecode(ask.path))
    data = read_bytes(path, MAX_BYTES)
    ours, theirs = decode(ask.ours, "study"), decode(data, str(path))
    base = theirs if ask.based else Study()
    if ask.base is not None:
        base = decode(ask.base, "study")
    merged = merge_studies(base, ours, theirs)
    change = change_bytes(between(ours, merged.study))
    return msgspec.msgpack.encode(MergeAnswer(change, data, sha256(data), dict(merged.sides)))


def stages_bytes(payload: bytes) -> bytes:
    """Answer a StagesAsk. Raises AblatorError where git holds no such merge or a side is no study."""
    from ablator.files.git import stages

    path = Path(os.fsdecode(msgspec.msgpack.decode(payload, type=StagesAsk).path))
    data = read_bytes(path, MAX_BYTES)
    sides = zip(stages(path), ("base", "ours", "theirs"), strict=True)
    base, ours, theirs = (Study() if blob is None else decode(blob, f"{path} ({word})") for blob, word in sides)
    merged = merge_studies(base, ours, theirs)
    change = change_bytes(between(ours, merged.study))
    return msgspec.msgpack.encode(MergeAnswer(change, data, sha256(data), dict(merged.sides), encode(ours)))


def compare_bytes(payload: bytes) -> bytes:
    """Answer a CompareAsk with a Comparison. Raises AblatorError where the file cannot be read."""
    ask = msgspec.msgpack.decode(payload, type=CompareAsk)
    right, _ = open_study(Path(os.fsdecode(ask.path)))
    return msgspec.msgpack.encode(compare(decode(ask.left, "study"), right))


def merge_answer(answer: bytes) -> MergeAnswer:
    """What `merge_bytes` and `stages_bytes` answer."""
    return msgspec.msgpack.decode(answer, type=MergeAnswer)


def comparison(answer: bytes) -> Comparison:
    """What `compare_bytes` answers."""
    return msgspec.msgpack.decode(answer, type=Comparison)
