"""Plain assignments of a Python settings file, read from its syntax tree: nothing is ever executed."""

import ast
import operator
import re
from collections.abc import Callable, Mapping, Sequence
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
    """Names to values of a Python file, as `load_python` reads them."""
    return load_python(data, name)[0]


def load_python(data: bytes, name: str) -> tuple[dict[str, Any], frozenset[str]]:
    """Names to values, and which of them are but the defaults of a command line.

    Read is every assignment of a literal, a sum of numbers or the keywords of a call: in the file itself, its classes
    (`Class.name`) and functions that make a configuration. `add_argument("--name", default=…)` gives a default where
    the name is not assigned. Raises BadInput with the line for what is no Python.
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
    _body(tree.body, "", out)
    defaults = {k: v for k, v in _arguments(tree).items() if k not in out}
    return {**out, **defaults}, frozenset(defaults)


def value_of(words: str) -> Any:
    """The number that plain sums of numbers make; None for anything else."""
    try:
        return _value(ast.parse(words, mode="eval").body, {}, 0)
    except (ValueError, SyntaxError, ArithmeticError, RecursionError, MemoryError):
        return None


def _body(statements: Sequence[ast.stmt], prefix: str, out: dict[str, Any]) -> None:
    for statement in statements:
        if isinstance(statement, ast.ClassDef) and not prefix:
            inner: dict[str, Any] = {}
            _body(statement.body, statement.name, inner)
            out.update({f"{statement.name}.{k}": v for k, v in inner.items()})
            continue
        if isinstance(statement, ast.FunctionDef) and not prefix and _MAKES.search(statement.name):
            _body(statement.body, statement.name, out)
            continue
        target = _target(statement)
        if target is None and isinstance(statement, ast.Return) and isinstance(statement.value, ast.Call):
            target = "config", statement.value
        if target is None:
            continue
        key, expression = target
        try:
            value = _value(expression, out, 0)
        except (ValueError, ArithmeticError):
            continue
        if value != {}:
            out[key] = value


_MAKES = re.compile(r"config|hparams|hyper|recipe", re.IGNORECASE)
"""Names of functions that make a configuration."""


def _arguments(tree: ast.Module) -> dict[str, Any]:
    """The defaults of a command line's arguments, wherever in the file they are declared."""
    out: dict[str, Any] = {}
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if node.func.attr != "add_argument" or len(out) > 2000:
            continue
        flags = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        name = next((f[2:] for f in flags if f.startswith("--")), "")
        default = next((k.value for k in node.keywords if k.arg == "default"), None)
        if not name or default is None:
            continue
        try:
            out[name] = _value(default, {}, 0)
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
    if isinstance(node, ast.Call):
        return _keywords(node, known, depth)
    raise ValueError


def _keywords(node: ast.Call, known: Mapping[str, Any], depth: int) -> Any:
    """The keywords of a call, without those that would have to be executed; `Duration.epochs(3)` is `3 epochs`."""
    word = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if word in {"epochs", "steps", "tokens"} and len(node.args) == 1 and not node.keywords:
        amount = _value(node.args[0], known, depth + 1)
        return f"{amount} {word}" if isinstance(amount, int | float) else None
    out = {}
    for row in node.keywords:
        try:
            if row.arg:
                out[row.arg] = _value(row.value, known, depth + 1)
        except (ValueError, ArithmeticError):
            continue
    return out
