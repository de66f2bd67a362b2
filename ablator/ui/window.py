"""The main window: pages, menus, notices and status bar around one document."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QLabel, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from ablator.app.document import Document
from ablator.app.examples import example_study
from ablator.app.jobs import Jobs
from ablator.app.own_program import open_windows
from ablator.app.plain import one_line
from ablator.app.settings import Settings
from ablator.app.theme import MODES, Mode, Theme
from ablator.ui.asking import SUFFIX, Asking
from ablator.ui.dialogs import Dialogs
from ablator.ui.file_work import FileWork
from ablator.ui.menus import Actions
from ablator.ui.notice import NoticeStrip
from ablator.ui.paper.paper_work import PaperWork
from ablator.ui.preparing import prepare
from ablator.ui.recovery import Recovery
from ablator.ui.tasks_bar import TasksBar
from ablator.ui.touring import Touring
from ablator.ui.welcome import WelcomePage

if TYPE_CHECKING:
    from ablator.core.study import Study
    from ablator.ui.new_study import NewStudyPage
    from ablator.ui.results_work import ResultsWork
    from ablator.ui.workspace import Workspace

MESSAGE_MS = 8000
SMALLEST = (720, 480)
FIRST = (1280, 800)
DOCKS = ("library", "inspector", "plan", "symptoms", "curves", "plots", "findings")
DOCK_ACTIONS = {f"view.{name}": name for name in DOCKS}


class MainWindow(QMainWindow):
    """Owns the pages and joins them to document, settings and theme. Workspace and new-study page are made when needed.

    Pages: the welcome page while no study is loaded, the new-study page while one is being built, else the workspace.
    """

    page_changed = Signal(str)
    """`welcome`, `new` or `workspace`."""

    def __init__(
        self,
        document: Document,
        settings: Settings,
        theme: Theme,
        jobs: Jobs | None = None,
        asking: Asking | None = None,
    ) -> None:
        super().__init__()
        self.document, self.settings, self.theme = document, settings, theme
        self.jobs = jobs if jobs is not None else Jobs(self)
        self.asking = asking if asking is not None else Asking()
        self.workspace: Workspace | None = None
        self.new_page: NewStudyPage | None = None
        self._results_work: ResultsWork | None = None
        self.setObjectName("main")
        self.setMinimumSize(*SMALLEST)
        self.setAcceptDrops(True)
        self.notices = NoticeStrip(theme)
        self.dialogs = Dialogs(document, self)
        self.files = FileWork(document, settings, self.asking, self.notices, self.say, self, theme, self.jobs)
        self.paper = PaperWork(document, self.files, self.asking, self.notices, self.say, self)
        self.touring = Touring(document, settings, theme, self._work, self.files.open_example, self)
        self.welcome = WelcomePage(settings, theme)
        self.recovery = Recovery(document, self.welcome, self.notices, self.files.may_leave, self)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.welcome)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.notices)
        column.addWidget(self.stack, 1)
        self.setCentralWidget(centre)
        self.actions_made = Actions(document, theme, self._deeds(), self)
        self.actions_made.fill_menu_bar()
        self.addToolBar(self.actions_made.tool_bar())
        self._message = QLabel()
        self._message.setTextFormat(Qt.TextFormat.PlainText)
        self._message.setAccessibleName(self.tr("Message"))
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.setInterval(MESSAGE_MS)
        self._quiet.timeout.connect(self._message.clear)
        self.statusBar().addWidget(self._message, 1)
        self.statusBar().addPermanentWidget(TasksBar(self.jobs, theme))
        self._connect()
        self._restore()
        self._follow_study()
        self._retitle()

    # Pages

    @property
    def page(self) -> str:
        """`welcome`, `new` or `workspace`."""
        shown = self.stack.currentWidget()
        return "welcome" if shown is self.welcome else "new" if shown is self.new_page else "workspace"

    def new_study(self, sources: Sequence[str] = ()) -> None:
        """Show the new-study page, begun anew with these paths or templates."""
        self._new().start(sources)
        self._show(self._new())

    def take_files(self, paths: Sequence[Path]) -> None:
        """Take files: studies are opened, all but the first in windows of their own; others become a new study."""
        studies = [p for p in paths if p.suffix == SUFFIX]
        if studies:
            self.files.open_path(studies[0])
            if len(studies) > 1 and not open_windows(studies[1:]):
                self.say(self.tr("Opened {0}; no other window could be started.").format(studies[0].name))
        elif self.page == "new":
            self._new().add([str(p) for p in paths])
        elif self.page == "workspace" and self._results().fit(paths):
            self._results().take(paths)
        elif paths:
            self.new_study([str(p) for p in paths])

    def prepare(self) -> None:
        """Make in idle moments what the first study and its panels would have to wait for."""
        prepare(self, lambda: self.workspace, self._work)

    def say(self, text: str) -> None:
        """Show a word in the status bar for some seconds."""
        self._message.setText(one_line(text, 300))
        self._quiet.start()

    def _show(self, page: QWidget) -> None:
        if self.stack.currentWidget() is not page:
            self.stack.setCurrentWidget(page)
            self.page_changed.emit(self.page)

    def _new(self) -> "NewStudyPage":
        if self.new_page is None:
            from ablator.ui.new_study import NewStudyPage

            page = self.new_page = NewStudyPage(self.jobs, self.theme)
            page.created.connect(self._take_new)
            page.cancelled.connect(self._follow_study)
            page.files_wanted.connect(self._add_files)
            page.folder_wanted.connect(self._add_folder)
            page.failed.connect(lambda reason: self.notices.say(reason, "danger", (), self.jobs.details))
            self.stack.addWidget(page)
        return self.new_page

    def _results(self) -> "ResultsWork":
        if self._results_work is None:
            from ablator.ui.results_work import ResultsWork

            self._results_work = ResultsWork(self.document, self.jobs, self.asking, self.notices, self._folder, self)
        return self._results_work

    def _work(self) -> "Workspace":
        if self.workspace is None:
            from ablator.ui.workspace import Workspace

            work = self.workspace = Workspace(self.document, self.theme, self.jobs, settings=self.settings)
            self.stack.addWidget(work)
            work.message.connect(self.say)
            work.record_requested.connect(self.dialogs.record)
            work.waive_requested.connect(self.dialogs.waive)
            work.believe_requested.connect(self.dialogs.believe)
            work.dock_shown.connect(self._follow_dock)
            self.actions_made.scope_to(work.graph)
            self.actions_made["view.map"].setChecked(self.settings.get("graph/map"))
            work.graph.map.allow(self.settings.get("graph/map"))
            if not work.restore_layout(self.settings.get("window/docks")):
                work.share_when_sized()
            for action_id, name in DOCK_ACTIONS.items():
                self.actions_made[action_id].setChecked(work.dock_open(name))
        return self.workspace

    def _follow_study(self) -> None:
        """Another study is loaded, or none."""
        if self.document.empty:
            self._show(self.welcome)
        else:
            self._show(self._work())
            self._work().graph.setFocus()

    def _take_new(self, study: "Study") -> None:
        if self.files.may_leave():
            self.notices.clear()
            self.document.load(study, None, None)

    def _add_files(self) -> None:
        paths = self.asking.for_artefacts(self, self._folder())
        if paths:
            self._take_sources(paths)

    def _add_folder(self) -> None:
        path = self.asking.for_folder(self, self._folder())
        if path is not None:
            self._take_sources([path])

    def _take_sources(self, paths: Sequence[Path]) -> None:
        self.settings.set("files/folder", str(paths[0].absolute().parent))
        self.take_files(paths)

    def _folder(self) -> str:
        return str(self.settings.get("files/folder")) or str(Path.home())

    # Joining

    def _connect(self) -> None:
        d, w = self.document, self.welcome
        d.replaced.connect(self._follow_study)
        d.refused.connect(self.say)
        d.plan_failed.connect(lambda reason: self.notices.say(reason, "danger", (), self.jobs.details))
        for signal in (d.path_changed, d.dirty_changed, d.replaced):
            signal.connect(self._retitle)
        w.files_wanted.connect(self._add_files)
        w.folder_wanted.connect(self._add_folder)
        w.template_wanted.connect(lambda name: self.new_study([f"template:{name}"]))
        w.study_wanted.connect(self._open_listed)
        w.open_wanted.connect(self.files.open)
        self.settings.changed.connect(self._follow_setting)
        for mode in MODES:
            self.actions_made[f"view.theme-{mode}"].setChecked(self.theme.mode == mode)

    def _deeds(self) -> dict[str, Callable[[], None]]:
        """What each action does."""
        deeds: dict[str, Callable[[], None]] = {
            "file.new": self.new_study,
            "file.open": self.files.open,
            "file.example": self.files.open_example,
            "file.save": lambda: _done(self.files.save()),
            "file.save-as": lambda: _done(self.files.save_as()),
            "file.versions": self.files.disk.show_versions,
            "file.recovery": self.recovery.show_list,
            "file.export-plan": self.files.export_plan,
            "file.export-runs": self.files.export_runs,
            "file.export-picture": self.paper.export,
            "file.print": self.paper.print,
            "file.welcome": lambda: _done(self.files.close()),
            "file.quit": lambda: _done(self.close()),
            "edit.undo": self.document.undo,
            "edit.redo": self.document.redo,
            "edit.palette": lambda: self.dialogs.palette(self.actions_made, self.theme),
            "edit.preferences": lambda: self.dialogs.preferences(self.settings),
            "view.map": self._toggle_map,
            "view.reset": self._reset_layout,
            "view.full-screen": self._full_screen,
            "study.add": lambda: self._work().add_from_library(),
            "study.relate": self.dialogs.relate,
            "study.record": self.dialogs.record,
            "study.results": lambda: self._results().ask(),
            "study.waive": self.dialogs.waive,
            "study.believe": self.dialogs.believe,
            "study.adopt": self.dialogs.adopt,
            "study.freeze": self.dialogs.freeze,
            "study.run": self.dialogs.run,
            "study.compare": self.files.compare,
            "study.conflicts": self.files.disk.show_conflicts,
            "study.settings": self.dialogs.settings,
            "help.pages": self.dialogs.help_pages,
            "help.shortcuts": self.dialogs.shortcuts,
            "help.method": self.dialogs.method,
            "help.tour": self.touring.start,
            "help.about": self.dialogs.about,
        }
        for action_id in (
            *("edit.cut", "edit.copy", "edit.paste", "edit.duplicate", "edit.delete", "edit.rename", "edit.select-all"),
            *("edit.find", "view.zoom-in", "view.zoom-out", "view.actual-size", "view.fit", "view.arrange"),
        ):
            deeds[action_id] = partial(self._in_graph, action_id)
        for action_id in DOCK_ACTIONS:
            deeds[action_id] = partial(self._toggle_dock, action_id)
        for mode in MODES:
            deeds[f"view.theme-{mode}"] = partial(self._set_theme, mode)
        return {key: _without_arguments(deed) for key, deed in deeds.items()}

    def _in_graph(self, action_id: str) -> None:
        self._work().graph_deeds()[action_id]()

    def _toggle_dock(self, action_id: str) -> None:
        self._work().set_dock(DOCK_ACTIONS[action_id], self.actions_made[action_id].isChecked())

    def _toggle_map(self) -> None:
        self.settings.set("graph/map", self.actions_made["view.map"].isChecked())

    def _open_listed(self, path: Path) -> None:
        if path == example_study():
            self.files.open_example()
        else:
            self.files.open_path(path)

    def _retitle(self) -> None:
        name = self.files.name
        self.setWindowTitle(f"{name}[*] — Ablator" if name else "Ablator")
        self.setWindowModified(bool(name) and self.document.dirty)
        self.setWindowFilePath("")

    def _follow_dock(self, name: str, shown: bool) -> None:
        for action_id, dock in DOCK_ACTIONS.items():
            if dock == name:
                self.actions_made[action_id].setChecked(shown)

    def _set_theme(self, mode: Mode) -> None:
        self.settings.set("look/theme", mode)

    def _follow_setting(self, key: str) -> None:
        """A setting is new, wherever it was changed."""
        if key == "look/theme":
            self.theme.set_mode(self.settings.get(key))
            self.actions_made[f"view.theme-{self.theme.mode}"].setChecked(True)
        elif key == "graph/map" and self.workspace is not None:
            self.actions_made["view.map"].setChecked(self.settings.get(key))
            self.workspace.graph.map.allow(self.settings.get(key))

    def _full_screen(self) -> None:
        if self.isFullScreen():
            self.showNormal()
        else:
            self.showFullScreen()

    # Sizes and places

    def _restore(self) -> None:
        geometry = self.settings.get("window/geometry")
        if geometry.isEmpty() or not self.restoreGeometry(geometry):
            self.resize(*FIRST)

    def _reset_layout(self) -> None:
        self.settings.reset("window/docks")
        self._work().reset_layout()

    def _remember_places(self) -> None:
        self.settings.set("window/geometry", self.saveGeometry())
        if self.workspace is not None:
            self.settings.set("window/docks", self.workspace.layout_state())
        self.settings.sync()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Unsaved work is seen to first; then places are remembered and the worker ends."""
        if not self.files.may_leave():
            event.ignore()
            return
        self.recovery.let_go()
        self.files.disk.watch.stop()
        self._remember_places()
        self.jobs.stop()
        event.accept()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow() and hasattr(self, "files"):
            self.files.disk.watch.look()

    # Drag and drop

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _local_files(event):
            event.acceptProposedAction()
            self.welcome.set_hot(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.welcome.set_hot(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self.welcome.set_hot(False)
        paths = _local_files(event)
        if paths:
            event.acceptProposedAction()
            QTimer.singleShot(0, self, lambda: self.take_files(paths))


def _local_files(event: QDropEvent) -> list[Path]:
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]


def _without_arguments(deed: Callable[[], None]) -> Callable[[], None]:
    """`triggered` hands over whether the action is checked; no deed wants it."""
    return lambda *_: deed()


def _done(result: bool) -> None:
    """A menu has no use for the answer."""
