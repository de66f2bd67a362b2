"""The command that screens many ideas in few runs: `screen` makes a design, verifies one, and reads its results."""

import argparse
import csv
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from ablator.cli import output
from ablator.core.errors import AblatorError, BadInput
from ablator.core.study import Study

if TYPE_CHECKING:
    from ablator.plan.screening import Model, Screen
    from ablator.plan.screening_check import Checked
    from ablator.plan.screening_fit import Fit


def add_commands(commands: Any, shared: argparse.ArgumentParser) -> None:
    """`screen`."""
    command = commands.add_parser(
        "screen",
        parents=[shared],
        help="judge many ideas in few runs: make a design, verify one, or read its results",
        description="A D-optimal design over the models that can be built: each run takes several ideas out at once. "
        "With --verify it judges a design that somebody made (a row a run, a column an idea; 1/0, on/off or +/-), with "
        "--results it estimates every effect with its 95 % interval.",
    )
    command.add_argument("study", metavar="STUDY")
    command.add_argument("--runs", type=int, metavar="N", help="runs of the design; default: what the power asks for")
    command.add_argument("--ideas", metavar="A,B,…", help="ideas to screen; default: all that can be taken out")
    command.add_argument(
        "--interactions", metavar="A:B,…", help="interactions to estimate too; `known` for those that the study names"
    )
    command.add_argument("--csv", metavar="FILE", help="write the design as CSV, to be filled in (- for stdout)")
    command.add_argument("--verify", metavar="DESIGN.csv", help="a design that somebody made (- for stdin)")
    command.add_argument("--results", metavar="RESULTS.csv", help="results: columns `run` and the metric (- for stdin)")
    command.add_argument("--json", action="store_true")
    command.set_defaults(run=run_screen)


def run_screen(a: argparse.Namespace) -> int:
    """Make, verify or read a design."""
    _refuse(a)
    from ablator.cli.showing import load

    study = load(a.study)
    try:
        if a.results:
            return _read(a, study)
        if a.verify:
            return _verify(a, study)
        return _make(a, study)
    except BadInput as wrong:
        raise (wrong if wrong.place else wrong.at(a.study)) from None


def _refuse(a: argparse.Namespace) -> None:
    for key in ("ideas", "interactions", "csv", "verify", "results"):
        if getattr(a, key) == "":
            raise BadInput("the text is empty", place=f"screen --{key}", mend="leave the option out, or fill it in")
    if a.runs is not None and a.runs < 1:
        raise BadInput("there must be one run or more", place="screen --runs", mend="give a whole number from 1")
    if a.csv and (a.verify or a.results):
        raise BadInput("--csv writes a new design", place="screen", mend="leave out --verify and --results, or --csv")
    if a.json and a.csv == "-":
        raise BadInput("JSON and a table cannot share stdout", place="screen", mend="give the table a file name")
    if a.verify == "-" and a.results == "-":
        raise BadInput("two tables cannot share stdin", place="screen", mend="give one of them a file name")
    if a.csv and a.csv != "-":
        output.refuse_study(a.csv, a.study)


def words(text: str | None) -> list[str]:
    """The parts of `a,b,c` without blanks."""
    return [w.strip() for w in (text or "").split(",") if w.strip()]


def _make(a: argparse.Namespace, study: Study) -> int:
    from ablator.exporters.csv_tables import metrics_of
    from ablator.files.atomic import save_bytes
    from ablator.plan.screening import screen

    found = screen(study, a.runs, words(a.ideas), words(a.interactions))
    if a.csv == "-":
        output.write(design_csv(found, metrics_of(study)))
    elif a.csv:
        save_bytes(Path(a.csv), design_csv(found, metrics_of(study)).encode())
    if a.json:
        output.write_json(found)
    elif a.csv != "-" and not a.quiet:
        output.write(_design_text(found))
    return 0


def design_csv(found: "Screen", metrics: Sequence[str]) -> str:
    """A row a run: id, a column an idea (1 in, 0 out), changes, seed, settings, command, empty columns of metrics."""
    from ablator.files.cells import safe_cell

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    ids = [i.id for i in found.ideas]
    head = ("run", *ids, "changes", "seed", "overrides", "command", *metrics)
    writer.writerow([safe_cell(h) for h in head])
    for r in found.runs:
        settings = msgspec.json.encode(r.overrides, order="sorted").decode()
        states = (int(r.ideas[k]) for k in ids)
        told = safe_cell("; ".join(r.changes))
        row = [r.run, *states, told, r.seed, safe_cell(settings), safe_cell(r.command)]
        writer.writerow([*row, *("" for _ in metrics)])
    return out.getvalue()


def _design_text(found: "Screen") -> str:
    pairs = f" and {len(found.interactions)} interactions" if found.interactions else ""
    lines = [
        f"{len(found.ideas)} ideas{pairs} in {len(found.runs)} runs, D-optimal; {found.freedom} are left to measure "
        f"the error, efficiency {found.efficiency:.2f} of an orthogonal design (which the rules may not allow).",
        "",
        *found.notes,
        found.one_at_a_time.sentence,
        "",
    ]
    change = {i.id: i.change for i in found.ideas}
    rows = [
        [e.effect, change.get(e.effect, "interaction"), f"{e.error:.3f}", _figure(e.power), _figure(e.detectable, 4)]
        for e in found.effects
    ]
    lines.append(output.table(["effect", "what is compared", "error / noise", "power", "smallest shown"], rows, 1))
    lines.append("")
    changed = [
        [r.run, ", ".join(i.id for i in found.ideas if r.ideas[i.id] != i.present) or "the baseline"]
        for r in found.runs
    ]
    lines.append(output.table(["run", "ideas that differ from the baseline"], changed, 1))
    reasons: dict[str, list[str]] = {}
    for text in found.left_out:
        idea, _, reason = text.partition(": ")
        reasons.setdefault(reason, []).append(idea)
    lines += ["", *(f"left out ({reason}): {', '.join(ids)}" for reason, ids in reasons.items())] if reasons else []
    return "\n".join(lines)


def _figure(value: float | None, digits: int = 2) -> str:
    return "" if value is None else f"{value:.{digits}g}" if digits > 2 else f"{value:.2f}"


def _verify(a: argparse.Namespace, study: Study) -> int:
    from ablator.cli.screening_tables import read_design
    from ablator.plan.screening import Model
    from ablator.plan.screening_check import verify

    place = _place(a.verify)
    design = read_design(_bytes(a.verify), place, study, words(a.ideas))
    try:
        model = Model(study, design.ideas, [*words(a.interactions), *design.interactions])
    except BadInput as wrong:
        raise wrong.at(place) from None
    checked = verify(study, model, design.rows)
    checked = msgspec.structs.replace(checked, notes=(*design.notes, *checked.notes))
    if a.json:
        output.write_json(checked)
    elif not a.quiet:
        output.write(_checked_text(checked, model))
    return 0 if checked.estimable and not checked.invalid else 1


def _checked_text(c: "Checked", model: "Model") -> str:
    lines = [f"{c.runs} runs, {model.size - 1} effects and the mean; {c.freedom} runs are left to measure the error."]
    if c.estimable:
        lines.append(f"estimable: every effect; efficiency {c.efficiency:.2f} of an orthogonal design")
    for lost in c.not_estimable:
        lines.append(f"not estimable: {lost.effect}, since {lost.reason}")
    uneven = [b for b in c.balance if not b.balanced]
    lines.append("balanced: every idea is in and out equally often" if not uneven else "not balanced:")
    lines += [f"  {b.idea} is in {b.runs_in} times and out {b.runs_out} times" for b in uneven]
    if c.aliased:
        lines.append("aliased:")
    for pair in c.aliased:
        full = abs(pair.correlation) > 0.9999
        how = "always together, one cannot be told from the other" if full else f"correlated {pair.correlation:.2f}"
        lines.append(f"  {pair.a} and {pair.b}: {how}")
    for bad in c.invalid:
        lines.append(f"invalid: {bad.run} (line {bad.line}): {'; '.join(bad.reasons)}")
    lines += [f"the same model: {', '.join(same)}" for same in c.duplicates]
    return "\n".join([*lines, *c.notes])


def _read(a: argparse.Namespace, study: Study) -> int:
    from ablator.cli.screening_tables import read_design, read_results
    from ablator.plan.screening import Model
    from ablator.plan.screening_fit import fit

    place, data = _place(a.results), _bytes(a.results)
    design = read_design(data, place, study, words(a.ideas), needed=False)
    asked, told = [*words(a.interactions), *design.interactions], list(design.notes)
    if not design.ideas and a.verify:
        design = read_design(_bytes(a.verify), _place(a.verify), study, words(a.ideas))
        asked += design.interactions
    if not design.ideas:
        design = _remade(a, study)
        told.append("The design was made again from the study and the options given; hand in the design with --verify.")
    model = Model(study, design.ideas, asked)
    try:
        rows, values, left = read_results(data, place, study, model, design)
        found = fit(model, rows, values)
    except AblatorError as wrong:
        raise (wrong if wrong.place else wrong.at(place)) from None
    found = msgspec.structs.replace(found, notes=(*told, *left, *found.notes))
    if a.json:
        output.write_json(found)
    elif not a.quiet:
        output.write(_fit_text(found, study))
    return 0


def _remade(a: argparse.Namespace, study: Study) -> Any:
    from ablator.cli.screening_tables import Design
    from ablator.plan.screening import screen
    from ablator.plan.screening_check import Row

    made = screen(study, a.runs, words(a.ideas), words(a.interactions))
    rows = tuple(Row(r.run, n, r.ideas) for n, r in enumerate(made.runs, 2))
    return Design(tuple(i.id for i in made.ideas), rows)


def _fit_text(found: "Fit", study: Study) -> str:
    unit = study.info.metric or "metric"
    error = "" if found.error is None else f", spread left {found.error:.4g}"
    lines = [f"{found.runs} results, mean {unit} {found.mean:.5g}{error}; positive = better with the idea", ""]
    rows = [
        [e.effect, f"{e.estimate:+.4g}", f"{e.low:+.4g} … {e.high:+.4g}", f"{e.p:.3g}", e.word]
        for e in sorted(found.effects, key=lambda e: (-abs(e.estimate), e.effect))
    ]
    lines.append(output.table(["effect", "estimate", "95 % interval", "p (Holm)", "says"], rows, 0))
    return "\n".join([*lines, "", *found.notes])


def _place(path: str) -> str:
    return "standard input" if path == "-" else path


def _bytes(path: str) -> bytes:
    from ablator.files.atomic import read_bytes
    from ablator.importers.text_source import CONFIG_LIMIT

    if path != "-":
        return read_bytes(Path(os.fspath(path)), CONFIG_LIMIT)
    return sys.stdin.buffer.read(CONFIG_LIMIT)
