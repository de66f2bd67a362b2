"""Commands that put something on record: `record` and `adopt`."""

import argparse
from pathlib import Path
from typing import Any

from ablator.cli import output
from ablator.core.errors import BadInput, EditRefused


def add_commands(commands: Any, shared: argparse.ArgumentParser) -> None:
    """`record` and `adopt`."""
    record = commands.add_parser(
        "record",
        parents=[shared],
        help="take in results, a verdict or a waiver",
        description="Take in results (a CSV with a `run` column and metric columns), verdicts and waivers.",
    )
    record.add_argument("study", metavar="STUDY")
    record.add_argument("results", nargs="*", metavar="RESULTS", help="CSV files with the columns run and the metrics")
    record.add_argument("--verdict", action="append", default=[], metavar="STEP=VERDICT")
    record.add_argument("--waive", action="append", default=[], metavar="STEP")
    record.add_argument("--reason", default="", help="why; a waiver must have one")
    record.add_argument("--undo", action="append", default=[], metavar="ID", help="take a decision or evidence back")
    record.set_defaults(run=run_record)

    adopt = commands.add_parser("adopt", parents=[shared], help="make a winning arm the baseline")
    adopt.add_argument("study", metavar="STUDY")
    adopt.add_argument("arm", metavar="ARM", help="STEP/ARM as `ablator plan` names it")
    adopt.add_argument("--reason", required=True)
    adopt.set_defaults(run=run_adopt)


def run_record(a: argparse.Namespace) -> int:
    """Everything in one save, or nothing."""
    from ablator.api import Study
    from ablator.core import edits

    if not (a.results or a.verdict or a.waive or a.undo):
        raise BadInput("nothing to record", place="record", mend="give results, --verdict, --waive or --undo")
    study = Study.open(a.study)
    for key in a.undo:
        if key in study.value.decisions:
            study = study.apply(edits.undecide(study.value, key))
        elif key in study.value.evidence:
            study = study.apply(edits.forget_evidence(study.value, [key]))
        else:
            raise EditRefused(
                f"there is neither a decision nor evidence called {key!r}",
                place="record --undo",
                mend="the study file lists their ids",
            )
    verdicts: dict[str, str] = {}
    for word in a.verdict:
        step, equals, verdict = word.rpartition("=")
        if not equals or not step:
            raise BadInput(
                f"{word!r} is not STEP=VERDICT", place="record --verdict", mend="write it as verify-loss-at-init=fine"
            )
        verdicts[step] = verdict
    study = study.record(verdicts=verdicts, waive=a.waive, reason=a.reason)
    for path in a.results:
        study = _results(study, Path(path), a.quiet)
    study.save()
    return 0


def _results(study: Any, path: Path, quiet: bool) -> Any:
    """Results from a table; rows whose run the plan does not know are named and left out."""
    from ablator.api import author_name, now
    from ablator.core import edits
    from ablator.core.elements import Evidence
    from ablator.importers.results_csv import read_results_csv

    table = read_results_csv(path)
    known = {r.run for r in study.plan().runs} | {e.run for e in study.value.evidence.values()}
    rows, strangers = [], []
    for row in table.rows:
        if row.run not in known:
            strangers.append(row.run)
            continue
        rows.append(
            Evidence(
                id=f"run-{row.run}",
                kind="result",
                run=row.run,
                metrics=dict(row.metrics),
                seed=row.seed,
                state=row.state,
                source=f"{path.name}:{row.line}",
                author=author_name(),
                date=now(),
            )
        )
    if strangers and not rows:
        raise BadInput(
            f"none of its {len(strangers)} runs is in the plan, the first is {strangers[0]!r}",
            place=str(path),
            mend="use the run ids of `ablator plan --runs-csv`",
        )
    for name in strangers[:5]:
        output.note(f"{path}: {name} is no run of the plan; left out", quiet)
    if len(strangers) > 5:
        output.note(f"{path}: and {len(strangers) - 5} more that are no runs of the plan", quiet)
    output.note(f"{path}: {len(rows)} results taken in", quiet)
    return study.apply(edits.record_evidence(study.value, rows, label=f"Record {path.name}"))


def run_adopt(a: argparse.Namespace) -> int:
    """Put on record that an arm is the baseline from now on; what it re-opens follows from the relations."""
    from ablator.api import Study, author_name, now
    from ablator.core import edits
    from ablator.core.elements import Decision

    study = Study.open(a.study)
    step_id, _, arm_id = a.arm.rpartition("/")
    step = study.plan().value.step(step_id)
    arm = next((x for x in step.arms if x.id == arm_id), None) if step else None
    if step is None or arm is None:
        raise EditRefused(
            f"the plan has no arm {a.arm!r}", place="adopt", mend="`ablator plan --json` lists STEP and arms"
        )
    touched = sorted({step.element, *arm.removes, *arm.adds, *arm.changes})
    change = edits.decide(
        study.value,
        Decision(
            id=edits.next_id(study.value, "decisions", "d"),
            kind="adopt",
            step=step_id,
            element=step.element,
            arm=arm_id,
            value=touched,
            reason=a.reason,
            author=author_name(),
            date=now(),
        ),
    )
    study.apply(change).save()
    return 0
