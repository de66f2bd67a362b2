"""The loop of `run`: start what the plan asks for, take in what ended, plan again."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from ablator.cli.books import Books, Ended, Ending, Made, Person
from ablator.cli.found import adopting, followed, undecided_winners
from ablator.core.elements import Json
from ablator.core.errors import AblatorError, BadInput
from ablator.plan.types import CLOSED, SHUT, Plan, Run, Step
from ablator.runners.folders import ERR, OUT, SETTINGS, RunFolder, State
from ablator.runners.local import Job
from ablator.runners.processes import tail
from ablator.runners.readings import Answer, answer_of
from ablator.runners.template import Filling, Template

FLUSH_S = 2.0
"""Longest time for which results wait in their folders before the study has them."""

FAILING = 5
"""So many first runs that all fail say something about the command and nothing about the model."""

ASKED = 5
"""Times that a check is asked whose verdict does not stand any more."""

NOT_THERE = frozenset({126, 127})
"""What a shell ends with where the program cannot be started."""

Reader = Callable[[Path], Mapping[str, float]]
"""The metrics that a run left, given its folder; raises AblatorError where there are none."""


class Engine(Protocol):
    """What makes runs; `start`, `poll` and `stop` are called by one thread."""

    @property
    def active(self) -> frozenset[str]:
        """Runs that it has and that did not end."""

    @property
    def free(self) -> int:
        """How many more it takes now."""

    def adopt(self) -> list[str]:
        """Take over the runs of an ended program."""

    def start(self, jobs: Sequence[Job]) -> None:
        """Make these runs."""

    def poll(self) -> list[State]:
        """The runs that ended since the last call."""

    def wait(self) -> None:
        """Pause before the next `poll`."""

    def stop(self) -> None:
        """End what can be made again; what lives on is taken over by the next program."""


class Making(msgspec.Struct, frozen=True, kw_only=True):
    """How runs are made, and how far."""

    command: Template
    read: Reader
    checks: Template | None = None
    auto: bool = False
    go_on: bool = False
    """Whether it goes on where an idea that the model lacks was found better, and nobody has decided on it."""
    most: int | None = None
    """Runs that may be started."""


class Driver:
    """Drives one study on one engine. Every result is in its run's folder before the study has it."""

    def __init__(self, books: Books, root: Path, engine: Engine, making: Making, tell: Callable[[Made], None]) -> None:
        self.books = books
        self.root = root
        self.engine = engine
        self.making = making
        self.tell = tell
        self.asked_to_end = False
        """Set from outside: the loop then ends as an interrupt does, with no run half started."""
        self.plan: Plan = books.study.plan().value
        self.told_of: Callable[[Sequence[str]], None] | None = None
        """Hears after each round what its results say."""
        self._before = self.plan.steps
        self.made: list[Made] = []
        self.verdicts: dict[str, str] = {}
        self._asked: dict[str, str] = {}
        """Step → what its check said."""
        self._times: dict[str, int] = {}
        self._checks: dict[str, str] = {}
        """Run of a check → its step."""
        self._rows: dict[str, State] = {}
        self._metrics: dict[str, dict[str, float]] = {}
        self._said: dict[str, Answer] = {}
        self._held: list[str] = []
        """Runs that failed before any did well."""
        self._well = False
        self._again = False
        """Whether a run was stopped from outside and is to be made again."""
        self._cut: Ended | None = None
        self._started = 0
        self._cost: dict[str, float] = {}
        self._first: float | None = None
        self._queue: list[Job] = []
        self._tried: dict[str, tuple[dict[str, Json], int | None]] = {}
        """What ended in this drive: never made twice with the same settings."""

    def drive(self) -> Ending:
        """Until nothing is left to start and nothing lives. Results that wait are on record whatever ends it."""
        try:
            self.engine.adopt()
            self._line_up()
            while True:
                if self.asked_to_end:
                    raise KeyboardInterrupt
                self._start()
                ended = [self._take(state) for state in self.engine.poll()]
                if len(self._held) >= FAILING and not self._well:
                    return self._failing()
                self._record(bool(ended))
                if not self._queue and not self.engine.active and not self._rows and not self._said:
                    break
                if not ended:
                    self.engine.wait()
        except BaseException:
            self.engine.stop()
            raise
        finally:
            self._flush()
        return self._ending()

    def jobs(self) -> list[Job]:
        """What would be started now, in order."""
        self._line_up()
        return self._queue

    def _line_up(self) -> None:
        """The runs and checks to start, from the plan as it stands."""
        from ablator.plan.launches import startable
        from ablator.plan.upcoming import upcoming

        if self._winners():
            self._queue = []
            return
        ready = upcoming(self.plan)
        self._cost.update({r.run: r.cost_hours for r in self.plan.runs})
        left, self._cut = self._hours_left(), None
        cost = self._cost
        busy = self.engine.active
        left -= sum(cost.get(run, 0.0) for run in busy)
        queue: list[Job] = []
        for step in ready.steps:
            mine = [r for r in ready.runs if r.step == step.id]
            runs = startable(step, mine)
            if not runs and not any(r.run in busy for r in mine):
                queue += self._check(step, mine)
            for run in runs:
                if run.run in busy or run.run in self._rows or self._tried.get(run.run) == (run.overrides, run.seed):
                    continue
                if self._known(run):
                    continue
                if self._cut is None and cost[run.run] > left + 1e-9:
                    self._cut = "budget"
                elif (
                    self._cut is None
                    and self.making.most is not None
                    and self._started + _runs(queue) >= self.making.most
                ):
                    self._cut = "runs"
                if self._cut is None:
                    left -= cost[run.run]
                    queue.append(self._job(step, run))
        self._queue = queue

    def _winners(self) -> list[tuple[str, str]]:
        """What a person decides on before it goes on by itself."""
        wait = self.making.auto and not self.making.go_on
        return undecided_winners(self.books.study.value, self.plan) if wait else []

    def _hours_left(self) -> float:
        budget = self.books.study.value.info.budget
        return float("inf") if budget is None else budget - self.spent()

    def spent(self) -> float:
        """Hours of the runs on record, as the plan costs them."""
        from ablator.plan.planner import all_runs

        rows = [e.run for e in self.books.study.value.evidence.values() if e.kind == "result"]
        if not self._cost.keys() >= set(rows):
            self._cost = {k: r.cost_hours for k, r in all_runs(self.books.study.value).items()} | self._cost
            self._cost |= {run: 0.0 for run in rows if run not in self._cost}
        return sum(self._cost[run] for run in rows)

    def _known(self, run: Run) -> bool:
        """Take the result that the folder of a run holds already, made with the same settings and not on record."""
        state = RunFolder(self.root, run.run).state()
        if state is None or state.recorded or state.status not in {"done", "failed", "overtime"}:
            return False
        if dict(state.overrides) != run.overrides or state.seed != run.seed or state.status != "done":
            return False
        self._take(state)
        return True

    def _filling(self, run: str, step: Step, overrides: Mapping[str, Json], seed: int | None) -> Filling:
        folder = RunFolder(self.root, run).path.absolute()
        return Filling(
            run=run,
            folder=str(folder),
            file=str(folder / SETTINGS),
            overrides=overrides,
            seed=seed,
            step=step.id,
            element=step.element,
        )

    def _job(self, step: Step, run: Run) -> Job:
        return self._of(self.making.command, step, run.run, run.overrides, run.seed)

    def _of(self, template: Template, step: Step, run: str, overrides: Mapping[str, Json], seed: int | None) -> Job:
        filling = self._filling(run, step, overrides, seed)
        return Job(
            run=run,
            words=tuple(template.words(filling)),
            environment=template.environment(filling),
            overrides=dict(overrides),
            seed=seed,
            step=step.id,
        )

    def _check(self, step: Step, runs: Sequence[Run]) -> list[Job]:
        """The question to the command of checks, once a step; nothing without one."""
        again = step.id in self.verdicts and self._times.get(step.id, 0) < ASKED
        if self.making.checks is None or step.id in self._said or (step.id in self._asked and not again):
            return []
        run = next((r.run for r in runs if r.kind == "check"), f"{step.id}/asked/c1")
        if run in self.engine.active:
            return []
        self._checks[run] = step.id
        return [self._of(self.making.checks, step, run, {}, None)]

    def _start(self) -> None:
        room = self.engine.free
        if self._queue and room:
            now, self._queue = self._queue[:room], self._queue[room:]
            self.engine.start(now)
            self._started += _runs(now)

    def _take(self, state: State) -> Made:
        """What ended: a check's answer, a result, or a failure; a run that was stopped is made again."""
        folder = RunFolder(self.root, state.run)
        seconds = max(state.ended - state.began, 0.0)
        step = self._checks.get(state.run) or _check_of(self.plan, state.run)
        if step is not None:
            return self._answered(step, state, folder, seconds)
        if state.status == "stopped":
            self._again = True
            return Made(run=state.run, state="stopped", seconds=seconds)
        metrics: dict[str, float] = {}
        note = _why(state, folder)
        if state.status == "done":
            try:
                metrics = dict(self.making.read(folder.path))
            except AblatorError as wrong:
                note = wrong.what
        word = "done" if metrics else "failed" if state.status in {"done", "failed"} else state.status
        made = Made(run=state.run, state=word, metrics=metrics, seconds=seconds, note=note)
        if metrics:
            self._well, self._held = True, []
        elif not self._well:
            self._held.append(state.run)
            if state.exit in NOT_THERE:
                raise BadInput(f"the command cannot be started: {note}", place=state.run, mend="mend --command")
        self._rows[state.run] = state
        self._tried[state.run] = (dict(state.overrides), state.seed)
        self._metrics[state.run] = metrics
        self._first = self._first or time.monotonic()
        self.made.append(made)
        self.tell(made)
        return made

    def _answered(self, step: str, state: State, folder: RunFolder, seconds: float) -> Made:
        code = state.exit if state.exit is not None else -1
        answer = answer_of(folder.output(OUT), code, tail(folder.output(OUT)) or tail(folder.output(ERR)))
        if state.status != "stopped":
            self._asked[step] = answer.reason
            self._times[step] = self._times.get(step, 0) + 1
            if answer.verdict is not None:
                self._said[step] = answer
                self.verdicts[step] = answer.verdict
        made = Made(run=state.run, state=answer.verdict or "person", seconds=seconds, note=answer.reason)
        folder.write(msgspec.structs.replace(state, recorded=True))
        self.tell(made)
        return made

    def _record(self, ended: bool) -> None:
        """Put on record what waits, and plan again once all that was ready has ended.

        Planning after each result would leave sweeps half made and conclude on a baseline that is half tuned.
        """
        over = not self._queue and not self.engine.active
        long = self._first is not None and time.monotonic() - self._first > FLUSH_S
        waiting = bool(self._rows or self._said)
        if waiting and (over or long):
            self._flush()
        if over and self.making.auto and (waiting or ended):
            before, self.plan = self.plan.steps, self.books.study.plan().value
            if self.told_of is not None:
                self.told_of(followed(before, self.plan.steps, str(self.books.path)))
        if over and (waiting or ended) and (self.making.auto or self._again):
            self._again = False
            self._line_up()

    def _flush(self) -> None:
        if not self._rows and not self._said:
            return
        if self._held and not self._well and (self._queue or self.engine.active):
            return
        rows, metrics, said = self._rows, self._metrics, self._said
        self.books.take(rows, metrics, said)
        for run, state in rows.items() if self.books.keep else ():
            RunFolder(self.root, run).write(msgspec.structs.replace(state, recorded=True))
        self._rows, self._metrics, self._said, self._first = {}, {}, {}, None

    def _failing(self) -> Ending:
        """Every first run failed: nothing of it is recorded, since it says nothing about the model."""
        self.engine.stop()
        last = self.made[-1]
        self._rows, self._metrics, self._queue = {}, {}, []
        return self._end("failing", f"the first {len(self._held)} runs all failed, the last one: {last.note}", ())

    def _ending(self) -> Ending:
        self.plan = self.books.study.plan().value
        people = self._people()
        open_steps = [s for s in self.plan.steps if s.state not in CLOSED]
        if not open_steps:
            return self._end("done", "the plan is done", ())
        won = self._winners()
        if won:
            step, arm = won[0]
            how = adopting(str(self.books.path), step, arm)
            sentence = (
                f"a person has to decide, since {step}/{arm} is better than the baseline: adopt it with `{how}`, "
                "or go on without it by the same command with --go-on"
            )
            asks = [Person(s, f"{s}/{a} is better than the baseline and not adopted") for s, a in won]
            return self._end("person", sentence, asks, [f"{s}/{a}" for s, a in won])
        if self._cut == "budget":
            budget = self.books.study.value.info.budget
            return self._end("budget", f"the budget of {budget:g} hours is spent", people)
        if self._cut == "runs":
            some = "1 run was" if self._started == 1 else f"{self._started} runs were"
            return self._end("runs", f"{some} started, as many as --max-runs allows", people)
        if not self.making.auto:
            return self._end("ready", "what was ready has been made", people)
        gate = next((g for g in self.plan.gates if g.state in SHUT), None)
        said = f"; the gate before {gate.stage} is {gate.state}" if gate is not None else ""
        some = "1 step needs" if len(people) == 1 else f"{len(people)} steps need"
        return self._end("person", f"{some} a person{said}", people)

    def _people(self) -> tuple[Person, ...]:
        """The ready steps that no run can settle, and why."""
        from ablator.plan.launches import startable
        from ablator.plan.upcoming import upcoming

        ready = upcoming(self.plan)
        out = []
        for step in ready.steps:
            mine = [r for r in ready.runs if r.step == step.id]
            if startable(step, mine):
                continue
            if step.id in self._asked:
                why = self._asked[step.id]
            elif any(r.to_write for r in mine) or any(a.to_write for a in step.arms):
                why = "its arm is to be written first"
            elif mine:
                why = step.check or step.question
            else:
                why = f"{step.verdict or 'no verdict'}: {step.reason}" if step.reason else "its results decide nothing"
            out.append(Person(step.id, why))
        return tuple(out)

    def _end(self, ended: Ended, sentence: str, people: Sequence[Person], better: Sequence[str] = ()) -> Ending:
        return Ending(
            ended=ended,
            sentence=sentence,
            runs=tuple(self.made),
            verdicts=self.verdicts,
            people=tuple(people),
            spent_hours=round(self.spent(), 6),
            better=tuple(better),
            found=tuple(followed(self._before, self.plan.steps, str(self.books.path))),
        )


def _runs(jobs: Sequence[Job]) -> int:
    return sum(not _is_check(j.run) for j in jobs)


def _is_check(run: str) -> bool:
    return run.rpartition("/")[2].startswith("c")


def _check_of(plan: Plan, run: str) -> str | None:
    return _step(run) if _is_check(run) and plan.step(_step(run)) is not None else None


def _step(run: str) -> str:
    return run.partition("/")[0]


def _why(state: State, folder: RunFolder) -> str:
    """Why a run failed, with the last thing it said."""
    if state.status == "done":
        return ""
    if state.status == "overtime":
        return "it ran over its time limit"
    last = tail(folder.output(ERR)) or tail(folder.output(OUT))
    head = "it ended without saying how" if state.exit is None else f"it ended with {state.exit}"
    return f"{head}: {last}" if last else head
