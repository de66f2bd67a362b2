"""Laws of what falls, what is peeled first, and which configurations are valid."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ablator.core import queries
from ablator.core.elements import Element, Info, Relation
from ablator.core.study import Study, site_of, study_from
from tests.core.any_study import studies


def idea(key: str, **more: Any) -> Element:
    return Element(id=key, lane="instantiation", kind="idea", **more)


def needs(source: str, target: str, group: str = "") -> Relation:
    return Relation(source=source, target=target, kind="requires", group=group)


@st.composite
def models(draw: st.DrawFn) -> Study:
    """Ideas at two sites with requirements, alternatives, slots and exclusions; no circle."""
    names = [f"i{n}" for n in range(draw(st.integers(1, 7)))]
    sites = draw(st.sampled_from([[""], ["encoder/", "decoder/"]]))
    rows = [
        idea(
            draw(st.sampled_from(sites)) + name,
            slot=draw(st.sampled_from([None, "mixing", "norm"])),
            present=draw(st.sampled_from([True, True, True, False, None])),
        )
        for name in names
    ]
    rows += [idea(f"{site}mixing", is_slot=True) for site in sites]
    edges: dict[str, Relation] = {}
    for _ in range(draw(st.integers(0, 12))):
        a, b = draw(st.sampled_from(rows)), draw(st.sampled_from(rows))
        if a.id == b.id or site_of(a.id) != site_of(b.id):
            continue
        if a.is_slot or (not b.is_slot and rows.index(a) < rows.index(b)):
            a, b = b, a
        if a.is_slot:
            continue
        kind = draw(st.sampled_from(["requires", "requires", "requires", "excludes"]))
        edge = Relation(source=a.id, target=b.id, kind=kind, group=draw(st.sampled_from(["", "", "g", "h"])))
        edges[edge.id] = edge
    return study_from(Info(), rows, edges.values())


def some(data: st.DataObject, study: Study) -> set[str]:
    return data.draw(st.sets(st.sampled_from(sorted(study.elements)), max_size=3))


@given(models(), st.data())
def test_what_falls_is_a_closure(study: Study, data: st.DataObject) -> None:
    first, more = some(data, study), some(data, study)
    falls = queries.falls_with(study, first)
    assert not falls & first
    assert queries.falls_with(study, first | falls) <= falls
    assert falls <= queries.falls_with(study, first | more) | more
    assert queries.falls_with(study, []) == frozenset()


@given(models(), st.data())
def test_what_is_left_has_what_it_needs(study: Study, data: st.DataObject) -> None:
    removed = some(data, study)
    before = queries.present_ideas(study)
    left = before - removed - queries.falls_with(study, removed)
    for key, need in queries.requirements(study).items():
        for group in need.groups if key in left else ():
            met_before = any(x in before for x in group)
            slot_gone = any(study.elements[x].is_slot for x in removed)
            assert slot_gone or not met_before or any(x in left for x in group)


@given(models(), st.data())
def test_what_is_added_and_held_never_falls(study: Study, data: st.DataObject) -> None:
    removed, added = some(data, study), some(data, study)
    falls = queries.falls_with(study, removed, added=added - removed)
    assert not falls & added
    assert falls <= queries.falls_with(study, removed)


@given(models())
def test_peeling_meets_every_present_idea_once_and_nothing_stands_on_air(study: Study) -> None:
    layers = queries.peel_order(study)
    flat = [key for layer in layers for key in layer]
    assert sorted(flat) == sorted(queries.present_ideas(study))
    gone: set[str] = set()
    for layer in layers:
        assert layer
        assert layer == sorted(layer)
        gone |= set(layer)
        assert queries.falls_with(study, gone) == frozenset()


@given(models())
@settings(max_examples=60)
def test_valid_configurations_are_valid_and_each_comes_once(study: Study) -> None:
    free = sorted(queries.present_ideas(study))[:5]
    found = list(queries.valid_configurations(study, free))
    assert len(set(found)) == len(found)
    assert found == list(queries.valid_configurations(study, free))
    exclusions = [{r.source, r.target} for r in study.relations_of("excludes")]
    for chosen in found:
        assert queries.problems_of(study, chosen) == []
        assert chosen <= queries.present_ideas(study)
        assert not any(pair <= chosen for pair in exclusions)
    if not exclusions:
        assert found[0] == queries.present_ideas(study)


def test_the_limit_of_configurations_holds() -> None:
    study = study_from(Info(), [idea(f"i{n}") for n in range(8)])
    assert len(list(queries.valid_configurations(study, study.elements, limit=10))) == 10


def test_alternatives_are_or_and_plain_requirements_and() -> None:
    rows = [*(idea(k) for k in ("a", "b", "c", "top")), idea("new", present=False)]
    groups = [needs("top", "a", "g"), needs("top", "b", "g"), needs("top", "new", "g")]
    study = study_from(Info(), rows, [*groups, needs("top", "c")])
    assert queries.falls_with(study, ["a"]) == frozenset()
    assert queries.falls_with(study, ["a", "b"]) == {"top"}
    assert queries.falls_with(study, ["c"]) == {"top"}
    assert queries.falls_with(study, ["a", "b"], added=["new"]) == frozenset()
    assert queries.problems_of(study, ["top", "c"]) == ["top needs a or b or new"]


def test_a_slot_is_filled_at_the_same_site_only() -> None:
    rows = [
        idea("encoder/mixing", is_slot=True),
        idea("encoder/attention", slot="mixing"),
        idea("encoder/conv", slot="mixing"),
        idea("decoder/ssm", slot="mixing"),
        idea("encoder/rope"),
    ]
    study = study_from(Info(), rows, [needs("encoder/rope", "encoder/mixing")])
    assert queries.falls_with(study, ["decoder/ssm"]) == frozenset()
    assert queries.falls_with(study, ["encoder/attention"]) == frozenset()
    assert queries.falls_with(study, ["encoder/attention", "encoder/conv"]) == {"encoder/rope"}
    assert queries.falls_with(study, ["encoder/mixing"]) >= {"encoder/rope"}
    both = frozenset({"encoder/attention", "encoder/conv"})
    assert queries.problems_of(study, both) == [], "side by side in the model as found"


def test_two_fillers_of_a_slot_exclude_each_other_unless_found_together() -> None:
    study = study_from(Info(), [idea("a", slot="norm"), idea("b", slot="norm", present=False)])
    assert queries.problems_of(study, ["a", "b"]) == ["a and b both fill norm"]


def test_views_are_made_once_for_a_study() -> None:
    study = study_from(Info(), [idea("a"), idea("b")], [needs("b", "a")])
    assert queries.graph(study) is queries.graph(study)
    assert queries.requirements(study) is queries.requirements(study)
    assert queries.present_ideas(study) is queries.present_ideas(study)
    assert sorted(queries.graph(study).edges(keys=True)) == [("b", "a", "requires")]


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)).filter(lambda p: p[0] != p[1]), max_size=12))
def test_a_circle_is_found_exactly_where_one_is(pairs: list[tuple[int, int]]) -> None:
    import networkx as nx

    edges = {(f"i{a}", f"i{b}") for a, b in pairs}
    study = study_from(Info(), [idea(f"i{n}") for n in range(7)], [needs(a, b) for a, b in edges])
    cycle = queries.requirement_cycle(study)
    assert bool(cycle) == (not nx.is_directed_acyclic_graph(nx.DiGraph(edges)))
    assert all((a, b) in edges for a, b in zip(cycle, [*cycle[1:], *cycle[:1]], strict=True))


@given(studies())
@settings(max_examples=40)
def test_small_questions_about_any_study(study: Study) -> None:
    for key in study.elements:
        near = set(queries.neighbours(study, key))
        assert set(queries.interacting(study, key)) <= near
        assert set(queries.retuned_with(study, key)) <= near
        assert queries.reopened_by(study, key) <= near
        assert queries.blockers(study, key) == queries.falls_with(study, [key])


def seated(present: bool | None = True) -> Study:
    """A norm placement that needs the slot, an idea that needs the filler itself, and what fills the slot."""
    rows = [
        idea("norm", is_slot=True),
        idea("layernorm", slot="norm", present=present),
        idea("pre_norm"),
        idea("affine"),
    ]
    return study_from(Info(), rows, [needs("pre_norm", "norm"), needs("affine", "layernorm")])


def test_a_filler_from_outside_the_study_keeps_what_needs_the_slot_alone() -> None:
    study = seated()
    assert queries.falls_with(study, ["layernorm"]) == {"pre_norm", "affine"}
    assert queries.falls_with(study, ["layernorm"], added=["rmsnorm"]) == {"affine"}
    left = queries.present_ideas(study) - {"layernorm", "affine"}
    assert queries.problems_of(study, left) == ["pre_norm needs layernorm"]
    assert queries.problems_of(study, left | {"rmsnorm"}) == []


def test_a_filler_from_outside_takes_only_slots_of_its_own_site_and_an_empty_one_none() -> None:
    study = seated()
    assert queries.falls_with(study, ["layernorm"], added=["encoder/rmsnorm"]) == {"pre_norm", "affine"}
    assert queries.falls_with(study, ["layernorm"], added=["no_norm"]) == {"pre_norm", "affine"}
