"""Plain assignments of a Python settings file, read from its syntax tree: nothing is ever executed."""

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

from ablator.core.errors import BadInput
from ablator.files.json_text import text_of

MAX_PYTHON = 1024 * 1024
_SUMS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
}


def load_assignments(data: bytes, name: str) -> dict[str, Any]:
    """Names to values for every assignment of a literal or of plain sums of numbers, outside of functions.

    Raises BadInput with the line for what is no Python.
    """
    if len(data) > MAX_PYTHON:
        raise BadInput(f"the file has {len(data):,} bytes", place=name, mend="hand in the file that holds the settings")
    text = text_of(data, name)
    try:
        tree = ast.parse(text)
    except SyntaxError as wrong:
        raise BadInput(
            f"this is no Python ({wrong.msg})", place=f"{name}:{wrong.lineno or 1}", mend="mend that line"
        ) from None
    except (RecursionError, MemoryError, ValueError):
        raise BadInput("it nests too deeply", place=name, mend="hand in plain assignments") from None
    out: dict[str, Any] = {}
    for statement in tree.body:
        target = _target(statement)
        if target is None:
            continue
        key, expression = target
        try:
            out[key] = _value(expression, out, 0)
        except (ValueError, ArithmeticError):
            continue
    return out


def _target(statement: ast.stmt) -> tuple[str, ast.expr] | None:
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        one: ast.expr = statement.targets[0]
        value: ast.expr | None = statement.value
    elif isinstance(statement, ast.AnnAssign):
        one, value = statement.target, statement.value
    else:
        return None
    names: list[str] = []
    while isinstance(one, ast.Attribute):
        names.append(one.attr)
        one = one.value
    if not isinstance(one, ast.Name) or value is None:
        return None
    return ".".join(reversed([*names, one.id])), value


def _value(node: ast.expr, known: Mapping[str, Any], depth: int) -> Any:
    """The value of a literal, a known name or a sum; ValueError for anything that would have to be executed."""
    if depth > 30:
        raise ValueError
    if isinstance(node, ast.Constant) and isinstance(node.value, str | int | float | bool | None):
        return node.value
    if isinstance(node, ast.Name) and node.id in known:
        return known[node.id]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _value(node.operand, known, depth + 1)
        if isinstance(value, int | float):
            return -value
    if isinstance(node, ast.BinOp) and type(node.op) in _SUMS:
        a, b = _value(node.left, known, depth + 1), _value(node.right, known, depth + 1)
        if isinstance(a, int | float) and isinstance(b, int | float) and abs(a) < 1e15 and abs(b) < 1e15:
            return _SUMS[type(node.op)](a, b)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        a, b = _value(node.left, known, depth + 1), _value(node.right, known, depth + 1)
        if isinstance(a, int | float) and isinstance(b, int) and abs(a) <= 1000 and abs(b) <= 12:
            return a**b
    if isinstance(node, ast.List | ast.Tuple) and len(node.elts) < 1000:
        return [_value(v, known, depth + 1) for v in node.elts]
    if isinstance(node, ast.Dict):
        return {
            k.value: _value(v, known, depth + 1)
            for k, v in zip(node.keys, node.values, strict=True)
            if isinstance(k, ast.Constant) and isinstance(k.value, str)
        }
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict" and not node.args:
        return {k.arg: _value(k.value, known, depth + 1) for k in node.keywords if k.arg}
    raise ValueError
