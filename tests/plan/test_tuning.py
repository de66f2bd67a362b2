"""Sweeps: what they move together, where they go on, and around which values they stand once something was fixed."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from ablator.api import Study, evidence_of
from ablator.plan.planner import all_runs, settings_now
from ablator.plan.types import Run, Step

SETTINGS = {
    "learning_rate": 0.0001,
    "per_device_train_batch_size": 16,
    "max_steps": 50000,
    "warmup_steps": 500,
    "lr_scheduler_type": "cosine",
    "optim": "adamw_torch",
    "weight_decay": 0.1,
    "max_grad_norm": 1.0,
}
BEST = 4e-4


@pytest.fixture(scope="module")
def decoder(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A decoder with the settings of a run, whose learning rate is four times too low."""
    return made(tmp_path_factory.mktemp("decoder"), SETTINGS)


def made(folder: Path, settings: dict[str, object]) -> Study:
    file = folder / "training_args.json"
    file.write_text(json.dumps(settings), encoding="utf-8")
    return Study.new(
        "template:decoder-lm", file, metric="loss", goal="min", baseline=3.1, effect=0.03, hours_per_run=1.0
    )


def loss(run: Run) -> float:
    """A loss that is least at four times the learning rate of the settings, with a little noise by run."""
    rate = run.overrides.get("learning_rate", SETTINGS["learning_rate"])
    return 3.0 + 0.05 * math.log(rate / BEST) ** 2 + 0.0007 * (sum(map(ord, run.run)) % 7)


def runs(study: Study, step: str) -> list[Run]:
    return [r for r in all_runs(study.value, beyond=False).values() if r.step == step and r.kind != "check"]


def answered(study: Study, step: str, metric: Callable[[Run], float] = loss) -> Study:
    """The study with every run of a step on record, further ones included."""
    for _ in range(6):
        known = {e.run for e in study.value.evidence.values()}
        missing = [r for r in runs(study, step) if r.run not in known]
        if not missing:
            break
        study = study.record({r.run: {"loss": metric(r)} for r in missing})
    return study


def on(study: Study, step: str) -> Step:
    found = study.plan().value.step(step)
    assert found is not None
    return found


def on_day(study: Study, day: int, before: set[str]) -> Study:
    """The study with what came since `before` dated on a day of its own, as results of a real study are."""
    date = f"2026-03-{day:02d}T00:00:00Z"
    evidence = {k: e if k in before else msgspec.structs.replace(e, date=date) for k, e in study.value.evidence.items()}
    decisions = {
        k: d if k in before else msgspec.structs.replace(d, date=date) for k, d in study.value.decisions.items()
    }
    return Study(msgspec.structs.replace(study.value, evidence=evidence, decisions=decisions))


def known(study: Study) -> set[str]:
    return {*study.value.evidence, *study.value.decisions}


def test_factors_that_interact_are_moved_together_with_the_present_values_first(decoder: Study) -> None:
    first, *rest = (r.overrides for r in runs(decoder, "tune-weight-decay"))
    assert first == {"weight_decay": 0.1}
    assert all({"weight_decay", "learning_rate"} <= r.keys() for r in rest)
    assert len({r["learning_rate"] for r in rest}) == len(rest)
    assert {len(r.overrides) for r in runs(decoder, "tune-learning-rate")} == {1}
    arm = on(decoder, "tune-weight-decay").arms[0]
    assert "together with Learning rate" in arm.change


def test_choices_are_compared_once_more_with_their_partners_moved_alike(decoder: Study) -> None:
    rows = [r.overrides for r in runs(decoder, "tune-optimizer-choice")]
    kinds = [r["optim"] for r in rows]
    half = len(rows) // 2
    assert kinds[:half] == kinds[half:]
    assert [r.keys() for r in rows[:half]] == [{"optim"}] * half
    moved = [{k: v for k, v in r.items() if k != "optim"} for r in rows[half:]]
    assert all(m == moved[0] and "learning_rate" in m for m in moved)


def test_the_end_of_the_schedule_moves_with_the_length(tmp_path: Path) -> None:
    study = made(tmp_path, {"max_iters": 5000, "lr_decay_iters": 5000, "learning_rate": 6e-4, "warmup_iters": 100})
    rows = [r.overrides for r in runs(study, "tune-training-length")]
    assert rows[0] == {"max_iters": 5000}
    assert all(r["lr_decay_iters"] == r["max_iters"] for r in rows[1:])
    assert len(rows) > 1


def test_a_sweep_goes_on_past_its_edge_until_the_best_lies_inside(decoder: Study) -> None:
    def always_higher(run: Run) -> float:
        return 3.0 - math.log(run.overrides["learning_rate"])

    short = decoder.record({r.run: {"loss": always_higher(r)} for r in runs(decoder, "tune-learning-rate")})
    longer = runs(short, "tune-learning-rate")
    tried = [r.overrides["learning_rate"] for r in longer]
    assert len(tried) > len(runs(decoder, "tune-learning-rate"))
    assert max(tried) > max(r.overrides["learning_rate"] for r in runs(decoder, "tune-learning-rate"))
    assert on(short, "tune-learning-rate").verdict is None
    full = answered(decoder, "tune-learning-rate", always_higher)
    assert on(full, "tune-learning-rate").verdict == "fixed"


def test_a_learning_rate_four_times_too_low_is_found_before_any_module_is_judged(decoder: Study) -> None:
    study = decoder.set("noise", 0.005)
    for _ in range(120):
        ready = study.plan().next()
        step = ready.steps[0]
        assert step.stage in {"observe", "reach"}, "an idea is offered while the learning rate is wrong"
        if step.id == "tune-learning-rate":
            break
        study = study.record(verdicts={step.id: "fine"}, reason="looked at")
    study = answered(study, "tune-learning-rate")
    found = on(study, "tune-learning-rate")
    assert found.verdict == "fixed"
    assert settings_now(study.value)["learning_rate"] == pytest.approx(BEST, rel=0.5)


def test_what_was_fixed_is_the_present_value_of_later_sweeps(decoder: Study) -> None:
    study = answered(decoder, "tune-learning-rate")
    rate = min((loss(r), r.overrides["learning_rate"]) for r in runs(study, "tune-learning-rate"))[1]
    first, *rest = (r.overrides for r in runs(study, "tune-weight-decay"))
    assert first == {"weight_decay": 0.1, "learning_rate": rate}
    assert all(rate / 3.2 < r["learning_rate"] < rate * 3.2 for r in rest)


def test_a_sweep_that_is_open_again_is_a_new_round_around_the_value_of_today(decoder: Study) -> None:
    study = on_day(answered(decoder, "tune-learning-rate"), 1, set())
    before = known(study)
    old = [r.run for r in runs(study, "tune-learning-rate")]
    settled = on(study, "tune-learning-rate")
    again = on_day(study.changed("batch-size", "four devices now"), 2, before)
    step = on(again, "tune-learning-rate")
    assert step.verdict is None
    assert not set(step.runs) & set(old), "results of before would be written over"
    first = runs(again, "tune-learning-rate")[0].overrides
    assert first["learning_rate"] == runs(study, "tune-weight-decay")[0].overrides["learning_rate"]
    later = on_day(answered(again, "tune-learning-rate"), 3, known(again))
    assert on(later, "tune-learning-rate").verdict == "fine"
    assert later.plan().value.ladder == study.plan().value.ladder or len(later.plan().value.ladder) == 2
    assert on(later.undo("changed-1"), "tune-learning-rate").state == settled.state


def test_a_changed_batch_size_reopens_rate_optimizer_schedule_regularisation_and_length_alone(decoder: Study) -> None:
    low = {s.id: "fine" for s in decoder.plan().steps if s.stage in {"observe", "reach"} and s.id != "tune-batch-size"}
    settled = on_day(decoder.record(verdicts=low, reason="looked at"), 1, set())
    before = known(settled)
    study = on_day(settled.record(verdicts={"tune-batch-size": "fixed"}, reason="twice the devices"), 2, before)
    stale = {s.element for s in study.plan().steps if s.state == "stale"}
    wanted = {"learning-rate", "optimizer-choice", "lr-schedule", "weight-decay", "dropout", "training-length"}
    assert wanted <= stale
    assert stale - wanted <= {"gradient-clipping", "distributed-consistency"}


def test_failed_and_pruned_trials_are_offered_again_and_are_no_results(decoder: Study) -> None:
    planned = runs(decoder, "tune-learning-rate")
    study = decoder.record({r.run: {"loss": loss(r)} for r in planned[:-3]})
    rows = [
        evidence_of(planned[-2], {}, state="failed", author="x"),
        evidence_of(planned[-1], {"loss": 2.0}, state="pruned", author="x"),
    ]
    study = study.recorded(rows)
    low = dict.fromkeys(on(study, "tune-learning-rate").after, "fine")
    study = study.record(verdicts=low, reason="looked at")
    assert {r.run for r in study.plan().next().runs} >= {r.run for r in planned[-3:]}
    ended = study.record({planned[-3].run: {"loss": loss(planned[-3])}})
    assert " with 2" not in on(ended, "tune-learning-rate").reason, "a run that was cut short is no result"


def test_runs_of_a_longer_baseline_cost_what_they_take(decoder: Study) -> None:
    longer = answered(decoder, "tune-training-length", lambda r: 3.1 - 1e-6 * r.overrides["max_steps"])
    assert on(longer, "tune-training-length").verdict == "fixed"
    cost = {r.run: r.cost_hours for r in runs(decoder, "tune-learning-rate")}
    ratio = runs(longer, "tune-weight-decay")[0].overrides["max_steps"] / SETTINGS["max_steps"]  # type: ignore[operator]
    assert ratio >= 2
    for r in runs(longer, "tune-learning-rate"):
        assert r.cost_hours == pytest.approx(cost[r.run] * ratio, rel=0.01)


def test_a_short_proxy_of_a_run_whose_schedule_ends_with_it_is_flagged(decoder: Study) -> None:
    why = on(decoder, "tune-learning-rate").why
    assert "a proxy: 10,000 of 50,000 steps, where the cosine schedule of the run has not ended" in why
    flat = msgspec.structs.replace(decoder.value.elements["lr-schedule"], value="constant")
    elements = {**decoder.value.elements, flat.id: flat}
    assert (
        "a proxy" not in on(Study(msgspec.structs.replace(decoder.value, elements=elements)), "tune-learning-rate").why
    )


def test_a_verdict_that_rests_on_three_thousand_steps_for_fifty_thousand_is_flagged(decoder: Study) -> None:
    low = {s.id: "fine" for s in decoder.plan().steps if s.stage in {"observe", "reach"}}
    study = decoder.record(verdicts=low, reason="looked at")
    step = next(s for s in study.plan().steps if s.stage == "instantiate")
    rows = []
    for r in runs(study, step.id):
        short = msgspec.structs.replace(r, overrides={**r.overrides, "max_steps": 3000})
        rows.append(evidence_of(short, {"loss": 3.0 + 0.4 * (r.arm != "base") + 0.001 * (r.seed or 0)}, author="x"))
    judged = study.recorded(rows).record(verdicts={step.id: "critical"}, reason="it falls apart without")
    found = [f for f in judged.plan().findings if f.code == "ABL204"]
    assert found
    assert "max_steps=3000" in found[0].sentence
    assert "50000" in found[0].sentence or "5e+04" in found[0].sentence
