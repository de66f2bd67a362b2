"""A dialog with a list to pick from, and what can be done with the row that was picked."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from ablator.app.plain import shortened, tip
from ablator.ui.style import label

Row = tuple[str, str, bool]
"""What a row shows, its tool tip, and whether it can be picked for the first of the deeds."""
PLACE = Qt.ItemDataRole.UserRole


class PickDialog(QDialog):
    """Rows and one button a deed; Return does the first. The first closes the dialog, unless `stays`.

    A deed that leaves it open takes its row off the list, unless it answers False.
    """

    def __init__(
        self,
        title: str,
        sentence: str,
        rows: Sequence[Row],
        deeds: Sequence[tuple[str, Callable[[int], object]]],
        parent: QWidget,
        empty: str = "",
        *,
        stays: bool = False,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._possible = [possible for _, _, possible in rows]
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(label(sentence if rows else empty or sentence, tone="muted", wrap=True))
        self.list = QListWidget()
        self.list.setAccessibleName(title)
        for n, (text, more, _) in enumerate(rows):
            item = QListWidgetItem(shortened(text, 300))
            item.setToolTip(tip(more))
            item.setData(PLACE, n)
            self.list.addItem(item)
        column.addWidget(self.list, 1)
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        box.rejected.connect(self.reject)
        self.buttons: list[QPushButton] = []
        for n, (name, do) in enumerate(deeds):
            button = box.addButton(name, QDialogButtonBox.ButtonRole.ActionRole)
            button.clicked.connect(lambda _=False, do=do, ends=n == 0 and not stays: self._do(do, ends=ends))
            self.buttons.append(button)
        column.addWidget(box)
        self.list.itemActivated.connect(lambda _: self.buttons[0].click())
        self.list.currentRowChanged.connect(lambda _: self._check())
        self.list.setCurrentRow(0)
        self._check()
        self.resize(560, 360)

    @property
    def picked(self) -> int:
        """Place of the current row among those handed in; -1 where there is none."""
        return _place(self.list.currentItem())

    def _check(self) -> None:
        for n, button in enumerate(self.buttons):
            button.setEnabled(self.picked >= 0 and (n > 0 or self._possible[self.picked]))

    def _do(self, do: Callable[[int], object], *, ends: bool) -> None:
        place = self.picked
        if ends:
            self.accept()
        if place >= 0 and do(place) is not False and not ends:
            self.list.takeItem(self.list.currentRow())
            self._check()


def _place(item: QListWidgetItem | None) -> int:
    """None, whatever the stubs say, where the list is empty, and while its last row is taken off."""
    return -1 if item is None else int(item.data(PLACE))
