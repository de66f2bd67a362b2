"""Commands that compare and join studies: `diff`, `merge`, and `merge-driver` for git."""

import argparse
from pathlib import Path
from typing import Any

from ablator.cli import output
from ablator.core.errors import BadInput, one_line

CANNOT_MERGE = 129
"""git takes any status above 128 as: the driver failed, our file is as it was."""


def add_commands(commands: Any, shared: argparse.ArgumentParser) -> None:
    """`diff`, `merge` and `merge-driver`."""
    diff = commands.add_parser("diff", parents=[shared], help="say what is different between two studies")
    diff.add_argument("a", metavar="A")
    diff.add_argument("b", metavar="B")
    diff.add_argument("--json", action="store_true")
    diff.set_defaults(run=run_diff)

    merge = commands.add_parser(
        "merge",
        parents=[shared],
        help="join two studies that were made from one",
        description="Join two studies that were made from BASE. What both changed differently is kept as a conflict "
        "inside the valid study; --ours and --theirs decide one, or all.",
    )
    merge.add_argument("base", nargs="?", metavar="BASE")
    merge.add_argument("ours", nargs="?", metavar="OURS")
    merge.add_argument("theirs", nargs="?", metavar="THEIRS")
    merge.add_argument("-o", "--output", metavar="OUT", help="the study to write")
    merge.add_argument(
        "--ours", dest="keep_ours", action="append", default=[], metavar="CONFLICT", help="an id, or all"
    )
    merge.add_argument("--theirs", dest="keep_theirs", action="append", default=[], metavar="CONFLICT")
    merge.add_argument("--install", action="store_true", help="set up git to merge studies in this repository")
    merge.add_argument("--user", action="store_true", help="with --install: for all repositories of this user")
    merge.add_argument("--json", action="store_true", help="print the conflicts as one JSON document")
    merge.set_defaults(run=run_merge)

    driver = commands.add_parser("merge-driver", parents=[shared], help="the merge in git's calling form")
    for name in ("base", "ours", "theirs"):
        driver.add_argument(name)
    driver.add_argument("marker_size", nargs="?")
    driver.add_argument("name", nargs="?")
    driver.set_defaults(run=run_driver)


def run_diff(a: argparse.Namespace) -> int:
    """Exit 1 where the studies differ."""
    from ablator.files.diff import differences
    from ablator.files.study_file import open_study

    found = differences(open_study(Path(a.a))[0], open_study(Path(a.b))[0])
    if a.json:
        output.write_json({"differences": found})
    elif found and not a.quiet:
        output.write("\n".join(one_line(d.sentence) for d in found))
    return 1 if found else 0


def run_merge(a: argparse.Namespace) -> int:
    """Exit 1 where something is left to be decided; the study is written all the same."""
    if a.install:
        from ablator.files.git import install_merge_driver

        for line in install_merge_driver(Path.cwd(), for_user=a.user):
            output.note(line, a.quiet)
        return 0
    if not a.theirs or not a.output:
        raise BadInput("three studies and -o are needed", place="merge", mend="ablator merge BASE OURS THEIRS -o OUT")
    from ablator.files.merge import decide, merge_studies
    from ablator.files.study_file import open_study, save_study

    base, ours, theirs = (open_study(Path(p))[0] for p in (a.base, a.ours, a.theirs))
    merged = merge_studies(base, ours, theirs)
    study = decide(merged, a.keep_ours, a.keep_theirs)
    save_study(study, Path(a.output))
    left = [study.conflicts[key] for key in sorted(study.conflicts)]
    if a.json:
        output.write_json({"study": a.output, "conflicts": left})
    for c in left:
        output.note(f"{a.output}: {c.id}: {c.kind}", a.quiet or a.json)
    return 1 if left else 0


def run_driver(a: argparse.Namespace) -> int:
    """git's form: the result goes to the file of our side; see gitattributes(5). Errors end in CANNOT_MERGE."""
    from ablator.core.study import Study
    from ablator.files.atomic import read_bytes
    from ablator.files.merge import merge_studies
    from ablator.files.study_file import decode, save_study

    def study(path: str) -> Study:
        data = read_bytes(Path(path))
        # Both sides added the file: git hands in an empty base.
        return decode(data, a.name or path) if data.strip() or path != a.base else Study()

    merged = merge_studies(study(a.base), study(a.ours), study(a.theirs))
    save_study(merged.study, Path(a.ours))
    for c in merged.conflicts:
        output.note(f"{a.name or a.ours}: {c.id}: {c.kind}", a.quiet)
    return 1 if merged.study.conflicts else 0
