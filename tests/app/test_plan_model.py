"""The plan model: order, filter, groups, headings, budget and texts."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from ablator.app.plan_cells import COLUMNS, written
from ablator.app.plan_model import METHOD, PlanModel
from ablator.app.theme import Theme
from ablator.plan.types import Arm, Gate, Plan, Step

ASCENDING, DESCENDING = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder


def step(order: int, stage: str, hours: float, **more: object) -> Step:
    values: dict[str, object] = {
        "id": f"verify-{order}",
        "order": order,
        "stage": stage,
        "element": f"e{order}",
        "action": "verify",
        "question": f"Is number {order} in order?",
        "why": "because",
        "probability": 0.1,
        "cost_hours": hours,
        "cumulative_hours": 0.0,
        "within_budget": True,
        "after": (),
        "state": "ready",
        "verdict": None,
        "arms": (Arm(id="a", change="look", seeds=order),),
        "runs": (),
        "detectable_effect": None,
    }
    return Step(**{**values, **more})  # type: ignore[arg-type]


def plan() -> Plan:
    rows = (
        ("reach", 1.0),
        ("observe", 2.0),
        ("reach", 0.5),
        ("instantiate", 4.0),
        ("perceive", 8.0),
        ("observe", 1.0),
    )
    steps, total = [], 0.0
    for n, (stage, hours) in enumerate(rows, 1):
        total += hours
        locked = {"state": "locked", "after": ("verify-1",)} if n == 4 else {}
        steps.append(step(n, stage, hours, cumulative_hours=total, **locked))
    gates = (
        Gate(stage="instantiate", state="closed", open_when=("all done",), missing=("verify-1 (E1)",)),
        Gate(stage="perceive", state="waived", open_when=(), missing=()),
    )
    return Plan(gates=gates, steps=tuple(steps), runs=())


@pytest.fixture
def model(qapp: object) -> PlanModel:
    model = PlanModel(Theme("light"))
    model.set_plan(plan(), {"e1": "Batch size", "e2": "<b>Seeds</b>"}, 3.5)
    return model


def orders(model: PlanModel) -> list[int]:
    steps = [model.step_at(r) for r in range(model.rowCount())]
    return [s.order for s in steps if s is not None]


def test_gates_stand_between_the_stages_in_the_methods_order(model: PlanModel) -> None:
    assert orders(model) == [1, 2, 3, 4, 5, 6]
    heads = [model.heading_at(r) for r in model.heading_rows()]
    assert [h.state for h in heads if h] == ["closed", "waived", ""]
    assert "verify-1 (E1)" in heads[0].text if heads[0] else False
    assert model.heading_rows() == [3, 5, 7]


def test_groups_put_observe_before_reach(model: PlanModel) -> None:
    model.set_grouped(True)
    assert orders(model) == [2, 1, 3, 4, 5, 6]
    model.sort(COLUMNS.index("hours"), DESCENDING)
    assert orders(model) == [2, 1, 3, 4, 5, 6]
    assert not model.method_order


def test_sorting_happens_in_the_model_and_the_method_is_one_step_away(model: PlanModel) -> None:
    model.sort(COLUMNS.index("hours"), DESCENDING)
    assert orders(model) == [5, 4, 2, 1, 6, 3]
    assert model.heading_rows() == []
    model.sort(METHOD, ASCENDING)
    assert model.method_order
    assert orders(model) == [1, 2, 3, 4, 5, 6]


def test_the_filter_wants_every_word_and_ignores_case(model: PlanModel) -> None:
    model.set_filter("BATCH number")
    assert orders(model) == [1]
    assert model.shown == 1
    assert model.row_of("verify-2") == -1
    model.set_filter("nothing of the kind")
    assert model.rowCount() == 0
    model.set_filter("")
    assert model.shown == 6


def test_the_budget_line_stands_below_the_last_step_that_is_paid(model: PlanModel) -> None:
    assert model.budget_row() == 3
    assert model.hours_above(3) == 3.5
    model.preview_budget(7.5)
    assert model.step_at(model.budget_row() - 1) == plan().steps[3]
    model.preview_budget(None)
    assert model.budget_row() == model.rowCount()
    model.preview_budget(0.0)
    assert model.budget_row() == 0
    model.set_filter("batch")
    model.preview_budget(5.0)
    assert model.budget_row() == 1


def test_a_locked_row_says_what_holds_it_back(model: PlanModel) -> None:
    row = model.row_of("verify-4")
    tip = model.data(model.index(row, 0), Qt.ItemDataRole.ToolTipRole)
    assert "After step 1" in tip
    assert "verify-1 (E1)" in tip


def test_markup_in_names_is_shown_as_it_stands(model: PlanModel) -> None:
    row = model.row_of("verify-2")
    assert model.data(model.index(row, COLUMNS.index("element"))) == "<b>Seeds</b>"
    model.set_plan(Plan(gates=(), steps=(step(1, "reach", 1.0, why="<img src=x>"),), runs=()), {}, None)
    tip = model.data(model.index(0, 0), Qt.ItemDataRole.ToolTipRole)
    assert "<img" not in tip
    assert "&lt;img" in tip


def test_each_row_has_a_sentence_for_a_screen_reader(model: PlanModel) -> None:
    text = model.data(model.index(model.row_of("verify-4"), 0), Qt.ItemDataRole.AccessibleTextRole)
    assert "Step 4" in text
    assert "locked" in text
    assert "beyond the budget" in text


def test_new_figures_on_the_same_rows_reset_nothing(model: PlanModel, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(model.modelReset), qtbot.waitSignal(model.dataChanged):
        assert not model.set_plan(plan(), {"e1": "Another name"}, 3.5)
    assert model.data(model.index(0, COLUMNS.index("element"))) == "Another name"
    assert model.set_plan(None, {}, None)
    assert model.rowCount() == 0


def test_rows_are_copied_in_four_forms(model: PlanModel) -> None:
    rows = model.texts([0, 3, 4])
    assert [r[0] for r in rows] == ["1", "4"]
    assert written(rows, "tsv").splitlines()[1].startswith("1\treach\t")
    assert written(rows, "csv").count("\n") == 3
    assert written(rows, "markdown").splitlines()[1].startswith("|---:|")
    assert r"\begin{tabular}" in written(rows, "latex")


def test_it_keeps_qts_rules(model: PlanModel, qtmodeltester: ModelTester) -> None:
    qtmodeltester.check(model, force_py=True)
