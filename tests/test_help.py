"""The pages of help are true: their commands run as written, their links lead somewhere, their tables are complete."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ablator.app import help_texts
from ablator.cli.exporting import FORMATS
from ablator.cli.main import main, parser
from ablator.resources import resource

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(p for p in (ROOT / "resources" / "help").rglob("*.md") if p.parent.name != "findings")
WITH_COMMANDS = [p for p in PAGES if "```sh" in p.read_text(encoding="utf-8")]


def blocks(page: Path) -> list[str]:
    """Blocks of shell of a page whose programs are here; `# needs: NAME` on its first line names one."""
    found = re.findall(r"^```sh\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    needs = [re.match(r"# needs: (\S+)", block) for block in found]
    return [block for block, need in zip(found, needs, strict=True) if need is None or shutil.which(need[1])]


def plain(line: str) -> bool:
    """A line that is one command of the program and nothing that a shell would have to read."""
    return line.startswith("ablator ") and not re.search(r"[|&;<>$*`~]", line)


def words_of(line: str) -> list[str]:
    return shlex.split(line, comments=True)[1:]


def run_in_shell(script: str, cwd: Path, programs: Path) -> None:
    env = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(["sh", "-eu", "-c", script], cwd=cwd, env=env, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, f"{script}\n{ended.stdout[-2000:]}\n{ended.stderr[-2000:]}"


def here_documents(text: str) -> list[str]:
    """The lines of a block, with continued lines joined and each here-document as part of the line that opens it."""
    lines: list[str] = []
    end = ""
    for line in text.replace("\\\n", " ").splitlines():
        if end:
            lines[-1] += f"\n{line}"
            end = "" if line == end else end
        elif line.strip():
            opened = re.search(r"<<'(\w+)'", line)
            end = opened[1] if opened else ""
            lines.append(line)
    return lines


@pytest.mark.slow
@pytest.mark.parametrize("page", WITH_COMMANDS, ids=lambda page: page.stem)
def test_its_commands_run_one_after_another(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    programs, cwd = tmp_path / "bin", tmp_path / "cwd"
    programs.mkdir()
    cwd.mkdir()
    (programs / "ablator").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -P -m ablator "$@"\n')
    (programs / "ablator").chmod(0o755)
    shutil.copytree(resource("examples", "flat-decoder"), cwd / "flat-decoder")
    for block in blocks(page):
        waiting: list[str] = []  # for one shell together, so that `cd` holds to the end of the block
        monkeypatch.chdir(cwd)
        for line in here_documents(block):
            # Pictures need an application of Qt of their own, and runs a driver that may catch signals.
            apart = waiting or re.match(r"ablator (run|watch)\b|.*--to (svg|png|pdf)\b", line)
            if apart or not plain(line):
                waiting.append(line)
                continue
            try:
                status = main(words_of(line))
            except SystemExit as ended:  # --help
                status = ended.code if isinstance(ended.code, int) else 1
            assert status == 0, f"{line}\n{capfd.readouterr().err}"
        if waiting:
            run_in_shell("\n".join(waiting), cwd, programs)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_its_links_lead_to_pages(page: Path) -> None:
    name = page.stem
    for address in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        assert help_texts.page(help_texts.linked(name, address)) is not None, address


def test_every_page_that_is_listed_first_is_there() -> None:
    names = [p.name for p in help_texts.pages()]
    assert names[: len(help_texts.FIRST)] == list(help_texts.FIRST)
    assert "findings/ABL101" in names


def test_all_formats_and_commands_are_told() -> None:
    texts = "\n".join(p.read_text(encoding="utf-8") for p in PAGES)
    assert not [f for f in FORMATS if f not in texts]
    commands = next(a.choices for a in parser()._actions if a.dest == "command")
    assert commands is not None
    quiet = {"merge-driver"}
    shown = (*texts.splitlines(), *(ROOT / "README.md").read_text(encoding="utf-8").splitlines())
    told = {w for line in shown for w in re.findall(r"ablator ([a-z-]+)", line)}
    assert not {c for c in commands if not c.startswith("_")} - told - quiet


def test_every_option_that_a_page_names_exists() -> None:
    known = set()
    for command in next(a.choices for a in parser()._actions if a.dest == "command").values():  # type: ignore[union-attr]
        known |= {o for action in command._actions for o in action.option_strings}
    for page in PAGES:
        if page.stem == "contributing":
            continue
        text = page.read_text(encoding="utf-8")
        for line in re.findall(r"`(ablator [^`]+)`", text) + [x for b in blocks(page) for x in here_documents(b)]:
            if line.startswith("ablator "):
                for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", line.partition('--command "')[0]):
                    assert option in known or option.startswith("--time"), f"{page.name}: {line}"


@pytest.mark.parametrize("words", ["pickle checkpoint", "seeds", "abl101"])
def test_the_search_finds_what_holds_every_word(words: str) -> None:
    hits = help_texts.found(words)
    assert hits
    assert all(w in h.text.lower() for h in hits for w in words.split())
    assert len(hits) < len(help_texts.pages())


def test_a_title_that_holds_the_words_comes_first() -> None:
    assert help_texts.found("merge git")[0].name == "merging"
    assert help_texts.found("") == list(help_texts.pages())
    assert help_texts.found("no-such-word-anywhere") == []
