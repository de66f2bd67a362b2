"""Where the results of runs go: the study's file or memory, and what is told of each run."""

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from ablator.core.elements import Decision, Evidence
from ablator.core.errors import ChangedOnDisk, EditRefused
from ablator.plan.types import CLOSED
from ablator.runners.folders import State
from ablator.runners.readings import Answer

if TYPE_CHECKING:
    from ablator.api import Study

Ended = Literal["done", "budget", "person", "runs", "failing", "ready"]
"""Why it ended: nothing is left, the budget or the number of runs is spent, a person must look, every run fails, or,
without `--auto`, what was ready has been made."""


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """One run that ended, as it is told."""

    run: str
    state: str
    metrics: dict[str, float] = {}
    seconds: float = 0.0
    note: str = ""


class Person(msgspec.Struct, frozen=True):
    """A step or a gate that waits for somebody, and why."""

    step: str
    why: str


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """How it ended, what was made, what is on record now, and what waits for a person."""

    ended: Ended
    sentence: str
    runs: tuple[Made, ...]
    verdicts: dict[str, str]
    people: tuple[Person, ...]
    spent_hours: float
    better: tuple[str, ...] = ()
    """`STEP/ARM` that is better than the baseline and that a person adopts or not before it goes on."""
    found: tuple[str, ...] = ()
    """What the results say now that they did not say before, a line each."""


class Rows(msgspec.Struct, frozen=True):
    """What was put on record: results and what they show, and verdicts."""

    evidence: tuple[Evidence, ...]
    decisions: tuple[Decision, ...]


class Books:
    """Where results go: the study's file, read anew each time so that nobody's work is overwritten, or memory."""

    def __init__(self, path: Path, keep: bool, told: Callable[[Rows], None] | None = None) -> None:
        from ablator.api import Study

        self.path = path
        self.keep = keep
        self.told = told
        """Whoever takes the rows in where the file is left alone."""
        self.study: Study = Study.open(path)

    def take(
        self, rows: Mapping[str, State], metrics: Mapping[str, dict[str, float]], said: Mapping[str, Answer]
    ) -> None:
        """Put results and verdicts on record, in one save."""
        from ablator.api import Study

        for last in (False, False, True):
            study = Study.open(self.path) if self.keep else self.study
            after = _recorded(study, rows, metrics, said)
            try:
                self.study = after.save() if self.keep and after is not study else after
            except ChangedOnDisk:
                if last:
                    raise
                continue
            if self.told is not None and after is not study:
                self.told(_new(study, after))
            return


def _recorded(
    study: "Study", rows: Mapping[str, State], metrics: Mapping[str, dict[str, float]], said: Mapping[str, Answer]
) -> "Study":
    from ablator.api import beside, decision, evidence_of, refuse_misfit, runs_on_record
    from ablator.plan.planner import all_runs

    if rows:
        known, recorded = all_runs(study.value), runs_on_record(study.value)
        made: list[Evidence] = []
        for run, state in rows.items():
            if run not in known:
                continue
            planned = msgspec.structs.replace(known[run], overrides=dict(state.overrides), seed=state.seed)
            ended = "done" if metrics.get(run) else "failed"
            row = evidence_of(planned, metrics.get(run, {}), state=ended, source="ablator run")
            made.append(beside(recorded.get(run), row, study.value.info.metric))
        study = study.recorded(made, label="Record runs") if made else study
    if said:
        steps = {s.id: s for s in study.plan().steps}
        for step, answer in said.items():
            open_still = step in steps and (steps[step].state not in CLOSED or steps[step].verdict == "unlikely")
            if open_still and answer.verdict is not None:
                with contextlib.suppress(EditRefused):  # a verdict that does not fit leaves its step to a person
                    refuse_misfit(steps[step], answer.verdict)
                    change = decision(study.value, steps, step, "verdict", answer.reason, "ablator run", answer.verdict)
                    study = study.apply(change)
    return study


def _new(before: "Study", after: "Study") -> Rows:
    was, now = before.value, after.value
    return Rows(
        tuple(row for key, row in sorted(now.evidence.items()) if was.evidence.get(key) is not row),
        tuple(row for key, row in sorted(now.decisions.items()) if was.decisions.get(key) is not row),
    )
