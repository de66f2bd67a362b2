"""The preferences: a page made from the rows of the settings; what is changed holds at once."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from ablator.app.settings import PREFERENCES, Row, Settings
from ablator.app.settings import said as _said
from ablator.ui.style import label


class PreferencesDialog(QDialog):
    """One control for each preference. It needs no OK: each choice is kept as it is made."""

    def __init__(self, settings: Settings, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Preferences"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._settings = settings
        self.controls: dict[str, QWidget] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(16)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        for n, row in enumerate(PREFERENCES):
            control = self.controls[row.key] = self._control(row)
            control.setAccessibleName(_said(row.name))
            control.setAccessibleDescription(_said(row.help))
            if not isinstance(control, QCheckBox):
                name = label(_said(row.name))
                name.setBuddy(control)
                grid.addWidget(name, 2 * n, 0)
            grid.addWidget(control, 2 * n, 1)
            hint = label(_said(row.help), "small", "muted", wrap=True)
            hint.setContentsMargins(0, 0, 0, 8)
            grid.addWidget(hint, 2 * n + 1, 1)
        column.addLayout(grid)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Close | QDialogButtonBox.StandardButton.RestoreDefaults
        )
        buttons.rejected.connect(self.reject)
        back = buttons.button(QDialogButtonBox.StandardButton.RestoreDefaults)
        back.setAutoDefault(False)
        back.clicked.connect(self.restore)
        buttons.button(QDialogButtonBox.StandardButton.Close).setDefault(True)
        column.addWidget(buttons)
        self.resize(480, 0)

    def restore(self) -> None:
        """Let the defaults hold again."""
        for row in PREFERENCES:
            self._settings.reset(row.key)
            self._show(row)

    def _control(self, row: Row) -> QWidget:
        value = self._settings.get(row.key)
        if row.kind is bool:
            box = QCheckBox(_said(row.name))
            box.setChecked(value)
            box.toggled.connect(self._setter(row))
            return box
        if row.choices:
            choice = QComboBox()
            for word, name in zip(row.choices, row.names, strict=True):
                choice.addItem(_said(name), word)
            choice.setCurrentIndex(row.choices.index(value))
            choice.activated.connect(lambda _: self._settings.set(row.key, choice.currentData()))
            return choice
        field = QLineEdit(value)
        field.setMaxLength(200)
        field.setPlaceholderText(_said(row.empty))
        field.textEdited.connect(self._setter(row))
        return field

    def _setter(self, row: Row) -> Callable[[object], None]:
        return lambda value: self._settings.set(row.key, value)

    def _show(self, row: Row) -> None:
        control, value = self.controls[row.key], self._settings.get(row.key)
        if isinstance(control, QCheckBox):
            control.setChecked(value)
        elif isinstance(control, QComboBox):
            control.setCurrentIndex(row.choices.index(value))
        elif isinstance(control, QLineEdit):
            control.setText(value)
