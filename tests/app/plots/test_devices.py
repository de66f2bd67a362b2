"""The figure of the makespan: it falls with the devices, never below what steps must wait for."""

from pathlib import Path

from ablator.app.plots.devices import devices
from ablator.app.plots.figure import Line, Rule
from ablator.core.elements import Info
from ablator.core.study import study_from
from ablator.files.study_file import open_study
from ablator.plan.planner import plan
from ablator.resources import resource


def test_more_devices_never_take_longer_and_end_at_the_longest_chain() -> None:
    study = open_study(Path(str(resource("examples", "flat-decoder/flat-decoder.ablation"))))[0]
    made = devices(study, plan(study))
    line = next(x for x in made.layers if isinstance(x, Line))
    rule = next(x for x in made.layers if isinstance(x, Rule))
    hours = [h for _, h in line.points]
    assert hours == sorted(hours, reverse=True)
    assert all(h >= rule.at - 1e-9 for h in hours)
    assert "One device takes" in made.summary


def test_a_study_without_steps_says_so() -> None:
    study = study_from(Info(), [], [])
    assert devices(study, plan(study)).empty
