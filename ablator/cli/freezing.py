"""The command that preregisters a plan: `freeze`."""

import argparse
from typing import Any

from ablator.cli import output


def add_commands(commands: Any, shared: argparse.ArgumentParser) -> None:
    """`freeze`."""
    freeze = commands.add_parser(
        "freeze",
        parents=[shared],
        help="put the plan on record as it is, before anything is run",
        description="Stamp the plan with its hash, the date, the author and the rules to stop by. What is done "
        "otherwise later is listed with its reason by `ablator check` and in every export.",
    )
    freeze.add_argument("study", metavar="STUDY")
    freeze.add_argument("--reason", required=True, metavar="TEXT", help="what the study is to show")
    freeze.add_argument(
        "--stop-rule", action="append", default=[], metavar="TEXT", help="when to stop; may be repeated"
    )
    freeze.add_argument("--json", action="store_true", help="print what was frozen as one JSON document")
    freeze.set_defaults(run=run_freeze)


def run_freeze(a: argparse.Namespace) -> int:
    """Stamp the plan and save."""
    from ablator.api import Study, author_name, now
    from ablator.plan.freezing import freeze, freezes

    study = Study.open(a.study)
    before = freezes(study.value)
    change = freeze(study.value, study.plan().value, a.reason, a.stop_rule, author=author_name(), date=now())
    study = study.apply(change)
    study.save()
    made = freezes(study.value)[-1]
    if a.json:
        output.write_json(made)
        return 0
    output.note(f"{made.id}: {len(made.value['steps'])} steps frozen {made.date}, sha256 {made.value['hash']}", a.quiet)
    if before:
        output.note(f"it replaces {before[-1].id} of {before[-1].date}, which stays on record", a.quiet)
    return 0
