"""The command `run`: makes the runs that the plan asks for, on this machine or on Slurm."""

import argparse
import contextlib
import json
import math
import os
import shlex
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from ablator.cli import output
from ablator.core.errors import AblatorError, BadInput, one_line

if TYPE_CHECKING:
    from ablator.cli.books import Ending, Made, Rows
    from ablator.cli.driving import Driver, Engine, Making, Reader
    from ablator.runners.local import Job

LONGEST = 100_000
"""Characters of a command that are shown: it is never cut."""

SHOWN = 8
"""Steps for a person that are listed; `--json` has them all."""


def add_commands(commands: Any, shared: argparse.ArgumentParser) -> None:
    """The command `run`."""
    run = commands.add_parser(
        "run",
        parents=[shared],
        help="make the runs that are ready, record them, and plan again",
        description="Make the runs that the plan asks for. In the command {overrides} becomes the settings of a run; "
        "{overrides_json}, {seed}, {run}, {step}, {element} and {folder} may stand anywhere. No shell reads it. The "
        "metric is taken from the last line of the output that is a JSON object. Each run has a folder beside the "
        "study; the same command again goes on where it stopped.",
    )
    run.add_argument("study", metavar="STUDY")
    run.add_argument("--command", dest="template", metavar="TEMPLATE", help="what trains; else the study's own command")
    run.add_argument(
        "--checks",
        metavar="TEMPLATE",
        help="what answers for a person: exit 0 says fine; a last line "
        '{"verdict": …, "reason": …} says more, verdict null leaves it to a person',
    )
    run.add_argument(
        "--style", choices=("hydra", "argparse", "json", "env"), default="hydra", help="how settings are given"
    )
    run.add_argument(
        "--metric", metavar="NAME", help="the number that counts, where the study's metric has another name"
    )
    run.add_argument(
        "--results",
        metavar="PATH",
        help="where a run leaves its metric, seen from its folder: a file, a log or a store",
    )
    run.add_argument("--engine", choices=("local", "slurm"), default="local")
    run.add_argument("--jobs", type=_count, metavar="N", help="runs at a time")
    run.add_argument(
        "--devices", metavar="LIST", help="CUDA devices, one a run in turn: 0,1,2; several for a run: 0+1,2+3"
    )
    run.add_argument("--retries", type=_count0, default=0, metavar="N", help="times that a failed run is tried again")
    run.add_argument("--time-limit", type=_seconds, metavar="TIME", help="longest time of one run: 90s, 30m, 2h")
    run.add_argument("--auto", action="store_true", help="plan again and go on until nothing is left that can be run")
    run.add_argument(
        "--go-on", action="store_true", help="with --auto: go on past an idea that is better, and that nobody adopted"
    )
    run.add_argument("--max-runs", type=_count, metavar="N", help="start no more runs than that")
    run.add_argument("--runs", metavar="FOLDER", help="folder of the runs; NAME.runs beside the study")
    run.add_argument(
        "--sbatch", default="", metavar="OPTIONS", help="options for sbatch, such as '--partition=gpu --gres=gpu:1'"
    )
    run.add_argument("--cancel", action="store_true", help="cancel the jobs that wait or run on Slurm, and stop")
    run.add_argument("--dry-run", action="store_true", help="print what would be started")
    run.add_argument("--yes", action="store_true", help="run the command that stands in the study without asking")
    run.add_argument("--json", action="store_true")
    run.add_argument("--events", action="store_true", help=argparse.SUPPRESS)
    run.set_defaults(run=run_run)


def run_run(a: argparse.Namespace) -> int:
    """Make runs until nothing is left to start; 1 where every run failed, 130 where it was interrupted."""
    from ablator.cli.books import Books
    from ablator.cli.driving import Driver
    from ablator.runners.folders import only_driver

    if os.name != "posix":
        raise BadInput(
            "runs are made on Linux and macOS only", place="run", mend="export a script, and record its results"
        )
    books = Books(Path(a.study), keep=not a.events, told=_tell_rows if a.events else None)
    root = Path(a.runs) if a.runs else Path(a.study).with_suffix(".runs")
    if a.cancel:
        return _cancel(a, root)
    _take_metric(a, books)
    making = _making(a, books)
    engine = _engine(a, root)
    driver = Driver(books, root, engine, making, lambda made: _tell(made, a))
    if a.auto and sys.stderr is not None and sys.stderr.isatty() and not (a.quiet or a.json or a.events):
        driver.told_of = _tell_round
    if a.dry_run:
        return _dry(a, driver)
    _agree(a, making)
    with only_driver(root), _asked_to_end(driver):
        try:
            ending = driver.drive()
        except KeyboardInterrupt:
            left = "jobs on Slurm go on; " if a.engine == "slurm" else ""
            output.note(
                f"{output.counted(len(driver.made), 'run')} ended; {left}the same command again goes on from here",
                a.quiet,
            )
            raise
    _close(a, ending)
    return 1 if ending.ended == "failing" else 0


@contextlib.contextmanager
def _asked_to_end(driver: "Driver") -> Iterator[None]:
    """Let Ctrl-C and a polite end (SIGTERM) wait until no run is half started; twice, nothing is waited for."""

    def ask(number: int, frame: object) -> None:
        if driver.asked_to_end:
            raise KeyboardInterrupt
        driver.asked_to_end = True

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _take_metric(a: argparse.Namespace, books: Any) -> None:
    """A study without a metric takes the name that is given: no result could be read otherwise."""
    if a.metric and not books.study.value.info.metric:
        books.study = books.study.set("metric", a.metric)
        if books.keep and not a.dry_run:
            books.study = books.study.save()
            output.note(f"{a.study}: its metric is {a.metric} now", a.quiet)


def _making(a: argparse.Namespace, books: Any) -> "Making":
    from ablator.cli.driving import Making
    from ablator.runners.template import Template

    info = books.study.value.info
    template = Template.of(a.template if a.template is not None else info.command, a.style)
    if not template.takes_settings():
        raise BadInput(
            "the command has no place for the settings of a run",
            place="run --command",
            mend="write {overrides} where they belong, or take --style env",
        )
    if not template.has("seed"):
        output.note("the command has no {seed}: the program finds each run's seed in ABLATOR_SEED", a.quiet or a.events)
    return Making(
        command=template,
        read=reader(info.metric, a.metric or info.metric, a.results),
        checks=Template.of(a.checks) if a.checks else None,
        auto=a.auto,
        go_on=a.go_on,
        most=a.max_runs,
    )


def reader(metric: str, printed: str, results: str | None) -> "Reader":
    """Reads a run's metrics; the value called `printed` becomes the study's `metric`, and without names any counts."""

    def read(folder: Path) -> Mapping[str, float]:
        from ablator.runners.folders import OUT
        from ablator.runners.readings import last_object, metrics_of

        place = folder / (results or OUT)
        found = metrics_of(last_object(place), printed) if place.is_file() else {}
        if not found or (printed and printed not in found):
            found = {**_from_log(place if results else folder, printed, folder), **found}
        if not found or (printed and printed not in found):
            there = f"; it has {', '.join(list(found)[:5])}" if found else ""
            raise BadInput(f"it left no value of {printed or 'a metric'}{one_line(there, 200)}", place=str(place))
        if printed and printed != metric and metric:
            found[metric] = found.pop(printed)
        return found

    return read


def _from_log(place: Path, metric: str, folder: Path) -> dict[str, float]:
    """The metrics of a log or a store, with the readers that `record` has; empty where they find none."""
    from ablator.importers.results_csv import has_runs, read_results_csv
    from ablator.importers.results_log import read_results_log

    run = "/".join(folder.parts[-3:])
    files = [place]
    inside = place.is_relative_to(folder)
    if place == folder:
        own = {"state.json", "overrides.json", "exit", "lock", "starts.txt"}
        files = [
            p for p in sorted(place.iterdir()) if p.name not in own and not p.name.startswith(("old-", ".", "stderr"))
        ]
    for file in files:
        try:
            if not inside and file.suffix.lower() in {".csv", ".tsv"} and has_runs(file):
                rows = tuple(row for row in read_results_csv(file, metric).rows if row.run == run)
            else:
                rows = read_results_log(file, metric, {run: _settings(folder)}, run if inside else "").rows
        except AblatorError:
            continue
        for row in rows:
            if row.metrics or row.broken:
                return {**row.metrics, **dict.fromkeys(row.broken, math.nan)}
    return {}


def _settings(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / "overrides.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _engine(a: argparse.Namespace, root: Path) -> "Engine":
    devices = [d for d in (a.devices or "").split(",") if d]
    if a.engine == "slurm":
        from ablator.runners.batch import Slurm

        return Slurm(root, a.jobs, shlex.split(a.sbatch), a.retries, a.time_limit)
    from ablator.runners.local import Local

    return Local(root, a.jobs or max(len(devices), 1), devices, a.retries, a.time_limit)


def _cancel(a: argparse.Namespace, root: Path) -> int:
    from ablator.runners.batch import Slurm
    from ablator.runners.folders import only_driver

    with only_driver(root):
        count = Slurm(root, None, (), 0, None).cancel()
    output.note(f"{output.counted(count, 'job')} cancelled", a.quiet)
    return 0


def _agree(a: argparse.Namespace, making: "Making") -> None:
    """A command that came with the study is shown in full, and runs only after a yes. Raises BadInput without one."""
    if a.template is not None or a.yes:
        return
    words = one_line(shlex.join(making.command.parts), LONGEST)
    if sys.stderr is not None:
        print(f"The study holds this command:\n  {words}", file=sys.stderr)
    if sys.stdin is not None and sys.stdin.isatty():
        print("Run it? [y/N] ", file=sys.stderr, end="", flush=True)
        if sys.stdin.readline().strip().lower() in {"y", "yes"}:
            return
    raise BadInput(
        "the command that stands in the study runs only after a yes", place="run", mend="add --yes once you trust it"
    )


def _dry(a: argparse.Namespace, driver: "Driver") -> int:
    jobs = driver.jobs()
    rows = [_row(j) for j in jobs]
    if a.json:
        output.write_json({"runs": rows})
        return 0
    if not a.quiet:
        output.write("\n".join(f"{r['run']}: {one_line(r['command'], LONGEST)}" for r in rows) or "no run is ready")
    return 0


def _row(job: "Job") -> dict[str, Any]:
    return {
        "run": job.run,
        "step": job.step,
        "seed": job.seed,
        "overrides": dict(job.overrides),
        "command": shlex.join(job.words),
    }


def _tell_rows(rows: "Rows") -> None:
    output.write(msgspec.json.encode({"rows": rows}).decode())


def _tell(made: "Made", a: argparse.Namespace) -> None:
    """Progress: a line a run, to a terminal; as JSON for a program that follows."""
    if a.events:
        line = msgspec.json.encode({"made": made}).decode()
        output.write(line)
        return
    if a.quiet or a.json or sys.stderr is None or not sys.stderr.isatty():
        return
    values = ", ".join(f"{k} {v:.5g}" for k, v in list(made.metrics.items())[:2])
    output.note(f"{made.run}: {made.state}{' ' + values if values else ''}{': ' + made.note if made.note else ''}")


def _tell_round(lines: Sequence[str]) -> None:
    for line in lines:
        output.note(line)


def _close(a: argparse.Namespace, ending: "Ending") -> None:
    if a.events:
        output.write(json.dumps({"ended": ending.ended, "sentence": ending.sentence}))
        return
    if a.json:
        output.write_json(ending)
        return
    failed = [m for m in ending.runs if m.state != "done"]
    done = len(ending.runs) - len(failed)
    if not a.quiet:
        checks = output.counted(len(ending.verdicts), "check")
        said = [*ending.found, f"{output.counted(done, 'run')} done, {len(failed)} failed, {checks} answered"]
        output.write("\n".join(one_line(line) for line in [*said, f"{a.study}: {ending.sentence}"]))
    for made in failed[:SHOWN]:
        output.note(f"  {made.run}: {made.state}: {made.note}", a.quiet)
    for person in ending.people[:SHOWN]:
        output.note(f"  {person.step}: {person.why}", a.quiet)
    if len(ending.people) > SHOWN:
        output.note(f"  … and {len(ending.people) - SHOWN} more; `ablator next {a.study}` lists them", a.quiet)
    if ending.people and not ending.better:
        output.note(f"record what you see: ablator record {a.study} --verdict STEP=fine --reason TEXT", a.quiet)


def _count(text: str) -> int:
    return _at_least(text, 1)


def _count0(text: str) -> int:
    return _at_least(text, 0)


def _at_least(text: str, least: int) -> int:
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if not least <= number <= 100_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {least} on")
    return number


def _seconds(text: str) -> float:
    """Seconds of `90`, `90s`, `30m`, `2h`, `1d`."""
    units = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
    unit = units.get(text[-1:].lower())
    try:
        number = float(text[:-1] if unit else text) * (unit or 1.0)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no time such as 90s, 30m or 2h")
    return number
