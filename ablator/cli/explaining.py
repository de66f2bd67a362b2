"""The command that explains: a finding's code, or a step of a study."""

import argparse
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from ablator.cli import output
from ablator.core.errors import BadInput, one_line
from ablator.resources import resource

if TYPE_CHECKING:
    from ablator.core.study import Study
    from ablator.plan.types import Arm, Step

CODE = re.compile(r"ABL\d{3}", re.IGNORECASE)


def add_commands(commands: Any, shared: argparse.ArgumentParser) -> None:
    """The command `explain`."""
    explain = commands.add_parser("explain", parents=[shared], help="explain a finding's code, or a step of a study")
    explain.add_argument("study", metavar="CODE|STUDY")
    explain.add_argument("step", metavar="STEP", nargs="?")
    explain.add_argument("--json", action="store_true")
    explain.set_defaults(run=run_explain)


def run_explain(a: argparse.Namespace) -> int:
    """The page of a code, or a step's question, why, arms and cost."""
    if a.step is None:
        return _code(a)
    from ablator.cli.showing import load, planned

    study = load(a.study)
    plan = planned(study)
    steps = {s.id: s for s in plan.steps}
    if a.step not in steps:
        raise BadInput(f"no step is called {a.step}", place=a.study, mend="see `ablator plan` for the steps")
    step = steps[a.step]
    if a.json:
        output.write_json(step)
    elif not a.quiet:
        runs = Counter(r.arm for r in plan.runs if r.step == step.id)
        arms = [f"arm {x.id}: {x.change}{_made_of(x, runs[x.id])}" for x in step.arms]
        cost = _cost(study, step)
        output.write("\n".join(one_line(t) for t in (f"{step.id}: {step.question}", f"why: {step.why}", *arms, cost)))
    return 0


def _made_of(arm: "Arm", runs: int) -> str:
    """How many trials, seeds or other runs an arm takes; nothing of those that it does not have."""
    parts = [(arm.trials, "trial"), (arm.seeds, "seed")]
    told = [output.counted(n, word) for n, word in parts if n] or [output.counted(runs, "run")] * (runs > 0)
    return "".join(f", {t}" for t in told)


def _cost(study: "Study", step: "Step") -> str:
    """The hours of a step, what they are in full trainings, and in how many runs."""
    from ablator.plan.costs import hours_per_run
    from ablator.plan.reasons import full_runs, plain
    from ablator.plan.types import CLOSED

    if step.state in CLOSED:
        return "cost: nothing, it is settled"
    full = full_runs(step.cost_hours / hours_per_run(study.info))
    hours = f"{plain(step.cost_hours, 4)} hours, as much as {full}" if study.info.hours_per_run else full
    return f"cost: {hours}, in {output.counted(len(step.runs), 'run')}"


def _code(a: argparse.Namespace) -> int:
    code = a.study.upper()
    page = resource("help", "findings", f"{code}.md")
    if not CODE.fullmatch(code) or not page.is_file():
        raise BadInput(f"{a.study} is no code of a finding", place="explain", mend="name a code, or a study and a step")
    text = page.read_text(encoding="utf-8")
    if a.json:
        title, *parts = re.split(r"^#+ ", text.strip(), flags=re.MULTILINE)[1:]
        fields = {p.partition("\n")[0].lower(): p.partition("\n")[2].strip() for p in parts}
        output.write_json({"code": code, "title": title.strip().partition(": ")[2], **fields})
    elif not a.quiet:
        output.write(text.rstrip())
    return 0
