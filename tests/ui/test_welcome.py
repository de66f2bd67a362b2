"""The welcome page: one question, nine templates, recent studies that are still there."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from ablator.app.settings import Settings
from ablator.app.theme import Theme
from ablator.ui.template_tiles import NAMES
from ablator.ui.welcome import WelcomePage, example_study


@pytest.fixture
def settings(tmp_path: Path, qapp: object) -> Settings:
    return Settings(tmp_path / "settings.ini")


@pytest.fixture
def page(settings: Settings, qtbot: QtBot) -> WelcomePage:
    page = WelcomePage(settings, Theme("light"))
    qtbot.addWidget(page)
    page.resize(1000, 700)
    page.show()
    return page


def words(page: WelcomePage) -> list[str]:
    return [one.text() for one in page.findChildren(QLabel) if one.text()]


def test_it_asks_one_question(page: WelcomePage) -> None:
    assert "Which model is frustrating?" in words(page)


def test_templates_are_those_that_new_knows(page: WelcomePage, qtbot: QtBot) -> None:
    assert list(page.templates.tiles) == list(NAMES)
    for name, tile in page.templates.tiles.items():
        assert tile.accessibleName()
        with qtbot.waitSignal(page.template_wanted) as told:
            qtbot.mouseClick(tile, Qt.MouseButton.LeftButton)
        assert told.args == [name]


def test_a_template_by_keyboard(page: WelcomePage, qtbot: QtBot) -> None:
    tile = page.templates.tiles["cnn"]
    tile.setFocus()
    with qtbot.waitSignal(page.template_wanted) as told:
        qtbot.keyClick(tile, Qt.Key.Key_Space)
    assert told.args == ["cnn"]


def test_tiles_wrap_where_the_window_is_narrow(page: WelcomePage, qtbot: QtBot) -> None:
    page.resize(560, 700)
    tiles = list(page.templates.tiles.values())
    qtbot.waitUntil(lambda: max(t.geometry().right() for t in tiles) <= page.viewport().width() - 48)
    assert tiles[0].y() < tiles[5].y()


def test_recent_studies_follow_the_settings(
    page: WelcomePage, settings: Settings, tmp_path: Path, qtbot: QtBot
) -> None:
    assert not page.recent
    hostile = tmp_path / "<img src=x> & co.ablation"
    hostile.write_text("{}")
    settings.remember(hostile)
    assert len(page.recent) == 1
    assert "<img src=x> & co" in words(page), "as typed, never as HTML"
    with qtbot.waitSignal(page.study_wanted) as told:
        page.recent[0].click()
    assert told.args == [hostile]
    assert all(one.textFormat() == Qt.TextFormat.PlainText for one in page.findChildren(QLabel) if one.text())


def test_the_example_is_offered_where_it_is_installed(page: WelcomePage, qtbot: QtBot) -> None:
    path = example_study()
    if path is None:
        assert page.example is None
        return
    assert page.example is not None
    with qtbot.waitSignal(page.study_wanted) as told:
        page.example.click()
    assert told.args == [path]
