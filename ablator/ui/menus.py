"""Menus and toolbar made from the action rows; what may be done now is asked of the document in one place."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, QSize, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QToolBar, QWidget

from ablator.app import actions
from ablator.app.document import Document
from ablator.app.icons import icon
from ablator.app.theme import Theme

Deeds = Mapping[str, Callable[[], None]]


class Actions(QObject):
    """The QAction of every row. Enabled states, names of undo steps and icons follow document and theme."""

    def __init__(self, document: Document, theme: Theme, deeds: Deeds, parent: QMainWindow) -> None:
        super().__init__(parent)
        self._document, self._theme, self._deeds = document, theme, deeds
        self._window = parent
        self.all: dict[str, QAction] = {}
        self.menus: dict[str, QMenu] = {}
        self._with_icons: set[str] = set()
        groups: dict[str, QActionGroup] = {}
        for row in actions.ROWS:
            action = self.all[row.id] = self._made(row)
            if row.choice:
                group = groups.setdefault(row.choice, QActionGroup(self))
                group.addAction(action)
        for signal in (document.replaced, document.plan_changed, document.selection_changed, document.path_changed):
            signal.connect(self.refresh)
        document.dirty_changed.connect(self.refresh)
        document.undo_stack.indexChanged.connect(self.refresh)
        theme.changed.connect(self._tint)
        self.refresh()

    def __getitem__(self, action_id: str) -> QAction:
        return self.all[action_id]

    def run(self, action_id: str) -> None:
        """Do what the action does, if it may be done now."""
        self.all[action_id].trigger()

    def refresh(self) -> None:
        """Ask of each row whether it may be done now."""
        for row in actions.ROWS:
            self.all[row.id].setEnabled(row.id in self._deeds and row.when(self._document))
        stack = self._document.undo_stack
        self.all["edit.undo"].setText(_named(actions.said("&Undo"), stack.undoText()))
        self.all["edit.redo"].setText(_named(actions.said("&Redo"), stack.redoText()))

    def scope_to(self, widget: QWidget) -> None:
        """Let the keys of the graph's actions work while this widget has the focus, and only then."""
        for row in actions.ROWS:
            if row.scope == "graph":
                widget.addAction(self.all[row.id])

    def fill_menu_bar(self) -> None:
        """Put every row where its menu path says."""
        bar = self._window.menuBar()
        last: dict[str, int] = {}
        for row in actions.ROWS:
            menu = self._menu(row.menu, last, row.group)
            if last.setdefault(row.menu, row.group) != row.group:
                menu.addSeparator()
                last[row.menu] = row.group
            menu.addAction(self.all[row.id])
        for name in actions.MENUS:
            bar.addMenu(self.menus[name])

    def tool_bar(self) -> QToolBar:
        """The toolbar: the rows that ask for a place on it."""
        bar = QToolBar(self.tr("Toolbar"), self._window)
        bar.setObjectName("toolbar")
        bar.setMovable(False)
        bar.setIconSize(QSize(20, 20))
        inside = bar.layout()
        if inside is not None:
            inside.setContentsMargins(2, 2, 2, 2)  # Qt takes the left one for the top too
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        before = ""
        for row in actions.ROWS:
            if row.toolbar:
                if before and before != row.menu:
                    bar.addSeparator()
                before = row.menu
                self._give_icon(row)
                bar.addAction(self.all[row.id])
        return bar

    def _made(self, row: actions.Row) -> QAction:
        action = QAction(actions.said(row.text), self)
        action.setObjectName(row.id)
        action.setShortcuts([QKeySequence(key) for key in row.keys])
        action.setCheckable(row.checkable)
        if row.help:
            action.setStatusTip(actions.said(row.help))
        action.setToolTip(_tip(row))
        action.setIconVisibleInMenu(True)
        if row.id == "file.quit":
            action.setMenuRole(QAction.MenuRole.QuitRole)
        if row.scope == "graph":
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        else:
            self._window.addAction(action)
        if row.id in self._deeds:
            action.triggered.connect(self._deeds[row.id])
        return action

    def _menu(self, path: str, last: dict[str, int], group: int) -> QMenu:
        if path not in self.menus:
            above, _, name = path.rpartition("/")
            menu = QMenu(actions.said(actions.TITLES[name]), self._window)
            menu.setToolTipsVisible(False)
            menu.aboutToShow.connect(lambda: self._give_icons(path))
            self.menus[path] = menu
            if above:
                upper = self._menu(above, last, group)
                if last.setdefault(above, group) != group:
                    upper.addSeparator()
                    last[above] = group
                upper.addMenu(menu)
        return self.menus[path]

    def _give_icons(self, path: str) -> None:
        for row in actions.ROWS:
            if row.menu == path:
                self._give_icon(row)

    def _give_icon(self, row: actions.Row) -> None:
        if row.icon and row.id not in self._with_icons:
            self._with_icons.add(row.id)
            self.all[row.id].setIcon(icon(row.icon, self._theme))

    def _tint(self) -> None:
        for action_id in self._with_icons:
            self.all[action_id].setIcon(icon(actions.row(action_id).icon, self._theme))


def _named(verb: str, step: str) -> str:
    """`Undo remove RoPE`, with ampersands of the step's name shown as they are."""
    if not step:
        return verb
    return f"{verb} {step[0].lower()}{step[1:120]}".replace("&", "&&").replace("&&", "&", 1)


def _tip(row: actions.Row) -> str:
    """Name, help and keys, as plain text that Qt cannot take for HTML."""
    keys = QKeySequence(row.keys[0]).toString(QKeySequence.SequenceFormat.NativeText) if row.keys else ""
    head = f"{row.label} ({keys})" if keys else row.label
    return f"{head}\n{actions.said(row.help)}" if row.help else head
