"""What the seeds of an arm show beside the metric: stability, other metrics, censored trials; through whole plans."""

from collections.abc import Mapping

import msgspec
import pytest

from ablator.core.elements import Decision, Element, Evidence, Info, Range, Relation
from ablator.core.study import Study, study_from
from ablator.plan.besides import moved, stability, trade, unstable
from ablator.plan.planner import plan
from ablator.plan.results import ArmResults
from ablator.plan.types import Step

INFO = Info(metric="acc", goal="max", baseline=70.0, effect=1.0, noise=0.3, epsilon=0.9)
RATE = Element(
    id="learning-rate", lane="reachability", kind="factor", value=0.01, status="read", keys=("lr",), procedure="sweep",
    range=Range(scale="log", low=1e-4, high=1.0, span=100.0, points=4), prior=0.1, cost_runs=1.0,
)  # fmt: skip
NOISE = Element(
    id="noise-floor", lane="observation", kind="instrument", procedure="repeat-runs", prior=0.01, cost_runs=3.0
)
GATE = Element(id="gate", lane="instantiation", kind="idea", value=True, keys=("gate",), status="read", prior=0.01)
WOBBLE = (0.1, -0.15, 0.05, 0.2, -0.1, -0.1)


def rows(arm: str, middle: float, lost: Mapping[str, str] | None = None, **others: float) -> list[Evidence]:
    """Four trials where the arm is no baseline, and six seeds; `lost` says how runs ended that have no value."""
    out = []
    words = [f"s{i}" for i in range(1, 7)] + ([f"t{i}" for i in range(1, 5)] if arm != "base" else [])
    for word in words:
        run, state = f"remove-gate/{arm}/{word}", (lost or {}).get(word, "done")
        shift = WOBBLE[int(word[1:]) - 1]
        shift *= 0.1 if word.startswith("t") else 1.0
        metrics = {"acc": middle + shift, **{k: v + 0.01 * shift for k, v in others.items()}} if state == "done" else {}
        out.append(
            Evidence(id=f"run-{run}", kind="result", run=run, metrics=metrics, state=state, date="2026-02-01T00:00:00Z")  # type: ignore[arg-type]
        )
    return out


def judged(*evidence: Evidence, info: Info = INFO) -> Step:
    said = [
        Decision(id=f"d-{n}", kind="verdict", step=s, element=e, verdict="fine", reason="ok", date="2026-01-01")
        for n, (s, e) in enumerate((("repeat-noise-floor", "noise-floor"), ("tune-learning-rate", "learning-rate")), 1)
    ]
    relations = [Relation(source="gate", target="learning-rate", kind="retunes")]
    study: Study = study_from(info, [RATE, NOISE, GATE], relations, evidence, said)
    found = plan(study).step("remove-gate")
    assert found is not None
    return found


def test_an_arm_of_which_half_the_seeds_diverged_is_reported_as_unstable() -> None:
    lost = dict.fromkeys(("s1", "s2", "s3"), "diverged")
    step = judged(*rows("base", 70.0), *rows("without", 72.0, lost))
    assert step.verdict == "inconclusive"
    assert "3 of 6 seeds diverged (baseline 0 of 6)" in step.reason


def test_an_arm_of_which_one_seed_diverged_is_judged_and_says_so() -> None:
    step = judged(*rows("base", 70.0), *rows("without", 66.0, {"s2": "diverged"}))
    assert step.verdict == "critical"
    assert "1 of 6 seeds diverged" in step.reason


def test_an_unstable_baseline_leaves_no_verdict() -> None:
    lost = dict.fromkeys(("s1", "s2", "s3", "s4"), "diverged")
    step = judged(*rows("base", 70.0, lost), *rows("without", 66.0))
    assert step.verdict == "inconclusive"
    assert "no sound baseline" in step.reason


def test_better_in_one_metric_and_worse_in_another_is_said() -> None:
    step = judged(*rows("base", 70.0, latency=10.0), *rows("without", 72.5, latency=14.0))
    assert step.verdict == "harmful"
    assert "but worse in latency, by +4" in step.reason


def test_another_metric_that_stays_is_not_named() -> None:
    step = judged(*rows("base", 70.0, latency=10.0), *rows("without", 72.5, latency=10.0))
    assert "latency" not in step.reason


@pytest.mark.parametrize(("name", "better"), [("eval_loss", False), ("f1", True), ("peak_memory_mb", False)])
def test_which_way_is_better_is_told_by_the_name(name: str, better: bool) -> None:
    table = {e.run: e for e in (*rows("base", 70.0, **{name: 1.0}), *rows("without", 70.0, **{name: 2.0}))}
    assert [(n, b) for n, b, _ in moved(INFO, table, "without")] == [(name, better)]
    assert trade(INFO, table, "without", "undecided").startswith("better" if better else "worse")


def test_pruned_trials_were_tried_and_failed_ones_were_not() -> None:
    for state, fair in (("pruned", True), ("failed", False)):
        lost = dict.fromkeys(("t2", "t3", "t4"), state)
        step = judged(*rows("base", 70.0), *rows("without", 66.0, lost))
        assert ("not re-tuned" not in step.reason) is fair


def test_an_arm_that_collapsed_is_inconclusive_with_the_value_as_it_was_recorded() -> None:
    info = msgspec.structs.replace(INFO, metric="acc", goal="min", baseline=2.0)
    step = judged(*rows("base", 2.0), *rows("without", 40.0), info=info)
    assert step.verdict == "inconclusive"
    assert "collapsed (40" in step.reason


def test_stability_is_silent_where_nothing_diverged() -> None:
    arm = ArmResults({}, {1: 1.0, 2: 1.0}, 0, 0)
    assert stability(arm, arm) == ""
    assert not unstable(arm)
