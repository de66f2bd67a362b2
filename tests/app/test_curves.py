"""Charts and numbered symptoms from the curves that a study carries."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ablator.app.curves import charts, runs_of, signs, summary, ticks
from ablator.app.plain import tick_text
from ablator.core.elements import Evidence, Info
from ablator.core.study import Study, study_from


def study(*rows: Evidence) -> Study:
    return study_from(Info(name="S"), [], [], rows)


def curve(name: str, steps: Any, values: Any) -> Evidence:
    return Evidence(id=f"curve-{name}", kind="curve", name=name, value=[steps, values])


def test_training_and_evaluation_share_a_chart_and_the_loss_is_first() -> None:
    made = charts(
        study(
            curve("learning_rate", [0, 9], [0.1, 0.0]),
            curve("eval_loss", [3, 9], [2.5, 2.0]),
            curve("loss", [0, 3, 9], [3.0, None, 1.5]),
            curve("eval_accuracy", [3, 9], [0.2, 0.4]),
        )
    )
    assert [[c.name for c in chart.curves] for chart in made] == [
        ["loss", "eval_loss"],
        ["eval_accuracy"],
        ["learning_rate"],
    ]
    assert made[0].span == (0, 9)
    assert made[0].reach == (1.5, 3.0)
    assert made[0].curves[0].at(5)[0] == 3
    assert [list(part) for part in runs_of(made[0].curves[0].values)] == [[0], [2]]
    assert list(summary(made[0]))[1] == ("eval_loss", 3, 2.5, 9, 2.0, 2.0)


@pytest.mark.parametrize(
    "value",
    [None, 3, [], [[1, 2]], [[1, 2], [1]], [[2, 1], [1, 2]], [["a", 2], [1, 2]], [[1, 2], [None, 2]], [[1, 2], "ab"],
     [[1, 2], [True, False]], [[0, 10**400], [1, 2]]],
)  # fmt: skip
def test_a_damaged_curve_is_left_out(value: Any) -> None:
    assert charts(study(Evidence(id="c", kind="curve", name="loss", value=value))) == ()


def test_symptoms_that_are_present_are_numbered_by_strength_where_they_were_read() -> None:
    marks = (("loss", 1.0), ("nowhere", 2.0))
    rows = [
        Evidence(id="s1", kind="symptom", name="weak", strength=0.5, marks=marks, note="Weak: it is"),
        Evidence(id="s2", kind="symptom", name="strong", strength=1.0, marks=marks),
        Evidence(id="s3", kind="symptom", name="absent", strength=0.0, marks=marks),
        Evidence(id="s4", kind="symptom", name="said", strength=1.0),
    ]
    found = signs(study(curve("loss", [0, 1], [2, 1]), *rows))
    assert [(s.number, s.symptom, s.text) for s in found] == [(1, "strong", "strong"), (2, "weak", "Weak: it is")]
    assert found[0].points == (("loss", 1.0),)


@given(
    st.floats(-1e12, 1e12),
    st.floats(1e-6, 1e12),
    st.integers(2, 12),
)
def test_ticks_are_round_few_and_inside(low: float, span: float, most: int) -> None:
    high = low + span
    made = ticks(low, high, most)
    if high - low < 1e-9 * abs(low):
        return
    assert 1 <= len(made) <= most + 1 or made == [] or span <= 0
    assert all(low - span * 1e-6 <= t <= high + span * 1e-6 for t in made)
    assert all(b > a for a, b in pairwise(made))


def test_figures_on_an_axis_tell_neighbours_apart() -> None:
    for values in ([0.0, 0.002, 0.004], [2.5, 3.0, 3.5], [0, 200, 400], [1e-5, 2e-5], [1e7, 2e7]):
        said = [tick_text(v, values) for v in values]
        assert len(set(said)) == len(said)
        assert max(map(len, said)) < 10
