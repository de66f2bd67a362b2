"""Commands for machines that test the program: saves in a loop, edits journalled until something stops them."""

import argparse
import sys
from pathlib import Path
from typing import Any


def add_commands(commands: Any, shared: argparse.ArgumentParser) -> None:
    """`_saveloop`, `_edits` and `_recover`; `--help` does not list them."""
    loop = commands.add_parser("_saveloop", parents=[shared])
    loop.add_argument("study")
    loop.add_argument("key")
    loop.add_argument("times", type=int)
    loop.set_defaults(run=run_saveloop)


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
