"""After an arm became the baseline: its step keeps its verdict, the model its new idea, the gate its day."""

import json
from pathlib import Path

import pytest

from ablator.api import Study
from ablator.cli.main import main
from ablator.exporters.markdown import markdown
from ablator.plan.types import Step

STEP = "replace-residual_connection"
SETTINGS = Path(__file__).resolve().parents[1] / "resources" / "examples" / "char-model" / "settings.json"


def residual(study: Study) -> Step:
    return next(s for s in study.plan().steps if s.id == STEP)


@pytest.fixture(scope="module")
def finished() -> Study:
    """The example with everything below waived but the rate, and the arm with residual connections far better."""
    study = Study.new(str(SETTINGS), metric="val_loss", goal="min", baseline=2.79)
    study = study.set("effect", 0.1).set("noise", 0.02).set("epsilon", 0)
    plan = study.plan().value
    below = [s for s in plan.steps if s.stage in {"observe", "reach"}]
    study = study.record(waive=[s.id for s in below if s.element != "learning-rate"], reason="not here")
    for step in ("tune-learning-rate", STEP):
        rows: dict[str, dict[str, float]] = {}
        for r in study.plan().value.runs:
            if r.step != step:
                continue
            number = int(r.run.rpartition("/")[2][1:])
            loss = 1.6 if step != STEP or "/base/" in r.run else 0.2
            rows[r.run] = {"val_loss": loss + 0.01 * number}
        study = study.record(rows)
        if step != STEP:
            study = study.record(verdicts={step: "fixed"}, reason="the best of its trials")
            again = [s.id for s in study.plan().steps if s.stage in {"observe", "reach"} and s.state != "done"]
            study = study.record(waive=[k for k in again if study.plan().value.step(k)], reason="not here")
    return study


@pytest.fixture(scope="module")
def adopted(finished: Study) -> Study:
    return finished.adopt(f"{STEP}/with", "better")


def test_the_step_of_an_adopted_arm_keeps_its_verdict(finished: Study, adopted: Study) -> None:
    before, after = residual(finished), residual(adopted)
    assert (before.state, before.verdict) == ("done", "critical")
    assert (after.state, after.verdict, after.runs) == ("done", "critical", ())
    assert {a.id: a.effect for a in after.arms} == {a.id: a.effect for a in before.arms}


def test_a_later_word_on_the_step_goes_before_the_verdict_of_then(adopted: Study) -> None:
    later = adopted.record(verdicts={STEP: "redundant"}, reason="the other data say so")
    assert residual(later).verdict == "redundant"


def test_the_arms_of_an_adopted_step_are_not_compared_with_themselves(adopted: Study) -> None:
    from ablator.plan.planner import all_runs

    runs = all_runs(adopted.value)
    assert not runs[f"{STEP}/base/s1"].overrides.get("residual")
    assert runs[f"{STEP}/with/s1"].overrides["residual"] is True


def test_what_an_adopted_arm_adds_is_there(
    finished: Study, adopted: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "s.ablation"
    for study, absent in ((finished, True), (adopted, False)):
        study.save(file)
        assert main(["show", str(file)]) == 0
        assert ("residual_connection (absent)" in (said := capsys.readouterr().out)) is absent
        assert ("residual connection is absent" in said) is absent
        assert main(["show", str(file), "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        element = next(e for e in told["elements"] if e["id"] == "residual_connection")
        assert element["present"] is not absent
        belief = next(b for b in told["posterior"] if b["id"] == "residual_connection")
        assert any("absent" in r for r in belief["reasons"]) is absent


def test_a_gate_is_judged_as_it_stood_when_an_arm_was_adopted(finished: Study, adopted: Study) -> None:
    assert any(g.state in {"closed", "stale"} for g in adopted.plan().value.gates if g.stage == "instantiate")
    judged = finished.record(verdicts={STEP: "critical"}, reason="seen").adopt(f"{STEP}/with", "better")
    for study in (adopted, judged):
        assert not [f for f in study.plan().value.findings if f.code == "ABL101"]
    shut = Study.new(str(SETTINGS), metric="val_loss", goal="min", baseline=2.79).adopt(f"{STEP}/with", "hope")
    assert [f for f in shut.plan().value.findings if f.code == "ABL101"]


def test_the_metric_of_today_is_that_of_todays_baseline(
    adopted: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "s.ablation"
    adopted.save(file)
    assert main(["show", str(file)]) == 0
    said = capsys.readouterr().out
    assert "2.79 today" not in said
    assert "val_loss (minimise), 0.22 today" in said
    assert "0.22 today" in markdown(adopted.value, adopted.plan().value)
