"""Where the data files of the program lie: in a wheel, in a checkout, or in a frozen build."""

import sys
from functools import cache
from pathlib import Path


@cache
def _root() -> Path:
    package = Path(__file__).resolve().parent
    frozen = getattr(sys, "_MEIPASS", None)
    places = [package / "_resources", package.parent / "resources"]
    if frozen is not None:
        places.insert(0, Path(frozen) / "ablator" / "_resources")
        places.insert(1, Path(frozen) / "resources")
    for place in places:
        if place.is_dir():
            return place
    return places[-1]


def resource(*parts: str) -> Path:
    """Return the path of one data file or folder, for example `resource("library", "ideas.yaml")`.

    The path is absolute. Whether it exists is the reader's business: a missing file raises there, by its name.
    """
    return _root().joinpath(*parts)
