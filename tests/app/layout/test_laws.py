"""Laws of the layout that hold for every request."""

import itertools

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from ablator.app.layout import Arrangement, Card, Edge, Request, arrange, arrange_bytes
from ablator.core.lanes import LANES

HEIGHTS = {"noumenon": 40.0, "perception": 64.0, "instantiation": 64.0, "reachability": 40.0, "observation": 40.0}
POINTS = st.tuples(st.floats(-2000, 4000, allow_nan=False), st.floats(-500, 3000, allow_nan=False))


@st.composite
def requests(draw: st.DrawFn, *, pins: bool = True) -> Request:
    size = draw(st.integers(0, 40))
    cards = []
    for i in range(size):
        pin = draw(st.none() | POINTS) if pins and draw(st.integers(0, 5)) == 0 else None
        cluster = draw(st.sampled_from(["", "", "decoder", "encoder"]))
        cards.append(Card(f"c{i}", draw(st.sampled_from(LANES)), draw(st.sampled_from("abc")), pin, cluster))
    ids = st.sampled_from([c.id for c in cards] or ["none"])
    ends = draw(st.lists(st.tuples(ids, ids, st.booleans()), max_size=60))
    edges = {f"{a} {b}": Edge(f"{a} {b}", a, b, routed) for a, b, routed in ends}
    return Request(cards=tuple(cards), edges=tuple(edges.values()), heights=HEIGHTS)


def _after(asked: Request, found: Arrangement, **changes: object) -> Request:
    kept = {"cells": found.cells, "ways": found.ways, "columns": found.columns}
    return msgspec.structs.replace(asked, **kept, **changes)


def _overlaps(asked: Request, found: Arrangement) -> list[tuple[str, str]]:
    """Pairs of cards that lie on each other; two pinned ones may."""
    out = []
    cards = list(asked.cards)
    for i, a in enumerate(cards):
        for b in cards[:i]:
            if a.pin and b.pin:
                continue
            (ax, ay), (bx, by) = found.places[a.id], found.places[b.id]
            if (
                ax < bx + asked.width
                and bx < ax + asked.width
                and ay < by + HEIGHTS[b.lane]
                and by < ay + HEIGHTS[a.lane]
            ):
                out.append((a.id, b.id))
    return out


def _strays(asked: Request, found: Arrangement) -> list[str]:
    """Cards outside the band of their lane."""
    out = []
    for c in asked.cards:
        top, bottom = found.bands[c.lane]
        y = found.places[c.id][1]
        if y < top - 0.01 or y + HEIGHTS[c.lane] > bottom + 0.01:
            out.append(c.id)
    return out


@given(requests())
def test_every_card_lies_in_its_lane_and_on_no_other(asked: Request) -> None:
    found = arrange(asked)
    assert set(found.places) == {c.id for c in asked.cards}
    assert _overlaps(asked, found) == []
    assert _strays(asked, found) == []


@given(requests())
def test_lanes_follow_each_other_from_the_noumenon_down(asked: Request) -> None:
    bands = arrange(asked).bands
    assert list(bands) == list(LANES)
    edges = [bands[lane] for lane in LANES]
    assert all(a[1] == b[0] and a[0] < a[1] for a, b in itertools.pairwise(edges))


@given(requests(), st.randoms(use_true_random=False))
def test_the_answer_depends_on_nothing_but_the_request(asked: Request, pick: object) -> None:
    cards, edges = list(asked.cards), list(asked.edges)
    pick.shuffle(cards)  # type: ignore[attr-defined]
    pick.shuffle(edges)  # type: ignore[attr-defined]
    mixed = msgspec.structs.replace(asked, cards=tuple(cards), edges=tuple(edges))
    assert arrange(mixed) == arrange(asked)


@given(requests())
def test_pins_hold_across_and_are_kept_in_their_band(asked: Request) -> None:
    found = arrange(asked)
    for c in asked.cards:
        if c.pin is not None:
            top, bottom = found.bands[c.lane]
            assert found.places[c.id][0] == c.pin[0]
            if top <= c.pin[1] <= bottom - HEIGHTS[c.lane]:
                assert found.places[c.id][1] == c.pin[1]


@given(requests(pins=False))
def test_the_same_study_again_moves_nothing(asked: Request) -> None:
    found = arrange(asked)
    again = arrange(_after(asked, found))
    assert again.places == found.places
    assert again.bands == found.bands


@given(requests(), st.sampled_from(LANES))
def test_a_newcomer_finds_a_free_place(asked: Request, lane: str) -> None:
    found = arrange(asked)
    more = _after(asked, found, cards=(*asked.cards, Card("new", lane, "a")))  # type: ignore[arg-type]
    then = arrange(more)
    assert _overlaps(more, then) == []
    assert _strays(more, then) == []


@given(requests(pins=False))
def test_pinning_a_card_on_another_moves_that_one_aside(asked: Request) -> None:
    found = arrange(asked)
    if len(asked.cards) < 2:
        return
    first = asked.cards[0]
    mate = next((c for c in asked.cards[1:] if c.lane == first.lane), None)
    if mate is None:
        return
    pinned = msgspec.structs.replace(first, pin=found.places[mate.id])
    more = _after(asked, found, cards=(pinned, *asked.cards[1:]))
    assert _overlaps(more, arrange(more)) == []


@given(requests(pins=False))
def test_routes_lead_from_source_to_target(asked: Request) -> None:
    found = arrange(asked)
    lane = {c.id: c.lane for c in asked.cards}
    for e in asked.edges:
        way = found.routes.get(e.id)
        if way is None:
            continue
        for end, key in ((way[0], e.source), (way[-1], e.target)):
            x, y = found.places[key]
            assert x <= end[0] <= x + asked.width
            assert end[1] in (y, y + HEIGHTS[lane[key]])


@given(requests())
def test_it_travels_between_processes(asked: Request) -> None:
    answer = msgspec.msgpack.decode(arrange_bytes(msgspec.msgpack.encode(asked)), type=Arrangement)
    assert dict(answer.places) == dict(arrange(asked).places)
