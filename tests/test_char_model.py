"""The example that can be run: its gradients are right, its checks answer, and the plan finds what was planted."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from ablator.cli.main import main

FOLDER = Path(__file__).resolve().parents[1] / "resources" / "examples" / "char-model"

GRADIENTS = """
import json, numpy as np, train
s = {**json.loads((train.HERE / "settings.json").read_text()), "num_layers": 3, "hidden_size": 6}
rng = np.random.default_rng(0)
x, y = train.windows(train.text(0, 3), s["window"])
worst = 0.0
for skip in (False, True):
    for act in ("gelu", "silu", "linear"):  # where relu bends, no slope is the right one
        model = train.Model({**s, "residual": skip, "hidden_act": act}, rng)
        grads = model.loss(x, y, learn=True)[1]
        for p, g in zip(model.p, grads, strict=True):
            at = np.unravel_index(np.abs(g).argmax(), g.shape)
            around = []
            for shift in (1e-5, -2e-5):
                p[at] += shift
                around.append(model.loss(x, y)[0])
            p[at] += 1e-5
            worst = max(worst, abs((around[0] - around[1]) / 2e-5 - g[at]) / abs(g[at]))
print(worst)
"""


def program(*words: str) -> str:
    command = [sys.executable, "-B", *words]
    return subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=True).stdout


def test_its_gradients_are_those_of_its_loss() -> None:
    assert float(program("-c", GRADIENTS)) < 1e-4


def test_an_unknown_setting_is_an_error() -> None:
    with pytest.raises(subprocess.CalledProcessError):
        program("train.py", "learning_rat=0.1")


@pytest.mark.parametrize(
    "element", ["loss-at-init", "determinism", "data-leakage", "duplicate-data", "label-alignment"]
)
def test_its_checks_are_made(element: str) -> None:
    assert json.loads(program("checks.py", element))["verdict"] == "fine"


def test_the_planted_faults_are_worth_finding() -> None:
    losses = [
        json.loads(program("train.py", *words, "--seed", "1"))["val_loss"]
        for words in ([], ["learning_rate=0.02"], ["learning_rate=0.02", "residual=true"])
    ]
    assert losses[0] > losses[1] + 0.5 > losses[2] + 1.0


@pytest.mark.slow
def test_its_commands_find_the_learning_rate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands of its page as they stand there, but for the place of the study and an end after some runs."""
    page = (FOLDER / "README.md").read_text()
    found = re.findall(r"^ablator (.+)$", page, flags=re.MULTILINE)
    monkeypatch.chdir(FOLDER)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    for line in found:
        words = [w.replace("~", str(tmp_path)) for w in shlex.split(line)]
        words = [re.sub(r"^python ", f"'{sys.executable}' ", w) for w in words]
        assert main([*words, *(["--max-runs", "14"] if words[0] == "run" else []), "-q"]) == 0
    study = json.loads((tmp_path / "char.ablation").read_text())
    tried = {e["run"]: e["metrics"]["val_loss"] for e in study["evidence"] if "tune-learning-rate" in e.get("run", "")}
    assert min(tried.values()) < max(tried.values()) - 0.5
