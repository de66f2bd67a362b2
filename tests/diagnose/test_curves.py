"""Curves that a study carries: thinned without losing a spike, the usual series first, nothing that is no number."""

import math

from hypothesis import given
from hypothesis import strategies as st

from ablator.diagnose.curves import MAX_CURVES, MAX_POINTS, curve_rows, thinned
from ablator.diagnose.log import Log, series_from


def log_of(rows: list[dict[str, object]]) -> Log:
    return Log(file="run.csv", series=series_from(rows)[0], rows=len(rows))


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True, width=32), min_size=1, max_size=2000))
def test_thinning_keeps_ends_extremes_and_gaps(values: list[float]) -> None:
    steps = [float(n) for n in range(len(values))]
    at, kept = thinned(steps, values, keep=[len(values) // 3])
    assert len(at) == len(kept) <= 3 * MAX_POINTS
    assert (at[0], at[-1]) == (steps[0], steps[-1])
    assert at == sorted(set(at))
    assert len(values) // 3 in at
    finite = [v for v in values if math.isfinite(v)]
    if finite:
        left = [v for v in kept if math.isfinite(v)]
        assert (min(left), max(left)) == (min(finite), max(finite))
    assert (len(finite) < len(values)) == any(not math.isfinite(v) for v in kept)


def test_a_short_curve_is_kept_whole_with_six_figures_and_null_for_nan() -> None:
    rows = curve_rows(log_of([{"step": n, "loss": 1 / 3 if n else math.nan} for n in range(4)]))
    assert [(r.id, r.kind, r.name, r.source) for r in rows] == [("curve-loss", "curve", "loss", "run.csv: loss")]
    assert rows[0].value == [[0, 1, 2, 3], [None, 0.333333, 0.333333, 0.333333]]


def test_the_usual_series_and_the_metric_come_before_others_and_clocks_never() -> None:
    names = ["train_loss", "val_loss", "lr", "grad_norm", "bleu", "runtime", "epoch", *(f"x{n}" for n in range(9))]
    rows = [{"step": n, **{name: float(n) for name in names}} for n in range(5)]
    found = [r.name for r in curve_rows(log_of(rows), "bleu")]
    assert found[:5] == ["loss", "eval_loss", "learning_rate", "grad_norm", "bleu"]
    assert len(found) == MAX_CURVES
    assert not {"runtime", "epoch"} & set(found)


def test_one_point_is_no_curve() -> None:
    assert curve_rows(log_of([{"step": 1, "loss": 2.0}])) == []
