"""What the graph needs from its surroundings, as protocols: a document and a theme."""

from collections.abc import Iterable
from typing import Protocol

from PySide6.QtCore import SignalInstance
from PySide6.QtGui import QColor

from ablator.core.change import Change
from ablator.core.study import Study
from ablator.plan.types import Plan


class GraphDocument(Protocol):
    """The holder of the study; the graph writes through `do` and nowhere else."""

    @property
    def changed(self) -> SignalInstance:
        """Carries the Change just applied: done, undone or redone."""

    @property
    def replaced(self) -> SignalInstance:
        """Another study is loaded."""

    @property
    def plan_changed(self) -> SignalInstance:
        """`plan` is new."""

    @property
    def selection_changed(self) -> SignalInstance:
        """`selection` is new."""

    @property
    def study(self) -> Study:
        """The present study."""

    @property
    def plan(self) -> Plan | None:
        """The plan of the present study, or None while it is being made."""

    @property
    def selection(self) -> tuple[str, ...]:
        """Ids of the selected elements."""

    def do(self, change: Change) -> None:
        """Apply a change as one step that can be undone."""

    def select(self, ids: Iterable[str]) -> None:
        """Make these elements the selection."""


class GraphTheme(Protocol):
    """Colours by name; state colours come from a palette that colour-blind people can tell apart."""

    @property
    def dark(self) -> bool:
        """Whether text is light on dark."""

    def colour(self, name: str) -> QColor:
        """The colour of a part of the window."""

    def state_colour(self, word: str) -> QColor:
        """The colour of a verdict or of a step's state."""
