"""The plan table against Qt's own C++ model: frames, sorting and filtering at 100,000 rows. Prints, fails nothing."""

import statistics
import time
from collections.abc import Callable

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QTableView
from pytestqt.qtbot import QtBot

from ablator.app.plan_cells import COLUMNS
from ablator.app.plan_model import METHOD, PlanModel
from ablator.app.theme import Theme
from ablator.plan.planner import plan
from ablator.plan.types import Plan
from ablator.ui.plan_table import PlanTable
from tests.ui.panel_studies import decoder

ROWS = 100_000
PEER_ROWS = 5_000
"""A frame paints what is visible, so that the peer needs no more rows."""
ROUNDS = 7


def large() -> Plan:
    made = plan(decoder())
    steps = []
    for n in range(ROWS):
        s = made.steps[n % len(made.steps)]
        stage = ("reach", "instantiate", "perceive")[min(3 * n // ROWS, 2)]
        steps.append(
            msgspec.structs.replace(
                s, id=f"s{n}", order=n + 1, stage=stage, question=f"{hash(n * 7919) % 99991} {s.question}",
                cost_hours=float(n * 7919 % 99991), cumulative_hours=float(n),
            )
        )  # fmt: skip
    return msgspec.structs.replace(made, steps=tuple(steps), runs=())


def timed(do: Callable[[], object]) -> float:
    start = time.perf_counter()
    do()
    return (time.perf_counter() - start) * 1000


def frame(view: QTableView, at: int) -> float:
    view.verticalScrollBar().setValue(at * 24)
    return timed(view.viewport().grab)


def test_frames_sorting_and_filtering(qtbot: QtBot, capsys: object) -> None:
    theme = Theme("light")
    model = PlanModel(theme)
    study = decoder()
    titles = {k: e.name for k, e in study.elements.items()}
    whole = large()
    load = timed(lambda: model.set_plan(whole, titles, 50_000.0))
    peer = QStandardItemModel(0, len(COLUMNS))
    for n in range(PEER_ROWS):
        peer.appendRow([QStandardItem(str(model.data(model.index(n, c)) or "")) for c in range(len(COLUMNS))])
    views: list[QTableView] = []
    for view in (PlanTable(model, theme), QTableView()):
        qtbot.addWidget(view)
        if not isinstance(view, PlanTable):
            view.setModel(peer)
            view.verticalHeader().hide()
            view.verticalHeader().setDefaultSectionSize(views[0].rowHeight(0))
            view.setWordWrap(False)
            view.setShowGrid(False)
        view.resize(1400, 800)
        view.show()
        frame(view, 0)
        views.append(view)
    for column in range(len(COLUMNS)):
        views[1].setColumnWidth(column, views[0].columnWidth(column))
    ours, theirs = [], []
    for n in range(ROUNDS * 3):
        ours.append(frame(views[0], 40 * n))
        theirs.append(frame(views[1], 40 * n))
    a, b = statistics.median(ours), statistics.median(theirs)
    lines = [
        f"load {ROWS} rows {load:.0f} ms",
        f"frame {a:.1f} ms, C++ model {b:.1f} ms: {a / b:.2f} x (reach 1.5 x)",
    ]
    for name in ("hours", "question", "state", "order"):
        column = COLUMNS.index(name)
        model.sort(METHOD)
        first = timed(lambda column=column: model.sort(column, Qt.SortOrder.DescendingOrder))
        rest = []
        for _ in range(ROUNDS):
            model.sort(METHOD)
            rest.append(timed(lambda column=column: model.sort(column, Qt.SortOrder.DescendingOrder)))
        lines.append(f"sort by {name}: {statistics.median(rest):.0f} ms, the first time {first:.0f} ms (reach 50 ms)")
    model.sort(METHOD)
    first = timed(lambda: model.set_filter("in order"))
    rest = []
    for n in range(ROUNDS):
        rest.append(timed(lambda n=n: model.set_filter(f"9{n} reach")))
    lines.append(f"filter: {statistics.median(rest):.0f} ms, the first time {first:.0f} ms (reach 50 ms)")
    model.set_filter("")
    rest = [timed(lambda n=n: model.preview_budget(float(n))) for n in range(ROUNDS)]
    lines.append(f"budget dragged by a row: {statistics.median(rest):.2f} ms")
    with capsys.disabled():  # type: ignore[attr-defined]
        print("\n" + "\n".join(lines))
    assert model.rowCount() >= ROWS
