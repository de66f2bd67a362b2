"""`ablator doctor`: rows that say what is there, and never an error."""

import json

import pytest

import ablator
from ablator.cli.doctor import examine
from ablator.cli.main import main


def test_rows_of_three_words() -> None:
    rows = examine()
    assert all(set(r) == {"what", "found", "note"} for r in rows)
    found = {r["what"]: r["found"] for r in rows}
    assert found["Ablator"] == ablator.__version__
    assert {"Python", "Qt", "display", "fonts", "git", "Slurm", "readers", "networkx"} <= set(found)
    assert all(found.values())


def test_programs_that_are_missing_are_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    found = {r["what"]: r["found"] for r in examine()}
    assert found["git"] == "not installed"
    assert found["display"] == "none"


def test_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["what"] == "Ablator"
