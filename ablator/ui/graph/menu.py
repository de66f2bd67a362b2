"""The context menu of the graph, and the small menu of relations that fit."""

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QMenu, QWidget

from ablator.core.elements import RelationKind
from ablator.core.queries import falls_with, title
from ablator.core.study import Study
from ablator.ui.graph.blocks import folded
from ablator.ui.graph.editing import Editing
from ablator.ui.graph.faces import plain, say

MOST = 20
"""Relations that a menu lists."""


def literal(text: str) -> str:
    """Text for a menu, where `&` would make a mnemonic."""
    return plain(text)[:80].replace("&", "&&")


def relation_menu(parent: QWidget, kinds: Sequence[RelationKind], choose: Callable[[RelationKind], object]) -> QMenu:
    """Which of several relations shall be drawn."""
    menu = QMenu(parent)
    menu.setAccessibleName(say("Relation"))
    for kind in kinds:
        menu.addAction(say(kind)).triggered.connect(lambda _=False, k=kind: choose(k))
    menu.setActiveAction(menu.actions()[0])
    return menu


def card_menu(
    parent: QWidget,
    study: Study,
    ids: Sequence[str],
    editing: Editing,
    *,
    rename: Callable[[str], object],
    select: Callable[[Sequence[str]], object],
    unfold: Callable[[str], object],
) -> QMenu:
    """What can be done with the selected cards."""
    menu = QMenu(parent)
    menu.setAccessibleName(say("Cards"))

    def row(text: str, run: Callable[[], object], *, enabled: bool = True, to: QMenu = menu) -> None:
        action = to.addAction(text)
        action.setEnabled(enabled)
        action.triggered.connect(lambda _=False: run())

    row(say("Rename…"), lambda: rename(ids[0]), enabled=len(ids) == 1)
    blocks = folded(study.elements[ids[0]]) if len(ids) == 1 else 0
    if blocks:
        row(say("Open the {0} blocks").format(blocks), lambda: unfold(ids[0]))
    ideas = [k for k in ids if study.elements[k].kind == "idea"]
    falls = sorted(falls_with(study, ideas)) if ideas else []
    row(say("Select what falls"), lambda: select([*ids, *(k for k in falls if k not in ids)]), enabled=bool(falls))
    _relations(menu, study, ids, editing)
    menu.addSeparator()
    row(say("Cut"), lambda: editing.cut(ids))
    row(say("Copy"), lambda: editing.copy(ids))
    row(say("Paste"), editing.paste)
    row(say("Duplicate"), lambda: editing.duplicate(ids))
    menu.addSeparator()
    align = menu.addMenu(say("Align"))
    align.setEnabled(len(ids) > 1)
    row(say("Left edges"), lambda: editing.align(ids, "left"), to=align)
    row(say("Right edges"), lambda: editing.align(ids, "right"), to=align)
    row(say("Upper edges"), lambda: editing.align(ids, "top"), to=align)
    row(say("Lower edges"), lambda: editing.align(ids, "bottom"), to=align)
    pinned = any(study.elements[k].place is not None for k in ids)
    row(say("Unpin"), lambda: editing.unpin(ids), enabled=pinned)
    menu.addSeparator()
    row(say("Delete"), lambda: editing.remove(ids))
    return menu


def _relations(menu: QMenu, study: Study, ids: Sequence[str], editing: Editing) -> None:
    """Relations of one card, to be taken out."""
    sub = menu.addMenu(say("Remove relation"))
    held = [r for _, r in sorted(study.relations.items()) if ids[0] in {r.source, r.target}] if len(ids) == 1 else []
    for r in held[:MOST]:
        if r.source in study.elements and r.target in study.elements:
            text = f"{title(study.elements[r.source])} {r.kind} {title(study.elements[r.target])}"
            sub.addAction(literal(text)).triggered.connect(lambda _=False, key=r.id: editing.unrelate(key))
    sub.setEnabled(bool(sub.actions()))


def ground_menu(parent: QWidget, editing: Editing, rows: Sequence[tuple[str, Callable[[], object]]]) -> QMenu:
    """What can be done where there is no card."""
    menu = QMenu(parent)
    menu.setAccessibleName(say("Graph"))
    menu.addAction(say("Paste")).triggered.connect(lambda _=False: editing.paste())
    menu.addSeparator()
    for text, run in rows:
        menu.addAction(text).triggered.connect(lambda _=False, go=run: go())
    return menu
