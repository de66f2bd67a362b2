"""The house itself: floors, styles and types hold; imports are light; the wheel holds what it should and no more."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from fnmatch import fnmatch
from importlib.metadata import distribution
from pathlib import Path

import pytest

import ablator
from ablator.resources import resource

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "ablator"
SOURCES = sorted(PACKAGE.rglob("*.py"))
LOCKS = sorted((ROOT / "packaging").glob("*.lock"))
LONGEST_FILE = 600
HEAVY = ("PySide6", "shiboken6", "pandas", "matplotlib", "scipy", "networkx", "numpy")
TEXT = {
    "",
    ".py",
    ".pyi",
    ".md",
    ".toml",
    ".yaml",
    ".yml",
    ".json",
    ".sh",
    ".lock",
    ".txt",
    ".svg",
    ".ablation",
    ".css",
}

# Put together here so that this file does not find itself.
MACHINE_PATHS = re.compile(r"(?<![\w.~$}/-])/(?:" + "work|opt|root|tmp" + r")/[a-z]|/home/(?!\.\.\.)[a-z]+/")
REGISTRIES = re.compile(
    "|".join(("py" + r"pi\.org", "python" + r"hosted\.org", "--(?:extra-)?" + "index-url[ =]+http"))
)


def run(*command: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def committed() -> list[Path]:
    """The files that git knows or would take in; without git, those of the source distribution."""
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard") if shutil.which("git") else None
    if listed and listed.returncode == 0:
        names = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        folders = ("ablator", "packaging", "resources", "tests", ".ci")
        names = [path for folder in folders for path in (ROOT / folder).rglob("*")]
        names += [path for path in ROOT.iterdir() if path.suffix in TEXT]
    return sorted(path for path in names if path.is_file() and "__pycache__" not in path.parts)


def test_floors_hold() -> None:
    """No cache: a stale one must not answer."""
    script = Path(sys.executable).with_name("lint-imports")
    ended = run(str(script), "--no-cache", "pyproject.toml")
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_style_holds() -> None:
    ended = run(sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format=concise", ".")
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.slow
def test_types_hold() -> None:
    ended = run(sys.executable, "-m", "mypy", "--no-error-summary")
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("module", ["ablator", "ablator.resources", "ablator.cli.main"])
def test_import_loads_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print([name for name in {HEAVY!r} if name in sys.modules])"
    ended = run(sys.executable, "-W", "error", "-c", code)
    assert (ended.returncode, ended.stdout.strip()) == (0, "[]"), ended.stderr


def test_names_of_the_api_are_there_when_asked_for() -> None:
    from ablator import api

    assert api.__all__
    assert all(getattr(ablator, name) is getattr(api, name) for name in api.__all__)
    assert set(api.__all__) <= set(dir(ablator))
    with pytest.raises(AttributeError, match="no_such_name"):
        ablator.no_such_name  # noqa: B018
    assert not hasattr(ablator, "_private")


def test_version_is_said_once() -> None:
    """The installed metadata, the module and the command agree."""
    assert distribution("ablator-desktop").version == ablator.__version__
    ended = run(sys.executable, "-m", "ablator", "--version")
    assert ended.returncode == 0, ended.stderr
    assert ablator.__version__ in ended.stdout


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_is_short_and_says_what_it_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= LONGEST_FILE
    assert ast.get_docstring(ast.parse(text)), "no module docstring"


def test_every_folder_of_the_package_is_a_package() -> None:
    """Without __init__.py import-linter and mypy would look past it."""
    assert not [path.parent for path in SOURCES if not (path.parent / "__init__.py").is_file()]


def test_no_init_in_packaging() -> None:
    """It would shadow the distribution of that name."""
    assert not list((ROOT / "packaging").rglob("__init__.py"))


def test_licence_is_stated_alike() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert project["license"] == "MIT"
    assert licence.startswith("MIT License\n\nCopyright (c) 2026 Ablator contributors\n")


def test_no_place_of_one_machine_is_committed() -> None:
    found = []
    for path in committed():
        if path.suffix not in TEXT or (path.is_relative_to(ROOT / "tests") and "data" in path.parts):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        for pattern in (MACHINE_PATHS, REGISTRIES):
            found += [f"{path.relative_to(ROOT)}: {match.group()}" for match in pattern.finditer(text)]
    assert not found


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_locks_pin_every_line_by_hash_and_name_no_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text
    assert "-url" not in text
    entries = re.split(r"\n(?=[a-z0-9])", re.sub(r"(?m)^#.*\n", "", text).strip())
    assert len(entries) > 10
    loose = [
        entry.split()[0] for entry in entries if not re.match(r"[\w.-]+==[^\s;]+.*--hash=sha256:", entry, re.DOTALL)
    ]
    assert not loose


def test_locks_hold_every_dependency_at_one_version() -> None:
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    def pins(name: str) -> set[str]:
        text = (ROOT / "packaging" / name).read_text(encoding="utf-8")
        return {match.group() for match in re.finditer(r"(?m)^[a-z0-9][\w.-]*==[^\s;]+", text)}

    runtime, dev = pins("requirements.lock"), pins("requirements-dev.lock")
    assert runtime <= dev
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for requirement in map(Requirement, project["dependencies"]):
        name = canonicalize_name(requirement.name)
        versions = [pin.partition("==")[2] for pin in runtime if pin.startswith(f"{name}==")]
        assert versions, f"{name} is not locked; run packaging/lock"
        assert all(version in requirement.specifier for version in versions), f"{name}: run packaging/lock"


@pytest.mark.parametrize("name", ["packaging/run", "packaging/test", "packaging/lock", "packaging/setup-env"])
def test_scripts_are_plain_shell(name: str) -> None:
    ended = run("sh", "-n", name)
    assert ended.returncode == 0, ended.stderr
    if name != "packaging/setup-env":
        assert (ROOT / name).stat().st_mode & 0o100, "not executable"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> tuple[set[str], set[str], str]:
    """Names in a wheel built from a copy with litter in it; names that should be there; its METADATA."""
    copy = tmp_path_factory.mktemp("copy")
    for path in committed():
        target = copy / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
    expected = {
        path.relative_to(copy).as_posix()
        for top in ("ablator", "resources")
        for path in (copy / top).rglob("*")
        if path.is_file()
    }
    for litter in ("ablator/__pycache__/x.pyc", "resources/examples/.coverage", "ablator/core/.mypy_cache/x.json"):
        (copy / litter).parent.mkdir(parents=True, exist_ok=True)
        (copy / litter).write_text("litter")
    ended = run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "dist", cwd=copy)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    (built,) = (copy / "dist").glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        names = set(archive.namelist())
        (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        return names, expected, archive.read(metadata).decode()


def test_wheel_holds_the_package_and_its_resources(wheel: tuple[set[str], set[str], str]) -> None:
    names, expected, _ = wheel
    wanted = {re.sub("^resources/", "ablator/_resources/", name) for name in expected}
    assert "ablator/py.typed" in wanted
    assert any(name.startswith("ablator/_resources/library/") for name in wanted)
    assert not wanted - names


def test_wheel_holds_nothing_else(wheel: tuple[set[str], set[str], str]) -> None:
    names, expected, _ = wheel
    wanted = {re.sub("^resources/", "ablator/_resources/", name) for name in expected}
    info = f"ablator_desktop-{ablator.__version__}.dist-info/*"
    assert not {name for name in names - wanted if not fnmatch(name, info)}


def test_wheel_metadata(wheel: tuple[set[str], set[str], str]) -> None:
    names, _, metadata = wheel
    assert "\nName: ablator-desktop\n" in metadata
    assert "\nLicense-Expression: MIT\n" in metadata
    assert "\nRequires-Python: >=3.11\n" in metadata
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_resources_are_found_in_a_checkout() -> None:
    assert resource() == ROOT / "resources"
    assert resource("library").is_dir()


def test_resources_are_found_in_a_wheel(tmp_path: Path) -> None:
    """The package alone, laid out as installed, finds its own `_resources`."""
    shutil.copytree(PACKAGE, tmp_path / "ablator", ignore=shutil.ignore_patterns("__pycache__", "_resources"))
    (tmp_path / "ablator" / "_resources").mkdir()
    code = "from ablator.resources import resource; print(resource('x'))"
    ended = run(sys.executable, "-c", code, cwd=tmp_path)
    assert ended.stdout.strip() == str(tmp_path / "ablator" / "_resources" / "x"), ended.stderr


def test_resources_are_found_in_a_frozen_build(tmp_path: Path) -> None:
    (tmp_path / "resources").mkdir()
    code = f"import sys; sys._MEIPASS = {str(tmp_path)!r}; from ablator.resources import resource; print(resource('x'))"
    ended = run(sys.executable, "-c", code)
    assert ended.stdout.strip() == str(tmp_path / "resources" / "x"), ended.stderr
