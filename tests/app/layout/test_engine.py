"""Layouts of small studies, looked at one by one."""

import msgspec

from ablator.app.layout import Arrangement, Card, Edge, Request, arrange


def _ideas(count: int, *requires: tuple[int, int]) -> Request:
    return Request(
        cards=tuple(Card(f"i{n:02d}", "instantiation") for n in range(count)),
        edges=tuple(Edge(f"{a}-{b}", f"i{a:02d}", f"i{b:02d}") for a, b in requires),
    )


def _with(asked: Request, found: Arrangement, *more: Card) -> Request:
    kept = {"cells": found.cells, "ways": found.ways, "columns": found.columns}
    return msgspec.structs.replace(asked, cards=(*asked.cards, *more), **kept)


def test_what_requires_lies_above_what_it_stands_on() -> None:
    places = arrange(_ideas(4, (0, 1), (1, 2), (0, 3))).places
    assert places["i00"][1] < places["i01"][1] < places["i02"][1]
    assert places["i00"][1] < places["i03"][1]


def test_a_circle_of_requirements_still_gets_a_layout() -> None:
    assert len(arrange(_ideas(3, (0, 1), (1, 2), (2, 0))).places) == 3


def test_many_factors_wrap_into_rows_that_fit_a_wide_screen() -> None:
    cards = tuple(Card(f"f{n:03d}", "reachability", "data") for n in range(70))
    found = arrange(Request(cards=cards, heights={"reachability": 40.0}, aspect=2.0))
    columns = {x for x, _ in found.places.values()}
    rows = {y for _, y in found.places.values()}
    assert 6 <= len(columns) <= 20
    assert len(rows) == -(-70 // len(columns))


def test_factors_of_a_group_lie_together() -> None:
    cards = tuple(Card(f"f{n:02d}", "reachability", "ab"[n % 2]) for n in range(12))
    places = arrange(Request(cards=cards)).places
    reading = sorted(places, key=lambda k: (places[k][1], places[k][0]))
    assert [int(k[1:]) % 2 for k in reading] == [0] * 6 + [1] * 6


def test_towers_stand_side_by_side() -> None:
    cards = tuple(Card(f"{s}/{n}", "instantiation", "", None, s) for s in ("decoder", "encoder") for n in range(10))
    edges = tuple(Edge(f"{s}{n}", f"{s}/{n}", f"{s}/{n + 1}") for s in ("decoder", "encoder") for n in range(3))
    places = arrange(Request(cards=cards, edges=edges)).places
    right = max(x for k, (x, _) in places.items() if k.startswith("decoder"))
    left = min(x for k, (x, _) in places.items() if k.startswith("encoder"))
    assert right < left


def test_one_more_idea_moves_nothing_where_there_is_room() -> None:
    asked = _ideas(10, (0, 1), (2, 3))
    found = arrange(asked)
    then = arrange(_with(asked, found, Card("new", "instantiation")))
    assert all(then.places[k] == found.places[k] for k in found.places)


def test_a_new_study_does_not_inherit_the_cells_of_another() -> None:
    found = arrange(_ideas(10))
    other = Request(cards=tuple(Card(f"x{n}", "instantiation") for n in range(10)))
    fresh = arrange(other)
    assert arrange(_with(other, found)).places == fresh.places


def test_an_empty_study_has_five_empty_bands() -> None:
    found = arrange(Request(cards=()))
    assert found.places == {}
    assert len(found.bands) == 5
