"""The document: the one mutable holder of the study, its undo steps, its plan, its selection and its file."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from ablator.app.planning import Planning, Submitting
from ablator.core.errors import BadInput, EditRefused

if TYPE_CHECKING:
    from ablator.core.change import Change
    from ablator.core.study import Study
    from ablator.plan.types import Plan

UNDO_STEPS = 2000
"""Steps that can be taken back; older ones are forgotten."""


OnDisk = tuple["Study | bytes | None", str | None]
"""What the file held when it was read or written last: the study or its bytes, and their hash."""


class _Step(QUndoCommand):
    """One change on the undo stack. It never has a parent: PySide6 frees such commands twice."""

    def __init__(self, change: "Change", apply: "Callable[[Change], None]") -> None:
        super().__init__(change.label)
        self._change = change
        self._apply = apply

    def redo(self) -> None:
        self._apply(self._change)

    def undo(self) -> None:
        self._apply(self._change.inverse())


class _MergeStep(_Step):
    """A merge with what lies on disk. Without it that file counts as unseen again, and a save asks."""

    def __init__(self, change: "Change", apply: "Callable[[Change], None]", swap: Callable[[], None]) -> None:
        super().__init__(change, apply)
        self._swap = swap

    def redo(self) -> None:
        self._swap()
        super().redo()

    def undo(self) -> None:
        self._swap()
        super().undo()


class Document(QObject):
    """Owns the present study. `do` is the only way to change it; undo and redo take the same road.

    Every view listens to `changed` and patches what the Change touches; none keeps a study of its own.
    """

    changed = Signal(object)
    """The Change just applied: done, undone or redone."""
    replaced = Signal()
    """Another study is loaded."""
    plan_changed = Signal()
    """`plan` is new, or None while that of another study is being made."""
    plan_failed = Signal(str)
    """No plan can be made of the present study; why."""
    selection_changed = Signal()
    dirty_changed = Signal(bool)
    path_changed = Signal()
    refused = Signal(str)
    """An edit was refused; to be shown without blocking."""

    def __init__(self, jobs: Submitting | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._study: Study | None = None
        self._plan: Plan | None = None
        self._selection: tuple[str, ...] = ()
        self._path: Path | None = None
        self._disk: OnDisk = (None, None)
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(UNDO_STEPS)
        self.undo_stack.cleanChanged.connect(self._tell_dirty)
        self._planning = Planning(jobs, self)
        self._planning.made.connect(self._take_plan)
        self._planning.failed.connect(self.plan_failed)

    # What it holds

    @property
    def study(self) -> "Study":
        """The present study; an empty one until another is loaded."""
        if self._study is None:
            from ablator.core.study import Study

            self._study = Study()
        return self._study

    @property
    def plan(self) -> "Plan | None":
        """The plan of the present study, that of the study before the last edit while a new one is made, or None."""
        return self._plan

    @property
    def selection(self) -> tuple[str, ...]:
        """Ids of the selected elements; each is in the study."""
        return self._selection

    @property
    def path(self) -> Path | None:
        """The file of the study, or None until it is saved."""
        return self._path

    @property
    def file_hash(self) -> str | None:
        """Hash of the bytes that were read or written last, by which a change on disk is told."""
        return self._disk[1]

    @property
    def base(self) -> "Study | None":
        """The study as it was read or saved last, which a merge begins with; None until there is a file."""
        held, file_hash = self._disk
        if isinstance(held, bytes):
            from ablator.files.study_file import decode

            held = decode(held, str(self._path))
            self._disk = (held, file_hash)
        return held

    @property
    def dirty(self) -> bool:
        """Whether the study differs from its file."""
        return not self.undo_stack.isClean()

    @property
    def empty(self) -> bool:
        """Whether no study is loaded."""
        return self._study is None or not (self._study.elements or self._study.info.name)

    @property
    def planning(self) -> bool:
        """Whether a plan is under way."""
        return self._planning.busy

    # Edits

    def do(self, change: "Change") -> None:
        """Apply a change as one undo step; an empty one does nothing. Raises EditRefused, and then nothing changed."""
        if not change:
            return
        change.apply(self.study)  # an exception inside a command would leave it on the stack
        self.undo_stack.push(_Step(change, self._apply))

    def attempt(self, edit: "Callable[..., Change]", *args: Any) -> bool:
        """Do `edit(study, *args)`; where it is refused, say why through `refused` and return False."""
        try:
            self.do(edit(self.study, *args))
        except EditRefused as reason:
            self.refused.emit(str(reason))
            return False
        return True

    def undo(self) -> None:
        """Take the last step back."""
        self.undo_stack.undo()

    def redo(self) -> None:
        """Do the step again that was taken back last."""
        self.undo_stack.redo()

    def select(self, ids: Iterable[str]) -> None:
        """Make these elements the selection; ids that the study does not have are left out."""
        wanted = tuple(k for k in dict.fromkeys(ids) if k in self.study.elements)
        if wanted != self._selection:
            self._selection = wanted
            self.selection_changed.emit()

    def _apply(self, change: "Change") -> None:
        self._study = change.apply(self.study)
        self._planning.ask(self._study)
        self.changed.emit(change)
        self.select(self._selection)

    # Files

    def merge(self, change: "Change", theirs: bytes, file_hash: str) -> None:
        """Take the merge with what somebody else wrote to the file as one step, and that as known.

        Taking the step back makes the file on disk unknown again, so that a save asks once more. Raises EditRefused,
        and then nothing changed.
        """
        other: list[OnDisk] = [(theirs, file_hash)]

        def swap() -> None:
            self._disk, other[0] = other[0], self._disk

        change.apply(self.study)
        self.undo_stack.push(_MergeStep(change, self._apply, swap))

    def outrank(self, theirs: bytes | None, file_hash: str) -> None:
        """Know what somebody else wrote to the file and hold on to the present study: the next save replaces it.

        `theirs` is None where what lies there is no study.
        """
        self._disk = (theirs if theirs is not None else self._disk[0], file_hash)
        self.undo_stack.resetClean()

    def close(self) -> None:
        """Let the undo steps go while the interpreter lives: Qt would free those made in Python twice at its end."""
        self._planning.forget()
        self.undo_stack.blockSignals(True)
        self.undo_stack.clear()

    def load(self, study: "Study", path: Path | None, file_hash: str | None) -> None:
        """Hold another study; what was held is let go without asking. Without a path it counts as unsaved."""
        was_dirty = self.dirty
        self._study, self._path = study, path
        self._disk = (study if path is not None else None, file_hash)
        self._plan = None
        self._selection = ()
        self._planning.forget()
        self.undo_stack.blockSignals(True)
        self.undo_stack.clear()
        if path is None and not self.empty:
            self.undo_stack.resetClean()
        self.undo_stack.blockSignals(False)
        self.replaced.emit()
        self.selection_changed.emit()
        self.plan_changed.emit()
        self.path_changed.emit()
        if was_dirty != self.dirty:
            self.dirty_changed.emit(self.dirty)
        if not self.empty:
            self._planning.ask(self.study)  # a listener may have changed it already

    def save(self, path: Path | None = None, *, force: bool = False) -> None:
        """Write the study durably, to its own file or to another that becomes its own.

        Raises ChangedOnDisk where somebody else wrote the file since it was read (unless `force`), CannotAccess where
        it cannot be written; the study then stays as it is, and dirty.
        """
        from ablator.files.study_file import save_study

        target = path if path is not None else self._path
        if target is None:
            raise BadInput("the study has no file yet", mend="save it under a name")
        own = self._path is not None and same_file(target, self._path)
        study = self.study
        self._disk = (study, save_study(study, target, expected_hash=self.file_hash if own and not force else None))
        if target != self._path:
            self._path = target
            self.path_changed.emit()
        self.undo_stack.setClean()

    def _tell_dirty(self, clean: bool) -> None:
        self.dirty_changed.emit(not clean)

    def _take_plan(self, study: "Study", plan: "Plan") -> None:
        if study is self._study:
            self._plan = plan
            self.plan_changed.emit()


def same_file(a: Path, b: Path) -> bool:
    """Whether both paths lead to one file, through links too."""
    return os.path.realpath(a) == os.path.realpath(b)
