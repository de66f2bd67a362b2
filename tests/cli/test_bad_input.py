"""Bad input wherever a study enters: one line with the place and the mend, the right status, nothing written."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ablator.cli.main import main

GOLDEN = (Path(__file__).parents[1] / "data" / "golden-1.ablation").read_bytes()
DEEP = b'{"a":' * 100 + b"1" + b"}" * 100
TEN = b'{\n "format": "ablation-study",\n "version": 1,\n "x": %s\n}\n'

BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "empty"),
    "spaces": (b" \n\t ", "empty"),
    "binary": (bytes(range(256)) * 8, "binary"),
    "random": (b"\x93NUMPY\x01\x00", "numpy"),
    "truncated": (GOLDEN[: len(GOLDEN) // 2], "ends too early|not JSON"),
    "cut after a comma": (GOLDEN[: GOLDEN.index(b",") + 1], "ends too early"),
    "duplicate key": (TEN % b'1,\n "x": 2', "'x' is given twice"),
    "duplicate key in a row": (GOLDEN.replace(b'"value": 64', b'"value": 64,\n   "value": 65', 1), "given twice"),
    "deep": (TEN % DEEP, "nested deeper than 32"),
    "very deep": (b"[" * 200_000, "nested deeper"),
    "NaN": (TEN % b"NaN", "NaN in line 4"),
    "Infinity": (TEN % b"-Infinity", "-Infinity in line 4"),
    "too large": (TEN % b"1e999", "too large"),
    "many digits": (TEN % (b"9" * 5000), "5,000 digits"),
    "version 999": (GOLDEN.replace(b'"version": 1', b'"version": 999'), "version 999.*not touched.*update Ablator"),
    "version 0": (GOLDEN.replace(b'"version": 1', b'"version": 0'), "the version is 0"),
    "version true": (GOLDEN.replace(b'"version": 1', b'"version": true'), "the version is True"),
    "two documents": (GOLDEN + GOLDEN, "second document"),
    "text after the end": (GOLDEN + b"end", "text after the end"),
    "LFS pointer": (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n", "Git LFS.*git lfs pull"),
    "comment": (GOLDEN.replace(b',\n "version"', b', // one\n "version"'), "comments"),
    "conflict markers": (b"<<<<<<< HEAD\n" + GOLDEN, "git left both sides.*ablator merge"),
    "conflict markers inside": (GOLDEN.replace(b' "version"', b'<<<<<<< HEAD\n "version"'), "git left both sides"),
    "lone surrogate": (TEN % b'"\\ud800"', "surrogate"),
    "NUL": (TEN % b'"\\u0000"', "NUL"),
    "raw NUL": (TEN % (b'"' + b" " * 5000 + b'\x00"'), "NUL"),
    "not UTF-8": (TEN % b'"\xff"', "UTF-8"),
    "UTF-16": (GOLDEN.decode().encode("utf-16"), "UTF-16"),
    "a list": (b"[]", "a list"),
    "null": (b"null", "null"),
    "a config": (b'{"model_type": "llama"}', "config.json.*ablator new"),
    "other format": (b'{"format": "graph"}', "'graph'"),
    "no format": (b"{}", "no format"),
    "wrong type": (GOLDEN.replace(b'"value": 64', b'"name": 64', 1), "/elements/0/name"),
    "null table": (GOLDEN.replace(b'"evidence": [', b'"evidence": null, "x": [', 1), "/evidence"),
    "a row twice": (GOLDEN.replace(b'"d-2"', b'"d-1"'), "is there twice"),
    "dangling": (GOLDEN.replace(b'"target": "locality"', b'"target": "gone"'), "no element 'gone'"),
    "negative budget": (GOLDEN.replace(b'"budget": 24.0', b'"budget": -1'), "budget cannot be negative"),
    "endless runs": (GOLDEN.replace(b'"hours_per_run": ', b'"hours_per_run": 1e300, "x": ', 1), "at most a billion"),
    "bad id": (GOLDEN.replace(b'"next_token"', b'"../up"'), "is no id"),
    "gzip": (b"\x1f\x8b\x08\x00", "gzip"),
    "pickle": (b"\x80\x04\x95\x00\x00", "pickle"),
    "HTML": (b"<!DOCTYPE html><html>", "HTML"),
    "YAML": (b"---\na: 1\n", "YAML"),
}


def complaint(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """Status and the one line that was said."""
    status = main(words)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("ablator: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return status, err


@pytest.mark.parametrize("name", BAD)
def test_a_bad_study_is_one_line(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, said = BAD[name]
    file = tmp_path / "bad.ablation"
    file.write_bytes(data)
    start = time.perf_counter()
    status, err = complaint(capsys, "set", str(file), "name", "X")
    assert time.perf_counter() - start < 5, "a second on an idle machine"
    assert status == 2
    assert str(file) in err
    assert "; " in err, "a mend"
    import re

    assert re.search(said, err), err
    assert file.read_bytes() == data
    assert os.listdir(tmp_path) == ["bad.ablation"]


@pytest.mark.parametrize(
    ("make", "said", "code"),
    [
        (lambda path: None, "no such file", 3),
        (lambda path: path.mkdir(), "this is a folder", 2),
        (os.mkfifo, "no ordinary file", 2),
        (lambda path: path.symlink_to(path), "circle", 3),
    ],
)
def test_what_is_missing_is_status_3_and_what_is_no_file_2(
    make: Callable[[Path], Any], said: str, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bad.ablation"
    make(file)
    status, err = complaint(capsys, "set", str(file), "name")
    assert status == code
    assert said in err


@pytest.mark.parametrize(
    "words",
    [
        ("show", "{}"),
        ("check", "{}"),
        ("check", "{}.csv"),
        ("record", "{study}", "{}"),
        ("plan", "{study}", "--csv", "{}"),
        ("export", "{study}", "--to", "dot", "-o", "{}"),
        ("new", "template:mlp", "-o", "{}"),
        ("merge", "{study}", "{study}", "{study}", "-o", "{}"),
    ],
)
def test_a_folder_where_a_file_is_wanted_is_status_2_everywhere(
    words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("folder", "folder.csv"):
        (tmp_path / name).mkdir()
    study = tmp_path / "s.ablation"
    study.write_bytes(GOLDEN)
    status, err = complaint(capsys, *(w.format(str(tmp_path / "folder"), study=study) for w in words))
    assert status == 2
    assert "folder" in err


def test_names_that_the_system_refuses(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a\0b", "x" * 5000):
        assert complaint(capsys, "set", name, "name")[0] == 3


def test_a_message_drives_no_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "red\x1b[31m.ablation"
    file.write_bytes(b'{"format": "\x1b[2J\\u001b[2J"}'.replace(b"\x1b", b"?"))
    assert "\x1b" not in complaint(capsys, "set", str(file), "name")[1]


@pytest.mark.parametrize("words", [("set",), ("set", "a", "b", "c", "d"), ("nonsense",), ("diff", "--what", "a", "b")])
def test_usage_is_one_line_too(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    status, err = complaint(capsys, *words)
    assert status == 2
    assert "--help" in err


def test_a_refused_setting_names_the_study_and_the_mend(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "s.ablation"
    file.write_bytes(GOLDEN)
    for key, value, said in (
        ("budget", "-1", "a budget cannot be negative; give a number of 0 or more"),
        ("hours-per-run", "0", "hours per run must be above 0 and at most a billion; give a number above 0"),
        ("baseline", "high", "baseline: expected a number, not 'high'; write it as 0.93"),
        ("goal", "up", "goal: expected min or max, not 'up'; write min or max"),
        ("effect", "1 point", "effect is a number in metric units, or a percentage such as 1.5%; write it in"),
    ):
        assert f"{file}: {said}" in complaint(capsys, "set", str(file), key, value)[1]
    assert "plan --budget: a budget cannot be negative" in complaint(capsys, "plan", str(file), "--budget", "-1")[1]
    assert main(["set", str(file), "hours-per-run", "3"]) == 0
    assert b'"hours_per_run": 3' in file.read_bytes()


def test_a_refused_setting_leaves_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "s.ablation"
    file.write_bytes(GOLDEN)
    for key, value in (("mood", "bad"), ("budget", "-1"), ("epsilon", "2"), ("name", "\ud800"), ("goal", "up")):
        assert complaint(capsys, "set", str(file), key, value)[0] == 2
    assert file.read_bytes() == GOLDEN


@pytest.mark.slow
def test_fifty_megabytes_of_one_key_take_less_than_300(tmp_path: Path) -> None:
    file = tmp_path / "big.ablation"
    file.write_bytes(b'{"' + b"k" * 50_000_000 + b'": 1}')
    code = (
        "import sys; from ablator.cli.main import main;"
        f"status = main(['set', {str(file)!r}, 'name']);"
        "print(status, open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"  # ru_maxrss counts the parent
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    status, kilobytes = map(int, ended.stdout.split())
    assert status == 2
    assert len(ended.stderr) < 1000
    assert kilobytes < 300_000


def test_the_hostile_documents(shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each file of the corpus opens or is refused in one line; none is a study of ours as it stands."""
    files = sorted((shared / "data" / "hostile" / "document").iterdir())
    assert files
    for file in files:
        for mend in (False, True):
            data = file.read_bytes()
            if mend:
                data = data.replace(b'"format": "ablation"', b'"format": "ablation-study"')
            copy = tmp_path / file.name
            copy.write_bytes(data)
            status = main(["set", str(copy), "name"])
            err = capsys.readouterr().err
            assert (status, err.count("\n")) in {(0, 0), (2, 1)}, file.name
            assert copy.read_bytes() == data


def test_changed_on_disk_is_status_4(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "s.ablation"
    file.write_bytes(GOLDEN)
    theirs = GOLDEN.replace(b"Golden", b"Theirs")
    monkeypatch.setattr("time.sleep", lambda seconds: file.write_bytes(theirs))
    status, err = complaint(capsys, "set", str(file), "name", "Mine", "--hold", "1")
    assert status == 4
    assert "changed the file" in err
    assert file.read_bytes() == theirs


def test_json_is_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a, b = tmp_path / "a.ablation", tmp_path / "b.ablation"
    a.write_bytes(GOLDEN)
    b.write_bytes(GOLDEN.replace(b"Golden", b"Other"))
    assert main(["diff", str(a), str(b), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["differences"][0]["after"] == "Other"
    assert main(["diff", str(a), str(a), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"differences": []}
