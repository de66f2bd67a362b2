"""What every test gets: folders of its own, Qt that shouts, and no window left open behind it."""

import atexit
import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication, QWidget

ROOT = Path(__file__).resolve().parents[1]

# Set before Qt, matplotlib or a child process reads them. A short name: sockets allow some 100 characters.
_HOME = Path(tempfile.mkdtemp(prefix="abl-"))
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
(_HOME / "run").mkdir(mode=0o700)
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.update(
    HOME=str(_HOME),
    XDG_CACHE_HOME=str(_HOME / "cache"),
    XDG_CONFIG_HOME=str(_HOME / "config"),
    XDG_DATA_HOME=str(_HOME / "data"),
    XDG_STATE_HOME=str(_HOME / "state"),
    XDG_RUNTIME_DIR=str(_HOME / "run"),
    GIT_CONFIG_GLOBAL=str(_HOME / "gitconfig"),
    GIT_CONFIG_NOSYSTEM="1",
)
(_HOME / "gitconfig").write_text(
    "[user]\n\tname = Test\n\temail = test@example.invalid\n[init]\n\tdefaultBranch = main\n"
)

_SLOW_IS_NO_FAULT = [hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.data_too_large]
hypothesis.settings.register_profile(
    "ci", derandomize=True, deadline=None, database=None, print_blob=True, suppress_health_check=_SLOW_IS_NO_FAULT
)
hypothesis.settings.register_profile(
    "search", deadline=None, max_examples=1000, suppress_health_check=_SLOW_IS_NO_FAULT
)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

_numbers = itertools.count()
_failed = pytest.StashKey[bool]()
_MODAL_POLL_MS = 500
_MODAL_POLLS = 20


@pytest.fixture
def shared() -> Path:
    """The folder of shared data beside the checkout; the test is skipped where there is none."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("no shared data beside this checkout")
    return folder


@pytest.fixture(autouse=True)
def own_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fresh XDG folders for each test; nothing makes them before the program does. The cache is shared by all."""
    own = _HOME / f"test-{next(_numbers)}"
    for kind in ("config", "data", "state"):
        monkeypatch.setenv(f"XDG_{kind.upper()}_HOME", str(own / kind))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave benchmarks out unless they are named; skip what needs a display where there is none."""
    named = any("benchmarks" in str(word) for word in config.invocation_params.args)
    measured = [item for item in items if "benchmarks" in item.path.parts and not named]
    if measured:
        config.hook.pytest_deselected(items=measured)
        items[:] = [item for item in items if item not in measured]
    if os.environ["QT_QPA_PLATFORM"] == "xcb":
        return
    for item in items:
        if item.get_closest_marker("display"):
            item.add_marker(pytest.mark.skip(reason="needs an X display: sh packaging/test runs it under Xvfb"))


# Qt


def _application() -> "QApplication | None":
    """The running QApplication, without importing Qt for a test that does not."""
    import sys

    widgets = sys.modules.get("PySide6.QtWidgets")
    instance = widgets.QApplication.instance() if widgets else None
    return instance if widgets and isinstance(instance, widgets.QApplication) else None


def _registered(item: pytest.Item) -> list["QWidget | None"]:
    """What the test gave to `qtbot.addWidget`."""
    return [reference() for reference, _ in getattr(item, "qt_widgets", [])]


def _unasked_dialogs(item: pytest.Item) -> list[str]:
    """Close every dialog on the screen that the test did not register, and describe it."""
    app = _application()
    if app is None:
        return []
    from PySide6.QtWidgets import QDialog, QMessageBox

    known = _registered(item)
    found = []
    for window in app.topLevelWidgets():
        if isinstance(window, QDialog) and window.isVisible() and not any(window is widget for widget in known):
            text = window.text() if isinstance(window, QMessageBox) else window.windowTitle()
            found.append(f"{type(window).__name__} {text!r}")
            window.reject()
    return found


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test that ends with a dialog open that it did not ask for."""
    item.stash[_failed] = True
    try:
        result = yield
    finally:
        dialogs = _unasked_dialogs(item)
    if dialogs:
        pytest.fail(f"dialogs that nobody asked for: {', '.join(dialogs)}", pytrace=False)
    item.stash[_failed] = False
    return result


def _modal_guard(stuck: list[str]) -> Callable[[], None]:
    """A poll that ends a modal dialog nobody answers, which would hang the suite, and notes it in `stuck`."""
    seen: list[object] = []

    def poll() -> None:
        app = _application()
        modal = app.activeModalWidget() if app else None
        if modal is None or (seen and seen[0] is not modal):
            seen.clear()
        if modal is not None:
            seen.append(modal)
        if modal is not None and len(seen) >= _MODAL_POLLS:
            stuck.append(f"{type(modal).__name__} {modal.windowTitle()!r}")
            seen.clear()
            modal.close()

    return poll


def _close_leaks(before: list["QWidget"]) -> list[str]:
    """Delete the windows that have no owner and were not there before; describe them."""
    import gc

    from PySide6.QtCore import QCoreApplication, QEvent

    def orphans() -> list["QWidget"]:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        app = _application()
        found = app.topLevelWidgets() if app else []
        return [one for one in found if one.parent() is None and not any(one is other for other in before)]

    if not orphans():
        return []
    gc.collect()
    left = orphans()
    described = [f"{type(one).__name__} {one.objectName() or one.windowTitle()!r}" for one in left]
    for one in left:
        one.close()
        one.deleteLater()
    del left
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    return described


@pytest.fixture(autouse=True)
def tidy_windows(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves a window behind or a modal dialog unanswered."""
    if "qapp" not in request.fixturenames:
        yield
        return
    from PySide6.QtCore import QTimer

    app: QApplication = request.getfixturevalue("qapp")
    before = app.topLevelWidgets()
    stuck: list[str] = []
    guard = QTimer()
    guard.timeout.connect(_modal_guard(stuck))
    guard.start(_MODAL_POLL_MS)
    yield
    guard.stop()
    left = _close_leaks(before)
    if stuck:
        pytest.fail(f"modal dialogs that nobody answered: {', '.join(stuck)}", pytrace=False)
    if left and not request.node.stash.get(_failed, True):
        pytest.fail(f"windows left behind (give them to qtbot.addWidget): {', '.join(left)}", pytrace=False)


def pytest_unconfigure() -> None:
    """Let go what Qt would free or call into after the interpreter's end: clips and undo steps made in Python."""
    import gc
    import sys

    app = _application()
    if app is not None:
        app.clipboard().clear()
    module = sys.modules.get("ablator.app.document")
    for one in gc.get_objects() if module else ():
        if type(one) is module.Document:
            one.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write passed, failed and skipped for packaging/test, which adds up its two halves."""
    tally = os.environ.get("ABLATOR_TEST_TALLY")
    if tally and "PYTEST_XDIST_WORKER" not in os.environ:
        count = {kind: len(reports) for kind, reports in terminalreporter.stats.items()}
        passed = count.get("passed", 0) + count.get("xfailed", 0)
        failed = count.get("failed", 0) + count.get("error", 0) + count.get("xpassed", 0)
        with open(tally, "a", encoding="utf-8") as file:
            file.write(f"{passed} {failed} {count.get('skipped', 0)}\n")
