"""Write down the modules of a live PyTorch model in its own process, for Ablator to read without PyTorch."""

import json
import math
from pathlib import Path
from typing import Any

FORMAT = "ablator-module-tree"


def describe(module: Any, path: str | Path | None = None) -> dict[str, Any]:
    """The tree of a `torch.nn.Module`: classes, parameters, ties and shapes; written as JSON where a path is given.

    Nothing is trained, moved or copied, and no value of a weight is read. Hand the file to `ablator new`.

    Args:
        module: anything with `named_modules`, `named_parameters` and `named_buffers`, as PyTorch's modules have.
        path: where to write the tree, for example `model.modules.json`.

    Raises:
        TypeError: where `module` has no modules and parameters by name.
        OSError: where the file cannot be written.
    """
    if not all(callable(getattr(module, name, None)) for name in ("named_modules", "named_parameters")):
        raise TypeError("describe() takes a torch.nn.Module: something with named_modules() and named_parameters()")
    named = _parameters(module)
    sizes = {id(p): math.prod(p.shape) for _, p in named}
    seen: dict[int, str] = {}
    tied: dict[str, list[str]] = {}
    for name, parameter in named:
        first = seen.setdefault(id(parameter), name)
        if first != name:
            tied.setdefault(first, [first]).append(name)
    tree = {
        "format": FORMAT,
        "version": 1,
        "name": type(module).__name__,
        "params": sum(sizes.values()),
        "tied": list(tied.values()),
        "modules": {name: _module(inner, sizes) for name, inner in module.named_modules()},
        "tensors": {name: _tensor(p) for name, p in named if seen[id(p)] == name},
        "buffers": {name: list(b.shape) for name, b in _buffers(module)},
    }
    if path is not None:
        Path(path).write_text(json.dumps(tree, indent=1) + "\n", encoding="utf-8")
    return tree


def _parameters(module: Any) -> list[tuple[str, Any]]:
    """All parameters by name, tied ones under each of their names."""
    try:
        return list(module.named_parameters(remove_duplicate=False))
    except TypeError:  # PyTorch before 2.0
        return list(module.named_parameters())


def _buffers(module: Any) -> list[tuple[str, Any]]:
    return list(module.named_buffers()) if callable(getattr(module, "named_buffers", None)) else []


def _module(module: Any, sizes: dict[int, int]) -> dict[str, Any]:
    own = {id(p) for _, p in module.named_parameters(recurse=False)}
    below = {id(p) for _, p in module.named_parameters()}
    extra = getattr(module, "extra_repr", None)
    kind = type(module)
    return {
        "class": f"{kind.__module__}.{kind.__qualname__}",
        "own": sum(sizes.get(i, 0) for i in own),
        "total": sum(sizes.get(i, 0) for i in below),
        "extra_repr": str(extra())[:200] if callable(extra) else "",
    }


def _tensor(parameter: Any) -> dict[str, Any]:
    return {"shape": [int(n) for n in parameter.shape], "dtype": str(parameter.dtype).removeprefix("torch.")}
