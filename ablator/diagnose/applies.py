"""The library's conditions on settings, walked over a few kinds of syntax node and never evaluated as code."""

import ast
import operator
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

MAX_TEXT = 2000

_COMPARE: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}
_ARITHMETIC: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_CALLS: Mapping[str, Callable[[Any], Any]] = {"abs": abs, "str": str, "bool": bool}


class Unfit(ValueError):
    """A condition that uses more than the few kinds of node that are walked."""


@cache
def _parsed(text: str) -> ast.expr:
    if len(text) > MAX_TEXT:
        raise Unfit("the condition is too long")
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as wrong:
        raise Unfit(f"this is no condition: {wrong}") from None


def holds(text: str, names: Mapping[str, Any]) -> bool | None:
    """Whether a condition such as `key('world_size', 1) > 1` holds; None where a name in it is unknown.

    `key(name, default)` looks a setting up and takes the default where there is none; bare names must be known.

    >>> holds("key('world_size', 1) > 1 and not paired", {"paired": False, "world_size": 8})
    True
    >>> holds("spread <= 2 * noise", {"spread": 1.0}) is None
    True

    Raises Unfit for any other kind of syntax.
    """
    try:
        return bool(_walk(_parsed(text), names))
    except (KeyError, TypeError, ZeroDivisionError, OverflowError):
        return None


def _walk(node: ast.expr, names: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=value) if value is None or isinstance(value, bool | int | float | str):
            return value
        case ast.Name(id=name):
            return names[name]
        case ast.BoolOp(op=ast.And(), values=values):
            return _both(values, names, stop=False)
        case ast.BoolOp(op=ast.Or(), values=values):
            return _both(values, names, stop=True)
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return not _walk(inner, names)
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_walk(inner, names)
        case ast.Tuple(elts=items) | ast.List(elts=items):
            return tuple(_walk(i, names) for i in items)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            return _ARITHMETIC[type(op)](_number(_walk(left, names)), _number(_walk(right, names)))
        case ast.Compare(left=left, ops=ops, comparators=others) if all(type(o) in _COMPARE for o in ops):
            return _chain(_walk(left, names), [(type(o), _walk(v, names)) for o, v in zip(ops, others, strict=True)])
        case ast.Call(func=ast.Name(id="key"), args=[ast.Constant(value=str(name)), *rest], keywords=[]) if (
            len(rest) < 2
        ):
            value = names.get(name)
            return value if value is not None else (_walk(rest[0], names) if rest else None)
        case ast.Call(func=ast.Name(id=call), args=[inner], keywords=[]) if call in _CALLS:
            return _CALLS[call](_walk(inner, names))
    raise Unfit(f"a condition cannot use {type(node).__name__}")


def _both(parts: list[ast.expr], names: Mapping[str, Any], *, stop: bool) -> Any:
    """`and` (stop False) or `or` (stop True): an unknown part only matters where no other part decides."""
    unknown: KeyError | None = None
    value: Any = not stop
    for part in parts:
        try:
            value = _walk(part, names)
        except KeyError as missing:
            unknown = missing
            continue
        if bool(value) is stop:
            return value
    if unknown is not None:
        raise unknown
    return value


def _chain(left: Any, rest: list[tuple[type[ast.cmpop], Any]]) -> bool:
    for kind, right in rest:
        if not _COMPARE[kind](left, right):
            return False
        left = right
    return True


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("no number")
    return float(value)
