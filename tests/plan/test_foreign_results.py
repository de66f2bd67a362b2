"""Tables of results of other people: what is unfair, what cannot be told from luck, and what is left unsaid."""

from pathlib import Path

import pytest
import yaml

from ablator.cli.main import main
from ablator.plan.foreign_results import results_findings_of

FAIR = """arm,seed,trials,params,acc
baseline,1,12,10M,93.1
baseline,2,12,10M,93.0
no norm,1,12,9.9M,92.1
no norm,2,12,9.9M,92.0"""


def table(text: str, cut: str = ",") -> list[dict[str, str]]:
    head, *lines = [line.split(cut) for line in text.strip().splitlines()]
    return [dict(zip(head, line, strict=True)) for line in lines]


def found(text: str, cut: str = ",") -> dict[str, str]:
    return {f.code: f.place for f in results_findings_of(table(text, cut))}


def test_a_fair_table_has_no_findings() -> None:
    assert found(FAIR) == {}


def test_an_arm_that_was_tuned_less() -> None:
    assert found(FAIR.replace("no norm,1,12", "no norm,1,3")) == {"ABL201": "row 3"}
    rows = "run,acc\nx/base/t1,1\nx/base/t2,1\nx/base/s1,1\nx/base/s2,1\nx/no/t1,1\nx/no/s1,1\nx/no/s2,1"
    assert found(rows) == {"ABL201": "row 5"}
    assert found("arm;retuned;acc\nbase;yes;1 ± 0.1\nno norm;no;1 ± 0.1", ";") == {"ABL201": "row 2"}
    assert found("arm,lr,acc\nbase,0.1,1\nbase,0.2,1\nno norm,0.1,1\nno norm,0.2,1") == {}


def test_runs_of_a_plan_are_compared_within_their_step() -> None:
    head = "run,step,arm,kind,seed,status,acc\n"
    one = "".join(
        f"a/{arm}/s{n},a,{arm},confirm,{n},done,1\na/{arm}/t{n},a,{arm},tune,,done,1\n"
        for arm in ("base", "no")
        for n in (1, 2)
    )
    assert found(head + one + one.replace("a/", "b/").replace(",a,", ",b,")) == {}
    assert found(head + one + "b/look/c1,b,look,check,,done,\n") == {}
    assert found((head + one).replace("done", "planned")) == {"ABL508": "head"}
    assert found(head + one + "a/no/s3,a,no,confirm,2,done,1") == {"ABL308": "row 9"}


def test_silence_about_tuning_is_told() -> None:
    assert found("arm,acc\nbase,1 ± 0.1\nno norm,1 ± 0.1") == {"ABL201": "head"}


@pytest.mark.parametrize(
    ("size", "more"), [("12M", True), ("10.1M", False), ("0,012 B", True), ("12,000,000", True), ("~11 M", True)]
)
def test_parameters_in_any_spelling(size: str, more: bool) -> None:
    text = FAIR.replace(",", ";").replace("9.9M", size)
    assert found(text, ";") == ({"ABL202": "row 3"} if more else {})


@pytest.mark.parametrize(
    "name", ["w/o norm and w/o rope", "no norm, no rope", "- norm - rope", "baseline + norm + rope"]
)
def test_several_changes_in_a_name(name: str) -> None:
    assert "ABL203" in found(FAIR.replace(",", ";").replace("no norm", name), ";")


def test_several_changes_in_columns() -> None:
    head = "arm,norm,rope,trials,n,acc\nbaseline,yes,yes,4,3,1\n"
    assert found(head + "a,no,yes,4,3,1\nb,yes,no,4,3,1") == {}
    assert found(head + "a,no,no,4,3,1\nb,yes,no,4,3,1") == {"ABL203": "row 2"}
    assert found("arm;changes;trials;n;acc\nbase;;4;3;1\na;norm, rope;4;3;1", ";") == {"ABL203": "row 2"}
    assert found("arm;changes;trials;n;acc\nbase;;4;3;1\na;norm;4;3;1", ";") == {}


@pytest.mark.parametrize("name", ["no norm", "w/o RoPE", "ReLU instead of GELU", "d_k = 16", "A h=1, d_k=512", "no-op"])
def test_one_change_in_a_name(name: str) -> None:
    assert found(FAIR.replace(",", ";").replace("no norm", name), ";") == {}


def test_repeats_side_by_side_count() -> None:
    assert found("arm,trials,seed 1,seed 2\nbase,4,1,2\nno norm,4,2,3") == {}
    assert found("arm,trials,acc\nbase,4,1\nno norm,4,2") == {"ABL301": "row 1", "ABL303": "head"}


def test_no_effect_and_many_p_values() -> None:
    head = "arm,trials,n,p,said\nbase,4,3,,\n"
    arms = "".join(f"a{i},4,3,0.0{i},\n" for i in range(1, 5))
    assert found(head + arms) == {"ABL309": "head"}
    assert found((head + arms).replace(",p,", ",p (Holm adjusted),")) == {}
    assert found(head + "a,4,3,0.4,no effect") == {"ABL306": "row 2"}
    assert found(head.replace("said", "TOST bound") + "a,4,3,0.4,no effect") == {}


def test_a_table_pasted_from_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "table.md"
    path.write_text(
        "Results:\n\n| Method | Params | Acc |\n|:--|--:|---|\n| **baseline** | 10M | 93.1 |\n| ours+ | 12M | 94 |\n"
    )
    assert main(["check", str(path)]) == 1
    said = capsys.readouterr().out
    assert [line[:6] for line in said.splitlines()] == ["ABL201", "ABL202", "ABL301", "ABL303"]
    path.write_text("no table | here\n")
    assert main(["check", str(path)]) == 2
    assert "there is no table" in capsys.readouterr().err
    path.write_text("|a|b|\n|--|--|\n|1|\n")
    assert main(["check", str(path)]) == 2
    assert f"{path}:3: 1 cells where the head has 2" in capsys.readouterr().err


def test_published_tables_that_were_not_tuned_say_so(shared: Path) -> None:
    tables = yaml.safe_load((shared / "data/library/published_tables.yaml").read_text())["tables"]
    seen = 0
    for one in tables:
        if str(one["protocol"].get("hp_retuned", "")).lower() not in {"no", "none"}:
            continue
        rows = [{"arm": "baseline", **{k: str(v) for k, v in (one.get("baseline") or {}).items()}}]
        rows += [{"arm": str(a["arm"]), **{k: str(v) for k, v in (a.get("values") or {}).items()}} for a in one["arms"]]
        names = list(dict.fromkeys(k for row in rows for k in row))
        seen += 1
        codes = {f.code for f in results_findings_of([{k: row.get(k, "") for k in names} for row in rows])}
        assert any(c.startswith("ABL2") for c in codes), one["id"]
    assert seen > 5
