"""Preferences hold at once and are kept; the name signs what is entered; the tour comes until it was skipped."""

import os
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from ablator.api import author_name
from ablator.app.document import Document
from ablator.app.settings import PREFERENCES, Settings
from ablator.app.signing import Signature
from ablator.app.theme import Theme
from ablator.core.study import Study
from ablator.files.study_file import open_study
from ablator.resources import resource
from ablator.ui.belief_dialog import BeliefDialog, own_belief
from ablator.ui.preferences import PreferencesDialog
from ablator.ui.window import MainWindow
from tests.ui.panel_studies import loaded
from tests.ui.scenes import Answers


def example() -> Study:
    return open_study(Path(str(resource("examples", "flat-decoder/flat-decoder.ablation"))))[0]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "s.ini")


@pytest.fixture
def window(qtbot: QtBot, settings: Settings) -> MainWindow:
    made = MainWindow(Document(), settings, Theme("light"), asking=Answers())
    qtbot.addWidget(made)
    made.resize(1200, 800)
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.fixture
def box(window: MainWindow) -> PreferencesDialog:
    window.actions_made.run("edit.preferences")
    return window.findChildren(PreferencesDialog)[0]


def test_every_preference_has_a_control_with_a_name(box: PreferencesDialog) -> None:
    assert set(box.controls) == {row.key for row in PREFERENCES}
    assert all(c.accessibleName() and c.accessibleDescription() for c in box.controls.values())
    box.close()


def test_a_choice_holds_at_once_and_can_be_taken_back(
    qtbot: QtBot, window: MainWindow, settings: Settings, box: PreferencesDialog
) -> None:
    theme, small_map, name = (box.controls[k] for k in ("look/theme", "graph/map", "person/name"))
    assert isinstance(theme, QComboBox)
    assert isinstance(small_map, QCheckBox)
    assert isinstance(name, QLineEdit)
    theme.setCurrentIndex(theme.findData("dark"))
    theme.activated.emit(theme.currentIndex())
    assert window.theme.dark
    assert window.actions_made["view.theme-dark"].isChecked()
    small_map.click()
    assert settings.get("graph/map") is False
    qtbot.keyClicks(name, "Ada")
    assert settings.get("person/name") == "Ada"
    box.restore()
    assert (settings.get("person/name"), settings.get("graph/map"), name.text()) == ("", True, "")
    assert window.theme.mode == "system"
    box.close()


def test_the_name_signs(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ABLATOR_AUTHOR", "shell")
    signature = Signature(settings)
    assert author_name() == "shell"
    settings.set("person/name", " Ada  Byron ")
    assert author_name() == "Ada Byron"
    settings.reset("person/name")
    assert os.environ["ABLATOR_AUTHOR"] == "shell"
    del signature


def test_the_tour_has_five_steps_and_never_comes_again(qtbot: QtBot, window: MainWindow, settings: Settings) -> None:
    window.files.open_example()
    qtbot.waitUntil(lambda: window.touring.tour is not None, timeout=20_000)
    tour = window.touring.tour
    assert tour is not None
    seen = []
    while window.touring.tour is not None:
        seen.append(tour.head.text())
        assert window.rect().contains(tour.geometry())
        assert tour.frame.isVisible()
        qtbot.mouseClick(tour.further, Qt.MouseButton.LeftButton)
    assert len(set(seen)) == 5
    assert settings.get("help/tour") is False
    window.files.close()
    window.files.open_example()
    qtbot.waitUntil(lambda: window.document.plan is not None, timeout=20_000)
    assert window.document.study.info.name == "Flat decoder"
    assert window.touring.tour is None
    window.actions_made.run("help.tour")
    assert window.touring.tour is not None
    qtbot.keyClick(window.touring.tour, Qt.Key.Key_Escape)
    assert window.touring.tour is None


def test_a_tour_that_is_left_comes_again(qtbot: QtBot, window: MainWindow, settings: Settings) -> None:
    window.actions_made.run("help.tour")
    qtbot.waitUntil(lambda: window.touring.tour is not None, timeout=20_000)
    window.files.close()
    assert window.touring.tour is None
    assert settings.get("help/tour") is True


def test_a_probability_of_ones_own_needs_a_reason_and_replans(qtbot: QtBot) -> None:
    document = loaded(example())
    qtbot.waitUntil(lambda: document.plan is not None and not document.planning, timeout=20_000)
    assert document.plan is not None
    step = next(s for s in document.plan.steps if s.state == "ready" and s.probability < 0.2)
    parent = QWidget()
    qtbot.addWidget(parent)
    box = BeliefDialog(document, step.element, parent)
    box.show()
    ok = box.buttons.button(box.buttons.StandardButton.Ok)
    box.percent.setText("150")
    assert not ok.isEnabled()
    assert box.why.text()
    box.percent.setText("80 %")
    assert not ok.isEnabled()
    box.reason.setPlainText("seen it before")
    assert ok.isEnabled()
    box.take()
    qtbot.waitUntil(lambda: not document.planning, timeout=20_000)
    after = document.plan.step(step.id)
    assert after is not None
    assert after.probability == pytest.approx(0.8, abs=0.01)
    assert document.undo_stack.undoText().startswith("Set the probability of")
    again = BeliefDialog(document, step.element, parent)
    again.show()
    assert again.back.isVisible()
    again.back.click()
    assert own_belief(document.study, step.element) is None


def test_the_inspector_offers_a_probability_of_ones_own(qtbot: QtBot, window: MainWindow) -> None:
    window.settings.set("help/tour", False)
    window.files.open_example()
    qtbot.waitUntil(lambda: window.document.plan is not None, timeout=20_000)
    plan = window.document.plan
    assert plan is not None
    pending = next(s for s in plan.steps if s.state == "ready")
    settled = next(s for s in plan.steps if s.state == "done")
    page = window._work().inspector.element_page
    window.document.select([settled.element])
    assert page.believe.isHidden()
    window.document.select([pending.element])
    assert not page.believe.isHidden()
    page.believe.click()
    box = window.findChildren(BeliefDialog)[0]
    assert box.element_id == pending.element
    box.close()
