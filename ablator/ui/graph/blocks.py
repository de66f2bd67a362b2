"""The folded blocks of a card, opened: one row for each of them, in a small frame beside the card."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListWidget, QVBoxLayout, QWidget

from ablator.app.plain import number, share
from ablator.core.elements import Element
from ablator.core.queries import title
from ablator.core.study import Study
from ablator.plan.types import PART, Plan
from ablator.ui.graph.faces import plain, say
from ablator.ui.style import label

MOST = 1000
"""Blocks that are listed."""
WIDE, ROWS = 280, 12


def folded(element: Element) -> int:
    """How many equal blocks a card stands for; 0 where it stands for itself alone."""
    return element.blocks if element.blocks and element.blocks > 1 else 0


def block_rows(study: Study, plan: Plan | None, element_id: str) -> list[str]:
    """What each block is: its number, its parameters, and the arms of the plan that touch it alone."""
    element = study.elements[element_id]
    count = folded(element)
    steps = plan.steps_of(element_id) if plan is not None else []
    parts = [arm for s in steps for arm in s.arms if arm.id.startswith(PART)]
    each = ""
    if element.parameters:
        each = say("{0} parameters").format(number(element.parameters // count))
        if element.parameter_share is not None:
            each += f" ({share(element.parameter_share / count)})"
    at = {"first": 1, "middle": (count + 1) // 2, "last": count}
    touched: dict[int, list[str]] = {}
    for arm in parts:
        where = at.get(arm.id.removeprefix(PART).partition("-")[0])
        if where is not None:
            touched.setdefault(where, []).append(plain(arm.change)[:120])
    out = []
    for n in range(1, min(count, MOST) + 1):
        words = [say("Block {0}").format(n), each, *touched.get(n, ())]
        out.append("  ·  ".join(w for w in words if w))
    if count > MOST:
        out.append(say("and {0} more").format(number(count - MOST)))
    return out


class BlocksFrame(QFrame):
    """The blocks of one card. Goes at a click elsewhere or with Esc."""

    def __init__(self, study: Study, plan: Plan | None, element_id: str, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("role", "panel")
        element = study.elements[element_id]
        name = f"{plain(title(element))[:200]} × {folded(element)}"
        self.setAccessibleName(name)
        self.list = QListWidget()
        self.list.setAccessibleName(name)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.addItems(block_rows(study, plan, element_id))
        self.list.setCurrentRow(0)
        height = self.list.sizeHintForRow(0) * min(self.list.count(), ROWS) + 8
        self.list.setFixedHeight(height)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 8)
        column.setSpacing(8)
        column.addWidget(label(name, "strong", wrap=True))
        column.addWidget(label(say("Equal blocks: what is said of the card holds for each."), tone="muted", wrap=True))
        column.addWidget(self.list)
        self.setFixedWidth(max(WIDE, min(self.list.sizeHintForColumn(0) + 48, 2 * WIDE)))

    def open_at(self, place: QPoint) -> None:
        """Show beside a place of the screen, inside of it."""
        self.adjustSize()
        room = self.screen().availableGeometry()
        self.move(
            max(min(place.x(), room.right() - self.width()), room.left()),
            max(min(place.y(), room.bottom() - self.height()), room.top()),
        )
        self.show()
        self.list.setFocus()
