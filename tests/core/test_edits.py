"""Edits make changes, or refuse with a reason; what they accept can be saved and opened again."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ablator.core import edits
from ablator.core.change import Change
from ablator.core.elements import Decision, Element, Evidence, Info, Relation
from ablator.core.errors import EditRefused
from ablator.core.study import Study, study_from
from ablator.files.study_file import decode, encode
from tests.core.any_study import elements, json_values, studies


def idea(key: str, **more: Any) -> Element:
    return Element(id=key, lane="instantiation", kind="idea", **more)


STUDY = study_from(
    Info(name="Small", baseline=2.0),
    [
        idea("attention", name="Attention", slot="token_mixing"),
        idea("rope", name="RoPE"),
        idea("encoder/norm"),
        Element(id="claim", lane="perception", kind="claim"),
        Element(id="lr", lane="reachability", kind="factor"),
        Element(id="warmup", lane="reachability", kind="factor"),
    ],
    [Relation(source="rope", target="attention", kind="requires")],
)

any_text = st.text(max_size=8)
ids = st.sampled_from([*STUDY.elements, "gone", ""])


def outcome(study: Study, make: Any) -> Study | None:
    """The study after an edit that was not refused; it must open again as it is, and lead back."""
    try:
        change: Change = make()
    except EditRefused:
        return None
    after = change.apply(study)
    assert decode(encode(after), "s").same_as(after)
    assert change.inverse().apply(after).same_as(study)
    return after


@given(ids, any_text | any_text.map(lambda t: t * 60))
def test_rename(key: str, name: str) -> None:
    after = outcome(STUDY, lambda: edits.rename(STUDY, key, name))
    if after:
        assert after.elements[key].name == " ".join(name.split())


@given(ids, st.sampled_from(Element.__struct_fields__), json_values | any_text)
def test_set_attribute(key: str, attribute: str, value: Any) -> None:
    outcome(STUDY, lambda: edits.set_attribute(STUDY, key, attribute, value))


@given(st.sampled_from(Info.__struct_fields__) | any_text, json_values | any_text | st.just("1.5%"))
def test_set_info(key: str, value: Any) -> None:
    outcome(STUDY, lambda: edits.set_info(STUDY, key, value))


@given(ids, ids, st.sampled_from(sorted(edits.ENDS)), any_text, any_text)
def test_relate_does_what_the_question_before_said(a: str, b: str, kind: Any, group: str, note: str) -> None:
    reason = edits.why_not_related(STUDY, a, b, kind, group)
    after = outcome(STUDY, lambda: edits.relate(STUDY, a, b, kind, group, note))
    if reason:
        assert after is None
    if after:
        assert len(after.relations) == len(STUDY.relations) + 1
        assert edits.why_not_related(after, a, b, kind, group)


@given(st.data())
def test_add(data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(["new", "a/b", "a/b/c", "", "rope", "ä", "-x", "n" * 201]) | any_text)
    new = data.draw(elements(key, "idea"))
    ends = st.sampled_from([key, "rope", "attention", "gone"])
    edges = data.draw(st.lists(st.builds(Relation, source=ends, target=ends, kind=st.just("requires")), max_size=4))
    after = outcome(STUDY, lambda: edits.add(STUDY, [new], edges))
    if after:
        assert after.elements[key] == new


@given(st.lists(ids, max_size=3))
def test_remove_takes_the_relations_along(keys: list[str]) -> None:
    after = outcome(STUDY, lambda: edits.remove(STUDY, keys))
    if after:
        assert not set(keys) & set(after.elements)
        assert all(r.source in after.elements and r.target in after.elements for r in after.relations.values())


@settings(max_examples=40)
@given(studies(), st.data())
def test_remove_from_any_study(study: Study, data: st.DataObject) -> None:
    if study.elements:
        some = data.draw(st.sets(st.sampled_from(sorted(study.elements)), min_size=1))
        assert outcome(study, lambda: edits.remove(study, some)) is not None


@given(any_text, any_text, st.sampled_from(["verdict", "waiver", "adopt", "pin"]), json_values)
def test_decide(key: str, reason: str, kind: Any, value: Any) -> None:
    after = outcome(
        STUDY, lambda: edits.decide(STUDY, Decision(id=key, kind=kind, verdict="fine", reason=reason, value=value))
    )
    if after and kind in {"waiver", "adopt"}:
        assert reason.strip()


@given(any_text, json_values, st.floats())
def test_record_evidence(key: str, value: Any, metric: float) -> None:
    row = Evidence(id=key, kind="result", value=value, metrics={"loss": metric})
    after = outcome(STUDY, lambda: edits.record_evidence(STUDY, [row]))
    if after:
        assert not edits.record_evidence(after, [row])


@given(ids, st.none() | st.tuples(st.floats(), st.floats()))
def test_move(key: str, place: tuple[float, float] | None) -> None:
    outcome(STUDY, lambda: edits.move(STUDY, {key: place}))


@given(any_text)
def test_free_id_is_free_and_valid(wish: str) -> None:
    for text in (wish, f"encoder/{wish}", "rope", "encoder/norm"):
        key = edits.free_id(STUDY, text)
        assert edits.valid_id(key)
        assert key not in STUDY.elements


@pytest.mark.parametrize(
    ("source", "target", "kind", "reason"),
    [
        ("attention", "rope", "requires", "circle"),
        ("attention", "rope", "excludes", "requires"),
        ("rope", "attention", "requires", "already"),
        ("rope", "claim", "requires", "not from an idea to a claim"),
        ("rope", "encoder/norm", "requires", "different sites"),
        ("rope", "rope", "interacts", "itself"),
        ("rope", "gone", "interacts", "no element gone"),
        ("rope", "attention", "likes", "no relation"),
    ],
)
def test_why_a_relation_may_not_be(source: str, target: str, kind: str, reason: str) -> None:
    said = edits.why_not_related(STUDY, source, target, kind)
    assert said is not None
    assert reason in said


def test_symmetric_relations_are_stored_once() -> None:
    after = edits.relate(STUDY, "warmup", "lr", "interacts").apply(STUDY)
    assert "lr interacts warmup" in after.relations
    assert edits.why_not_related(after, "lr", "warmup", "interacts")


def test_needs_may_not_run_in_a_circle() -> None:
    after = edits.relate(STUDY, "warmup", "lr", "needs").apply(STUDY)
    assert "circle" in (edits.why_not_related(after, "lr", "warmup", "needs") or "")


def test_ids_are_counted_on() -> None:
    study = STUDY
    for n in (1, 2, 3):
        key = edits.next_id(study, "decisions", "d")
        assert key == f"d-{n}"
        study = edits.decide(study, Decision(id=key, kind="pin", reason="r")).apply(study)


def test_what_is_not_there_cannot_be_taken_back() -> None:
    for make in (
        lambda: edits.undecide(STUDY, "d-1"),
        lambda: edits.forget_evidence(STUDY, ["e"]),
        lambda: edits.unrelate(STUDY, "a requires b"),
        lambda: edits.remove(STUDY, ["gone"]),
    ):
        with pytest.raises(EditRefused):
            make()
