"""Findings as a list: code, place, sentence, mend; a click selects, a button mends where one edit can."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QHeaderView, QPushButton, QTableView, QVBoxLayout, QWidget

from ablator.app.document import Document
from ablator.app.finding_mends import element_of, mend_of
from ablator.app.findings_model import FindingsModel
from ablator.app.theme import Theme
from ablator.core.checks import Finding
from ablator.ui.finding_page import FindingDialog, has_page
from ablator.ui.style import label


class FindingsPanel(QWidget):
    """Shows what `ablator check` says about the document's study."""

    def __init__(self, document: Document, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.setAccessibleName(self.tr("Findings"))
        self.model = FindingsModel(self)
        self.table = QTableView()
        self.table.setAccessibleName(self.tr("Findings"))
        self.table.setModel(self.model)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setShowGrid(False)
        self.table.setProperty("role", "list")
        self.table.setWordWrap(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize((self.fontMetrics().height() + 11) // 4 * 4)
        head = self.table.horizontalHeader()
        head.setHighlightSections(False)
        for number, width in enumerate((76, 152, 360)):
            head.resizeSection(number, width)
        head.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        head.setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        self.count = label("", tone="muted")
        self.mend_button = QPushButton(self.tr("Mend"))
        self.mend_button.setEnabled(False)
        self.help_button = QPushButton(self.tr("What this means…"))
        self.help_button.setProperty("quiet", True)
        self.help_button.setEnabled(False)
        self.empty = label("", tone="muted", wrap=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        bar = QHBoxLayout()
        bar.setContentsMargins(12, 6, 12, 6)
        bar.addWidget(self.count)
        bar.addStretch(1)
        bar.addWidget(self.help_button)
        bar.addWidget(self.mend_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self.table, 1)
        column.addWidget(self.empty, 1)
        self.mend_button.clicked.connect(self._mend)
        self.help_button.clicked.connect(self._explain)
        self.table.selectionModel().currentRowChanged.connect(lambda *_: self._chosen())
        self.table.clicked.connect(lambda _: self._chosen())
        self.model.modelReset.connect(self._chosen)
        document.plan_changed.connect(self.refresh)
        document.replaced.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the findings of the present plan."""
        plan = self._document.plan
        self.model.set_findings(plan.findings if plan else ())
        count = self.model.rowCount()
        self.count.setText(self.tr("1 finding") if count == 1 else self.tr("{0} findings").format(count))
        self.table.setVisible(bool(count))
        self.empty.setVisible(not count)
        self.count.setVisible(bool(count))
        self.mend_button.setVisible(bool(count))
        self.help_button.setVisible(bool(count))
        if plan is None:
            text = self.tr("Findings appear here when a study is open.") if self._document.empty else ""
        else:
            text = self.tr("Nothing to mend: no rule of order, fairness or statistics is broken.")
        self.empty.setText(text)

    def _current(self) -> Finding | None:
        row = self.table.currentIndex().row()
        return self.model.findings[row] if 0 <= row < len(self.model.findings) else None

    def _chosen(self) -> None:
        """Select what the finding is about, and offer the mend if there is one."""
        found, study = self._current(), self._document.study
        self.mend_button.setEnabled(found is not None and mend_of(study, found) is not None)
        self.help_button.setEnabled(found is not None and has_page(found.code))
        if found is not None:
            element = element_of(study, self._document.plan, found)
            if element is not None:
                self._document.select([element])

    def _explain(self) -> None:
        """Open the page of the code of the current finding."""
        found = self._current()
        if found is not None and has_page(found.code):
            FindingDialog(found.code, self).open()

    def _mend(self) -> None:
        found = self._current()
        mend = mend_of(self._document.study, found) if found else None
        if mend is not None:
            self._document.attempt(mend)
