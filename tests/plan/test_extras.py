"""Steps that verdicts call for: the changed baseline again, a 2×2, a questioned claim; the ladder and the outlook."""

import math
from collections.abc import Callable

import msgspec
import pytest

from ablator.api import Study
from ablator.core.elements import Element, Info, Relation
from ablator.core.study import study_from
from ablator.plan.draft import fairness, with_seeds, with_settings
from ablator.plan.drafts import draft
from ablator.plan.planner import all_runs, plan
from ablator.plan.types import AGAIN, Run, Step


@pytest.fixture(scope="module")
def decoder() -> Study:
    """A decoder whose lower floors are settled but for the learning rate."""
    study = Study.new(
        "template:decoder-lm",
        metric="loss",
        goal="min",
        baseline=3.1,
        target=2.5,
        effect=0.03,
        noise=0.005,
        hours_per_run=1.0,
    )
    rate = msgspec.structs.replace(
        study.value.elements["learning-rate"], value=1e-4, keys=("learning_rate",), status="read"
    )
    study = Study(msgspec.structs.replace(study.value, elements={**study.value.elements, rate.id: rate}))
    low = {s.id: "fine" for s in study.plan().steps if s.stage in {"observe", "reach"} and s.id != "tune-learning-rate"}
    return study.record(verdicts=low, reason="looked at")


def rate_matters(run: Run) -> float:
    return 3.0 + 0.05 * math.log(run.overrides.get("learning_rate", 1e-4) / 4e-4) ** 2 + 0.001 * (run.seed or 0)


def answered(study: Study, step: str, metric: Callable[[Run], float]) -> Study:
    for _ in range(6):
        known = {e.run for e in study.value.evidence.values()}
        runs = [r for r in all_runs(study.value, beyond=False).values() if r.step == step and r.run not in known]
        study = study.record({r.run: {"loss": metric(r)} for r in runs if r.kind != "check"}) if runs else study
    return study


def step(study: Study, key: str) -> Step:
    found = study.plan().value.step(key)
    assert found is not None
    return found


def test_a_changed_baseline_is_repeated_with_fresh_seeds(decoder: Study) -> None:
    assert not [s for s in decoder.plan().steps if s.id.startswith(AGAIN)]
    study = answered(decoder, "tune-learning-rate", rate_matters)
    found = step(study, f"{AGAIN}learning-rate")
    assert found.action == "repeat"
    assert found.after == ("tune-learning-rate",)
    runs = [r for r in study.plan().next().runs if r.step == found.id]
    assert len(runs) == 3
    fixed = {r.overrides["learning_rate"] for r in runs}
    assert len(fixed) == 1
    assert fixed != {1e-4}
    used = {r.seed for r in all_runs(study.value, beyond=False).values() if r.step == "repeat-noise-floor"}
    assert not used & {r.seed for r in runs}
    assert "re-opens" in found.why
    done = answered(study, found.id, rate_matters)
    assert step(done, found.id).verdict == "fine"
    assert "3.1 before" in step(done, found.id).reason


def test_a_gain_that_does_not_hold_is_said(decoder: Study) -> None:
    study = answered(decoder, "tune-learning-rate", rate_matters)
    lost = answered(study, f"{AGAIN}learning-rate", lambda r: 3.1 + 0.01 * (r.seed or 0))
    found = step(lost, f"{AGAIN}learning-rate")
    assert found.verdict == "undecided"
    assert "does not show" in found.reason


def test_the_ladder_reads_back_what_was_fixed_and_adopted(decoder: Study) -> None:
    assert decoder.plan().value.ladder == ()
    study = answered(decoder, "tune-learning-rate", rate_matters)
    study = answered(study, f"{AGAIN}learning-rate", rate_matters)
    before = study.plan().value
    key, arm = next((s.id, a.id) for s in before.steps if s.stage == "instantiate" for a in s.arms if a.id != "base")
    adopted = study.adopt(f"{key}/{arm}", "it is smaller")
    start, fixed, last = adopted.plan().value.ladder
    assert (start.move, start.value) == ("made", 3.1)
    assert (fixed.move, fixed.what) == ("fixed", "tune-learning-rate")
    assert fixed.gain is not None
    assert fixed.gain > 0.05
    assert (last.move, last.what, last.reason) == ("adopted", f"{key}/{arm}", "it is smaller")
    assert last.reopened
    mistake = max(k for k, d in adopted.value.decisions.items() if d.kind == "adopt")
    assert adopted.undo(mistake).plan().value == before


def ideas(*, present: bool, note: str = "") -> Study:
    """Two ideas that interact, with nothing below them."""

    def idea(key: str) -> Element:
        return Element(id=key, lane="instantiation", kind="idea", present=present, prior=0.01, cost_runs=1.0)

    rows = [idea("cap"), idea("norm")]
    edge = Relation(source="cap", target="norm", kind="interacts", note=note)
    info = Info(metric="accuracy", baseline=70.0, effect=1.0, noise=0.1)
    return Study(study_from(info, rows, [edge]))


def verdicts(study: Study, word: str) -> Study:
    steps = [s.id for s in study.plan().steps if s.stage == "instantiate"]
    return study.record(verdicts=dict.fromkeys(steps, word), reason="measured elsewhere")


def isolations(study: Study) -> list[Step]:
    return [s for s in study.plan().steps if s.action == "isolate"]


def test_ideas_that_interact_and_matter_get_a_2x2() -> None:
    found = isolations(verdicts(ideas(present=True), "critical"))
    assert [a.id for a in found[0].arms] == ["base", "first", "second", "both"]
    assert found[0].arms[-1].removes == ("cap", "norm")
    assert "both matter" in found[0].why
    assert not isolations(ideas(present=True))


def test_two_that_look_useless_alone_may_stand_in_for_each_other() -> None:
    study = verdicts(ideas(present=True, note="both bound the logits"), "redundant")
    (found,) = isolations(study)
    assert "stands in for the other" in found.why
    assert "both bound the logits" in found.why
    worse = {"first": 0.0, "second": 0.1, "both": -9.0, "base": 0.0}
    for _ in range(4):
        known = {e.run for e in study.value.evidence.values()}
        runs = [r for r in all_runs(study.value, beyond=False).values() if r.step == found.id and r.run not in known]
        values = {r.run: {"accuracy": 70.0 + worse[r.arm] + 0.05 * ((r.seed or 0) % 3)} for r in runs}
        study = study.record(values) if values else study
    judged = study.plan().value.step(found.id)
    assert judged is not None
    assert judged.verdict == "critical"
    assert "both at once are -9" in judged.reason


def test_two_that_are_absent_and_useless_alone_may_make_each_other_possible() -> None:
    (found,) = isolations(verdicts(ideas(present=False), "redundant"))
    assert found.arms[-1].adds == ("cap", "norm")
    assert "makes the other possible" in found.why


def test_a_claim_whose_ideas_are_replaceable_is_in_question_and_hands_back(decoder: Study) -> None:
    claim = next(
        r.target for r in decoder.value.relations_of("instantiates") if decoder.value.elements[r.target].decisive
    )
    idea = next(r.source for r in decoder.value.relations_of("instantiates") if r.target == claim)
    key = next(s.id for s in decoder.plan().steps if s.element == idea)
    assert "in question" not in step(decoder, f"challenge-{claim}").why
    study = decoder.record(verdicts={key: "replaceable"}, reason="measured")
    found = step(study, f"challenge-{claim}")
    assert "in question" in found.why
    assert all(a.id.startswith("challenger-") for a in found.arms)
    instrument = step(study, f"verify-{claim}-instrument")
    assert instrument.stage == "observe"
    assert instrument.after == (found.id,)
    assert instrument.order > found.order


def test_where_nothing_is_ready_the_plan_says_what_it_would_need(decoder: Study) -> None:
    assert decoder.plan().value.outlook == ""
    study = decoder
    for _ in range(4):
        left = [s for s in study.plan().steps if s.state not in {"done", "waived"}]
        words = {s.id: "fine" if s.stage in {"observe", "reach"} else "critical" for s in left}
        study = study.record(verdicts=words, reason="measured") if words else study
    words = study.plan().value.outlook
    assert words.startswith("Nothing can be done now, and loss stands at 3.1 and misses the target of 2.5")
    assert "What it would need" in words
    assert "The target of 3.2 is met" in study.set("target", 3.2).plan().value.outlook
    assert study.set("target", None).plan().value.outlook == ""


def test_when_everything_below_is_exhausted_and_the_target_missed_claims_are_in_question(decoder: Study) -> None:
    study = decoder
    for _ in range(3):
        left = [s for s in study.plan().steps if s.stage != "perceive" and s.state not in {"done", "waived"}]
        words = {s.id: "fine" if s.stage in {"observe", "reach"} else "critical" for s in left}
        study = study.record(verdicts=words, reason="measured") if words else study
    asked = [s for s in study.plan().steps if s.stage == "perceive"]
    assert asked
    assert all("everything below is exhausted" in s.why and "misses the target" in s.why for s in asked)
    met = study.set("target", 3.2).plan()
    assert not [s for s in met.steps if "in question" in s.why]


def test_the_reason_says_what_moved_a_step(decoder: Study) -> None:
    study = decoder.record(verdicts={"tune-learning-rate": "fine"}, reason="tuned")
    freed = [s for s in study.plan().steps if "free since tune-learning-rate is fine" in s.why]
    assert freed
    assert all(s.state == "ready" for s in freed)
    idea = next(s for s in study.plan().steps if s.stage == "instantiate")
    assert "up from a base rate of" in idea.why
    assert plan(study.value) == study.plan().value


def test_an_absent_idea_is_also_tried_with_what_it_may_make_possible() -> None:
    found = {a.id: a for s in ideas(present=False).plan().steps if s.element == "norm" for a in s.arms}
    assert found["with"].adds == ("norm",)
    assert found["with-cap"].adds == ("norm", "cap")
    assert "may make possible" in found["with-cap"].change
    assert not [a for s in ideas(present=True).plan().steps for a in s.arms if "possible" in a.change]


def test_a_repeat_asks_for_more_seeds_and_gives_way_to_that_of_a_later_change(decoder: Study) -> None:
    study = answered(decoder, "tune-learning-rate", rate_matters)
    key = f"{AGAIN}learning-rate"
    first = [r for r in all_runs(study.value, beyond=False).values() if r.step == key]
    lost = study.record({r.run: {"loss": 3.1 + 0.01 * (r.seed or 0)} for r in first})
    more = [r for r in all_runs(lost.value, beyond=False).values() if r.step == key]
    assert len(more) == 2 * len(first)
    assert len({r.seed for r in more}) == len(more)
    assert step(lost, key).state == "running"
    later = lost.record(verdicts={"tune-warmup": "fixed"}, reason="it was in the wrong unit")
    assert step(later, key).state == "done"
    assert "changed again" in step(later, key).reason
    assert step(later, f"{AGAIN}warmup").state == "ready"
    assert [r.what for r in later.plan().ladder] == ["", "tune-learning-rate", "tune-warmup"]


def test_what_is_decided_within_a_second_follows_the_results_it_was_decided_on(decoder: Study) -> None:
    study = answered(decoder, "tune-learning-rate", rate_matters)
    done = step(study, "tune-learning-rate")
    later = study.record(verdicts={"tune-batch-size": "fixed"}, reason="four devices")
    again = step(later, "tune-learning-rate")
    assert again.state == "stale"
    assert {r.step for r in later.plan().next().runs} >= {"tune-learning-rate"}
    assert not set(again.runs) & {e.run for e in later.value.evidence.values()}
    assert step(answered(later, "tune-learning-rate", rate_matters), "tune-learning-rate").state == done.state


def test_further_seeds_run_with_the_settings_of_the_first(decoder: Study) -> None:
    value = decoder.value
    made = draft(value, value.elements["depth"], fairness(value, 0.005))
    assert made is not None
    today = with_settings(made, value, {"learning_rate": 4e-4}, {"half": {"learning_rate": 1e-3}})
    most = {a.id: a.seeds for a in today.arms}
    longer = with_seeds(today, value, {"base": most["base"] + 2, "half": most["half"] + 2})
    assert len(longer.runs) == len(today.runs) + 4
    for arm in ("base", "half"):
        seeds = [r for r in longer.runs if r.arm == arm and r.kind == "confirm"]
        assert len({str(r.overrides) for r in seeds}) == 1
        assert len({r.cost_hours for r in seeds}) == 1
        assert [r.seed for r in seeds] == list(range(1, most[arm] + 3))
