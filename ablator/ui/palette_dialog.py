"""The command palette: every action by its name, found as one types."""

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from ablator.app import actions
from ablator.app.icons import icon
from ablator.app.theme import Theme
from ablator.ui.menus import Actions

ID = Qt.ItemDataRole.UserRole
HEIGHT = 32


def matches(query: str, text: str) -> tuple[int, int] | None:
    """How well `text` answers `query`, smaller is better; None where a word of the query is not in it.

    >>> matches("sa", "Save as") < matches("sa", "Waive sample")
    True
    >>> matches("xyz", "Save") is None
    True
    """
    low = text.lower()
    starts = 0
    for word in query.lower().split():
        if word not in low:
            return None
        if not any(part.startswith(word) for part in low.replace(":", " ").split()):
            starts += 1
    first = low.find(query.lower().strip())
    return starts, first if first >= 0 else 1000


class PaletteDialog(QDialog):
    """A list of all actions with a search field above. Enter runs the chosen one after the dialog is gone."""

    def __init__(self, made: Actions, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self.setWindowTitle(self.tr("Command palette"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._made = made
        self.chosen = ""
        self.field = QLineEdit()
        self.field.setPlaceholderText(self.tr("Type what you want to do"))
        self.field.setAccessibleName(self.tr("Command"))
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Commands"))
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        column.addWidget(self.field)
        column.addWidget(self.list)
        for row in actions.ROWS:
            if row.id != "edit.palette":
                self.list.addItem(self._item(row, theme))
        self.field.textChanged.connect(self.search)
        self.field.installEventFilter(self)
        self.list.itemActivated.connect(self._take)
        self.list.itemClicked.connect(self._take)
        self.resize(520, 420)
        self.move(parent.mapToGlobal(parent.rect().center()).x() - 260, parent.mapToGlobal(parent.pos()).y() + 96)
        self.search("")

    def search(self, text: str) -> None:
        """Show the actions that match, best first, those that may not be done now at the end."""
        ranked = []
        items = [self.list.takeItem(0) for _ in range(self.list.count())]
        for item in items:
            found = matches(text, item.text())
            possible = bool(item.flags() & Qt.ItemFlag.ItemIsEnabled)
            ranked.append(((found is None, not possible, found or (0, 0) if text.strip() else (0, 0)), item))
        for key, item in sorted(ranked, key=lambda pair: (pair[0], _place(pair[1]))):
            self.list.addItem(item)
            item.setHidden(key[0])
        first = next((i for i in range(self.list.count()) if not self.list.item(i).isHidden()), -1)
        self.list.setCurrentRow(first)

    def visible_ids(self) -> list[str]:
        """Ids of the actions shown, in their order."""
        rows = (self.list.item(i) for i in range(self.list.count()))
        return [str(item.data(ID)) for item in rows if not item.isHidden()]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
            step = steps.get(Qt.Key(event.key()))
            if step is not None:
                shown = [i for i in range(self.list.count()) if not self.list.item(i).isHidden()]
                if shown:
                    here = shown.index(self.list.currentRow()) if self.list.currentRow() in shown else 0
                    self.list.setCurrentRow(shown[min(max(here + step, 0), len(shown) - 1)])
                return True
            if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                self._take(self.list.currentItem())
                return True
        return super().eventFilter(watched, event)

    def _item(self, row: actions.Row, theme: Theme) -> QListWidgetItem:
        action: QAction = self._made[row.id]
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        name = action.text().replace("&&", "\0").replace("&", "").replace("\0", "&").removesuffix("…")
        where = actions.said(row.menu.partition("/")[0])
        item = QListWidgetItem(f"{where}: {name}" + (f"    {keys}" if keys else ""))
        item.setData(ID, row.id)
        item.setSizeHint(QSize(0, HEIGHT))
        if row.icon:
            item.setIcon(icon(row.icon, theme, "muted"))
        if not action.isEnabled():
            item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEnabled)
        return item

    def _take(self, item: QListWidgetItem | None) -> None:
        if item is None or item.isHidden() or not item.flags() & Qt.ItemFlag.ItemIsEnabled:
            return
        self.chosen = str(item.data(ID))
        self.accept()
        self._made.run(self.chosen)


def _place(item: QListWidgetItem) -> int:
    return next(n for n, row in enumerate(actions.ROWS) if row.id == item.data(ID))
