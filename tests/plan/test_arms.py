"""Arms: what is taken out, what falls with it, what stands in its place, and that the comparison is fair."""

from ablator.core.elements import Alternative, Element, Info, Relation, TwoLayerMlp
from ablator.core.study import Study, study_from
from ablator.plan.arms import Offer, arms_for
from ablator.plan.matching import mlp_width, parameters_per_block
from ablator.plan.planner import plan


def idea(key: str, **more: object) -> Element:
    return Element(id=key, lane="instantiation", kind="idea", **more)  # type: ignore[arg-type]


def needs(a: str, b: str, group: str = "") -> Relation:
    return Relation(source=a, target=b, kind="requires", group=group)


def offer(study: Study, key: str) -> Offer:
    return arms_for(study, study.elements[key], 8, 3)


def study(elements: list[Element], *relations: Relation) -> Study:
    return study_from(Info(metric="m"), elements, relations)


ATTENTION = idea(
    "attention",
    slot="mixing",
    name="Attention",
    parameters=4_194_304,
    blocks=4,
    sizes={"inputs": 512, "heads": 8, "head_dim": 64},
    mlp=TwoLayerMlp("over the channels"),
    alternatives=(
        Alternative("conv", name="Convolution", matched="parameters", overrides={"mixer": "conv"}),
        Alternative("fourier", name="Fourier", requires=(("complex_numbers",),)),
        Alternative("hopfield", name="Hopfield", excludes=("rope",)),
        Alternative("a smaller one", "resize"),
    ),
)


def test_what_stands_on_an_idea_falls_with_it_and_is_named() -> None:
    s = study([ATTENTION, idea("rope"), idea("heads")], needs("rope", "attention"), needs("heads", "attention"))
    without = next(a for a in offer(s, "attention").arms if a.id == "without")
    assert without.removes == ("attention", "heads", "rope")
    assert without.also_falls == ("heads", "rope")
    why = next(x for x in plan(s).steps if x.element == "attention").why
    assert "also falls: heads, rope" in why


def test_an_alternative_of_a_group_keeps_what_stands_on_it() -> None:
    s = study(
        [ATTENTION, idea("conv"), idea("skip")], needs("skip", "attention", "any1"), needs("skip", "conv", "any1")
    )
    assert next(a for a in offer(s, "attention").arms if a.id == "without").also_falls == ()


def test_every_alternative_is_an_arm_but_for_what_cannot_stand() -> None:
    found = offer(study([ATTENTION, idea("rope")]), "attention")
    assert not [a for a in found.arms if a.id == "to-hopfield"]
    assert any("excludes rope" in x for x in found.left_out)
    assert {a.id for a in found.arms} >= {"without", "to-conv", "mlp2"}
    conv = next(a for a in found.arms if a.id == "to-conv")
    assert conv.matching == "parameters"
    assert conv.overrides == {"mixer": "conv"}


def test_two_fillers_of_a_slot_never_meet() -> None:
    other = idea("conv", slot="mixing", present=False)
    found = offer(study([ATTENTION, other]), "conv")
    (arm,) = found.arms
    assert (arm.adds, arm.removes) == (("conv",), ("attention",))
    assert arm.change == "conv in place of Attention"


def test_the_two_layer_mlp_is_as_wide_as_the_parameters_allow() -> None:
    assert parameters_per_block(ATTENTION) == 4 * 512 * 512
    assert mlp_width(ATTENTION) == 1024
    arm = next(a for a in offer(study([ATTENTION]), "attention").arms if a.id == "mlp2")
    assert "hidden width 1024" in arm.change
    assert "1,048,576 parameters a block as before" in arm.change
    assert arm.matching == "parameters"


def test_a_size_is_halved_and_doubled_and_never_removed() -> None:
    depth = idea("depth", value=12, keys=("n_layer",), alternatives=(Alternative("deeper", "resize"),))
    found = offer(study([depth]), "depth").arms
    assert [(a.id, a.overrides) for a in found] == [("half", {"n_layer": 6}), ("double", {"n_layer": 24})]


def test_an_absent_idea_is_put_in() -> None:
    (arm,) = offer(study([idea("dropout_path", present=False, value=False, keys=("drop",))]), "dropout_path").arms
    assert arm.adds == ("dropout_path",)
    assert arm.overrides == {"drop": True}


def test_an_absent_idea_that_lacks_what_it_stands_on_brings_it_along() -> None:
    rows = [idea("scale", present=None), idea("attention", present=None, name="Attention")]
    (arm,) = offer(study(rows, needs("scale", "attention")), "scale").arms
    assert arm.adds == ("scale", "attention")
    assert arm.change == "add scale, together with Attention"


def test_an_absent_idea_is_never_taken_out() -> None:
    rows = [idea("scale", present=False), idea("other"), idea("rope", present=False)]
    clash = Relation(source="other", target="scale", kind="excludes")
    (arm,) = offer(study(rows, clash), "scale").arms
    assert (arm.id, arm.removes) == ("with", ())
    step = plan(study(rows, clash)).steps_of("scale")[0]
    assert step.action == "replace"


def test_an_alternative_brings_its_companion() -> None:
    arm = next(a for a in offer(study([ATTENTION]), "attention").arms if a.id == "to-fourier")
    assert arm.adds == ("fourier", "complex_numbers")
    assert arm.change.endswith("together with complex numbers")


def test_an_absent_role_is_tried_with_one_filler() -> None:
    role = idea(
        "position",
        present=False,
        is_slot=True,
        alternatives=(Alternative("sines", name="Sines"), Alternative("rotary", name="Rotary")),
    )
    found = offer(study([role]), "position")
    assert [a.id for a in found.arms] == ["with-sines"]
    assert found.left_out == ("add Rotary",)


def test_a_size_that_nobody_told_is_looked_up_before_it_is_moved() -> None:
    width = idea("width", present=None, alternatives=(Alternative("wider", "resize"),))
    (step,) = plan(study([width])).steps
    assert step.action == "resize"
    assert step.question == "width: is it the right size?"
    assert [a.id for a in step.arms] == ["find-out", "base", "size-wider"]


def test_arms_are_tuned_as_much_as_the_baseline() -> None:
    rate = Element(id="learning-rate", lane="reachability", kind="factor")
    alone, tuned = offer(study([ATTENTION]), "attention"), offer(study([ATTENTION, rate]), "attention")
    assert {a.trials for a in alone.arms} == {0}
    assert {(a.trials, a.seeds, a.retunes) for a in tuned.arms} == {(8, 3, ("learning-rate",))}


def test_what_stands_on_an_idea_comes_on_top_of_it() -> None:
    gated = Alternative("gated", name="Gated MLP", requires=(("ffn",),))
    found = offer(study([idea("ffn", alternatives=(gated,)), idea("ratio")], needs("ratio", "ffn")), "ffn")
    arm = next(a for a in found.arms if "gated" in a.id)
    assert (arm.removes, arm.adds, arm.also_falls) == ((), ("gated",), ())
    assert arm.change == "gated on top of ffn, which it stands on"


def test_no_arm_puts_a_two_layer_mlp_in_place_of_one() -> None:
    plain = idea("ffn_mlp", mlp=TwoLayerMlp("as it is"), sizes={"matrices": 2})
    gated = idea("ffn_mlp", mlp=TwoLayerMlp("as it is"), sizes={"matrices": 3})
    assert "mlp2" not in {a.id for a in offer(study([plain]), "ffn_mlp").arms}
    assert "mlp2" in {a.id for a in offer(study([gated]), "ffn_mlp").arms}
