"""What evidence rows do to the likelihood of elements."""

import math

import pytest

from ablator.core.elements import Evidence, Info
from ablator.core.study import Study, study_from
from ablator.diagnose.diagnosis import diagnosis, one_run, out_of_play, quiet
from ablator.diagnose.evidence import ratios, said_row
from ablator.diagnose.likelihood import likelihoods
from ablator.diagnose.log import Log, series_from
from ablator.library import library
from ablator.library.elements import element_for, factor_element


def study(*rows: Evidence, extra: tuple[str, ...] = ()) -> Study:
    elements = [factor_element(k) for k in library().factors] + [element_for(k) for k in extra]
    return study_from(Info(metric="loss"), elements, (), rows)


def ratio(found: Study, element: str) -> float:
    return math.prod(t[0] for t in likelihoods(found).get(element, []))


def elements_of(found: Study) -> list[str]:
    return sorted(found.elements)


def test_a_ticked_symptom_makes_its_culprits_likelier() -> None:
    empty = study()
    ticked = study(*diagnosis(elements_of(empty), said=["gap-grows"], author="Ada"))
    assert ratio(ticked, "data-quantity") > 2
    assert ratio(ticked, "data-leakage") < 0.5
    row = ticked.evidence["symptom-gap-grows"]
    assert (row.source, row.strength, row.cluster) == ("said by Ada", 1.0, "overfit")
    assert likelihoods(ticked)["data-quantity"][0][1].startswith("because ")


def test_directions_of_a_factor_are_weighed_together() -> None:
    high, low = "learning-rate-far-above-usual", "learning-rate-far-below-usual"
    there = elements_of(study())
    one = ratio(study(*diagnosis(there, said=[high])), "learning-rate")
    both = ratio(study(*diagnosis(there, said=[high, low])), "learning-rate")
    assert one > 10
    assert both < one, "no rate is too high and too low at once"


def test_the_terms_multiply_to_the_whole() -> None:
    there = elements_of(study())
    table = likelihoods(study(*diagnosis(there, said=["barely-learned", "slow-start"])))
    shares = {"too-low": 0.45, "too-high": 0.55}
    rows = [library().symptoms[s] for s in ("barely-learned", "slow-start")]
    temper = library().temper
    whole = 0.0
    for mode, share in shares.items():
        logs = sorted(
            (temper * math.log(r.likelihood.get(f"learning-rate/{mode}", r.other) / r.other) for r in rows),
            reverse=True,
        )
        whole += share * math.exp(logs[0] + 0.7 * logs[1])
    assert math.prod(t[0] for t in table["learning-rate"]) == pytest.approx(whole, rel=1e-2)


def test_symptoms_of_one_cluster_do_not_count_twice() -> None:
    there = elements_of(study())
    one = ratio(study(*diagnosis(there, said=["gap-grows"])), "data-quantity")
    other = ratio(study(*diagnosis(there, said=["eval-rises"])), "data-quantity")
    assert ratio(study(*diagnosis(there, said=["gap-grows", "eval-rises"])), "data-quantity") < one * other


def test_absent_symptoms_speak_with_strength_zero() -> None:
    history = [{"step": i, "loss": 2 + 4 * math.exp(-i / 20), "learning_rate": 1e-3} for i in range(1, 101)]
    series, _ = series_from(history)
    log = Log(series=series, planned_steps=100, done_steps=100, finished=True)
    rows = diagnosis(elements_of(study()), logs=[log])
    absent = [r for r in rows if r.kind == "symptom" and r.strength == 0]
    assert {"symptom-nan-or-inf", "symptom-loss-spike"} <= {r.id for r in absent}
    assert ratio(study(*rows), "divergence-rate") < 0.7
    assert any(t[1].startswith("not seen: ") for t in likelihoods(study(*rows))["divergence-rate"])


def test_the_study_needs_no_library() -> None:
    there = elements_of(study())
    rows = diagnosis(there, said=["nan-or-inf"])
    assert isinstance(rows[0].value, dict)
    changed = [Evidence(id=r.id, kind=r.kind, name="unheard-of", value=r.value, cluster=r.cluster) for r in rows]
    assert ratio(study(*changed), "precision") == ratio(study(*rows), "precision")


def test_settings_rule_factors_out() -> None:
    there = elements_of(study())
    gone = out_of_play({"gradient_accumulation_steps": 1, "bf16": False}, there)
    assert {"gradient-accumulation", "precision", "distributed-consistency"} <= set(gone)
    assert "precision" not in out_of_play({"bf16": True}, there)
    assert ratio(study(*diagnosis(there, settings={"learning_rate": 1e-3})), "gradient-accumulation") < 0.1


def test_ideas_map_to_elements_at_every_site() -> None:
    symptom = library().symptoms["residual-absent"]
    value = ratios(symptom, 1.0, ("decoder/residual_connection", "encoder/residual_connection", "C04"))
    assert set(value) == {"decoder/residual_connection", "encoder/residual_connection", "C04"}
    mixer = library().symptoms["mixer-not-attention"]
    assert "pooling_mixing" in ratios(mixer, 1.0, ("pooling_mixing", "token_mixing"))


def test_odd_values_are_passed_over() -> None:
    odd = {"warmup": "much", "dropout": -1, "seeds": {"a": None}, "precision": {"overflow": 2.0}, "gone": 3.0}
    row = Evidence(id="symptom-x", kind="symptom", name="x", value=odd)
    assert set(likelihoods(study(row))) == {"precision"}
    assert likelihoods(study(Evidence(id="symptom-y", kind="symptom", name="y", value="word"))) == {}


def test_out_of_range_settings_speak() -> None:
    element = factor_element("weight-decay", value=50.0, status="read")
    table = likelihoods(study_from(Info(), [element]))
    assert table["weight-decay"][0][0] == 3.0
    assert "usual range" in table["weight-decay"][0][1]


def test_a_share_is_no_count_that_lies_out_of_range() -> None:
    share, few = (factor_element("eval-set-size", value=v, status="read") for v in (0.05, 20))
    assert likelihoods(study_from(Info(), [share])) == {}
    assert likelihoods(study_from(Info(), [few]))["eval-set-size"][0][0] == 3.0


def test_what_no_log_tells_apart_names_the_inspection() -> None:
    value = {"label-noise": 20.0, "input-corruption": 20.0}
    row = Evidence(id="symptom-x", kind="symptom", name="x", value=value, note="evaluation lies far below training")
    table = likelihoods(study(row))
    assert "does not tell it from" in table["label-noise"][0][1]
    assert "does not tell it from" in table["input-corruption"][0][1]


def test_logs_of_one_run_are_put_together() -> None:
    train = Log(series=series_from([{"step": i, "loss": 1.0} for i in range(9)])[0], rows=9)
    evaluation = Log(series=series_from([{"step": i, "eval_loss": 1.0} for i in range(3)])[0], rows=3)
    assert set(one_run([evaluation, train]).series) == {"loss", "eval_loss"}
    assert one_run([]).series == {}


def test_nothing_points_anywhere() -> None:
    assert quiet([0.02, 0.14])
    assert not quiet([0.5])


def test_an_unknown_symptom_is_refused() -> None:
    with pytest.raises(KeyError):
        said_row("no-such-symptom", ())


@pytest.mark.parametrize("value", [5e-324, 1e308])
def test_ratios_at_the_ends_of_the_range_of_numbers(value: float) -> None:
    row = Evidence(id="x", kind="symptom", name="x", value={"learning-rate": value}, strength=1.0)
    (term,) = likelihoods(study(row))["learning-rate"]
    assert 0 < term[0] < math.inf
