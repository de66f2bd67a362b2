"""`restore`: the earlier versions of a study that saves replaced, listed and brought back."""

import argparse
import os
from pathlib import Path
from typing import Any

from ablator.cli import output
from ablator.core.errors import BadInput, CannotAccess


def add_commands(commands: Any, shared: argparse.ArgumentParser) -> None:
    """`restore`."""
    restore = commands.add_parser(
        "restore",
        parents=[shared],
        help="list or bring back earlier versions of a study",
        description="List what earlier saves of STUDY replaced, newest first, or bring back the one of that number. "
        "What it replaces is kept as an earlier version itself.",
    )
    restore.add_argument("study", metavar="STUDY")
    restore.add_argument(
        "number", nargs="?", type=int, metavar="NUMBER", help="1 is the newest; left out, all are listed"
    )
    restore.add_argument("-o", "--output", metavar="OUT", help="write it there and leave STUDY as it is")
    restore.add_argument("--json", action="store_true", help="print the list as one JSON document")
    restore.set_defaults(run=run_restore)


def run_restore(a: argparse.Namespace) -> int:
    """Exit 2 where there is no version of that number; the study is then as it was."""
    from ablator.files.atomic import read_bytes, sha256
    from ablator.files.study_file import open_study, save_study
    from ablator.files.versions import earlier_versions

    path = Path(a.study)
    versions = earlier_versions(path)
    if not versions and not os.path.lexists(path):
        raise CannotAccess("there is no such file, and no earlier version", place=str(path), mend="check the name")
    if a.number is None:
        if a.output:
            raise BadInput("which version is not said", place="restore", mend="ablator restore STUDY NUMBER -o OUT")
        if a.json:
            listed = [{"number": n, "replaced": v.replaced, "file": str(v.file)} for n, v in enumerate(versions, 1)]
            output.write_json({"study": str(path), "versions": listed})
        elif versions:
            output.write("\n".join(f"{n}  replaced {v.replaced}" for n, v in enumerate(versions, 1)))
        else:
            output.note(f"{path}: no earlier version was kept: it was not saved over yet", a.quiet)
        return 0
    if not 1 <= a.number <= len(versions):
        there = f"there are 1 to {len(versions)}" if versions else "none was kept"
        raise BadInput(f"there is no version {a.number}", place=str(path), mend=there)
    chosen = versions[a.number - 1]
    study, _ = open_study(chosen.file)
    target = Path(a.output or a.study)
    save_study(study, target, expected_hash=sha256(read_bytes(path)) if target == path and path.exists() else None)
    if a.json:
        output.write_json({"study": str(target), "restored": {"number": a.number, "replaced": chosen.replaced}})
    else:
        output.note(f"{target}: the version that was replaced {chosen.replaced}", a.quiet)
    return 0
