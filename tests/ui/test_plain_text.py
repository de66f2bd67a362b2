"""Text from files is shown as typed: no pixel of what its markup would paint shows up anywhere in the window."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QAbstractTableModel, QModelIndex, Qt
from PySide6.QtGui import QColor, QImage, QTextDocument
from PySide6.QtWidgets import QAbstractItemView, QApplication, QDialog, QGraphicsView, QLabel, QWidget
from pytestqt.qtbot import QtBot

from ablator.app.document import Document
from ablator.app.settings import Settings
from ablator.app.theme import Theme
from ablator.core.elements import Conflict, Decision, Element, Evidence, Info, Relation
from ablator.core.lanes import KIND_OF_LANE
from ablator.core.study import Study
from ablator.files.study_file import encode, save_study
from ablator.ui.asking import Asking, Unsaved
from ablator.ui.compare_conflicts import ConflictsDialog
from ablator.ui.compare_dialog import CompareDialog
from ablator.ui.style import dress
from ablator.ui.unexpected import Unexpected
from ablator.ui.window import MainWindow

MAGENTA = QColor("#ff00ff")
"""In no theme and no icon."""


def hostile(picture: Path) -> str:
    """Markup that paints magenta in every way that Qt knows, should anybody take it for markup."""
    return (
        f"<img src='{picture}' width=60 height=60><table bgcolor='#ff00ff'><tr><td>cell</td></tr></table>"
        "<font color='#ff00ff' size=7>MMMM</font><hr color='#ff00ff'><b style='background:#ff00ff'>bold</b>"
    )


@pytest.fixture
def text(tmp_path: Path, qapp: QApplication) -> str:
    picture = tmp_path / "m.png"
    image = QImage(60, 60, QImage.Format.Format_RGB32)
    image.fill(MAGENTA)
    assert image.save(str(picture))
    return hostile(picture)


def study(text: str, other: str = "") -> Study:
    rows = [
        Element(
            id=f"e{n}",
            lane=lane,
            kind=kind,
            name=other or text,
            value=text,
            unit=text,
            note=text,
            question=text,
            from_=(text,),
            slot=text if kind == "idea" else None,
            prior=0.1,
            check=text,
            exhausted_when=text,
        )
        for n, (lane, kind) in enumerate([*KIND_OF_LANE.items(), ("instantiation", "idea")])
    ]
    facts = [
        Evidence(id=text[:400], kind="symptom", name="still-falling-at-end", source=text, note=text, element="e3"),
        Evidence(id="fact", kind="fact", name=text, value=text, source=text),
    ]
    conflict = Conflict(
        id="elements/e2/note", kind="edited twice", table="elements", row="e2", attribute="note", base=text, shown=text,
        other=text + text,
    )  # fmt: skip
    return Study(
        info=Info(name=text, metric=text, note=text, command=text, unknown=(text,)),
        elements={e.id: e for e in rows},
        relations={r.id: r for r in [Relation(source="e2", target="e5", kind="requires", note=text)]},
        evidence={e.id: e for e in facts},
        decisions={"d-1": Decision(id="d-1", kind="belief", element="e3", value=0.5, reason=text, author=text)},
        conflicts={conflict.id: conflict},
    )


class Answers(Asking):
    """Lets everything go."""

    def about_unsaved(self, parent: object, name: str) -> Unsaved:
        return "discard"


@pytest.fixture(params=["light", "dark"])
def window(
    request: pytest.FixtureRequest, text: str, tmp_path: Path, qtbot: QtBot, qapp: QApplication
) -> Iterator[MainWindow]:
    theme = Theme(request.param)
    dress(qapp, theme)
    window = MainWindow(Document(), Settings(tmp_path / "settings.ini"), theme, asking=Answers())
    qtbot.addWidget(window)
    window.resize(1400, 900)
    window.show()
    window.document.load(study(text), None, None)
    qtbot.waitUntil(lambda: window.document.plan is not None, timeout=20_000)
    yield window
    dress(qapp, Theme("light"))


def magenta(widget: QWidget) -> int:
    """Pixels of the widget, at half its size, that are near to magenta."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = bytes(image.constBits())
    wide, line = image.width() * 3, image.bytesPerLine()
    found = 0
    for y in range(0, image.height(), 2):
        row = rows[y * line : y * line + wide]
        reds, greens, blues = row[0::6], row[1::6], row[2::6]
        found += sum(r > 235 and g < 20 and b > 235 for r, g, b in zip(reds, greens, blues, strict=False))
    return found


def test_the_measure_sees_markup(text: str, qtbot: QtBot) -> None:
    label = QLabel(text)
    qtbot.addWidget(label)
    assert magenta(label) > 500


def test_no_panel_paints_markup(window: MainWindow, qtbot: QtBot) -> None:
    work = window.workspace
    assert work is not None
    qtbot.waitUntil(lambda: bool(work.graph.scene.cards), timeout=20_000)
    window.document.select(["e2"])
    window.notices.say(window.document.study.info.name, "danger", [(window.document.study.info.name, lambda: None)])
    window.say(window.document.study.info.name)
    for name in work.docks:
        work.show_dock(name)
        qtbot.waitUntil(work.docks[name].isVisible)
        assert not magenta(window), name


def test_no_dialog_paints_markup(window: MainWindow, text: str, tmp_path: Path, qtbot: QtBot) -> None:
    for action in ("study.settings", "study.conflicts", "edit.palette", "study.freeze"):
        window.actions_made.run(action)
        dialog = next(d for d in window.findChildren(QDialog) if d.isVisible())
        assert not magenta(dialog), action
        if isinstance(dialog, ConflictsDialog):
            assert any("<img" in x.text() for x in dialog.findChildren(QLabel))
        dialog.close()
        qtbot.waitUntil(lambda: not any(d.isVisible() for d in window.findChildren(QDialog)))
    other = tmp_path / "other.ablation"
    save_study(study(text, "<font color='#ff00ff'>other</font>"), other)
    window.files.disk.compare(other, text)
    box = next(d for d in window.findChildren(CompareDialog) if d.isVisible())
    qtbot.waitUntil(lambda: bool(box.model.comparison.rows), timeout=20_000)
    for chip in box.chips.values():
        chip.setChecked(True)
    assert not magenta(box)
    box.close()
    hook = Unexpected(window.document, window)
    wrong = RuntimeError(text)
    hook(RuntimeError, wrong, None)
    assert hook.box is not None
    assert not magenta(hook.box)
    hook.box.close()


def test_no_tool_tip_is_taken_for_markup(window: MainWindow, qtbot: QtBot) -> None:
    work = window.workspace
    assert work is not None
    qtbot.waitUntil(lambda: bool(work.graph.scene.cards), timeout=20_000)
    window.document.select(["e2"])
    for name in work.docks:
        work.show_dock(name)
        qtbot.waitUntil(work.docks[name].isVisible)
    tips = {w.toolTip() for w in window.findChildren(QWidget)}
    for view in window.findChildren(QGraphicsView):
        tips |= {item.toolTip() for item in view.scene().items()}
    for table in window.findChildren(QAbstractItemView):
        if table.model() is not None:
            tips |= set(_tips(table.model()))
    told = [tip for tip in tips if "img" in tip]
    assert told, "some tool tips hold the text"
    for tip in told:
        label = QLabel(tip)
        qtbot.addWidget(label)
        assert not magenta(label), tip[:200]
        page = QTextDocument()
        page.setHtml(tip)
        assert "<img" in page.toPlainText(), "where Qt takes it for rich text it shows what was typed"


def _tips(model: QAbstractItemModel, parent: QModelIndex | None = None) -> Iterator[str]:
    above = parent if parent is not None else QModelIndex()
    for row in range(min(model.rowCount(above), 200)):
        for column in range(1 if isinstance(model, QAbstractListModel) else model.columnCount(above)):
            index = model.index(row, column, above)
            tip = model.data(index, Qt.ItemDataRole.ToolTipRole)
            if isinstance(tip, str):
                yield tip
            flat = isinstance(model, QAbstractListModel | QAbstractTableModel)
            if column == 0 and not flat and model.hasChildren(index):
                yield from _tips(model, index)


def test_the_study_is_one_that_opens(text: str) -> None:
    assert encode(study(text))
