"""Mutated study files open or are refused in one line; what opens is written and opens as the same again."""

import random
from pathlib import Path

from ablator.core.errors import BadInput
from ablator.core.study import Study
from ablator.files.study_file import decode, encode

DATA = Path(__file__).resolve().parents[1] / "data"
INPUTS = 2000
_PIECES = (
    b"{", b"}", b"[", b"]", b'"', b",", b":", b"\\u0000", b"\\ud800", b"\x00", b"\xff", b"NaN", b"-Infinity", b"1e999",
    b"9" * 400, b"null", b"true", b"<<<<<<< HEAD\n", b"[" * 40, b'"id": "x", ', b"\xef\xbb\xbf", "é\u202e".encode(),
)  # fmt: skip


def mutated(data: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.randrange(1, 4)):
        a, b = sorted(chance.randrange(len(data) + 1) for _ in range(2))
        what = chance.randrange(6)
        if what == 0:
            data = data[:a] + chance.choice(_PIECES) + data[a:]
        elif what == 1:
            data = data[:a] + data[min(b, a + 40) :]
        elif what == 2:
            data = data[:a] + data[a : a + 200] + data[a:]
        elif what == 3 and data:
            data = data[:a] + bytes([chance.randrange(256)]) + data[a + 1 :]
        elif what == 4:
            lines = data.split(b"\n")
            at = chance.randrange(len(lines))
            data = b"\n".join(lines[:at] + lines[at + 1 :] + [lines[at]])
        else:
            data = data[:a] + chance.choice(_PIECES) + data[b:][:50_000] if chance.random() < 0.1 else data
    return data


def opened_or_said(data: bytes) -> Study | str:
    """The study, or what is said of the file; any other error is a fault of the program."""
    try:
        return decode(data, "f")
    except BadInput as wrong:
        return str(wrong)


def test_any_bytes_open_or_are_refused() -> None:
    seeds = [path.read_bytes() for path in sorted(DATA.glob("*.ablation"))]
    chance, opened = random.Random(11), 0
    for number in range(INPUTS):
        data = mutated(chance.choice(seeds), chance)
        study = opened_or_said(data)
        if isinstance(study, str):
            assert "\n" not in study, number
            assert study.startswith("f"), number
            continue
        opened += 1
        written = encode(study)
        again = decode(written, "f")
        assert again.same_as(study), number
        assert encode(again) == written, number
    assert 50 < opened < INPUTS
