"""Elements on the clipboard: our own type to paste from, and Mermaid text for everybody else."""

from collections.abc import Iterable, Sequence

import msgspec
from PySide6.QtCore import QCoreApplication, QMimeData
from PySide6.QtGui import QGuiApplication

from ablator.core.change import Change
from ablator.core.edits import add, free_id
from ablator.core.elements import Element, Relation
from ablator.core.errors import EditRefused
from ablator.core.queries import title
from ablator.core.study import Study

ELEMENTS = "application/x-ablator-elements"
"""Copied elements with the relations among them, as JSON."""
LIBRARY = "application/x-ablator-element"
"""The id of a library row, dragged from the palette."""
LARGEST = 64 * 1024 * 1024
"""Bytes that are read from a clipboard; more is refused."""

ARROWS = {"instantiates": "-.->", "requires": "-->", "interacts": "<-.->", "excludes": "x--x"}


class Clip(msgspec.Struct, frozen=True):
    """What is copied."""

    elements: tuple[Element, ...]
    relations: tuple[Relation, ...] = ()


def clip_of(study: Study, ids: Iterable[str]) -> Clip:
    """The elements and the relations among them, sorted by id."""
    held = {k for k in ids if k in study.elements}
    return Clip(
        tuple(study.elements[k] for k in sorted(held)),
        tuple(r for _, r in sorted(study.relations.items()) if r.source in held and r.target in held),
    )


def to_mime(clip: Clip) -> QMimeData:
    """The clip for the clipboard."""
    data = QMimeData()
    data.setData(ELEMENTS, msgspec.json.encode(clip))
    data.setText(mermaid(clip))
    return data


def put(clip: Clip) -> None:
    """Put a clip on the clipboard. When the program ends its text stays there.

    Data made in Python must not outlive the interpreter: Qt would call into it at its own end and crash.
    """
    QGuiApplication.clipboard().setMimeData(to_mime(clip))
    app = QCoreApplication.instance()
    if app is not None and not app.property("ablatorLeavesText"):
        app.setProperty("ablatorLeavesText", True)
        app.aboutToQuit.connect(leave_text)


def leave_text() -> None:
    """Let only the text of a clip of this program stay on the clipboard."""
    board = QGuiApplication.clipboard()
    if board.ownsClipboard():
        board.setText(board.text())


def from_mime(data: QMimeData | None) -> Clip:
    """The clip on a clipboard. Raises EditRefused where it holds none that can be read."""
    if data is None or not data.hasFormat(ELEMENTS):
        raise EditRefused("the clipboard holds no elements", mend="copy cards of a graph first")
    raw = bytes(data.data(ELEMENTS).data())
    if len(raw) > LARGEST:
        raise EditRefused("what is on the clipboard is too large")
    try:
        return msgspec.json.decode(raw, type=Clip)
    except (msgspec.MsgspecError, RecursionError):
        raise EditRefused("what is on the clipboard cannot be read", mend="copy the cards again") from None


def paste(study: Study, clip: Clip) -> tuple[Change, tuple[str, ...]]:
    """The change that adds a clip, with new ids where the study has them already, and the ids it adds.

    Pins are dropped: the layout finds room. Relations to elements that the study holds, but the clip does not, are
    not made up.
    """
    names: dict[str, str] = {}
    fresh: list[Element] = []
    taken = study
    for e in clip.elements:
        new = e.id if e.id not in taken.elements else free_id(taken, e.id)
        names[e.id] = new
        made = msgspec.structs.replace(e, id=new, place=None)
        fresh.append(made)
        taken = msgspec.structs.replace(taken, elements={**taken.elements, new: made})
    relations = [
        msgspec.structs.replace(r, source=names[r.source], target=names[r.target])
        for r in clip.relations
        if r.source in names and r.target in names
    ]
    if not fresh:
        raise EditRefused("the clipboard holds no elements", mend="copy cards of a graph first")
    change = add(study, fresh, relations)
    what = title(fresh[0]) if len(fresh) == 1 else f"{len(fresh)} elements"
    return Change(f"Paste {what}", change.cells), tuple(e.id for e in fresh)


def mermaid(clip: Clip) -> str:
    """The clip as a Mermaid flowchart."""
    number = {e.id: f"n{i}" for i, e in enumerate(clip.elements, 1)}
    lines = ["flowchart TD"]
    lines += [f'    {number[e.id]}["{_quoted(title(e))}"]' for e in clip.elements]
    lines += _arrows(clip.relations, number)
    return "\n".join(lines) + "\n"


def _arrows(relations: Sequence[Relation], number: dict[str, str]) -> list[str]:
    return [
        f"    {number[r.source]} {ARROWS.get(r.kind, '-.->')}|{r.kind}| {number[r.target]}"
        for r in relations
        if r.source in number and r.target in number
    ]


def _quoted(text: str) -> str:
    """Text that a Mermaid label cannot break out of."""
    plain = " ".join(text.split())[:200]
    return "".join(f"#{ord(c)};" if c in '"#<>&;`[]{}|\\' else c for c in plain)
