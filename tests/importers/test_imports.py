"""The readers load neither the programs whose files they read nor each other before they are needed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

FOREIGN = (
    *("torch", "transformers", "tensorflow", "tensorboard", "mlflow", "optuna", "wandb", "keras", "timm", "h5py"),
    *("safetensors", "pytorch_lightning", "lightning", "hydra", "omegaconf", "deepspeed", "gin", "onnxruntime"),
)
LATE = ("keras_config", "module_tree", "safetensors_header", "timm_config", "onnx_model", "log_events", "log_optuna")


def loaded(code: str) -> set[str]:
    words = f"import sys, json\n{code}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True, timeout=60)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_importing_the_readers_loads_no_single_reader() -> None:
    there = loaded("import ablator.importers.sources")
    assert not {f"ablator.importers.{n}" for n in LATE} & there
    assert not {"numpy", "yaml", "sqlite3", "networkx", "PySide6"} & there


def test_reading_a_run_loads_no_foreign_program(tmp_path: Path) -> None:
    model = {"model_type": "gpt2", "n_embd": 64, "n_layer": 2, "n_head": 4}
    (tmp_path / "config.json").write_text(json.dumps(model), encoding="utf-8")
    (tmp_path / "args.yaml").write_text("lr: 0.1\nbatch_size: 8\n", encoding="utf-8")
    (tmp_path / "run.wandb").write_bytes(b":W&B\x00\x00\x00")
    (tmp_path / "x.onnx").write_bytes(b"\x08\x07\x12\x00")
    (tmp_path / "s.db").write_bytes(b"SQLite format 3\x00")
    (tmp_path / "metrics.csv").write_text("step,loss\n0,3\n1,2\n", encoding="utf-8")
    code = f"from ablator.importers.build import *\nprint(study_from_files([{str(tmp_path)!r}], Options()).problems)"
    there = {name.partition(".")[0] for name in loaded(code)}
    assert not set(FOREIGN) & there


@pytest.mark.parametrize("names", [("wandb",), ("optuna", "mlflow")])
def test_collected_logs_load_no_foreign_program(shared: Path, names: tuple[str, ...]) -> None:
    logs = sorted((shared / "data/inputs/logs").glob("*"))[:12]
    code = f"from ablator.importers.build import *\nstudy_from_files({[str(p) for p in logs]!r}, Options())"
    assert not set(names) & {name.partition(".")[0] for name in loaded(code)}
