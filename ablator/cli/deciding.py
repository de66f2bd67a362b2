"""Commands that put something on record: `record` and `adopt`."""

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ablator.cli import output
from ablator.cli.found import followed
from ablator.core.errors import BadInput, one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ablator.api import Study
    from ablator.core.elements import Evidence, Json
    from ablator.importers.results_csv import Results
    from ablator.plan.types import Run


def add_commands(commands: Any, shared: argparse.ArgumentParser) -> None:
    """`record` and `adopt`."""
    record = commands.add_parser(
        "record",
        parents=[shared],
        help="take in results, a verdict, a waiver, a place or a change",
        description="Take in results (a CSV with a `run` column and metric columns, trainer_state.json, TensorBoard, "
        "W&B, MLflow, Optuna and other logs), verdicts, waivers, "
        "places of one's own, and changes from outside the plan.",
    )
    record.add_argument("study", metavar="STUDY")
    record.add_argument(
        "results",
        nargs="*",
        metavar="RESULTS",
        help="CSV files with the columns run and the metrics; logs and folders whose path names the run, or RUN=PATH",
    )
    record.add_argument(
        "--verdict",
        action="append",
        default=[],
        metavar="STEP=VERDICT",
        help="fine (nothing is wrong) or fixed (it was wrong, and is put right); on ideas critical, replaceable, "
        "redundant or harmful; unlikely where too little doubt is left; undecided and inconclusive keep the step open",
    )
    record.add_argument("--waive", action="append", default=[], metavar="STEP", help="pass over a step, with --reason")
    record.add_argument("--pin", metavar="STEP", help="let a step stand first of its floor, with --reason")
    record.add_argument("--move", metavar="STEP", help="let a step stand --before or --after another, with --reason")
    record.add_argument("--before", default="", metavar="STEP", help="where --move puts it")
    record.add_argument("--after", default="", metavar="STEP", help="where --move puts it")
    record.add_argument(
        "--changed",
        action="append",
        default=[],
        metavar="WHAT",
        help="something changed outside the plan: data, architecture, evaluation, hardware, pipeline, or an element; "
        "verdicts that rested on it go stale",
    )
    record.add_argument("--reason", default="", help="why; a waiver, a pin and a move must have one")
    record.add_argument("--undo", action="append", default=[], metavar="ID", help="take a decision or evidence back")
    record.add_argument("--json", action="store_true")
    record.set_defaults(run=run_record)

    adopt = commands.add_parser("adopt", parents=[shared], help="make a winning arm the baseline")
    adopt.add_argument("study", metavar="STUDY")
    adopt.add_argument("arm", metavar="ARM", help="STEP/ARM as `ablator plan` names it")
    adopt.add_argument("--reason", required=True)
    adopt.add_argument("--json", action="store_true")
    adopt.set_defaults(run=run_adopt)


def run_record(a: argparse.Namespace) -> int:
    """Everything in one save, or nothing: what can fail, the plan for the closing words included, comes before it."""
    from ablator.api import Study

    if not (a.results or a.verdict or a.waive or a.undo or a.pin or a.move or a.changed):
        raise BadInput(
            "nothing to record",
            place="record",
            mend="give results, --verdict, --waive, --pin, --move, --changed or --undo",
        )
    if bool(a.move) != bool(a.before or a.after):
        raise BadInput("a move has a step and a place", place="record --move", mend="add --before STEP or --after STEP")
    verdicts = _verdicts(a.verdict, a.waive)
    study = Study.open(a.study)
    before = study.plan().steps
    known, held = set(study.value.decisions), study.value.evidence
    for key in a.undo:
        study = study.undo(key)
    study = study.record(verdicts=verdicts, waive=a.waive, reason=a.reason)
    was_stale = {s.id for s in before if s.state == "stale"}
    study, words = _placed(study, a)
    for path in a.results:
        study, said = _results(study, path)
        words += said
    for key in sorted(set(study.value.decisions) - known):
        d = study.value.decisions[key]
        word = {"pin": "pinned", "move": "moved"}.get(d.kind, d.verdict or "waived")
        words.append(f"{key}: {d.step} {word} (take it back with --undo {key})")
    after = study.plan().steps
    words += followed(before, after)
    again = [s.id for s in after if s.state == "stale" and s.id not in was_stale]
    if again:
        words.append(f"again open: {', '.join(again)}")
    study.save()
    if a.json:
        made = [e.run for k, e in sorted(study.value.evidence.items()) if e.run and e is not held.get(k)]
        fresh = sorted(set(study.value.decisions) - known)
        output.write_json({"runs": made, "decisions": fresh, "reopened": again, "notes": words})
        return 0
    for line in words:
        output.note(line, a.quiet)
    return 0


def _placed(study: "Study", a: argparse.Namespace) -> tuple["Study", list[str]]:
    """The study with what changed outside the plan, pins and moves on record, and what to say of the changes."""
    words = []
    for what in a.changed:
        rows = set(study.value.evidence)
        study = study.changed(what, a.reason)
        made = next(k for k in study.value.evidence if k not in rows)
        words.append(f"{made}: {what} changed (take it back with --undo {made})")
    if a.pin:
        study = study.place(a.pin, a.reason)
    if a.move:
        study = study.place(a.move, a.reason, before=a.before, after=a.after)
    return study, words


def _verdicts(given: Sequence[str], waived: Sequence[str]) -> dict[str, str]:
    """Step → verdict. Raises BadInput for what is no STEP=VERDICT, and for a step that is decided twice."""
    out: dict[str, str] = {}
    for word in given:
        step, equals, verdict = word.rpartition("=")
        if not equals or not step:
            raise BadInput(
                f"{word!r} is not STEP=VERDICT", place="record --verdict", mend="write it as verify-loss-at-init=fine"
            )
        if step in out:
            raise BadInput(f"{step} gets two verdicts", place="record --verdict", mend="give one verdict a step")
        out[step] = verdict
    for number, step in enumerate(waived):
        if step in out or step in waived[:number]:
            what = f"{step} gets a verdict and is waived" if step in out else f"{step} is waived twice"
            raise BadInput(what, place="record --waive", mend="decide on a step once")
    return out


def _results(study: "Study", source: str) -> tuple["Study", list[str]]:
    """Results from a table or a log, and what to say of it; runs that the plan does not know are named and left out.

    `source` is a path, or `RUN=PATH` where the path does not say whose log it is.
    """
    from ablator.plan.planner import all_runs

    metric = study.value.info.metric
    known = all_runs(study.value)
    run, _, rest = source.partition("=")
    path, run = (Path(rest), run) if rest and run in known else (Path(source), "")
    table = _table(path, run, metric, {key: r.overrides for key, r in known.items()})
    said = [f"{path}: {line}" for line in table.notes]
    rows, strangers = evidence_in(study, table, known, path.name)
    if strangers and not rows:
        screened = all(re.fullmatch(r"(screen[/-].*|r\d+)", name) for name in strangers)
        raise BadInput(
            f"none of its {len(strangers)} runs is in the plan, the first is {strangers[0]!r}",
            place=str(path),
            mend=f"read a screening design's results with `ablator screen STUDY --results {path}`"
            if screened
            else "use the run ids of `ablator plan --runs-csv`",
        )
    said += [f"{path}: {name} is no run of the plan; left out" for name in strangers[:5]]
    if len(strangers) > 5:
        said.append(f"{path}: and {len(strangers) - 5} more that are no runs of the plan")
    if not rows:
        said.append(f"{path}: no row has a value yet; fill in {metric or 'the metric'} and record it again")
        return study, said
    found = sorted({m for r in table.rows for m in r.metrics})
    if metric and found and metric not in found:
        said.append(
            f"{path}: it has no value of {metric}, the study's metric, but of {', '.join(found[:5])}: "
            f"they are kept, and the runs still wait for {metric}"
        )
    elif not metric and len(found) > 1:
        said.append(
            f"{path}: it holds {', '.join(found[:5])}, and the study names no metric: "
            f"`ablator set STUDY metric {found[0]}` says which one counts"
        )
    said.append(f"{path}: {len(rows)} {'result' if len(rows) == 1 else 'results'} taken in")
    return study.recorded(rows, label=f"Record {path.name}"), said


def evidence_in(
    study: "Study", table: "Results", known: "Mapping[str, Run]", name: str
) -> tuple[list["Evidence"], list[str]]:
    """The rows of a table as evidence beside what is on record, and its runs that the plan does not know."""
    from ablator.api import matched

    return matched(study.value, table, known, name)


def _table(path: Path, run: str, metric: str, planned: "Mapping[str, Mapping[str, Json]]") -> "Results":
    """A table of runs as it stands, or the results that a log, a search or a folder of them tells."""
    from ablator.importers.results_csv import has_runs, read_results_csv
    from ablator.importers.results_log import read_results_log

    if not run and has_runs(path):
        return read_results_csv(path, metric)
    return read_results_log(path, metric, planned, run)


def run_adopt(a: argparse.Namespace) -> int:
    """Put on record that an arm is the baseline from now on; what it re-opens follows from the relations."""
    from ablator.api import Study
    from ablator.plan.standing import order_of

    study = Study.open(a.study)
    before = {s.id for s in study.plan().steps if s.state == "stale"}
    study = study.adopt(a.arm, a.reason)
    again = [s.id for s in study.plan().steps if s.state == "stale" and s.id not in before]
    study.save()
    last = max((d for d in study.value.decisions.values() if d.kind == "adopt"), key=order_of)
    doubts = [f for f in study.plan().value.findings if f.place == f"decisions/{last.id}"]
    if a.json:
        output.write_json({"arm": a.arm, "reopened": again, "findings": doubts})
        return 0
    words = f"; again open: {', '.join(again)}" if again else ""
    output.note(f"{a.arm} is the baseline now{words}", a.quiet)
    for doubt in doubts:
        output.note(one_line(f"{doubt.code}: {doubt.sentence}; {doubt.mend}"), a.quiet)
    return 0
