"""What a merge left to decide, a card for each: what it was before, both sides, and a button to take one."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ablator.app.document import Document
from ablator.app.plain import one_line, shortened
from ablator.core.change import Change
from ablator.core.conflicts import Keep, solve
from ablator.core.errors import EditRefused
from ablator.ui.style import label, sized

if TYPE_CHECKING:
    from ablator.core.elements import Conflict
    from ablator.core.study import Study

MOST = 50
"""Cards at once; the others come as these are decided."""
LONGEST = 400
"""Characters of a value on a card."""


def _said(text: str) -> str:
    return QCoreApplication.translate("Conflicts", text)


class ConflictCard(QFrame):
    """One conflict. Its buttons decide it; the side that the study shows now is named."""

    def __init__(self, study: "Study", conflict: "Conflict", ours: str, dialog: "ConflictsDialog") -> None:
        super().__init__()
        self.conflict = conflict
        self.setProperty("role", "panel")
        name = _name(study, conflict)
        self.setAccessibleName(name)
        grid = QGridLayout(self)
        grid.setContentsMargins(14, 12, 14, 12)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        grid.addWidget(label(name, "strong", wrap=True), 0, 0, 1, 3)
        grid.addWidget(label(_kind(conflict), "small", "muted", wrap=True), 1, 0, 1, 3)
        self.buttons: dict[Keep, QPushButton] = {}
        mine, theirs = _sides(ours)
        columns: list[tuple[str, Any, Keep, str]] = [(_said("Before both"), conflict.base, "base", _said("Take this"))]
        for side, words, take in (mine, theirs):
            value = conflict.shown if side == "shown" else conflict.other
            columns.append((words, value, side, take))
        for n, (words, value, side, take) in enumerate(columns):
            grid.setColumnStretch(n, 1)
            shown = _said("{0} · shown now").format(words) if side == "shown" and ours else words
            grid.addWidget(label(shown, "small", "muted"), 2, n)
            text = label(value_text(value, conflict), wrap=True)
            text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            text.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
            grid.addWidget(text, 3, n)
            if side == "base" and not conflict.attribute:
                continue
            button = QPushButton(take)
            button.setAutoDefault(False)
            button.setAccessibleName(f"{take}: {name}")
            button.clicked.connect(lambda _=False, side=side: dialog.decide(conflict.id, side))
            grid.addWidget(button, 4, n, Qt.AlignmentFlag.AlignLeft)
            self.buttons[side] = button


class ConflictsDialog(QDialog):
    """The conflicts of the open study as cards; it follows undo and redo, and closes when nothing is left.

    `sides` says for conflicts of this session whose the shown value is; of older ones only what is shown is known.
    """

    def __init__(self, document: Document, sides: Mapping[str, str], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Conflicts"))
        self._document, self._sides = document, sides
        self.cards: list[ConflictCard] = []
        self.told = label(wrap=True)
        self.refused = label(tone="danger", wrap=True)
        self.refused.hide()
        self._page = QWidget()
        self._page.setProperty("role", "page")
        self._column = QVBoxLayout(self._page)
        self._column.setContentsMargins(0, 0, 8, 0)
        self._column.setSpacing(8)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(self._page)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(sized(label(self.tr("Both sides changed the same thing")), "title"))
        column.addWidget(self.told)
        column.addWidget(self.refused)
        column.addWidget(self._area, 1)
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        box.rejected.connect(self.reject)
        self.all_buttons: dict[str, QPushButton] = {}
        known = all(key in sides for key in document.study.conflicts)
        words = {
            "mine": self.tr("Take all of mine") if known else self.tr("Keep all that is shown"),
            "theirs": self.tr("Take all of theirs") if known else self.tr("Take all others"),
        }
        for whose, text in words.items():
            button = box.addButton(text, QDialogButtonBox.ButtonRole.ActionRole)
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, whose=whose: self.decide_all(whose))
            self.all_buttons[whose] = button
        column.addWidget(box)
        document.changed.connect(self._follow)
        document.replaced.connect(self.close)
        self._fill()
        self.resize(820, 620)

    def decide(self, key: str, keep: Keep) -> None:
        """Decide one conflict as one step; what is refused is said above the cards."""
        self._do(lambda study: solve(study, key, keep))

    def decide_all(self, whose: str) -> None:
        """Decide all for `mine` or `theirs`, as one step; what a law forbids stays and is said."""
        left: list[str] = []

        def all_of(study: "Study") -> Change:
            change = Change(self.tr("Decide all conflicts"))
            for key in sorted(study.conflicts):
                ours = self._sides.get(key, "shown")
                keep: Keep = "shown" if (ours == "shown") == (whose == "mine") else "other"
                try:
                    one = solve(study, key, keep)
                except EditRefused as wrong:
                    left.append(str(wrong))
                    continue
                study = one.apply(study)
                change = change.then(one)
            return change

        self._do(all_of)
        if left:
            self._say(left[0])

    def _do(self, edit: Any) -> None:
        self._say("")
        try:
            self._document.do(edit(self._document.study))
        except EditRefused as wrong:
            self._say(str(wrong))

    def _say(self, words: str) -> None:
        self.refused.setText(words)
        self.refused.setVisible(bool(words))

    def _follow(self, change: Change) -> None:
        if "conflicts" not in change.tables():
            return
        if not self._document.study.conflicts:
            self.accept()
            return
        there = {card.conflict.id: n for n, card in enumerate(self.cards)}
        gone = [there[key] for key in change.touched("conflicts") if key in there]
        place = self._area.verticalScrollBar().value()
        self._fill()
        self._area.verticalScrollBar().setValue(place)
        if gone and self.cards:
            card = self.cards[min(*gone, len(self.cards) - 1)]
            next(iter(card.buttons.values())).setFocus()

    def _fill(self) -> None:
        for card in self.cards:
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        while self._column.count():
            self._column.takeAt(0)
        study = self._document.study
        keys = sorted(study.conflicts)
        self.cards = [ConflictCard(study, study.conflicts[k], self._sides.get(k, ""), self) for k in keys[:MOST]]
        for card in self.cards:
            self._column.addWidget(card)
        self._column.addStretch(1)
        text = self.tr("Nothing is lost: the study shows one value and keeps the other. {0} to decide.")
        more = self.tr(" The first {0} are here, the others follow.").format(MOST) if len(keys) > MOST else ""
        self.told.setText(text.format(len(keys)) + more)


def _sides(ours: str) -> tuple[tuple[Keep, str, str], tuple[Keep, str, str]]:
    """Which value is whose, what it is called, and what its button says."""
    if not ours:
        return ("shown", _said("Shown"), _said("Keep this")), ("other", _said("The other"), _said("Take this"))
    mine: Keep = "shown" if ours == "shown" else "other"
    theirs: Keep = "other" if mine == "shown" else "shown"
    return (mine, _said("Mine"), _said("Take mine")), (theirs, _said("Theirs"), _said("Take theirs"))


def _name(study: "Study", c: "Conflict") -> str:
    element = study.elements.get(c.row) if c.table == "elements" else None
    thing = element.name or element.id if element is not None else c.row
    if c.table in {"study", "extra"}:
        thing = _said("Settings of the study") if c.table == "study" else _said("Other keys")
    return one_line(f"{thing} · {c.attribute.replace('_', ' ')}" if c.attribute else thing, 200)


def _kind(c: "Conflict") -> str:
    return {
        "edited twice": _said("Both sides changed it, each in another way."),
        "edited and deleted": _said("One side changed it, the other took it away."),
        "deleted but used": _said("One side took it away, the other still uses it: it came back."),
        "circle": _said("Together both sides would run in a circle: this relation was left out."),
    }[c.kind]


def value_text(value: Any, c: "Conflict") -> str:
    """A value of a conflict as a card shows it."""
    if value is None:
        return _said("not there") if not c.attribute else _said("empty")
    if not c.attribute and isinstance(value, dict):
        lines = [f"{k}: {_plain(v)}" for k, v in value.items() if k != "id"]
        return shortened("\n".join(lines[:8]) + ("\n…" if len(lines) > 8 else ""), LONGEST) or _said("there")
    return shortened(_plain(value), LONGEST) or _said("empty")


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
