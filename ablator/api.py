"""What `import ablator` gives: studies and plans without a window. Methods return new values and change nothing."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack

from ablator.core import edits
from ablator.core.change import Change
from ablator.core.checks import Finding
from ablator.core.elements import Decision, Evidence
from ablator.core.study import Study as StudyValue
from ablator.describing import describe
from ablator.plan.types import CLOSED, Gate, Run, Rung, Step
from ablator.plan.types import Plan as PlanValue
from ablator.plan.upcoming import Upcoming, upcoming

if TYPE_CHECKING:
    from ablator.importers.results_csv import Results

__all__ = ["Plan", "Study", "describe"]


class Said(TypedDict, total=False):
    """What a person says about a new study, as the options of `ablator new`; effect and noise may read `1.5%`."""

    name: str
    metric: str
    goal: Literal["min", "max"] | None
    baseline: float | None
    target: float | None
    effect: float | str | None
    noise: float | str | None
    hours_per_run: float | None
    budget: float | None
    symptoms: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    tables: dict[str, tuple[tuple[str, str], ...]]


MOMENT = "%Y-%m-%dT%H:%M:%SZ"
"""How decisions and evidence carry a moment."""

DRIFT = 60.0
"""Seconds by which a record may be dated ahead so that it follows the one before."""


def now() -> str:
    """The present moment as decisions carry it: ISO 8601 in UTC, whole seconds."""
    return datetime.now(UTC).strftime(MOMENT)


def moment(study: StudyValue) -> str:
    """The present moment, but later than every result on record: what is decided follows what it was decided on."""
    return _after(now(), (e.date for e in study.evidence.values() if e.kind == "result"))


def _after(date: str, others: Iterable[str]) -> str:
    """A date, a second later than the last of some others where these were put on record within the same seconds."""
    last = max(others, default="")
    if not date <= last:
        return date
    try:
        there = datetime.strptime(last, MOMENT).replace(tzinfo=UTC)
        near = (there - datetime.strptime(date, MOMENT).replace(tzinfo=UTC)).total_seconds() < DRIFT
    except ValueError:
        return date
    return (there + timedelta(seconds=1)).strftime(MOMENT) if near else date


def author_name() -> str:
    """The name decisions are signed with: ABLATOR_AUTHOR, else the login name."""
    import getpass
    import os

    try:
        return os.environ.get("ABLATOR_AUTHOR") or getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


class Plan:
    """An ordered plan: steps, runs, gates and findings of one study."""

    def __init__(self, value: PlanValue) -> None:
        self.value = value

    @property
    def steps(self) -> tuple[Step, ...]:
        """Steps in their order."""
        return self.value.steps

    @property
    def runs(self) -> tuple[Run, ...]:
        """Runs of the open steps, in plan order."""
        return self.value.runs

    @property
    def gates(self) -> tuple[Gate, ...]:
        """The gates before instantiate and perceive."""
        return self.value.gates

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What `ablator check` says."""
        return self.value.findings

    @property
    def ladder(self) -> tuple[Rung, ...]:
        """How the baseline moved since the study was made, oldest first; empty while it has not."""
        return self.value.ladder

    @property
    def outlook(self) -> str:
        """Whether the target is met, or what it would need where nothing can be done now; else an empty text."""
        return self.value.outlook

    def next(self) -> Upcoming:
        """The ready steps and the runs they still need.

        >>> ready = Study.new("template:mlp", metric="accuracy").plan().next()
        >>> {r.step for r in ready.runs} <= {s.id for s in ready.steps}
        True
        """
        return upcoming(self.value)


class Study:
    """One frustrating model, with the file it came from.

    >>> study = Study.new("template:mlp", metric="accuracy")
    >>> study.plan().steps[0].stage in ("observe", "reach")
    True
    """

    def __init__(self, value: StudyValue, path: Path | None = None, file_hash: str | None = None) -> None:
        self.value = value
        self.path = path
        self.file_hash = file_hash

    @classmethod
    def open(cls, path: str | Path) -> "Study":
        """Read a study file. Raises BadInput, NewerVersion or CannotAccess.

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     saved = Study.new("template:mlp", name="Mine").save(f"{folder}/mine.ablation")
        ...     Study.open(saved.path).value.info.name
        'Mine'
        """
        from ablator.files.study_file import open_study

        value, file_hash = open_study(Path(path))
        return cls(value, Path(path), file_hash)

    @classmethod
    def new(cls, *sources: str | Path, **options: Unpack[Said]) -> "Study":
        """Build a study from artefacts on disk or `template:NAME`. Raises AblatorError for what cannot be read.

        >>> elements = Study.new("template:mlp").value.elements
        >>> elements["batchnorm"].kind, elements["learning-rate"].lane
        ('idea', 'reachability')
        """
        from ablator.importers.build import Options, study_from_files

        built = study_from_files(sources, Options(**options))
        if built.problems:
            raise built.problems[0]
        return cls(built.study)

    def save(self, path: str | Path | None = None) -> "Study":
        """Write the study durably. Raises ChangedOnDisk when somebody else wrote the file since it was read."""
        from ablator.core.errors import BadInput
        from ablator.files.study_file import save_study

        target = Path(path) if path is not None else self.path
        if target is None:
            raise BadInput("the study has no file yet", mend="give a path to save it to")
        expected = self.file_hash if target == self.path else None
        return Study(self.value, target, save_study(self.value, target, expected_hash=expected))

    def apply(self, change: Change) -> "Study":
        """The study after a change that one of `ablator.core.edits` made for it."""
        return Study(change.apply(self.value), self.path, self.file_hash)

    def plan(self) -> Plan:
        """The ordered plan; a pure function of the study.

        >>> study = Study.new("template:mlp", metric="accuracy")
        >>> [gate.state for gate in study.plan().gates]
        ['closed', 'closed']
        """
        from ablator.plan.planner import plan

        return Plan(plan(self.value))

    def set(self, key: str, value: Any) -> "Study":
        """Change one setting of the study's head (`name`, `budget`, `effect`, …).

        >>> Study.new("template:mlp").set("budget", 12).value.info.budget
        12.0
        """
        return self.apply(edits.set_info(self.value, key, value))

    def record(
        self,
        results: Mapping[str, Mapping[str, float]] | None = None,
        *,
        verdicts: Mapping[str, str] | None = None,
        waive: Sequence[str] = (),
        reason: str = "",
        author: str | None = None,
    ) -> "Study":
        """Take in results (`run → metric → value`), verdicts (`step → verdict`) and waivers, each signed and dated.

        Metrics of a run that are on record and not among its new ones stay. Raises EditRefused for a run or step that
        the plan does not have, for a verdict that the step cannot have, and for a waiver without a reason.

        >>> study = Study.new("template:mlp", metric="accuracy")
        >>> study = study.record(verdicts={"verify-loss-at-init": "fine"}, reason="ln 10")
        >>> next(s.verdict for s in study.plan().steps if s.id == "verify-loss-at-init")
        'fine'
        >>> run = next(r.run for r in study.plan().runs if r.kind == "confirm")
        >>> study.record({run: {"accuracy": 0.9}}).value.evidence[f"run-{run}"].metrics
        {'accuracy': 0.9}
        """
        study = self
        if results:
            study = study.recorded(result_rows(study.value, results, author=author))
        known = {s.id: s for s in study.plan().steps} if verdicts or waive else {}
        for step, verdict in (verdicts or {}).items():
            refuse_misfit(known.get(step), verdict)
            study = study.apply(decision(study.value, known, step, "verdict", reason, author, verdict))
        for step in waive:
            study = study.apply(decision(study.value, known, step, "waiver", reason, author))
        return study

    def recorded(self, rows: Sequence[Evidence], label: str = "") -> "Study":
        """Take rows of evidence in, and the symptoms that all recorded runs together show."""
        import msgspec

        from ablator.diagnose.many import group_rows

        said = max((d.date for d in self.value.decisions.values()), default="")
        rows = [msgspec.structs.replace(r, date=_after(r.date, [said])) if r.date else r for r in rows]
        study = self.apply(edits.record_evidence(self.value, rows, label=label))
        found = group_rows(study.value)
        return study.apply(edits.record_evidence(study.value, found)) if found else study

    def adopt(self, arm: str, reason: str, author: str | None = None) -> "Study":
        """Make an arm (`STEP/ARM`) the baseline; what it re-opens follows from the relations. Raises EditRefused."""
        return self.apply(adoption(self.value, arm, reason, author))

    def place(self, step: str, reason: str, *, before: str = "", after: str = "", author: str | None = None) -> "Study":
        """Move a step before or after another one, or pin it first of its floor; the laws of the order still hold.

        Raises EditRefused for a place that they forbid, naming why, and without a reason.

        >>> study = Study.new("template:mlp", metric="accuracy")
        >>> study.place("verify-data-leakage", "a reviewer asked").plan().steps[0].id
        'verify-data-leakage'
        """
        return self.apply(placement(self.value, step, reason, before=before, after=after, author=author))

    def changed(self, what: str, reason: str = "", author: str | None = None) -> "Study":
        """Put on record that something changed outside the plan, which makes the verdicts stale that rested on it.

        `what` is an element, or `data`, `architecture`, `evaluation`, `hardware` or `pipeline`. Raises EditRefused.
        """
        return self.apply(change_on_record(self.value, what, reason, author))

    def undo(self, row_id: str) -> "Study":
        """Take a decision or a row of evidence back. Raises EditRefused where there is none of that id.

        >>> study = Study.new("template:mlp").record(waive=["verify-determinism"], reason="one run only")
        >>> dict(study.undo("d-1").value.decisions)
        {}
        """
        return self.apply(taking_back(self.value, row_id))


def result_rows(
    study: StudyValue,
    results: Mapping[str, Mapping[str, float]],
    *,
    author: str | None = None,
    source: str = "recorded by a program",
) -> list[Evidence]:
    """Results (`run → metric → value`) as evidence that keeps each run's settings. Refuses unknown runs."""
    from ablator.core.errors import EditRefused
    from ablator.plan.planner import all_runs

    known = all_runs(study)
    strangers = sorted(r for r in results if r not in known)
    if strangers:
        mend = "use the run ids of `ablator plan --runs-csv`"
        raise EditRefused(f"the plan has no run {strangers[0]!r}", mend=mend)
    recorded = runs_on_record(study)
    return [
        beside(
            recorded.get(run),
            evidence_of(known[run], {k: float(v) for k, v in values.items()}, author=author, source=source),
            study.info.metric,
        )
        for run, values in sorted(results.items())
    ]


def matched(
    study: StudyValue, table: "Results", known: Mapping[str, Run], name: str
) -> tuple[list[Evidence], list[str]]:
    """The rows of a table, read from a file of this name, as evidence beside what is on record; and its runs that are
    not among the `known` ones."""
    metric, recorded = study.info.metric, runs_on_record(study)
    rows, strangers = [], []
    for row in table.rows:
        if row.run not in known:
            strangers.append(row.run)
            continue
        before = recorded.get(row.run)
        kept = bool(row.broken) and metric not in row.broken and before is not None and metric in before.metrics
        made = evidence_of(
            known[row.run],
            dict(row.metrics),
            state="done" if kept else row.state,
            seed=row.seed,
            source=f"{name}:{row.line}",
        )
        rows.append(beside(before, made, metric))
    return rows, strangers


def runs_on_record(study: StudyValue) -> dict[str, Evidence]:
    """Run → its result on record."""
    return {e.run: e for e in study.evidence.values() if e.kind == "result"}


def beside(before: Evidence | None, row: Evidence, metric: str) -> Evidence:
    """A new result of a run beside what is on record of it: metrics that it does not hold are kept.

    Without a value of the study's `metric` it changes neither the state of the run nor the settings it was made with.
    """
    import msgspec

    if before is None:
        return row
    if row.state != "done":
        return msgspec.structs.replace(row, id=before.id)
    joined = msgspec.structs.replace(row, id=before.id, metrics={**before.metrics, **row.metrics})
    if metric and metric not in row.metrics and (metric in before.metrics or before.state != "done"):
        return msgspec.structs.replace(joined, state=before.state, seed=before.seed, overrides=before.overrides)
    return joined


def evidence_of(
    run: Run,
    metrics: dict[str, float],
    *,
    state: Any = "done",
    seed: int | None = None,
    author: str | None = None,
    source: str = "",
) -> Evidence:
    """The result of one run of the plan: a value that is not finite makes it `diverged`."""
    import math

    finite = {k: v for k, v in metrics.items() if math.isfinite(v)}
    return Evidence(
        id=f"run-{run.run}",
        kind="result",
        run=run.run,
        metrics=finite,
        state="diverged" if state == "done" and len(finite) < len(metrics) else state,
        seed=run.seed if seed is None else seed,
        overrides=dict(run.overrides),
        author=author or author_name(),
        date=now(),
        source=source,
    )


def refuse_misfit(step: Step | None, verdict: str) -> None:
    """Raise EditRefused for a verdict about an idea on a step that only looks, repeats, tunes or scales."""
    from ablator.core.errors import EditRefused
    from ablator.plan.judged import ARCHITECTURE

    if step is None or verdict not in ARCHITECTURE or step.stage not in {"observe", "reach"}:
        return
    if step.action in {"verify", "repeat", "tune", "scale"}:
        raise EditRefused(
            f"{verdict!r} is a verdict on an idea, and {step.id} is a step of {step.stage}",
            mend="use fine, fixed, unlikely, undecided or inconclusive",
        )


def taking_back(study: StudyValue, row_id: str) -> Change:
    """The change that takes a decision or a row of evidence back."""
    from ablator.core.errors import EditRefused

    if row_id in study.decisions:
        return edits.undecide(study, row_id)
    if row_id in study.evidence:
        return edits.forget_evidence(study, [row_id])
    known = ", ".join(sorted(study.decisions)[-5:])
    mend = f"the latest decisions are {known}" if known else "no decision is on record"
    raise EditRefused(f"there is neither a decision nor evidence called {row_id!r}", mend=mend)


def adoption(
    study: StudyValue, arm: str, reason: str, author: str | None = None, plan: PlanValue | None = None
) -> Change:
    """The change that makes `STEP/ARM` the baseline, with its complete settings and what it takes out and puts in.

    `plan` is that of the study, where it is there already.
    """
    from ablator.core.errors import EditRefused
    from ablator.plan import planner
    from ablator.plan.types import speaks

    step_id, _, arm_id = arm.rpartition("/")
    plan = planner.plan(study) if plan is None else plan
    step = plan.step(step_id)
    found = next((x for x in step.arms if x.id == arm_id), None) if step else None
    if step is None or found is None or arm_id == "find-out":
        names = f"its arms are {', '.join(a.id for a in step.arms)}" if step else "`ablator plan` lists the steps"
        raise EditRefused(f"the plan has no arm {arm!r}", mend=f"write STEP/ARM; {names}")
    if arm_id != "base" and not speaks(arm_id):
        raise EditRefused(
            f"{arm} is there to compare with, and cannot become the baseline",
            mend="adopt the arm that takes the idea out or puts another in",
        )
    run = planner.all_runs(study).get(f"{arm}/s1")
    value = {
        "touches": sorted({step.element, *found.removes, *found.adds, *found.changes}),
        "removes": list(found.removes),
        "adds": list(found.adds),
        "overrides": dict(run.overrides if run else found.overrides),
    }
    gates = [g.state for g in plan.gates if g.stage == step.stage]
    if gates:
        value["gate"] = gates[0]
    if not (value["removes"] or value["adds"] or value["overrides"]):
        raise EditRefused(
            f"{arm} changes nothing of the baseline",
            mend="record its results instead: the best trial of a step that is fixed is the baseline from then on",
        )
    return edits.decide(
        study,
        Decision(
            id=edits.next_id(study, "decisions", "d"),
            kind="adopt",
            step=step_id,
            element=step.element,
            arm=arm_id,
            verdict=step.verdict if step.state == "done" else None,
            value=value,
            reason=reason,
            author=author or author_name(),
            date=moment(study),
        ),
    )


def placement(
    study: StudyValue,
    step: str,
    reason: str,
    *,
    before: str = "",
    after: str = "",
    author: str | None = None,
    plan: PlanValue | None = None,
) -> Change:
    """The change that moves a step, or pins it first of its floor where neither `before` nor `after` names a step."""
    from ablator.core.errors import EditRefused
    from ablator.plan import planner
    from ablator.plan.pins import value_of, why_not_placed

    if before and after:
        raise EditRefused("a step is moved before or after another, not both", mend="record one move, then the other")
    steps = {s.id: s for s in (planner.plan(study) if plan is None else plan).steps}
    where, other = ("before", before) if before else ("after", after) if after else ("first", "")
    for name in (step, other) if other else (step,):
        if name not in steps:
            raise EditRefused(f"the plan has no step {name!r}", mend="`ablator plan` lists the steps")
    stages = {k: s.stage for k, s in steps.items()}
    settled = {k for k, s in steps.items() if s.state in CLOSED}
    why = why_not_placed(step, where, other, stages, {k: s.after for k, s in steps.items()}, settled)
    if why is None and step in settled:
        why = f"{step} is settled"
    if why is not None:
        raise EditRefused(
            f"{step} cannot be moved there: {why}", mend="choose another place, or waive what it waits for"
        )
    return edits.decide(
        study,
        Decision(
            id=edits.next_id(study, "decisions", "d"),
            kind="move" if other else "pin",
            step=step,
            element=steps[step].element,
            value=value_of(where, other),
            reason=reason,
            author=author or author_name(),
            date=moment(study),
        ),
    )


def change_on_record(study: StudyValue, what: str, reason: str = "", author: str | None = None) -> Change:
    """The change that says that an element, the data, the model, the evaluation or the machine is not what it was."""
    from ablator.core.errors import EditRefused
    from ablator.plan.changes import CHANGED, EVENTS

    if what not in EVENTS and what not in study.elements:
        raise EditRefused(
            f"{what!r} is neither an element of the study nor a kind of change",
            mend=f"name an element, or one of {', '.join(EVENTS)}",
        )
    event = what in EVENTS and what not in study.elements
    row = Evidence(
        id=edits.next_id(study, "evidence", "changed"),
        kind="fact",
        name=CHANGED,
        element="" if event else what,
        value=what if event else None,
        status="added",
        source=author or author_name(),
        note=reason,
        author=author or author_name(),
        date=moment(study),
    )
    return edits.record_evidence(study, [row], label=f"Record that {EVENTS.get(what, what)} changed")


def decision(
    study: StudyValue,
    steps: Mapping[str, Step],
    step: str,
    kind: Any,
    reason: str,
    author: str | None = None,
    verdict: Any = None,
) -> Change:
    """A signed, dated verdict or waiver on a step. Raises EditRefused where the plan has no such step."""
    from ablator.core.errors import EditRefused

    if step not in steps:
        close = [s for s in steps if steps[s].element == step]
        mend = f"did you mean {close[0]}?" if close else "`ablator plan` lists the steps"
        raise EditRefused(f"the plan has no step {step!r}", mend=mend)
    return edits.decide(
        study,
        Decision(
            id=edits.next_id(study, "decisions", "d"),
            kind=kind,
            step=step,
            element=steps[step].element,
            verdict=verdict,
            reason=reason,
            author=author or author_name(),
            date=moment(study),
        ),
    )
