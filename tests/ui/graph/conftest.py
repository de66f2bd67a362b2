"""A panel with a small study, shown."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from ablator.app.document import Document
    from ablator.ui.graph.view import GraphPanel


class Silent:
    """A worker that never answers: what the graph does needs no plan."""

    def submit(self, *_: object) -> "Silent":
        return self

    def cancel(self) -> None:
        """Nothing is under way."""


@pytest.fixture
def document(qapp: object) -> "Iterator[Document]":
    from ablator.app.document import Document
    from tests.ui.graph.studies import small

    made = Document(Silent())
    made.load(small(), None, None)
    yield made
    made.close()


@pytest.fixture
def panel(qtbot: "QtBot", document: "Document") -> "GraphPanel":
    from ablator.app.theme import Theme
    from ablator.ui.graph.view import GraphPanel

    theme = Theme("light")
    made = GraphPanel(document, theme)
    theme.setParent(made)
    made.resize(1100, 800)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    made.actual_size()
    made.view.setFocus()
    return made


@pytest.fixture
def refused(panel: "GraphPanel") -> list[str]:
    """What the panel said."""
    said: list[str] = []
    panel.message.connect(said.append)
    return said
