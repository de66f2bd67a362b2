"""Symptoms of several runs, from recorded results."""

import math
from typing import Any

from ablator.core.elements import Evidence, Info
from ablator.core.study import Study, study_from
from ablator.diagnose.likelihood import likelihoods
from ablator.diagnose.many import group_rows, group_symptoms, results
from ablator.library import library
from ablator.library.elements import factor_element


def row(run: str, value: float | None, *, state: Any = "done", seed: int | None = None, **overrides: Any) -> Evidence:
    metrics = {} if value is None else {"acc": value}
    return Evidence(id=run, kind="result", run=run, metrics=metrics, state=state, seed=seed, overrides=overrides)


REPEATS = [row(f"repeat-noise-floor/base/s{i}", v, seed=i) for i, v in enumerate((0.70, 0.71, 0.72), 1)]


def study(*rows: Evidence, target: float | None = None) -> Study:
    info = Info(metric="acc", goal="max", target=target)
    return study_from(info, [factor_element(k) for k in library().factors], (), rows)


def seen(*rows: Evidence, target: float | None = None) -> dict[str, bool | None]:
    found = study(*rows, target=target)
    return {k: v.present for k, v in group_symptoms(results(found), found.info).items()}


def arms(step: str, arm: list[float], base: list[float]) -> list[Evidence]:
    return [row(f"{step}/{n}/s{i}", v) for n, vs in (("a", arm), ("base", base)) for i, v in enumerate(vs)]


def test_every_symptom_of_several_runs_has_a_detector() -> None:
    assert set(seen(*REPEATS)) == {s.id for s in library().symptoms.values() if s.scope != "run"}


def test_without_runs_nothing_is_judged() -> None:
    assert group_rows(study()) == []
    assert set(seen().values()) == {None}


def test_a_difference_within_the_noise() -> None:
    assert seen(*REPEATS, *arms("x", [0.711, 0.709], [0.71, 0.71]))["difference-within-noise"] is True
    assert seen(*REPEATS, *arms("x", [0.9, 0.91], [0.71, 0.71]))["difference-within-noise"] is False


def test_seeds_that_change_the_winner() -> None:
    assert seen(*arms("x", [0.8, 0.6], [0.7, 0.7]))["seeds-change-the-winner"] is True
    assert seen(*arms("x", [0.8, 0.9], [0.7, 0.7]))["seeds-change-the-winner"] is False


def test_the_best_trial_at_the_edge() -> None:
    rates = [1e-4, 3e-4, 1e-3, 3e-3, 1e-2]
    rising = [row(f"tune-lr/sweep/t{i}", i / 10, lr=r) for i, r in enumerate(rates)]
    humped = [row(f"tune-lr/sweep/t{i}", -abs(i - 2) / 10, lr=r) for i, r in enumerate(rates)]
    assert seen(*rising)["best-value-at-edge"] is True
    assert seen(*humped)["best-value-at-edge"] is False


def test_trials_that_diverge() -> None:
    good = [row(f"t/a/t{i}", 0.5, lr=i) for i in range(6)]
    assert seen(*good)["many-trials-diverge"] is False
    assert seen(*good, row("t/a/t8", None, state="diverged"), row("t/a/t9", math.nan))["many-trials-diverge"] is True


def test_one_seed_run_twice() -> None:
    twice = [row("a/base/s1", 0.7, seed=1), row("b/base/s1", 0.7, seed=1)]
    assert seen(*twice)["same-seed-differs"] is False
    assert seen(*twice, row("c/base/s1", 0.72, seed=1))["same-seed-differs"] is True


def test_a_number_that_is_not_reached() -> None:
    assert seen(*REPEATS, target=0.8)["below-published"] is True
    assert seen(*REPEATS, target=0.7)["below-published"] is False


def test_rows_speak_to_the_planner() -> None:
    found = study(*REPEATS, *arms("x", [0.711, 0.709], [0.71, 0.71]))
    told = study_from(found.info, found.elements.values(), (), [*found.evidence.values(), *group_rows(found)])
    assert math.prod(t[0] for t in likelihoods(told)["seeds"]) > 1.5


def test_values_beyond_all_measure_are_no_values() -> None:
    rows = [row(f"repeat-noise-floor/base/s{n}", v, seed=n) for n, v in enumerate((1e300, -1e300, 0.8), 1)]
    assert seen(*rows)["difference-within-noise"] is None
