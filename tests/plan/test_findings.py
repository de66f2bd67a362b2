"""Findings: each code where it belongs, with a place, a sentence and a mend; none where nothing is wrong."""

import msgspec
import pytest

from ablator.core.checks import Finding
from ablator.core.elements import Decision, Element, Evidence, Info, Relation
from ablator.core.study import Study, study_from
from ablator.plan.foreign import plan_findings_of
from ablator.plan.foreign_results import results_findings_of
from ablator.plan.planner import plan

INFO = Info(metric="m", baseline=70.0, effect=1.0, noise=0.3)
LOOK = Element(id="eval-mode", lane="observation", kind="instrument", prior=0.1, cost_runs=0.01)
RATE = Element(id="learning-rate", lane="reachability", kind="factor", prior=0.1, value=0.1, status="read")
LENGTH = Element(id="training-length", lane="reachability", kind="factor", value=1000, status="read", keys=("steps",))
IDEA = Element(
    id="gate", lane="instantiation", kind="idea", library="gate", value=True, keys=("gate",), parameter_share=0.2,
    params_when_removed="-",
)  # fmt: skip


def verdict(step: str, element: str, word: str, reason: str = "seen", number: int = 1) -> Decision:
    return Decision(
        id=f"d-{number}",
        kind="verdict",
        step=step,
        element=element,
        verdict=word,
        reason=reason,
        date=f"2026-01-0{number}",  # type: ignore[arg-type]
    )


def result(run: str, value: float, **settings: object) -> Evidence:
    return Evidence(id=f"run-{run}", kind="result", run=run, metrics={"m": value}, overrides=dict(settings))


def study(
    *decisions: Decision, evidence: tuple[Evidence, ...] = (), relations: tuple[Relation, ...] = (), info: Info = INFO
) -> Study:
    return study_from(info, [LOOK, RATE, LENGTH, IDEA], relations, evidence, decisions)


def codes(s: Study) -> set[str]:
    return {f.code for f in plan(s).findings}


JUDGED = verdict("remove-gate", "gate", "critical")


def test_a_sound_study_has_none() -> None:
    assert codes(study()) == set()


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("ABL101", study(JUDGED)),
        ("ABL104", study(verdict("verify-eval-mode", "eval-mode", "fine", reason=" "))),
        ("ABL201", study(JUDGED, evidence=(result("remove-gate/base/s1", 70), result("remove-gate/without/s1", 60)))),
        ("ABL202", study(JUDGED)),
        ("ABL204", study(JUDGED, evidence=(result("remove-gate/without/s1", 60, steps=100),))),
        ("ABL301", study(JUDGED, evidence=(result("remove-gate/without/s1", 60),))),
        ("ABL303", study(info=msgspec.structs.replace(INFO, noise=None))),
        ("ABL304", study(info=msgspec.structs.replace(INFO, effect=None))),
        ("ABL307", study(JUDGED)),
        ("ABL401", study(info=msgspec.structs.replace(INFO, metric=""))),
        ("ABL402", study_from(INFO, [RATE])),
        ("ABL403", study(info=msgspec.structs.replace(INFO, noise=5.0))),
    ],
)
def test_each_code_is_raised(code: str, given: Study) -> None:
    found = [f for f in plan(given).findings if f.code == code]
    assert found
    assert all(f.place and f.sentence and f.mend for f in found)


def test_more_seeds_than_can_be_paid_is_underpowered() -> None:
    assert "ABL302" in codes(study(info=msgspec.structs.replace(INFO, noise=30.0, effect=1.0)))


def test_a_waiver_without_a_reason() -> None:
    bare = Decision(id="d-1", kind="waiver", step="verify-eval-mode", element="eval-mode")
    assert "ABL102" in codes(study(bare))


def test_a_stale_verdict() -> None:
    edge = Relation(source="learning-rate", target="eval-mode", kind="reopens")
    old = verdict("verify-eval-mode", "eval-mode", "fine")
    new = verdict("verify-learning-rate", "learning-rate", "fixed", number=2)
    assert "ABL103" in codes(study(old, new, relations=(edge,)))


def test_a_claim_of_difference_that_the_numbers_do_not_show() -> None:
    rows = [result(f"remove-gate/base/s{i}", 70 + i) for i in (1, 2, 3)]
    rows += [result(f"remove-gate/without/s{i}", 73.5 - i) for i in (1, 2, 3)]
    assert "ABL305" in codes(study(JUDGED, evidence=tuple(rows)))


def rows(text: str) -> list[dict[str, str]]:
    head, *lines = [line.split(",") for line in text.strip().splitlines()]
    return [dict(zip(head, line, strict=True)) for line in lines]


def found_in(findings: list[Finding]) -> dict[str, str]:
    return {f.code: f.place for f in findings}


def test_a_plan_of_somebody_else() -> None:
    table = rows(
        "stage,step,state,after,reason,verdict\n"
        "instantiate,remove-a,ready,,,\n"
        "observe,repeat-noise,ready,gone,,\n"
        "reach,tune-x,waived,,,\n"
        "reach,tune-x,done,,,fine"
    )
    found = found_in(plan_findings_of(table))
    assert found == {"ABL101": "row 1", "ABL102": "row 3", "ABL104": "row 4", "ABL505": "row 2", "ABL509": "row 4"}


def test_a_plan_without_columns() -> None:
    assert found_in(plan_findings_of(rows("name,x\na,1"))) == {"ABL510": "head"}


def test_seventy_one_of_seventy_three_conditions_with_one_seed() -> None:
    text = "arm,seed\n" + "\n".join(f"c{i},1" for i in range(71)) + "\nbase,1\nbase,2\nbest,1\nbest,2"
    untuned, one = results_findings_of(rows(text))
    assert (untuned.code, one.code) == ("ABL201", "ABL301")
    assert "71 of 73 arms" in one.sentence


def test_an_arm_adopted_without_results_behind_a_closed_gate_is_found() -> None:
    adopted = Decision(
        id="d-1", kind="adopt", step="remove-gate", element="gate", arm="without", reason="hope",
        value={"removes": ["gate"], "overrides": {"gate": False}, "touches": ["gate"]},
    )  # fmt: skip
    found = {f.code: f for f in plan(study(adopted)).findings}
    assert found["ABL101"].place == "decisions/d-1"
    assert "remove-gate/without was made the baseline" in found["ABL307"].sentence
    assert "ABL307" not in codes(study(adopted, evidence=(result("remove-gate/without/s1", 71.0),)))
