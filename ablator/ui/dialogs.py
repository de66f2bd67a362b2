"""Opens the dialogs of the window; each is imported when first wanted."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from ablator.app.actions import step_in_question
from ablator.app.document import Document

if TYPE_CHECKING:
    from ablator.app.running import Running
    from ablator.app.settings import Settings
    from ablator.app.theme import Theme
    from ablator.ui.menus import Actions


class Dialogs(QObject):
    """Opens dialogs over one window. None blocks; what they change goes through the document."""

    def __init__(self, document: Document, window: QWidget) -> None:
        super().__init__(window)
        self._document, self._window = document, window
        self._running: Running | None = None

    def record(self, step: str = "") -> None:
        """Take a verdict or results for a step, or for the open one about the selected element."""
        from ablator.ui.record_dialog import record

        wanted = step or step_in_question(self._document)
        if wanted is not None:
            record(self._window, self._document, wanted)

    def waive(self, step: str = "") -> None:
        """Skip a step, or the open one about the selected element, with a reason."""
        from ablator.ui.record_dialog import waive

        wanted = step or step_in_question(self._document)
        if wanted is not None:
            waive(self._window, self._document, wanted)

    def relate(self) -> None:
        """Relate the two selected elements."""
        from ablator.ui.study_dialogs import RelateDialog

        RelateDialog(self._document, self._window).open()

    def believe(self) -> None:
        """Give the selected element a probability of one's own."""
        from ablator.ui.belief_dialog import BeliefDialog

        BeliefDialog(self._document, self._document.selection[0], self._window).open()

    def preferences(self, settings: "Settings") -> None:
        """Choose how the program looks and behaves."""
        from ablator.ui.preferences import PreferencesDialog

        PreferencesDialog(settings, self._window).open()

    def run(self) -> None:
        """Make runs, or follow those that are being made."""
        from ablator.app.running import Running
        from ablator.ui.run_dialog import RunDialog

        if self._running is None:
            self._running = Running(self._document, self)
        RunDialog(self._document, self._running, self._window).open()

    def adopt(self) -> None:
        """Make an arm the baseline."""
        from ablator.ui.study_dialogs import AdoptDialog

        AdoptDialog(self._document, self._window).open()

    def freeze(self) -> None:
        """Put the plan on record as it is."""
        from ablator.ui.freeze_dialog import FreezeDialog

        FreezeDialog(self._document, self._window).open()

    def settings(self) -> None:
        """Change what the study's head says."""
        from ablator.ui.study_dialogs import SettingsDialog

        SettingsDialog(self._document, self._window).open()

    def palette(self, made: "Actions", theme: "Theme") -> None:
        """Find an action by its name."""
        from ablator.ui.palette_dialog import PaletteDialog

        PaletteDialog(made, theme, self._window).open()

    def help_pages(self) -> None:
        """Show the pages of help."""
        from ablator.ui.help_browser import HelpDialog

        HelpDialog(self._window).show()

    def shortcuts(self) -> None:
        """Show all keys."""
        from ablator.ui.help_pages import ShortcutsDialog

        ShortcutsDialog(self._window).open()

    def method(self) -> None:
        """Show the method."""
        from ablator.ui.help_pages import MethodDialog

        MethodDialog(self._window).open()

    def about(self) -> None:
        """Show the versions."""
        from ablator.ui.about import AboutDialog

        AboutDialog(self._window).open()
