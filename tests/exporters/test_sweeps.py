"""Sweeps, scripts and reports: whole, the same each time, inert, and taken by the tools they are for."""

import ast
import json
import os
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path

import msgspec
import pytest
import yaml

from ablator.cli.main import main
from ablator.core.edits import set_info
from ablator.core.study import Study
from ablator.exporters import html_page, latex, scripts, sweeps
from ablator.exporters.launches import shell_line
from ablator.files.study_file import open_study
from ablator.plan.launches import launches
from ablator.plan.planner import plan
from ablator.resources import resource

HOSTILE = "\"]; $(touch PWNED) `touch PWNED` ' \\input{x} <img src=x onerror=alert(1)> {a}_#%& \n touch PWNED\n日本 é ≤"
TEXTS = {
    "latex": latex.latex,
    "html": html_page.html,
    "shell": scripts.shell,
    "slurm": scripts.slurm,
    "optuna": scripts.optuna,
    "wandb": sweeps.wandb_whole,
}


@pytest.fixture(scope="module")
def study() -> Study:
    return open_study(resource("examples") / "flat-decoder" / "flat-decoder.ablation")[0]


@pytest.fixture(scope="module")
def hostile(study: Study) -> Study:
    command = 'printf "%s\\n" {overrides} "; touch PWNED" $(touch PWNED) {seed}'
    named = set_info(study, "name", HOSTILE.replace("\n", " ")).apply(study)
    return set_info(named, "command", command).apply(named)


@pytest.mark.parametrize("to", [*TEXTS, "hydra"])
def test_the_command_writes_the_same_bytes_each_time(to: str, tmp_path: Path) -> None:
    source = str(resource("examples") / "flat-decoder" / "flat-decoder.ablation")
    seen = []
    for name in ("a", "b"):
        target = tmp_path / f"{name}.yaml"
        assert main(["export", source, "--to", to, "-o", str(target)]) == 0
        files = sorted(p for p in [target, *target.rglob("*")] if p.is_file())
        assert files
        seen.append([p.read_bytes() for p in files])
    assert seen[0] == seen[1]


def test_a_folder_is_replaced_only_when_told(study: Study, tmp_path: Path) -> None:
    source = str(resource("examples") / "flat-decoder" / "flat-decoder.ablation")
    words = ["export", source, "--to", "wandb", "-o", str(tmp_path / "out")]
    assert main(words) == 0
    first = min((tmp_path / "out").iterdir())
    whole = first.read_bytes()
    first.write_text("mine")
    assert main(words) == 2
    assert first.read_text() == "mine"
    assert main([*words, "--force"]) == 0
    assert first.read_bytes() == whole


@pytest.mark.parametrize("to", ["shell", "slurm"])
def test_scripts_are_shell_and_run_nothing_of_a_study_but_its_command(hostile: Study, to: str, tmp_path: Path) -> None:
    found = plan(hostile)
    script = tmp_path / "runs.sh"
    script.write_text(TEXTS[to](hostile, found))
    assert subprocess.run(["sh", "-n", str(script)], capture_output=True).returncode == 0
    step, runs = launches(found).steps[0]
    words, env = [str(script), runs[0].run], dict(os.environ)
    if to == "slurm":
        words, env = [str(script), step.id], {**env, "SLURM_ARRAY_TASK_ID": "0"}
    done = subprocess.run(["sh", *words], capture_output=True, text=True, cwd=tmp_path, env=env, timeout=30)
    assert done.returncode == 0
    assert "; touch PWNED" in done.stdout
    assert not (tmp_path / "PWNED").exists()


def test_hydra_and_wandb_files_are_plain_yaml(hostile: Study) -> None:
    found = plan(hostile)
    runs = {r.run: r for r in launches(found).runs}
    files = sweeps.hydra(hostile, found)
    assert {n for n in files if n.endswith(".yaml")} == {f"experiment/{r}.yaml" for r in runs}
    for name, text in files.items():
        if name.endswith(".yaml"):
            assert yaml.safe_load(text)["hydra"]["sweep"]["subdir"] == name[len("experiment/") : -len(".yaml")]
    values = [
        v for text in sweeps.wandb(hostile, found).values() for v in yaml.safe_load(text)["parameters"]["run"]["values"]
    ]
    assert sorted(values) == sorted(runs)


def test_runs_that_no_settings_make_are_left_out_and_named(study: Study) -> None:
    found = launches(plan(study))
    assert found.runs
    assert all(r.overrides or r.arm in {"base", "control"} for r in found.runs)
    assert all(shell_line(study, r).startswith("env ABLATOR_RUN=") for r in found.runs)
    assert len({r.run for r in found.runs} & {name for name, _ in found.left_out}) == 0


def test_a_study_without_runs_gives_a_multirun_that_does_nothing() -> None:
    files = sweeps.hydra(Study(), plan(Study()))
    assert set(files) == {"multirun.sh"}
    assert subprocess.run(["sh", "-c", files["multirun.sh"]], capture_output=True, timeout=30).returncode == 0


def test_optuna_script_is_python_with_every_run(hostile: Study) -> None:
    found = plan(hostile)
    tree = ast.parse(scripts.optuna(hostile, found))
    data = next(
        n.args[0].value for n in ast.walk(tree) if isinstance(n, ast.Call) and ast.unparse(n.func) == "json.loads"
    )  # type: ignore[attr-defined]
    assert [r["run"] for r in json.loads(data)] == [r.run for r in launches(found).runs]


def test_reports_hold_methods_claims_and_no_markup_of_the_study(hostile: Study) -> None:
    found = plan(hostile)
    page, paper = html_page.html(hostile, found), latex.latex(hostile, found)
    tags: set[str] = set()
    reader = HTMLParser()
    reader.handle_starttag = lambda tag, attrs: tags.add(tag)  # type: ignore[method-assign]
    reader.feed(page)
    assert tags <= {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "h1",
        "h2",
        "p",
        "ul",
        "li",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    }
    assert "\\input{x}" not in paper
    assert all(title in paper and title in page for title in ("Methods", "Results", "Claims not tested"))


def test_a_command_whose_quotes_do_not_match_is_named(study: Study, tmp_path: Path) -> None:
    from ablator.core.errors import BadInput

    broken = set_info(study, "command", "python 'train.py {overrides}").apply(study)
    with pytest.raises(BadInput, match="quotation"):
        scripts.shell(broken, plan(broken))


@pytest.mark.compat
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no LaTeX here")
def test_latex_compiles(hostile: Study, tmp_path: Path) -> None:
    (tmp_path / "report.tex").write_text(latex.latex(hostile, plan(hostile)))
    words = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "report.tex"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, errors="replace", timeout=120)
    assert done.returncode == 0, done.stdout[-2000:]
    assert (tmp_path / "report.pdf").stat().st_size > 1000


def tools() -> str | None:
    """A Python that has the sweep tools: the one of ABLATOR_COMPAT_PYTHON, else this one."""
    other = os.environ.get("ABLATOR_COMPAT_PYTHON")
    return other or (sys.executable if find_spec("hydra") and find_spec("optuna") else None)


@pytest.mark.compat
@pytest.mark.skipif(tools() is None, reason="neither Hydra nor Optuna here")
def test_hydra_runs_the_multirun(study: Study, tmp_path: Path) -> None:
    whole = plan(study)
    wanted_steps = {s.id for s, _ in launches(whole).steps[:2]}
    found = msgspec.structs.replace(whole, steps=tuple(s for s in whole.steps if s.id in wanted_steps))
    for name, text in sweeps.hydra(study, found).items():
        path = tmp_path / "conf" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "train.py").write_text(
        "import hydra\nfrom omegaconf import OmegaConf\n"
        "@hydra.main(version_base=None, config_path=None)\n"
        "def main(cfg):\n    open('seen.yaml', 'w').write(OmegaConf.to_yaml(cfg))\nmain()\n"
    )
    env = {**os.environ, "TRAIN": f"{tools()} train.py"}
    words = ["sh", "conf/multirun.sh", "hydra.sweep.dir=out", "hydra.job.chdir=true"]
    done = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    for run in launches(found).runs:
        seen = yaml.safe_load((tmp_path / "out" / run.run / "seen.yaml").read_text())
        wanted = {k: v for k, v in run.overrides.items() if "." not in k}
        assert {k: seen[k] for k in wanted} == wanted


@pytest.mark.compat
@pytest.mark.skipif(tools() is None, reason="neither Hydra nor Optuna here")
def test_optuna_enqueues_each_run_once(study: Study, tmp_path: Path) -> None:
    found = plan(study)
    (tmp_path / "q.py").write_text(scripts.optuna(study, found))
    for _ in range(2):
        done = subprocess.run([str(tools()), "q.py"], cwd=tmp_path, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr[-2000:]
    import sqlite3

    rows = sqlite3.connect(tmp_path / "ablator-optuna.db").execute(
        "select value_json from trial_user_attributes where key = 'run'"
    )
    assert sorted(json.loads(v) for (v,) in rows) == sorted(r.run for r in launches(found).runs)


def test_results_stand_as_mean_and_interval(study: Study) -> None:
    from ablator.core.edits import record_evidence
    from ablator.core.elements import Evidence
    from ablator.exporters.report import report

    metric = study.info.metric
    step = next(s for s in plan(study).steps if any(a.seeds >= 3 for a in s.arms))
    arm = next(a for a in step.arms if a.seeds >= 3)
    rows = [
        Evidence(id=f"r{i}", kind="result", run=f"{step.id}/{arm.id}/s{i + 1}", metrics={metric: v}, seed=i + 1)
        for i, v in enumerate((1.0, 2.0, 3.0))
    ]
    told = record_evidence(study, rows).apply(study)
    results = next(s for s in report(told, plan(told)).sections if s.title == "Results")
    row = next(r for r in results.rows if r[0] == f"{step.id}/{arm.id}")
    assert row[1] == "2 ± 2.5"  # Student's t with 2 degrees of freedom: 4.303 × 1 / √3
    assert row[3] == "3"


@pytest.mark.compat
@pytest.mark.skipif(not os.environ.get("ABLATOR_COMPAT_PYTHON"), reason="no Python with the package sweeps is named")
def test_wandb_sweeps_follow_the_schema(study: Study, tmp_path: Path) -> None:
    (tmp_path / "sweep.yaml").write_text(sweeps.wandb_whole(study, plan(study)))
    program = (
        "import yaml, json, pathlib, jsonschema, importlib.util as u\n"
        "where = pathlib.Path(u.find_spec('sweeps').origin).parent\n"
        "schema = json.loads(next(where.rglob('schema.json')).read_text())\n"
        "jsonschema.Draft7Validator(schema).validate(yaml.safe_load(open('sweep.yaml')))\n"
    )
    words = [os.environ["ABLATOR_COMPAT_PYTHON"], "-c", program]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr[-2000:]
