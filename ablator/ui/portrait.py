"""A portrait of the window: the real one, shown offscreen until its plan and layout are there, then painted."""

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtCore import QBuffer, QByteArray, QEventLoop, QIODevice, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from ablator.app.settings import Settings
from ablator.core.errors import BadInput, CannotAccess
from ablator.core.study import Study
from ablator.files.study_file import open_study
from ablator.ui.program import Program, application

PATIENCE_S = 60.0
CALM_MS = 350
"""So long nothing may move before the picture is taken: gliding cards take less."""
TICK_MS = 25
PLOTS = ("forest", "tuning", "noise", "power", "devices")
DIALOGS = {
    "help": "help.pages",
    "method": "help.method",
    "shortcuts": "help.shortcuts",
    "about": "help.about",
    "palette": "edit.palette",
    "settings": "study.settings",
    "preferences": "edit.preferences",
    "conflicts": "study.conflicts",
}


def portrait(study: Path | None, view: str, theme: str, size: tuple[int, int]) -> bytes:
    """PNG bytes of a view. Raises AblatorError for a study that cannot be read."""
    opened = open_study(study) if study is not None else None
    app = application()
    wrong: list[str] = []
    before = qInstallMessageHandler(_pass_on)
    hook, sys.excepthook = sys.excepthook, lambda kind, error, _: wrong.append(f"{kind.__name__}: {error}")
    try:
        picture = _portrait(app, study, opened, view, theme, size)
    finally:
        sys.excepthook = hook
        qInstallMessageHandler(before)
    if wrong:
        raise CannotAccess(f"the window met an error: {wrong[0]}", place="screenshot", mend="report it as a bug")
    return picture


def _pass_on(_: QtMsgType, __: object, message: str) -> None:
    """Qt's words, but for what the platform without a display says of every dialog of a fixed size."""
    if "propagateSizeHints" not in message:
        print(message, file=sys.stderr)


def _portrait(
    app: QApplication,
    study: Path | None,
    opened: tuple[Study, str] | None,
    view: str,
    theme: str,
    size: tuple[int, int],
) -> bytes:
    """The picture, of a window that exists for no longer than it takes."""
    with TemporaryDirectory(prefix="abl-") as folder:
        settings = Settings(Path(folder) / "settings.ini")
        settings.set("help/tour", view == "tour")
        program = Program(app, theme, settings)
        window = program.window
        try:
            window.resize(*size)
            window.show()
            program.jobs.release()
            if opened is not None and study is not None and view != "welcome":
                program.document.load(opened[0], study.absolute(), opened[1])
            if view == "new":
                window.new_study(["template:decoder-lm"])
            _wait(program)
            return _png(_painted(program, view))
        finally:
            for dialog in window.findChildren(QDialog):
                dialog.close()
            program.jobs.stop()
            window.hide()
            window.deleteLater()


def _wait(program: Program) -> None:
    """Until the plan is there, the worker is idle and nothing moves any more."""
    document, jobs = program.document, program.jobs
    end = time.monotonic() + PATIENCE_S
    calm = [time.monotonic()]
    loop = QEventLoop()
    tick = QTimer()

    def look() -> None:
        now = time.monotonic()
        waiting = document.planning or jobs.busy or (not document.empty and document.plan is None)
        if waiting:
            calm[0] = now
        if now - calm[0] >= CALM_MS / 1000 or now > end:
            loop.quit()

    tick.timeout.connect(look)
    tick.start(TICK_MS)
    loop.exec()
    tick.stop()
    if time.monotonic() > end:
        raise CannotAccess("the plan takes too long to paint", place="screenshot", mend="use a smaller study")


def _painted(program: Program, view: str) -> QPixmap:
    """A picture of the part that the view names."""
    window = program.window
    work = window.workspace
    if view == "compare":
        window.files.disk.compare(*_beside(window.document.path))
        _wait(program)
    if view in DIALOGS or view == "compare":
        if view != "compare":
            window.actions_made.run(DIALOGS[view])
        dialog = next((d for d in window.findChildren(QDialog) if d.isVisible()), None)
        if dialog is None:
            raise BadInput(f"there is nothing to show under {view!r}", place="screenshot", mend="choose another view")
        _settle()
        return dialog.grab()
    if work is None or view in {"welcome", "new", "workspace", "tour"}:
        return window.grab()
    if view in PLOTS:
        work.plots.show_kind(view)
        view = "plots"
    if view in work.docks:
        work.show_dock(view)
        if view == "inspector" and window.document.plan is not None and window.document.plan.steps:
            window.document.select([window.document.plan.steps[0].element])
    part: QWidget = {
        "graph": work.graph,
        "plan": work.plan,
        "inspector": work.inspector,
        "findings": work.findings,
        "symptoms": work.symptoms,
        "curves": work.curves,
        "plots": work.plots,
        "library": work.library,
        "retrace": work.retrace,
    }[view]
    if view != "retrace":
        others = [d for name, d in work.docks.items() if name != view]
        for dock in others:
            dock.hide()
    if view in {"plan", "findings", "symptoms", "curves", "plots"}:
        work.centre.hide()
    _settle()
    if view == "plots":
        _wait(program)
    return part.grab()


def _beside(path: Path | None) -> tuple[Path, str]:
    """What a study is compared with in a picture: its last earlier version, else the example."""
    from ablator.app.examples import example_study
    from ablator.files.versions import earlier_versions

    found = earlier_versions(path) if path is not None else []
    example = example_study()
    if found:
        return found[0].file, "earlier version"
    if example is None:
        raise CannotAccess("there is nothing to compare with", place="screenshot", mend="save the study once more")
    return example, example.stem


def _settle() -> None:
    loop = QEventLoop()
    QTimer.singleShot(CALM_MS, loop.quit)
    loop.exec()


def _png(picture: QPixmap) -> bytes:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")
    buffer.close()
    return bytes(data.data())
