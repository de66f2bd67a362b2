"""Themes: every name in both modes, and contrast that people can read."""

import itertools

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from pytestqt.qtbot import QtBot

from ablator.app.theme import DARK, DARK_STATES, LIGHT, LIGHT_STATES, Theme, palette_of

SURFACES = ("window", "panel", "card", "hover", "selection")
LANES = tuple(k for k in LIGHT if k.startswith("lane_"))
INKS = ("text", "muted", "accent", "danger", "warning", "success")


def contrast(a: QColor, b: QColor) -> float:
    """Ratio by WCAG 2."""

    def light(c: QColor) -> float:
        parts = [v / 12.92 if v <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for v in (c.redF(), c.greenF(), c.blueF())]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    high, low = sorted((light(a), light(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest, qapp: object) -> Theme:
    return Theme(request.param)


def test_both_modes_name_the_same_things() -> None:
    assert LIGHT.keys() == DARK.keys()
    assert LIGHT_STATES.keys() == DARK_STATES.keys()


def test_text_is_legible_on_every_surface(theme: Theme) -> None:
    for ink, ground in itertools.product(INKS, (*SURFACES, *LANES)):
        wanted = 4.5 if ground not in {"selection", "hover"} or ink in {"text", "muted"} else 4.0
        assert contrast(theme.colour(ink), theme.colour(ground)) >= wanted, (ink, ground)
    assert contrast(theme.colour("accent_text"), theme.colour("accent")) >= 4.5


def test_states_are_legible(theme: Theme) -> None:
    for word, ground in itertools.product(LIGHT_STATES, ("window", "panel", "card")):
        assert contrast(theme.state_colour(word), theme.colour(ground)) >= 4.5, (word, ground)


def test_lines_and_faint_marks_are_visible(theme: Theme) -> None:
    for ground in ("window", "panel", "card"):
        assert contrast(theme.colour("edge"), theme.colour(ground)) >= 2.9
        assert contrast(theme.colour("faint"), theme.colour(ground)) >= 2.7


def test_a_change_of_mode_is_told_once(qtbot: QtBot) -> None:
    theme = Theme("light")
    told: list[bool] = []
    theme.changed.connect(lambda: told.append(theme.dark))
    theme.set_mode("dark")
    theme.set_mode("dark")
    theme.set_mode("light")
    assert told == [True, False]
    with pytest.raises(ValueError):
        theme.set_mode("sepia")  # type: ignore[arg-type]


def test_system_follows_what_qt_says(qapp: object) -> None:
    from PySide6.QtGui import QGuiApplication

    dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    assert Theme("system").dark is dark


def test_unknown_names_are_errors(theme: Theme) -> None:
    with pytest.raises(KeyError):
        theme.colour("puce")


def test_the_palette_sets_every_role_that_fusion_reads(theme: Theme) -> None:
    palette = palette_of(theme)
    assert palette.color(QPalette.ColorRole.Base) == theme.colour("card")
    disabled = palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text)
    assert disabled != palette.color(QPalette.ColorRole.Text)
