"""A study's graph for Graphviz: five lanes as ranks, one edge a relation."""

from collections.abc import Sequence

from ablator.core.errors import one_line
from ablator.core.lanes import LANES, SYMBOLS
from ablator.core.study import Study

STYLES = {
    "instantiates": "solid", "requires": "solid", "interacts": "dashed", "excludes": "dotted", "retunes": "dashed",
    "needs": "solid", "reopens": "dotted", "observes": "solid",
}  # fmt: skip
SYMMETRIC = frozenset({"interacts", "excludes"})


def dot(study: Study, notes: Sequence[str] = ()) -> str:
    """The graph in the DOT language; lanes from the noumenon down, nodes and edges by id, `notes` as comments."""
    lines = [*(f"// {one_line(note)}" for note in notes)]
    lines += ["digraph study {", "  rankdir=TB;", '  node [shape=box, fontname="sans-serif"];']
    for lane in LANES:
        rows = study.on_lane(lane)
        if not rows:
            continue
        lines.append(f"  subgraph {quoted('cluster_' + lane)} {{")
        lines.append(f"    label={quoted(f'{SYMBOLS[lane]} {lane}')};")
        for e in rows:
            style = ", style=dashed" if e.present is not True else ""
            lines.append(f"    {quoted(e.id)} [label={quoted(e.name or e.id)}{style}];")
        lines.append("  }")
    for rid in sorted(study.relations):
        r = study.relations[rid]
        if r.source in study.elements and r.target in study.elements:
            ends = ", dir=none" if r.kind in SYMMETRIC else ""
            lines.append(
                f"  {quoted(r.source)} -> {quoted(r.target)} [label={quoted(r.kind)}, style={STYLES[r.kind]}{ends}];"
            )
    lines.append("}")
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """A DOT string: quotes and backslashes escaped, line breaks as spaces, never HTML."""
    clean = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return '"' + clean.replace("\\", "\\\\").replace('"', '\\"') + '"'
