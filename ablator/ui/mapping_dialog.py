"""Columns of a table made elsewhere: what each holds, by examples, and which field of ours it stands for."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ablator.app.plain import one_line
from ablator.core.errors import AblatorError
from ablator.importers.csv_source import Table, load_csv
from ablator.importers.graph_words import EDGE_COLUMNS, NODE_COLUMNS, columns
from ablator.ui.elided import Elided
from ablator.ui.style import label

HEAD_BYTES = 256 * 1024
"""So much of a table is read for the examples."""
EXAMPLES, MOST = 3, 60
"""Values shown of a column, and columns that can be mapped here."""
KEYS: Mapping[str, tuple[str, ...]] = {"elements": ("id",), "relations": ("source", "target")}
FIELDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {"elements": NODE_COLUMNS, "relations": EDGE_COLUMNS}


def head_of_table(path: Path) -> Table:
    """Head and first rows of a CSV. Raises AblatorError where it is none or cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(HEAD_BYTES)
    except OSError as wrong:
        from ablator.core.errors import CannotAccess

        raise CannotAccess(wrong.strerror or str(wrong), place=str(path), mend="check the file") from None
    if len(data) == HEAD_BYTES:
        data = data[: data.rfind(b"\n") + 1]
    return load_csv(data, str(path))


class MappingDialog(QDialog):
    """A row a column, with a choice of fields; what our words already tell is chosen. Accepted only when it suffices.

    `mapping` is what was chosen: heading → field.
    """

    def __init__(self, table: Table, name: str, known: Mapping[str, str], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Columns of {0}").format(one_line(name, 80)))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._head = [h for h in table.head if h][:MOST]
        self._known = known
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        text = self.tr("Say what the columns stand for. Those that stand for nothing are kept with their own names.")
        column.addWidget(label(text, tone="muted", wrap=True))
        self.kinds = {"elements": self._kind(self.tr("A row is an element")),
                      "relations": self._kind(self.tr("A row is a relation"))}  # fmt: skip
        row = QHBoxLayout()
        for button in self.kinds.values():
            row.addWidget(button)
        row.addStretch()
        column.addLayout(row)
        self.choices: dict[str, QComboBox] = {}
        column.addWidget(self._grid(table), 1)
        self.told = label(tone="danger", wrap=True)
        column.addWidget(self.told)
        self.box = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.box.accepted.connect(self.accept)
        self.box.rejected.connect(self.reject)
        column.addWidget(self.box)
        self.resize(640, 480)
        self._guess(_kind_of(self._head, known))

    @property
    def kind(self) -> str:
        """`elements` or `relations`."""
        return next(kind for kind, button in self.kinds.items() if button.isChecked())

    @property
    def mapping(self) -> dict[str, str]:
        """Heading → field, for the columns that stand for one."""
        return {name: field for name, box in self.choices.items() if (field := box.currentData())}

    def _kind(self, text: str) -> QPushButton:
        button = QPushButton(text)
        button.setCheckable(True)
        button.setAutoExclusive(True)
        button.setAutoDefault(False)
        button.setProperty("quiet", "true")
        button.clicked.connect(lambda: self._guess(self.kind))
        return button

    def _grid(self, table: Table) -> QScrollArea:
        page = QWidget()
        page.setProperty("role", "page")
        grid = QGridLayout(page)
        grid.setContentsMargins(0, 0, 8, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(0, 2)
        grid.setColumnStretch(1, 3)
        for n, text in enumerate((self.tr("Column"), self.tr("Holds"), self.tr("Stands for"))):
            grid.addWidget(label(text, "small", "muted"), 0, n)
        for line, name in enumerate(self._head, 1):
            place = table.head.index(name)
            seen = list(dict.fromkeys(r[place] for r in table.rows[:200] if r[place]))[:EXAMPLES]
            box = QComboBox()
            box.setAccessibleName(self.tr("{0} stands for").format(one_line(name, 80)))
            box.currentIndexChanged.connect(lambda _: self._check())
            self.choices[name] = box
            grid.addWidget(Elided(name), line, 0)
            grid.addWidget(Elided(", ".join(one_line(v, 60) for v in seen) or "–"), line, 1)
            grid.addWidget(box, line, 2)
        grid.setRowStretch(len(self._head) + 1, 1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(page)
        return area

    def _guess(self, kind: str) -> None:
        """Offer the fields of a kind of table; what was chosen before, or is called so, is chosen."""
        self.kinds[kind].setChecked(True)
        fields = FIELDS[kind]
        named = {name: field for field, name in columns(self._head, fields).items()}
        for name, box in self.choices.items():
            box.blockSignals(True)
            box.clear()
            box.addItem(self.tr("nothing of ours"), "")
            for field in fields:
                box.addItem(field, field)
            wanted = self._known.get(name, named.get(name, ""))
            box.setCurrentIndex(max(box.findData(wanted), 0))
            box.blockSignals(False)
        self._check()

    def _check(self) -> None:
        chosen = list(self.mapping.values())
        twice = next((f for f in chosen if chosen.count(f) > 1), "")
        missing = [key for key in KEYS[self.kind] if key not in chosen]
        if twice:
            self.told.setText(self.tr("Two columns stand for {0}.").format(twice))
        elif missing and self.kind == "elements":
            self.told.setText(self.tr("Which column is the id of an element?"))
        elif missing:
            self.told.setText(self.tr("Which columns are source and target of a relation?"))
        else:
            self.told.setText("")
        self.box.button(QDialogButtonBox.StandardButton.Ok).setEnabled(not (twice or missing))


def _kind_of(head: Sequence[str], known: Mapping[str, str]) -> str:
    if known:
        return "relations" if "source" in known.values() else "elements"
    return "relations" if {"source", "target"} <= columns(head, EDGE_COLUMNS).keys() else "elements"


def table_or_reason(path: Path) -> Table | str:
    """The head of a table, or why there is none."""
    try:
        return head_of_table(path)
    except AblatorError as wrong:
        return str(wrong)
