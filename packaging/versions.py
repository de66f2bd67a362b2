"""Writes a version and its news into the two files that say them, or checks that both say the same and prints it."""

import datetime as dt
import re
import sys
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MODULE = ROOT / "ablator" / "__init__.py"
METAINFO = ROOT / "packaging" / "deb" / "io.github.ablator.Ablator.metainfo.xml"
SAID = re.compile(r'^__version__ = "([^"]+)"$', re.MULTILINE)
RELEASES = re.compile(r'<release version="([^"]+)" date="([^"]+)">')
FORM = re.compile(r"\d+\.\d+\.\d+")


def numbers(version: str) -> tuple[int, ...]:
    """1.2.3 as (1, 2, 3), to be compared."""
    return tuple(int(part) for part in version.split("."))


def said() -> str:
    """The version that module and metainfo say. Raises SystemExit where they differ."""
    found = SAID.search(MODULE.read_text(encoding="utf-8"))
    newest = RELEASES.search(METAINFO.read_text(encoding="utf-8"))
    if found is None or newest is None or found[1] != newest[1]:
        raise SystemExit(f"versions: {MODULE.name} says {found and found[1]}, {METAINFO.name} {newest and newest[1]}")
    return found[1]


def write(version: str, news: str, day: str) -> None:
    """Put `version` into the module and a release with `news`, a line a paragraph, on top of the metainfo.

    Raises SystemExit where the version is no newer one, or there are no news.
    """
    if not FORM.fullmatch(version) or numbers(version) <= numbers(said()):
        raise SystemExit(f"versions: {version} is not newer than {said()}; write it as 1.2.3")
    lines = [line.strip() for line in news.splitlines() if line.strip()]
    if not lines:
        raise SystemExit("versions: say what is new")
    module = MODULE.read_text(encoding="utf-8")
    metainfo = METAINFO.read_text(encoding="utf-8")
    paragraphs = "".join(f"        <p>{escape(line, quote=False)}</p>\n" for line in lines)
    release = (
        f'    <release version="{version}" date="{day}">\n      <description>\n{paragraphs}'
        "      </description>\n    </release>\n"
    )
    METAINFO.write_text(metainfo.replace("  <releases>\n", f"  <releases>\n{release}", 1), encoding="utf-8")
    MODULE.write_text(SAID.sub(f'__version__ = "{version}"', module, count=1), encoding="utf-8")


def main(words: list[str]) -> int:
    """`versions.py [VERSION NEWS]`."""
    if words:
        version, news = words
        write(version, news, dt.datetime.now(dt.UTC).date().isoformat())
    print(said())
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
