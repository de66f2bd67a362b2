"""The plots of the evidence: choose one, copy it, save it; figures are made in the worker."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from ablator.app.document import Document
from ablator.app.jobs import Job, Jobs
from ablator.app.plain import one_line
from ablator.app.plots.figure import Figure
from ablator.app.plots.saving import image, saved, size_of
from ablator.app.theme import Theme
from ablator.core.queries import title
from ablator.ui.plots.canvas import PlotCanvas
from ablator.ui.plots.keeping import AskPath, ask_path, keep


class PlotsPanel(QWidget):
    """One plot at a time. Nothing is made while the panel is out of sight, and a late figure never wins."""

    message = Signal(str)

    def __init__(
        self,
        document: Document,
        theme: Theme,
        jobs: Jobs | None = None,
        parent: QWidget | None = None,
        ask_path: AskPath = ask_path,
    ) -> None:
        super().__init__(parent)
        self._document, self._jobs, self._ask_path = document, jobs, ask_path
        self._job: Job | None = None
        self._due = True
        self.setAccessibleName(self.tr("Plots"))
        self.kind = QComboBox()
        self.kind.setAccessibleName(self.tr("Plot"))
        for key, name in (
            ("forest", self.tr("Effects")),
            ("tuning", self.tr("Tuning")),
            ("noise", self.tr("Noise of the baseline")),
            ("power", self.tr("Seeds and power")),
            ("devices", self.tr("Devices and time")),
        ):
            self.kind.addItem(name, key)
        self.step = QComboBox()
        self.step.setAccessibleName(self.tr("Step"))
        self.step.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.step.setMinimumContentsLength(20)
        self.copy_button = QPushButton(self.tr("Copy"))
        self.copy_button.setToolTip(self.tr("Copy the plot as a picture"))
        self.save_button = QPushButton(self.tr("Save…"))
        self.save_button.setToolTip(self.tr("Save the plot as SVG, PNG or PDF"))
        self.canvas = PlotCanvas(theme)
        self._arrange()
        self.kind.currentIndexChanged.connect(self._choose)
        self.step.activated.connect(self._ask)
        self.copy_button.clicked.connect(self.copy)
        self.save_button.clicked.connect(self.save)
        document.plan_changed.connect(self.refresh)
        self.refresh()

    def _arrange(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(12, 8, 12, 4)
        bar.setSpacing(8)
        bar.addWidget(self.kind)
        bar.addWidget(self.step)
        bar.addStretch(1)
        bar.addWidget(self.copy_button)
        bar.addWidget(self.save_button)
        scroll = QScrollArea()
        scroll.setAccessibleName(self.tr("Plots"))
        scroll.setWidget(self.canvas)
        scroll.setWidgetResizable(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(scroll, 1)

    def show_kind(self, kind: str) -> None:
        """Choose a plot by its word: `forest`, `tuning`, `noise`, `power` or `devices`."""
        self.kind.setCurrentIndex(self.kind.findData(kind))

    def copy(self) -> None:
        """Put the picture on the clipboard."""
        figure = self.canvas.figure
        if figure is not None and not figure.empty:
            QGuiApplication.clipboard().setImage(image(figure, size_of(figure, self.font()), self.font()))
            self.message.emit(self.tr("Copied the plot"))

    def save(self) -> None:
        """Ask for a file and write the picture; the format follows the name."""
        figure = self.canvas.figure
        if figure is None or figure.empty:
            return
        first = f"{self.kind.currentData()}.svg"
        said = keep(self, self._ask_path, self.tr("Save plot"), first, lambda form: saved(figure, form, self.font()))
        if said:
            self.message.emit(said)

    def refresh(self) -> None:
        """Make the plot anew, now or as soon as the panel is seen."""
        self._due = True
        if self.isVisible():
            self._choose()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._due:
            self._choose()

    def _choose(self, _: int = 0) -> None:
        """Another kind of plot, or another plan: fill the list of steps and ask for the figure."""
        plan, study = self._document.plan, self._document.study
        self.step.setVisible(self.kind.currentData() == "tuning")
        if plan is not None and not self.step.isHidden():
            from ablator.app.plots.making import tuned_steps

            before = self.step.currentData()
            self.step.clear()
            for step in tuned_steps(study, plan):
                element = study.elements.get(step.element)
                self.step.addItem(one_line(title(element) if element else step.id, 80), step.id)
            self.step.setCurrentIndex(max(self.step.findData(before), 0))
            self.step.setEnabled(self.step.count() > 1)
            self.step.setVisible(self.step.count() > 0)
        self._ask()

    def _ask(self, _: int = 0) -> None:
        plan = self._document.plan
        if self._job is not None:
            self._job.cancel()
            self._job = None
        if plan is None:
            self._take(Figure(title=self.tr("Plots"), empty=self.tr("Plots appear here when a plan is made.")))
            self._due = True
            return
        self._due = False
        kind, step = str(self.kind.currentData()), str(self.step.currentData() or "")
        if self._jobs is None:
            from ablator.app.plots.making import figure

            self._take(figure(kind, self._document.study, plan, step))
            return
        import msgspec

        from ablator.app.plots.making import Request
        from ablator.files.study_file import encode

        asked = Request(kind, encode(self._document.study), msgspec.msgpack.encode(plan), step)
        self._job = self._jobs.submit("plot", msgspec.msgpack.encode(asked), self._arrive, self._refuse)

    def _arrive(self, answer: bytes) -> None:
        import msgspec

        self._job = None
        self._take(msgspec.msgpack.decode(answer, type=Figure))

    def _refuse(self, reason: str) -> None:
        self._job = None
        self._take(Figure(title=self.tr("Plots"), empty=one_line(reason)))

    def _take(self, figure: Figure) -> None:
        self.canvas.show_figure(figure)
        for button in (self.copy_button, self.save_button):
            button.setEnabled(not figure.empty)
