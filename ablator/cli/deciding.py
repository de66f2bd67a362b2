"""Commands that put something on record: `record` and `adopt`."""

import argparse
from pathlib import Path
from typing import Any

from ablator.cli import output
from ablator.core.errors import BadInput


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
    record.add_argument(
        "--verdict",
        action="append",
        default=[],
        metavar="STEP=VERDICT",
        help="fine (nothing is wrong) or fixed (it was wrong, and is put right); on ideas critical, replaceable, "
        "redundant or harmful; undecided and inconclusive keep the step open",
    )
    record.add_argument("--waive", action="append", default=[], metavar="STEP", help="pass over a step, with --reason")
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

    if not (a.results or a.verdict or a.waive or a.undo):
        raise BadInput("nothing to record", place="record", mend="give results, --verdict, --waive or --undo")
    study = Study.open(a.study)
    before = {s.id: (s.state, s.verdict) for s in study.plan().steps}
    known = set(study.value.decisions)
    for key in a.undo:
        study = study.undo(key)
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
    for key in sorted(set(study.value.decisions) - known):
        d = study.value.decisions[key]
        output.note(f"{key}: {d.step} {d.verdict or 'waived'} (take it back with --undo {key})", a.quiet)
    if not a.quiet:
        for s in study.plan().steps:
            if (s.state, s.verdict) != before.get(s.id) and s.verdict and s.reason.startswith("measured"):
                output.note(f"{s.id}: {s.verdict}; {s.reason}")
            gains = [(m.effect.low, m.id) for m in s.arms if m.effect is not None and m.effect.low > 0]
            if (s.state, s.verdict) != before.get(s.id) and s.verdict and gains:
                output.note(
                    f"{s.id}: to go on from the better arm: ablator adopt STUDY {s.id}/{max(gains)[1]} --reason …"
                )
    return 0


def _results(study: Any, path: Path, quiet: bool) -> Any:
    """Results from a table; rows whose run the plan does not know are named and left out."""
    from ablator.api import evidence_of
    from ablator.importers.results_csv import read_results_csv
    from ablator.plan.planner import all_runs

    table = read_results_csv(path)
    known = all_runs(study.value)
    rows, strangers = [], []
    for row in table.rows:
        if row.run not in known:
            strangers.append(row.run)
            continue
        source = f"{path.name}:{row.line}"
        rows.append(evidence_of(known[row.run], dict(row.metrics), state=row.state, seed=row.seed, source=source))
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
    metric = study.value.info.metric
    if metric and rows and not any(metric in r.metrics for r in rows if r.metrics):
        found = sorted({m for r in rows for m in r.metrics})
        if found:
            output.note(f"{path}: it has no column {metric}, the study's metric, but {', '.join(found[:5])}", quiet)
    if not rows:
        output.note(f"{path}: no row has a value yet; fill in {metric or 'the metric'} and record it again", quiet)
        return study
    output.note(f"{path}: {len(rows)} {'result' if len(rows) == 1 else 'results'} taken in", quiet)
    return study.recorded(rows, label=f"Record {path.name}")


def run_adopt(a: argparse.Namespace) -> int:
    """Put on record that an arm is the baseline from now on; what it re-opens follows from the relations."""
    from ablator.api import Study

    study = Study.open(a.study)
    before = {s.id for s in study.plan().steps if s.state == "stale"}
    study = study.adopt(a.arm, a.reason)
    study.save()
    again = [s.id for s in study.plan().steps if s.state == "stale" and s.id not in before]
    words = f"; again open: {', '.join(again)}" if again else ""
    output.note(f"{a.arm} is the baseline now{words}", a.quiet)
    return 0
