"""The library: ideas, claims, factors, symptoms and detection rules as typed values, loaded once."""

from functools import cache

import msgspec

from ablator.library.types import Library
from ablator.resources import resource

__all__ = ["Library", "library"]


@cache
def library() -> Library:
    """All rows, decoded from the compiled `library.json`; the YAML files beside it are its source."""
    return msgspec.json.decode(resource("library", "library.json").read_bytes(), type=Library)
