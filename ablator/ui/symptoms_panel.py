"""Symptoms to tick, and the culprits that they point at with their reasons; a tick re-plans at once."""

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QSizePolicy,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from ablator.app.document import Document
from ablator.app.plain import one_line, share, tip
from ablator.app.symptoms_model import Complaint, Culprit, complaints, culprits, ranks, tick
from ablator.app.theme import Theme
from ablator.core.change import Change
from ablator.core.queries import title
from ablator.ui.style import label

ID = Qt.ItemDataRole.UserRole
BAR = 96


class CulpritRow(QAbstractButton):
    """One culprit: rank, name, probability as a bar and a figure, what moved, and the reason below."""

    def __init__(self, culprit: Culprit, name: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.culprit, self._theme = culprit, theme
        self.setText(one_line(name, 200))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setToolTip(tip(culprit.why))
        self.setAccessibleName(
            f"{culprit.rank}. {self.text()}, {share(culprit.p)}{', ' + m if (m := self.moved()) else ''}"
        )
        self.setAccessibleDescription(one_line(culprit.why))

    def moved(self) -> str:
        """How far it moved since the tick before, in words."""
        n = self.culprit.moved
        if not n:
            return ""
        return self.tr("up {0}").format(n) if n > 0 else self.tr("down {0}").format(-n)

    def sizeHint(self) -> QSize:
        return QSize(240, (2 * self.fontMetrics().height() + 15) // 4 * 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        c = self._theme.colour
        p = QPainter(self)
        if self.underMouse():
            p.fillRect(self.rect(), c("hover"))
        if self.hasFocus():
            p.setPen(c("accent"))
            p.drawRect(self.rect().adjusted(0, 0, -1, -1))
        height = self.fontMetrics().height()
        line = QRect(12, 4, self.width() - 24, height)
        p.setPen(c("text"))
        figure = share(self.culprit.p)
        p.drawText(line, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), figure)
        bar = QRect(line.right() - 64 - BAR, line.center().y() - 3, BAR, 6)
        p.fillRect(bar, c("hover") if not self.underMouse() else c("rule"))
        p.fillRect(QRect(bar.topLeft(), QSize(max(round(BAR * min(self.culprit.p, 1.0)), 1), 6)), c("accent"))
        moved = self.moved()
        if moved:
            p.setPen(c("success") if self.culprit.moved > 0 else c("muted"))
            width = self.fontMetrics().horizontalAdvance(moved)
            p.drawText(bar.left() - width - 12, line.top(), width, height, Qt.AlignmentFlag.AlignVCenter, moved)
        strong = QFont(self.font())
        strong.setWeight(QFont.Weight.DemiBold)
        p.setFont(strong)
        p.setPen(c("text"))
        room = bar.left() - line.left() - 12 - (self.fontMetrics().horizontalAdvance(moved) + 12 if moved else 0)
        name = QFontMetrics(strong).elidedText(f"{self.culprit.rank}  {self.text()}", Qt.TextElideMode.ElideRight, room)
        p.drawText(line, Qt.AlignmentFlag.AlignVCenter, name)
        p.setFont(self.font())
        p.setPen(c("muted"))
        lower = line.translated(0, height)
        why = self.fontMetrics().elidedText(one_line(self.culprit.why), Qt.TextElideMode.ElideRight, lower.width())
        p.drawText(lower, Qt.AlignmentFlag.AlignVCenter, why)
        p.end()


class TickList(QListWidget):
    """A list whose rows are ticked by a click anywhere on them or the space bar."""

    ticked = Signal(str, bool)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        item = self.itemAt(event.position().toPoint())
        if item is not None and event.button() == Qt.MouseButton.LeftButton:
            self.setCurrentItem(item)
            self._flip(item)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.currentItem()
        if event.key() == Qt.Key.Key_Space and item is not None:
            self._flip(item)
        else:
            super().keyPressEvent(event)

    def _flip(self, item: QListWidgetItem) -> None:
        self.ticked.emit(str(item.data(ID)), item.checkState() != Qt.CheckState.Checked)


class SymptomsPanel(QWidget):
    """Left the symptoms as sentences, right the culprits of the present plan."""

    chosen = Signal(str)
    """The symptom of the row that was chosen."""

    def __init__(self, document: Document, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._theme = document, theme
        self._ranks: dict[str, int] = {}
        self._due = True
        """Whether the list waits until somebody sees it."""
        self.setAccessibleName(self.tr("Symptoms"))
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search the symptoms"))
        self.search.setAccessibleName(self.tr("Search the symptoms"))
        self.search.setClearButtonEnabled(True)
        self.list = TickList()
        self.list.setAccessibleName(self.tr("Symptoms"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(12, 8, 4, 8)
        column.addWidget(label(self.tr("What do you see? A tick re-plans at once."), tone="muted"))
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        self.head = label("", tone="muted", wrap=True)
        self.head.setContentsMargins(12, 8, 12, 4)
        self._rows = QVBoxLayout()
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(0)
        inner = QWidget()
        inner.setProperty("role", "page")
        inner.setLayout(self._rows)
        scroll = QScrollArea()
        scroll.setAccessibleName(self.tr("Culprits"))
        scroll.setWidget(inner)
        scroll.setWidgetResizable(True)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(scroll, 1)
        split = QSplitter()
        split.addWidget(left)
        split.addWidget(right)
        split.setStretchFactor(0, 2)
        split.setStretchFactor(1, 3)
        split.setSizes([400, 600])
        split.setChildrenCollapsible(False)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(split)
        self.culprits: list[CulpritRow] = []
        self.search.textChanged.connect(self._search)
        self.list.ticked.connect(self.tick)
        self.list.currentItemChanged.connect(lambda item, _: self.chosen.emit(str(item.data(ID)) if item else ""))
        document.plan_changed.connect(self.refresh)
        document.replaced.connect(self._forget)
        document.changed.connect(self._take_change)
        theme.changed.connect(self.update)
        self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._due:
            self._fill()

    def tick(self, symptom: str, present: bool) -> None:
        """Say that a symptom is there, or that it is not."""
        self._ranks = ranks(self._document.plan)
        self._document.attempt(tick, symptom, present)

    def refresh(self) -> None:
        """Show the culprits of the present plan, and what moved since the last tick."""
        plan, study = self._document.plan, self._document.study
        found = culprits(plan, self._ranks)
        for old in self.culprits:
            old.deleteLater()
        while self._rows.count():
            self._rows.takeAt(0)
        self.culprits = []
        for culprit in found:
            element = study.elements.get(culprit.element)
            if element is None:
                continue
            row = CulpritRow(culprit, title(element), self._theme)
            row.clicked.connect(lambda _=False, key=culprit.element: self._document.select([key]))
            self._rows.addWidget(row)
            self.culprits.append(row)
        self._rows.addStretch(1)
        self.head.setText(self._sentence(found))

    def _sentence(self, found: list[Culprit]) -> str:
        if self._document.plan is None:
            return self.tr("Culprits appear here when a study is open.") if self._document.empty else ""
        if not found:
            return self.tr("Nothing is left that could be the culprit: every step is settled.")
        from ablator.diagnose.diagnosis import QUIET

        if found[0].p < QUIET:
            return self.tr("Nothing points anywhere yet: the likeliest culprit has {0}. Tick what you see.").format(
                share(found[0].p)
            )
        return self.tr("Likeliest culprits")

    def _forget(self) -> None:
        self._ranks = {}
        self._due = True
        if self.isVisible():
            self._fill()
        self.refresh()

    def _take_change(self, change: Change) -> None:
        if "evidence" in change.tables():
            self._mark()

    def _fill(self) -> None:
        self._due = False
        self.list.clear()
        for c in complaints(self._document.study):
            item = QListWidgetItem(self._text(c))
            item.setData(ID, c.id)
            item.setData(ID + 1, f"{c.says} {c.reads} {c.id}".casefold())
            item.setToolTip(tip(f"{c.reads}\n{c.source}".strip()))
            item.setCheckState(Qt.CheckState.Checked if c.seen else Qt.CheckState.Unchecked)
            self.list.addItem(item)
        self._search(self.search.text())

    def _text(self, c: Complaint) -> str:
        return one_line(c.says, 300) + (f"   ({one_line(c.source, 80)})" if c.seen and c.source else "")

    def _mark(self) -> None:
        """Tick what the study holds, without moving rows under the pointer."""
        known = {c.id: c for c in complaints(self._document.study)}
        for n in range(self.list.count()):
            item = self.list.item(n)
            c = known[str(item.data(ID))]
            item.setCheckState(Qt.CheckState.Checked if c.seen else Qt.CheckState.Unchecked)
            item.setText(self._text(c))

    def _search(self, text: str) -> None:
        words = text.casefold().split()
        for n in range(self.list.count()):
            item = self.list.item(n)
            item.setHidden(not all(w in str(item.data(ID + 1)) for w in words))
