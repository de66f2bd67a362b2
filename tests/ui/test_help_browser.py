"""The pages of help in the window: listed, searched, followed from link to link."""

from PySide6.QtCore import QUrl
from pytestqt.qtbot import QtBot

from ablator.app import help_texts
from ablator.ui.help_browser import HelpDialog


def opened(qtbot: QtBot, name: str = "method") -> HelpDialog:
    dialog = HelpDialog(None, name)
    qtbot.addWidget(dialog)
    return dialog


def test_every_page_is_listed_and_can_be_shown(qtbot: QtBot) -> None:
    dialog = opened(qtbot)
    assert dialog.list.count() == len(help_texts.pages())
    for row, page in enumerate(help_texts.pages()):
        dialog.list.setCurrentRow(row)
        assert dialog.name == page.name
        assert page.title in dialog.page.toPlainText()


def test_a_search_lists_what_holds_the_words_and_goes_to_the_first(qtbot: QtBot) -> None:
    dialog = opened(qtbot)
    dialog.field.setText("booktabs")
    assert [dialog.list.item(i).text() for i in range(dialog.list.count())] == ["What is written"]
    assert dialog.name == "exporters"
    assert dialog.page.textCursor().selectedText().lower() == "booktabs"


def test_a_search_without_a_hit_says_so_and_the_next_one_recovers(qtbot: QtBot) -> None:
    dialog = opened(qtbot)
    dialog.field.setText("no-such-word-anywhere")
    assert dialog.list.count() == 0
    assert dialog.page.toPlainText() == "No page holds these words."
    dialog.field.clear()
    assert dialog.name == help_texts.pages()[0].name


def test_a_link_leads_to_its_page_and_one_elsewhere_to_nothing(qtbot: QtBot) -> None:
    dialog = opened(qtbot, "tutorial")
    dialog.page.anchorClicked.emit(QUrl("running.md"))
    assert dialog.name == "running"
    dialog.page.anchorClicked.emit(QUrl("https://example.org/running.md"))
    dialog.page.anchorClicked.emit(QUrl("../../../secret.md"))
    assert dialog.name == "running"


def test_a_link_to_a_page_that_the_search_left_out_lists_all_again(qtbot: QtBot) -> None:
    dialog = opened(qtbot)
    dialog.field.setText("booktabs")
    dialog.page.anchorClicked.emit(QUrl("running.md"))
    assert dialog.name == "running"
    assert dialog.field.text() == ""
    assert dialog.list.currentItem().text().startswith("Run it")
