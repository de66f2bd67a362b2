"""Screening designs: every run can be built, every effect can be told, and what is estimated is right."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ablator.api import Study as ApiStudy
from ablator.core.elements import Alternative, Element, Info, Relation
from ablator.core.errors import BadInput
from ablator.core.lanes import LANE_OF_KIND
from ablator.core.queries import falls_with, present_ideas, problems_of
from ablator.core.study import Study, study_from
from ablator.plan.baseline import rebased
from ablator.plan.power import power_of
from ablator.plan.screening import KNOWN, Model, Screen, screen
from ablator.plan.screening_check import Row, row_of, verify
from ablator.plan.screening_fit import fit
from ablator.plan.screening_space import Space, columns_of
from tests.strategies import studies

SAID = {"metric": "accuracy", "noise": 0.3, "effect": 0.5, "baseline": 70.0}


def idea(key: str, **more: object) -> Element:
    return Element(id=key, lane=LANE_OF_KIND["idea"], kind="idea", **more)  # type: ignore[arg-type]


def plain(count: int, *relations: Relation, **said: object) -> Study:
    """So many ideas that know nothing of each other, but for the relations given."""
    info = Info(**{**SAID, **said})  # type: ignore[arg-type]
    return study_from(info, [idea(f"i{n:02d}") for n in range(count)], relations)


def design_of(found: Screen) -> list[Row]:
    return [Row(r.run, n, r.ideas) for n, r in enumerate(found.runs, 2)]


def with_noise(study: Study) -> Study:
    return msgspec.structs.replace(study, info=msgspec.structs.replace(study.info, noise=0.3))


@settings(max_examples=80)
@given(studies(), st.integers(0, 2**31))
def test_a_row_is_valid_exactly_where_the_rules_of_the_study_say_so(study: Study, seed: int) -> None:
    columns, _ = columns_of(study)
    assume(len(columns) >= 2)
    space = Space(study, columns)
    found = present_ideas(study)
    known = set(problems_of(study, found))
    draw = random.Random(seed)
    for _ in range(10):
        row = draw.getrandbits(len(columns))
        ideas = space.ideas(row)
        assert space.valid(row) == (not set(problems_of(study, ideas)) - known), space.faults(row)
        out = [c.id for i, c in enumerate(columns) if not row >> i & 1]
        added = ideas - found
        stays = {c.id for i, c in enumerate(columns) if row >> i & 1}
        if space.valid(row):
            assert stays <= ideas
            assert not ideas & set(out)
            assert not falls_with(study, out, added=added) & stays


@settings(max_examples=40)
@given(studies())
def test_every_run_can_be_built_and_every_effect_told(study: Study) -> None:
    study = with_noise(study)
    try:
        found = screen(study)
    except BadInput:
        return
    base = rebased(study)
    known = set(problems_of(base, present_ideas(base)))
    model = Model(study, [i.id for i in found.ideas])
    for run in found.runs:
        row = row_of(model, run.ideas)
        assert not set(problems_of(base, model.space.ideas(row))) - known
    checked = verify(study, model, design_of(found))
    assert checked.estimable
    assert not checked.invalid
    assert checked.freedom == found.freedom >= 1
    assert {e.effect: e.error for e in checked.effects} == pytest.approx({e.effect: e.error for e in found.effects})


@settings(max_examples=40)
@given(studies(), st.data())
def test_absent_ideas_and_interactions_may_be_asked_for(study: Study, data: st.DataObject) -> None:
    study = with_noise(study)
    keys = sorted(k for k, e in study.elements.items() if e.kind == "idea")
    assume(len(keys) >= 2)
    wanted = data.draw(st.lists(st.sampled_from(keys), min_size=2, max_size=6, unique=True))
    pair = f"{wanted[0]}:{wanted[1]}"
    try:
        found = screen(study, ideas=wanted, interactions=data.draw(st.sampled_from([[], [pair], [KNOWN]])))
    except BadInput:
        return
    model = Model(study, wanted, found.interactions)
    known = set(problems_of(model.study, present_ideas(model.study)))
    for run in found.runs:
        ideas = model.space.ideas(row_of(model, run.ideas))
        assert {k for k, there in run.ideas.items() if there} == ideas & set(wanted)
        assert not set(problems_of(model.study, ideas)) - known
    assert verify(study, model, design_of(found)).estimable


@given(studies(largest=8), st.randoms(use_true_random=False))
@settings(max_examples=25)
def test_shuffling_the_tables_changes_nothing(study: Study, draw: random.Random) -> None:
    study = with_noise(study)
    rows, relations = list(study.elements.values()), list(study.relations.values())
    draw.shuffle(rows)
    draw.shuffle(relations)
    other = study_from(study.info, rows, relations, study.evidence.values(), study.decisions.values())

    def made(one: Study) -> object:
        try:
            return msgspec.json.encode(screen(one))
        except BadInput as wrong:
            return str(wrong)

    assert made(study) == made(other)


def test_the_hash_seed_changes_nothing() -> None:
    code = (
        "import msgspec, hashlib; from ablator.api import Study; from ablator.plan.screening import screen; "
        "s = Study.new('template:decoder-lm', metric='loss', noise=.3); "
        "print(hashlib.sha256(msgspec.json.encode(screen(s.value, 24))).hexdigest())"
    )
    root = str(Path(__file__).resolve().parents[2])
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": root},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "77")
    }
    assert len(said) == 1


@pytest.mark.parametrize(("ideas", "runs"), [(3, 4), (7, 8), (11, 12), (5, 16), (15, 16), (23, 24), (39, 40), (9, 36)])
def test_without_rules_the_design_is_orthogonal(ideas: int, runs: int) -> None:
    found = screen(plain(ideas), runs)
    assert found.efficiency == 1 or (runs == 36 and found.efficiency > 0.98)
    if found.efficiency == 1:
        assert all(e.error == pytest.approx(2 / runs**0.5, abs=1e-5) for e in found.effects)
        assert not found.aliased


@pytest.mark.parametrize(("ideas", "runs"), [(4, 8), (8, 16), (4, 16), (12, 24)])
def test_with_twice_the_runs_no_interaction_leaks_into_a_main_effect(ideas: int, runs: int) -> None:
    found = screen(plain(ideas), runs)
    assert found.efficiency == 1
    assert not found.leaks


def test_forty_ideas_in_forty_eight_runs_take_less_than_three_seconds() -> None:
    edges = [Relation(source=f"i{n:02d}", target=f"i{n // 3:02d}", kind="requires") for n in range(3, 40, 2)]
    study = plain(40, *edges)
    start = time.process_time()
    found = screen(study, 48)
    assert time.process_time() - start < 3
    assert len(found.runs) == 48
    assert found.efficiency > 0.5


def test_one_at_a_time_is_compared_at_the_same_runs() -> None:
    found = screen(plain(7), 16)
    alone = found.one_at_a_time
    assert alone.runs == 16
    # Four of the baseline: 1/4 + 1/n for each arm (five with two runs, two with one) against 4/16.
    assert alone.variance_ratio == pytest.approx((1 / alone.baseline_runs + (5 * 0.5 + 2) / 7) / 0.25, rel=0.2)
    assert alone.power is not None
    assert alone.power < min(e.power or 0 for e in found.effects)


def test_power_is_that_of_the_two_sample_t_test_where_there_is_one_idea_to_compare() -> None:
    from scipy.stats import nct, t

    found = screen(plain(3), 16)
    # An orthogonal column is a comparison of 8 against 8 with 16 - 4 degrees of freedom.
    shift = 0.5 / 0.3 * (16 / 4) ** 0.5
    limit = t.ppf(0.975, 12)
    exact = 1 - nct.cdf(limit, 12, shift) + nct.cdf(-limit, 12, shift)
    assert found.effects[0].power == pytest.approx(exact, abs=1e-3)
    assert found.effects[0].power == pytest.approx(power_of(0.5, 0.3, 8), abs=0.02)


def test_intervals_cover_the_truth() -> None:
    import numpy as np

    edges = [
        Relation(source="i01", target="i00", kind="requires"),
        Relation(source="i02", target="i01", kind="requires"),
    ]
    study = plain(6, *edges)
    model = Model(study, interactions=["i03:i04"])
    made = screen(study, 16, interactions=["i03:i04"])
    rows = [row_of(model, r.ideas) for r in made.runs]
    draw = np.random.default_rng(1)
    truth = dict(zip([t.name for t in model.terms], draw.normal(0, 1, 7), strict=True))
    worth = np.array([2.0] * 6 + [4.0])
    mean = 70 + model.matrix(rows)[:, 1:] @ (np.array(list(truth.values())) / worth)
    hit = count = 0
    for _ in range(600):
        found = fit(model, rows, list(mean + draw.normal(0, 0.3, len(rows))))
        for e in found.effects:
            hit += e.low <= truth[e.effect] <= e.high
            count += 1
    assert abs(hit / count - 0.95) < 0.01


def test_one_effect_is_the_comparison_of_two_means() -> None:
    from scipy.stats import ttest_ind

    study = plain(2)
    model = Model(study, interactions=["i00:i01"])
    rows = [0, 1, 2, 3] * 3
    values = [70.0, 71.5, 69.0, 72.0, 70.5, 71.0, 69.5, 71.75, 70.25, 71.25, 69.25, 72.5]
    found = {e.effect: e for e in fit(model, rows, values).effects}
    split = [[v for r, v in zip(rows, values, strict=True) if r == k] for k in range(4)]
    mean = [sum(v) / 3 for v in split]
    assert found["i00"].estimate == pytest.approx((mean[1] + mean[3] - mean[0] - mean[2]) / 2, rel=1e-5)
    assert found["i00:i01"].estimate == pytest.approx(mean[3] - mean[2] - mean[1] + mean[0], rel=1e-5)
    low = [v for r, v in zip(rows, values, strict=True) if r in (0, 2)]
    high = [v for r, v in zip(rows, values, strict=True) if r in (1, 3)]
    one = fit(Model(plain(2)), rows, [v + 10 * (r >> 1) for r, v in zip(rows, values, strict=True)])
    assert one.effects[0].estimate == pytest.approx(sum(high) / 6 - sum(low) / 6, rel=1e-5)
    assert (one.effects[0].p < 0.05) == (ttest_ind(high, low).pvalue < 0.05)


def test_smaller_is_better_turns_the_sign() -> None:
    study = plain(3, goal="min")
    model = Model(study)
    rows = [row_of(model, r.ideas) for r in screen(study, 8).runs]
    values = [1.0 if row & 1 else 5.0 for row in rows]  # the loss is lower with the first idea in
    found = {e.effect: e for e in fit(model, rows, values).effects}
    assert found["i00"].estimate == pytest.approx(4)
    assert found["i00"].word == "helps"


def test_an_unmodelled_interaction_is_noticed() -> None:
    study = plain(4)
    model = Model(study)
    rows = [row_of(model, r.ideas) for r in screen(study, 16).runs]
    values = [70.0 + 5 * (row & 3 == 3) for row in rows]
    notes = " ".join(fit(model, rows, values).notes)
    assert "more than the noise" in notes
    whole = Model(study, interactions=["i00:i01"])
    found = {e.effect: e.estimate for e in fit(whole, rows, values).effects}
    assert found["i00:i01"] == pytest.approx(5)


def test_a_saturated_design_leans_on_the_noise() -> None:
    study = plain(3)
    model = Model(study)
    rows = [row_of(model, r.ideas) for r in screen(study, 4).runs]
    found = fit(model, rows, [70.0, 71, 72, 73])
    assert found.freedom == 0
    assert found.effects[0].high - found.effects[0].low == pytest.approx(2 * 1.959964 * 0.3, rel=1e-4)
    unknown = Model(plain(3, noise=None))
    with pytest.raises(BadInput, match="noise"):
        fit(unknown, rows, [70.0, 71, 72, 73])


def test_refusals_say_what_would_do() -> None:
    with pytest.raises(BadInput, match=r"6 are needed at least|6 runs are needed at least"):
        screen(plain(5), 5)
    with pytest.raises(BadInput, match="noise between seeds is not known") as wrong:
        screen(plain(5, noise=None))
    assert "repeat-noise-floor" in str(wrong.value)
    with pytest.raises(BadInput, match="two ideas or more"):
        screen(plain(1))
    with pytest.raises(BadInput, match="no idea of the study"):
        screen(plain(5), ideas=["i00", "nothing"])
    with pytest.raises(BadInput, match="no interaction of two ideas"):
        screen(plain(5), interactions=["i00:i00"])
    with pytest.raises(BadInput, match="more than a design can hold"):
        screen(plain(5), 10**6)
    nested = plain(4, Relation(source="i01", target="i00", kind="requires"))
    with pytest.raises(BadInput, match="no model can be built with i00 out and i01 in"):
        screen(nested, interactions=["i00:i01"])


def test_the_budget_bounds_the_default() -> None:
    assert len(screen(plain(5, budget=20.0, hours_per_run=2.0)).runs) == 10
    poor = screen(plain(5, budget=4.0, hours_per_run=2.0))
    assert any("The budget pays for 2" in n for n in poor.notes)


def test_known_interactions_are_those_of_the_study() -> None:
    study = plain(5, Relation(source="i00", target="i03", kind="interacts"))
    assert screen(study, 12, interactions=[KNOWN]).interactions == ("i00:i03",)
    assert any("i00:i03" in n for n in screen(study, 12).notes)


def test_an_untuned_baseline_is_said_to_mislead() -> None:
    study = ApiStudy.new("template:mlp", metric="loss", noise=0.3).value
    assert "misleads" in screen(study, 16).notes[0]


def test_a_filler_gives_way_to_its_replacement_and_never_to_another_column() -> None:
    swap = (Alternative(to="b", name="B"), Alternative(to="c", name="C", overrides={"mix": "c"}))
    rows = [
        idea("a", slot="token_mixing", alternatives=swap),
        idea("b", slot="token_mixing", present=False),
        idea("token_mixing", is_slot=True),
        idea("n"),
        idea("m"),
    ]
    study = study_from(Info(**SAID), rows)  # type: ignore[arg-type]
    found = screen(study, 8, ideas=["a", "b", "n", "m"])
    for run in found.runs:
        assert not (run.ideas["a"] and run.ideas["b"])
        if not run.ideas["a"] and not run.ideas["b"]:
            assert run.overrides["mix"] == "c"
    with pytest.raises(BadInput, match="is a role"):
        screen(study, ideas=["token_mixing", "n"])


def test_a_pasted_design_is_judged() -> None:
    study = plain(4, Relation(source="i01", target="i00", kind="requires"))
    model = Model(study)
    bits = ["1111", "0111", "1100", "0000", "1111", "1000", "0011", "1100"]
    rows = [Row(f"r{n}", n + 2, {f"i{i:02d}": b == "1" for i, b in enumerate(line)}) for n, line in enumerate(bits)]
    found = verify(study, model, rows)
    assert [(b.run, b.reasons) for b in found.invalid] == [("r1", ("i01 needs i00",))]
    assert not found.estimable
    assert {lost.effect: lost.reason for lost in found.not_estimable} == {
        "i02": "it goes with i03 in every run",
        "i03": "it goes with i02 in every run",
    }
    assert found.aliased[0].correlation == 1
    assert found.duplicates == (("r0", "r4"), ("r2", "r7"))
    assert {b.idea: (b.runs_in, b.runs_out) for b in found.balance}["i00"] == (5, 3)
    fixed = verify(study, model, [Row(r.run, r.line, {**r.ideas, "i03": True}) for r in rows])
    assert {lost.effect: lost.reason for lost in fixed.not_estimable} == {"i03": "it is never out in any run"}
    lines = ("1111", "1100", "1010", "0000")
    few = verify(study, model, [Row(b, n, {f"i{i:02d}": b[i] == "1" for i in range(4)}) for n, b in enumerate(lines)])
    assert "too few" in " ".join(lost.reason for lost in few.not_estimable)
