"""YAML from a file that may be anything: safe, bounded, `3e-4` is a number, and every refusal names the line."""

import re
from typing import Any

from ablator.core.errors import BadInput
from ablator.files.json_text import text_of

MAX_NODES = 60_000
MAX_DEPTH = 32
MAX_YAML = 4 * 1024 * 1024
"""Bytes of a YAML file beyond which it is refused: the parser takes about a second a megabyte."""

_FLOAT = re.compile(
    r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[0-9][0-9_]*[eE][-+]?[0-9]+|\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?"
    r"|\.(?:inf|Inf|INF)|[-+]\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
)


def load_yaml(data: bytes, name: str) -> Any:
    """The value of the one document in a YAML file; a tag that would build an object gives its plain text or mapping.

    Raises BadInput for what is no YAML, more than one document, keys given twice, deep nesting and alias bombs.
    """
    import yaml

    if len(data) > MAX_YAML:
        raise BadInput(
            f"the file has {len(data):,} bytes, and at most {MAX_YAML:,} of YAML are read",
            place=name,
            mend="hand in the file that holds the settings only",
        )
    text = text_of(data[3:] if data[:3] == b"---" else data, name)
    try:
        node = yaml.compose(text, Loader=_loader())
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        line = f":{mark.line + 1}" if mark else ""
        what = (wrong.problem or "it cannot be parsed").replace("\n", " ")
        if wrong.context and "document" in wrong.context:
            what = "it holds more than one document"
        raise BadInput(f"this is no YAML ({what})", place=f"{name}{line}", mend="mend that line") from None
    except (yaml.YAMLError, RecursionError, ValueError) as wrong:
        what = "it nests too deeply" if isinstance(wrong, RecursionError) else str(wrong).split("\n")[0]
        raise BadInput(f"this is no YAML ({what})", place=name, mend="save it as plain YAML") from None
    return None if node is None else _Values(name).of(node, 0)


def _loader() -> Any:
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    resolvers = {
        first: [(tag, pattern) for tag, pattern in rows if tag not in {_FLOAT_TAG, _TIME_TAG}]
        for first, rows in base.yaml_implicit_resolvers.items()
    }
    loader = type("PlainLoader", (base,), {"yaml_implicit_resolvers": resolvers})
    loader.add_implicit_resolver(_FLOAT_TAG, _FLOAT, list("-+0123456789."))  # type: ignore[attr-defined]
    return loader


_FLOAT_TAG = "tag:yaml.org,2002:float"
_ORDERED = ("collections.OrderedDict", "tag:yaml.org,2002:omap", "tag:yaml.org,2002:pairs")
_TIME_TAG = "tag:yaml.org,2002:timestamp"


class _Values:
    """Plain values of a node tree; counts what it builds, so that aliases cannot blow it up."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.built = 0

    def of(self, node: Any, depth: int) -> Any:
        import yaml

        self.built += 1
        if self.built > MAX_NODES or depth > MAX_DEPTH:
            what = "it nests too deeply" if depth > MAX_DEPTH else "its aliases grow without end"
            raise BadInput(what, place=self._place(node), mend="hand in plain settings")
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node.tag, node.value)
        if isinstance(node, yaml.SequenceNode):
            return self._ordered(node, depth) if node.tag.endswith(_ORDERED) else self._list(node, depth)
        out: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                inner = self.of(value_node, depth + 1)
                for part in inner if isinstance(inner, list) else [inner]:
                    if isinstance(part, dict):
                        merged = {**part, **merged}
                continue
            key = self.of(key_node, depth + 1)
            text = key if isinstance(key, str) else str(key_node.value)[:200] if not isinstance(key, list) else "?"
            if text in out:
                raise BadInput(f"the key {text!r} is given twice", place=self._place(key_node), mend="take one out")
            out[text] = self.of(value_node, depth + 1)
        return {**merged, **out}

    def _list(self, node: Any, depth: int) -> list[Any]:
        return [self.of(v, depth + 1) for v in node.value]

    def _ordered(self, node: Any, depth: int) -> Any:
        """The mapping that `collections.OrderedDict` would make of its pairs, as Stable-Baselines writes it."""
        rows = self._list(node, depth)
        pairs = rows[0] if len(rows) == 1 and isinstance(rows[0], list) else rows
        if all(isinstance(p, list) and len(p) == 2 and isinstance(p[0], str) for p in pairs):
            return {key: value for key, value in pairs}  # noqa: C416 - the pairs are lists, not tuples
        return rows

    def _place(self, node: Any) -> str:
        return f"{self.name}:{node.start_mark.line + 1}"


def _scalar(tag: str, text: str) -> Any:
    kind = tag.rpartition(":")[2]
    try:
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() in {"true", "yes", "on"}
        if kind == "int":
            return int(text.replace("_", ""), 0) if len(text) < 300 else text
        if kind == "float":
            plain = text.replace("_", "").lower()
            return float(plain.replace(".inf", "inf").replace(".nan", "nan"))
    except ValueError:
        return text
    return text
