"""Commands that compare and join studies: `diff`, `merge`, and `merge-driver` for git."""

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ablator.cli import output
from ablator.core.errors import BadInput, one_line

if TYPE_CHECKING:
    from ablator.core.study import Study

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
        "inside the valid study; --ours and --theirs decide one, or all. With two studies, OURS and THEIRS, nothing is "
        "taken to be in common: what differs is a conflict. With one study, its conflicts are listed, and "
        "--shown and --other decide them. With --stages FILE the three are what git holds of a file in an unfinished "
        "merge, and the result is written into that file.",
    )
    merge.add_argument("base", nargs="?", metavar="BASE")
    merge.add_argument("ours", nargs="?", metavar="OURS")
    merge.add_argument("theirs", nargs="?", metavar="THEIRS")
    merge.add_argument("-o", "--output", metavar="OUT", help="the study to write")
    merge.add_argument(
        "--ours", dest="keep_ours", action="append", default=[], metavar="CONFLICT", help="an id, or all"
    )
    merge.add_argument("--theirs", dest="keep_theirs", action="append", default=[], metavar="CONFLICT")
    merge.add_argument("--shown", action="append", default=[], metavar="CONFLICT", help="keep what the study shows")
    merge.add_argument("--other", action="append", default=[], metavar="CONFLICT", help="take the other value")
    merge.add_argument("--stages", metavar="FILE", help="merge what git holds of a file in an unfinished merge")
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
    if a.base and not a.ours and not a.stages:
        return _decide_one(a, Path(a.base))
    if a.shown or a.other:
        mend = "of a merge, --ours and --theirs decide"
        raise BadInput("--shown and --other decide the conflicts of one study", place="merge", mend=mend)
    if a.stages and (a.base or a.ours):
        raise BadInput("--stages takes its three from git", place="merge", mend="ablator merge --stages FILE")
    if not a.stages and not (a.ours and a.output):
        raise BadInput("the studies and -o are needed", place="merge", mend="ablator merge [BASE] OURS THEIRS -o OUT")
    from ablator.files.merge import decide, merge_studies
    from ablator.files.study_file import save_study

    if a.stages:
        base, ours, theirs = _from_git(Path(a.stages))
        opened: dict[Path, str] = {}
    else:
        base, ours, theirs, opened = _opened([Path(p) for p in (a.base, a.ours, a.theirs) if p])
    study = decide(merge_studies(base, ours, theirs), a.keep_ours, a.keep_theirs)
    target = Path(a.output or a.stages)
    save_study(study, target, expected_hash=opened.get(target))
    return _told(a, study, target, added=bool(a.stages and not a.output))


def _opened(paths: list[Path]) -> "tuple[Study, Study, Study, dict[Path, str]]":
    """Base, ours and theirs, and the hashes of what was read; of two files the base is empty."""
    from ablator.core.study import Study
    from ablator.files.study_file import open_study

    read = [open_study(path) for path in paths]
    base = read[0][0] if len(read) == 3 else Study()
    return base, read[-2][0], read[-1][0], {path: file_hash for path, (_, file_hash) in zip(paths, read, strict=True)}


def _from_git(path: Path) -> "tuple[Study, Study, Study]":
    """Base, ours and theirs of a file that git could not merge; without a base, an empty one."""
    from ablator.core.study import Study
    from ablator.files.git import stages
    from ablator.files.study_file import decode

    base, ours, theirs = stages(path)
    named = ((base, "base"), (ours, "ours"), (theirs, "theirs"))
    one, two, three = (Study() if data is None else decode(data, f"{path} ({side})") for data, side in named)
    return one, two, three


def _decide_one(a: argparse.Namespace, path: Path) -> int:
    """List or decide the conflicts that an earlier merge left in a study."""
    from ablator.core.conflicts import solve
    from ablator.files.study_file import open_study, save_study

    if a.keep_ours or a.keep_theirs or a.output:
        mend = "say --shown or --other; `ablator merge STUDY` lists both values"
        raise BadInput("a merged study does not say whose a value was", place=str(path), mend=mend)
    study, file_hash = open_study(path)
    wish = _wishes(a, sorted(study.conflicts))
    for key in sorted(wish):
        study = solve(study, key, wish[key]).apply(study)
    if wish:
        save_study(study, path, expected_hash=file_hash)
    return _told(a, study, path)


def _wishes(a: argparse.Namespace, known: list[str]) -> "dict[str, Literal['shown', 'other']]":
    """Which value of which conflict is wanted; the word `all` means every one that is not named."""
    sides: tuple[Literal["shown"], Literal["other"]] = ("shown", "other")
    wish: dict[str, Literal["shown", "other"]] = {}
    for side in sides:
        if "all" in getattr(a, side):
            wish |= dict.fromkeys(known, side)
    for side in sides:
        for key in (k for k in getattr(a, side) if k != "all"):
            if key not in known:
                there = ", ".join(known[:5]) or "none"
                raise BadInput(f"there is no conflict {key!r}", place=f"merge --{side}", mend=f"there are: {there}")
            wish[key] = side
    return wish


def _told(a: argparse.Namespace, study: "Study", target: Path, *, added: bool = False) -> int:
    """Say what is left to decide, each with both values."""
    left = [study.conflicts[key] for key in sorted(study.conflicts)]
    if a.json:
        output.write_json({"study": str(target), "conflicts": left})
        return 1 if left else 0
    for c in left:
        output.note(f"{target}: {c.id}: {c.kind}; shown {_value(c.shown)}, other {_value(c.other)}", a.quiet)
    if left:
        output.note(f"decide with `ablator merge {shlex.quote(str(target))} --shown ID|all --other ID|all`", a.quiet)
    elif added:
        output.note(f"merged; tell git with `git add {shlex.quote(str(target))}`", a.quiet)
    return 1 if left else 0


def _value(value: Any) -> str:
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


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
