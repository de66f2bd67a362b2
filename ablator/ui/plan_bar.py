"""The line above the plan's table: filter, grouping, the method's order, how many steps, the budget."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QPushButton, QWidget

from ablator.ui.style import label


class PlanBar(QWidget):
    """Holds the fields; what they do is decided by the panel."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 12, 4)
        row.setSpacing(12)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(self.tr("Filter steps"))
        self.filter.setAccessibleName(self.tr("Filter steps"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setMaximumWidth(280)
        self.grouped = QCheckBox(self.tr("Group by stage"))
        self.method = QPushButton(self.tr("Method's order"))
        self.method.setToolTip(self.tr("Back to the order of the plan"))
        self.method.setEnabled(False)
        self.count = label("", tone="muted")
        self.budget = QLineEdit()
        self.budget.setMaximumWidth(96)
        self.budget.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.budget.setPlaceholderText(self.tr("none"))
        self.budget.setAccessibleName(self.tr("Budget in hours"))
        row.addWidget(self.filter, 2)
        row.addWidget(self.grouped)
        row.addWidget(self.method)
        row.addStretch(1)
        row.addWidget(self.count)
        name = label(self.tr("Budget, h"), tone="muted")
        name.setBuddy(self.budget)
        row.addWidget(name)
        row.addWidget(self.budget)
