"""`import ablator` from a program: new values, nothing written until it is saved, refusals as errors."""

from pathlib import Path
from typing import get_type_hints

import pytest

import ablator
from ablator.api import Said
from ablator.core.errors import EditRefused


@pytest.fixture
def study() -> "ablator.Study":
    return ablator.Study.new("template:mlp", metric="accuracy", goal="max", baseline=70.0, effect=1.0)


def test_the_options_are_those_of_the_builder() -> None:
    from ablator.importers.build import Options

    assert get_type_hints(Said) == get_type_hints(Options)


def test_a_study_is_planned_saved_and_opened_again(study: "ablator.Study", tmp_path: Path) -> None:
    saved = study.save(tmp_path / "s.ablation")
    again = ablator.Study.open(tmp_path / "s.ablation")
    assert [s.id for s in again.plan().steps] == [s.id for s in saved.plan().steps]
    assert again.plan().gates[0].state == "closed"
    assert again.plan().findings


def test_recording_gives_a_new_study(study: "ablator.Study") -> None:
    first = study.plan().next().steps[0].id
    after = study.record(verdicts={first: "fine"}, reason="seen", author="me")
    assert after.plan().value.step(first).state == "done"  # type: ignore[union-attr]
    assert study.plan().value.step(first).state != "done"  # type: ignore[union-attr]
    (row,) = after.value.decisions.values()
    assert (row.author, row.reason) == ("me", "seen")
    assert row.date.endswith("Z")
    assert not after.undo(row.id).value.decisions


def test_results_keep_the_settings_of_their_run(study: "ablator.Study") -> None:
    run = next(r for r in study.plan().runs if r.kind == "tune")
    after = study.record({run.run: {"accuracy": float("nan")}})
    row = after.value.evidence[f"run-{run.run}"]
    assert row.overrides == run.overrides
    assert (row.state, row.metrics) == ("diverged", {})


def test_what_the_plan_does_not_know_is_refused(study: "ablator.Study") -> None:
    with pytest.raises(EditRefused, match="no run"):
        study.record({"nothing": {"accuracy": 1.0}})
    with pytest.raises(EditRefused, match="no step"):
        study.record(verdicts={"nothing": "fine"})
    with pytest.raises(EditRefused, match="no arm"):
        study.adopt("nothing/arm", "because")
    with pytest.raises(EditRefused, match="neither"):
        study.undo("nothing")
    with pytest.raises(EditRefused, match="reason"):
        study.record(waive=[study.plan().steps[0].id])


def test_settings_change_in_a_new_value(study: "ablator.Study") -> None:
    assert study.set("budget", 3).value.info.budget == 3
    assert study.value.info.budget is None
