"""What lies beside a study: copies of it that a sync program made when two places changed it at once."""

import argparse
import shlex
from pathlib import Path

from ablator.cli import output
from ablator.core.errors import one_line

MOST = 3
"""Copies that are named; of more the number is said."""


def note_copies(arguments: argparse.Namespace) -> None:
    """Name the conflict copies of the study that a command is about, on stderr; nothing where there are none."""
    study = getattr(arguments, "study", None)
    if not isinstance(study, str) or getattr(arguments, "quiet", False):
        return
    from ablator.files.copies import conflict_copies

    path = Path(study)
    copies = conflict_copies(path)
    for copy in copies[:MOST]:
        words = f"ablator merge {shlex.quote(study)} {shlex.quote(str(copy))} -o {shlex.quote(study)}"
        output.note(
            one_line(f"{study}: {copy.name} lies beside it: two places changed it at once; merge it with `{words}`"),
            quiet=False,
        )
    if len(copies) > MOST:
        output.note(f"{study}: and {len(copies) - MOST} more such copies", quiet=False)
