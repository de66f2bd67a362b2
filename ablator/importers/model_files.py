"""Binary model files, told by their first bytes: which reader takes them, and what is refused with its reason."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from ablator.core.errors import BadInput, CannotAccess
from ablator.importers.found import Reading

_ARGUMENTS = re.compile(r"(.*[-_.])?(training_?)?args([-_.].*)?\.(bin|pt|pkl)$")
"""Names under which Trainers pickle their arguments, which are read opcode by opcode."""

HEAD = 64
HASHED = 64 * 1024 * 1024
"""Bytes of a file that its hash covers."""

POINTER = b"version https://git-lfs"
PICKLES = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
WHY = "unpickling runs code that the file holds, so it is not opened"
INSTEAD = "hand in the model's config.json or .safetensors, export ONNX, or write a tree with ablator.describe(module)"


def read_model_file(path: Path, name: str) -> Reading | None:
    """What a binary model file tells; None where the first bytes say that it is none.

    Raises BadInput for a file that is recognised but must not or cannot be read, CannotAccess for one out of reach.
    """
    head, size = _first_bytes(path)
    if head.startswith(POINTER):
        raise BadInput(
            "this is a Git-LFS pointer, not the file itself (line 1)", place=str(path), mend="run git lfs pull first"
        )
    reading = _by_bytes(path, name, head, size)
    return None if reading is None else msgspec.structs.replace(reading, sha256=hash_of(path))


def _first_bytes(path: Path) -> tuple[bytes, int]:
    try:
        if not path.is_file():  # opening a pipe would wait for its writer
            return b"", 0
        with path.open("rb") as stream:
            size = stream.seek(0, 2)
            stream.seek(0)
            return stream.read(HEAD), size
    except (OSError, ValueError):
        return b"", 0  # the reader of texts says what is wrong


def _by_bytes(path: Path, name: str, head: bytes, size: int) -> Reading | None:
    suffix = path.suffix.lower()
    if _ARGUMENTS.match(path.name.lower()) and head.startswith((*PICKLES, b"PK\x03\x04")):
        from ablator.importers.pickled_settings import read_arguments

        return read_arguments(path, name)
    if head.startswith(PICKLES) or head.startswith(b"\x93NUMPY") or suffix in {".pkl", ".pickle", ".joblib"}:
        raise BadInput(f"this is a pickle (byte 0): {WHY}", place=str(path), mend=INSTEAD)
    if suffix == ".safetensors" or head[8:9] == b"{":
        from ablator.importers.safetensors_header import looks_like_safetensors, read_safetensors

        if suffix == ".safetensors" or looks_like_safetensors(head):
            return read_safetensors(path, name)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        from ablator.importers.keras_config import read_keras_zip

        return read_keras_zip(path, name)
    if head.startswith(b"\x89HDF\r\n\x1a\n"):
        from ablator.importers.keras_config import read_keras_hdf5

        return read_keras_hdf5(path, name)
    if suffix == ".onnx" or looks_like_onnx(head):
        from ablator.importers.onnx_model import read_onnx

        return read_onnx(path, name)
    if suffix in {".pt", ".pth", ".bin", ".ckpt"} and size and head[:1].strip() not in {b"{", b"["}:
        raise BadInput(f"this is a checkpoint (byte 0): {WHY}", place=str(path), mend=INSTEAD)
    return None


def looks_like_onnx(head: bytes) -> bool:
    """Whether the first bytes are those of an ONNX model: its version, then who made it or the graph."""
    return (
        len(head) > 3 and head[0] == 0x08 and head[1] < 0x40 and head[2] in {0x12, 0x1A, 0x22, 0x28, 0x32, 0x3A, 0x42}
    )


def hash_of(path: Path) -> str:
    """SHA-256 of the file, of very large ones of their first part."""
    digest = hashlib.sha256()
    left = HASHED
    try:
        with path.open("rb") as stream:
            while left > 0 and (piece := stream.read(min(left, 1 << 20))):
                digest.update(piece)
                left -= len(piece)
    except OSError as wrong:
        why = (wrong.strerror or str(wrong)).lower()
        raise CannotAccess(f"the file cannot be read ({why})", place=str(path), mend="check the path") from None
    return digest.hexdigest()


def without_shards(paths: Iterable[Path]) -> list[Path]:
    """The files without those that an index beside them already speaks for."""
    rows = list(paths)
    indexed = {p.parent for p in rows if p.name.endswith(".safetensors.index.json")}
    return [p for p in rows if not (p.parent in indexed and re.search(r"-\d{5}-of-\d{5}\.safetensors$", p.name))]


def json_model(value: Mapping[str, Any], name: str, place: str) -> Reading | None:
    """The reading of a model that is JSON but no Hugging Face configuration; None for anything else.

    A reader is loaded only where a key that it needs is there. Raises BadInput for a damaged one.
    """
    if "weight_map" in value:
        from ablator.importers.safetensors_header import read_index

        return read_index(msgspec.json.encode(value), Path(place), name)
    if "modules" in value or "" in value:
        from ablator.importers.module_tree import looks_like_tree, read_tree

        if looks_like_tree(value):
            return read_tree(value, name, place)
    if "class_name" in value or "optimizer_config" in value:
        from ablator.importers.keras_config import (
            looks_like_keras,
            looks_like_keras_training,
            read_keras,
            read_keras_training,
        )

        if looks_like_keras(value):
            return read_keras(value, name)
        if looks_like_keras_training(value):
            return read_keras_training(value, name)
    if ("architecture" in value and "model_type" not in value) or {"model", "opt", "sched", "lr"} <= value.keys():
        from ablator.importers.timm_config import looks_like_timm, looks_like_timm_args, read_timm, read_timm_args

        if looks_like_timm(value):
            return read_timm(value, name)
        if looks_like_timm_args(value):
            return read_timm_args(value, name)
    return None
