"""Plain values in a pickle such as `training_args.bin`, read opcode by opcode: nothing is imported, called or built."""

import io
import pickletools
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from ablator.core.errors import BadInput
from ablator.importers.found import Reading
from ablator.importers.settings import looks_like_settings, read_settings

FORMAT = "pickled training arguments"
LIMIT = 4 * 1024 * 1024
STEPS_LIMIT = 200_000
DEPTH = 6
MOST = 5
"""Pickles one after the other in a file that are looked at: old versions of PyTorch wrote three before the object."""

MEND = "hand in the settings as JSON or YAML"


class Thing(msgspec.Struct):
    """An object that the pickle would build: the name of its class, what it would be called with, its state."""

    name: str
    arguments: tuple[Any, ...] = ()
    state: Any = None


class _Mark:
    """The mark that some opcodes gather from."""


def read_arguments(path: Path, name: str) -> Reading:
    """Scalars of the pickled arguments as settings. Raises BadInput where it holds no plain settings."""
    place = str(path)
    stream = io.BytesIO(_pickle_in(path, place))
    for _ in range(MOST):
        state = _plain(_state(_walk(stream, place)))
        values = state if isinstance(state, dict) else {}
        kept = {k.removeprefix("_"): v for k, v in values.items() if isinstance(k, str) and _scalar(v)}
        if looks_like_settings(kept):
            return read_settings(kept, name, format_name=FORMAT)
        if stream.tell() >= len(stream.getbuffer()):
            break
    raise BadInput("no training settings are in this pickle (byte 0)", place=place, mend=MEND)


def _scalar(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def _pickle_in(path: Path, place: str) -> bytes:
    """The pickle's bytes, from the archive that PyTorch puts it in where there is one."""
    try:
        if not zipfile.is_zipfile(path):
            with path.open("rb") as stream:
                return stream.read(LIMIT)
        with zipfile.ZipFile(path) as archive:
            rows = [r for r in archive.infolist() if r.filename.endswith("data.pkl")]
            if len(rows) != 1 or rows[0].file_size > LIMIT:
                raise BadInput("the archive holds no small pickle (entry data.pkl)", place=place, mend=MEND)
            return archive.read(rows[0])
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as wrong:
        raise BadInput(f"the file cannot be read (byte 0): {wrong}", place=place, mend=MEND) from None


def _walk(data: io.BytesIO, place: str) -> Any:
    """What the next pickle would give, with a `Thing` wherever it would build an object."""
    stack: list[Any] = []
    memo: dict[int, Any] = {}
    try:
        for number, (code, argument, _) in enumerate(pickletools.genops(data)):
            if number > STEPS_LIMIT:
                raise BadInput("the pickle is too long (byte 0)", place=place, mend=MEND)
            if code.name == "STOP":
                return stack[-1]
            _step(code.name, argument, stack, memo)
    except (ValueError, IndexError, KeyError, TypeError, UnicodeDecodeError, OverflowError) as wrong:
        raise BadInput(f"the pickle is damaged (byte 0): {str(wrong)[:80]}", place=place, mend=MEND) from None
    raise BadInput("the pickle ends early", place=place, mend=MEND)


def _step(name: str, argument: Any, stack: list[Any], memo: dict[int, Any]) -> None:
    """Carry out one opcode on plain values; an unknown one leaves an unknown object behind."""
    if name in _PLAIN:
        stack.append(_PLAIN[name]())
    elif name in _VALUES:
        stack.append(argument)
    elif name in {"BINPUT", "LONG_BINPUT", "PUT"}:
        memo[int(argument)] = stack[-1]
    elif name == "MEMOIZE":
        memo[len(memo)] = stack[-1]
    elif name in {"BINGET", "LONG_BINGET", "GET"}:
        stack.append(memo[int(argument)])
    elif name in _ACTIONS:
        _ACTIONS[name](stack, argument)
    elif name not in {"PROTO", "FRAME"}:
        raise ValueError(f"opcode {name}")


def _gathered(stack: list[Any]) -> list[Any]:
    """What stands above the last mark, taken off together with it."""
    at = max(i for i, v in enumerate(stack) if isinstance(v, _Mark))
    out = stack[at + 1 :]
    del stack[at:]
    return out


def _pairs(stack: list[Any], rows: list[Any]) -> None:
    target = stack[-1]
    if isinstance(target, dict):
        for key, value in zip(rows[::2], rows[1::2], strict=True):
            if isinstance(key, str | int | float | bool):
                target[key] = value


def _items(stack: list[Any], rows: list[Any]) -> None:
    if isinstance(stack[-1], list):
        stack[-1] += rows


def _global(stack: list[Any], argument: Any) -> None:
    stack.append(Thing(str(argument).replace(" ", ".")))


def _stack_global(stack: list[Any], argument: Any) -> None:
    name, module = stack.pop(), stack.pop()
    stack.append(Thing(f"{module}.{name}"))


def _reduce(stack: list[Any], argument: Any) -> None:
    arguments, called = stack.pop(), stack.pop()
    name = called.name if isinstance(called, Thing) else "?"
    stack.append(Thing(name, arguments if isinstance(arguments, tuple) else ()))


def _newobj_ex(stack: list[Any], argument: Any) -> None:
    stack.pop()
    _reduce(stack, argument)


def _build(stack: list[Any], argument: Any) -> None:
    state = stack.pop()
    if isinstance(stack[-1], Thing):
        stack[-1].state = state


def _tuple(size: int) -> Callable[[list[Any], Any], None]:
    def take(stack: list[Any], argument: Any) -> None:
        rows = tuple(stack[len(stack) - size :])
        del stack[len(stack) - size :]
        stack.append(rows)

    return take


def _append(stack: list[Any], argument: Any) -> None:
    value = stack.pop()
    _items(stack, [value])


def _setitem(stack: list[Any], argument: Any) -> None:
    value, key = stack.pop(), stack.pop()
    _pairs(stack, [key, value])


def _pop(stack: list[Any], argument: Any) -> None:
    stack.pop()


def _pop_mark(stack: list[Any], argument: Any) -> None:
    _gathered(stack)


def _unknown(stack: list[Any], argument: Any) -> None:
    stack[-1] = Thing("persistent")


_PLAIN: Mapping[str, Callable[[], Any]] = {
    "MARK": _Mark,
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_DICT": dict,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
    "EMPTY_SET": list,
}
_VALUES = frozenset(
    {"BININT", "BININT1", "BININT2", "INT", "LONG", "LONG1", "LONG4", "BINFLOAT", "FLOAT"}
    | {"BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "UNICODE", "BINSTRING", "SHORT_BINSTRING", "STRING"}
    | {"BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"}
)
_ACTIONS: Mapping[str, Callable[[list[Any], Any], None]] = {
    "GLOBAL": _global,
    "STACK_GLOBAL": _stack_global,
    "REDUCE": _reduce,
    "NEWOBJ": _reduce,
    "NEWOBJ_EX": _newobj_ex,
    "BUILD": _build,
    "TUPLE": lambda stack, argument: stack.append(tuple(_gathered(stack))),
    "TUPLE1": _tuple(1),
    "TUPLE2": _tuple(2),
    "TUPLE3": _tuple(3),
    "LIST": lambda stack, argument: stack.append(_gathered(stack)),
    "FROZENSET": lambda stack, argument: stack.append(_gathered(stack)),
    "APPEND": _append,
    "APPENDS": lambda stack, argument: _items(stack, _gathered(stack)),
    "ADDITEMS": lambda stack, argument: _items(stack, _gathered(stack)),
    "SETITEM": _setitem,
    "SETITEMS": lambda stack, argument: _pairs(stack, _gathered(stack)),
    "POP": _pop,
    "POP_MARK": _pop_mark,
    "DUP": lambda stack, argument: stack.append(stack[-1]),
    "BINPERSID": _unknown,
}


def _state(value: Any) -> Any:
    """The attributes of the object at the top."""
    return value.state if isinstance(value, Thing) and value.state is not None else value


def _plain(value: Any, depth: int = 0) -> Any:
    """Values with the words of enumerations in place of their members, and None for any other object."""
    if depth > DEPTH:
        return None
    if isinstance(value, Thing):
        word = value.arguments[0] if len(value.arguments) == 1 else None
        return word if isinstance(word, str | int | float) else None
    if isinstance(value, dict):
        return {k: _plain(v, depth + 1) for k, v in value.items()}
    return value if _scalar(value) else None
