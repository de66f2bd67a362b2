"""Tasks in the status bar: what runs beside the window, how far it is, and a button to stop it."""

from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QToolButton, QWidget

from ablator.app.icons import icon
from ablator.app.jobs import Jobs
from ablator.app.theme import Theme
from ablator.ui.style import label

PATIENCE_MS = 300
"""What is done sooner is not worth a flicker."""


class TasksBar(QWidget):
    """Shows the job under way once it takes longer than a moment. Without a share the bar runs to and fro."""

    def __init__(self, jobs: Jobs, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._theme = jobs, theme
        self._label = label(size="small", tone="muted")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedSize(96, 6)
        self._bar.setAccessibleName(self.tr("Progress"))
        self._stop = QToolButton()
        self._stop.setAutoRaise(True)
        self._stop.setToolTip(self.tr("Stop"))
        self._stop.setAccessibleName(self.tr("Stop the task"))
        self._stop.clicked.connect(jobs.cancel_running)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for part in (self._label, self._bar, self._stop):
            row.addWidget(part)
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(PATIENCE_MS)
        self._delay.timeout.connect(self._appear)
        jobs.running_changed.connect(self._follow)
        jobs.progressed.connect(self._progress)
        theme.changed.connect(self._tint)
        self._tint()
        self.hide()

    def _follow(self) -> None:
        if self._jobs.running:
            if not self._delay.isActive() and not self.isVisible():
                self._delay.start()
        else:
            self._delay.stop()
            self.hide()

    def _appear(self) -> None:
        name = self._jobs.running
        if name:
            self._label.setText(task_name(name))
            self._bar.setRange(0, 0)
            self.show()

    def _progress(self, name: str, share: float, text: str) -> None:
        self._bar.setRange(0, 100)
        self._bar.setValue(round(share * 100))
        self._label.setText(f"{text or task_name(name)} · {round(share * 100)} %")

    def _tint(self) -> None:
        self._stop.setIcon(icon("stop", self._theme, "muted"))


def task_name(name: str) -> str:
    """What a job is called on the screen."""
    words = {
        "plan": "Planning",
        "layout": "Laying the graph out",
        "build": "Reading what you dropped",
        "plot": "Plotting",
        "merge": "Merging",
        "stages": "Merging what git left",
        "compare": "Comparing",
    }
    return QCoreApplication.translate("TasksBar", words.get(name, name))
