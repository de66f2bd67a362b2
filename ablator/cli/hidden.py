"""Commands for machines: the worker of a frozen build, saves in a loop, edits journalled until something stops them."""

import argparse
import sys
from pathlib import Path
from typing import Any


def add_commands(commands: Any, shared: argparse.ArgumentParser) -> None:
    """`_worker`, `_saveloop`, `_edits` and `_recover`; `--help` does not list them."""
    worker = commands.add_parser("_worker", parents=[shared])
    worker.set_defaults(run=run_worker)

    loop = commands.add_parser("_saveloop", parents=[shared])
    loop.add_argument("study")
    loop.add_argument("key")
    loop.add_argument("times", type=int)
    loop.set_defaults(run=run_saveloop)

    edits = commands.add_parser("_edits", parents=[shared])
    edits.add_argument("folder")
    edits.add_argument("times", type=int)
    edits.set_defaults(run=run_edits)

    recover = commands.add_parser("_recover", parents=[shared])
    recover.add_argument("folder")
    recover.set_defaults(run=run_recover)


def run_worker(a: argparse.Namespace) -> int:
    """Compute for a window on stdin and stdout: a frozen build cannot be told to run a module."""
    from ablator.app.worker import main

    main()
    return 0


def run_saveloop(a: argparse.Namespace) -> int:
    """Set one setting to 0, 1, 2 …, and say `saved I` once each is on disk for good."""
    from ablator.core import edits
    from ablator.files.study_file import open_study, save_study

    path = Path(a.study)
    for i in range(a.times):
        study, file_hash = open_study(path)
        save_study(edits.set_info(study, a.key, str(i)).apply(study), path, expected_hash=file_hash)
        sys.stdout.write(f"saved {i}\n")
        sys.stdout.flush()
    return 0


def run_edits(a: argparse.Namespace) -> int:
    """Edit a study and journal each edit in FOLDER; `edit I` is said once it is there."""
    from ablator.core import edits
    from ablator.core.study import Study
    from ablator.files.journal import Journal

    study, journal = Study(), Journal(Path(a.folder))
    journal.restart(study, None, None)
    for i in range(a.times):
        change = edits.set_info(study, "x-edit", str(i))
        journal.append(change)
        study = change.apply(study)
        sys.stdout.write(f"edit {i}\n")
        sys.stdout.flush()
    return 0


def run_recover(a: argparse.Namespace) -> int:
    """Say which edit the journals in FOLDER end with; they stay where they are."""
    from ablator.files.journal import abandoned

    for left in abandoned(Path(a.folder)):
        sys.stdout.write(f"recovered {left.recover().study.info.extra.get('x-edit', -1)}\n")
    return 0
