"""The wire format of protobuf messages, walked in place: nothing is copied that is not asked for."""

from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


class Malformed(ValueError):
    """The bytes are no protobuf message; `at` is the byte of the file where that shows."""

    def __init__(self, what: str, at: int) -> None:
        super().__init__(f"{what} (byte {at:,})")
        self.at = at


def fields(data: memoryview, begin: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """(number, wire type, value or begin, end) of each field between two bytes.

    For numbers the third is the value and the fourth 0; for bytes they are where the bytes begin and end.
    Raises Malformed where a field is cut, has no number, or has a type that no message of today uses.
    """
    at = begin
    while at < end:
        start = at
        tag = data[at]
        if tag < 128:
            at += 1
        else:
            tag, at = varint(data, at, end)
        number, wire = tag >> 3, tag & 7
        if not number:
            raise Malformed("a field without a number", start)
        if wire == BYTES:
            if at < end and data[at] < 128:
                length, at = data[at], at + 1
            else:
                length, at = varint(data, at, end)
            if length > end - at:
                raise Malformed(f"a field of {length:,} bytes does not fit: the file is cut or damaged", start)
            yield number, wire, at, at + length
            at += length
        elif wire == VARINT:
            value, at = varint(data, at, end)
            yield number, wire, value, 0
        elif wire in {FIXED64, FIXED32}:
            size = 8 if wire == FIXED64 else 4
            if size > end - at:
                raise Malformed("a number is cut", start)
            yield number, wire, int.from_bytes(data[at : at + size], "little"), 0
            at += size
        else:
            raise Malformed(f"a field of type {wire}", start)


def varint(data: memoryview, at: int, end: int) -> tuple[int, int]:
    """(value, byte after it) of a number of up to ten bytes. Raises Malformed where it is cut or longer."""
    value = shift = 0
    start = at
    while at < end and shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value & (2**64 - 1), at
        shift += 7
    raise Malformed("a number is cut or too long", start)


def signed(value: int) -> int:
    """A 64-bit number with its sign."""
    return value - 2**64 if value >= 2**63 else value


def numbers(data: memoryview, wire: int, begin: int, end: int) -> list[int]:
    """One number, or a packed list of them."""
    if wire == VARINT:
        return [signed(begin)]
    out = []
    at = begin
    while at < end:
        value, at = varint(data, at, end)
        out.append(signed(value))
    return out


def text(data: memoryview, begin: int, end: int) -> str:
    """A name; bytes that are no UTF-8 become �."""
    return bytes(data[begin:end]).decode("utf-8", "replace")
