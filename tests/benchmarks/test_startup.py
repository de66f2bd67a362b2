"""Start of the window to its first idle against an empty PySide6 window with docks, scene and table; fails nothing."""

import os
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

ROUNDS = 7

END = """
from PySide6.QtCore import QEvent, QObject, QTimer
class Painted(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, app.quit)
        return False
painted = Painted()
window.installEventFilter(painted)
window.show()
app.exec()
import os, sys
print(" ".join(m for m in ("networkx", "numpy", "scipy", "pandas", "matplotlib") if m in sys.modules))
sys.stdout.flush()
os._exit(0)
"""
SHELL = (
    """
from PySide6.QtWidgets import *
app = QApplication([])
window = QMainWindow()
window.resize(1280, 800)
view = QGraphicsView(QGraphicsScene())
window.setCentralWidget(view)
from PySide6.QtCore import Qt
right, bottom = Qt.DockWidgetArea.RightDockWidgetArea, Qt.DockWidgetArea.BottomDockWidgetArea
for area, inner in ((right, QTreeWidget()), (bottom, QTableWidget(50, 12))):
    dock = QDockWidget("dock")
    dock.setWidget(inner)
    window.addDockWidget(area, dock)
window.menuBar().addMenu("File")
window.addToolBar("bar")
window.statusBar()
"""
    + END
)
OURS = (
    """
from ablator.ui.program import Program, application
app = application()
program = Program(app)
window = program.window
"""
    + END
)
STUDY = (
    """
import sys
from pathlib import Path
from ablator.ui.program import Program, application
app = application()
program = Program(app)
window = program.window
window.take_files([Path(sys.argv[1])])
"""
    + END
)


def seconds(cache: Path, code: str, *words: str) -> tuple[float, str]:
    """Wall time of a fresh process until its window is painted and idle, and the heavy modules."""
    import time

    # As installed: with byte code, whatever the surroundings say.
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    env["PYTHONPYCACHEPREFIX"] = str(cache)
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, env=env)
    took = time.perf_counter() - start
    assert done.returncode == 0, done.stderr
    return took, done.stdout.strip()


@pytest.mark.slow
def test_start(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from ablator.ui.welcome import example_study

    study = example_study()
    shell, ours, opened = [], [], []
    heavy = ""
    for _ in range(ROUNDS):
        shell.append(seconds(tmp_path, SHELL)[0])
        took, heavy = seconds(tmp_path, OURS)
        ours.append(took)
        if study is not None:
            opened.append(seconds(tmp_path, STUDY, str(study))[0])
    base = statistics.median(shell)
    example = f"{statistics.median(opened) / base:.2f}" if opened else "–"
    with capsys.disabled():
        print(
            f"\nempty PySide6 window {base * 1000:.0f} ms; welcome × {statistics.median(ours) / base:.2f}"
            f" (reach 1.3), example study × {example} (reach 2); heavy modules at first idle: {heavy or 'none'}"
        )
    assert not heavy, "nothing heavy stands on the way to the first paint"
