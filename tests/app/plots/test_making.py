"""Figures of plots: what they show of recorded results, and what they say where there is nothing to show."""

import msgspec
import pytest

from ablator.app.plots.figure import Area, Dots, Figure, Interval, Line, Rule, Strip
from ablator.app.plots.making import KINDS, Request, figure, made, tuned_steps
from ablator.core.elements import Evidence
from ablator.core.study import Study, study_from
from ablator.files.study_file import encode
from ablator.plan.planner import plan
from ablator.plan.types import Arm, Effect, Plan
from tests.ui.panel_studies import decoder


def with_results(study: Study, values: dict[str, float]) -> Study:
    rows = [
        Evidence(id=f"result-{run.replace('/', '-')}", kind="result", run=run, metrics={"eval_loss": value})
        for run, value in values.items()
    ]
    return study_from(study.info, list(study.elements.values()), list(study.relations.values()), rows)


def repeats(*values: float) -> Study:
    return with_results(decoder(), {f"repeat-noise-floor/base/s{n}": v for n, v in enumerate(values, 1)})


def with_effects(effects: list[Effect]) -> tuple[Study, Plan]:
    study = decoder()
    found = plan(study)
    steps = list(found.steps)
    at = next(n for n, s in enumerate(steps) if s.stage == "instantiate")
    arms = tuple(Arm(id=f"arm-{n}", change=f"change {n}", effect=e) for n, e in enumerate(effects))
    steps[at] = msgspec.structs.replace(steps[at], arms=arms)
    return study, msgspec.structs.replace(found, steps=tuple(steps))


@pytest.mark.parametrize("kind", ["forest", "tuning"])
def test_an_empty_plot_says_what_to_record(kind: str) -> None:
    study = decoder()
    assert figure(kind, study, plan(study)).empty.startswith("Record ")


def test_an_unknown_kind_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        figure("pie", decoder(), Plan(gates=(), steps=(), runs=()))


def test_the_forest_tells_intervals_apart_by_shape_and_filling() -> None:
    better, worse, small, open_ = (
        Effect(0.1, 0.05, 0.15, 3),
        Effect(-0.1, -0.15, -0.05, 3),
        Effect(0.0, -0.01, 0.01, 3),
        Effect(0.0, -0.2, 0.2, 3),
    )
    shown = figure("forest", *with_effects([better, worse, small, open_]))
    bars = [layer for layer in shown.layers if isinstance(layer, Interval)]
    assert len({(b.shape, b.hollow) for b in bars}) == 4
    assert [b.row for b in bars] == [1, 2, 3, 4]  # under the heading of their stage
    assert shown.rows[0].heading
    band = next(layer for layer in shown.layers if isinstance(layer, Strip))
    assert (band.low, band.high) == (-0.032, 0.032)
    assert shown.x.low < -0.2 < 0.2 < shown.x.high
    assert "4 arms measured" in shown.summary


def test_an_effect_that_is_no_number_is_left_out() -> None:
    shown = figure("forest", *with_effects([Effect(0.0, float("-inf"), float("inf"), 2)]))
    assert shown.empty


def test_noise_shows_the_mean_and_one_standard_deviation() -> None:
    study = repeats(3.1, 3.2, 3.3)
    shown = figure("noise", study, plan(study))
    band = next(layer for layer in shown.layers if isinstance(layer, Strip))
    assert (band.low, band.high) == (pytest.approx(3.1), pytest.approx(3.3))
    assert [p for layer in shown.layers if isinstance(layer, Dots) for p in layer.points] == [
        (1.0, 3.1),
        (2.0, 3.2),
        (3.0, 3.3),
    ]


def test_noise_shows_the_newest_repeats_and_names_their_step() -> None:
    old = repeats(3.1, 3.2, 3.3)
    later = {}
    for row in list(old.evidence.values()):
        run = row.run.replace("repeat-noise-floor", "repeat-seeds")
        value = {k: 10 * v for k, v in row.metrics.items()}
        later[run] = msgspec.structs.replace(row, id=run, run=run, metrics=value, date=f"{row.date or '2026'}-later")
    study = msgspec.structs.replace(old, evidence={**old.evidence, **later})
    shown = figure("noise", study, plan(study))
    assert "σ = 1 " in shown.summary
    assert "repeat-seeds" in shown.summary


def test_noise_without_repeats_tells_what_the_study_says() -> None:
    study = decoder()
    assert "0.016" in figure("noise", study, plan(study)).empty


def test_power_falls_and_crosses_what_counts_where_the_seeds_suffice() -> None:
    study = decoder()
    shown = figure("power", study, plan(study))
    line = next(layer for layer in shown.layers if isinstance(layer, Line))
    assert [y for _, y in line.points] == sorted((y for _, y in line.points), reverse=True)
    need = next(x for x, y in line.points if y <= 0.032)
    assert f"needs {need:.0f} seeds" in shown.summary
    assert "With 3 seeds you can see" in shown.summary


def test_power_without_noise_says_how_to_get_it() -> None:
    study = decoder(noise=None)
    assert "noise" in figure("power", study, plan(study)).empty


def tuned(*values: float) -> tuple[Study, Plan]:
    step = plan(decoder()).steps[3].id
    study = with_results(decoder(), {f"{step}/sweep/t{n}": v for n, v in enumerate(values, 1)})
    return study, plan(study)


def test_tuning_shows_the_best_so_far_and_what_can_be_expected() -> None:
    study, found = tuned(3.5, 3.3, 3.4, 3.25)
    shown = figure("tuning", study, found)
    assert len(tuned_steps(study, found)) == 1
    best = next(layer for layer in shown.layers if isinstance(layer, Line) and layer.name == "Best so far")
    assert best.points[-1] == (4.0, 3.25)
    expected = next(layer for layer in shown.layers if isinstance(layer, Line) and layer.dashed)
    assert expected.points[0][1] == pytest.approx((3.5 + 3.3 + 3.4 + 3.25) / 4)  # of one draw: the mean
    band = next(layer for layer in shown.layers if isinstance(layer, Area))
    assert all(low <= high for _, low, high in band.points)
    assert len(band.points) == 8


def test_trials_that_lie_close_are_exhausted_and_those_that_scatter_are_not() -> None:
    def done(*values: float) -> list[float]:
        shown = figure("tuning", *tuned(*values))
        return [layer.at for layer in shown.layers if isinstance(layer, Rule) and layer.name == "Exhausted"]

    assert done(3.2, 3.201, 3.202, 3.2, 3.201, 3.2) == [4.0]
    assert done(3.9, 3.2, 4.4, 3.0, 2.5) == []


def test_one_trial_is_too_few() -> None:
    assert "Two trials" in figure("tuning", *tuned(3.2)).empty


def test_the_worker_gives_the_same_figure() -> None:
    study = repeats(3.1, 3.2)
    found = plan(study)
    for kind in KINDS:
        asked = msgspec.msgpack.encode(Request(kind, encode(study), msgspec.msgpack.encode(found)))
        assert msgspec.msgpack.decode(made(asked), type=Figure) == figure(kind, study, found)
