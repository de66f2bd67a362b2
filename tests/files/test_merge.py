"""Merging drops nothing, is valid, and gives the same bytes whoever merges."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ablator.core import edits
from ablator.core.conflicts import solve
from ablator.core.elements import Element, Info, Relation
from ablator.core.errors import BadInput, EditRefused
from ablator.core.study import TABLES, Study, study_from
from ablator.files.merge import decide, merge_studies
from ablator.files.study_bytes import row_value
from ablator.files.study_file import decode, encode
from tests.core.any_study import studies


def idea(key: str, **more: Any) -> Element:
    return Element(id=key, lane="instantiation", kind="idea", **more)


def needs(source: str, target: str) -> Relation:
    return Relation(source=source, target=target, kind="requires")


BASE = study_from(
    Info(name="Base", budget=10.0), [idea("a"), idea("b", name="B"), idea("c")], [needs("b", "a"), needs("c", "b")]
)


@st.composite
def triples(draw: st.DrawFn) -> tuple[Study, Study, Study]:
    """A study and two that were made from it by a few edits."""
    base = draw(studies())
    sides = []
    for _ in range(2):
        study = base
        for _ in range(draw(st.integers(0, 4))):
            study = draw(edited(study))
        sides.append(study)
    return base, sides[0], sides[1]


@st.composite
def edited(draw: st.DrawFn, study: Study) -> Study:
    keys = sorted(study.elements)
    what = draw(st.sampled_from(["name", "note", "info", "remove", "add", "relate", "unrelate", "own"]))
    try:
        if what == "info":
            return edits.set_info(study, "budget", draw(st.sampled_from([1, 2, 3]))).apply(study)
        if what == "own":
            return edits.set_info(study, "x-own", draw(st.sampled_from("pq"))).apply(study)
        if what == "add":
            return edits.add(study, [idea(f"new-{draw(st.integers(0, 2))}", name=draw(st.sampled_from("pq")))]).apply(
                study
            )
        if what == "unrelate" and study.relations:
            return edits.unrelate(study, draw(st.sampled_from(sorted(study.relations)))).apply(study)
        if keys:
            key = draw(st.sampled_from(keys))
            if what == "remove":
                return edits.remove(study, [key]).apply(study)
            if what == "relate":
                kind = draw(st.sampled_from(["requires", "needs", "interacts"]))
                return edits.relate(study, key, draw(st.sampled_from(keys)), kind).apply(study)
            if what in {"name", "note"}:
                return edits.set_attribute(study, key, what, draw(st.sampled_from(["x", "y", ""]))).apply(study)
    except EditRefused:
        pass
    return study


def atoms(study: Study) -> dict[tuple[str, ...], Any]:
    out: dict[tuple[str, ...], Any] = {("study", k): v for k, v in row_value(study.info).items()}
    for table in sorted(set(TABLES) - {"conflicts"}):
        for key, row in study.table(table).items():
            out[table, key] = True
            out |= {(table, key, k): v for k, v in row_value(row).items()}
    return out


@given(triples())
@settings(max_examples=300)
def test_laws_of_merging(triple: tuple[Study, Study, Study]) -> None:
    base, ours, theirs = triple
    merged = merge_studies(base, ours, theirs)
    study = merged.study
    data = encode(study)
    assert decode(data, "merged").same_as(study), "always valid"
    assert encode(merge_studies(base, theirs, ours).study) == data, "the same whoever merges"
    b, o, t, m = map(atoms, (base, ours, theirs, study))
    spoken = {(c.table, *((c.row,) if c.row else ())) for c in merged.conflicts}
    gone = object()
    for key in b.keys() | o.keys() | t.keys() | m.keys():
        x, y, z, got = (side.get(key, gone) for side in (b, o, t, m))
        if key[:2] in spoken or key[:1] in spoken:
            continue
        assert got == (z if y == x else y), f"{key}: no edit is dropped, nothing is invented"
    if not merged.conflicts:
        assert merge_studies(base, ours, study).study.same_as(study)


@given(studies(), studies())
@settings(max_examples=40)
def test_one_side_changed(base: Study, other: Study) -> None:
    for merged in (
        merge_studies(base, base, other),
        merge_studies(base, other, base),
        merge_studies(base, other, other),
    ):
        assert merged.study.same_as(other)
        assert not merged.conflicts


@given(studies(4), studies(4), studies(4))
@settings(max_examples=60)
def test_studies_that_have_nothing_in_common(a: Study, b: Study, c: Study) -> None:
    study = merge_studies(a, b, c).study
    assert decode(encode(study), "m").same_as(study)
    assert encode(merge_studies(a, c, b).study) == encode(study)


def test_both_edits_of_one_attribute_are_kept() -> None:
    ours = edits.rename(BASE, "b", "Zeta").apply(BASE)
    theirs = edits.rename(BASE, "b", "Alpha").apply(BASE)
    merged = merge_studies(BASE, ours, theirs)
    (conflict,) = merged.conflicts
    assert merged.study.elements["b"].name == "Alpha"
    assert (conflict.id, conflict.base, conflict.shown, conflict.other) == ("elements/b/name", "B", "Alpha", "Zeta")
    assert decide(merged, ["elements/b/name"], []).elements["b"].name == "Zeta"
    assert decide(merged, [], ["all"]).elements["b"].name == "Alpha"
    assert not decide(merged, ["all"], []).conflicts
    with pytest.raises(BadInput, match="no conflict"):
        decide(merged, ["nothing"], [])


def test_what_was_deleted_here_and_used_there_comes_back() -> None:
    ours = edits.remove(BASE, ["c"]).apply(BASE)
    theirs = edits.add(BASE, [idea("d")], [needs("d", "c")]).apply(BASE)
    merged = merge_studies(BASE, ours, theirs)
    assert "c" in merged.study.elements
    assert merged.conflicts[0].kind == "deleted but used"
    assert "c" not in decide(merged, ["all"], []).elements


def test_an_edit_beats_a_deletion() -> None:
    ours = edits.remove(BASE, ["c"]).apply(BASE)
    theirs = edits.rename(BASE, "c", "C").apply(BASE)
    merged = merge_studies(BASE, ours, theirs)
    assert merged.study.elements["c"].name == "C"
    assert merged.conflicts


def test_a_circle_that_only_the_merge_made_waits_in_the_conflicts() -> None:
    base = study_from(Info(), [idea("a"), idea("b")])
    ours = edits.relate(base, "a", "b", "requires").apply(base)
    theirs = edits.relate(base, "b", "a", "requires").apply(base)
    merged = merge_studies(base, ours, theirs)
    assert not merged.study.relations
    assert {c.kind for c in merged.conflicts} == {"circle"}
    first, second = sorted(merged.study.conflicts)
    one = solve(merged.study, first, "other").apply(merged.study)
    assert list(one.relations) == ["a requires b"]
    with pytest.raises(EditRefused, match="circle"):
        solve(one, second, "other")
    assert not solve(one, second, "shown").apply(one).conflicts


@given(triples())
@settings(max_examples=60)
def test_solving_leads_to_valid_studies(triple: tuple[Study, Study, Study]) -> None:
    study = merge_studies(*triple).study
    for key in sorted(study.conflicts):
        for keep in ("other", "shown"):
            try:
                change = solve(study, key, keep)  # type: ignore[arg-type]
            except EditRefused:
                continue
            after = change.apply(study)
            assert decode(encode(after), "s").same_as(after)
            assert change.inverse().apply(after).same_as(study)
            study = after
            break
    assert not study.conflicts


def test_many_elements_merge() -> None:
    rows = [idea(f"i{n}", name=f"Idea {n}") for n in range(1000)]
    base = study_from(Info(), rows, [needs(f"i{n}", f"i{n // 2}") for n in range(1, 1000)])
    ours = edits.rename(base, "i5", "x").apply(base)
    theirs = edits.rename(base, "i7", "y").apply(base)
    study = merge_studies(base, ours, theirs).study
    assert (study.elements["i5"].name, study.elements["i7"].name) == ("x", "y")
    assert study.relations == base.relations
