"""A study that is open, and the window that dialogs about it belong to."""

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from ablator.app.document import Document
from tests.ui.panel_studies import loaded


@pytest.fixture
def document(qapp: object) -> Document:
    return loaded()


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    parent = QWidget()
    qtbot.addWidget(parent)
    return parent
