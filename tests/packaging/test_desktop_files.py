"""What the packages say of the program agrees with the program, and passes the validators where they are installed."""

import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import ablator

ROOT = Path(__file__).resolve().parents[2]
PACKAGING = ROOT / "packaging"
ID = "io.github.ablator.Ablator"
DESKTOP = PACKAGING / "deb" / f"{ID}.desktop"
MIME = PACKAGING / "deb" / f"{ID}.mime.xml"
METAINFO = PACKAGING / "deb" / f"{ID}.metainfo.xml"
EXAMPLE = ROOT / "resources" / "examples" / "flat-decoder" / "flat-decoder.ablation"
SPACE = "{http://www.freedesktop.org/standards/shared-mime-info}"
SCRIPTS = ("freeze", "icons", "release", "deb/build", "macos/build", "example", "pictures")


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


def entry() -> dict[str, str]:
    lines = (line.partition("=") for line in DESKTOP.read_text(encoding="utf-8").splitlines() if "=" in line)
    return {key: value for key, _, value in lines}


def test_the_window_has_the_name_of_the_desktop_file() -> None:
    program = (ROOT / "ablator" / "ui" / "program.py").read_text(encoding="utf-8")
    assert f'DESKTOP_FILE = "{ID}"' in program
    assert entry()["Icon"] == ID


def test_a_file_is_opened_by_words_that_the_command_line_knows() -> None:
    from ablator.cli.main import WINDOW_WORDS

    program, word, dashes, files = entry()["Exec"].split()
    assert (program, dashes, files) == ("ablator", "--", "%F")
    assert word in WINDOW_WORDS
    assert entry()["MimeType"] == "application/x-ablation;"


def test_the_magic_fits_a_study_and_no_other_json() -> None:
    (kind,) = ET.parse(MIME).getroot()
    assert kind.attrib["type"] == "application/x-ablation"
    assert [glob.attrib["pattern"] for glob in kind.iter(f"{SPACE}glob")] == ["*.ablation"]
    outer, inner = kind.iter(f"{SPACE}match")
    head = EXAMPLE.read_bytes()[:128]
    start, end = (int(n) for n in inner.attrib["offset"].split(":"))
    value = inner.attrib["value"].encode()
    assert head.startswith(outer.attrib["value"].encode())
    assert start <= head.find(value) <= end
    assert value not in b'{\n "model_type": "gpt2"}'


def test_the_metainfo_says_the_version_of_the_module_first() -> None:
    root = ET.parse(METAINFO).getroot()
    assert root.findtext("id") == ID
    assert next(root.iter("release")).attrib["version"] == ablator.__version__
    assert root.findtext("launchable") == DESKTOP.name
    ended = run(sys.executable, str(PACKAGING / "versions.py"))
    assert ended.stdout.strip() == ablator.__version__


def test_the_package_asks_for_the_libraries_that_a_checkout_asks_for() -> None:
    """The frozen folder leaves libraries of the display to the system: each has a package."""
    script = (PACKAGING / "deb" / "build").read_text(encoding="utf-8")
    assert "$offscreen_needs $x11_needs $wayland_needs" in script
    code = '. packaging/setup-env; for n in $offscreen_needs $x11_needs $wayland_needs; do package_of "$n"; done'
    ended = subprocess.run(["sh", "-euc", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not [name for name in ended.stdout.split() if ".so" in name]


def test_every_library_inside_has_its_licence_told() -> None:
    told = (PACKAGING / "licences" / "README.md").read_text(encoding="utf-8")
    spec = (PACKAGING / "pyinstaller.spec").read_text(encoding="utf-8")
    listed = re.search(r"DISTRIBUTIONS = \((.*?)\)", spec)
    assert listed is not None
    for name in re.findall(r'"([^"]+)"', listed[1]):
        assert name.partition("-")[0].lower() in told.lower(), name
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in (PACKAGING / "licences" / "LGPL-3.txt").read_text(encoding="utf-8")
    assert "GNU GENERAL PUBLIC LICENSE" in (PACKAGING / "licences" / "GPL-3.txt").read_text(encoding="utf-8")


def test_the_frozen_folder_leaves_out_nothing_that_is_imported() -> None:
    spec = (PACKAGING / "pyinstaller.spec").read_text(encoding="utf-8")
    listed = re.search(r"excludes=\[(.*?)\]", spec, re.DOTALL)
    assert listed is not None
    out = set(re.findall(r'"([^"]+)"', listed[1]))
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "ablator").rglob("*.py"))
    imported = {name for text in sources for name in re.findall(r"^\s*(?:from|import) ([\w.]+)", text, re.MULTILINE)}
    assert "PySide6.QtWidgets" in imported
    assert not out & imported


def test_what_was_never_run_says_so() -> None:
    for name in ("macos/build", "windows/build.ps1", "windows/ablator.iss"):
        assert "UNTRIED" in (PACKAGING / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_are_plain_shell_and_can_be_started(name: str) -> None:
    assert run("sh", "-n", str(PACKAGING / name)).returncode == 0
    assert (PACKAGING / name).stat().st_mode & 0o100


def test_a_new_version_is_written_into_both_places(tmp_path: Path) -> None:
    shutil.copytree(PACKAGING, tmp_path / "packaging")
    (tmp_path / "ablator").mkdir()
    module = tmp_path / "ablator" / "__init__.py"
    shutil.copy(ROOT / "ablator" / "__init__.py", module)
    script = str(tmp_path / "packaging" / "versions.py")
    ended = run(sys.executable, script, "99.1.0", "Reads <more>\nand faster")
    assert (ended.returncode, ended.stdout.strip()) == (0, "99.1.0"), ended.stderr
    assert '\n__version__ = "99.1.0"\n' in module.read_text(encoding="utf-8")
    newest, *rest = ET.parse(tmp_path / "packaging" / "deb" / METAINFO.name).getroot().iter("release")
    assert (newest.attrib["version"], [p.text for p in newest.iter("p")]) == ("99.1.0", ["Reads <more>", "and faster"])
    assert rest
    for version, news in (("99.1.0", "again"), ("1.0", "odd"), ("100.0.0", " ")):
        refused = run(sys.executable, script, version, news)
        assert refused.returncode == 1
        assert refused.stderr.startswith("versions: ")
        assert '"99.1.0"' in module.read_text(encoding="utf-8")


@pytest.mark.skipif(shutil.which("desktop-file-validate") is None, reason="desktop-file-validate is not installed")
def test_the_desktop_file_is_valid() -> None:
    ended = run("desktop-file-validate", str(DESKTOP))
    assert (ended.returncode, ended.stdout) == (0, "")


@pytest.mark.skipif(shutil.which("appstreamcli") is None, reason="appstreamcli is not installed")
def test_the_metainfo_is_valid() -> None:
    ended = run("appstreamcli", "validate", "--no-net", str(METAINFO))
    assert ended.returncode == 0, ended.stdout


def test_a_checkout_can_be_installed_as_it_lies_there(tmp_path: Path) -> None:
    """`packaging/run` does: files of the resources that end in .py must not stand in its way."""
    code = "import sys; from hatchling.build import build_editable; build_editable(sys.argv[1])"
    ended = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert list(tmp_path.glob("*.whl"))
