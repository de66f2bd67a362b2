"""Commands that look: `show`, `plan`, `next`, `check`, `screenshot`, `doctor`."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from ablator.cli import output
from ablator.cli.screenshot import SCALES, THEMES, VIEWS, WITHOUT_STUDY, screenshot
from ablator.core.elements import Element
from ablator.core.errors import BadInput, EditRefused, one_line
from ablator.core.lanes import LANES, SYMBOLS
from ablator.core.study import Study, base_id
from ablator.plan.types import Plan, Run

if TYPE_CHECKING:
    from ablator.core.checks import Finding
    from ablator.plan.budget import Choice


LONGEST = 100_000
"""Characters of a line of `next`: a command is never cut."""

STEPS_SHOWN = 3
"""Ready steps that `next` tells in full; the plan has them all."""

RUNS_SHOWN = 12
"""Runs of a step that `next` lists; the runs table has them all."""


def add_commands(commands: Any, shared: argparse.ArgumentParser) -> None:
    """The looking commands."""
    show = commands.add_parser("show", parents=[shared], help="print the elements, relations and posterior of a study")
    show.add_argument("study", metavar="STUDY")
    show.add_argument("--json", action="store_true")
    show.set_defaults(run=run_show)

    plan = commands.add_parser("plan", parents=[shared], help="print the ordered plan")
    plan.add_argument("study", metavar="STUDY")
    plan.add_argument("--json", action="store_true")
    plan.add_argument("--csv", metavar="FILE", help="write the steps as CSV (- for stdout)")
    plan.add_argument(
        "--runs-csv", metavar="FILE", help="write the runs as CSV, to be filled in and recorded (- for stdout)"
    )
    plan.add_argument("--budget", type=float, metavar="H", help="hours, for this plan only")
    plan.add_argument("--devices", type=int, metavar="N", help="also tell how long the plan takes on N devices")
    plan.set_defaults(run=run_plan)

    follow = commands.add_parser("next", parents=[shared], help="print the steps that are ready and their runs")
    follow.add_argument("study", metavar="STUDY")
    follow.add_argument("--json", action="store_true")
    follow.set_defaults(run=run_next)

    check = commands.add_parser("check", parents=[shared], help="list findings; exit 1 if there are any")
    check.add_argument(
        "study",
        metavar="STUDY|PLAN.csv",
        help="a study, or anybody's plan or results as CSV, TSV, Markdown, LaTeX, HTML or text; - for what is pasted",
    )
    check.add_argument("--json", action="store_true")
    check.set_defaults(run=run_check)

    shot = commands.add_parser("screenshot", parents=[shared], help="paint the real window to a PNG, without a display")
    shot.add_argument(
        "study",
        nargs="?",
        metavar="STUDY",
        help="opened first, for every view; only " + ", ".join(WITHOUT_STUDY) + " do without",
    )
    shot.add_argument("-o", "--output", required=True, metavar="FILE.png")
    shot.add_argument("--view", default="workspace", metavar="NAME", help="one of " + ", ".join(VIEWS))
    shot.add_argument("--theme", choices=THEMES, default="light")
    shot.add_argument("--scale", type=int, choices=SCALES, default=1)
    shot.add_argument("--size", default="1280x800", metavar="WxH")
    shot.add_argument("--json", action="store_true", help="say what was written as a JSON document")
    shot.set_defaults(run=run_screenshot)

    doctor = commands.add_parser("doctor", parents=[shared], help="say what this machine offers")
    doctor.add_argument("--json", action="store_true")
    doctor.set_defaults(run=run_doctor)


NAMED = 6
"""Steps that a line names before it counts the rest."""

TABLES = (".csv", ".tsv", ".md", ".tex", ".html", ".htm", ".txt")
"""How files end that `check` reads as a table."""


def load(path: str) -> Study:
    """Read a study for looking at it."""
    from ablator.files.study_file import open_study

    return open_study(Path(path))[0]


def planned(study: Study) -> Plan:
    """The plan of a study."""
    from ablator.plan.planner import plan

    return plan(study)


def run_show(a: argparse.Namespace) -> int:
    """The study as JSON (contract.md) or as a list by lane."""
    from ablator.plan.baseline import rebased
    from ablator.plan.history import today_words
    from ablator.plan.planner import history

    study = load(a.study)
    if a.json:
        output.write_json(shown(study))
        return 0
    if a.quiet:
        return 0
    info = study.info
    lines = [one_line(info.name or Path(a.study).stem)]
    if info.metric:
        lines.append(f"{info.metric} ({info.goal}imise)" + today_words(info, history(study)))
    lines += diagnosed(study)
    lines += moves(study)
    study = rebased(study)
    for lane in LANES:
        rows = [e for e in study.on_lane(lane) if e.kind != "factor" or e.value is not None]
        quiet = len(study.on_lane(lane)) - len(rows)
        lines.append(f"\n{SYMBOLS[lane]} {lane}")
        for e in rows:
            state = {True: "", False: " (absent)", None: " (unknown)"}[e.present]
            state += " (default of its type)" if e.status == "default" and not state else ""
            said = shown_value(e)
            value = f" = {said}" if said else ""
            share = f"  {e.parameter_share:.1%} of parameters" if e.parameter_share else ""
            words = f"  {e.name}" if e.name and e.name != e.id else ""
            line = f"  {e.id}{value}{state}{words}{share}  {e.from_[0] if e.from_ else ''}"
            lines.append(one_line(line.rstrip()))
        if quiet:
            lines.append(f"  … and {quiet} whose value no artefact told")
    names = {e.name for e in study.elements.values()}
    open_ = [u for u in info.unknown if u not in names]
    if open_:
        lines.append("\nnot known")
        lines += [f"  {line}" for line in output.unknown_lines(open_)]
    output.write("\n".join(one_line(x) for x in "\n".join(lines).split("\n")))
    return 0


def diagnosed(study: Study) -> list[str]:
    """What the symptoms of the study point to, in a few lines."""
    from ablator.diagnose.words import diagnosis_lines
    from ablator.plan.baseline import rebased
    from ablator.plan.planner import posterior

    lines = diagnosis_lines(rebased(study), sorted(posterior(study).values(), key=lambda b: (-b.p, b.id)))
    return ["", *lines] if lines else []


def moves(study: Study) -> list[str]:
    """How the baseline moved since the study was made, a line a rung; nothing where it did not."""
    from ablator.plan.history import ladder_lines
    from ablator.plan.planner import history

    lines = ladder_lines(history(study))
    return ["", "the baseline has moved", *(f"  {line}" for line in lines)] if lines else []


def shown(study: Study) -> dict[str, Any]:
    """The document of `show --json`."""
    from ablator.plan.baseline import rebased
    from ablator.plan.planner import history, posterior

    today = rebased(study)
    elements = [
        {
            "id": e.id,
            "lane": e.lane,
            "kind": e.kind,
            "slot": e.slot,
            "name": e.name or e.id,
            "value": e.value,
            "unit": e.unit,
            "parameters": e.parameters,
            "parameter_share": e.parameter_share,
            "from": list(e.from_),
            "status": e.status,
            "present": e.present,
            "blocks": e.blocks,
        }
        for _, e in sorted(today.elements.items())
    ]
    relations = [
        {"source": r.source, "target": r.target, "kind": r.kind, "group": r.group or None}
        for _, r in sorted(study.relations.items())
    ]
    symptoms = [
        {"id": r.name, "strength": r.strength, "from": r.source}
        for _, r in sorted(today.evidence.items())
        if r.kind == "symptom" and (r.strength is None or r.strength > 0)
    ]
    ranked = sorted(posterior(study).values(), key=lambda b: (-b.p, b.id))
    unknown = sorted({*study.info.unknown, *(e.id for e in study.elements.values() if e.status == "unknown")})
    return {
        "study": {**msgspec.to_builtins(study.info), **({"goal": study.info.goal} if study.info.metric else {})},
        "posterior": [{"id": b.id, "p": round(b.p, 6), "reasons": list(b.reasons)} for b in ranked],
        "elements": elements,
        "relations": relations,
        "symptoms": symptoms,
        "unknown": unknown,
        **({"ladder": rungs} if (rungs := history(study)) else {}),
    }


def run_plan(a: argparse.Namespace) -> int:
    """The plan as JSON, CSV files, or a table."""
    _refuse_tables(a)
    if a.devices is not None and a.devices < 1:
        raise BadInput("there must be one device or more", place="plan --devices", mend="give a whole number from 1")
    study = load(a.study)
    if a.budget is not None:
        from ablator.core.edits import set_info

        try:
            study = set_info(study, "budget", a.budget).apply(study)
        except EditRefused as wrong:
            raise EditRefused(wrong.what, place="plan --budget", mend=wrong.mend) from None
    plan = planned(study)
    if a.csv or a.runs_csv:
        _write_tables(study, plan, a.csv, a.runs_csv)
    if a.json:
        rows = {"gates": plan.gates, "steps": plan.steps, "findings": plan.findings}
        more = {k: v for k, v in (("ladder", plan.ladder), ("outlook", plan.outlook)) if v}
        output.write_json(
            {**rows, **more, **_spending(plan, a.devices, study.info.budget if a.budget is not None else None)}
        )
    elif not (a.csv or a.runs_csv) and not a.quiet:
        from ablator.cli.plan_text import plan_text

        output.write(plan_text(study, plan))
        told = _spending(plan, a.devices, study.info.budget)
        if "best_set" in told:
            output.write(_best_words(told["best_set"], study.info.budget or 0.0))
        if a.devices is not None:
            from ablator.plan.reasons import plain

            output.write(f"on {a.devices} devices: {plain(told['makespan_hours'], 4)} hours")
    return 0


def _best_words(best: "Choice", hours: float) -> str:
    """The best that a budget can be spent on, and which questions it leaves open."""
    from ablator.plan.reasons import plain

    if not best.lost:
        return f"the budget of {plain(hours, 6)} hours pays for all of it: {plain(best.hours, 4)} hours"

    def named(keys: Sequence[str]) -> str:
        return ", ".join(keys[:NAMED]) + (f" and {len(keys) - NAMED} more" if len(keys) > NAMED else "")

    how = "" if best.exact else " (by density, not proven the best)"
    return one_line(
        f"best use of {plain(hours, 6)} hours{how}: {len(best.steps)} steps in {plain(best.hours, 4)} hours, "
        f"which hold {best.probability:.0%} of the probability: {named(best.steps) or 'none'}; "
        f"lost are the answers of {len(best.lost)}: {named(best.lost)}"
    )


def _spending(plan: Plan, devices: int | None, budget: float | None) -> dict[str, Any]:
    """The best set under a budget, and the schedule on so many devices, where they are asked for."""
    from ablator.plan.budget import best_set, makespan, schedule

    out: dict[str, Any] = {}
    if budget is not None:
        out["best_set"] = best_set(plan, budget)
    if devices is not None:
        slots = schedule(plan, devices)
        out |= {"schedule": slots, "makespan_hours": makespan(slots)}
    return out


def _refuse_tables(a: argparse.Namespace) -> None:
    """Two documents never share a file or stdout, and none takes the place of the study."""
    if a.csv and a.runs_csv and os.path.realpath(a.csv) == os.path.realpath(a.runs_csv):
        where = "stdout" if a.csv == "-" else "one file"
        raise BadInput(f"two tables cannot share {where}", place="plan", mend="give one of them another file name")
    if a.json and "-" in {a.csv, a.runs_csv}:
        raise BadInput("JSON and a table cannot share stdout", place="plan", mend="give the table a file name")
    for target in (a.csv, a.runs_csv):
        if target and target != "-":
            output.refuse_study(target, a.study)


def _write_tables(study: Study, plan: Plan, steps: str | None, runs: str | None) -> None:
    from ablator.exporters.csv_tables import metrics_of, plan_csv, runs_csv
    from ablator.files.atomic import save_bytes

    tables = ((steps, plan_csv(plan) if steps else ""), (runs, runs_csv(plan, metrics_of(study)) if runs else ""))
    for target, text in tables:
        if target == "-":
            output.write(text)
        elif target:
            save_bytes(Path(target), text.encode())


def run_next(a: argparse.Namespace) -> int:
    """Ready steps and their runs."""
    from ablator.plan.upcoming import upcoming

    study = load(a.study)
    plan = planned(study)
    ready = upcoming(plan)
    if a.json:
        runs = [
            {
                "run": r.run,
                "step": r.step,
                "arm": r.arm,
                "kind": r.kind,
                "seed": r.seed,
                "overrides": r.overrides,
                "command": r.command,
                **({"to_write": True} if r.to_write else {}),
            }
            for r in ready.runs
        ]
        said = {"outlook": plan.outlook} if plan.outlook else {}
        output.write_json({"steps": ready.steps, "runs": runs, **said})
        return 0
    if a.quiet:
        return 0
    if plan.outlook:
        output.write(output.wrapped(plan.outlook))
    if not ready.steps and plan.outlook:
        return 0
    if not ready.steps:
        output.write(
            "Nothing is ready: "
            + next((f"{g.stage} waits for {g.missing[0]}" for g in plan.gates if g.missing), "the plan is done")
        )
        return 0
    lines = []
    for s in ready.steps[:STEPS_SHOWN]:
        lines.append(f"{s.order}. {s.id}: {s.question}")
        if s.check:
            lines.append(f"   {s.check}")
        lines.append(f"   {s.why}")
        wanted = [r for r in ready.runs if r.step == s.id]
        lines += [f"   {r.run}  {_how(r)}".rstrip() for r in wanted[:RUNS_SHOWN]]
        if len(wanted) > RUNS_SHOWN:
            lines.append(f"   … and {len(wanted) - RUNS_SHOWN} more runs; `ablator plan --runs-csv FILE` has them all")
    more = len(ready.steps) - STEPS_SHOWN
    if more > 0:
        lines.append(f"… and {more} more ready {'step' if more == 1 else 'steps'}; `ablator plan` lists them")
    output.write("\n".join(one_line(x, LONGEST) for x in lines))
    return 0


def run_check(a: argparse.Namespace) -> int:
    """Findings, one a line; exit 1 if there are any."""
    table = a.study == "-" or a.study.lower().endswith(TABLES)
    findings = _findings_of_table(Path(a.study)) if table else planned(load(a.study)).findings
    if a.json:
        output.write_json(findings)
    elif not a.quiet:
        lines = [one_line(f"{f.code} {f.place}: {f.sentence}; {f.mend}") for f in findings]
        output.write("\n".join(lines) if lines else "no findings")
    return 1 if findings else 0


def _findings_of_table(path: Path) -> Sequence["Finding"]:
    """Findings on a plan or a table of results that may be somebody else's."""
    from ablator.files.atomic import read_bytes
    from ablator.importers.csv_source import load_csv
    from ablator.importers.pasted_table import load_pasted
    from ablator.importers.text_source import CONFIG_LIMIT
    from ablator.plan.foreign import plan_findings_of
    from ablator.plan.foreign_results import results_findings_of

    data = sys.stdin.buffer.read(CONFIG_LIMIT) if str(path) == "-" else read_bytes(path, CONFIG_LIMIT)
    if path.suffix.lower() != ".csv":
        head, cells = load_pasted(data, "what was pasted" if str(path) == "-" else str(path))
    else:
        table = load_csv(data, str(path))
        head, cells = table.head, list(table.rows)
    if not cells:
        raise BadInput("the table has no rows", place=str(path), mend="give it a row a step or a row a run")
    rows = [dict(zip(head, row, strict=True)) for row in cells]
    keys = rows[0].keys()
    is_plan = "run" not in keys and "step" in keys and bool({"stage", "action", "element"} & keys)
    return plan_findings_of(rows) if is_plan else results_findings_of(rows)


def run_screenshot(a: argparse.Namespace) -> int:
    """The real window, painted offscreen."""
    output.refuse_study(a.output, a.study or "")
    words = a.size.lower().split("x")
    if len(words) != 2 or not all(w.isdigit() and 0 < int(w) <= 8192 for w in words):
        raise BadInput(f"{a.size!r} is no size", place="screenshot --size", mend="write it as 1280x800")
    screenshot(
        Path(a.study) if a.study else None,
        Path(a.output),
        view=a.view,
        theme=a.theme,
        scale=a.scale,
        size=(int(words[0]), int(words[1])),
    )
    if a.json:
        output.write_json({"view": a.view, "path": a.output})
    return 0


def run_doctor(a: argparse.Namespace) -> int:
    """What this machine offers."""
    from ablator.cli.doctor import examine

    rows = examine()
    if a.json:
        output.write_json(rows)
    else:
        output.write(output.table(["what", "found", "note"], [[r["what"], r["found"], r["note"]] for r in rows], 2))
    return 0


def _how(run: Run) -> str:
    """How a run is started: its command, else its settings; said where a person has to write it first."""
    return f"to be written first: {_settings(run)}" if run.to_write else run.command or _settings(run)


def _settings(run: Run) -> str:
    return " ".join(f"{k}={v if isinstance(v, str) else json.dumps(v)}" for k, v in sorted(run.overrides.items()))


def shown_value(element: Element) -> str:
    """The value of an element with its unit, as a person reads it; a switch of a factor by what it switches on."""
    value = element.value
    if value is None or (isinstance(value, bool) and element.kind != "factor"):
        return ""
    if isinstance(value, bool):
        key = (element.keys[0] if element.keys else "").removesuffix(".enabled").rpartition(".")[2].lower()
        named = base_id(element.id) == "precision" and key
        return (key.removeprefix("use_") if value else f"not {key.removeprefix('use_')}") if named else _SWITCH[value]
    one = value == 1 and element.unit in {"epochs", "steps", "samples", "tokens"}
    unit = element.unit[:-1] if one else element.unit
    return f"{value:g} {unit}".rstrip() if isinstance(value, float) else f"{value} {unit}".rstrip()


_SWITCH = {True: "on", False: "off"}
