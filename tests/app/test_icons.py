"""Icons: every one that a row names is drawn, in one family, and takes the colour asked for."""

import re

import pytest
from PySide6.QtGui import QColor

from ablator.app.actions import ROWS
from ablator.app.icons import app_icon, icon, pixmap
from ablator.app.theme import Theme
from ablator.resources import resource

NAMES = sorted(p.stem for p in resource("icons").glob("*.svg") if p.stem != "ablator")


def test_every_action_with_an_icon_has_its_drawing() -> None:
    assert {r.icon for r in ROWS if r.icon} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_one_family(name: str, qapp: object) -> None:
    text = resource("icons", f"{name}.svg").read_text()
    assert 'viewBox="0 0 24 24"' in text
    assert 'stroke-width="1.5"' in text
    assert not re.search(r"#[0-9a-fA-F]{3}|href|<style|<script", text)
    image = pixmap(name, QColor("#c02040"), 48).toImage()
    inked = [image.pixelColor(x, y) for x in range(48) for y in range(48) if image.pixelColor(x, y).alpha() == 255]
    assert inked
    assert {c.name() for c in inked} == {"#c02040"}
    edge = [image.pixelColor(x, y).alpha() for x in (0, 1, 46, 47) for y in range(48)]
    assert max(edge) == 0, "keeps clear of the edge"


def test_icons_for_both_states(qapp: object) -> None:
    made = icon("save", Theme("dark"))
    assert not made.isNull()
    assert made.pixmap(20).size().width() == 20
    assert not app_icon().isNull()
    with pytest.raises(FileNotFoundError):
        icon("puce", Theme("dark"))
