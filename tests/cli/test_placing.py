"""`record --pin`, `--move` and `--changed`."""

from pathlib import Path

import pytest

from ablator.cli.main import main


@pytest.fixture
def study(tmp_path: Path) -> str:
    path = tmp_path / "a.ablation"
    assert main(["new", "template:mlp", "-o", str(path), "--metric", "loss", "--quiet"]) == 0
    return str(path)


def test_a_pin_is_in_the_plan_and_can_be_taken_back(study: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = Path(study).read_bytes()
    assert main(["record", study, "--pin", "verify-shuffling", "--reason", "the loader is new"]) == 0
    assert "verify-shuffling pinned (take it back with --undo d-1)" in capsys.readouterr().err
    assert main(["plan", study, "--json"]) == 0
    assert "the loader is new" in capsys.readouterr().out
    assert main(["record", study, "--undo", "d-1", "--quiet"]) == 0
    assert Path(study).read_bytes() == before


def test_a_move_needs_a_place_and_a_reason(study: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["record", study, "--move", "verify-shuffling", "--reason", "so"]) == 2
    assert "--before STEP or --after STEP" in capsys.readouterr().err
    assert main(["record", study, "--move", "verify-shuffling", "--before", "verify-loss-at-init"]) == 2
    assert "reason" in capsys.readouterr().err


def test_a_change_says_what_is_open_again(study: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["record", study, "--verdict", "verify-exact-evaluation=fine", "--reason", "counted"]
    assert main([*words, "--quiet"]) == 0
    text = Path(study).read_text("utf-8")
    Path(study).write_text(text.replace('"date": "20', '"date": "19'), "utf-8")
    assert main(["record", study, "--changed", "evaluation", "--reason", "a new test set"]) == 0
    said = capsys.readouterr().err
    assert "changed-1: evaluation changed" in said
    assert "again open: verify-exact-evaluation" in said
