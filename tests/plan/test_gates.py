"""The gates: cheap checks first, little doubt left, evidence that settles, and strictness where it is asked for."""

import re

import msgspec
import pytest

from ablator.core.elements import Decision, Element, Evidence, Info
from ablator.core.study import Study, study_from
from ablator.plan.planner import plan
from ablator.plan.types import Gate


def factor(name: str, prior: float, runs: float = 0.05, lane: str = "reachability") -> Element:
    kind = "factor" if lane == "reachability" else "instrument"
    return Element(id=name, lane=lane, kind=kind, prior=prior, cost_runs=runs, minutes=0.0)  # type: ignore[arg-type]


IDEA = Element(id="idea", lane="instantiation", kind="idea", prior=0.01)
FACTORS = (factor("a", 0.5), factor("b", 0.3), factor("c", 0.2, 2.0), factor("d", 0.1, lane="observation"))


def study(
    *, epsilon: float = 0.1, ratios: dict[str, float] | None = None, decisions: tuple[Decision, ...] = ()
) -> Study:
    seen = [Evidence(id="e-1", kind="symptom", name="seen in the log", value=ratios)] if ratios else []
    info = Info(metric="m", epsilon=epsilon)
    return study_from(info, [*FACTORS, IDEA], (), seen, decisions)


def said(step: str, verdict: str | None = "fine", number: int = 1) -> Decision:
    kind = "verdict" if verdict else "waiver"
    element = step.rpartition("-")[2]
    return Decision(id=f"d-{number}", kind=kind, step=step, element=element, verdict=verdict, reason="seen")  # type: ignore[arg-type]


def gate(s: Study, stage: str = "instantiate") -> Gate:
    return next(g for g in plan(s).gates if g.stage == stage)


def test_a_closed_gate_names_what_is_missing_and_the_cheapest_way() -> None:
    found = gate(study())
    assert found.state == "closed"
    assert {m.split()[0] for m in found.missing} >= {"verify-a", "verify-b", "verify-d"}
    assert "3 cheap checks have no verdict" in found.sentence
    assert "the cheapest way on is verify-" in found.sentence


def test_cheap_checks_that_passed_leave_the_expensive_rest() -> None:
    three = tuple(said(f"verify-{k}", number=i) for i, k in enumerate("abd", 1))
    found = gate(study(decisions=three))
    assert found.state == "closed"
    assert len(found.missing) == 1
    assert "of the probability is still" in found.missing[0]
    assert gate(study(epsilon=0.9, decisions=three)).state == "open"


def test_a_waiver_opens_it_and_is_seen() -> None:
    rows = tuple(said(f"verify-{k}", None if k == "c" else "fine", i) for i, k in enumerate("abcd", 1))
    assert gate(study(decisions=rows)).state == "waived"


def test_epsilon_zero_asks_for_every_step() -> None:
    rows = tuple(said(f"verify-{k}", number=i) for i, k in enumerate("abd", 1))
    found = gate(study(epsilon=0.0, decisions=rows))
    assert [m.split()[0] for m in found.missing] == ["verify-c"]
    every = (*rows, said("verify-c", number=9))
    assert gate(study(epsilon=0.0, decisions=every)).state == "open"


def test_evidence_settles_what_it_speaks_against_with_the_figure() -> None:
    found = plan(study(ratios={"a": 0.001, "b": 0.001, "c": 0.001, "d": 0.001, "idea": 50.0}))
    assert {s.id for s in found.steps if s.verdict == "unlikely"} == {"verify-a", "verify-b", "verify-c", "verify-d"}
    step = found.step("verify-a")
    assert step is not None
    assert step.state == "done"
    assert "posterior" in step.reason
    assert "seen in the log" in step.reason
    assert found.gates[0].state == "open"
    assert next(s for s in found.steps if s.state == "ready").element == "idea"


def test_unlikely_comes_back_when_the_evidence_goes() -> None:
    s = study(ratios={"a": 0.001, "b": 0.001, "c": 0.001, "d": 0.001})
    assert plan(s).step("verify-a").verdict == "unlikely"  # type: ignore[union-attr]
    assert plan(msgspec.structs.replace(s, evidence={})).step("verify-a").verdict is None  # type: ignore[union-attr]


def test_what_is_likely_is_never_settled_by_evidence() -> None:
    found = plan(study(ratios={"a": 30.0, "b": 0.01}))
    assert found.step("verify-a").verdict is None  # type: ignore[union-attr]


def test_with_epsilon_zero_nothing_is_unlikely() -> None:
    found = plan(study(epsilon=0.0, ratios=dict.fromkeys("abcd", 0.0001)))
    assert not [s for s in found.steps if s.verdict]


@pytest.mark.parametrize("verdict", ["undecided", "inconclusive"])
def test_verdicts_that_settle_nothing_leave_the_step_open(verdict: str) -> None:
    step = plan(study(decisions=(said("verify-a", verdict),))).step("verify-a")
    assert step is not None
    assert step.state == "ready"
    assert step.verdict == verdict


def with_elements(rows: tuple[Element, ...], ratios: dict[str, float], noise: float | None = None) -> Study:
    seen = [Evidence(id="e-1", kind="symptom", name="seen in the log", value=ratios)]
    return study_from(Info(metric="m", epsilon=0.5, noise=noise), [*FACTORS, *rows, IDEA], (), seen, ())


def test_the_noise_floor_stays_open_until_the_noise_is_known() -> None:
    floor = Element(
        id="noise-floor", lane="observation", kind="instrument", procedure="repeat-runs", prior=0.01, cost_runs=3.0
    )
    ratios = {"noise-floor": 0.001, "idea": 100.0}
    assert plan(with_elements((floor,), ratios)).step("repeat-noise-floor").verdict is None  # type: ignore[union-attr]
    known = plan(with_elements((floor,), ratios, noise=0.3)).step("repeat-noise-floor")
    assert known is not None
    assert known.verdict == "unlikely"


@pytest.mark.parametrize(
    ("own", "other", "settled"), [(1.0, 2.0, False), (0.9, 2.0, False), (0.3, 2.0, True), (1.0, 900.0, True)]
)
def test_an_unknown_value_is_settled_only_where_evidence_speaks(own: float, other: float, settled: bool) -> None:
    unknown = Element(
        id="rate",
        lane="reachability",
        kind="factor",
        status="unknown",
        procedure="sweep",
        keys=("lr",),
        prior=0.001,
        cost_runs=2.0,
    )
    step = plan(with_elements((unknown,), {"rate": own, "idea": other})).step("tune-rate")
    assert step is not None
    assert (step.verdict == "unlikely") is settled


def test_a_test_that_sets_no_value_has_none_that_could_be_unknown() -> None:
    reproduced = Element(
        id="known-result", lane="reachability", kind="factor", status="unknown", procedure="full-run", prior=0.001
    )
    step = plan(with_elements((reproduced,), {"idea": 2.0})).step("scale-known-result")
    assert step is not None
    assert step.verdict == "unlikely"


def test_what_evidence_raised_is_not_settled_however_small() -> None:
    rows = (factor("e", 0.001, 9.0),)
    assert plan(with_elements(rows, {"e": 1.5, "idea": 50.0})).step("verify-e").verdict is None  # type: ignore[union-attr]


def test_an_idea_is_tuned_beside_its_arms_where_only_evidence_speaks_for_the_learning_rate() -> None:
    rate = Element(
        id="learning-rate", lane="reachability", kind="factor", value=0.1, procedure="sweep", keys=("lr",), prior=0.01
    )
    found = plan(with_elements((rate,), {"learning-rate": 0.01, "idea": 50.0}))
    assert found.step("tune-learning-rate").verdict == "unlikely"  # type: ignore[union-attr]
    base, arm = found.step("remove-idea").arms  # type: ignore[union-attr]
    assert base.trials == arm.trials > 0


def test_what_a_model_alone_shows_settles_nothing() -> None:
    row = Evidence(id="e-1", kind="symptom", name="mode-dependent-layers", value={"a": 0.001, "idea": 50.0})
    with_model = study_from(Info(metric="m", epsilon=0.5), [*FACTORS, IDEA], (), [row], ())
    assert not [s for s in plan(with_model).steps if s.verdict]
    told = study_from(
        Info(metric="m", epsilon=0.5), [*FACTORS, IDEA], (), [msgspec.structs.replace(row, status="added")], ()
    )
    assert plan(told).step("verify-a").verdict == "unlikely"  # type: ignore[union-attr]


def test_a_step_is_settled_only_where_evidence_lowers_it_or_raises_another() -> None:
    none = plan(study(epsilon=0.9, ratios={"a": 0.05, "b": 0.05}))
    assert none.step("verify-c").verdict is None  # type: ignore[union-attr]
    own = none.step("verify-a").reason  # type: ignore[union-attr]
    assert "seen in the log" in own
    assert "×0.05" in own
    others = plan(study(epsilon=0.9, ratios={"a": 20.0})).step("verify-d").reason  # type: ignore[union-attr]
    assert "nothing that was seen speaks for it; what was seen points to a (" in others
    for reason in (own, others):
        p, base = (float(x) for x in re.findall(r"([\d.]+)%", reason)[:2])
        assert p < base


def test_what_others_lost_settles_nothing_unless_one_was_clearly_raised() -> None:
    lost = {"a": 0.1, "b": 0.1}
    assert plan(study(epsilon=0.9, ratios=lost)).step("verify-d").verdict is None  # type: ignore[union-attr]
    raised = plan(study(epsilon=0.9, ratios={**lost, "c": 1.5})).step("verify-d")
    assert raised is not None
    assert raised.verdict == "unlikely"
    assert "what was seen points to c (" in raised.reason
