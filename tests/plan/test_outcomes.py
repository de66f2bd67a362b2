"""From recorded results to verdicts: tuned factors, fair arms, doubt where there is doubt, a person's last word."""

from collections.abc import Callable

import msgspec
import pytest

from ablator.api import evidence_of
from ablator.core.elements import Alternative, Decision, Element, Evidence, Info, Range, Relation
from ablator.core.study import Study, study_from
from ablator.plan.planner import all_runs, plan
from ablator.plan.results import noise_of, results_by_step
from ablator.plan.types import Step
from ablator.plan.upcoming import upcoming

INFO = Info(metric="accuracy", goal="max", baseline=70.0, effect=1.0, epsilon=0.9)
RATE = Element(
    id="learning-rate",
    lane="reachability",
    kind="factor",
    value=0.1,
    status="read",
    keys=("lr",),
    procedure="sweep",
    range=Range(scale="log", low=1e-5, high=1.0, span=100.0, points=5),
    prior=0.1,
    cost_runs=1.0,
)
NOISE = Element(
    id="noise-floor",
    lane="observation",
    kind="instrument",
    procedure="repeat-runs",
    prior=0.01,
    cost_runs=3.0,
)
DEPTH = Element(
    id="depth",
    lane="instantiation",
    kind="idea",
    value=4,
    keys=("n_layer",),
    category="capacity",
    alternatives=(Alternative("deeper", "resize"),),
    prior=0.01,
)
GATE = Element(id="gating", lane="instantiation", kind="idea", value=True, keys=("gated",), prior=0.01)
RELATIONS = (
    Relation(source="depth", target="learning-rate", kind="retunes"),
    Relation(source="learning-rate", target="noise-floor", kind="reopens"),
    Relation(source="depth", target="learning-rate", kind="reopens"),
)


def study(*elements: Element, info: Info = INFO) -> Study:
    return study_from(info, elements or (RATE, NOISE, DEPTH, GATE), RELATIONS)


def recorded(s: Study, value: Callable[[str, dict[str, object]], float], runs: list[str], date: str) -> Study:
    known = all_runs(s)
    rows = {}
    for run in runs:
        row = evidence_of(known[run], {"accuracy": value(run, known[run].overrides)})
        rows[row.id] = msgspec.structs.replace(row, date=date)
    return msgspec.structs.replace(s, evidence={**s.evidence, **rows})


def followed(s: Study, value: Callable[[str, dict[str, object]], float], rounds: int = 12) -> Study:
    """Do whatever is next until nothing is."""
    for day in range(1, rounds + 1):
        runs = [r.run for r in upcoming(plan(s)).runs]
        if not runs:
            break
        s = recorded(s, value, runs, f"2026-01-{day:02d}T00:00:00Z")
    return s


def step(s: Study, step_id: str) -> Step:
    found = plan(s).step(step_id)
    assert found is not None
    return found


def wobble(run: str) -> float:
    """A spread of some tenths that belongs to the seed."""
    return {"1": 0.1, "2": -0.1, "3": 0.05, "4": -0.05}.get(run[-1], 0.0) if "/s" in run else 0.0


def test_a_learning_rate_that_was_too_high_is_fixed_and_carried_on() -> None:
    def value(run: str, settings: dict[str, object]) -> float:
        rate = float(settings.get("lr", 0.1))  # type: ignore[arg-type]
        return 80 - 10 * abs(rate - 0.01) ** 0.5 + wobble(run)

    s = followed(study(RATE, NOISE), value)
    found = step(s, "tune-learning-rate")
    assert (found.state, found.verdict) == ("done", "fixed")
    assert "better than now" in found.reason
    assert found.runs == ()
    later = study_from(INFO, [RATE, NOISE, GATE], (), s.evidence.values())
    run = next(r for r in plan(later).runs if r.step == "remove-gating" and r.kind == "confirm" and r.arm == "without")
    assert run.overrides["gated"] is False
    assert run.overrides["lr"] != 0.1


def test_a_learning_rate_that_is_right_is_fine() -> None:
    s = followed(study(RATE, NOISE), lambda run, o: 70 - abs(float(o.get("lr", 0.1)) - 0.1) + wobble(run))
    assert step(s, "tune-learning-rate").verdict == "fine"


@pytest.mark.parametrize(
    ("level", "noise", "verdict"), [(74.0, None, "undecided"), (69.5, None, "fine"), (72.0, 0.3, "undecided")]
)
def test_unchanged_settings_that_are_not_the_baseline_settle_nothing(
    level: float, noise: float | None, verdict: str
) -> None:
    info = msgspec.structs.replace(INFO, noise=noise)
    s = study(RATE, info=info)
    first = [r for r in all_runs(s) if r.startswith("tune-")]
    s = recorded(s, lambda _, o: level - abs(float(o["lr"]) - 0.1), first, "2026-01-01T00:00:00Z")  # type: ignore[arg-type]
    measured = step(s, "tune-learning-rate")
    assert measured.verdict == verdict
    said = f"the unchanged settings gave {level:.5g}, the study says 70"
    assert (said in measured.reason) == (verdict == "undecided")


def test_the_newest_repeats_of_the_baseline_give_the_noise() -> None:
    def row(run: str, value: float, day: int) -> Evidence:
        known = Evidence(id=run, kind="result", run=run, state="done", metrics={"accuracy": value})
        return msgspec.structs.replace(known, date=f"2026-01-0{day}T00:00:00Z")

    old = [row(f"repeat-noise-floor/base/s{i}", 70 + i / 1000, 1) for i in (1, 2, 3)]
    new = [row(f"repeat-after-learning-rate/base/s{i}", 75 + i / 10, 3) for i in (1, 2, 3)]
    lone = [row("repeat-seeds/base/s1", 70.0, 4)]
    s = study_from(INFO, [RATE, NOISE], (), [*old, *new, *lone])
    rows = results_by_step(s)
    assert noise_of(s, rows) == pytest.approx(0.1)
    assert noise_of(s, rows, "2026-01-02T00:00:00Z") == pytest.approx(0.001)
    same = study_from(INFO, [RATE, NOISE], (), [msgspec.structs.replace(r, date="") for r in (*old, *new)])
    assert noise_of(same, results_by_step(same)) == pytest.approx(0.1), "of one date the widest apart"
    told = study_from(msgspec.structs.replace(INFO, noise=0.01), [RATE, NOISE], (), [*old, *new])
    assert noise_of(told, results_by_step(told)) == 0.01
    found = [f for f in plan(told).findings if f.code == "ABL303"]
    assert "says a noise of 0.01" in found[0].sentence
    assert "measured 0.1" in found[0].sentence


def test_a_sweep_goes_on_where_its_best_lies_at_the_edge() -> None:
    s = study(RATE, NOISE)
    first = [r for r in all_runs(s) if r.startswith("tune-")]
    s = recorded(s, lambda _, o: 1 / float(o["lr"]), first, "2026-01-01T00:00:00Z")  # type: ignore[arg-type]
    runs = [r for r in upcoming(plan(s)).runs if r.step == "tune-learning-rate"]
    assert runs
    tried = [float(r.overrides["lr"]) for r in all_runs(study(RATE, NOISE)).values() if "/t" in r.run]
    assert all(float(r.overrides["lr"]) < min(tried) for r in runs)


def test_repeats_of_the_baseline_give_the_noise() -> None:
    s = followed(study(RATE, NOISE, info=msgspec.structs.replace(INFO, effect=0.2)), lambda run, _: 70 + wobble(run))
    assert step(s, "repeat-noise-floor").verdict == "fine"
    assert "0.104" in step(s, "repeat-noise-floor").reason
    later = study_from(s.info, [RATE, NOISE, GATE], (), s.evidence.values())
    without = next(a for a in step(later, "remove-gating").arms if a.id == "without")
    assert without.seeds > 3


def tuned(value: Callable[[str, dict[str, object]], float]) -> Study:
    """Everything below the gate and then the ideas, as `value` says."""
    return followed(study(), lambda run, o: value(run, o) + wobble(run))


def test_an_idea_whose_removal_costs_more_than_chance_is_critical() -> None:
    s = tuned(lambda _, o: 70.0 if o.get("gated", True) else 60.0)
    found = step(s, "remove-gating")
    assert (found.state, found.verdict) == ("done", "critical")
    effect = next(a for a in found.arms if a.id == "without").effect
    assert effect is not None
    assert effect.low <= effect.estimate <= effect.high < 0
    assert effect.n >= 3


def test_an_idea_whose_removal_helps_is_harmful() -> None:
    assert step(tuned(lambda _, o: 70.0 if o.get("gated", True) else 75.0), "remove-gating").verdict == "harmful"


def test_an_idea_that_changes_nothing_is_redundant_by_equivalence() -> None:
    s = tuned(lambda run, _: 70.0 + (0.02 if run.endswith("2") else 0.0))
    assert step(s, "remove-gating").verdict == "redundant"
    assert "within ±1" in step(s, "remove-gating").reason


def test_a_loud_arm_is_undecided_and_asks_for_more_seeds() -> None:
    def value(run: str, o: dict[str, object]) -> float:
        return 70 + (0.0 if o.get("gated", True) else 3.0 * (-1) ** int(run[-1])) + wobble(run)

    s = followed(study(), value, rounds=3)
    found = step(s, "remove-gating")
    assert found.verdict == "undecided"
    assert "more seeds needed" in found.reason
    assert [r for r in plan(s).runs if r.step == found.id and r.status == "planned"]


def test_a_collapsed_arm_is_inconclusive_never_critical() -> None:
    assert step(tuned(lambda _, o: 70.0 if o.get("gated", True) else 1.0), "remove-gating").verdict == "inconclusive"


def test_an_untuned_baseline_concludes_nothing() -> None:
    s = study(RATE, NOISE, GATE)
    runs = [r for r in all_runs(s) if r.startswith("remove-gating")]
    s = recorded(s, lambda run, o: (70 if o.get("gated", True) else 60) + wobble(run), runs, "2026-01-01T00:00:00Z")
    found = step(s, "remove-gating")
    assert found.verdict == "inconclusive"
    assert "not tuned" in found.reason
    assert next(a for a in found.arms if a.id == "without").effect is not None


def test_confirming_seeds_wait_for_the_trials_and_run_on_the_best() -> None:
    s = followed(study(RATE, NOISE, DEPTH), lambda run, _: 70 + wobble(run), rounds=1)
    waiting = [r for r in upcoming(plan(s)).runs if r.step == "resize-depth" and r.arm != "base"]
    assert waiting
    assert {r.kind for r in waiting} == {"tune"}
    best = waiting[3]
    s = recorded(s, lambda run, _: 75.0 if run == best.run else 70.0, [r.run for r in waiting], "2026-01-09T00:00:00Z")
    seeds = [r for r in upcoming(plan(s)).runs if r.arm == best.arm and r.kind == "confirm"]
    assert seeds
    assert all(r.overrides == best.overrides for r in seeds)


def test_baseline_and_arm_get_equal_trials() -> None:
    s = study(RATE, NOISE, DEPTH)
    sweep = step(s, "tune-learning-rate").arms[0]
    assert {a.trials for a in step(s, "resize-depth").arms if a.id != "base"} == {sweep.trials}


def test_a_person_has_the_last_word() -> None:
    s = tuned(lambda _, o: 70.0 if o.get("gated", True) else 60.0)
    said = Decision(
        id="d-1", kind="verdict", step="remove-gating", element="gating", verdict="redundant", reason="mine"
    )
    s = msgspec.structs.replace(s, decisions={said.id: said})
    assert step(s, "remove-gating").verdict == "redundant"
    assert "ABL306" in {f.code for f in plan(s).findings}


def test_a_later_change_makes_results_stale_and_offers_the_runs_again() -> None:
    s = followed(study(RATE, NOISE), lambda run, _: 70 + wobble(run))
    assert step(s, "repeat-noise-floor").state == "done"
    changed = Evidence(id="fact-1", kind="fact", name="changed", element="learning-rate", date="2027-01-01T00:00:00Z")
    s = msgspec.structs.replace(s, evidence={**s.evidence, changed.id: changed})
    assert step(s, "repeat-noise-floor").state != "done"
    assert [r for r in upcoming(plan(s)).runs if r.step == "repeat-noise-floor"]


def test_two_critical_ideas_that_interact_get_a_two_by_two() -> None:
    other = msgspec.structs.replace(GATE, id="norm", keys=("norm",))
    edge = Relation(source="gating", target="norm", kind="interacts")
    s = study_from(INFO, [RATE, NOISE, GATE, other], [edge])
    s = followed(s, lambda run, o: 70 - 8 * (not o.get("gated", True)) - 8 * (not o.get("norm", True)) + wobble(run))
    found = step(s, "isolate-gating-norm")
    assert [a.id for a in found.arms] == ["base", "first", "second", "both"]
    assert found.arms[-1].overrides == {"gated": False, "norm": False}
    assert set(found.after) == {"remove-gating", "remove-norm"}


@pytest.mark.parametrize("goal", ["min", "max"])
def test_positive_effect_means_better(goal: str) -> None:
    sign = -1 if goal == "min" else 1
    info = msgspec.structs.replace(INFO, goal=goal)
    s = study(RATE, NOISE, GATE, info=info)
    s = followed(s, lambda run, o: sign * (-70 if o.get("gated", True) else -60) + wobble(run))
    effect = next(a for a in step(s, "remove-gating").arms if a.id == "without").effect
    assert effect is not None
    assert effect.estimate > 0


@pytest.mark.parametrize("value", [1e308, -1e308, 5e-324])
def test_values_at_the_ends_of_the_range_of_numbers_stop_no_plan(value: float) -> None:
    info = msgspec.structs.replace(INFO, hours_per_run=1e9)
    s = followed(study(info=info), lambda run, settings: value, rounds=4)
    assert all(e.cost_hours < float("inf") for e in plan(s).steps)


def test_a_range_whose_ends_are_out_of_reach_offers_numbers() -> None:
    wide = Range(scale="linear", low=0.25, high=4.0, unit="multiple of the present value", points=3)
    rate = msgspec.structs.replace(RATE, value=1e308, range=wide)
    settings = [r.overrides.get("lr", 0.0) for r in all_runs(study(rate, NOISE, DEPTH, GATE)).values()]
    assert all(abs(float(v)) < float("inf") for v in settings)
