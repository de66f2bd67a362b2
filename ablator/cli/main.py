"""The command line: parses words, calls the floors below, turns every error into one line."""

import argparse
import io
import os
import re
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

import ablator
from ablator.cli.beside import note_copies
from ablator.core.errors import AblatorError, BadInput, one_line

WINDOW_WORDS = frozenset({"--new-window"})


class _Parser(argparse.ArgumentParser):
    """argparse whose errors are one line with a mend, exit 2."""

    def error(self, message: str) -> NoReturn:
        message = re.sub(r", '_\w+'", "", message)  # commands of the program's own are no choice
        raise BadInput(message, place=self.prog.partition(" ")[2] or "command line", mend=f"see `{self.prog} --help`")


def parser() -> argparse.ArgumentParser:
    """All commands with their options; each command module adds its own."""
    from ablator.cli import (
        deciding,
        explaining,
        exporting,
        freezing,
        hidden,
        merging,
        reading,
        restoring,
        running,
        screening,
        showing,
        watching,
    )

    top = _Parser(
        prog="ablator",
        description="Plan ablations of the model that frustrates you: observation and reachability first, "
        "architecture and claims only then. Without a command it opens the window.",
        epilog="`ablator STUDY.ablation` opens a study in the window.",
    )
    top.add_argument("--version", action="version", version=f"ablator {ablator.__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("-q", "--quiet", action="store_true", help="print nothing but errors")
    shared.add_argument("--debug", action="store_true", help="show the traceback of an error")
    recording = (deciding, running, watching, screening, freezing)
    for module in (reading, showing, exporting, explaining, *recording, merging, restoring, hidden):
        module.add_commands(commands, shared)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; see contract.md for what each number means."""
    words = list(sys.argv[1:] if argv is None else argv)
    status = _status(words)
    if words[:1] == ["merge-driver"] and status > 1:
        from ablator.cli.merging import CANNOT_MERGE

        return CANNOT_MERGE
    return status


def _status(words: list[str]) -> int:
    """The exit status of a command, with every error as one line; `--debug` lets errors through."""
    debug = "--debug" in words
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name that is no Unicode is shown, not stumbled over
    try:
        return _run(words)
    except AblatorError as wrong:
        if debug:
            raise
        _complain(str(wrong))
        return wrong.exit_code
    except KeyboardInterrupt:
        _complain("interrupted")
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as wrong:
        if debug:
            raise
        place = f"{os.fsdecode(wrong.filename)}: " if isinstance(wrong.filename, str | bytes) else ""
        _complain(f"{place}{wrong.strerror or wrong}; try again, or choose another place")
        return 3
    except MemoryError:
        _complain("not enough memory for this; close other programs or hand in a smaller file")
        return 3
    except Exception as wrong:  # the guard of the command line: whatever happens, people read one line
        if debug:
            raise
        _complain(
            f"{words[0] if words else 'window'}: something unforeseen went wrong ({type(wrong).__name__}: "
            f"{one_line(str(wrong), 300)}); run it again with --debug and report what it prints"
        )
        return 2


def _run(words: list[str]) -> int:
    if _wants_window(words):
        from ablator.cli.window import open_window

        return open_window([w for w in words if w not in WINDOW_WORDS and w != "--"])
    arguments = parser().parse_args(words)
    _refuse_nameless(arguments)
    run: Callable[[argparse.Namespace], int] = arguments.run
    note_copies(arguments)
    return run(arguments)


def _refuse_nameless(arguments: argparse.Namespace) -> None:
    """An empty text, as an unset variable of a shell gives it, names no file; the system would take it for `.`."""
    given = vars(arguments)
    for key in ("study", "sources", "results", "output", "a", "b", "base", "ours", "theirs", "csv", "runs_csv"):
        if given.get(key) == "" or (isinstance(given.get(key), list) and "" in given[key]):
            raise BadInput("the name is empty", place=arguments.command, mend="name a file")


def _wants_window(words: list[str]) -> bool:
    """No command, or files to open: a word that is no command and no option."""
    rest = [w for w in words if w not in WINDOW_WORDS]
    if not rest:
        return True
    first = rest[1] if rest[0] == "--" and len(rest) > 1 else rest[0]
    if rest[0].startswith("-") and rest[0] != "--":
        return False
    if rest[0] == "--" or first.endswith(".ablation") or os.sep in first:
        return True
    return os.path.exists(first) and first not in _commands()


def _commands() -> frozenset[str]:
    """Names of the commands: a folder that is called `plan` does not hide the command."""
    return frozenset(next(a.choices or () for a in parser()._actions if a.dest == "command"))


def _complain(sentence: str) -> None:
    if sys.stderr is None:
        return  # print would write to stdout
    try:
        print(f"ablator: {one_line(sentence)}", file=sys.stderr)
    except OSError:
        return
