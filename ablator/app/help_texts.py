"""The pages of help as they are shipped: names, titles, texts, and those that hold what is searched for."""

from dataclasses import dataclass
from functools import cache

from ablator.resources import resource

FIRST = (
    "method", "tutorial", "readers", "exporters", "running", "results", "file-format", "merging", "faq",
    "architecture", "contributing",
)  # fmt: skip
"""The order in which the pages are listed; others follow, and the findings stand last."""


@dataclass(frozen=True, slots=True)
class HelpPage:
    """One page. `name` is its path below the folder of help without suffix, such as `findings/ABL101`."""

    name: str
    title: str
    text: str


@cache
def pages() -> tuple[HelpPage, ...]:
    """Every page in the order of the list; a page without a heading is called by its name."""
    root = resource("help")
    places = {name: number for number, name in enumerate(FIRST)}
    out = []
    for path in root.rglob("*.md"):
        name = path.relative_to(root).with_suffix("").as_posix()
        text = path.read_text(encoding="utf-8")
        head = next((line for line in text.splitlines() if line.startswith("# ")), f"# {name}")
        out.append(HelpPage(name, head[2:].strip(), text))
    return tuple(sorted(out, key=lambda p: ("/" in p.name, places.get(p.name, len(places)), p.name)))


def page(name: str) -> HelpPage | None:
    """The page of that name, or None."""
    return next((p for p in pages() if p.name == name), None)


def linked(name: str, address: str) -> str:
    """The name of the page that a link on page `name` leads to, whether it exists or not; "" for a link elsewhere.

    >>> linked("faq", "findings/ABL101.md"), linked("findings/ABL101", "../method.md#stages")
    ('findings/ABL101', 'method')
    >>> linked("faq", "https://example.org/a.md")
    ''
    """
    path = address.partition("#")[0]
    if "://" in path or not path.endswith(".md"):
        return ""
    parts = name.split("/")[:-1]
    for part in path.removesuffix(".md").split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in {"", ".", ".."}:
            parts.append(part)
    return "/".join(parts)


def found(words: str) -> list[HelpPage]:
    """The pages that hold every word, those whose title does first; all of them where no word is given."""
    wanted = words.lower().split()
    hits = [p for p in pages() if all(w in p.text.lower() for w in wanted)]
    return sorted(hits, key=lambda p: not all(w in p.title.lower() for w in wanted))
