"""`run` says what it found, and stops for a person once an idea that the model lacks is better."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from ablator.cli.main import main

TRAIN = """
import json, sys
words = dict(word.split("=", 1) for word in sys.argv[1:] if "=" in word)
seed = int(words.get("seed", 0)) % 7 / 100
skip = words.get("residual", "false").lower() == "true"
print(json.dumps({"accuracy": 50 + 20 * skip - abs(float(words.get("learning_rate", 0.1)) - 0.1) + seed}))
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    config = {
        "model_type": "mlp", "num_layers": 8, "hidden_size": 32, "hidden_act": "relu", "residual": False,
        "batch_size": 64, "learning_rate": 0.1, "max_steps": 300,
    }  # fmt: skip
    (tmp_path / "settings.json").write_text(json.dumps(config))
    (tmp_path / "train.py").write_text(TRAIN)
    path = tmp_path / "s.ablation"
    words = ["new", str(tmp_path / "settings.json"), "-o", str(path), "--metric", "accuracy", "--goal", "max", "-q"]
    assert main([*words, "--baseline", "50", "--effect", "2", "--noise", "0.05", "--hours-per-run", "0.01"]) == 0
    return path


def words(study: Path, *more: str) -> list[str]:
    command = f"'{sys.executable}' '{study.parent / 'train.py'}' {{overrides}} seed={{seed}}"
    return ["run", str(study), "--auto", "--jobs", "2", "--checks", "/bin/true", "--command", command, *more]


def test_it_stops_where_a_lacking_idea_is_better(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words(study)) == 0
    said = capsys.readouterr()
    arm = "replace-residual_connection/with"
    adopt = f"ablator adopt {study} {arm} --reason TEXT"
    lines = said.out.splitlines()
    assert any(x.startswith("replace-residual_connection: critical; measured") for x in lines)
    assert any(x.endswith(f"to go on from the better arm: {adopt}") for x in lines)
    assert f"a person has to decide, since {arm} is better" in lines[-1]
    assert adopt in lines[-1]
    assert "--go-on" in lines[-1]
    assert "record what you see" not in said.err

    def again(*more: str) -> Any:
        capsys.readouterr()
        assert main(words(study, "--max-runs", "1", "--json", *more)) == 0
        return json.loads(capsys.readouterr().out)

    assert (again()["runs"], again()["better"], again()["ended"]) == ([], [arm], "person")
    assert again("--go-on")["better"] == []
    assert main(["adopt", str(study), arm, "--reason", "it is better", "-q"]) == 0
    assert again()["better"] == []
