"""The curves of the log with the symptoms marked on them, and the symptoms as a numbered list beside."""

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QSplitter,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from ablator.app.chart_painting import ChartPainter
from ablator.app.chart_sheet import ChartSheet
from ablator.app.curves import Chart, Sign, charts, signs, summary
from ablator.app.document import Document
from ablator.app.plain import number, one_line, tip
from ablator.app.plots.saving import pixels, written
from ablator.app.theme import Theme
from ablator.core.change import Change
from ablator.ui.plots.keeping import AskPath, ask_path, keep
from ablator.ui.style import label

ID = Qt.ItemDataRole.UserRole
WIDE = 300
"""Width from which another chart finds room beside the first."""


class ChartView(QWidget):
    """One chart; the pointer or the arrow keys read values, a click on a mark chooses its symptom."""

    mark_clicked = Signal(str)
    reading = Signal(str)

    def __init__(self, chart: Chart, found: tuple[Sign, ...], theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chart, self._theme, self._signs = chart, theme, found
        self.chosen = ""
        self._step: float | None = None
        self._painter = ChartPainter(chart, found, theme, self.font())
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Curves of {0}").format(one_line(", ".join(c.name for c in chart.curves), 200)))
        self.setAccessibleDescription(self.described())
        self.setMinimumSize(200, 132)

    def described(self) -> str:
        """The chart in words."""
        said = self.tr("{0} goes from {1} at step {2} to {3} at step {4}; its lowest value is {5}.")
        rows = [
            said.format(one_line(name, 100), number(v0), number(s0), number(v1), number(s1), number(low))
            for name, s0, v0, s1, v1, low in summary(self.chart)
        ]
        return " ".join(rows)

    def choose(self, symptom: str) -> None:
        """Let the marks of a symptom stand out."""
        self.chosen = symptom
        self.update()

    def mark_under(self, place: QPoint) -> str | None:
        """The symptom whose mark lies under a place of the widget."""
        return self._painter.mark_at(QPointF(place))

    def sizeHint(self) -> QSize:
        return QSize(360, 200)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._painter.paint(painter, QRectF(self.rect()), self.chosen, self._step)
        if self.hasFocus():
            painter.setPen(self._theme.colour("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._read(self._painter.to_step(event.position().x()))
        over = self.mark_under(event.position().toPoint())
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        found = self.mark_under(event.position().toPoint())
        if found and event.button() == Qt.MouseButton.LeftButton:
            self.mark_clicked.emit(found)

    def leaveEvent(self, event: QEvent) -> None:
        self._read(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys go from point to point of the longest curve."""
        if event.key() not in {Qt.Key.Key_Left, Qt.Key.Key_Right}:
            super().keyPressEvent(event)
            return
        steps = max((c.steps for c in self.chart.curves), key=len)
        if self._step is None:
            self._read(steps[0 if event.key() == Qt.Key.Key_Right else -1])
            return
        here = min(range(len(steps)), key=lambda i: abs(steps[i] - (self._step or 0.0)))
        there = here + (1 if event.key() == Qt.Key.Key_Right else -1)
        self._read(steps[min(max(there, 0), len(steps) - 1)])

    def _read(self, step: float | None) -> None:
        if step == self._step:
            return
        self._step = step
        words = []
        for curve, (at, value) in [(c, c.at(step)) for c in self.chart.curves] if step is not None else ():
            figure = number(value) if value is not None else self.tr("no number")
            words.append(self.tr("{0} {1} at step {2}").format(one_line(curve.name, 60), figure, number(at)))
        self.reading.emit("   ".join(words))
        self.update()


class CurvesPanel(QWidget):
    """Charts left, symptoms right; follows the document. All charts together can be copied and saved."""

    message = Signal(str)

    def __init__(
        self, document: Document, theme: Theme, parent: QWidget | None = None, ask_path: AskPath = ask_path
    ) -> None:
        super().__init__(parent)
        self._document, self._theme, self._ask_path = document, theme, ask_path
        self._columns = 0
        self.charts: list[ChartView] = []
        self.setAccessibleName(self.tr("Curves"))
        self._grid = QGridLayout()
        self._grid.setContentsMargins(8, 4, 8, 4)
        self._grid.setSpacing(8)
        inner = QWidget()
        inner.setProperty("role", "page")
        inner.setLayout(self._grid)
        self.area = QScrollArea()
        self.area.setAccessibleName(self.tr("Curves"))
        self.area.setWidget(inner)
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.read = label("", tone="muted")
        self.read.setContentsMargins(12, 2, 12, 6)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.area, 1)
        self.copy_button = QPushButton(self.tr("Copy"))
        self.copy_button.setToolTip(self.tr("Copy the curves as a picture"))
        self.copy_button.clicked.connect(self.copy)
        self.save_button = QPushButton(self.tr("Save…"))
        self.save_button.setToolTip(self.tr("Save the curves as SVG, PNG or PDF"))
        self.save_button.clicked.connect(self.save)
        foot = QHBoxLayout()
        foot.setContentsMargins(0, 0, 12, 6)
        foot.addWidget(self.read, 1)
        foot.addWidget(self.copy_button)
        foot.addWidget(self.save_button)
        column.addLayout(foot)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Symptoms on the curves"))
        self.list.setWordWrap(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.head = label("", tone="muted", wrap=True)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(4, 8, 12, 8)
        column.addWidget(self.head)
        column.addWidget(self.list, 1)
        split = QSplitter()
        split.addWidget(left)
        split.addWidget(right)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 1)
        split.setSizes([720, 260])
        split.setChildrenCollapsible(False)
        self.empty = label("", tone="muted", wrap=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self._stack = QStackedLayout()
        row.addLayout(self._stack)  # first: without a parent the stack would show its page as a window
        self._stack.addWidget(split)
        self._stack.addWidget(self.empty)
        self.list.currentItemChanged.connect(lambda item, _: self.choose(str(item.data(ID)) if item else ""))
        document.replaced.connect(self.refresh)
        document.changed.connect(self._take_change)
        theme.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the curves of the present study."""
        study = self._document.study
        found = signs(study)
        for old in self.charts:
            self._grid.removeWidget(old)
            old.deleteLater()
        self.charts = [ChartView(chart, found, self._theme) for chart in charts(study)]
        for view in self.charts:
            view.mark_clicked.connect(self.choose)
            view.reading.connect(self.read.setText)
        self.read.clear()
        self.list.blockSignals(True)
        self.list.clear()
        for sign in found:
            item = QListWidgetItem(f"{sign.number}  {one_line(sign.text, 300)}")
            item.setData(ID, sign.symptom)
            item.setToolTip(tip(sign.text))
            self.list.addItem(item)
        self.list.blockSignals(False)
        self.head.setText(
            self.tr("Symptoms, where they were read") if found else self.tr("No symptom was found on these curves.")
        )
        self.list.setVisible(bool(found))
        self.empty.setText(
            self.tr("Curves appear here when a study is open.")
            if self._document.empty
            else self.tr("No curves: this study was made without a training log. Make a new study that includes it.")
        )
        self._stack.setCurrentIndex(0 if self.charts else 1)
        self._columns = 0
        self._place()

    def copy(self) -> None:
        """Put all charts on the clipboard as one picture."""
        if self.charts:
            sheet = self._sheet()
            QGuiApplication.clipboard().setImage(pixels(sheet.size, sheet.summary, sheet.paint))
            self.message.emit(self.tr("Copied the curves"))

    def save(self) -> None:
        """Ask for a file and write all charts as one picture; the format follows the name."""
        if self.charts:
            s = self._sheet()
            head = self.tr("Save curves")
            said = keep(
                self,
                self._ask_path,
                head,
                "curves.svg",
                lambda form: written(form, s.size, self._document.study.info.name, s.summary, s.paint),
            )
            if said:
                self.message.emit(said)

    def _sheet(self) -> ChartSheet:
        return ChartSheet([view.chart for view in self.charts], signs(self._document.study), self.font())

    def choose(self, symptom: str) -> None:
        """Let a symptom stand out on the charts and in the list."""
        for view in self.charts:
            view.choose(symptom)
        for n in range(self.list.count()):
            if self.list.item(n).data(ID) == symptom:
                self.list.setCurrentRow(n)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        """As many charts beside each other as find room."""
        room = max(self.area.viewport().width(), 1)
        columns = max(1, min(len(self.charts), room // WIDE))
        if columns == self._columns:
            return
        self._columns = columns
        for n, view in enumerate(self.charts):
            self._grid.addWidget(view, n // columns, n % columns)
        for n in range(self._grid.columnCount()):
            self._grid.setColumnStretch(n, 1 if n < columns else 0)

    def _take_change(self, change: Change) -> None:
        if "evidence" in change.tables():
            self.refresh()
