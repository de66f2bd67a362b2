"""`explain` knows every code that the program can raise, and every step."""

import json
import re
from pathlib import Path

import pytest

import ablator
from ablator.cli.main import main
from ablator.resources import resource


def test_every_code_has_a_whole_page_and_no_page_is_left_over() -> None:
    root = Path(ablator.__file__).parent
    raised = {c for f in root.rglob("*.py") for c in re.findall(r'"(ABL\d{3})"', f.read_text(encoding="utf-8"))}
    pages = {p.stem: p.read_text(encoding="utf-8") for p in resource("help", "findings").glob("*.md")}
    assert pages.keys() == raised
    for code, text in pages.items():
        assert text.startswith(f"# {code}: ")
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["What", "Why", "Example", "Mend", "Source"]


def test_a_code_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "abl201", "--json"]) == 0
    got = json.loads(capsys.readouterr().out)
    assert got["code"] == "ABL201"
    assert got["mend"]


def test_an_unknown_code_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "../ABL201"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_step_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = str(tmp_path / "s.ablation")
    assert main(["new", "template:mlp", "-o", study]) == 0
    capsys.readouterr()
    assert main(["plan", study, "--json"]) == 0
    first = json.loads(capsys.readouterr().out)["steps"][0]
    assert main(["explain", study, first["id"]]) == 0
    assert first["id"] in capsys.readouterr().out
    assert main(["explain", study, first["id"], "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["arms"] == first["arms"]
    assert main(["explain", study, "nothing"]) == 2


def test_the_numbers_of_a_step_agree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = str(tmp_path / "s.ablation")
    assert main(["new", "template:mlp", "-o", study, "--hours-per-run", "6", "-q"]) == 0
    assert main(["plan", study, "--json"]) == 0
    steps = json.loads(capsys.readouterr().out.partition("\n}")[0] + "\n}")["steps"]
    for step in [s for s in steps if s["state"] != "done"][:40]:
        assert main(["explain", study, step["id"]]) == 0
        said = capsys.readouterr().out
        why = re.search(r"for the cost of (\S+) full run", said)
        cost = re.search(r"hours, as much as (\S+) full runs?, in (\d+) runs?$", said, re.MULTILINE)
        assert why is not None
        assert cost is not None
        assert (why[1], int(cost[2])) == (cost[1], len(step["runs"]))
        assert not re.search(r"\b0 (trial|seed|run)s?\b|\b1 (trial|seed|run)s\b", said)
