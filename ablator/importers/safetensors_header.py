"""Headers of safetensors files: eight bytes, then JSON; of the data itself only samples of tied tables are read."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import msgspec

from ablator.core.errors import BadInput, CannotAccess, one_line
from ablator.importers.found import Found, FoundIdea, Reading
from ablator.importers.hf_config import family_of
from ablator.importers.text_source import load_json
from ablator.importers.weights import Folded, Weight, fold
from ablator.importers.weights_names import EMBEDDING, HEAD, read_names

FORMAT = "safetensors header"
INDEX_FORMAT = "safetensors index"
HEADER_LIMIT = 100_000_000
"""Bytes of a header; the format's own limit."""
TENSORS_LIMIT = 1_000_000
DIMENSIONS_LIMIT = 64
SHARDS_LIMIT = 4_096
SAMPLE = 4_096
MEND = "save the model again, or hand in its config.json"
CUT = "fetch the file again: it is cut or damaged"
BITS: Mapping[str, int] = {
    **dict.fromkeys(("F64", "I64", "U64", "C64"), 64),
    **dict.fromkeys(("F32", "I32", "U32"), 32),
    **dict.fromkeys(("F16", "BF16", "I16", "U16"), 16),
    **dict.fromkeys(("I8", "U8", "BOOL", "F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"), 8),
    "F4": 4,
}
_BRACE = ord("{")


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One tensor as the header describes it."""

    dtype: str
    shape: tuple[int, ...]
    data_offsets: tuple[int, int]


class Header(msgspec.Struct, frozen=True):
    """All tensors by name, in the order of the file, and how many bytes of data stand behind the header."""

    tensors: dict[str, Entry]
    start: int
    """Byte at which the data begins."""
    data: int
    """Bytes of data in the file; 0 where only the header was kept."""


_ENTRIES = msgspec.json.Decoder(dict[str, Entry])
_METADATA = msgspec.json.Decoder(dict[str, str])


class _Meta(msgspec.Struct, rename={"metadata": "__metadata__"}):
    metadata: msgspec.Raw = msgspec.Raw(b"{}")


def looks_like_safetensors(head: bytes) -> bool:
    """Whether the first bytes are a header length followed by the start of a JSON object."""
    if len(head) < 10:
        return False
    size = int.from_bytes(head[:8], "little")
    return 2 <= size <= HEADER_LIMIT and head[8] == _BRACE and head[9:10] in b' "}\n\r\t'


def looks_like_index(value: object) -> bool:
    """Whether a JSON value is the index of a model kept in several files."""
    return isinstance(value, dict) and "weight_map" in value


def read_safetensors(path: Path, name: str = "") -> Reading:
    """What one file's header tells. Raises BadInput with the place, CannotAccess where the file cannot be read."""
    place = str(path)
    try:
        with path.open("rb") as stream:
            header = read_header(stream, os.fstat(stream.fileno()).st_size, place)
            if not header.tensors:
                raise BadInput("the header names no tensors (byte 8)", place=place, mend="hand in a file with weights")
            folded = folded_of(header)
            tied = _tied(stream, header, folded)
    except OSError as wrong:
        why = (wrong.strerror or str(wrong)).lower()
        raise CannotAccess(f"the file cannot be read ({why})", place=place, mend="check the path") from None
    part = re.search(r"-\d{5}-of-\d{5}|^model-\d{5}-", path.name) is not None
    unknown = ("the values of the weights (only the header was kept)",) if not header.data and header.tensors else ()
    return _reading(folded, name or path.name, FORMAT, tied=tied, complete=not part, unknown=unknown)


def read_header(stream: BinaryIO, size: int, name: str) -> Header:
    """The header of a file of `size` bytes, checked: lengths, types, offsets without gaps or overlaps."""
    first = stream.read(8)
    if len(first) < 8:
        what = "the file is empty" if not first else f"the file ends at byte {len(first)}, inside the header's length"
        raise BadInput(what, place=name, mend=CUT)
    length = int.from_bytes(first, "little")
    if length > min(HEADER_LIMIT, size - 8) or length < 2:
        raise BadInput(
            f"the header is said to have {length:,} bytes (byte 0), and the file has {size:,}", place=name, mend=CUT
        )
    raw = stream.read(length)
    if raw[:1] != b"{":
        raise BadInput("the header is no JSON object (byte 8)", place=name, mend=MEND)
    tensors = decoded(raw, name)
    data = size - 8 - length
    check_offsets(tensors, data, name)
    return Header(tensors, 8 + length, data)


def decoded(raw: bytes, name: str) -> dict[str, Entry]:
    """The entries of a header's JSON. Raises BadInput where it is not what the format allows."""
    raw = raw.rstrip(b" \x00")
    has_metadata = b'"__metadata__"' in raw
    try:
        if has_metadata:
            _METADATA.decode(msgspec.json.decode(raw, type=_Meta).metadata)
            raw = _without_metadata(raw)
        tensors = _ENTRIES.decode(raw)
    except RecursionError:
        raise BadInput("the header is nested too deeply (byte 8)", place=name, mend=MEND) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise BadInput(f"the header cannot be understood: {_plain(wrong)}", place=name, mend=MEND) from None
    if len(tensors) > TENSORS_LIMIT:
        raise BadInput(f"the header names {len(tensors):,} tensors", place=name, mend="hand in the config.json instead")
    if raw.count(b'"data_offsets"') != len(tensors):
        load_json(raw, name)  # says which key is given twice; a tensor may also be called so
    return tensors


def _without_metadata(raw: bytes) -> bytes:
    """The header with its metadata turned into the entry of an empty tensor, without touching any other byte."""
    rows = msgspec.json.decode(raw, type=dict[str, msgspec.Raw]) if raw.find(b'"__metadata__"') > 1 else None
    if rows is None:
        found = re.match(rb'\{"__metadata__"\s*:\s*\{[^{}]*\}\s*(,|(?=\}))', raw)
        if found:
            return b"{" + raw[found.end() :]
        rows = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    rows.pop("__metadata__", None)
    return msgspec.json.encode(rows)


def _plain(wrong: Exception) -> str:
    text = one_line(str(wrong), 160)
    return text.replace("`$", "`header").replace("Object", "an entry")


def check_offsets(tensors: Mapping[str, Entry], data: int, name: str) -> None:
    """Shapes are sizes, each tensor takes the bytes its shape needs, and none overlaps another or lies past the end."""
    at, in_order = 0, True
    for key, t in tensors.items():
        elements = 1
        if len(t.shape) > DIMENSIONS_LIMIT:
            raise _wrong(name, key, f"has {len(t.shape):,} dimensions", MEND)
        for n in t.shape:
            if n < 0 or n > 2**62:
                raise _wrong(name, key, f"has a dimension of {str(n)[:24]}", MEND)
            elements *= n
        begin, end = t.data_offsets
        bits = BITS.get(t.dtype)
        if not 0 <= begin <= end or (bits is not None and (elements * bits + 7) // 8 != end - begin):
            raise _wrong(name, key, f"takes bytes {begin} to {end}, which does not fit its shape", CUT)
        if begin != at:
            in_order = False
        at = end
        if data and end > data:
            raise _wrong(name, key, f"ends at byte {end:,} of {data:,}: the file is cut", CUT)
    if not in_order:
        _check_overlaps(tensors, name)
    if tensors and not data and at and not in_order:
        raise BadInput("there is no data behind the header", place=name, mend=CUT)


def _check_overlaps(tensors: Mapping[str, Entry], name: str) -> None:
    at, before = 0, ""
    for begin, end, key in sorted((*t.data_offsets, k) for k, t in tensors.items()):
        if begin < at and end > begin:
            raise _wrong(name, key, f"overlaps {_quoted(before)} at byte {begin}", MEND)
        at, before = max(at, end), key


def _wrong(name: str, key: str, what: str, mend: str) -> BadInput:
    return BadInput(f"tensor {_quoted(key)} {what}", place=name, mend=mend)


def _quoted(key: str) -> str:
    return f"“{one_line(key, 120)}”"


def folded_of(header: Header) -> Folded:
    """The tensors of a header folded by equal blocks."""
    rows = header.tensors.values()
    return fold(list(header.tensors), [t.shape for t in rows], [t.dtype for t in rows])


def _tied(stream: BinaryIO, header: Header, folded: Folded) -> tuple[Weight, Weight] | None:
    """The head and the table it is a copy of, as far as samples of both tell."""
    head = next((w for w in folded.weights if HEAD.search(w.name) and len(w.shape) == 2), None)
    if head is None or not header.data:
        return None
    table = next(
        (w for w in folded.weights if EMBEDDING.search(w.name) and (w.shape, w.dtype) == (head.shape, head.dtype)), None
    )
    if table is None:
        return None
    a, b = header.tensors[head.example].data_offsets, header.tensors[table.example].data_offsets
    length = a[1] - a[0]
    for place in (0, length // 2, max(0, length - SAMPLE)):
        samples = []
        for begin in (a[0], b[0]):
            stream.seek(header.start + begin + place)
            samples.append(stream.read(min(SAMPLE, length - place)))
        if samples[0] != samples[1] or not any(samples[0]):
            return None
    return head, table


def _reading(
    folded: Folded,
    name: str,
    format_name: str,
    *,
    tied: tuple[Weight, Weight] | None = None,
    complete: bool = True,
    unknown: tuple[str, ...] = (),
) -> Reading:
    if tied is not None:
        rest = tuple(w for w in folded.weights if w.name != tied[0].name)
        folded = msgspec.structs.replace(folded, weights=rest, parameters=folded.parameters - tied[0].parameters)
    named = read_names(folded, name, complete=complete)
    ideas = named.ideas
    if tied is not None:
        shown = (f"{name}: {tied[0].example} holds the same bytes as {tied[1].example}",)
        ideas = (*(i for i in ideas if i.idea != "weight_tying"), FoundIdea(idea="weight_tying", from_=shown))
    return Reading(
        file=name,
        format=format_name,
        role="model",
        found=(*named.found, Found("tensors", folded.tensors, name, "header")),
        ideas=ideas,
        family=family_of(ideas),
        parameters=folded.parameters or None,
        unknown=(*named.unknown, *unknown),
    )


class _Index(msgspec.Struct, frozen=True):
    weight_map: dict[str, str]
    metadata: dict[str, object] = msgspec.field(default_factory=dict)


def read_index(data: bytes, path: Path, name: str = "") -> Reading:
    """What an index and those of its shards tell that lie in the same folder; without them names alone are read.

    Raises BadInput where the index names a file that is no safetensors file beside it.
    """
    place = str(path)
    load_json(data, place)
    try:
        index = msgspec.json.decode(data, type=_Index)
    except (msgspec.DecodeError, RecursionError) as wrong:
        raise BadInput(f"the index cannot be understood: {_plain(wrong)}", place=place, mend=MEND) from None
    shards = sorted(set(index.weight_map.values()))
    if len(shards) > SHARDS_LIMIT or len(index.weight_map) > TENSORS_LIMIT:
        raise BadInput(f"the index names {len(shards):,} files", place=place, mend=MEND)
    for shard in shards:
        if not re.fullmatch(r"[^/\\\x00]+\.safetensors", shard) or shard.startswith("."):
            raise BadInput(
                f"the index names {_quoted(shard)}, which is no safetensors file beside it (/weight_map)",
                place=place,
                mend=MEND,
            )
    entries, missing = _shards(shards, path.parent)
    name = name or path.name
    if missing:
        return _by_names(index, name, missing)
    return _reading(
        fold(list(entries), [e.shape for e in entries.values()], [e.dtype for e in entries.values()]),
        name,
        INDEX_FORMAT,
    )


def _shards(shards: list[str], folder: Path) -> tuple[dict[str, Entry], list[str]]:
    """Entries of all shards in the folder, and the names of those that are not there."""
    entries: dict[str, Entry] = {}
    missing = [s for s in shards if not (folder / s).is_file()]
    if missing:
        return {}, missing
    for shard in shards:
        place = folder / shard
        with place.open("rb") as stream:
            entries.update(read_header(stream, os.fstat(stream.fileno()).st_size, str(place)).tensors)
    return entries, []


def _by_names(index: _Index, name: str, missing: list[str]) -> Reading:
    """Ideas by names without sizes; the total where the index gives it."""
    names = list(index.weight_map)
    folded = fold(names, [()] * len(names), ["F32"] * len(names))
    bare = msgspec.structs.replace(
        folded, weights=tuple(msgspec.structs.replace(w, each=1 if w.each else 0) for w in folded.weights)
    )
    named = read_names(bare, name)
    ideas = tuple(
        msgspec.structs.replace(i, parameters=None, sizes={}, value=i.value if i.idea == "depth" else None)
        for i in named.ideas
    )
    total = index.metadata.get("total_parameters")
    total = int(total) if isinstance(total, int | float) and 0 < total < 1e15 else None
    found = [f for f in named.found if f.fact in {"layers", "experts", "adapter"}]
    if total is not None:
        found.append(Found("parameters", total, name, "metadata.total_parameters"))
    return Reading(
        file=name,
        format=INDEX_FORMAT,
        role="model",
        found=(*found, Found("tensors", len(names), name, "weight_map")),
        ideas=ideas,
        family=family_of(ideas),
        parameters=total,
        unknown=(f"sizes of the tensors ({len(missing)} files such as {one_line(missing[0], 80)} are not there)",),
    )
