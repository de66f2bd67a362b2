"""The main window: what may be done when, files that fail without loss, docks and themes that are remembered."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QWidget
from pytestqt.qtbot import QtBot

from ablator.app.actions import ROWS
from ablator.app.document import Document
from ablator.app.settings import Settings
from ablator.app.theme import Theme
from ablator.core import edits
from ablator.core.elements import Element, Info, Relation
from ablator.core.study import Study, study_from
from ablator.files.study_file import encode, open_study
from ablator.ui.asking import Asking, Unsaved
from ablator.ui.palette_dialog import PaletteDialog, matches
from ablator.ui.window import MainWindow

AT_START = {
    "file.new", "file.open", "file.example", "file.recovery", "file.quit", "edit.palette", "edit.preferences",
    "view.theme-system", "view.theme-light", "view.theme-dark", "view.full-screen", "help.shortcuts", "help.method",
    "help.tour", "help.pages", "help.about",
}  # fmt: skip
NEEDS_MORE = {
    "edit.undo", "edit.redo", "edit.cut", "edit.copy", "edit.duplicate", "edit.delete", "edit.rename", "study.relate",
    "study.record", "study.waive", "study.adopt", "study.freeze", "study.run", "study.conflicts",
    "study.believe", "study.results", "file.export-plan", "file.export-runs", "file.export-picture", "file.print",
}  # fmt: skip
"""Not yet possible when a study has just been loaded."""


def small() -> Study:
    return study_from(
        Info(name="small", metric="loss", goal="min"),
        [
            Element(id="rope", lane="instantiation", kind="idea", name="RoPE", slot="position_information"),
            Element(id="attention", lane="instantiation", kind="idea", name="Attention", slot="token_mixing"),
            Element(id="learning-rate", lane="reachability", kind="factor", name="Learning rate", prior=0.1),
        ],
        [Relation(source="rope", target="attention", kind="requires")],
    )


class Answers(Asking):
    """Answers by itself, and notes what it was asked."""

    def __init__(self) -> None:
        self.unsaved: Unsaved = "discard"
        self.study: Path | None = None
        self.target: Path | None = None
        self.asked: list[str] = []

    def about_unsaved(self, parent: QWidget, name: str) -> Unsaved:
        self.asked.append(name)
        return self.unsaved

    def for_study(self, parent: QWidget, folder: str) -> Path | None:
        return self.study

    def where_to_save(self, parent: QWidget, suggestion: Path, what: str, suffix: str = ".ablation") -> Path | None:
        return self.target


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def settings(tmp_path: Path, qapp: object) -> Settings:
    return Settings(tmp_path / "settings.ini")


@pytest.fixture
def window(settings: Settings, answers: Answers, qtbot: QtBot) -> MainWindow:
    return opened(settings, answers, qtbot)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "small.ablation"
    path.write_bytes(encode(small()))
    return path


def opened(settings: Settings, answers: Answers, qtbot: QtBot) -> MainWindow:
    window = MainWindow(Document(), settings, Theme("light"), asking=answers)
    qtbot.addWidget(window)
    window.show()
    return window


def enabled(window: MainWindow) -> set[str]:
    return {key for key, action in window.actions_made.all.items() if action.isEnabled()}


def dialog(window: MainWindow, kind: type[QDialog]) -> QDialog:
    return next(d for d in window.findChildren(kind) if d.isVisible())


def test_at_the_start(window: MainWindow) -> None:
    assert window.page == "welcome"
    assert window.windowTitle() == "Ablator"
    assert enabled(window) == AT_START


def test_with_a_study(window: MainWindow, qtbot: QtBot, file: Path) -> None:
    window.take_files([file])
    assert window.page == "workspace"
    assert enabled(window) == {r.id for r in ROWS} - NEEDS_MORE - {"file.save"}
    qtbot.waitUntil(lambda: window.document.plan is not None)
    assert {"file.export-plan", "file.export-runs"} <= enabled(window)
    window.document.select(["rope"])
    assert {"edit.cut", "edit.copy", "edit.delete", "edit.rename", "edit.duplicate"} <= enabled(window)
    window.document.select(["rope", "learning-rate"])
    assert "study.relate" in enabled(window)
    assert "edit.rename" not in enabled(window)
    window.document.select(["learning-rate"])
    assert {"study.record", "study.waive"} <= enabled(window)
    window.document.attempt(edits.rename, "rope", "Rotary & co")
    assert {"edit.undo", "file.save"} <= enabled(window)
    assert window.actions_made["edit.undo"].text() == "&Undo rename RoPE"
    window.actions_made.run("edit.undo")
    assert "edit.redo" in enabled(window)
    window.actions_made.run("file.welcome")
    assert window.page == "welcome"
    assert enabled(window) == AT_START


def test_open_save_and_title(window: MainWindow, answers: Answers, file: Path, settings: Settings) -> None:
    answers.study = file
    window.actions_made.run("file.open")
    assert window.windowTitle() == "small[*] — Ablator"
    assert not window.isWindowModified()
    window.document.attempt(edits.rename, "rope", "Rotary")
    assert window.isWindowModified()
    window.actions_made.run("file.save")
    assert not window.isWindowModified()
    assert open_study(file)[0].elements["rope"].name == "Rotary"
    answers.target = file.with_name("other.ablation")
    window.actions_made.run("file.save-as")
    assert settings.recent() == [answers.target, file]
    assert window.windowTitle() == "other[*] — Ablator"


def test_unsaved_work_is_asked_about(window: MainWindow, answers: Answers, file: Path) -> None:
    window.take_files([file])
    window.document.attempt(edits.rename, "rope", "Rotary")
    answers.unsaved = "cancel"
    window.actions_made.run("file.welcome")
    assert window.page == "workspace"
    assert not window.close()
    answers.unsaved = "save"
    window.actions_made.run("file.welcome")
    assert window.page == "welcome"
    assert open_study(file)[0].elements["rope"].name == "Rotary"
    assert answers.asked == ["small"] * 3


def test_a_save_that_fails_keeps_everything_and_can_be_tried_again(window: MainWindow, file: Path) -> None:
    window.take_files([file])
    window.document.attempt(edits.rename, "rope", "Rotary")
    file.unlink()
    file.mkdir()
    window.actions_made.run("file.save")
    assert window.document.dirty
    notice = window.notices.notices[0]
    assert "folder" in notice.text
    assert list(notice.buttons) == ["Retry", "Save as…", "Copy details"]
    assert "Ablator" in notice.details
    file.rmdir()
    notice.buttons["Retry"].click()
    assert not window.document.dirty
    assert not window.notices.notices
    assert open_study(file)[0].elements["rope"].name == "Rotary"


def test_a_file_that_others_changed(window: MainWindow, file: Path) -> None:
    window.take_files([file])
    window.document.attempt(edits.rename, "rope", "Mine")
    file.write_bytes(file.read_bytes().replace(b"RoPE", b"Theirs"))
    window.actions_made.run("file.save")
    assert window.document.dirty
    notice = window.notices.notices[0]
    assert list(notice.buttons)[:4] == ["Keep mine", "Reload theirs", "Compare", "Merge"]
    notice.buttons["Reload theirs"].click()
    assert window.document.study.elements["rope"].name == "Theirs"
    assert not window.document.dirty


def test_a_change_on_disk_is_told_once(window: MainWindow, qtbot: QtBot, file: Path) -> None:
    watch = window.files.disk.watch
    window.take_files([file])
    watch.look()
    qtbot.waitUntil(lambda: not watch.looking)
    assert not window.notices.notices
    file.write_bytes(file.read_bytes().replace(b"RoPE", b"Theirs"))
    for _ in range(2):
        watch.look()
        qtbot.waitUntil(lambda: bool(window.notices.notices) and not watch.looking)
    assert [n.text for n in window.notices.notices] == ["small.ablation was changed on disk by another program."]


def test_a_damaged_study_does_not_block_work(window: MainWindow, tmp_path: Path, file: Path) -> None:
    bad = tmp_path / "bad.ablation"
    bad.write_text('{"format": "ablation-study", "version": 999}')
    window.take_files([file])
    window.take_files([bad])
    assert window.document.path == file
    assert "999" in window.notices.notices[0].text
    assert window.notices.notices[0].isVisible()


def test_artefacts_start_a_new_study(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    config = tmp_path / "config.json"
    config.write_text('{"model_type": "gpt2", "n_layer": 2, "n_head": 2, "n_embd": 64}')
    window.take_files([config])
    assert window.page == "new"
    page = window.new_page
    assert page is not None
    assert page.sources == [str(config)]
    with qtbot.waitSignal(window.document.replaced, timeout=30_000):
        page.create_button.click()
    assert window.page == "workspace"
    assert window.document.dirty
    assert window.windowTitle().endswith("[*] — Ablator")


def test_docks_are_toggled_remembered_and_reset(
    window: MainWindow, file: Path, settings: Settings, answers: Answers, qtbot: QtBot
) -> None:
    window.take_files([file])
    work = window.workspace
    assert work is not None
    assert not work.dock_open("library")
    window.actions_made.run("study.add")
    assert work.dock_open("library")
    assert window.actions_made["view.library"].isChecked()
    window.actions_made.run("view.inspector")
    assert not work.dock_open("inspector")
    assert window.close()
    again = opened(settings, answers, qtbot)
    again.take_files([file])
    assert again.workspace is not None
    assert not again.workspace.dock_open("inspector")
    assert again.workspace.dock_open("library")
    again.actions_made.run("view.reset")
    assert again.workspace.dock_open("inspector")
    assert not again.workspace.dock_open("library")
    assert again.actions_made["view.inspector"].isChecked()


def test_an_idea_from_the_library(window: MainWindow, file: Path, qtbot: QtBot) -> None:
    window.take_files([file])
    window.actions_made.run("study.add")
    work = window.workspace
    assert work is not None
    work.library.field.setText("alibi")
    shown = work.library.model.shown
    assert shown
    before = len(window.document.study.elements)
    qtbot.keyClick(work.library.field, Qt.Key.Key_Return)
    assert len(window.document.study.elements) == before + 1
    window.actions_made.run("edit.undo")
    assert len(window.document.study.elements) == before


def test_themes(window: MainWindow, settings: Settings) -> None:
    window.actions_made.run("view.theme-dark")
    assert window.theme.dark
    assert settings.get("look/theme") == "dark"
    assert not window.actions_made["view.theme-light"].isChecked()
    window.actions_made.run("view.theme-light")
    assert not window.theme.dark


def test_exports(window: MainWindow, answers: Answers, file: Path, qtbot: QtBot) -> None:
    window.take_files([file])
    qtbot.waitUntil(lambda: window.document.plan is not None)
    answers.target = file.with_name("plan.csv")
    window.actions_made.run("file.export-plan")
    assert answers.target.read_text().startswith("order,stage,step")
    answers.target = file.with_name("nowhere") / "runs.csv"
    window.actions_made.run("file.export-runs")
    assert "Retry" in window.notices.notices[0].buttons


def test_the_command_palette(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_made.run("edit.palette")
    palette = dialog(window, PaletteDialog)
    assert isinstance(palette, PaletteDialog)
    assert len(palette.visible_ids()) == len(ROWS) - 1
    palette.field.setText("dark")
    assert palette.visible_ids() == ["view.theme-dark"]
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert window.theme.dark
    assert matches("zoom in", "View: Zoom in") < matches("in", "View: Zoom in")  # type: ignore[operator]


@pytest.mark.parametrize("action", ["help.pages", "help.shortcuts", "help.method", "help.about"])
def test_help(window: MainWindow, action: str) -> None:
    window.actions_made.run(action)
    page = dialog(window, QDialog)
    assert page.windowTitle()
    page.close()


def test_settings_of_the_study_are_one_step(window: MainWindow, file: Path) -> None:
    from ablator.ui.study_dialogs import SettingsDialog

    window.take_files([file])
    window.actions_made.run("study.settings")
    box = dialog(window, SettingsDialog)
    assert isinstance(box, SettingsDialog)
    assert box.form.fields["metric"].text() == "loss"
    box.form.fields["budget"].setText("12")
    box.form.fields["effect"].setText("2%")
    box.form.fields["metric"].setText("")
    box.take()
    info = window.document.study.info
    assert (info.budget, info.effect, info.metric) == (12.0, "2%", "")
    assert window.document.undo_stack.count() == 1
    window.document.undo()
    assert window.document.study.same_as(small())


def test_relate_offers_only_what_may_be(window: MainWindow, file: Path) -> None:
    from ablator.ui.study_dialogs import RelateDialog

    window.take_files([file])
    window.document.select(["rope", "learning-rate"])
    window.actions_made.run("study.relate")
    box = dialog(window, RelateDialog)
    assert isinstance(box, RelateDialog)
    kinds = [box.kinds.itemData(n)[2] for n in range(box.kinds.count())]
    assert "retunes" in kinds
    assert "requires" not in kinds
    box.take()
    assert len(window.document.study.relations) == 2


def test_a_hostile_name_is_shown_as_typed(window: MainWindow, tmp_path: Path) -> None:
    study = edits.set_info(small(), "name", "<img src='file:///etc/passwd'>" * 5).apply(small())
    window.document.load(study, None, None)
    assert "<img" in window.windowTitle()
    window.say("<b>bold</b>")
    assert window._message.textFormat() == Qt.TextFormat.PlainText


def test_files_dropped_anywhere_are_taken(window: MainWindow, file: Path, qtbot: QtBot) -> None:
    from PySide6.QtCore import QMimeData, QPoint, QPointF, QUrl
    from PySide6.QtGui import QDragEnterEvent, QDropEvent
    from PySide6.QtWidgets import QApplication

    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file)), QUrl("https://example.invalid/x.json")])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(400, 300), copy, data, left, none)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    drop = QDropEvent(QPointF(400, 300), copy, data, left, none)
    QApplication.sendEvent(window, drop)
    assert drop.isAccepted()
    qtbot.waitUntil(lambda: window.document.path == file)
    words = QMimeData()
    words.setText("no file")
    enter = QDragEnterEvent(QPoint(400, 300), copy, words, left, none)
    enter.ignore()
    QApplication.sendEvent(window, enter)
    assert not enter.isAccepted()


def test_several_studies_open_in_windows_of_their_own(
    window: MainWindow, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ablator.ui import window as module

    started: list[Path] = []
    monkeypatch.setattr(module, "open_windows", lambda paths: started.extend(paths) or True)
    others = [file.with_name("b.ablation"), file.with_name("c.ablation")]
    window.take_files([file, *others])
    assert window.document.path == file
    assert started == others


def test_what_the_first_study_needs_is_made_ahead(window: MainWindow, file: Path, qtbot: QtBot) -> None:
    window.prepare()
    qtbot.waitUntil(lambda: window.workspace is not None)
    assert window.page == "welcome"
    made = window.workspace
    window.take_files([file])
    assert window.workspace is made
    assert window.page == "workspace"


def test_a_field_that_is_left_writes_nothing_into_another_study(window: MainWindow, qtbot: QtBot) -> None:
    """Opening moves the focus out of the field, when the document holds the other study already."""
    window.files.open_example()
    page = window._work().inspector.study_page
    page.form.fields["budget"].setFocus()
    page.form.fields["budget"].setText("7")
    page.form.fields["budget"].setModified(True)
    other = study_from(Info(name="other", budget=50.0), [], [])
    window.document.load(other, None, None)
    window._work().graph.setFocus()
    assert window.document.study.info.budget == 50.0
    assert not window.document.undo_stack.count()
    assert page.form.fields["budget"].text() == "50"
