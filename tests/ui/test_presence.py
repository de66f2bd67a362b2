"""A study that is open is not opened twice: the first window comes to the front, whatever way leads to the file."""

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from ablator.app.document import Document
from ablator.core.elements import Info
from ablator.core.study import study_from
from ablator.files.study_file import open_study, save_study
from ablator.ui.presence import Presence, name_of, raised_elsewhere

ASK = """
import sys
from pathlib import Path
from ablator.ui.presence import raised_elsewhere
print(raised_elsewhere(Path(sys.argv[1])))
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "s.ablation"
    save_study(study_from(Info(name="s"), [], []), path)
    return path


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


def asked(qtbot: QtBot, path: Path) -> str:
    """What another process is told, while this one goes on."""
    process = subprocess.Popen([sys.executable, "-c", ASK, str(path)], stdout=subprocess.PIPE, text=True)
    qtbot.waitUntil(lambda: process.poll() is not None, timeout=20_000)
    return process.communicate()[0].strip()


def test_another_start_is_answered_and_a_link_is_the_same_file(qtbot: QtBot, window: QWidget, file: Path) -> None:
    document = Document()
    presence = Presence(document, window)
    assert presence.listening == ""
    study, mark = open_study(file)
    document.load(study, file, mark)
    assert presence.listening == name_of(file)
    link = file.with_name("link.ablation")
    link.symlink_to(file)
    assert asked(qtbot, link) == "True"
    other = file.with_name("other.ablation")
    document.save(other)
    assert presence.listening == name_of(other)
    assert asked(qtbot, file) == "False"
    presence.stop()
    assert asked(qtbot, other) == "False"


def test_what_a_killed_process_left_is_no_window(qtbot: QtBot, window: QWidget, file: Path) -> None:
    code = (
        "import sys,os; from PySide6.QtNetwork import QLocalServer; from PySide6.QtCore import QCoreApplication; "
        "a=QCoreApplication([]); s=QLocalServer(); s.listen(sys.argv[1]); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", code, name_of(file)], check=True)
    assert not raised_elsewhere(file)
    document = Document()
    study, mark = open_study(file)
    document.load(study, file, mark)
    presence = Presence(document, window)
    assert asked(qtbot, file) == "True"
    presence.stop()
