"""Setting git up so that it merges studies by meaning."""

import os
import subprocess
from pathlib import Path

from ablator.core.errors import AblatorError, BadInput, CannotAccess
from ablator.files.atomic import read_bytes, save_bytes

ATTRIBUTE = "*.ablation merge=ablation"
DRIVER = "ablator merge-driver %O %A %B %L %P"
SECONDS = 10
"""How long one call of git may take."""


def install_merge_driver(folder: Path, *, for_user: bool = False) -> list[str]:
    """Name the merge driver to git and mark `.ablation` files with it, once; says what was done.

    In the repository that `folder` lies in, or for all repositories of the user. Raises BadInput outside of a
    repository, CannotAccess where git is missing or fails.
    """
    where = "--global" if for_user else "--local"
    if for_user:
        listed = _git(folder, "config", "--global", "--type=path", "core.attributesFile", check=False).strip()
        attributes = Path(listed) if listed else _config_home() / "git" / "attributes"
    else:
        top = _git(folder, "rev-parse", "--show-toplevel", check=False).rstrip("\n")
        if not top:
            raise BadInput(
                "this is no git repository",
                place=str(folder),
                mend="call it inside of one, or with --user for all repositories",
            )
        attributes = Path(top) / ".gitattributes"
    _git(folder, "config", where, "merge.ablation.name", "Ablator merges studies by meaning")
    _git(folder, "config", where, "merge.ablation.driver", DRIVER)
    said = [f"git config {where} merge.ablation.driver '{DRIVER}'"]
    old = read_bytes(attributes).decode("utf-8", "surrogateescape") if attributes.exists() else ""
    if ATTRIBUTE not in old.splitlines():
        attributes.parent.mkdir(parents=True, exist_ok=True)
        gap = "" if not old or old.endswith("\n") else "\n"
        save_bytes(attributes, f"{old}{gap}{ATTRIBUTE}\n".encode("utf-8", "surrogateescape"))
        said.append(f"{attributes}: {ATTRIBUTE}")
    return said


def stages(path: Path) -> tuple[bytes | None, bytes, bytes]:
    """What git holds of a file in an unfinished merge: the common base (None where both sides added it), ours, theirs.

    Raises BadInput where there is no such merge, CannotAccess where git is missing or fails.
    """
    folder = path.parent
    listed = _git(folder, "ls-files", "--unmerged", "-z", "--", path.name, check=False)
    objects = {row.split()[2]: row.split()[1] for row in listed.split("\0") if len(row.split("\t", 1)[0].split()) == 3}
    if not {"2", "3"} <= objects.keys():
        missing = "no unfinished merge of this file" if not objects else "only one side of this file"
        raise BadInput(
            f"git holds {missing}",
            place=str(path),
            mend="begin the merge again, or give three files: ablator merge BASE OURS THEIRS -o OUT",
        )
    base, ours, theirs = (_blob(folder, objects[n]) if n in objects else None for n in ("1", "2", "3"))
    return base, ours or b"", theirs or b""


def _blob(folder: Path, name: str) -> bytes:
    ended = _run(folder, "cat-file", "blob", name)
    if ended.returncode:
        raise _failed("it cannot read what it holds of the file")
    return ended.stdout


def _config_home() -> Path:
    given = os.environ.get("XDG_CONFIG_HOME", "")
    return Path(given) if os.path.isabs(given) else Path.home() / ".config"


def _git(folder: Path, *words: str, check: bool = True) -> str:
    ended = _run(folder, *words)
    if check and ended.returncode:
        said = ended.stderr.decode("utf-8", "surrogateescape").strip().splitlines()
        raise _failed((said or ["it failed"])[-1])
    return ended.stdout.decode("utf-8", "surrogateescape") if ended.returncode == 0 else ""


def _run(folder: Path, *words: str) -> "subprocess.CompletedProcess[bytes]":
    try:
        return subprocess.run(["git", *words], check=False, cwd=folder, capture_output=True, timeout=SECONDS)
    except FileNotFoundError:
        raise CannotAccess("git is not installed", place="git", mend="install it, then call this again") from None
    except (OSError, subprocess.TimeoutExpired) as wrong:
        raise _failed(str(wrong)) from None


def _failed(what: str) -> AblatorError:
    return CannotAccess(what, place="git", mend="mend git's settings, then call this again")
