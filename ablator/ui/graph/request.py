"""What the layout is asked for a study: which relations shape it, and how equal cards lie together."""

from collections.abc import Mapping

from ablator.app.layout import Arrangement, Card, Edge, Request
from ablator.core.study import Study, site_of
from ablator.ui.graph.card import HEIGHTS, WIDTH

ROUTED = frozenset({"instantiates", "requires"})
"""Kinds that get a way of their own."""
DRAWING = frozenset({"interacts", "excludes"})
"""Kinds that only draw their ends together; the others say when to do things, not what stands on what."""


def request_for(
    study: Study, aspect: float, before: Arrangement | None = None, back: Mapping[str, tuple[int, int]] | None = None
) -> Request:
    """The request for a study; with the layout before, little moves. `back` holds cells of cards that return."""
    cards = tuple(
        Card(e.id, e.lane, f"{site_of(e.id)} {e.category}".strip(), e.place, site_of(e.id))
        for e in (study.elements[k] for k in sorted(study.elements))
    )
    edges = tuple(
        Edge(rid, r.source, r.target, r.kind in ROUTED)
        for rid, r in sorted(study.relations.items())
        if (r.kind in ROUTED or r.kind in DRAWING) and r.source in study.elements and r.target in study.elements
    )
    known = before or Arrangement(places={}, bands={})
    return Request(
        cards=cards,
        edges=edges,
        width=WIDTH,
        heights=dict(HEIGHTS),
        aspect=aspect,
        cells={**known.cells, **(back or {})},
        ways=known.ways,
        columns=known.columns,
    )
