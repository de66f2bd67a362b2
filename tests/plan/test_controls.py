"""Controls of the same size, arms for some layers, and what a two-layer MLP holds equal: the numbers add up."""

import msgspec
import pytest

from ablator.core.edits import set_info
from ablator.core.study import Study
from ablator.importers.build import Options, study_from_files
from ablator.plan.arms import arms_for
from ablator.plan.matching import mlp_width_by_compute, multiplications
from ablator.plan.types import Arm


@pytest.fixture(scope="module")
def study() -> Study:
    return study_from_files(["template:decoder-lm"], Options(metric="loss")).study


def arms(study: Study, key: str) -> dict[str, Arm]:
    return {a.id: a for a in arms_for(study, study.elements[key], 8, 3).arms}


def with_setting(study: Study, key: str, value: str) -> Study:
    return set_info(study, key, value).apply(study)


def test_the_control_holds_as_many_parameters_as_the_arm(study: Study) -> None:
    found = arms(study, "token_mixing")
    control, without = found["control"], found["without"]
    width = study.elements["width"]
    after = control.overrides[width.keys[0]]
    assert isinstance(after, int)
    assert after % 12 == 0
    total = study.info.parameters or 0
    lost = sum(study.elements[k].parameters or 0 for k in without.removes if not study.elements[k].is_slot)
    # 12 blocks of 12 d² parameters and their biases, and tables of words and positions
    counted = 12 * 12 * after**2 + (50257 + 1024) * after
    assert abs(counted - (total - lost)) < 0.02 * total
    assert (control.trials, control.seeds, control.retunes) == (without.trials, without.seeds, without.retunes)
    assert not control.removes


def test_the_feed_forward_width_gives_way_where_its_setting_is_known(study: Study) -> None:
    ffn = msgspec.structs.replace(study.elements["ffn_mlp"], keys=("n_inner",), value=3072)
    known = msgspec.structs.replace(study, elements={**study.elements, ffn.id: ffn})
    control = arms(known, "token_mixing")["control"]
    lost = study.elements["softmax_attention"].parameters or 0
    assert control.overrides == {"n_inner": round((3072 - lost / (12 * 768 * 2)) / 8) * 8}


def test_no_control_where_nothing_of_note_is_lost_or_where_none_is_wished(study: Study) -> None:
    assert "control" not in arms(study, "attention_scaling")
    assert "control" not in arms(with_setting(study, "control", "false"), "token_mixing")


def test_layers_are_told_apart_on_demand(study: Study) -> None:
    assert not [a for a in arms(study, "attention_scaling") if a.startswith("part-")]
    found = arms(with_setting(study, "by_layer", "true"), "attention_scaling")
    words = [found[f"part-{w}"].change.rpartition("layers ")[2] for w in ("first", "middle", "last")]
    assert words == ["1 to 4 of 12 only", "5 to 8 of 12 only", "9 to 12 of 12 only"]


def test_the_two_layer_mlp_computes_as_much_where_flops_are_to_be_equal(study: Study) -> None:
    attention = study.elements["softmax_attention"]
    # four 768 × 768 matrices, scores and weighted sum over 1,024 tokens; two matrices of 768 × hidden
    assert multiplications(attention, 1024) == 4 * 768 * 768 + 2 * 1024 * 768
    assert mlp_width_by_compute(attention, 1024) == (4 * 768 * 768 + 2 * 1024 * 768) // (2 * 768)
    assert multiplications(attention, None) is None
    arm = arms(with_setting(study, "matching", "flops"), "softmax_attention")["mlp2"]
    assert arm.matching == "flops"
    assert "multiplications a token" in arm.change


def test_an_idea_that_only_gives_way_is_replaced_layer_by_layer(study: Study) -> None:
    found = arms(with_setting(study, "by_layer", "true"), "softmax_attention")
    lead = next(a for k, a in found.items() if k.startswith("to-"))
    assert found["part-first"].change.startswith(lead.change)
    assert found["part-first"].change.endswith("in layers 1 to 4 of 12 only")
    assert "1/sqrt(d_k)" in found["part-first"].change, "what stands on it goes with it in these layers"
    assert not found["part-first"].removes
