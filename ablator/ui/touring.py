"""When the tour comes: on the example, until it was done or skipped, and whenever it is asked for."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from ablator.app.document import Document
from ablator.app.examples import is_example
from ablator.app.settings import Settings
from ablator.app.theme import Theme

if TYPE_CHECKING:
    from ablator.ui.tour import Stop, Tour
    from ablator.ui.workspace import Workspace

KEY = "help/tour"


class Touring(QObject):
    """Owns the tour under way, if there is one."""

    def __init__(
        self,
        document: Document,
        settings: Settings,
        theme: Theme,
        work: Callable[[], "Workspace"],
        open_example: Callable[[], None],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._document, self._settings, self._theme = document, settings, theme
        self._work, self._open_example, self._window = work, open_example, window
        self.tour: Tour | None = None
        self._wanted = False
        document.plan_changed.connect(self._offer)
        document.replaced.connect(self._leave)

    def start(self) -> None:
        """Begin the tour now, on the study that is open or on the example."""
        if self._document.empty:
            self._wanted = True
            self._open_example()
        else:
            self._begin()

    def _offer(self) -> None:
        """A plan is there: the example is ready to be shown."""
        if self._document.plan is None or self._document.empty or not self._window.isVisible():
            return
        first = bool(self._settings.get(KEY)) and is_example(self._document.study)
        if self.tour is None and (self._wanted or first) and not self._document.undo_stack.count():
            QTimer.singleShot(0, self, self._begin)  # when all panels have taken the plan

    def _begin(self) -> None:
        from ablator.ui.tour import Tour

        self._wanted = False
        if self.tour is None and not self._document.empty:
            self.tour = Tour(self._window, self._theme, self._stops(), self._end)

    def _end(self) -> None:
        self.tour = None
        self._settings.set(KEY, False)

    def _leave(self) -> None:
        """Another study: the tour goes, but may come again."""
        if self.tour is not None:
            kept = self._settings.get(KEY)
            self.tour.end()
            self._settings.set(KEY, kept)

    def _stops(self) -> "list[Stop]":
        from ablator.ui.tour import Stop

        work = self._work()

        def plan() -> QWidget:
            work.show_dock("plan")
            return work.plan

        def symptoms() -> QWidget:
            work.show_dock("symptoms")
            return work.symptoms

        return [
            Stop(
                self.tr("The model as ideas in five lanes"),
                self.tr(
                    "Each card is something that the model rests on: from what is to be learned, at the top, down to "
                    "how it is measured. Select one to see what falls if it goes."
                ),
                lambda: work.graph,
            ),
            Stop(
                self.tr("The way back"),
                self.tr(
                    "Trouble is traced from the right: first whether the measurement can be trusted, then whether "
                    "training reached what it could, and only then the ideas. A click shows what keeps a gate closed."
                ),
                lambda: work.retrace,
            ),
            Stop(
                self.tr("What you see"),
                self.tr("Tick a symptom in your own words: the culprits and the plan follow at once."),
                symptoms,
            ),
            Stop(
                self.tr("What to do next"),
                self.tr(
                    "The plan asks the likely and cheap questions first. Each row says why it stands where it does; "
                    "drag the line of the budget to see what it pays for."
                ),
                plan,
            ),
            Stop(
                self.tr("Put it on record"),
                self.tr(
                    "Run what the card shows, then enter the values. A verdict settles the step, opens the gates and "
                    "changes the plan. Everything can be undone."
                ),
                lambda: work.plan.card,
            ),
        ]
