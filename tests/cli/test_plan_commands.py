"""`plan`, `next`, `show`, `check` and `export` without a window: the words of the contract, exactly."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ablator.cli.main import main
from ablator.exporters.csv_tables import PLAN_COLUMNS, RUN_COLUMNS
from ablator.files.study_file import open_study, save_study
from ablator.resources import resource

ODD = "a\x1b[31mred\nforged"
STEP_KEYS = {
    "id", "order", "stage", "element", "action", "question", "why", "probability", "cost_hours", "cumulative_hours",
    "within_budget", "after", "state", "verdict", "arms", "runs", "detectable_effect",
}  # fmt: skip
ARM_KEYS = {
    "id", "change", "removes", "adds", "changes", "overrides", "matching", "retunes", "also_falls", "trials", "seeds",
    "effect",
}  # fmt: skip
ELEMENT_KEYS = {
    "id", "lane", "kind", "slot", "name", "value", "parameters", "parameter_share", "from",
}  # fmt: skip


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "small.ablation"
    words = ["new", "template:mlp", "-o", str(path), "--metric", "accuracy", "--goal", "max", "--quiet"]
    assert main([*words, "--baseline", "70", "--effect", "1", "--noise", "0.5", "--hours-per-run", "2"]) == 0
    return path


def spoken(capsys: pytest.CaptureFixture[str], *words: object, code: int = 0) -> str:
    capsys.readouterr()
    assert main([str(w) for w in words]) == code
    return capsys.readouterr().out


def document(capsys: pytest.CaptureFixture[str], *words: object, code: int = 0) -> Any:
    return json.loads(spoken(capsys, *words, "--json", code=code))


def test_plan_json_has_the_keys_of_the_contract(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "plan", study)
    assert set(found) == {"gates", "steps", "findings"}
    assert [g["stage"] for g in found["gates"]] == ["instantiate", "perceive"]
    assert all({"stage", "state", "open_when", "missing"} <= set(g) for g in found["gates"])
    assert all(set(s) >= STEP_KEYS for s in found["steps"])
    assert all(set(a) - {"to_write"} == ARM_KEYS for s in found["steps"] for a in s["arms"])
    assert all({"code", "place", "sentence", "mend"} <= set(f) for f in found["findings"])
    assert {s["state"] for s in found["steps"]} <= {"ready", "running", "locked", "done", "waived", "stale"}
    assert sum(s["cost_hours"] for s in found["steps"]) == pytest.approx(found["steps"][-1]["cumulative_hours"])


def test_next_offers_what_is_ready_with_its_runs(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "next", study)
    assert found["steps"]
    assert {s["state"] for s in found["steps"]} == {"ready"}
    keys = {"run", "step", "arm", "kind", "seed", "overrides", "command"}
    assert all(set(r) - {"to_write"} == keys for r in found["runs"])
    assert {r["step"] for r in found["runs"]} == {s["id"] for s in found["steps"]}
    assert all(r["run"].startswith(f"{r['step']}/{r['arm']}/") for r in found["runs"])


def test_show_json_has_the_keys_of_the_contract(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "show", study)
    assert set(found) >= {"study", "posterior", "elements", "relations", "symptoms", "unknown"}
    assert all(set(e) >= ELEMENT_KEYS for e in found["elements"])
    assert all(set(r) >= {"source", "target", "kind", "group"} for r in found["relations"])
    assert all(set(p) >= {"id", "p", "reasons"} for p in found["posterior"])
    shares = [p["p"] for p in found["posterior"]]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1, abs=1e-3)


def test_a_budget_draws_a_line_and_keeps_the_order(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole, cut = document(capsys, "plan", study), document(capsys, "plan", study, "--budget", "3")
    assert [s["id"] for s in whole["steps"]] == [s["id"] for s in cut["steps"]]
    inside = [s["within_budget"] for s in cut["steps"]]
    assert True in inside
    assert inside == sorted(inside, reverse=True)
    assert all(s["within_budget"] == (s["cumulative_hours"] <= 3) for s in cut["steps"])
    assert document(capsys, "plan", study) == whole


def test_check_exits_with_one_where_there_are_findings(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert document(capsys, "check", study) == []
    assert main(["set", str(study), "noise", ""]) == 0
    found = document(capsys, "check", study, code=1)
    assert [f["code"] for f in found] == ["ABL303"]
    assert spoken(capsys, "check", study, "--quiet", code=1) == ""


def test_both_tables_to_files_and_to_stdout(study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan, runs = tmp_path / "plan.csv", tmp_path / "runs.csv"
    assert main(["plan", str(study), "--csv", str(plan), "--runs-csv", str(runs)]) == 0
    data = plan.read_bytes()
    assert data.count(b"\r\n") == data.count(b"\n")
    rows = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    assert tuple(rows[0]) == PLAN_COLUMNS
    of_runs = list(csv.DictReader(io.StringIO(runs.read_text(), newline="")))
    assert tuple(of_runs[0]) == (*RUN_COLUMNS, "accuracy")
    assert sum(float(r["cost_hours"]) for r in rows) == pytest.approx(sum(float(r["cost_hours"]) for r in of_runs))
    assert sum(int(r["runs"]) for r in rows) == len(of_runs)
    assert spoken(capsys, "plan", study, "--csv", "-").encode() == data
    assert spoken(capsys, "export", study, "--to", "csv", "-o", "-").encode() == data
    assert spoken(capsys, "check", plan) == "no findings\n"


def test_two_tables_cannot_share_stdout(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", str(study), "--csv", "-", "--runs-csv", "-"]) == 2
    assert capsys.readouterr().err.startswith("ablator: plan: two tables")


def test_json_and_a_table_cannot_share_stdout(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", str(study), "--json", "--csv", "-"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("ablator: plan: JSON and a table")


def test_two_tables_cannot_share_a_file(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = study.parent / "t.csv"
    assert main(["plan", str(study), "--csv", str(target), "--runs-csv", str(target.parent / "." / "t.csv")]) == 2
    assert capsys.readouterr().err.startswith("ablator: plan: two tables")
    assert not target.exists()


@pytest.mark.parametrize(
    "words",
    [
        ("plan", "{}", "--csv", "{}"),
        ("plan", "{}", "--runs-csv", "{}"),
        ("export", "{}", "--to", "dot", "-o", "{}"),
        ("screenshot", "{}", "-o", "{}"),
        ("export", "{}", "--to", "dot", "-o", "other.ablation"),
    ],
)
def test_an_export_never_takes_the_place_of_a_study(
    words: tuple[str, ...], study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = study.read_bytes()
    assert main([w.format(study) for w in words]) == 2
    assert "never takes the place of a study" in capsys.readouterr().err
    assert study.read_bytes() == before


def test_quiet_prints_nothing(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("plan", "next", "show", "check"):
        assert spoken(capsys, command, study, "--quiet") == ""


def test_tables_for_people(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = spoken(capsys, "plan", study)
    assert "The gate before instantiate is closed" in text
    assert spoken(capsys, "next", study).startswith("1. ")
    assert "M_R reachability" in spoken(capsys, "show", study)


@pytest.fixture
def logged(tmp_path: Path) -> Path:
    path = tmp_path / "flat.ablation"
    assert main(["new", str(resource("examples/flat-decoder")), "-o", str(path), "--quiet"]) == 0
    return path


def test_what_evidence_settled_stands_at_the_end(logged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settled = [s["id"] for s in document(capsys, "plan", logged)["steps"] if s["verdict"] == "unlikely"]
    table, _, rest = spoken(capsys, "plan", logged).partition("more need nothing")
    assert settled
    assert all(key in rest and f" {key} " not in table for key in settled)


def test_costs_are_in_runs_until_the_hours_of_one_are_known(logged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def head() -> str:
        return next(x for x in spoken(capsys, "plan", logged).splitlines() if x.startswith(" #"))

    assert " runs " in head()
    assert main(["set", str(logged), "hours_per_run", "2"]) == 0
    assert " hours " in head()


def test_next_says_what_a_run_sets(logged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "next", logged)
    lines = {x.split()[0]: x for x in spoken(capsys, "next", logged).splitlines() if x.startswith("   ")}
    shown = [r for r in found["runs"] if r["overrides"] and r["run"] in lines]
    assert shown
    assert all(f"{key}=" in lines[r["run"]] for r in shown for key in r["overrides"])


@pytest.mark.parametrize("command", ["plan", "next", "show", "check"])
def test_what_cannot_be_read_is_one_line_and_exit_three(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, str(tmp_path / "none.ablation")]) == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1


def foreign(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "theirs.csv"
    path.write_text(text)
    return path


def test_check_reads_somebody_elses_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = foreign(
        tmp_path,
        "order,stage,step,element,action,question,why,arms,trials,seeds,after,state,verdict,reason\n"
        "1,instantiate,remove-rope,rope,remove,q,w,a,0,1,later,ready,,\n"
        "2,reach,tune-lr,lr,tune,q,w,a,8,0,,waived,,\n"
        "3,reach,later,lr,tune,q,w,a,8,0,,ready,,\n",
    )
    codes = {f["code"] for f in document(capsys, "check", path, code=1)}
    assert {"ABL102", "ABL105", "ABL201", "ABL301", "ABL303"} <= codes
    assert codes & {"ABL101"}


def test_check_reads_somebody_elses_results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = foreign(tmp_path, "arm,seed,params,accuracy\nours,1,120,71\nours,1,120,72\nno attention,1,100,60\n")
    codes = {f["code"] for f in document(capsys, "check", path, code=1)}
    assert codes == {"ABL201", "ABL205", "ABL301", "ABL308"}
    path = foreign(
        tmp_path,
        "arm,seed,trials,params,accuracy\nbaseline,1,9,100,70\nbaseline,2,9,100,71\nwide,1,9,200,75\nwide,2,9,200,76\n",
    )
    assert {f["code"] for f in document(capsys, "check", path, code=1)} == {"ABL202"}


@pytest.mark.parametrize("command", ["show", "plan", "next", "check"])
def test_texts_of_the_study_drive_no_terminal(command: str, study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    value, _ = open_study(study)
    odd = {
        key: msgspec.structs.replace(e, name=ODD, question=ODD, check=ODD, value=ODD)
        for key, e in value.elements.items()
    }
    info = msgspec.structs.replace(value.info, name=ODD)
    save_study(msgspec.structs.replace(value, info=info, elements=odd), study)
    main([command, str(study)])
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\nforged" not in out


def test_the_plan_marks_what_comes_next_and_says_small_figures_plainly(
    logged: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = spoken(capsys, "plan", logged).splitlines()
    assert len([x for x in lines if x.startswith("▸")]) == 3
    assert not any(" 0.0% " in x for x in lines if " ready" in x)


def test_next_tells_three_steps_and_counts_the_rest(logged: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = spoken(capsys, "next", logged).splitlines()
    assert len([x for x in lines if x[:1].isdigit()]) == 3
    assert "more ready" in lines[-1]


@pytest.mark.parametrize("form", ["dot", "mermaid"])
def test_a_graph_is_not_planned(form: str, study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ablator.cli import showing

    def fail(study: object) -> None:
        raise AssertionError("planned")

    monkeypatch.setattr(showing, "planned", fail)
    assert main(["export", str(study), "--to", form, "-o", "-", "--debug"]) == 0
