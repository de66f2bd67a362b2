"""What a local run costs beside its program: all of `run` against the same programs started bare; fails nothing."""

import json
import os
import statistics
import subprocess
import time
from pathlib import Path

from ablator.cli.main import main

ROUNDS = 5
PRINT = ["/usr/bin/printf", '%.0s{"accuracy": 70.1}\n']


def test_overhead_of_a_run(tmp_path: Path) -> None:
    """Reach: at most 30 ms a run."""
    config = {"model_type": "mlp", "num_layers": 3, "hidden_size": 256, "batch_size": 64, "learning_rate": 0.05}
    (tmp_path / "settings.json").write_text(json.dumps(config))
    extra, work, counts = [], [], []
    for number in range(ROUNDS):
        study = tmp_path / f"s{number}.ablation"
        words = [
            "new",
            str(tmp_path / "settings.json"),
            "-o",
            str(study),
            "--metric",
            "accuracy",
            "--goal",
            "max",
            "-q",
        ]
        assert main([*words, "--baseline", "70", "--effect", "1", "--hours-per-run", "1"]) == 0
        command = "/usr/bin/printf '%.0s{\"accuracy\": 70.1}\\n' {overrides_json}"
        begin, busy = time.perf_counter(), _busy()
        assert main(["run", str(study), "--command", command, "--checks", "/bin/true", "--auto", "-q"]) == 0
        ours, ours_busy = time.perf_counter() - begin, _busy() - busy
        count = len(list(study.with_suffix(".runs").glob("*/*/*/state.json")))
        begin, busy = time.perf_counter(), _busy()
        for _ in range(count):
            subprocess.run([*PRINT, "{}"], stdout=subprocess.DEVNULL, check=True)
        bare, bare_busy = time.perf_counter() - begin, _busy() - busy
        extra.append(1000 * (ours - bare) / count)
        work.append(1000 * (ours_busy - bare_busy) / count)
        counts.append(count)
    median = statistics.median
    print(f"\n{median(extra):.1f} ms a run beside its program, {median(work):.1f} of work ({counts[0]} runs)")


def _busy() -> float:
    """Processor time of this program and of all that it started and that ended."""
    return sum(os.times()[:4])
