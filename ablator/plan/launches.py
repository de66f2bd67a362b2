"""Which runs a program can start now, and the words that start each."""

from collections.abc import Sequence

import msgspec

from ablator.core.errors import BadInput
from ablator.core.study import Study
from ablator.plan.commands import argument_words
from ablator.plan.types import CLOSED, CONTROL, Plan, Run, Step
from ablator.plan.upcoming import OFFERED, awaited


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
        runs = startable(step, mine)
        if runs:
            steps.append((step, runs))
        taken = {r.run for r in runs}
        for r in mine:
            if r.run not in taken:
                left_out.append((r.run, "a person looks" if r.kind == "check" else "its arm is to be written first"))
    later = len(plan.runs) - len(ready) - sum(r.status not in OFFERED for r in plan.runs)
    if later > 0:
        left_out.append((f"{later} runs", "they wait for results of others: record these and export again"))
    return Launches(tuple(steps), tuple(left_out))


def startable(step: Step, runs: Sequence[Run]) -> tuple[Run, ...]:
    """Those of a step's runs that settings alone make: no check of a person, no arm that must first be written."""
    made = {a.id for a in step.arms if (a.overrides and not a.to_write) or a.id in {"base", CONTROL}}
    tried = {r.arm for r in runs if r.kind == "tune" and r.overrides}
    return tuple(r for r in runs if r.kind != "check" and not r.to_write and r.arm in made | tried)


def run_words(study: Study, run: Run) -> list[str]:
    """The words of a run's command, none of them shell; empty where the study has no command.

    Raises BadInput for a command whose quotes do not match.
    """
    try:
        return argument_words(study.info.command, run.overrides, run.seed)
    except ValueError as wrong:
        raise BadInput(str(wrong), place="study: command", mend="mend its quotes with `ablator set`") from None
