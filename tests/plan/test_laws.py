"""The eight laws of a right plan, over random studies."""

import os
import random
import subprocess
import sys
from pathlib import Path

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from ablator.core.edits import decide, forget_evidence, record_evidence, undecide
from ablator.core.elements import Decision, Element, Evidence
from ablator.core.queries import present_ideas, problems_of, reopened_by
from ablator.core.study import Study, study_from
from ablator.plan.gates import SPOKEN, STRONG, value_unknown
from ablator.plan.planner import all_runs, posterior
from ablator.plan.planner import plan as planned
from ablator.plan.types import Plan, Step, beside
from ablator.plan.upcoming import upcoming
from tests.strategies import studies

OPEN = {"ready", "locked", "running", "stale"}
LATER = "2026-02-01T00:00:00Z"
STUDIES = int(os.environ.get("ABLATOR_LAW_STUDIES", "2000"))
"""Random studies on which the laws that read one plan are tried."""

_last: list[tuple[Study, Plan]] = []


def plan(study: Study) -> Plan:
    """The plan, made once where the same study is asked again."""
    if not _last or _last[0][0] is not study:
        _last[:] = [(study, planned(study))]
    return _last[0][1]


def handed_back(study: Study, step: Step) -> bool:
    return step.stage == "observe" and study.elements[step.element].kind == "claim"


def bytes_of(found: Plan) -> bytes:
    return msgspec.json.encode(found, order="deterministic")


def decided(study: Study, step: Step, verdict: str) -> Study:
    row = Decision(
        id="d-900",
        kind="verdict",
        step=step.id,
        element=step.element,
        verdict=verdict,  # type: ignore[arg-type]
        reason="seen",
        date=LATER,
    )
    return msgspec.structs.replace(study, decisions={**study.decisions, row.id: row})


@given(studies())
def test_1_floors_keep_their_order(study: Study) -> None:
    rank = {"observe": 0, "reach": 0, "instantiate": 1, "perceive": 2}
    steps = [s for s in plan(study).steps if not handed_back(study, s)]
    ranks = [rank[s.stage] for s in steps]
    assert ranks == sorted(ranks)
    for step in plan(study).steps:
        if handed_back(study, step):
            assert step.after
            assert all(plan(study).step(k).stage == "perceive" for k in step.after)  # type: ignore[union-attr]
        if step.state == "waived":
            assert step.reason


@given(studies())
def test_1_a_step_stands_after_what_it_waits_for(study: Study) -> None:
    found = plan(study)
    left = [s for s in found.steps if s.state in OPEN]
    place = {s.id: i for i, s in enumerate(left)}
    for step in left:
        assert all(place.get(p, -1) < place[step.id] for p in step.after)
        waits = any(p in place for p in step.after)
        assert not (waits and step.state in {"ready", "running"})
    assert [s.order for s in found.steps] == list(range(1, len(found.steps) + 1))


@given(studies())
def test_1_no_step_in_any_state_stands_before_one_that_it_names(study: Study) -> None:
    found = plan(study)
    place = {s.id: s.order for s in found.steps}
    for step in found.steps:
        assert all(place[p] < step.order for p in step.after), (step.id, step.state)


@given(studies())
def test_1_evidence_alone_never_settles_the_noise_floor_while_the_noise_is_unknown(study: Study) -> None:
    step = plan(study).step("repeat-noise-floor") or plan(study).step("verify-noise-floor")
    if step is not None and study.info.noise is None:
        assert step.verdict != "unlikely" or step.element in {d.element for d in study.decisions.values()}


@given(studies())
def test_1_nothing_behind_a_closed_gate_is_ready(study: Study) -> None:
    found = plan(study)
    for gate in found.gates:
        assert (gate.state in {"open", "waived"}) == (not gate.missing)
        assert gate.sentence
        if gate.state in {"closed", "stale"}:
            assert not [s for s in found.steps if s.stage == gate.stage and s.state in {"ready", "running"}]


@given(studies())
def test_2_every_arm_is_a_valid_configuration(study: Study) -> None:
    present = present_ideas(study)
    before = set(problems_of(study, present))
    for step in plan(study).steps:
        if step.stage != "instantiate":
            continue
        for arm in step.arms:
            if arm.id == "find-out":
                continue
            chosen = (present - set(arm.removes)) | set(arm.adds)
            assert set(problems_of(study, chosen)) <= before, (step.id, arm.id)
            assert set(arm.also_falls) <= set(arm.removes)
            if arm.also_falls and step.state in OPEN:
                assert "also falls" in step.why


@given(studies(decided=False))
def test_2_leaves_are_peeled_first(study: Study) -> None:
    found = plan(study)
    for r in study.relations_of("requires"):
        inner, outer = study.elements[r.target], study.elements[r.source]
        if r.group or inner.is_slot or inner.slot or not (inner.present and outer.present):
            continue
        inner_steps, outer_steps = found.steps_of(inner.id), found.steps_of(outer.id)
        assert outer_steps[0].order < inner_steps[0].order


@given(studies(decided=False))
def test_3_what_is_unknown_is_never_settled(study: Study) -> None:
    found = plan(study)
    for step in found.steps:
        element = study.elements[step.element]
        assert step.state in OPEN
        assert step.verdict is None
        if element.status == "unknown" and element.keys and step.action in {"tune", "scale"}:
            first = next(r for r in found.runs if r.step == step.id)
            assert first.arm == "find-out"
            assert first.cost_hours <= 0.011 * (study.info.hours_per_run or 1.0)


@given(studies())
def test_3_evidence_settles_the_unknown_only_where_it_speaks(study: Study) -> None:
    table = posterior(study)
    decided_on = {d.element for d in study.decisions.values()}
    strong = any(b.ratio > 1 and b.p > STRONG for b in table.values())
    for step in plan(study).steps:
        if step.verdict != "unlikely" or step.element in decided_on:
            continue
        belief = table[step.element]
        assert belief.ratio <= 1
        if value_unknown(study.elements[step.element]):
            assert belief.ratio <= SPOKEN or strong


@given(studies())
def test_4_every_element_but_the_noumenon_is_covered_once(study: Study) -> None:
    asked = [s.element for s in plan(study).steps if not handed_back(study, s) and not beside(s.id)]
    assert sorted(asked) == sorted(k for k, e in study.elements.items() if e.kind != "phenomenon")
    assert all(s.state in OPEN or s.verdict or s.reason for s in plan(study).steps)


@given(studies(), st.randoms(use_true_random=False))
def test_5_the_input_order_changes_nothing(study: Study, rng: random.Random) -> None:
    def shuffled(rows: object) -> list[object]:
        out = list(rows)  # type: ignore[call-overload]
        rng.shuffle(out)
        return out

    again = study_from(
        study.info,
        *(shuffled(t.values()) for t in (study.elements, study.relations, study.evidence, study.decisions)),  # type: ignore[arg-type]
    )
    assert bytes_of(plan(again)) == bytes_of(plan(study))


@given(studies())
def test_5_a_label_changes_words_only(study: Study) -> None:
    renamed: dict[str, Element] = {
        k: msgspec.structs.replace(e, name=f"Name {len(k)}") for k, e in study.elements.items()
    }
    again = plan(msgspec.structs.replace(study, elements=renamed))
    for a, b in zip(plan(study).steps, again.steps, strict=True):
        assert (a.id, a.state, a.verdict, a.after, a.cost_hours, a.runs) == (
            b.id,
            b.state,
            b.verdict,
            b.after,
            b.cost_hours,
            b.runs,
        )


def test_5_the_hash_seed_changes_nothing() -> None:
    code = (
        "import msgspec, random, hashlib\n"
        "from ablator.library.elements import element_for, relations_for\n"
        "from ablator.library import library\n"
        "from ablator.core.study import study_from\n"
        "from ablator.core.elements import Info\n"
        "from ablator.plan.planner import plan\n"
        "ids = [*library().factors][:40] + [*library().claims][:6] + [*library().ideas][:40]\n"
        "rows = {e.id: e for e in map(element_for, ids)}\n"
        "study = study_from(Info(metric='m'), rows.values(), relations_for(rows.values()))\n"
        "print(hashlib.sha256(msgspec.json.encode(plan(study))).hexdigest())\n"
    )
    root = Path(__file__).parents[2]
    seen = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "77")
    }
    assert len(seen) == 1


@settings(max_examples=150)
@given(studies(decided=False), st.data())
def test_6_a_verdict_closes_its_step_and_reorders_only_what_it_touches(study: Study, data: st.DataObject) -> None:
    study = msgspec.structs.replace(study, info=msgspec.structs.replace(study.info, epsilon=0.0))
    before = plan(study)
    if not before.steps:
        return
    step = data.draw(st.sampled_from(before.steps))
    after = plan(decided(study, step, "fine"))
    assert after.step(step.id).state == "done"  # type: ignore[union-attr]
    near = _connected(before, step.id) | {
        s.id for s in before.steps if s.element in study.elements[step.element].detects
    }
    untouched = [s.id for s in before.steps if s.id not in near]
    assert [s.id for s in after.steps if s.id in untouched] == untouched
    freed = [s.id for s in before.steps if s.id in near and s.id != step.id]
    assert all(after.step(k).state in OPEN for k in freed)  # type: ignore[union-attr]


def _connected(found: Plan, key: str) -> set[str]:
    """Steps that are tied to one by `after`, however far."""
    ties: dict[str, set[str]] = {s.id: set(s.after) for s in found.steps}
    for s in found.steps:
        for p in s.after:
            ties[p].add(s.id)
    seen, todo = {key}, [key]
    while todo:
        for other in ties[todo.pop()] - seen:
            seen.add(other)
            todo.append(other)
    return seen


@given(studies(), st.data())
def test_7_a_change_reopens_exactly_what_its_edges_reach(study: Study, data: st.DataObject) -> None:
    before = plan(study)
    keys = [s for s in before.steps if study.elements[s.element].kind in {"factor", "instrument"}]
    if not keys:
        return
    step = data.draw(st.sampled_from(keys))
    judged = {s.id: s for s in before.steps if s.state == "done" and s.verdict != "unlikely"}
    after = plan(decided(study, step, "fixed"))
    reached = reopened_by(study, step.element)
    on_record = {d.step for d in study.decisions.values()} | {d.element for d in study.decisions.values()}
    for key, was in judged.items():
        if key == step.id or not ({key, was.element} & on_record):
            continue
        now = after.step(key)
        assert now is not None
        assert (now.state == "stale") == (was.element in reached), (key, now.state)


@given(studies())
def test_8_costs_add_up(study: Study) -> None:
    found = plan(study)
    per_step: dict[str, float] = {}
    for run in found.runs:
        per_step[run.step] = per_step.get(run.step, 0.0) + run.cost_hours
    spent = 0.0
    for step in found.steps:
        assert abs(step.cost_hours - per_step.get(step.id, 0.0)) < 1e-6
        spent += step.cost_hours
        assert abs(step.cumulative_hours - spent) < 1e-6
        budget = study.info.budget
        assert step.within_budget is (budget is None or step.cumulative_hours <= budget + 1e-9)
        counted = {r.run for r in found.runs if r.step == step.id}
        assert set(step.runs) == counted
        if step.state in OPEN:
            arms = {a.id: a for a in step.arms}
            for run_id in step.runs:
                assert run_id.split("/")[1] in arms
            for arm in step.arms:
                words = [r.rpartition("/")[2][0] for r in step.runs if r.split("/")[1] == arm.id]
                assert words.count("t") == arm.trials
                assert words.count("s") == arm.seeds or step.stage == "perceive"
    assert len({r.run for r in found.runs}) == len(found.runs)


@given(studies())
def test_probabilities_sum_to_one_and_next_offers_only_what_is_free(study: Study) -> None:
    table = posterior(study)
    if table:
        assert abs(sum(b.p for b in table.values()) - 1) < 1e-9
    found = plan(study)
    ready = upcoming(found)
    left = {s.id for s in found.steps if s.state in OPEN}
    assert all(left.isdisjoint(s.after) for s in ready.steps)
    assert {r.run for r in ready.runs} <= set(all_runs(study))
    assert len({r.step for r in ready.runs if found.step(r.step).stage == "instantiate"}) <= 1  # type: ignore[union-attr]
    assert bool(ready.steps) == any(
        s.state in {"ready", "running", "stale"} and left.isdisjoint(s.after) for s in found.steps
    )


@given(studies(decided=False))
def test_with_epsilon_zero_evidence_alone_settles_nothing(study: Study) -> None:
    strict = msgspec.structs.replace(study, info=msgspec.structs.replace(study.info, epsilon=0.0))
    assert all(s.verdict is None for s in plan(strict).steps)


@given(studies(), st.data())
def test_taking_a_record_back_restores_the_plan_exactly(study: Study, data: st.DataObject) -> None:
    before = plan(study)
    if not before.steps:
        return
    step = data.draw(st.sampled_from(before.steps))
    verdict = data.draw(st.sampled_from(["fine", "fixed", "undecided"]))
    row = Decision(id="d-900", kind="verdict", step=step.id, element=step.element, verdict=verdict, date=LATER)
    there = decide(study, row).apply(study)
    planned(there)
    assert bytes_of(planned(undecide(there, row.id).apply(there))) == bytes_of(before)


READING = (
    test_1_floors_keep_their_order,
    test_1_a_step_stands_after_what_it_waits_for,
    test_1_no_step_in_any_state_stands_before_one_that_it_names,
    test_1_evidence_alone_never_settles_the_noise_floor_while_the_noise_is_unknown,
    test_1_nothing_behind_a_closed_gate_is_ready,
    test_2_every_arm_is_a_valid_configuration,
    test_3_evidence_settles_the_unknown_only_where_it_speaks,
    test_4_every_element_but_the_noumenon_is_covered_once,
    test_8_costs_add_up,
    test_probabilities_sum_to_one_and_next_offers_only_what_is_free,
)


@st.composite
def measured(draw: st.DrawFn) -> Study:
    """A study with results of some runs of its plan, on days of their own, so that steps are fixed, judged and open
    again."""
    study = draw(studies(largest=8))
    info = msgspec.structs.replace(study.info, metric="accuracy", target=draw(st.sampled_from([None, 60.0, 99.0])))
    study = msgspec.structs.replace(study, info=info)
    for day in range(draw(st.integers(1, 3))):
        runs = [r for r in planned(study).runs if r.kind != "check"]
        chosen = draw(st.lists(st.sampled_from(runs), max_size=40, unique_by=lambda r: r.run)) if runs else []
        if draw(st.booleans()):
            steps = {r.step for r in chosen}
            chosen = [r for r in runs if r.step in steps][:80]
        rows = {}
        for r in chosen:
            value = draw(st.sampled_from([70.0, 70.1, 69.9, 75.0, 60.0, 1.0]))
            rows[f"run-{r.run}"] = Evidence(
                id=f"run-{r.run}",
                kind="result",
                run=r.run,
                metrics={"accuracy": value},
                state=draw(st.sampled_from(["done", "done", "done", "done", "failed", "diverged", "pruned"])),
                seed=r.seed,
                overrides=r.overrides,
                date=f"2026-01-{10 + day:02d}T12:00:00Z",
            )
        study = msgspec.structs.replace(study, evidence={**study.evidence, **rows})
    return study


@given(measured())
def test_every_law_on_one_plan_holds_while_results_come_in(study: Study) -> None:
    for law in READING:
        law.hypothesis.inner_test(study)  # type: ignore[attr-defined]


@given(measured(), st.data())
def test_taking_results_back_restores_the_plan_exactly(study: Study, data: st.DataObject) -> None:
    before = plan(study)
    runs = [r for r in before.runs if r.kind != "check" and f"run-{r.run}" not in study.evidence]
    if not runs:
        return
    run = data.draw(st.sampled_from(runs))
    row = Evidence(id=f"run-{run.run}", kind="result", run=run.run, metrics={"accuracy": 99.0}, date=LATER)
    there = record_evidence(study, [row]).apply(study)
    planned(there)
    assert bytes_of(planned(forget_evidence(there, [row.id]).apply(there))) == bytes_of(before)


@settings(max_examples=STUDIES)
@given(studies())
def test_every_law_on_one_plan_holds_on_many_studies(study: Study) -> None:
    for law in READING:
        law.hypothesis.inner_test(study)  # type: ignore[attr-defined]
