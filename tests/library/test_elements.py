"""Library rows become elements and relations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ablator.core.elements import Element, Relation
from ablator.core.study import base_id, site_of
from ablator.library import library
from ablator.library.elements import (
    claim_element,
    element_for,
    factor_element,
    idea_element,
    phenomenon_element,
    relations_for,
    search,
    twins,
)

KNOWN = library()
ALL = sorted([*KNOWN.ideas, *KNOWN.claims, *KNOWN.factors])


def made(*ids: str, site: str = "") -> list[Element]:
    out = {e.id: e for e in (element_for(i, site=site) for i in ids)}
    return list(out.values())


def triples(elements: list[Element], kind: str) -> set[tuple[str, str]]:
    return {(r.source, r.target) for r in relations_for(elements) if r.kind == kind}


@pytest.mark.parametrize("library_id", ALL)
def test_every_row_becomes_an_element_of_its_lane(library_id: str) -> None:
    e = element_for(library_id)
    assert e.name
    assert e.lane in {"perception", "instantiation", "reachability", "observation"}
    assert (e.kind, e.lane) in {
        ("idea", "instantiation"),
        ("factor", "reachability"),
        ("instrument", "observation"),
        ("claim", "perception"),
    }
    assert e.prior > 0 or e.kind == "instrument" or e.library in KNOWN.factors
    assert e.cost_runs >= 0
    assert e.minutes >= 0
    assert e.sources


def test_twins_are_one_element_the_factor() -> None:
    assert dict(twins()) == {
        "weight_decay": "weight-decay",
        "dropout": "dropout",
        "label_smoothing": "label-smoothing",
        "data_augmentation": "data-augmentation",
        "init_scale": "initialisation",
        "ema_weights": "weight-averaging",
        "mup": "hyperparameter-transfer",
    }
    for idea, factor in twins().items():
        e = idea_element(idea, site="encoder")
        assert (e.id, e.kind, e.lane) == (factor, "factor", "reachability")


def test_width_changes_and_capacity_measures() -> None:
    assert element_for("width").kind == "idea"
    assert element_for("capacity").kind == "factor"


def test_ideas_of_other_levels_are_factors_or_instruments_without_a_site() -> None:
    steps = idea_element("sampler_steps", site="unet")
    assert (steps.id, steps.kind, steps.lane) == ("sampler_steps", "instrument", "observation")
    masks = idea_element("dynamic_masking", site="encoder")
    assert (masks.id, masks.kind, masks.lane) == ("dynamic_masking", "factor", "reachability")


def test_sites_keep_relations_apart() -> None:
    both = [*made("softmax_attention", "rope", site="text"), *made("softmax_attention", "rope", site="vision")]
    assert triples(both, "requires") == {
        ("text/rope", "text/softmax_attention"),
        ("vision/rope", "vision/softmax_attention"),
    }


def test_a_claim_is_reached_from_all_sites() -> None:
    both = [*made("softmax_attention", site="text"), *made("softmax_attention", site="vision"), claim_element("C01")]
    assert triples(both, "instantiates") == {("text/softmax_attention", "C01"), ("vision/softmax_attention", "C01")}


def test_requirements_that_are_alternatives_share_a_group() -> None:
    elements = made("causal_masking", "softmax_attention", "recurrence")
    groups = {r.target: r.group for r in relations_for(elements) if r.source == "causal_masking"}
    assert groups == {"softmax_attention": "any1", "recurrence": "any1"}


def test_fillers_of_one_slot_exclude_each_other_without_a_relation() -> None:
    assert triples(made("pre_norm", "post_norm"), "excludes") == set()
    assert triples(made("topk_routing", "expert_choice_routing"), "excludes") == {
        ("expert_choice_routing", "topk_routing")
    }
    norm = element_for("pre_norm")
    assert norm.slot == "norm_placement"
    assert "post_norm" in {a.to for a in norm.alternatives}


def test_a_slot_offers_all_its_fillers() -> None:
    slot = element_for("token_mixing")
    assert slot.is_slot
    fillers = {i.id for i in KNOWN.ideas.values() if i.slot == "token_mixing"}
    assert {a.to for a in slot.alternatives} == fillers


def test_knobs_become_retunes_of_factors() -> None:
    elements = [*made("softmax_attention"), factor_element("learning-rate"), factor_element("warmup")]
    assert triples(elements, "retunes") >= {
        ("softmax_attention", "learning-rate"),
        ("softmax_attention", "warmup"),
    }


def test_a_changed_idea_reopens_what_depends_on_the_architecture() -> None:
    elements = [*made("rope", "softmax_attention"), factor_element("learning-rate"), factor_element("data-leakage")]
    assert triples(elements, "reopens") >= {("rope", "learning-rate"), ("softmax_attention", "learning-rate")}
    assert ("rope", "data-leakage") not in triples(elements, "reopens")


def test_instruments_observe_the_phenomenon() -> None:
    elements = [factor_element("metric-validity"), phenomenon_element("perfect-model", "what nature shows")]
    assert triples(elements, "observes") == {("metric-validity", "perfect-model")}


def test_challengers_travel_with_the_claim() -> None:
    claim = claim_element("C01")
    assert claim.challengers
    assert claim.decisive
    assert claim.prior > 0


def test_a_two_layer_mlp_says_what_is_held_equal() -> None:
    attention = element_for("softmax_attention")
    assert attention.mlp is not None
    assert attention.mlp.match == "parameters"
    assert attention.mlp.how


def test_an_alternative_carries_what_it_stands_on() -> None:
    alibi = next(a for a in element_for("rope").alternatives if a.to == "alibi")
    assert alibi.name
    assert alibi.requires == (("softmax_attention",),)


def test_unknown_rows_are_refused() -> None:
    with pytest.raises(KeyError):
        element_for("no_such_idea")


@given(st.lists(st.sampled_from(ALL), max_size=40), st.sampled_from(["", "text"]))
def test_relations_never_dangle_and_come_sorted(ids: list[str], site: str) -> None:
    elements = [*made(*ids, site=site), phenomenon_element("perfect-model", "what nature shows")]
    here = {e.id: e for e in elements}
    found = relations_for(elements)
    assert [r.id for r in found] == sorted({r.id for r in found})
    for r in found:
        assert r.source in here
        assert r.target in here
        assert r.source != r.target
        assert_ends(r, here)


def assert_ends(r: Relation, here: dict[str, Element]) -> None:
    ends = (here[r.source].kind, here[r.target].kind)
    allowed = {
        "instantiates": {("idea", "claim")},
        "requires": {("idea", "idea")},
        "excludes": {("idea", "idea")},
        "observes": {("instrument", "phenomenon")},
    }
    if r.kind in allowed:
        assert ends in allowed[r.kind]
    if r.kind == "retunes":
        assert ends[1] == "factor"
    if r.kind in {"requires", "excludes"}:
        assert site_of(r.source) == site_of(r.target)
    if r.kind in {"excludes", "interacts"}:
        assert r.source < r.target
    assert base_id(r.source)


def test_search_finds_words_in_any_order_names_that_begin_with_them_first() -> None:
    assert search("rotary")[0][0] == "rope"
    assert "learning-rate" in {hit[0] for hit in search("learning rate")}
    assert search("attention softmax")[0][2] == search("softmax attention")[0][2]
    assert search("zzz-no-such") == []
    assert len(search("", limit=7)) == 7
