"""Key strokes and mouse moves made by the X server itself, through its XTEST extension: what a person does."""

import os
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

KEY_PRESS, KEY_RELEASE, BUTTON_PRESS, BUTTON_RELEASE, MOTION = 2, 3, 4, 5, 6
NAMED = {
    "Tab": 0xFF09, "Return": 0xFF0D, "Escape": 0xFF1B, "Backspace": 0xFF08, "Del": 0xFFFF, "Space": 0x20,
    "Left": 0xFF51, "Up": 0xFF52, "Right": 0xFF53, "Down": 0xFF54, "Home": 0xFF50, "End": 0xFF57,
    "Ctrl": 0xFFE3, "Shift": 0xFFE1, "Alt": 0xFFE9,
} | {f"F{n}": 0xFFBD + n for n in range(1, 13)}  # fmt: skip


class XServer:
    """A connection to the X server of `DISPLAY`. It asks for no replies after the first ones, so it never waits."""

    def __init__(self) -> None:
        display = os.environ["DISPLAY"].partition(":")[2].partition(".")[0]
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(10)
        self._socket.connect(f"/tmp/.X11-unix/X{display}")
        name, secret = _cookie(display)
        self._send(struct.pack("<BxHHHHxx", ord("l"), 11, 0, len(name), len(secret)) + _padded(name) + _padded(secret))
        status, size = struct.unpack("<B5xH", self._take(8))
        setup = self._take(4 * size)
        if status != 1:
            raise ConnectionError(setup)
        self._first, self._last = setup[26], setup[27]
        vendor, formats = struct.unpack_from("<H", setup, 16)[0], setup[21]
        self._root = struct.unpack_from("<I", setup, 32 + (vendor + 3) // 4 * 4 + 8 * formats)[0]
        self._xtest = self._extension(b"XTEST")
        self._codes = self._keyboard()

    def key(self, name: str, down: bool) -> None:
        """Press or release a key: a name of `NAMED` or a letter as it stands on the key."""
        self._fake(KEY_PRESS if down else KEY_RELEASE, self._codes[_symbol(name)][0])

    def type(self, letter: str) -> None:
        """Press and release a letter, with Shift where it needs it."""
        code, shifted = self._codes[_symbol(letter)]
        if shifted:
            self.key("Shift", True)
        self._fake(KEY_PRESS, code)
        self._fake(KEY_RELEASE, code)
        if shifted:
            self.key("Shift", False)

    def button(self, number: int, down: bool) -> None:
        """Press or release a mouse button: 1 is the left one, 2 the middle one, 3 the right one."""
        self._fake(BUTTON_PRESS if down else BUTTON_RELEASE, number)

    def move(self, x: int, y: int) -> None:
        """Move the mouse to a pixel of the screen."""
        self._fake(MOTION, 0, x, y)

    def close(self) -> None:
        """End the connection."""
        self._socket.close()

    def _fake(self, kind: int, detail: int, x: int = 0, y: int = 0) -> None:
        root = self._root if kind == MOTION else 0
        self._send(struct.pack("<BBHBBxxIIxxxxxxxxhhxxxxxxxx", self._xtest, 2, 9, kind, detail, 0, root, x, y))

    def _extension(self, name: bytes) -> int:
        self._send(struct.pack("<BxHHxx", 98, 2 + len(_padded(name)) // 4, len(name)) + _padded(name))
        answer = self._reply()
        if not answer[8]:
            raise ConnectionError("the X server has no XTEST")
        return answer[9]

    def _keyboard(self) -> dict[int, tuple[int, bool]]:
        count = self._last - self._first + 1
        self._send(struct.pack("<BxHBBxx", 101, 2, self._first, count))
        answer = self._reply()
        wide = answer[1]
        symbols = struct.unpack_from(f"<{count * wide}I", answer, 32)
        codes: dict[int, tuple[int, bool]] = {}
        for n in range(count):
            for level in (0, 1):
                codes.setdefault(symbols[n * wide + level], (self._first + n, level == 1))
        return codes

    def _reply(self) -> bytes:
        head = self._take(32)
        return head + self._take(4 * struct.unpack_from("<I", head, 4)[0])

    def _send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def _take(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self._socket.recv(size - len(data))
            if not part:
                raise ConnectionError("the X server closed the connection")
            data += part
        return data


def _symbol(name: str) -> int:
    return NAMED.get(name) or ord(name)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _cookie(display: str) -> tuple[bytes, bytes]:
    """Name and secret by which the server knows its user."""
    file = Path(os.environ.get("XAUTHORITY", Path.home() / ".Xauthority"))
    if file.is_file():
        for number, name, secret in _cookies(file.read_bytes()):
            if number in {display.encode(), b""}:
                return name, secret
    return b"", b""


def _cookies(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    place = 0
    while place < len(data):
        place += 2
        fields = []
        for _ in range(4):
            size = int.from_bytes(data[place : place + 2])
            fields.append(data[place + 2 : place + 2 + size])
            place += 2 + size
        yield fields[1], fields[2], fields[3]
