"""The runs of a plan as files of sweep tools: Hydra experiments with their multirun, and W&B sweeps."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from ablator.core.elements import Json
from ablator.core.study import Study
from ablator.exporters.launches import comment, head, shell_line
from ablator.plan.freezing import record_lines
from ablator.plan.launches import launches
from ablator.plan.types import Plan, Run


def hydra(study: Study, plan: Plan) -> dict[str, str]:
    """Files by their name in the folder: `experiment/RUN.yaml` a run, and `multirun.sh` that starts all of them.

    Put the folder on Hydra's search path (`--config-dir`). Dotted names of settings become nested ones; each run
    works in a folder named after it.
    """
    found = launches(plan)
    files = {}
    for run in found.runs:
        body = _nested(run.overrides)
        if run.seed is not None:
            body.setdefault("seed", run.seed)
        body["hydra"] = {"sweep": {"subdir": run.run}}
        files[f"experiment/{run.run}.yaml"] = "# @package _global_\n" + _yaml(body)
    lines = ["#!/bin/sh", *head(study, plan, found)]
    if found.runs:
        names = ",".join(r.run for r in found.runs)
        lines.append(": \"${TRAIN:?say what trains, as in TRAIN='python train.py'}\"")
        lines.append('here=$(cd "$(dirname "$0")" && pwd)')
        lines.append(f'exec $TRAIN --config-dir "$here" --multirun {shlex.quote("+experiment=" + names)} "$@"')
    files["multirun.sh"] = "\n".join([*lines, ""])
    return files


def wandb(study: Study, plan: Plan) -> dict[str, str]:
    """A W&B sweep a step, as `STEP.yaml`."""
    return {f"{step.id}.yaml": _sweep(study, plan, step.id, runs) for step, runs in launches(plan).steps}


def wandb_whole(study: Study, plan: Plan) -> str:
    """All runs of the plan as one W&B sweep."""
    return _sweep(study, plan, "plan", launches(plan).runs)


def _sweep(study: Study, plan: Plan, name: str, runs: Sequence[Run]) -> str:
    """A grid over run ids: the arms of a step are no product of values, so a run's settings follow from its id.

    Settings that all runs share are shown as constants. Each run is tagged with its id.
    """
    cases = "\n".join(f"--run={r.run}) exec {shell_line(study, r)} ;;" for r in runs)
    script = f'for word in "$@"; do\ncase "$word" in\n{cases}\nesac\ndone\necho "no run given" >&2\nexit 2\n'
    parameters: dict[str, Any] = {"run": {"values": [r.run for r in runs]}}
    for key in sorted(set.intersection(*({*r.overrides} for r in runs)) if runs else ()):
        value = runs[0].overrides[key]
        plain = isinstance(value, str | int | float | bool) and key != "run"
        if plain and all(r.overrides[key] == value for r in runs):
            parameters[key] = {"value": value}
    body: dict[str, Any] = {
        "name": f"{study.info.name} {name}".strip(),
        "method": "grid",
        "parameters": parameters,
        "command": ["sh", "-c", script, "run", "${args}"],
    }
    if study.info.metric:
        body["metric"] = {"name": study.info.metric, "goal": f"{study.info.goal}imize"}
    record = "".join(f"{comment(line)}\n" for line in record_lines(study, plan))
    return record + _yaml(body)


def _nested(overrides: Mapping[str, Json]) -> dict[str, Any]:
    """`a.b: 1` as `{a: {b: 1}}`; a name whose front part is a value of its own stays as it is."""
    out: dict[str, Any] = {}
    for key, value in sorted(overrides.items()):
        *front, last = key.split(".")
        if not all([*front, last]) or any(".".join(front[: i + 1]) in overrides for i in range(len(front))):
            front, last = [], key
        place = out
        for part in front:
            place = place.setdefault(part, {})
        place[last] = value
    return out


def _yaml(body: Mapping[str, Any]) -> str:
    import yaml

    return str(yaml.safe_dump(dict(body), sort_keys=False, allow_unicode=False, width=110))
