"""Widths of the plan's columns, and which of them are shown: the question has the slack, lesser columns give way."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QHeaderView, QMenu, QTableView

from ablator.app.plan_cells import COLUMNS, column_title
from ablator.app.plan_model import PlanModel
from ablator.ui.plan_rows import PAD

QUESTION = COLUMNS.index("question")
LEAST_QUESTION = 260
"""Pixels that the question has before another column is shown."""
WISHED_QUESTION = 400
"""Pixels that it may take before a column that says little is shown."""
SAYS_LITTLE = frozenset({"action", "arms", "seeds", "after"})
LESSER = ("action", "arms", "seeds", "after", "cumulated", "stage", "element", "verdict", "order", "hours")
"""Columns that give way where room is short, the first of them first."""
MOST: Mapping[str, int] = MappingProxyType({"element": 200, "after": 80, "verdict": 128})
"""Widths that content does not exceed by itself."""
MARK = 12
"""Room for the sign of the sorted column."""
SAMPLED = 120
"""Rows at the top that are measured; a few at the end are measured too."""
GRID = 4


class Columns(QObject):
    """Owns sizes and visibility of the header's sections. A person's choice goes before what would fit."""

    chosen = Signal(tuple)
    """The choice of columns changed: names with + (always shown) or - (hidden)."""

    def __init__(self, table: QTableView, model: PlanModel) -> None:
        super().__init__(table)
        self._table, self._model = table, model
        self._widths: dict[str, int] = {}
        self._question = LEAST_QUESTION
        self._dragged: dict[str, int] = {}
        self._wanted: dict[str, bool] = {}
        self._fitting = False
        head = self._head = table.horizontalHeader()
        head.setStretchLastSection(False)
        head.setMinimumSectionSize(40)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        head.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        head.customContextMenuRequested.connect(self._open_menu)
        head.sectionResized.connect(self._take_drag)
        self.measure()

    def measure(self) -> None:
        """Widths from heads and the rows that are there; none becomes narrower, so that nothing jumps."""
        metrics = QFontMetrics(self._table.font())
        count = self._model.rowCount()
        rows = [*range(min(count, SAMPLED)), *range(max(count - 12, SAMPLED), count)]
        for number, name in enumerate(COLUMNS):
            texts = {self._model.cell(r, number)[0] or "" for r in rows if self._model.step_at(r) is not None}
            content = min(max((metrics.horizontalAdvance(t) for t in texts), default=0), MOST.get(name, 10_000))
            head = metrics.horizontalAdvance(column_title(number)) + MARK
            width = (max(head, content) + 2 * PAD + GRID - 1) // GRID * GRID
            if number == QUESTION:
                self._question = min(max(width, self._question), WISHED_QUESTION)
                continue
            self._widths[name] = max(width, self._widths.get(name, 0))
        self.fit()

    def fit(self) -> None:
        """Show what has room beside a question that can be read."""
        shown = [n for n in COLUMNS if self._wanted.get(n, True)]
        room = self._table.viewport().width()
        for name in LESSER:
            wished = self._question if name in SAYS_LITTLE else LEAST_QUESTION
            if self._need(shown) - LEAST_QUESTION + wished <= room:
                continue
            if name in shown and name not in self._wanted:
                shown.remove(name)
        self._fitting = True
        for number, name in enumerate(COLUMNS):
            self._head.setSectionHidden(number, name not in shown)
            if name in shown and name != "question":
                self._head.resizeSection(number, self._width(name))
        self._head.resizeSection(QUESTION, max(room - self._need(shown) + LEAST_QUESTION, LEAST_QUESTION))
        self._fitting = False

    def shown(self) -> list[str]:
        """Names of the columns that are shown."""
        return [n for k, n in enumerate(COLUMNS) if not self._head.isSectionHidden(k)]

    @property
    def choice(self) -> tuple[str, ...]:
        """What a person chose: names with + or - before them."""
        return tuple(f"{'+' if on else '-'}{name}" for name, on in self._wanted.items())

    def choose(self, words: Iterable[str]) -> None:
        """Take a choice as `choice` gives it; words that name no column are passed over."""
        self._wanted = {w[1:]: w[0] == "+" for w in words if w[:1] in {"+", "-"} and w[1:] in COLUMNS}
        self._wanted.pop("question", None)
        self.fit()

    def fill(self, menu: QMenu) -> None:
        """Put the columns into a menu, to be shown or hidden."""
        for number, name in enumerate(COLUMNS):
            action = menu.addAction(column_title(number))
            action.setCheckable(True)
            action.setChecked(not self._head.isSectionHidden(number))
            action.setEnabled(name != "question")
            action.triggered.connect(lambda on=False, name=name: self._set({**self._wanted, name: bool(on)}))
        menu.addSeparator()
        menu.addAction(self.tr("Columns that fit")).triggered.connect(lambda: self._set({}))

    def _set(self, wanted: Mapping[str, bool]) -> None:
        self._wanted = dict(wanted)
        if not wanted:
            self._dragged = {}
        self.fit()
        self.chosen.emit(self.choice)

    def _width(self, name: str) -> int:
        return self._dragged.get(name, self._widths[name])

    def _need(self, names: Sequence[str]) -> int:
        return LEAST_QUESTION + sum(self._width(n) for n in names if n != "question")

    def _take_drag(self, section: int, old: int, new: int) -> None:
        if not self._fitting and new and section != QUESTION:
            self._dragged[COLUMNS[section]] = new
            self.fit()

    def _open_menu(self, place: QPoint) -> None:
        menu = QMenu(self._head)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.fill(menu)
        menu.popup(self._head.mapToGlobal(place))
