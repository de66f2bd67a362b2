"""The workspace: the graph with the retrace above it and the panels docked around it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QByteArray, Qt, QTimer, Signal
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabWidget, QVBoxLayout, QWidget
from shiboken6 import isValid

from ablator.app.document import Document
from ablator.app.jobs import Jobs
from ablator.app.settings import Settings
from ablator.app.theme import Theme
from ablator.plan.types import CLOSED
from ablator.ui.graph.view import GraphPanel
from ablator.ui.plan_panel import PlanPanel
from ablator.ui.retrace_bar import RetraceBar

if TYPE_CHECKING:
    from ablator.ui.curves_panel import CurvesPanel
    from ablator.ui.findings_panel import FindingsPanel
    from ablator.ui.inspector import Inspector
    from ablator.ui.library_palette import LibraryPalette
    from ablator.ui.plots.panel import PlotsPanel
    from ablator.ui.symptoms_panel import SymptomsPanel

LAYOUT_VERSION = 3

P = TypeVar("P", bound=QWidget)


class Workspace(QMainWindow):
    """A window inside the window, so that its docks come and go with the study. Owns the panels and where they lie.

    Graph, retrace and plan are made at once, the other panels when they are asked for, or after the first paint when
    their dock is seen.
    """

    message = Signal(str)
    record_requested = Signal(str)
    waive_requested = Signal(str)
    believe_requested = Signal()
    dock_shown = Signal(str, bool)
    """Name of a dock, and whether it is open (a tab behind another counts as open)."""

    def __init__(
        self,
        document: Document,
        theme: Theme,
        jobs: Jobs | None,
        parent: QWidget | None = None,
        settings: Settings | None = None,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Widget)
        self.setObjectName("workspace")
        self._document, self._theme, self._jobs = document, theme, jobs
        self._unshared = False
        self._seen: set[str] = set()
        """Docks in view: open, and not behind another."""
        self._painted = False
        self._late = QTimer(self)  # tabs come into view and go again while all are being placed
        self._late.setSingleShot(True)
        self._late.setInterval(0)
        self._late.timeout.connect(self._make_seen)
        self.graph = GraphPanel(document, theme, self, jobs=jobs)
        self.retrace = RetraceBar(document, theme)
        self.plan = PlanPanel(document, theme, settings=settings)
        self.centre = QWidget()
        column = QVBoxLayout(self.centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.graph, 1)
        self.setCentralWidget(self.centre)
        self.setMenuWidget(self.retrace)  # above the docks, over the whole width
        self.setDockOptions(QMainWindow.DockOption.AllowTabbedDocks | QMainWindow.DockOption.AllowNestedDocks)
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        self.docks: dict[str, QDockWidget] = {}
        self._bare: dict[str, QWidget] = {}
        titles = {
            "library": self.tr("Library"),
            "inspector": self.tr("Inspector"),
            "plan": self.tr("Plan"),
            "symptoms": self.tr("Symptoms"),
            "curves": self.tr("Curves"),
            "plots": self.tr("Plots"),
            "findings": self.tr("Findings"),
        }
        for name, title in titles.items():
            self.docks[name] = self._dock(name, title)
        self.docks["plan"].setWidget(self.plan)
        self.reset_layout()
        self._connect()

    # Panels

    @property
    def symptoms(self) -> "SymptomsPanel":
        """The panel of the symptoms and culprits."""
        from ablator.ui.symptoms_panel import SymptomsPanel

        def make() -> SymptomsPanel:
            panel = SymptomsPanel(self._document, self._theme)
            panel.chosen.connect(lambda symptom: self.curves.choose(symptom))  # noqa: PLW0108  # made when first chosen
            return panel

        return self._panel("symptoms", SymptomsPanel, make)

    @property
    def inspector(self) -> "Inspector":
        """The panel of the selected element."""
        from ablator.ui.inspector import Inspector

        def make() -> Inspector:
            panel = Inspector(self._document, self._theme)
            panel.step_clicked.connect(self.plan.show_step)
            panel.believe_requested.connect(self.believe_requested)
            return panel

        return self._panel("inspector", Inspector, make)

    @property
    def curves(self) -> "CurvesPanel":
        """The panel of the log's curves."""
        from ablator.ui.curves_panel import CurvesPanel

        def make() -> CurvesPanel:
            panel = CurvesPanel(self._document, self._theme)
            panel.message.connect(self.message)
            return panel

        return self._panel("curves", CurvesPanel, make)

    @property
    def plots(self) -> "PlotsPanel":
        """The panel of the plots."""
        from ablator.ui.plots.panel import PlotsPanel

        def make() -> PlotsPanel:
            panel = PlotsPanel(self._document, self._theme, self._jobs)
            panel.message.connect(self.message)
            return panel

        return self._panel("plots", PlotsPanel, make)

    @property
    def findings(self) -> "FindingsPanel":
        """The panel of the findings."""
        from ablator.ui.findings_panel import FindingsPanel

        return self._panel("findings", FindingsPanel, lambda: FindingsPanel(self._document, self._theme))

    @property
    def library(self) -> "LibraryPalette":
        """The palette of the library."""
        from ablator.ui.library_palette import LibraryPalette

        def make() -> LibraryPalette:
            palette = LibraryPalette(self._document, self._theme)
            palette.add_requested.connect(self.graph.add_from_library)
            return palette

        return self._panel("library", LibraryPalette, make)

    def panel(self, name: str) -> QWidget:
        """The panel of a dock, made if it is not there yet."""
        made: QWidget = getattr(self, name)
        return made

    def missing_panels(self) -> list[str]:
        """Names of the docks whose panels are not made yet."""
        return [name for name, dock in self.docks.items() if dock.widget() is None]

    def _note_seen(self, name: str, seen: bool) -> None:
        if seen:
            self._seen.add(name)
            if self._painted:
                self._late.start()
        else:
            self._seen.discard(name)

    def _make_seen(self) -> None:
        for name in self.missing_panels():
            if name in self._seen:
                self.panel(name)

    def _panel(self, name: str, kind: type[P], make: Callable[[], P]) -> P:
        dock = self.docks[name]
        there = dock.widget()
        if isinstance(there, kind):
            return there
        panel = make()
        dock.setWidget(panel)
        return panel

    def _dock(self, name: str, title: str) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(name)
        dock.toggleViewAction().toggled.connect(lambda on: self.dock_shown.emit(name, on))
        dock.visibilityChanged.connect(lambda seen: self._note_seen(name, seen))
        for signal in (dock.topLevelChanged, dock.visibilityChanged, dock.dockLocationChanged):
            signal.connect(self._title_docks)
        return dock

    def _title_docks(self, *_: object) -> None:
        """A dock that shows its name on a tab has no bar that repeats it."""
        for name, dock in list(self.docks.items()):
            if not isValid(dock):
                continue  # the window is going
            beside = [other for other in self.tabifiedDockWidgets(dock) if not other.isHidden()]
            tabbed = bool(beside) and not dock.isFloating() and not dock.isHidden()
            if tabbed and name not in self._bare:
                self._bare[name] = QWidget(dock)
                dock.setTitleBarWidget(self._bare[name])
            elif not tabbed and name in self._bare:
                bare = self._bare.pop(name)
                dock.setTitleBarWidget(None)  # type: ignore[arg-type]  # Qt's own bar again
                bare.deleteLater()

    def _connect(self) -> None:
        for panel in (self.graph, self.plan):
            panel.message.connect(self.message)
        self.plan.record_requested.connect(self.record_requested)
        self.plan.waive_requested.connect(self.waive_requested)
        self.graph.inspect_requested.connect(lambda _: self.show_dock("inspector"))
        self.retrace.stage_clicked.connect(self._show_stage)
        self._document.plan_changed.connect(self._count_findings)
        self._count_findings()

    def _count_findings(self) -> None:
        """Say on the tab how many findings there are."""
        plan = self._document.plan
        count = len(plan.findings) if plan is not None else 0
        name = self.tr("Findings")
        self.docks["findings"].setWindowTitle(f"{name} ({count})" if count else name)

    # Docks

    def reset_layout(self) -> None:
        """Put the docks where they were at first: inspector right, plan and findings below, library put away."""
        area = Qt.DockWidgetArea
        for dock in self.docks.values():
            dock.setFloating(False)
            self.removeDockWidget(dock)
        self.addDockWidget(area.LeftDockWidgetArea, self.docks["library"])
        self.addDockWidget(area.RightDockWidgetArea, self.docks["inspector"])
        self.addDockWidget(area.BottomDockWidgetArea, self.docks["plan"])
        self.tabifyDockWidget(self.docks["plan"], self.docks["symptoms"])
        self.tabifyDockWidget(self.docks["symptoms"], self.docks["curves"])
        self.tabifyDockWidget(self.docks["curves"], self.docks["plots"])
        self.tabifyDockWidget(self.docks["plots"], self.docks["findings"])
        for name, dock in self.docks.items():
            dock.setVisible(name != "library")
        self.docks["plan"].raise_()
        self.share_room()

    def share_when_sized(self) -> None:
        """Give the docks their first sizes as soon as the workspace has its own."""
        self._unshared = True

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            self._late.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._unshared:
            self._unshared = False
            self.share_room()

    def share_room(self) -> None:
        """Give the docks their first sizes, measured by the window."""
        wide, high = max(self.width(), 640), max(self.height(), 480)
        side = min(max(round(wide * 0.24), 260), 340)
        self.resizeDocks(
            [self.docks["library"], self.docks["inspector"]], [min(side, 260), side], Qt.Orientation.Horizontal
        )
        self.resizeDocks(
            [self.docks["plan"]],
            [min(max(round((high - self.retrace.height()) * 0.42), 236), 520)],
            Qt.Orientation.Vertical,
        )

    def layout_state(self) -> QByteArray:
        """Where the docks lie."""
        return self.saveState(LAYOUT_VERSION)

    def restore_layout(self, state: QByteArray) -> bool:
        """Put the docks where they lay; False where the state is of another version or damaged."""
        return not state.isEmpty() and self.restoreState(state, LAYOUT_VERSION)

    def show_dock(self, name: str) -> None:
        """Open a dock and bring it to the front."""
        self.panel(name)
        self.docks[name].show()
        self.docks[name].raise_()

    def set_dock(self, name: str, shown: bool) -> None:
        """Open or close a dock."""
        if shown:
            self.show_dock(name)
        else:
            self.docks[name].hide()

    def dock_open(self, name: str) -> bool:
        """Whether a dock is open, perhaps as a tab behind another."""
        return not self.docks[name].isHidden()

    def add_from_library(self) -> None:
        """Open the palette with the cursor in its search field."""
        self.show_dock("library")
        self.library.focus_search()

    def graph_deeds(self) -> dict[str, Callable[[], None]]:
        """What the actions of the graph do."""
        graph = self.graph
        return {
            "edit.cut": graph.cut,
            "edit.copy": graph.copy,
            "edit.paste": graph.paste,
            "edit.duplicate": graph.duplicate,
            "edit.delete": graph.delete_selected,
            "edit.rename": graph.rename_selected,
            "edit.select-all": graph.select_all,
            "edit.find": graph.focus_search,
            "view.zoom-in": graph.zoom_in,
            "view.zoom-out": graph.zoom_out,
            "view.actual-size": graph.actual_size,
            "view.fit": graph.fit,
            "view.arrange": graph.relayout,
        }

    def _show_stage(self, stage: str) -> None:
        """A stage of the retrace was clicked: select its first open step and show the plan."""
        self.show_dock("plan")
        plan = self._document.plan
        if plan is None:
            return
        mine = [s for s in plan.steps if s.stage == stage]
        wanted = next((s for s in mine if s.state not in CLOSED), mine[0] if mine else None)
        if wanted is not None:
            self._document.select([wanted.element])
            self.graph.fly_to(wanted.element)
