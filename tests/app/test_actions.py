"""The table of actions: ids, keys and menus that do not clash."""

from collections import Counter

import pytest
from PySide6.QtGui import QKeySequence

from ablator.app.actions import MENUS, ROWS, TITLES, row
from ablator.app.document import Document

AT_START = {
    "file.new", "file.open", "file.example", "file.recovery", "file.quit", "edit.palette",
    "edit.preferences", "help.tour", "help.pages", "view.theme-system",
    "view.theme-light", "view.theme-dark", "view.full-screen", "help.shortcuts", "help.method", "help.about",
}  # fmt: skip


def test_ids_and_keys_are_there_once(qapp: object) -> None:
    assert max(Counter(r.id for r in ROWS).values()) == 1
    keys = [QKeySequence(k).toString() for r in ROWS for k in r.keys]
    assert all(keys)
    assert max(Counter(keys).values()) == 1


def test_every_row_has_a_menu_and_a_word() -> None:
    assert {r.menu.partition("/")[0] for r in ROWS} == set(MENUS)
    assert all(r.label for r in ROWS)


def test_mnemonics_are_single_within_a_menu() -> None:
    for menu in {r.menu for r in ROWS}:
        inside = {r.menu for r in ROWS if r.menu.startswith(f"{menu}/")}
        words = [r.text for r in ROWS if r.menu == menu] + [TITLES[path.rpartition("/")[2]] for path in inside]
        letters = [word[word.index("&") + 1].lower() for word in words]
        assert len(letters) == len(set(letters)), menu


def test_every_row_and_every_menu_has_a_mnemonic() -> None:
    assert all("&" in r.text for r in ROWS)
    letters = [TITLES[menu][TITLES[menu].index("&") + 1] for menu in MENUS]
    assert len(letters) == len(set(letters)) == len(MENUS)
    assert {part for r in ROWS for part in r.menu.split("/")} == set(TITLES)


def test_what_may_be_done_without_a_study(qapp: object) -> None:
    document = Document()
    assert {r.id for r in ROWS if r.when(document)} == AT_START


@pytest.mark.parametrize(
    ("action", "keys"), [("file.quit", "Ctrl+Q"), ("study.settings", "Ctrl+,"), ("edit.palette", "Ctrl+K")]
)
def test_keys_that_no_desktop_gives(action: str, keys: str) -> None:
    assert keys in row(action).keys
    assert {"Ctrl++", "Ctrl+="} <= set(row("view.zoom-in").keys)
