"""A study's graph as a Mermaid flowchart, for pages that draw it themselves."""

from collections.abc import Sequence

from ablator.core.lanes import LANES, SYMBOLS
from ablator.core.study import Study

ARROWS = {"interacts": "-.-", "excludes": "x--x", "retunes": "-.->", "reopens": "-.->"}


def mermaid(study: Study, notes: Sequence[str] = ()) -> str:
    """A flowchart with the five lanes as subgraphs; names are plain text, ids are numbers: none can be syntax.

    `notes` stand at the end as comments.
    """
    number = {key: f"n{i}" for i, key in enumerate(sorted(study.elements))}
    lines = ["flowchart TB"]
    for lane in LANES:
        rows = study.on_lane(lane)
        if rows:
            lines.append(f'  subgraph {lane}["{SYMBOLS[lane]} {lane}"]')
            lines += [f'    {number[e.id]}["{plain(e.name or e.id)}"]' for e in rows]
            lines.append("  end")
    for rid in sorted(study.relations):
        r = study.relations[rid]
        if r.source in number and r.target in number:
            arrow = ARROWS.get(r.kind, "-->")
            lines.append(f"  {number[r.source]} {arrow}|{r.kind}| {number[r.target]}")
    lines += [f"  %% {plain(note)}" for note in notes]
    return "\n".join(lines) + "\n"


def plain(text: str) -> str:
    """Text inside a Mermaid label: everything that could be markup as a numbered entity."""
    clean = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return "".join(c if c.isalnum() or c in " -_.,/()" else f"#{ord(c)};" for c in clean)
