"""Which runs a program can start now, and the words that start each."""

import shlex
from collections.abc import Mapping

import msgspec

from ablator.core.elements import Json
from ablator.core.errors import BadInput
from ablator.core.study import Study
from ablator.plan.commands import argument_words
from ablator.plan.types import CLOSED, CONTROL, Plan, Run, Step
from ablator.plan.upcoming import awaited

STAND_IN = "$TRAIN"
"""What scripts say where the study has no command: a variable of the shell, which the person sets."""


class Launches(msgspec.Struct, frozen=True):
    """Runs in plan order by step, and what was left out of them: (run or number of runs, why)."""

    steps: tuple[tuple[Step, tuple[Run, ...]], ...]
    left_out: tuple[tuple[str, str], ...]

    @property
    def runs(self) -> tuple[Run, ...]:
        """All runs, in plan order."""
        return tuple(r for _, runs in self.steps for r in runs)


def launches(plan: Plan) -> Launches:
    """The runs of the open steps that settings alone make and that wait for no other run's result.

    Left out are checks that a person makes, arms that must first be written, and seeds that confirm a trial not yet
    made.
    """
    steps, left_out = [], []
    ready = awaited(plan, {s.id for s in plan.steps if s.state not in CLOSED})
    for step in plan.steps:
        mine = [r for r in ready if r.step == step.id]
        made = {a.id for a in step.arms if (a.overrides and not a.to_write) or a.id in {"base", CONTROL}}
        tried = {r.arm for r in mine if r.kind == "tune" and r.overrides}
        runs = tuple(r for r in mine if r.kind != "check" and not r.to_write and r.arm in made | tried)
        if runs:
            steps.append((step, runs))
        taken = {r.run for r in runs}
        for r in mine:
            if r.run not in taken:
                left_out.append((r.run, "a person looks" if r.kind == "check" else "its arm is to be written first"))
    later = len(plan.runs) - len(ready) - sum(r.status not in {"planned", "running"} for r in plan.runs)
    if later > 0:
        left_out.append((f"{later} runs", "they wait for results of others: record these and export again"))
    return Launches(tuple(steps), tuple(left_out))


def run_words(study: Study, run: Run) -> list[str]:
    """The words of a run's command, none of them shell; empty where the study has no command.

    Raises BadInput for a command whose quotes do not match.
    """
    try:
        return argument_words(study.info.command, run.overrides, run.seed)
    except ValueError as wrong:
        raise BadInput(str(wrong), place="study: command", mend="mend its quotes with `ablator set`") from None


def shell_line(study: Study, run: Run) -> str:
    """One line of a shell script that starts a run; every word of it is quoted."""
    names = {"ABLATOR_RUN": run.run, "WANDB_NAME": run.run, "WANDB_TAGS": run.run}
    if run.seed is not None:
        names["ABLATOR_SEED"] = str(run.seed)
    words = run_words(study, run)
    command = shlex.join(words) if words else " ".join([STAND_IN, *map(shlex.quote, setting_texts(run.overrides))])
    return f"env {' '.join(f'{k}={shlex.quote(v)}' for k, v in names.items())} {command}"


def setting_texts(overrides: Mapping[str, Json]) -> list[str]:
    """`key=value` for each setting, by key, not quoted."""
    return argument_words("{overrides}", overrides, None)


def comment(text: str) -> str:
    """A comment of a script: one line, whatever the text holds."""
    clean = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return f"# {clean}"


def head(study: Study, found: Launches) -> list[str]:
    """The comments that a script begins with: the study, how many runs, and what was left out."""
    lines = [comment(f"{study.info.name or 'Study'}: {len(found.runs)} runs, planned by Ablator")]
    lines += [comment(f"left out: {name}: {why}") for name, why in found.left_out]
    if not study.info.command:
        lines.append(comment("The study has no command: set TRAIN, as in TRAIN='python train.py'."))
    return lines
