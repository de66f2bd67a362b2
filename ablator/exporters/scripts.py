"""The runs of a plan as scripts: for a shell, for Slurm with gates as dependencies, and for Optuna."""

import json

from ablator.core.lanes import STAGES, Stage
from ablator.core.study import Study
from ablator.exporters.launches import comment, head, shell_line
from ablator.plan.launches import launches
from ablator.plan.types import SHUT, Plan


def shell(study: Study, plan: Plan) -> str:
    """A POSIX shell script: `sh FILE` makes all runs in plan order, `sh FILE RUN…` those named.

    A run that fails does not stop the others; the script ends with 1 then.
    """
    found = launches(plan)
    lines = ["#!/bin/sh", *head(study, plan, found), "set -u", "failed=0"]
    lines += _stand_in(study)
    lines += ["run_one() {", '  case "$1" in']
    lines += [f"    {r.run}) {shell_line(study, r)} ;;" for r in found.runs]
    lines += ['    *) echo "no run $1" >&2; return 2 ;;', "  esac", "}"]
    lines.append("if [ $# -eq 0 ]; then")
    lines.append("  set -- " + " ".join(r.run for r in found.runs))
    lines += ["fi", 'for run in "$@"; do', '  run_one "$run" || failed=1', "done", 'exit "$failed"', ""]
    return "\n".join(lines)


def slurm(study: Study, plan: Plan) -> str:
    """A script that submits itself: `sh FILE` submits an array a step; inside a job it makes one run.

    A step waits (`afterok`) for the steps that it stands on, and its stage for all of the stage before it. Behind a
    gate that is not open the jobs are held: `scontrol release JOB` once the gate has opened.
    """
    found = launches(plan)
    lines = ["#!/bin/sh", *head(study, plan, found), "set -eu"]
    lines.append('if [ -n "${SLURM_ARRAY_TASK_ID:-}" ]; then')
    lines += [f"  {line}" for line in _stand_in(study)]
    lines.append('  case "$1/$SLURM_ARRAY_TASK_ID" in')
    for step, runs in found.steps:
        lines += [f"    {step.id}/{i}) exec {shell_line(study, r)} ;;" for i, r in enumerate(runs)]
    lines += ["  esac", '  echo "no such run" >&2', "  exit 2", "fi"]
    jobs: dict[str, str] = {}
    for number, (step, runs) in enumerate(found.steps):
        jobs[step.id] = f"job{number}"
        gate = next((g for g in plan.gates if g.stage == step.stage and g.state in SHUT), None)
        before = [s for s, _ in found.steps[:number] if s.id in step.after or _earlier(s.stage, step.stage)]
        needs = ":".join(f"$job{[s.id for s, _ in found.steps].index(b.id)}" for b in before)
        options = ["--parsable", f"--array=0-{len(runs) - 1}", f"--job-name={step.id}", "--export=ALL"]
        if gate is not None:
            lines.append(comment(gate.sentence or f"The gate before {gate.stage} is {gate.state}."))
            options.append("--hold")
        if needs:
            options.append(f'--dependency="afterok:{needs}"')
        lines.append(f'job{number}=$(sbatch {" ".join(options)} "$@" "$0" {step.id})')
        lines.append(f"job{number}=${{job{number}%%;*}}")
        lines.append(f'echo "$job{number} {step.id}"')
    return "\n".join([*lines, ""])


def optuna(study: Study, plan: Plan) -> str:
    """A Python script that puts every run into an Optuna study with `enqueue_trial`; texts stand in it as JSON.

    Optuna hands trials out in this order; a trial's user attribute `run` is the run's id, which `ablator record` reads.
    """
    found = launches(plan)
    rows = [{"run": r.run, "step": r.step, "seed": r.seed, "overrides": r.overrides} for r in found.runs]
    data = json.dumps(rows, ensure_ascii=True, sort_keys=True, allow_nan=False)
    goal = "minimize" if study.info.goal == "min" else "maximize"
    lines = [
        f'"""Enqueue {len(rows)} runs in an Optuna study: python FILE [STORAGE]."""',
        *head(study, plan, found),
        "import json",
        "import sys",
        "",
        "import optuna",
        "",
        f"RUNS = json.loads({data!r})",
        f"NAME = json.loads({json.dumps(study.info.name or 'study')!r})",
        "",
        "",
        "def main():",
        '    storage = sys.argv[1] if len(sys.argv) > 1 else "sqlite:///ablator-optuna.db"',
        f'    study = optuna.create_study(storage=storage, study_name=NAME, direction="{goal}", load_if_exists=True)',
        '    known = {t.user_attrs.get("run") for t in study.get_trials(deepcopy=False)}',
        "    for row in RUNS:",
        '        if row["run"] in known:',
        "            continue",
        '        params = dict(row["overrides"])',
        '        if row["seed"] is not None:',
        '            params.setdefault("seed", row["seed"])',
        '        names = {"run": row["run"], "step": row["step"]}',
        "        study.enqueue_trial(params, user_attrs=names)",
        "",
        "",
        'if __name__ == "__main__":',
        "    main()",
        "",
    ]
    return "\n".join(lines)


def _earlier(stage: Stage, than: Stage) -> bool:
    return STAGES.index(stage) < STAGES.index(than)


def _stand_in(study: Study) -> list[str]:
    words = ": \"${TRAIN:?say what trains, as in TRAIN='python train.py'}\""
    return [] if study.info.command else [words]
