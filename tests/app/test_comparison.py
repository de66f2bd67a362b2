"""Two studies side by side: every row once, in one state, under its lane; the worker answers the same."""

import os
from pathlib import Path

import msgspec
from hypothesis import given, settings

from ablator.app.comparison import Detail, compare
from ablator.app.comparison_jobs import (
    CompareAsk,
    MergeAsk,
    asked,
    compare_bytes,
    comparison,
    merge_answer,
    merge_bytes,
)
from ablator.app.comparison_model import ComparisonModel, sentence
from ablator.core import edits
from ablator.core.elements import Element, Info, Relation
from ablator.core.study import Study, study_from
from ablator.files.study_file import encode, save_study
from tests.strategies import studies

BASE = study_from(
    Info(name="small", budget=10.0),
    [
        Element(id="rope", lane="instantiation", kind="idea", name="RoPE", note="n" * 1000),
        Element(id="norm", lane="instantiation", kind="idea", name="Norm"),
        Element(id="lr", lane="reachability", kind="factor", name="Learning rate", value=0.1),
    ],
    [Relation(source="rope", target="norm", kind="requires")],
)


def changed() -> Study:
    study = edits.rename(BASE, "rope", "Rotary").apply(BASE)
    study = edits.remove(study, ["norm"]).apply(study)
    study = msgspec.structs.replace(study, info=msgspec.structs.replace(study.info, budget=20.0))
    added = Element(id="mlp", lane="instantiation", kind="idea", name="=cmd()", from_=("a: b", "c: d"))
    return msgspec.structs.replace(study, elements={**study.elements, "mlp": added})


def test_rows_say_what_differs() -> None:
    rows = {(r.group, r.id): r for r in compare(BASE, changed()).rows}
    assert rows["instantiation", "rope"].state == "changed"
    assert rows["instantiation", "rope"].details == (Detail("name", "RoPE", "Rotary"),)
    assert rows["instantiation", "norm"].state == "left"
    assert rows["instantiation", "mlp"].details == (Detail("from", "", "a: b, c: d"),)
    assert rows["reachability", "lr"].state == "same"
    assert rows["study", "info"].details == (Detail("budget", "10", "20"),)
    assert rows["relations", "rope requires norm"].state == "left"


@settings(max_examples=60, deadline=None)
@given(studies(), studies())
def test_each_element_stands_in_one_row(left: Study, right: Study) -> None:
    found = compare(left, right)
    ids = [
        r.id for r in found.rows if r.group not in {"study", "relations", "evidence", "decisions", "conflicts", "extra"}
    ]
    assert sorted(ids) == sorted(left.elements.keys() | right.elements.keys())
    mirrored = {"left": "right", "right": "left", "changed": "changed", "same": "same"}
    back = {(r.group, r.id): r.state for r in compare(right, left).rows if r.group in {"relations", "evidence"}}
    assert back == {(r.group, r.id): mirrored[r.state] for r in found.rows if r.group in {"relations", "evidence"}}
    assert all(r.state == "same" for r in compare(left, left).rows)


def test_the_worker_answers_the_same(tmp_path: Path) -> None:
    file = tmp_path / "theirs.ablation"
    save_study(changed(), file)
    answer = comparison(compare_bytes(asked(CompareAsk(encode(BASE), os.fsencode(file)))))
    assert answer == compare(BASE, changed())


def test_the_worker_merges_with_and_without_a_base(tmp_path: Path) -> None:
    file = tmp_path / "theirs.ablation"
    save_study(changed(), file)
    ours = edits.rename(BASE, "rope", "Mine").apply(BASE)
    found = merge_answer(merge_bytes(asked(MergeAsk(encode(ours), os.fsencode(file), encode(BASE)))))
    merged = found.as_change("Merge").apply(ours)
    assert set(merged.conflicts) == set(found.sides) == {"elements/rope/name"}
    assert "norm" not in merged.elements
    assert merged.elements["mlp"].name == "=cmd()"
    loose = merge_answer(merge_bytes(asked(MergeAsk(encode(ours), os.fsencode(file), None, based=False))))
    assert {"norm", "mlp"} <= loose.as_change("Merge").apply(ours).elements.keys(), "nothing is dropped"


def test_the_list_is_filtered_and_headed() -> None:
    model = ComparisonModel()
    model.show(compare(BASE, changed()))
    assert model.data(model.index(0)) == "Instantiation"
    assert [r.id for r in model.rows()] == ["rope", "norm", "mlp", "info", "rope requires norm"]
    model.want(["same"])
    assert [r.id for r in model.rows()] == ["lr"]
    model.want(["changed", "left"], "rope  REQUIRES")
    assert [r.id for r in model.rows()] == ["rope requires norm"]
    assert sentence(model.comparison.rows[0]) == "RoPE: changed; RoPE → Rotary; name: RoPE → Rotary"
