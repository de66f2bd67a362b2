"""Commands that build a study: `new`, and `set` for its settings."""

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ablator.cli import output
from ablator.core.errors import AblatorError, BadInput, EditRefused, ForeignFile

if TYPE_CHECKING:
    from ablator.importers.build import Built


def add_commands(commands: Any, shared: argparse.ArgumentParser) -> None:
    """`new` and `set`."""
    new = commands.add_parser(
        "new",
        parents=[shared],
        help="build a study from a model, settings and logs on disk",
        description="Build a study from what you have on disk: a model's config.json, ideas.json, "
        "training settings, training logs, a graph (GraphML, node-link JSON, CSV of elements and relations), "
        "a folder holding them, or template:NAME.",
    )
    new.add_argument("sources", nargs="+", metavar="SOURCE", help="file, folder, FILE#EXPERIMENT or template:NAME")
    new.add_argument("-o", "--output", required=True, metavar="STUDY", help="the .ablation file to write")
    new.add_argument("--force", action="store_true", help="replace a study that is already there")
    new.add_argument("--name", help="name of the study")
    new.add_argument("--metric", help="name of the metric, as the results carry it")
    new.add_argument("--goal", choices=("min", "max"), help="whether a better model has less or more of it")
    new.add_argument("--baseline", type=_number, help="value of the metric today")
    new.add_argument("--target", type=_number, help="value that would end the frustration")
    new.add_argument(
        "--effect", type=_amount, help="smallest effect worth caring about: metric units, or 1.5%% of the baseline"
    )
    new.add_argument("--noise", type=_amount, help="standard deviation between seeds: metric units, or a percentage")
    new.add_argument("--hours-per-run", type=_positive, help="hours of one full training run")
    new.add_argument("--budget", type=_number, help="hours that may be spent")
    new.add_argument(
        "--symptom", action="append", default=[], metavar="ID", help="a symptom that you see; may be repeated"
    )
    new.add_argument(
        "--map",
        dest="columns",
        action="append",
        default=[],
        type=_mapped,
        metavar="COLUMN=FIELD",
        help="what a column of a table stands for: id, name, lane, kind, …; source, target, … of a relation",
    )
    new.add_argument("--json", action="store_true", help="print what was recognised as one JSON document")
    new.set_defaults(run=run_new)

    change = commands.add_parser("set", parents=[shared], help="print or change one setting of a study")
    change.add_argument("study", metavar="STUDY")
    change.add_argument(
        "key", metavar="KEY", help="name, metric, goal, baseline, target, effect, noise, budget, epsilon, …"
    )
    change.add_argument("value", nargs="?", metavar="VALUE", help="the new value; left out, the present one is printed")
    change.add_argument("--hold", type=float, default=0.0, metavar="SECONDS", help=argparse.SUPPRESS)
    change.add_argument("--json", action="store_true")
    change.set_defaults(run=run_set)


def run_new(a: argparse.Namespace) -> int:
    """Build the study and write it; nothing is written when any source is refused."""
    from ablator.core.edits import mend_of_info
    from ablator.core.limits import INFO_LIMITS, why_not_info
    from ablator.files.study_file import save_study
    from ablator.importers.build import Options, study_from_files

    if a.output == "-":
        raise BadInput("a study needs a file", place="new --output", mend="name a file that ends in .ablation")
    target = Path(a.output)
    if target.is_dir():
        raise BadInput("this is a folder", place=str(target), mend="name a file that ends in .ablation")
    if target.exists() and not a.force and not target.is_file():
        raise BadInput("this is no ordinary file", place=str(target), mend="name another file")
    if target.exists() and not a.force:
        _refuse_work(target)
    for key in INFO_LIMITS:
        reason = why_not_info(key, getattr(a, key, None))
        if reason:
            raise BadInput(reason, place=f"new --{key.replace('_', '-')}", mend=mend_of_info(key))
    options = Options(
        name=a.name or "",
        metric=a.metric or "",
        goal=a.goal,
        baseline=a.baseline,
        target=a.target,
        effect=a.effect,
        noise=a.noise,
        hours_per_run=a.hours_per_run,
        budget=a.budget,
        symptoms=tuple(a.symptom),
        columns=tuple(a.columns),
    )
    built = study_from_files(a.sources, options)
    for problem in built.problems:
        if not (built.readings and isinstance(problem, ForeignFile)):
            raise _nothing_written(problem, target)
        output.note(f"left out: {problem}", a.quiet)
    save_study(built.study, target)
    if a.json:
        output.write_json({"study": str(target), "readings": built.readings})
        return 0
    ideas = sum(e.kind == "idea" and e.present is True for e in built.study.elements.values())
    _tell(built, a.quiet)
    for line in (*([] if a.metric else metric_taken(built)), *lacking(built)):
        output.note(line, a.quiet)
    output.note(f"{target}: {ideas} ideas, {len(built.study.elements)} elements", a.quiet)
    output.note(f"see what it shows with `ablator show {target}`, what to do with `ablator plan {target}`", a.quiet)
    return 0


def _tell(built: "Built", quiet: bool) -> None:
    """What each artefact is, what of it was left aside or stays open, and what contradicts what."""
    for r in built.readings:
        output.note(f"{r.file}: {r.format}", quiet)
        aside = r.unknown if r.role == "folder" else tuple(u for u in r.unknown if u.startswith("other "))
        for line in aside:
            output.note(f"  not read: {line}", quiet)
        if r.role != "folder":
            for line in output.unknown_lines([u for u in r.unknown if u not in aside]):
                output.note(f"  not known: {line}", quiet)
    for line in (c for r in built.readings for c in r.contradictions):
        output.note(f"  contradiction: {line}", quiet)
    for line in built.told:
        output.note(f"  {line}", quiet)


def metric_taken(built: "Built") -> list[str]:
    """Which metric the files made the study's, which way is better and where it stands, and what else there was."""
    info = built.study.info
    if not info.metric or not built.readings:
        return []
    stands = "" if info.baseline is None else f", at {info.baseline:.6g}"
    way = "less" if info.goal == "min" else "more"
    others = [line for line in info.unknown if line.startswith("which metric counts")]
    return [
        f"metric: {info.metric}, {way} is better{stands}",
        *(f"  not known: {o}; choose by --metric" for o in others),
    ]


def lacking(built: "Built") -> list[str]:
    """What was not handed in and would make the plan sharper, in a line, and what the metric could be."""
    if built.readings and all(r.graph is not None for r in built.readings):
        return []
    roles = {r.role for r in built.readings}
    logged = any(r.log is not None or r.trials for r in built.readings)
    log = "trainer_state.json, TensorBoard events or a CSV"
    told = any(r.settings or (r.role == "settings" and r.found) for r in built.readings)
    lines = []
    if not logged and not told:
        lines.append(
            f"no training log and no settings: hand in {log} to tell the suspects apart, "
            "and training_args.json, YAML or the command line to know what was set"
        )
    elif not logged:
        lines.append(f"no training log: hand in {log} to tell the suspects apart")
    elif not told:
        lines.append(
            "no training settings: hand in training_args.json, YAML or the command line, so that the plan knows "
            "what was set and what to vary"
        )
    if "model" not in roles:
        lines.append("no model: hand in its config.json, so that the plan asks about its own ideas")
    metric = built.study.info.metric
    seen = sorted({f.fact[5:] for r in built.readings for f in r.found if f.fact.startswith("last.")})
    if not metric:
        names = f"; the log holds {', '.join(seen[:8])}" if seen else ""
        lines.append(f"no metric: say with --metric what a better model has more or less of{names}")
    elif seen and built.study.info.baseline is None:
        lines.append(f"the log has no {metric}; it holds {', '.join(seen[:8])}")
    return lines


def _refuse_work(target: Path) -> None:
    """What is there is never replaced unasked, but for an empty file."""
    from ablator.files.study_file import open_study

    if target.stat().st_size == 0:
        return
    try:
        open_study(target)
        what = "this study is there already"
    except AblatorError:
        what = "this is another file, and no study"
    raise BadInput(what, place=str(target), mend="write to another file, or say --force to replace it")


def _nothing_written(problem: AblatorError, target: Path) -> AblatorError:
    """The problem, which also says that the study of an earlier time is still what it was."""
    if not target.exists():
        return problem
    mend = f"{problem.mend}; {target} is left as it was" if problem.mend else f"{target} is left as it was"
    return type(problem)(problem.what, place=problem.place, mend=mend)


def run_set(a: argparse.Namespace) -> int:
    """Print one setting, or change it in place and save durably."""
    from ablator.core import edits
    from ablator.files.study_file import open_study, save_study

    study, file_hash = open_study(Path(a.study))
    key = a.key if a.key.startswith(edits.OWN) else a.key.replace("-", "_")
    if a.value is None:
        value = edits.info_value(study, key)
        if a.json:
            output.write_json({"key": key, "value": value})
            return 0
        output.write("" if value is None else value if isinstance(value, str) else f"{value}")
        return 0
    try:
        change = edits.set_info(study, key, a.value)
    except EditRefused as wrong:
        raise EditRefused(wrong.what, place=a.study, mend=wrong.mend) from None
    if a.hold:
        time.sleep(a.hold)  # leaves others time to write, for tests of what happens then
    changed = change.apply(study)
    save_study(changed, Path(a.study), expected_hash=file_hash)
    if a.json:
        output.write_json({"key": key, "value": edits.info_value(changed, key)})
    return 0


def _mapped(text: str) -> tuple[str, str]:
    column, _, field = text.rpartition("=")
    if not column or not field:
        raise argparse.ArgumentTypeError(f"{text!r} is not COLUMN=FIELD")
    return column, field


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number") from None
    if value != value or value in (float("inf"), float("-inf")):
        raise argparse.ArgumentTypeError(f"{text!r} is not finite")
    return value


def _positive(text: str) -> float:
    value = _number(text)
    if value <= 0:
        raise argparse.ArgumentTypeError("must be above 0")
    return value


def _amount(text: str) -> float | str:
    """A number in metric units, or `1.5%` kept as text."""
    if text.strip().endswith("%"):
        _number(text.strip()[:-1])
        return text.strip()
    return _number(text)
