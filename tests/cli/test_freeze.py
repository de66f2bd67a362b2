"""A frozen plan keeps its hash, and what is done otherwise is told by `check` and by every export."""

import json
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ablator.api import Study
from ablator.cli.main import main
from ablator.core.elements import Evidence
from ablator.core.errors import EditRefused
from ablator.plan.freezing import DEVIATIONS, deviations, freeze, freezes, plan_hash, planned_runs
from ablator.resources import resource

EARLY, LATER = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    target = tmp_path / "s.ablation"
    shutil.copy(next(resource("examples", "flat-decoder").glob("*.ablation")), target)
    return target


def run(*words: object) -> int:
    return main([str(w) for w in words])


def codes(study: Study) -> list[str]:
    return [f.code for f in deviations(study.value, study.plan().steps)]


def frozen(study: Study, *rules: str) -> Study:
    return study.apply(freeze(study.value, study.plan().value, "To show it.", rules, author="ada", date=EARLY))


def with_verdict(study: Study, step: str, verdict: str, reason: str) -> Study:
    after = study.record(verdicts={step: verdict}, reason=reason, author="ada")
    key = (set(after.value.decisions) - set(study.value.decisions)).pop()
    dated = msgspec.structs.replace(after.value.decisions[key], date=LATER)
    value = msgspec.structs.replace(after.value, decisions={**after.value.decisions, key: dated})
    return Study(value, study.path, study.file_hash)


def open_steps(study: Study) -> list[str]:
    return [s.id for s in study.plan().steps if s.state not in {"done", "waived"}]


def test_freezing_stamps_the_plan(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("freeze", path, "--reason", "Is attention needed?", "--stop-rule", "five seeds", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["kind"] == "freeze"
    assert told["reason"] == "Is attention needed?"
    assert told["value"]["stop_rules"] == ["five seeds"]
    assert told["value"]["hash"] == plan_hash(told["value"])
    study = Study.open(path)
    assert told["value"]["steps"] == open_steps(study)
    assert codes(study) == []
    assert [d.id for d in freezes(study.value)] == [told["id"]]
    assert run("record", path, "--undo", told["id"], "-q") == 0
    assert not freezes(Study.open(path).value)


def test_a_reason_is_needed(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = path.read_bytes()
    assert run("freeze", path, "--reason", "  ") == 2
    assert "needs a reason" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_the_same_plan_has_the_same_hash(path: Path) -> None:
    a, b = (frozen(Study.open(path), "x") for _ in range(2))
    assert freezes(a.value)[0].value == freezes(b.value)[0].value
    c = frozen(Study.open(path), "y")
    assert freezes(c.value)[0].value["hash"] != freezes(a.value)[0].value["hash"]


def test_another_order_is_told_with_its_reason(path: Path) -> None:
    study = frozen(Study.open(path))
    first, *_, last = open_steps(study)
    assert codes(with_verdict(study, first, "fine", "Looked at it.")) == []
    after = with_verdict(study, last, "fine", "It was quick.")
    told = [f for f in deviations(after.value, after.plan().steps) if f.code == "ABL111"]
    assert [f.place for f in told] == [f"steps/{last}"]
    assert f"before {first}" in told[0].sentence
    assert "reason: It was quick." in told[0].sentence


def test_runs_beyond_the_plan_are_told(path: Path) -> None:
    study = frozen(Study.open(path))
    arm, counts = next((a, n) for a, n in planned_runs(study.plan().value).items() if n.get("s"))
    rows = [
        Evidence(id=f"run-{arm}/s{i}", kind="result", run=f"{arm}/s{i}", metrics={"m": 1.0}, date=LATER, note=note)
        for i, note in ((1, ""), (counts["s"] + 1, "One seed had crashed."))
    ]
    after = study.recorded(rows)
    told = [f for f in deviations(after.value, after.plan().steps) if f.code == "ABL112"]
    assert [f.place for f in told] == [f"steps/{arm}"]
    assert told[0].sentence.startswith("1 runs of")
    assert "reason: One seed had crashed." in told[0].sentence


def test_a_verdict_before_its_seeds_is_told(path: Path) -> None:
    study = frozen(Study.open(path))
    step = next(a.partition("/")[0] for a, n in planned_runs(study.plan().value).items() if n.get("s"))
    after = with_verdict(study, step, "critical", "Clear enough.")
    told = [f for f in deviations(after.value, after.plan().steps) if f.code == "ABL113"]
    assert len(told) == 1
    assert "reason: Clear enough." in told[0].sentence


def test_settings_and_the_record_itself_are_held_still(path: Path) -> None:
    study = frozen(Study.open(path))
    assert [f.place for f in deviations(study.set("epsilon", 0.3).value, ()) if f.code == "ABL114"] == ["study/epsilon"]
    record = freezes(study.value)[0]
    forged = msgspec.structs.replace(record, value={**record.value, "steps": ["other"]})
    value = msgspec.structs.replace(study.value, decisions={**study.value.decisions, record.id: forged})
    assert any("hash" in f.sentence for f in deviations(value, ()))


@pytest.mark.parametrize("value", [None, 3, [], {}, {"steps": 3, "runs": [], "settings": "x"}, {"runs": {"a": 1}}])
def test_a_damaged_record_is_a_finding_and_no_fault(path: Path, value: Any) -> None:
    study = frozen(Study.open(path))
    record = freezes(study.value)[0]
    damaged = msgspec.structs.replace(record, value=value)
    held = msgspec.structs.replace(study.value, decisions={**study.value.decisions, record.id: damaged})
    assert "ABL114" in {f.code for f in Study(held).plan().findings}


def test_deviations_travel_into_every_export(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    last = open_steps(Study.open(path))[-1]
    assert run("freeze", path, "--reason", "First look.", "--stop-rule", "budget spent", "-q") == 0
    assert run("record", path, "--verdict", f"{last}=fine", "--reason", "It was quick.", "-q") == 0
    assert run("check", path) == 1
    assert "ABL111" in capsys.readouterr().out
    for form in ("csv", "markdown", "graphml", "node-link", "dot", "mermaid"):
        out = tmp_path / f"out.{form}"
        assert run("export", path, "--to", form, "-o", out) == 0
        text = out.read_text(encoding="utf-8")
        assert "It was quick" in text, form
        if form != "csv":
            assert "First look" in text, form
            assert "budget spent" in text, form
        if form == "markdown":
            assert text.count("## Preregistration") == 1
    assert run("freeze", path, "--reason", "The order is another now.", "-q") == 0
    assert not DEVIATIONS & {f.code for f in Study.open(path).plan().findings}
    assert len(freezes(Study.open(path).value)) == 2


def test_an_empty_plan_is_refused() -> None:
    study = Study.new("template:mlp")
    empty = msgspec.structs.replace(study.plan().value, steps=())
    with pytest.raises(EditRefused, match="no step"):
        freeze(study.value, empty, "x")


def test_a_waived_step_is_a_deviation_and_tables_and_scripts_tell_it(path: Path, tmp_path: Path) -> None:
    assert run("freeze", path, "--reason", "To show it.", "--quiet") == 0
    step = next(s.id for s in Study.open(path).plan().value.steps if s.state == "ready")
    reason = "no time <b> $(touch PWNED)"
    assert run("record", path, "--waive", step, "--reason", reason, "--quiet") == 0
    assert run("set", path, "epsilon", "0.2", "--quiet") == 0
    assert codes(Study.open(path)) == ["ABL111", "ABL114"]
    for form in ("csv", "runs-csv", "hydra", "wandb", "optuna", "slurm", "shell"):
        target = tmp_path / form
        assert run("export", path, "--to", form, "-o", target, "--quiet") == 0
        files = [p for p in target.rglob("*") if p.is_file()] if target.is_dir() else [target]
        text = "\n".join(p.read_text() for p in files)
        assert "no time" in text, form
        assert "it was 0.1" in text, form
