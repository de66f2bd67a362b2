"""The command line as a whole: words in, one line or one document out, statuses as promised."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import ablator
from ablator.cli import main as program
from ablator.cli.main import main, parser
from ablator.core.errors import BadInput, CannotAccess, ChangedOnDisk, EditRefused, NewerVersion, one_line

GOLDEN = (Path(__file__).parents[1] / "data" / "golden-1.ablation").read_bytes()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "s.ablation"
    path.write_bytes(GOLDEN)
    return path


def commands() -> list[str]:
    words = next(a for a in parser()._actions if a.dest == "command").choices
    return sorted(words or ())


@pytest.mark.parametrize("command", commands())
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    out = capsys.readouterr().out
    assert out.startswith(f"usage: ablator {command}")
    assert "--quiet" in out


def test_help_lists_what_people_use(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    out = capsys.readouterr().out
    assert "_saveloop" not in out
    for word in ("new", "plan", "record", "merge", "diff", "set"):
        assert f"\n    {word} " in out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"ablator {ablator.__version__}\n"


def test_help_is_light() -> None:
    code = (
        "import sys\nfrom ablator.cli.main import parser\nparser()\n"
        "print(sorted({'PySide6', 'pandas', 'numpy', 'scipy', 'networkx', 'yaml', 'matplotlib'} & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"


def test_set_prints_and_changes(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["set", str(file), "budget"]) == 0
    assert main(["set", str(file), "budget", "48.5"]) == 0
    assert main(["set", str(file), "budget"]) == 0
    assert main(["set", str(file), "x-own", "mine"]) == 0
    assert main(["set", str(file), "x-own"]) == 0
    assert capsys.readouterr() == ("24.0\n48.5\nmine\n", "")
    assert file.read_bytes() == GOLDEN.replace(b'24.0,\n  "eps', b'48.5,\n  "eps').replace(
        b' "x-mood": "bad"', b' "x-mood": "bad",\n  "x-own": "mine"'
    )


def test_diff_says_what_is_different(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.ablation"
    other.write_bytes(GOLDEN.replace(b'"name": "Attention"', b'"name": "SDPA"').replace(b'"d-2"', b'"d-3"'))
    assert main(["diff", str(file), str(other)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        '~ element encoder/attention: name "Attention" → "SDPA"',
        "- decision d-2",
        "+ decision d-3",
    ]
    assert main(["diff", str(file), str(file)]) == 0
    assert main(["diff", str(file), str(other), "--quiet"]) == 1
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        (BadInput("w", place="p", mend="m"), 2),
        (NewerVersion("w", place="p", mend="m"), 2),
        (CannotAccess("w", place="p", mend="m"), 3),
        (ChangedOnDisk("w", place="p", mend="m"), 4),
        (EditRefused("w", place="p", mend="m"), 2),
        (KeyboardInterrupt(), 130),
        (MemoryError(), 3),
        (OSError(28, "No space left on device", "out.csv"), 3),
        (BrokenPipeError(), 0),
        (KeyError("a bug"), 2),
    ],
)
def test_statuses(
    wrong: BaseException, status: int, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(words: list[str]) -> int:
        raise wrong

    monkeypatch.setattr(program, "_run", fail)
    if isinstance(wrong, BrokenPipeError):
        monkeypatch.setattr("os.dup2", lambda a, b: b)
    assert main(["x"]) == status
    assert "Traceback" not in capfd.readouterr().err


def test_an_unforeseen_error_is_one_line_that_names_the_way_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(words: list[str]) -> int:
        raise TypeError("two\nlines")

    monkeypatch.setattr(program, "_run", fail)
    assert main(["plan", "s.ablation"]) == 2
    assert capsys.readouterr().err == (
        "ablator: plan: something unforeseen went wrong (TypeError: two\\nlines); "
        "run it again with --debug and report what it prints\n"
    )
    with pytest.raises(TypeError):
        main(["plan", "s.ablation", "--debug"])


def test_an_interruption_while_the_program_loads_is_one_line() -> None:
    code = (
        "import sys, runpy\n"
        "class Slow:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'ablator.core': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Slow())\n"
        "runpy.run_module('ablator', run_name='__main__')\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (130, "ablator: interrupted\n")


@pytest.mark.parametrize("words", [["show", ""], ["new", "", "-o", "s.ablation"], ["new", "template:mlp", "-o", ""]])
def test_an_empty_name_is_said_to_be_empty(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert capsys.readouterr().err == f"ablator: {words[0]}: the name is empty; name a file\n"


@pytest.mark.parametrize("wrong", [BadInput("w"), OSError(28, "full"), MemoryError(), KeyError("a bug")])
def test_git_is_told_whenever_its_driver_fails(wrong: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(words: list[str]) -> int:
        raise wrong

    monkeypatch.setattr(program, "_run", fail)
    assert main(["merge-driver", "base", "ours", "theirs"]) > 128


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    with pytest.raises(CannotAccess):
        main(["set", str(tmp_path / "none"), "name", "--debug"])


@pytest.mark.parametrize(
    ("words", "window"),
    [
        ([], True),
        (["s.ablation"], True),
        (["--", "set"], True),
        (["a/b"], True),
        (["set", "s.ablation"], False),
        (["--help"], False),
        (["nonsense"], False),
    ],
)
def test_what_opens_the_window(words: list[str], window: bool) -> None:
    assert program._wants_window(words) == window


def test_a_folder_called_like_a_command_does_not_hide_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("plan", "study"):
        (tmp_path / name).mkdir()
    assert not program._wants_window(["plan"])
    assert program._wants_window(["study"])


def test_one_line_is_one_line() -> None:
    assert one_line("a\nb\x1b[2J\u202e") == "a\\nb\\x1b[2J\\x202e"
    assert len(one_line("x" * 10_000)) == 600


def test_a_closed_pipe_is_no_error(file: Path) -> None:
    command = f'"{sys.executable}" -m ablator diff "{file}" "{file}" --json | true'
    ended = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert ended.stderr == ""


def test_a_full_device_is_status_3(file: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    with open("/dev/full", "w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "ablator", "diff", str(file), str(file), "--json"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert ended.returncode == 3
    assert "standard output" in ended.stderr
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["plan", "show", "next", "check"])
def test_a_closed_stdout_is_status_3(command: str, file: Path) -> None:
    words = f'exec >&-; exec "{sys.executable}" -m ablator {command} "{file}"'
    done = subprocess.run(["sh", "-c", words], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (
        3,
        "ablator: standard output: it is closed; write to a file instead\n",
    )


def test_a_closed_stderr_keeps_errors_from_stdout(tmp_path: Path) -> None:
    words = f'exec 2>&-; exec "{sys.executable}" -m ablator show "{tmp_path / "none"}"'
    done = subprocess.run(["sh", "-c", words], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (3, "")


def test_names_that_are_no_unicode_are_shown(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "ablator", "set", os.fsencode(tmp_path) + b"/caf\xe9.ablation", "name"],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        check=False,
    )
    assert ended.returncode == 3
    assert b"caf\\xe9.ablation: there is no such file" in ended.stderr


def test_merge_writes_a_valid_study_and_names_what_is_left(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ours, theirs, out = (tmp_path / name for name in ("ours", "theirs", "out.ablation"))
    ours.write_bytes(GOLDEN.replace(b'"Golden"', b'"Silver"').replace(b'"value": 64\n', b'"value": 128\n', 1))
    theirs.write_bytes(GOLDEN.replace(b'"Golden"', b'"Iron"'))
    words = ["merge", str(file), str(ours), str(theirs), "-o", str(out)]
    assert main([*words, "--json"]) == 1
    conflicts = json.loads(capsys.readouterr().out)["conflicts"]
    assert [c["id"] for c in conflicts] == ["study/budget", "study/name"], "one was there before"
    assert main(["diff", str(ours), str(out)]) == 1
    assert main([*words, "--ours", "study/name"]) == 1
    assert b'"Silver"' in out.read_bytes()
    assert main([*words, "--ours", "nothing"]) == 2
    assert main([*words[:-2]]) == 2


def test_commands_of_its_own_are_no_choice(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["frob"]) == 2
    said = capsys.readouterr().err
    assert "'record'" in said
    assert "_worker" not in said
