"""The README is true: its commands run as written, its files exist, its Python does what it says."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "resources" / "examples" / "flat-decoder"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    """Every line that calls the program, with continued lines joined."""
    text = "\n".join(blocks("sh")).replace("\\\n", " ")
    return [line for line in text.splitlines() if line.startswith("ablator ")]


def run(command: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_the_commands_run_one_after_another(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "resources" / "examples" / "flat-decoder")
    assert len(commands()) >= 4
    for command in commands():
        words = shlex.split(command)[1:]
        expanded = [str(p) for w in words for p in (sorted(tmp_path.glob(w)) if "*" in w else [w])]
        ended = run([sys.executable, "-m", "ablator", *expanded], tmp_path)
        assert ended.returncode == 0, f"{command}\n{ended.stderr}"


def test_the_plan_of_the_example_begins_with_what_the_readme_says() -> None:
    ended = run([sys.executable, "-m", "ablator", "plan", str(EXAMPLE / "flat-decoder.ablation")], ROOT)
    assert ended.returncode == 0, ended.stderr
    first, *lines = ended.stdout.splitlines()
    assert first.startswith("Likeliest culprit: Learning-rate schedule")
    rows = [line.split()[1] for line in lines if re.match(r"[▸ ]\d+ ", line)]
    assert rows.index("tune-lr-schedule") == 1


def test_the_python_runs(tmp_path: Path) -> None:
    for block in blocks("python"):
        ended = run([sys.executable, "-c", block], tmp_path)
        assert ended.returncode == 0, ended.stderr
        assert len(ended.stdout.splitlines()) == 3


def test_every_picture_and_script_is_there() -> None:
    named = re.findall(r"!\[[^]]*\]\(([^)]+)\)", README) + re.findall(r"\b(packaging/[a-z/-]+)", README)
    named += re.findall(r"\]\((resources/help/[^)]+)\)", README)
    assert len(named) >= 5
    assert not [name for name in named if not (ROOT / name).is_file()]


def test_every_command_of_the_table_exists() -> None:
    rows = set(re.findall(r"^\| `ablator ([a-z]+)", README, re.MULTILINE))
    ended = run([sys.executable, "-m", "ablator", "--help"], ROOT)
    assert rows
    assert not [row for row in rows if not re.search(rf"^\s+{row}\b", ended.stdout, re.MULTILINE)]


def test_the_example_study_is_what_its_files_give(tmp_path: Path) -> None:
    """`packaging/example` was run after the last change of the readers."""
    script = (ROOT / "packaging" / "example").read_text(encoding="utf-8").replace("\\\n", " ")
    (line,) = (x for x in script.splitlines() if "-m ablator new" in x)
    shutil.copytree(EXAMPLE, tmp_path / "flat-decoder")
    ended = run([sys.executable, *shlex.split(line)[1:]], tmp_path / "flat-decoder")
    assert ended.returncode == 0, ended.stderr
    built = (tmp_path / "flat-decoder" / "flat-decoder.ablation").read_bytes()
    assert built == (EXAMPLE / "flat-decoder.ablation").read_bytes()
